"""Take the pictures of the web page, `docs/img/web/*.png`, from the demo's data in Debian's chromium.

Run as `make pictures`, or `.venv/bin/python -m scripts.take_pictures [NAME...]` for some of them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from watch.demo import run_demo
from watch.settings import Settings
from watch.web.server import in_background
from watch.web.site import Site
from watch.workspace import Workspace

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "img" / "web"
COLOURS = 200  # as many as pages and maps need; a third of the size
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
DESK, PHONE = (1280, 800), (420, 860)


@dataclass(frozen=True)
class Picture:
    """A picture: the page, the window in pixels, and what is done before it is taken."""

    address: str
    size: tuple[int, int] = DESK
    before: Callable[[Page], None] = lambda page: None
    whole: bool = False


def pictures(alert_id: str, vessel_id: str, replayed_id: str) -> dict[str, Picture]:
    """Return the pictures by the name of their file; of the alert, the vessel and the replay that the docs show."""
    in_the_gap = f"/replay?alert={replayed_id}#t=2020-05-12T12:00Z"
    return {
        "alerts": Picture("/alerts"),
        "alerts-phone": Picture("/alerts", PHONE),
        "alert": Picture(f"/alerts/{alert_id}", (1280, 1100)),
        "replay": Picture(in_the_gap, before=_drawn),
        "replay-phone": Picture(in_the_gap, PHONE, before=_drawn),
        "vessel": Picture(f"/vessels/{vessel_id}", (1280, 1000)),
        "rules": Picture("/rules"),
        "rule": Picture("/rules/iran-venezuela-liberian-tanker-dark", (1280, 900)),
        "health": Picture("/health", (1280, 1000)),
    }


def _drawn(page: Page) -> None:
    page.locator("#r-state").wait_for(state="hidden")
    page.wait_for_timeout(500)  # the browser paints after the scene is ready


def take(names: list[str]) -> None:
    """Take the named pictures, or all, and say how large each is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        shown = run_demo(Path(home) / "shipwatch-demo", lambda what, share: None)
        (luna,) = (a for a in shown.alerts if _is_luna(a["vessel"]["name"], a["rule_id"]))
        wanted = pictures(luna["alert_id"], luna["vessel"]["vessel_id"], shown.alerts[0]["alert_id"])
        site = Site(Workspace(shown.paths["data"]), Settings(), owner="ada")
        with in_background(site) as url, sync_playwright() as tools:
            path = shutil.which("chromium")
            browser = tools.chromium.launch(executable_path=path, args=list(QUIET))
            for name in names or wanted:
                _take(browser, url, name, wanted[name])


def _is_luna(name: str, rule_id: str) -> bool:
    return (name, rule_id) == ("LUNA", "iran-venezuela-liberian-tanker-dark")


def _take(browser: Browser, url: str, name: str, picture: Picture) -> None:
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(url + picture.address, wait_until="networkidle")
    picture.before(page)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=picture.whole)
    page.close()
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    take(sys.argv[1:])
