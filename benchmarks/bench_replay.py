"""Play a made scene in chromium: how many pictures a second, how long each takes, and when the page is ready.

Ten ships with 12,000 fixes each over forty days, gaps, meetings and 50,000 positions of other ships, through the real
page of a real server, with the browser drawing on the CPU.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from bench_load import machine
from playwright.sync_api import Page, sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Route

from watch.settings import Settings
from watch.web.app import create_app
from watch.web.server import allowed_hosts, listen
from watch.web.site import Site
from watch.workspace import Workspace

RATE_LIMIT, READY_LIMIT_S = 48.0, 2.0  # pictures a second, and seconds until the page may be used
DAYS, FROM_S = 40, 1_767_225_600
HOUR_S = 3600
WAY_LON = (28.6, 22, 18, 11, 10.8, 7, 2, -5, -9.7, -9.5, -5.6, 3, 12, 22.8, 26, 29.2, 37.5)
WAY_LAT = (60.3, 59.3, 55.5, 54.6, 57.6, 57.5, 51.2, 48.8, 43, 37, 36, 37.6, 37, 36.3, 40, 41.3, 44.6)
WAY = np.column_stack([WAY_LON, WAY_LAT])
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWS = {
    "whole track": None,
    "colour by speed": ("r-colour", "speed"),
    "trail of 7 days": ("r-trail", "168"),
    "near, followed": ("r-follow", None),
}


def main() -> int:
    """Run the bench; return 1 when a limit is broken at full size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ships", type=int, default=10)
    parser.add_argument("--fixes", type=int, default=12_000)
    parser.add_argument("--background", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    scene = made_scene(args.ships, args.fixes, args.background)
    asked = f"{args.ships} ships × {args.fixes:,} fixes + {args.background:,} others"
    print(f"{asked}; {machine()}; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, serving(scene, Path(folder)) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGS))
        page = browser.new_page(
            viewport={"width": 1280, "height": 800}, bypass_csp=True
        )  # waiting for a condition needs eval
        ready_s = open_page(page, url)
        print(f"ready after {ready_s:.2f} s (limit {READY_LIMIT_S:g} s)")
        rates = [measure(page, name, args.seconds) for name in VIEWS]
        browser.close()
    full = args.ships >= 10 and args.fixes >= 12_000 and args.background >= 50_000
    broken = ready_s > READY_LIMIT_S or min(rates) < RATE_LIMIT
    print(f"limit: {RATE_LIMIT:g} pictures a second: {'BROKEN' if broken else 'kept'}")
    return int(broken and full)


def open_page(page: Page, url: str) -> float:
    """Return after how many seconds the page may be used; the second visit counts, with the scripts compiled."""
    ready_s = 0.0
    for _ in range(2):
        page.goto(f"{url}/replay?vessel=made")
        page.wait_for_selector("#replay.r-ready")
        page.wait_for_function("performance.getEntriesByName('scene-ready').length > 0")
        ready_s = page.evaluate("performance.getEntriesByName('scene-ready')[0].startTime") / 1000
    page.wait_for_function("Shipwatch.replay.view().land > 0")
    return float(ready_s)


def measure(page: Page, name: str, seconds: float) -> float:
    """Return pictures a second while the clock runs, and print them."""
    if chosen := VIEWS[name]:
        choose(page, *chosen)
    page.select_option("#r-speed", "3" if chosen and chosen[1] is None else "72")
    counted: dict[str, Any] = page.evaluate(_COUNT, seconds * 1000)
    drawn = counted["drawn"]
    tail = statistics.quantiles(drawn, n=20)[-1] if len(drawn) > 1 else 0.0
    rate = float(counted["frames"]) / counted["passed_ms"] * 1000
    spent = f"drawing {statistics.fmean(drawn):.2f} ms, 95 % within {tail:.2f} ms"
    print(f"  {name:16} {rate:5.1f} pictures a second; {spent}")
    return rate


def choose(page: Page, control: str, value: str | None) -> None:
    """Choose how the map is drawn; a box that is ticked has no value, and is ticked near the chosen ship."""
    page.evaluate("document.getElementById('r-view').open = true")
    if value is not None:
        page.select_option(f"#{control}", value)
        return
    page.click("#r-near")
    page.check(f"#{control}")


_COUNT = """async (wanted_ms) => {
  const { view } = Shipwatch.replay;
  document.getElementById("r-slider").focus();
  document.activeElement.blur();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
  document.getElementById("r-play").click();
  const before = view().draws, began = performance.now();
  let frames = 0;
  await new Promise((done) => {
    const count = () => (performance.now() - began >= wanted_ms ? done() : (frames++, requestAnimationFrame(count)));
    requestAnimationFrame(count);
  });
  const passed_ms = performance.now() - began, after = view();
  document.getElementById("r-play").click();
  return { frames: after.draws - before, passed_ms, drawn: after.drawn_ms.slice(before, after.draws) };
}"""


@contextmanager
def serving(scene: dict[str, Any], folder: Path) -> Iterator[str]:
    """Serve the site with this scene in the place of a stored one."""
    listening = listen("127.0.0.1", 0)
    settings = Settings()
    body = json.dumps(scene, separators=(",", ":")).encode()
    site = create_app(Site(Workspace(folder), settings), allowed_hosts(settings, "127.0.0.1"))
    routes = [Route("/replay/scene.json", lambda _: Response(body, media_type="application/json")), Mount("/", site)]
    app = Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, compresslevel=4)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def made_scene(ships: int, fixes: int, background: int, seed: int = 1) -> dict[str, Any]:
    """Return a scene of ships on one way round Europe, each later than the one before."""
    rng = np.random.default_rng(seed)
    cast = [_ship(rng, number, fixes) for number in range(ships)]
    lon, lat = _along(rng.random(background))
    cloud = {"lat": lat + rng.normal(0, 0.25, background), "lon": lon + rng.normal(0, 0.4, background)}
    counts = rng.poisson(6, DAYS * 24).tolist()
    return {
        "format": 1, "title": "Made scene", "synthetic": True, "from_s": FROM_S, "to_s": FROM_S + DAYS * 86_400,
        "focus": 0, "alert": None, "ships": cast, "events": _events(cast), "zones": _zones(),
        "density": {"t0": FROM_S, "step_s": HOUR_S, "counts": counts},
        "background": {key: _deltas(value, 1e4) for key, value in cloud.items()}, "coast": None,
    }  # fmt: skip


def _along(part: Any) -> tuple[Any, Any]:
    legs = np.append(0, np.cumsum(np.hypot(*np.diff(WAY, axis=0).T)))
    return tuple(np.interp(part * legs[-1], legs, WAY[:, axis]) for axis in (0, 1))


def _deltas(values: Any, scale: float) -> list[int]:
    whole = np.round(np.asarray(values) * scale).astype(np.int64)
    return np.diff(whole, prepend=0).tolist()


def _ship(rng: np.random.Generator, number: int, fixes: int) -> dict[str, Any]:
    at_s = np.sort(rng.integers(0, DAYS * 86_400, fixes))
    silent = (at_s > (8 + number) * 86_400) & (at_s < (10 + number) * 86_400)
    at_s = at_s[~silent]
    lon, lat = _along(np.clip(at_s / (DAYS * 86_400) - number * 0.03, 0, 1))
    lon, lat = lon + rng.normal(0, 0.004, len(lon)), lat + rng.normal(0, 0.004, len(lat))
    cut = int(np.flatnonzero(np.diff(at_s) > 86_400)[0]) + 1
    track = {
        "n": len(at_s), "t": np.diff(at_s + FROM_S, prepend=0).tolist(), "lat": _deltas(lat, 1e5),
        "lon": _deltas(lon, 1e5), "sog": rng.integers(0, 150, len(at_s)).tolist(),
        "cog": rng.integers(0, 360, len(at_s)).tolist(), "cut": [cut], "radio": None, "thinned_m": 0,
    }  # fmt: skip
    (t, end_t), (start_lon, end_lon), (start_lat, end_lat) = (values[cut - 1 : cut + 1] for values in (at_s, lon, lat))
    ends = {"t": int(t) + FROM_S, "end_t": int(end_t) + FROM_S, "lat": start_lat, "lon": start_lon}
    ends |= {"end_lat": end_lat, "end_lon": end_lon}
    gap = {"event_id": f"gap{number}", **ends, "hours": 48.0, "coverage": "heard", "reach": None}
    role = "focus" if number == 0 else "partner" if number < 3 else "neighbour"
    told = {
        "vessel_id": f"imo:{9_300_000 + number}",
        "label": f"MADE SHIP {number}",
        "ids": f"IMO {9_300_000 + number}",
    }
    return told | {"role": role, "radios": [636_000_000 + number], "track": track, "gaps": [gap]}


def _events(cast: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = [
        {**gap, "ship": index, "kind": "gap", "what": "No AIS heard for 48 h", "where": "", "seen": "", "other": None,
         "step": "dark" if index == 0 else None, "zone_id": None}
        for index, ship in enumerate(cast) for gap in ship["gaps"]
    ]  # fmt: skip
    return sorted(told, key=lambda event: event["t"])


def _zones() -> list[dict[str, Any]]:
    corners = ((-0.6, -0.4), (0.6, -0.4), (0.6, 0.4), (-0.6, 0.4))
    places = {"Made terminal": (28.6, 60.3), "Made roads": (22.8, 36.3), "Made strait": (37.5, 44.6)}
    return [
        {
            "id": name,
            "name": name,
            "country": "",
            "kind": "port",
            "rings": [[[lon + dx, lat + dy] for dx, dy in corners]],
        }
        for name, (lon, lat) in places.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
