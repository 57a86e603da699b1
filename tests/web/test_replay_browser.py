"""The replay as an analyst uses it, in a real browser: mouse, keyboard, links."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.web.replaying import day_scene, drawn_view, open_alert, open_scene, stamp, view
from tests.web.scenes import FROM_S, HOUR_S, made_event, made_scene, made_ship
from tests.web.serving import Served


@pytest.fixture
def voyage(watched_page: Page, demo_served: Served) -> Page:
    """The replay of the demo's critical alert."""
    return open_alert(watched_page, demo_served, "SYNTH COMPLETE")


@pytest.fixture
def luna(watched_page: Page, demo_served: Served) -> Page:
    """The replay of LUNA's alert."""
    return open_alert(watched_page, demo_served, "LUNA")


@pytest.fixture
def shown(watched_page: Page, demo_served: Served) -> Callable[..., Page]:
    """Show a made scene in the page of the server."""
    return partial(open_scene, watched_page, demo_served)


def test_the_clock_runs_until_it_is_stopped(voyage: Page) -> None:
    began_s = view(voyage)["at_s"]
    voyage.get_by_role("button", name="Play").click()
    expect(voyage.locator("#r-time")).not_to_have_text(stamp(began_s))
    voyage.get_by_role("button", name="Pause").click()
    stopped = view(voyage)
    assert not stopped["playing"]
    assert stopped["at_s"] > began_s


def test_a_scene_plays_to_its_end_and_stops_there(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    page.locator("#r-speed").select_option("72")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#r-time")).to_have_text("2020-05-04 00:00 UTC")
    expect(page.locator("#r-play")).to_have_text("Play")
    assert not view(page)["playing"]


def test_the_next_event_is_jumped_to(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    forward, back = page.locator("#r-next"), page.locator("#r-prev")
    forward.click()
    assert view(page)["at_s"] == FROM_S + 6 * HOUR_S
    forward.click()
    expect(page.locator("#r-events [aria-current=true]")).to_contain_text("Waiting")
    back.click()
    assert view(page)["at_s"] == FROM_S + 6 * HOUR_S
    expect(page.locator("#r-said")).to_contain_text("Loitering")


def test_a_deep_link_opens_at_its_time_and_ship(shown: Callable[..., Page]) -> None:
    other = made_ship("OTHER", [(10, 51)] * 25, vessel_id="imo:9400000", role="partner")
    scene = day_scene()
    scene["ships"].append(other)
    page = shown(scene, "#t=2020-05-03T07:30Z&ship=imo:9400000")
    assert (view(page)["at_s"], view(page)["focus"]) == (FROM_S + 7.5 * HOUR_S, "imo:9400000")
    page.evaluate("location.hash = 't=2020-05-03T09:00Z&ship=imo:9300000'")
    expect(page.locator("#r-time")).to_have_text("2020-05-03 09:00 UTC")
    assert view(page)["focus"] == "imo:9300000"


def test_the_address_follows_the_clock(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    page.locator("#r-next").click()
    expect(page).to_have_url(re.compile(r"#t=2020-05-03T06:00Z&ship=imo:9300000$"))


def test_the_keyboard_alone_suffices(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    steps = [("]", 6.0), ("]", 12.0), ("[", 6.0), ("ArrowRight", 7.0), ("ArrowLeft", 6.0), ("End", 24.0), ("Home", 0.0)]
    for key, hour in steps:
        page.keyboard.press(key)
        assert (key, view(page)["at_s"]) == (key, FROM_S + hour * HOUR_S)
    page.keyboard.press("Space")
    expect(page.locator("#r-play")).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(page.locator("#r-play")).to_have_text("Play")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_every_control_is_reached_with_the_tabulator(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    wanted = {"r-map", "r-play", "r-prev", "r-next", "r-speed", "r-follow", "r-fit", "r-slider", "r-which", "r-copy"}
    met: set[str] = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        met.add(page.evaluate("document.activeElement.id"))
    assert wanted - met == set()


def test_the_slider_tells_its_time_and_moves_the_clock(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    page.locator("#r-slider").fill(str(FROM_S + 3 * HOUR_S))
    expect(page.locator("#r-slider")).to_have_attribute("aria-valuetext", "2020-05-03 03:00 UTC")
    assert view(page)["at_s"] == FROM_S + 3 * HOUR_S


def test_a_click_on_the_strip_moves_the_clock(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    box = page.locator("#r-strip").bounding_box()
    assert box
    page.locator("#r-strip").click(position={"x": box["width"] / 2, "y": 30})
    assert view(page)["at_s"] == pytest.approx(FROM_S + 12 * HOUR_S, abs=HOUR_S / 4)


def test_where_luna_fell_silent_is_told_with_what_she_could_have_reached(luna: Page) -> None:
    luna.locator("#r-events").get_by_text("No AIS heard").click()
    box = luna.locator("#r-gap")
    expect(box.get_by_role("heading", level=2)).to_contain_text("LUNA: no AIS heard since 12 Jul")
    expect(box).to_contain_text("When it fell silent, others around were still heard")
    iran = box.locator("details").filter(has_text="Jask / Kooh Mobarak terminal")
    expect(iran.locator("summary")).to_contain_text("Iran")
    iran.locator("summary").click()
    expect(iran.get_by_role("row").filter(has_text="Jask / Kooh Mobarak terminal")).to_contain_text("days")
    luna.evaluate("location.hash = 't=2020-07-20T00:00Z'")
    expect(luna.locator("#r-now")).to_contain_text("no AIS heard for 7.8 days")
    ship = view(luna)["ships"][0]
    assert ship["state"] == "silent"
    assert (ship["lat"], ship["lon"]) == pytest.approx((24.45904, 57.44516))


def test_inside_a_gap_its_reach_is_drawn_and_left_again(voyage: Page) -> None:
    voyage.evaluate("location.hash = 't=2020-05-13T04:00Z'")
    expect(voyage.locator("#r-gap h2")).to_contain_text("no AIS heard for 10 days")
    expect(voyage.locator("#r-now")).to_contain_text("no AIS heard for 70 h")
    inside = drawn_view(voyage)
    assert inside["reach"] > 50
    assert {"10 days", "SYNTH COMPLETE · no AIS for 70 h"} <= set(inside["said"])
    voyage.evaluate("location.hash = 't=2020-05-22T04:00Z'")
    expect(voyage.locator("#r-gap")).to_be_hidden()
    assert view(voyage)["reach"] == 0


def test_where_no_event_follows_the_button_says_so(shown: Callable[..., Page]) -> None:
    scene = day_scene()
    scene["events"].insert(0, made_event(-50, "Waiting before", 10.0, 50))
    page = shown(scene)
    back, forward = page.locator("#r-prev"), page.locator("#r-next")
    expect(page.locator("#r-events li").first).to_contain_text("began earlier")
    forward.click()
    expect(back).to_have_attribute("aria-disabled", "false")
    back.click()
    assert view(page)["at_s"] == FROM_S
    expect(page.locator("#r-now")).to_contain_text("Waiting before began 2020-04-30 22:00, before this replay")
    expect(back).to_have_attribute("aria-disabled", "true")
    back.click(force=True)
    expect(page.locator("#r-said")).to_have_text("No earlier event in this list.")
    for _ in range(3):
        page.keyboard.press("]")
    expect(forward).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#r-said")).to_have_text("No later event in this list.")


def test_six_events_have_room_while_a_gap_is_told(voyage: Page) -> None:
    voyage.set_viewport_size({"width": 1280, "height": 800})
    voyage.evaluate("location.hash = 't=2020-05-13T04:00Z'")
    expect(voyage.locator("#r-gap")).to_be_visible()
    for row in voyage.locator("#r-events li").all()[:6]:
        expect(row).to_be_in_viewport(ratio=0.9)


def test_a_fix_shows_its_values_under_the_mouse_and_keeps_them_on_a_click(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    at = page.evaluate("Shipwatch.replay.pixelOf(50, 11.0)")
    box = page.locator("#r-map").bounding_box()
    assert box
    page.mouse.move(box["x"] + at["x"], box["y"] + at["y"])
    tip = page.locator("#r-tip")
    for words in ("2020-05-03 10:00:00 UTC", "50.00000, 11.00000", "12.3 kn", "090°", "636000001"):
        expect(tip).to_contain_text(words)
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    expect(page.locator("#r-fix")).to_contain_text("2020-05-03 10:00:00 UTC")
    assert view(page)["at_s"] == FROM_S + 10 * HOUR_S


def test_a_way_across_180_degrees_is_one_short_line(shown: Callable[..., Page]) -> None:
    way = [((178 + 0.2 * i + 180) % 360 - 180, 10.0) for i in range(25)]
    zone = {
        "id": "z",
        "name": "Zone",
        "country": "",
        "kind": "port",
        "rings": [[[-179, 9], [-178, 9], [-178, 11], [-179, 11]]],
    }
    page = shown(
        made_scene(made_ship("PACIFIC", way), zones=[zone], events=[made_event(20, "Loitering", -178.0, 10.0)])
    )
    ship = view(page)["ships"][0]
    assert (ship["west"], ship["east"]) == pytest.approx((178.0, 182.8))
    assert view(page)["zoom"] > 5
    page.locator("#r-next").click()
    assert view(page)["ships"][0]["lon"] == pytest.approx(182.0)
    assert view(page)["marks"] == 1


def test_a_followed_ship_stays_in_view(shown: Callable[..., Page]) -> None:
    page = shown(day_scene())
    page.keyboard.press("z")
    page.locator("#r-follow").check()
    page.keyboard.press("End")
    box, at = page.locator("#r-map").bounding_box(), page.evaluate("Shipwatch.replay.pixelOf(50, 12.4)")
    assert box
    assert 0 < at["x"] < box["width"]
    assert 0 < at["y"] < box["height"]


def test_choices_change_what_is_drawn(shown: Callable[..., Page]) -> None:
    near = made_ship("NEAR", [(10, 51)] * 25, vessel_id="imo:9400000", role="neighbour")
    scene = day_scene()
    scene["ships"].append(near)
    page = shown(scene)
    page.locator("#r-view summary").click()
    page.locator("#r-neighbours").uncheck()
    assert [ship["shown"] for ship in view(page)["ships"]] == [True, False]
    page.locator("#r-colour").select_option("speed")
    expect(page.locator("#r-key")).to_contain_text("above 12")
    page.get_by_role("checkbox", name="Show MADE").uncheck()
    assert [ship["shown"] for ship in view(page)["ships"]] == [False, False]
