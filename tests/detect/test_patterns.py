"""Circles, held places, hairpins, stale repeats and formations: their slow twins, any cutting of time, named cases."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect import twin_patterns, twins
from tests.detect.pattern_tracks import EVERY_FIX, again, beside, go_round, jitter, patterns, steer, unsaid
from tests.detect.test_segments_and_gaps import plain
from tests.real_tracks import read_traj
from tests.tracks import T0, Fix, positions
from watch.params import DEFAULT

ROUND = go_round(5.0, 10.0, 10.0)
BOUNCE = [(0.2, 90.0, 15.0), (0.2, 270.0, 15.0)]
RACE_TRACK = [(0.5, 0.0, 10.0), (0.1, 90.0, 10.0), (0.5, 180.0, 10.0), (0.1, 270.0, 10.0)] * 9
WANDER = steer([(1.0, 20.0, 9.0), (1.5, 55.0, 8.0), (2.0, 10.0, 9.5), (2.0, 80.0, 9.0), (1.5, 40.0, 9.0)])
STILL = [(636000001, h / 10, 0.0, 0.0, 7.0) for h in range(51)]


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(ROUND, ["circle"], id="S3_a_perfect_circle_of_5_nm_for_10_h"),
        pytest.param(go_round(5.0, 10.0, 10.0, lat=0.02, lon=180.0), ["circle"], id="circle_across_the_dateline"),
        pytest.param(go_round(5.0, 10.0, 10.0, lat=89.97), ["circle"], id="circle_about_the_pole"),
        pytest.param(go_round(1.0, 10.0, 8.0, lat=-71.0), ["circle"], id="small_circle_far_south"),
        pytest.param(go_round(18.0, 16.0, 9.0), ["circle"], id="wide_circle_of_one_turn_and_a_bit"),
        pytest.param(jitter(ROUND, 20.0), ["circle"], id="circle_with_gnss_error"),
        pytest.param(unsaid(ROUND), ["circle"], id="circle_by_its_legs_when_no_speed_is_told"),
        pytest.param(go_round(5.0, 6.0, 10.0), [], id="circle_too_short"),
        pytest.param(go_round(0.2, 20.0, 0.5), [], id="swinging_at_anchor"),
        pytest.param(unsaid(go_round(1.4, 30.0, 0.55)), [], id="drifting_round_with_the_tide"),
        pytest.param(steer([(20.0, 70.0, 12.0)]), [], id="straight_on"),
        pytest.param(steer(RACE_TRACK), [], id="race_tracks_at_a_waiting_area"),
        pytest.param(jitter(steer(RACE_TRACK), 300.0), [], id="fishing"),
        pytest.param(steer([(2.0, c, 5.0) for c in (0, 90, 180, 270)] * 3), [], id="a_square_has_four_corners"),
        pytest.param(STILL, ["held"], id="held_in_one_place_at_7_kn"),
        pytest.param(jitter(STILL, 5.0), ["held"], id="held_with_gnss_error"),
        pytest.param(
            [(m, h, a, 180.0 - (k % 2) * 1e-5, s) for k, (m, h, a, _, s) in enumerate(STILL)],
            ["held"],
            id="held_on_the_dateline",
        ),
        pytest.param(STILL[:25], [], id="held_too_short"),
        pytest.param([(m, h, a, o, 0.1) for m, h, a, o, _ in STILL], [], id="at_berth"),
        pytest.param(unsaid(STILL), [], id="at_berth_and_no_speed_told"),
        pytest.param([(m, h, a + h * 0.001, o, s) for m, h, a, o, s in STILL], [], id="slowly_on_while_telling_7_kn"),
        pytest.param(steer(BOUNCE * 2, step_h=0.04), ["hairpin"], id="back_and_forth_with_no_loss_of_speed"),
        pytest.param(steer(BOUNCE * 2, step_h=0.04, lon=179.98), ["hairpin"], id="back_and_forth_over_the_dateline"),
        pytest.param(steer(BOUNCE * 2, step_h=0.04, lat=-78.0), ["hairpin"], id="back_and_forth_far_south"),
        pytest.param(steer(BOUNCE, step_h=0.04), [], id="turned_back_once"),
        pytest.param(
            steer([(0.2, 90.0, 15.0), (0.04, 90.0, 8.0), (0.2, 270.0, 15.0)] * 2, step_h=0.04),
            [],
            id="slowed_down_to_turn",
        ),
        pytest.param(steer(BOUNCE * 2, step_h=0.1), [], id="time_enough_to_turn"),
        pytest.param(steer([(0.2, 90.0, 15.0), (0.2, 210.0, 15.0)] * 3, step_h=0.04), [], id="sharp_turns"),
        pytest.param(WANDER + again(WANDER, 10.0), ["stale_repeat"], id="the_same_way_again_with_new_times"),
        pytest.param(WANDER + again(WANDER, 47.0), ["stale_repeat"], id="sent_again_two_days_later"),
        pytest.param(WANDER + again(jitter(WANDER, 10.0), 10.0), [], id="a_liner_on_its_lane_again"),
        pytest.param(WANDER + again(WANDER[:2], 10.0), [], id="two_repeats_are_chance"),
        pytest.param(STILL + again(STILL, 10.0), ["held"], id="a_held_place_is_no_stale_repeat"),
        pytest.param(WANDER + beside(WANDER, 0.1), ["formation"], id="one_track_told_by_two_radios"),
        pytest.param(
            steer([(9.0, 45.0, 10.0)], lat=10.0, lon=179.7)
            + beside(steer([(9.0, 45.0, 10.0)], lat=10.0, lon=179.7), 0.1),
            ["formation"],
            id="formation_across_the_dateline",
        ),
        pytest.param(WANDER + beside(WANDER, 0.01), [], id="a_tow_is_near"),
        pytest.param(WANDER + beside(WANDER, 0.5), [], id="far_from_one_another"),
        pytest.param(WANDER[:55] + beside(WANDER[:55], 0.1), [], id="like_ways_for_too_short"),
        pytest.param(WANDER + beside(jitter(WANDER, 400.0), 0.1), [], id="a_convoy_keeps_station_by_hand"),
    ],
)
def test_pattern(fixes: list[Fix], want: list[str]) -> None:
    events = patterns(fixes, EVERY_FIX)
    assert [d["sub_kind"] for d in events["details"]] == want
    assert (events["kind"] == "spoof").all()


def test_what_is_told_of_a_circle() -> None:
    events = patterns(jitter(ROUND, 10.0))
    told = events["details"][0]
    assert told["radius_nm"] == pytest.approx(5.0, abs=0.02)
    assert (told["centre_lat"], told["centre_lon"]) == pytest.approx((0.0, 0.0), abs=1e-3)
    assert told["residual_percent"] < 0.3
    assert events["start_at"][0] == T0
    assert pd.isna(events["end_at"][0])


def test_what_is_told_of_a_held_place() -> None:
    gone = steer([(20.0, 0.0, 9.0)])
    events = patterns(STILL + [(m, h + 5.1, a + 0.1, o, s) for m, h, a, o, s in gone])
    assert events["end_at"].tolist() == [T0 + pd.Timedelta(hours=5)]
    assert events["details"][0] == {
        "sub_kind": "held",
        "duration_h": 5.0,
        "extent_m": 0.0,
        "told_kn": 7.0,
        "nav_status": None,
    }


def test_what_is_told_of_a_hairpin() -> None:
    told = patterns(steer(BOUNCE * 2, step_h=0.04))["details"][0]
    assert (told["turns"], told["turned_deg"], told["mean_kn"]) == (3, 180.0, pytest.approx(15.0, abs=0.05))
    assert told["speed_kept"] > 0.999


def test_what_is_told_of_a_stale_repeat() -> None:
    events = patterns(WANDER + again(WANDER, 10.0), EVERY_FIX)
    assert events["start_at"].tolist() == [T0 + pd.Timedelta(hours=10)]
    told = events["details"][0]
    assert (told["repeats"], told["lag_h"]) == (len(WANDER), 10.0)
    assert told["extent_nm"] > 40


def test_what_is_told_of_a_formation() -> None:
    events = patterns(WANDER + beside(WANDER, 0.1))
    assert (events["mmsi"].tolist(), events["other_mmsi"].tolist()) == ([636000001], [636000009])
    assert (events["start_at"][0], events["details"][0]["duration_h"]) == (T0 + pd.Timedelta(hours=1), 6.0)
    assert events["details"][0]["apart_nm"] == pytest.approx(6.0, abs=0.05)


def test_a_share_of_the_fixes_is_enough_to_find_a_repeat() -> None:
    dense = jitter(steer([(3.0, 40.0, 12.0)], step_h=1 / 120), 5.0)
    told = patterns(dense + again(dense, 6.0))["details"].tolist()
    assert [d["sub_kind"] for d in told] == ["stale_repeat"]
    assert 3 <= told[0]["repeats"] <= len(dense) / 10


def test_a_circle_seldom_heard_is_found_whatever_the_cuts() -> None:
    seldom = unsaid(go_round(15.0, 60.0, 10.0, step_h=1.43))
    whole = patterns(seldom)
    assert whole["details"][0]["duration_h"] == pytest.approx(
        57.2, abs=0.1
    )  # the first has none before it to tell that it moved
    pd.testing.assert_frame_equal(patterns(seldom, cuts_h=np.arange(0.5, 60)), whole)


def test_two_held_places_are_two_events() -> None:
    moved = [(m, h + 8.0, a + 0.3, o, s) for m, h, a, o, s in STILL]
    assert [d["extent_m"] for d in patterns(STILL + moved)["details"]] == [0.0, 0.0]


@pytest.mark.parametrize("name", ["new-york-week", "virginia-beach"])
def test_real_ships_show_no_such_pattern(name: str) -> None:
    """The day along the US coast (1,185 ships) shows none either."""
    rows = read_traj(name)
    hours = (rows["fix_at"] - T0) / pd.Timedelta(hours=1)
    columns = (rows["mmsi"], hours, rows["lat"], rows["lon"])
    fixes = [(*fix, math.nan) for fix in zip(*(c.tolist() for c in columns), strict=True)]
    assert patterns(fixes).empty


def test_nothing_gives_nothing() -> None:
    assert patterns([]).empty


PHASES = ("round", "hold", "bounce", "straight", "again", "quiet")


@st.composite
def some_patterns(draw: st.DrawFn) -> list[Fix]:
    """Draw ships that do a few of the things the detectors look for, one after another, and perhaps a shadow."""
    lat, lon = draw(st.sampled_from(((0.0, 0.0), (48.0, 180.0), (-60.0, 20.0))))
    fixes: list[Fix] = []
    for mmsi in (636000001, 636000002)[: draw(st.integers(1, 2))]:
        mine: list[Fix] = []
        for phase in draw(st.lists(st.sampled_from(PHASES), min_size=1, max_size=3)):
            new = phase_fixes(draw, phase, mine, lat, lon)
            begin = mine[-1][1] + draw(st.sampled_from((0.013, 0.4, 1.7))) if mine else 0.0
            mine += [(mmsi, h + begin, a, o, s) for _, h, a, o, s in new]
        fixes += unsaid(mine) if draw(st.booleans()) else mine
        lat += 0.15
    shadow = beside([f for f in fixes if f[0] == 636000001], 0.12) if draw(st.booleans()) else []
    return [(m, h, round(a, 5), round(o, 5), s) for m, h, a, o, s in fixes + shadow]  # as a feed tells them


def phase_fixes(draw: st.DrawFn, phase: str, before: list[Fix], lat: float, lon: float) -> list[Fix]:
    lat, lon = before[-1][2:4] if before else (lat, lon)
    if phase == "round":
        radius = draw(st.sampled_from((0.3, 2.0, 6.0, 15.0)))
        lasts = draw(st.sampled_from((5.3, 9.1, 17.2, 29.0)))
        return go_round(radius, lasts, 10.0, lat=lat, lon=lon, step_h=draw(st.sampled_from((0.31, 1.43))))
    if phase == "hold":
        knots = draw(st.sampled_from((0.1, 6.0)))
        return [(0, h * 0.37, lat, lon, knots) for h in range(draw(st.sampled_from((7, 13, 30))))]
    if phase == "bounce":
        legs = [(0.2, 80.0, 14.0), (0.2, draw(st.sampled_from((200.0, 260.0))), 14.0)] * draw(st.integers(1, 2))
        return steer(legs, lat=lat, lon=lon, step_h=0.04)
    if phase == "again" and before:
        shift = draw(st.sampled_from((0.7, 9.3, 60.0)))
        count = draw(st.sampled_from((2, 8, 40)))
        return [(0, h - before[0][1] + shift, a, o, s) for _, h, a, o, s in before[:count]]
    if phase == "quiet":
        return steer([(0.3, 100.0, 10.0)], lat=lat, lon=lon)[1:] and [(0, 7.0, lat, lon, 3.0)]
    return steer([(3.1, 40.0, 9.0), (5.2, 110.0, 9.0)], lat=lat, lon=lon, step_h=0.31)


def hours_of(events: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return who, with whom and from when to when, an open end as None."""
    ends = [None if pd.isna(e) else round((e - T0) / pd.Timedelta(hours=1), 4) for e in events["end_at"]]
    starts = [round((s - T0) / pd.Timedelta(hours=1), 4) for s in events["start_at"]]
    return list(zip(events["mmsi"].tolist(), starts, ends, strict=True))


#: The twin of each sub-kind, and after how many hours an event is over.
TWINS: dict[str, tuple[Callable[..., Any], float]] = {
    "circle": (twin_patterns.circles, DEFAULT.circle_span_h + 1),
    "held": (twin_patterns.held, DEFAULT.held_span_h + 1),
    "hairpin": (twin_patterns.hairpins, DEFAULT.hairpin_merge_h),
    "stale_repeat": (twin_patterns.stale, DEFAULT.stale_merge_h),
}


@given(some_patterns(), st.lists(st.floats(0, 40), max_size=4))
def test_patterns_equal_their_slow_twins_whatever_the_cuts(fixes: list[Fix], cuts_h: list[float]) -> None:
    events = patterns(fixes, EVERY_FIX, cuts_h)
    pd.testing.assert_frame_equal(events, patterns(fixes, EVERY_FIX))
    assert events["event_id"].is_unique
    tracks = twins.segments(plain(positions(fixes)))
    as_of = max(row[0] for rows in tracks.values() for row in rows)
    sub_kind = np.array([d["sub_kind"] for d in events["details"]])
    for name, (twin, wait_h) in TWINS.items():
        want = [(m, round(a, 4), round(b, 4) if as_of - b > wait_h else None) for m, a, b, _ in twin(tracks, EVERY_FIX)]
        assert sorted(hours_of(events[sub_kind == name]), key=repr) == sorted(want, key=repr), name
    pairs = events[sub_kind == "formation"]
    want = [(a, b, s) for a, b, s, _ in twin_patterns.formations(tracks, EVERY_FIX)]
    got = [(m, o, s) for (m, s, _), o in zip(hours_of(pairs), pairs["other_mmsi"], strict=True)]
    assert sorted(got) == sorted(want)
