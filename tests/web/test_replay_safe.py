"""The replay where things are unusual: hostile names, no script, a narrow screen, faults, a tile server."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.web.replaying import WATCHED_RULE, alert_of, day_scene, open_alert, open_scene, ready
from tests.web.scenes import FROM_S, HOUR_S, made_event, made_scene
from tests.web.serving import Served

HOSTILE = '<img src=x onerror="document.title=1">"\'><script>alert(1)</script>'


@pytest.fixture
def voyage(watched_page: Page, demo_served: Served) -> Page:
    """The replay of the demo's critical alert."""
    return open_alert(watched_page, demo_served, "SYNTH COMPLETE")


@pytest.fixture
def shown(watched_page: Page, demo_served: Served) -> Callable[..., Page]:
    """Show a made scene in the page of the server."""
    return partial(open_scene, watched_page, demo_served)


def test_a_hostile_name_is_text_and_nothing_else(shown: Callable[..., Page]) -> None:
    zone = {"id": "z", "name": HOSTILE, "country": HOSTILE, "kind": HOSTILE, "rings": [[[10, 49], [11, 49], [11, 51]]]}
    alert = {"alert_id": HOSTILE, "level": HOSTILE, "status": HOSTILE, "title": HOSTILE, "summary": HOSTILE}
    told = {"from_s": FROM_S, "way_nm": 3.0, "was_there": False, "stay_h": 1.0, "needed_kn": 2.0}
    hostile_zone = {"zone_id": "z", "name": HOSTILE, "country": HOSTILE, **told}
    reach = {
        "kn": 14.0,
        "ring": None,
        "note": HOSTILE,
        "zones": [hostile_zone],
    }
    scene = day_scene(
        HOSTILE, zones=[zone], countries={HOSTILE: HOSTILE, "__proto__": HOSTILE}, alert=alert, title=HOSTILE
    )
    ends = {"t": FROM_S + 3 * HOUR_S, "end_t": None, "lat": 50, "lon": 10.3, "end_lat": None, "end_lon": None}
    scene["ships"][0] |= {
        "ids": HOSTILE,
        "gaps": [{"event_id": "g", **ends, "hours": 21, "coverage": HOSTILE, "reach": reach}],
    }
    scene["events"] = [made_event(6, HOSTILE, 10.6, 50, where=HOSTILE, seen=HOSTILE, step=HOSTILE, kind="constructor")]
    page = shown(scene, "#t=2020-05-03T05:00Z&ship=" + HOSTILE)
    page.locator("#r-next").click()
    page.mouse.move(400, 400)
    expect(page.locator("#r-title")).to_have_text(HOSTILE)
    expect(page.locator("#r-ships b")).to_have_text(HOSTILE)
    assert page.locator("#replay img").count() == 0
    assert page.title() != "1"


def test_axe_finds_nothing_while_gap_fix_and_choices_are_shown(voyage: Page) -> None:
    voyage.keyboard.press("ArrowRight")
    expect(voyage.locator("#r-fix")).to_be_visible()
    voyage.evaluate("location.hash = 't=2020-05-13T04:00Z'")
    expect(voyage.locator("#r-gap")).to_be_visible()
    voyage.locator("#r-view summary").click()
    found = Axe().run(voyage)
    assert found.violations_count == 0, found.generate_report()


def test_a_narrow_screen_holds_all_without_scrolling_sideways(voyage: Page) -> None:
    voyage.set_viewport_size({"width": 420, "height": 900})
    assert voyage.evaluate("document.documentElement.scrollWidth") <= 420
    for control in ("#r-map", "#r-play", "#r-next", "#r-slider"):
        expect(voyage.locator(control)).to_be_in_viewport()
    assert voyage.locator("#r-map").bounding_box()["height"] > 250  # type: ignore[index]


def test_a_tile_server_of_the_settings_is_asked_and_its_credit_is_text(watched_page: Page, demo_served: Served) -> None:
    asked: list[str] = []
    tiled = 'data-tiles="/static/shipwatch.svg?at={z}/{x}/{y}" data-tiles-credit="&lt;b id=bold&gt;Charts&lt;/b&gt;"'

    def with_tiles(route: Route) -> None:
        page = route.fetch()
        route.fulfill(response=page, body=page.text().replace('id="replay"', f'id="replay" {tiled}', 1))

    watched_page.on("request", lambda request: asked.append(request.url) if "svg?at=" in request.url else None)
    watched_page.route("**/replay?vessel=made", with_tiles)
    watched_page.route("**/replay/scene.json*", lambda route: route.fulfill(json=day_scene()))
    watched_page.goto(f"{demo_served.url}/replay?vessel=made")
    ready(watched_page)
    expect(watched_page.locator(".leaflet-control-attribution")).to_contain_text("<b id=bold>Charts</b>")
    assert asked


def test_a_scene_without_positions_says_so(watched_page: Page, demo_served: Served) -> None:
    watched_page.route("**/replay/scene.json*", lambda route: route.fulfill(json=made_scene()))
    watched_page.goto(f"{demo_served.url}/replay?vessel=made")
    expect(watched_page.get_by_role("status")).to_contain_text("No positions are stored")


def test_a_scene_that_cannot_be_read_is_told_and_asked_for_again(page: Page, demo_served: Served) -> None:
    answers = iter([{"status": 503, "body": json.dumps({"error": "The database is busy."})}])
    scene = json.dumps(day_scene())
    page.route("**/replay/scene.json*", lambda route: route.fulfill(**next(answers, {"status": 200, "body": scene})))
    page.goto(f"{demo_served.url}/replay?vessel=made")
    expect(page.get_by_role("status")).to_contain_text("The database is busy.")
    page.get_by_role("button", name="Try again").click()
    ready(page)


def test_without_javascript_the_page_leads_to_the_alert(browser: Any, demo_served: Served) -> None:
    alert_id = alert_of(demo_served, WATCHED_RULE, "LUNA")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{demo_served.url}/replay?alert={alert_id}")
        link = page.get_by_role("link", name="The alert tells the same in words.")
        expect(link).to_have_attribute("href", f"/alerts/{alert_id}")
