"""Draw `docs/img/events/<kind>.png`: a made track for each kind of event, and what the chain finds in it.

Run as `.venv/bin/python -m scripts.draw_events [KIND …]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from scripts import event_lines, event_maps, event_panels
from scripts.event_charts import save_picture

OUT = Path(__file__).resolve().parents[1] / "docs" / "img" / "events"
PICTURES: dict[str, Callable[[], Figure]] = {
    "zone_visit": event_maps.zone_visit,
    "port_visit": event_maps.port_visit,
    "gap": event_maps.gap,
    "encounter": event_maps.encounter,
    "loitering": event_maps.loitering,
    "spoof": event_panels.spoof,
    "interference": event_maps.interference,
    "identity_change": event_lines.identity_change,
    "draught_change": event_lines.draught_change,
    "destination_change": event_lines.destination_change,
    "possible_visit": event_maps.possible_visit,
    "possible_encounter": event_maps.possible_encounter,
    "detour": event_maps.detour,
}


def draw(kinds: list[str]) -> None:
    """Write the pictures and say how large they are."""
    OUT.mkdir(parents=True, exist_ok=True)
    for kind in kinds or PICTURES:
        path = OUT / f"{kind}.png"
        save_picture(PICTURES[kind](), path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    draw(sys.argv[1:])
