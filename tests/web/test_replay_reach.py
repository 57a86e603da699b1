"""What a ship could have reached by a moment of a gap, as the replay draws and tells it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.replaying import drawn_view, open_alert, open_scene, view
from tests.web.scenes import FROM_S, HOUR_S, made_scene, made_ship
from tests.web.serving import Served


@pytest.fixture
def luna(watched_page: Page, demo_served: Served) -> Page:
    """The replay of LUNA's alert."""
    return open_alert(watched_page, demo_served, "LUNA")


@pytest.fixture
def shown(watched_page: Page, demo_served: Served) -> Callable[..., Page]:
    """Show a made scene in the page of the server."""
    return partial(open_scene, watched_page, demo_served)


def test_the_reach_follows_the_clock(luna: Page) -> None:
    counted = re.compile(r"(\d+) of (\d+) watched places within reach")
    seen = []
    for day in (13, 18, 25):
        luna.evaluate(f"location.hash = 't=2020-07-{day}T06:00Z'")
        expect(luna.locator("#r-time")).to_have_text(f"2020-07-{day} 06:00 UTC")
        told = luna.locator(".r-bynow").inner_text()
        match = counted.search(told)
        assert match is not None
        later = luna.locator("#r-gap tr.r-later").count()
        seen.append((told, int(match[1]), int(match[2]) - later, drawn_view(luna)["reach_now"] > 0))
    assert [words.split(";")[0] for words, *_ in seen] == [
        "By now, 24 h: 336 nm of sailing",
        "By now, 6.0 days: 2,016 nm of sailing",
        "By now, 13 days: 4,368 nm of sailing (more than a third of the globe, not drawn)",
    ]
    assert [within for _, within, _, _ in seen] == [within for _, _, within, _ in seen]
    assert seen[0][1] < seen[1][1] < seen[2][1]
    assert [drawn for *_, drawn in seen] == [True, True, False]
    far = luna.locator("#r-gap details.r-later").last
    expect(far.locator("summary")).to_contain_text(re.compile(r"0 of \d+ places?.*from \d+ (Jul|Aug|Sep)"))


def silent_scene(end: tuple[float, float] | None, kn: float = 20.0) -> dict[str, Any]:
    """Return a ship that is not heard for a day, from 0 N 10 E."""
    end_lon, end_lat = end or (None, None)
    end_t = FROM_S + 24 * HOUR_S if end else None
    ends = {"t": FROM_S, "end_t": end_t, "lat": 0, "lon": 10, "end_lat": end_lat, "end_lon": end_lon}
    reach = {"kn": kn, "ring": None, "note": "", "zones": []}
    ship = made_ship("MADE", [(10, 0)])
    ship["gaps"] = [{"event_id": "g", **ends, "hours": 24, "coverage": "heard", "reach": reach}]
    return made_scene(ship)


BOXES = {
    "circle_that_grows": (None, 3, (9, -1, 11, 1)),
    "all_of_a_circle_far_from_the_end": ((10.0, 0.0), 3, (9, -1, 11, 1)),
    "round_the_next_position_near_the_end": ((12.0, 0.0), 21, (11, -1, 13, 1)),
    "what_lies_in_both": ((16.0, 0.0), 12, (12, -2.65, 14, 2.65)),
    "too_far_for_this_speed": ((30.0, 0.0), 12, None),
}


@pytest.mark.parametrize(("end", "hour", "box"), BOXES.values(), ids=BOXES)
def test_what_lies_within_reach_at_a_moment(
    shown: Callable[..., Page],
    end: tuple[float, float] | None,
    hour: int,
    box: tuple[float, float, float, float] | None,
) -> None:
    page = shown(silent_scene(end), f"#t=2020-05-03T{hour:02d}:00Z")
    drawn = view(page)["reach_box"]
    if box is None:
        assert drawn is None
        expect(page.locator(".r-bynow")).to_contain_text("takes more than this speed")
    else:
        west, north, east, south = drawn
        assert (west, south, east, north) == pytest.approx(box, abs=0.06)


def test_a_circle_about_180_is_one_piece_and_fit_all_shows_it(shown: Callable[..., Page]) -> None:
    scene = silent_scene(None)
    lon = {"lon": 179.5}
    scene["ships"][0] = made_ship("MADE", [(179.5, 0)]) | {"gaps": [scene["ships"][0]["gaps"][0] | lon]}
    page = shown(scene, "#t=2020-05-03T06:00Z")
    west, _, east, _ = view(page)["reach_box"]
    assert (west, east) == pytest.approx((177.5, 181.5), abs=0.01)
    page.locator("#r-fit").click()
    size = page.locator("#r-map").bounding_box()
    ends = [page.evaluate(f"Shipwatch.replay.pixelOf(0, {lon})") for lon in (west, east)]
    assert size
    assert 0 < ends[0]["x"] < ends[1]["x"] < size["width"]
    assert ends[1]["x"] - ends[0]["x"] > size["width"] / 4
