"""Draw `docs/img/alert.png`, the picture of README: an alert of the demo.

Run as `.venv/bin/python -m scripts.draw_docs`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from watch.demo import run_demo

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "img" / "alert.png"
COLOURS = 128  # as many as a chart needs; half the size
ALERT = ("FAXON", "gap")  # the alert of the picture: this ship, with such a step


def draw() -> None:
    """Write the picture and say how large it is."""
    ship, kind = ALERT
    with tempfile.TemporaryDirectory() as folder:
        shown = run_demo(Path(folder) / "demo", lambda what, share: None)
        of_ship = [a for a in shown.alerts if a["vessel"]["name"] == ship]
        (alert,) = (a for a in of_ship if any(step["kind"] == kind for step in a["steps"]))
        picture = Image.open(shown.paths["maps"] / f"{alert['alert_id']}.png")
        picture.convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    draw()
