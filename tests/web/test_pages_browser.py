"""The pages of vessels, rules and health in a browser: accessible, on a phone, by keyboard, and hostile names inert."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.made import HOSTILE, HULL
from tests.web.serving import Served

PAGES = {
    "vessels": "/vessels",
    "candidates": "/vessels?q=synth",
    "vessel": "/vessels/imo:9283758",
    "rules": "/rules",
    "rule": "/rules/iran-venezuela-tanker-voyage?ship=luna",
    "health": "/health",
    "coverage": "/health/coverage?from=2020-08-15&to=2020-08-20",
}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 420, "height": 900}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_axe_finds_nothing_and_nothing_sticks_out(
    watched_page: Page, demo_served: Served, path: str, size: dict[str, int]
) -> None:
    watched_page.set_viewport_size(size)  # type: ignore[arg-type]
    watched_page.goto(demo_served.url + path)
    found = Axe().run(watched_page)
    assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
    assert watched_page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("path", ["/vessels?q=u", f"/vessels/imo:{HULL}?kind=all", "/health"])
def test_a_hostile_name_does_nothing(watched_page: Page, made_served: Served, path: str) -> None:
    watched_page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    watched_page.goto(made_served.url + path)
    expect(watched_page.locator("main img[src='x'], main script")).to_have_count(0)
    if path != "/health":
        expect(watched_page.locator("main")).to_contain_text(HOSTILE)


def test_a_ship_is_found_and_read_by_keyboard_alone(watched_page: Page, demo_served: Served) -> None:
    watched_page.goto(f"{demo_served.url}/vessels")
    watched_page.keyboard.press("Tab")
    expect(watched_page.get_by_text("Skip to the content")).to_be_focused()
    watched_page.keyboard.press("Enter")
    watched_page.keyboard.press("Tab")
    expect(watched_page.get_by_label("IMO, MMSI")).to_be_focused()
    watched_page.keyboard.type("luna")
    watched_page.keyboard.press("Enter")
    expect(watched_page.get_by_role("heading", level=1)).to_contain_text("LUNA")
    summary = watched_page.get_by_text("The timeline as a table")
    for _ in range(20):  # the bars of the drawing are for the mouse and are no stops
        watched_page.keyboard.press("Tab")
        if summary.evaluate("node => node === document.activeElement"):
            break
    expect(summary).to_be_focused()
    watched_page.keyboard.press("Enter")
    expect(watched_page.get_by_role("region", name="The timeline as a table")).to_be_visible()


def test_the_drawing_shows_gaps_where_they_lie(watched_page: Page, demo_served: Served) -> None:
    watched_page.set_viewport_size(DESK)  # type: ignore[arg-type]
    watched_page.goto(f"{demo_served.url}/vessels/imo:9283758")
    gaps = watched_page.locator(".bar-gap")
    expect(gaps).to_have_count(2)
    boxes = [gaps.nth(k).locator("rect").bounding_box() for k in range(2)]
    plot = watched_page.locator("svg.plot").bounding_box()
    assert plot
    for box in boxes:
        assert box
        assert plot["x"] <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"]
        assert box["width"] > plot["width"] / 5
    fill = gaps.first.locator("rect").evaluate("node => getComputedStyle(node).fill")
    assert "hatch" in fill
    expect(gaps.first.locator("text")).to_have_text(re.compile(r"71 days · \d+ within reach"))


def test_tests_of_a_rule_run_by_keyboard(watched_page: Page, own_served: Served) -> None:
    watched_page.goto(f"{own_served.url}/rules/flag-hopping#tests")
    watched_page.get_by_role("button", name="Run its tests").press("Enter")
    expect(watched_page.locator("#tests")).to_contain_text("5 passed", timeout=60_000)
    expect(watched_page.locator(".test-passed").first).to_be_visible()


def test_the_map_of_coverage_is_drawn(watched_page: Page, demo_served: Served) -> None:
    watched_page.goto(f"{demo_served.url}/health")
    picture = watched_page.locator(".coverage img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 1200, timeout=30_000)
