"""What the tests of the replay share: its pages opened in the browser, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.scenes import made_event, made_scene, made_ship
from tests.web.serving import Served
from watch.alert_board import read_told

WATCHED_RULE = "iran-venezuela-liberian-tanker-dark"


def alert_of(served: Served, rule_id: str, name: str) -> str:
    ws = served.site.ws
    with ws.engine.connect() as conn:
        found = [
            alert for alert in read_told(ws, conn) if alert["rule_id"] == rule_id and alert["vessel"]["name"] == name
        ]
    return str(found[0]["alert_id"])


def view(page: Page) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate("Shipwatch.replay.view()")
    return seen


def drawn_view(page: Page) -> dict[str, Any]:
    """The state after the picture that is due has been drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return view(page)


def ready(page: Page) -> Page:
    expect(page.locator("#replay.r-ready")).to_be_visible()
    return page


def open_alert(page: Page, served: Served, name: str) -> Page:
    """Open the replay of a ship's alert of the watched rule."""
    page.goto(f"{served.url}/replay?alert={alert_of(served, WATCHED_RULE, name)}")
    return ready(page)


def open_scene(page: Page, served: Served, scene: dict[str, Any], fragment: str = "") -> Page:
    """Open a made scene in the page of the server."""
    page.route("**/replay/scene.json*", lambda route: route.fulfill(json=scene))
    page.goto(f"{served.url}/replay?vessel=made{fragment}")
    return ready(page)


def day_scene(label: str = "MADE", **more: Any) -> dict[str, Any]:
    events = [
        made_event(6, "Loitering", 10.6, 50),
        made_event(12, "Waiting", 11.2, 50, step="waits", kind="port_visit"),
    ]
    return made_scene(made_ship(label, [(10 + 0.1 * i, 50) for i in range(25)]), events=events, **more)


def stamp(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"
