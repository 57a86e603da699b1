"""Possible encounters against their slow twin, a check of the prism, and the cases that must not go wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.twin_reach import Place, meetings, moment, silent, timeline, told
from watch.columns import ATTRIBUTED_COLUMNS
from watch.geodesy import H_US, NM_M, distance_m
from watch.params import DEFAULT
from watch.pipeline import bundled_world
from watch.timeline.near import Spots, find_near
from watch.timeline.possible_encounter import possible_encounters, possible_encounters_of
from watch.timeline.silences import at_sea

AS_OF = moment(24 * 90)
WORLD = bundled_world()
OMAN, NEAR_OMAN, FAR = (24.9, 57.6), (24.5, 58.2), (15.0, -25.6)
QUAY, ROADS = (40.69, -74.03), (40.3, -73.7)  # New York, and thirty miles off
CEUTA = (35.93, -5.29)
A, B = 636990001, 636990002


def pair(**other: Any) -> pd.DataFrame:
    """Return two tankers silent for two days off Oman; `other` changes the second."""
    facts = {"mmsi": B, "off_h": 5, "off": NEAR_OMAN, "on_h": 50, "on": NEAR_OMAN} | other
    return timeline(silent(A, 0, OMAN, 48, OMAN), silent(**facts))


def lit(**other: Any) -> pd.DataFrame:
    """Return a tanker silent for two days off Oman, and one that loiters near by; `other` changes the second."""
    facts = {"mmsi": B, "off_h": 10, "off": NEAR_OMAN, "on_h": 30, "on": NEAR_OMAN, "kind": "loitering"} | other
    return timeline(silent(A, 0, OMAN, 48, OMAN), silent(**facts))


CASES = {
    "two_silent_near_each_other": (pair(), 1),
    "both_still_silent": (timeline(silent(A, 0, OMAN), silent(B, 30, NEAR_OMAN)), 1),
    "one_still_silent": (pair(on_h=None, on=None), 1),
    "one_hull_two_radios": (pair(vessel_id=f"mmsi:{A}"), 0),
    "one_radio": (pair(mmsi=A), 0),
    "tug": (pair(type="tug"), 0),
    "passenger": (pair(type="passenger"), 0),
    "unknown_type_and_no_imo": (pair(type="unknown"), 0),
    "unknown_type_with_an_imo": (pair(type="unknown").assign(imo=9074729), 1),
    "a_gap_under_12_h": (pair(on_h=16), 0),
    "no_common_time": (pair(off_h=48, on_h=100), 0),
    "common_time_under_2_h": (pair(off_h=46.1, on_h=100, off=OMAN), 0),
    "common_time_just_2_h": (pair(off_h=46, on_h=100, off=OMAN, on=OMAN), 1),
    "far_apart": (pair(off=(20.0, 62.0), on=(20.0, 62.0)), 0),
    "far_before_near_after": (pair(off=(22.5, 62.0), on=OMAN), 1),
    "off_more_than_48_h_apart_on_too": (
        timeline(silent(A, 0, OMAN, 300, OMAN), silent(B, 60, OMAN, 200, OMAN)),
        0,
    ),
    "off_just_48_h_apart": (timeline(silent(A, 0, OMAN, 300, OMAN), silent(B, 48, OMAN, 200, OMAN)), 1),
    "across_the_malay_peninsula": (
        timeline(silent(A, 0, (9.5, 98.2), 48, (9.5, 98.2)), silent(B, 0, (9.5, 99.5), 48, (9.5, 99.5))),
        0,
    ),
    "across_180": (
        timeline(silent(A, 0, (40.0, 179.8), 48, (40.0, 179.8)), silent(B, 0, (40.0, -179.8), 48, (40.0, -179.8))),
        1,
    ),
    "no_time_beside_the_way": (
        timeline(silent(A, 0, OMAN, 23, (22.0, 62.2)), silent(B, 0, NEAR_OMAN, 23, (22.0, 62.2))),
        0,
    ),
    "waits_near_a_silent_one": (lit(), 1),
    "still_waits": (lit(on_h=None, on=None), 1),
    "waits_after_the_silence": (lit(off_h=49, on_h=70), 0),
    "waits_too_shortly": (lit(off_h=10, on_h=11.5), 0),
    "waits_far_away": (lit(off=(22.0, 62.0), on=(22.0, 62.0)), 0),
    "a_tug_waits": (lit(type="tug"), 0),
    "waits_long_after_she_fell_silent_near_by": (
        timeline(silent(A, 0, OMAN), silent(B, 49, OMAN, 90, OMAN, kind="loitering")),
        0,
    ),
    "off_a_port": (timeline(*(silent(m, 0, QUAY, 48, QUAY) for m in (A, B))), 0),
    "one_off_a_port": (timeline(silent(A, 0, ROADS, 48, ROADS), silent(B, 9, QUAY, 40, QUAY)), 0),
    "waits_off_a_port": (timeline(silent(A, 0, ROADS, 48, ROADS), silent(B, 9, QUAY, 40, QUAY, kind="loitering")), 0),
    "silent_off_a_port": (timeline(silent(A, 0, QUAY, 48, QUAY), silent(B, 9, ROADS, 40, ROADS, kind="loitering")), 0),
    "off_no_port": (timeline(*(silent(m, 0, ROADS, 48, ROADS) for m in (A, B))), 1),
    "in_a_transfer_zone_off_a_port": (timeline(*(silent(m, 0, CEUTA, 48, CEUTA) for m in (A, B))), 1),
    "two_that_wait": (timeline(*(silent(m, 0, OMAN, 48, OMAN, kind="loitering") for m in (A, B))), 0),
}


@pytest.mark.parametrize(("events", "count"), CASES.values(), ids=CASES)
def test_meetings_that_can_be_are_found_and_no_others(events: pd.DataFrame, count: int) -> None:
    found = possible_encounters(events, WORLD, DEFAULT, AS_OF)
    assert len(found) == count
    assert list(found.columns) == list(ATTRIBUTED_COLUMNS)
    assert told(found, NAMES) == meetings(events, AS_OF)


NAMES = ("gap_id|loitering_id", "other_gap_id|other_loitering_id")


def test_what_an_event_says() -> None:
    one = silent(B, 0, OMAN, 48, OMAN, segment=1, draught_change_m=-3.0)
    two = silent(A, 5, NEAR_OMAN, 50, NEAR_OMAN, draught_change_m=2.5)
    (found,) = possible_encounters(timeline(one, two), WORLD, DEFAULT, AS_OF).to_dict("records")
    nm = float(distance_m(*OMAN, *NEAR_OMAN) / NM_M)
    assert (found["mmsi"], found["other_mmsi"], found["other_vessel_id"]) == (A, B, f"mmsi:{B}")
    assert (found["type"], found["other_type"], found["flag"], found["other_flag"]) == ("tanker", "tanker", "LR", "LR")
    assert (found["start_lat"], found["start_lon"]) == NEAR_OMAN  # both can be there before they can be elsewhere
    assert found["start_at"] == moment(5)
    assert abs(found["end_at"] - moment(48 - nm / 14)) <= pd.Timedelta(seconds=1)
    assert found["details"] == {
        "confidence": 4,
        "coverage_heard": True,
        "near_both_ends": True,
        "short_gaps": True,
        "opposite_draughts": True,
        "one_sided": False,
        "place": "last_positions",
        "open": False,
        "slack_h": pytest.approx(48 - nm / 14 - 5 - 2, abs=0.01),
        "apart_nm": pytest.approx(nm, abs=0.01),
        "gap_id": two["event_id"][0],
        "other_gap_id": one["event_id"][0],
        "other_segment": 1,
    }
    assert all(type(v) in (bool, int, float, str) for v in found["details"].values())


def test_one_that_waits_is_named_as_such() -> None:
    events = lit(mmsi=201000001)
    (found,) = possible_encounters(events, WORLD, DEFAULT, AS_OF).to_dict("records")
    assert found["mmsi"] == 201000001
    assert (found["start_lat"], found["start_lon"]) == pytest.approx(NEAR_OMAN)
    assert (found["start_at"], found["end_at"]) == (moment(10), moment(30))
    details = found["details"]
    assert (details["one_sided"], details["place"], details["slack_h"]) == (True, "waiting_place", 18.0)
    assert {"loitering_id", "other_gap_id"} <= details.keys()


def draughts(one_m: float, other_m: float) -> pd.DataFrame:
    """Return two tankers silent at one place that came out so much deeper."""
    return timeline(*(silent(m, 0, OMAN, 48, OMAN, draught_change_m=d) for m, d in ((A, one_m), (B, other_m))))


POINTS = {
    "all_but_draughts": (pair(), 3),
    "nobody_around_was_heard": (pair(coverage="unknown"), 2),
    "next_positions_far": (pair(on_h=118, on=(15.0, 55.0)), 2),
    "long": (pair(on_h=400, on=NEAR_OMAN), 1),
    "nothing": (pair(on_h=2000, on=FAR, coverage="lost"), 1),
    "both_deeper": (draughts(2.0, 2.0), 3),
    "a_trace_deeper": (draughts(2.0, -0.9), 3),
    "opposite": (draughts(2.0, -1.0), 4),
}


@pytest.mark.parametrize(("events", "confidence"), POINTS.values(), ids=POINTS)
def test_confidence_counts_what_speaks_for_it(events: pd.DataFrame, confidence: int) -> None:
    assert [d["confidence"] for d in possible_encounters(events, WORLD, DEFAULT, AS_OF)["details"]] == [confidence]


def test_two_dark_tankers_and_two_that_take_cargo() -> None:
    """Two fall silent off Oman in May; two more in July near where the first were; each pair may have met."""
    off = [(24.892, 57.602), (24.972, 57.548), (24.555, 57.359), (24.459, 57.445)]
    events = timeline(
        silent(636990001, 0, off[0], 1419, (15.0, -25.6), draught_change_m=-4.0),
        silent(636990002, 43, off[1], 1437, (16.3, -26.0), draught_change_m=-3.0),
        silent(636990003, 1320, off[2], 1500, off[2], draught_change_m=2.5),
        silent(636990004, 1340, off[3], 1500, off[3], draught_change_m=2.5),
    )
    found = possible_encounters(events, WORLD, DEFAULT, AS_OF)
    assert [(m % 10, o % 10) for m, o in zip(found["mmsi"], found["other_mmsi"], strict=True)] == [(1, 2), (3, 4)]


def test_an_open_pair_keeps_its_id_when_it_closes() -> None:
    still = possible_encounters(timeline(silent(A, 0, OMAN), silent(B, 5, NEAR_OMAN)), WORLD, DEFAULT, moment(40))
    closed = possible_encounters(pair(), WORLD, DEFAULT, AS_OF)
    assert still["end_at"].isna().all()
    assert still["event_id"].tolist() == closed["event_id"].tolist()


SPOTS = [OMAN, NEAR_OMAN, (24.95, 57.55), (24.2, 59.0), (9.5, 98.2), (9.5, 99.5), (40.0, 179.8), (40.0, -179.8)]
some_events = st.lists(
    st.tuples(
        st.sampled_from((201000001, 201000002, 636000003, 636000004)),
        st.sampled_from((0.0, 5.0, 46.0, 60.0)),
        st.sampled_from(SPOTS),
        st.sampled_from((None, 3.0, 12.0, 30.0, 50.0, 300.0)),
        st.sampled_from(SPOTS),
        st.sampled_from(("tanker", "unknown", "tug")),
        st.sampled_from(("gap", "gap", "loitering")),
    ),
    max_size=6,
)


def made(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    some = [
        silent(m, off_h, off, None if h is None else off_h + h, None if h is None else on, type=t, kind=kind)
        for m, off_h, off, h, on, t, kind in rows
    ]
    events = timeline(*some)
    return events[~events["event_id"].duplicated()].reset_index(drop=True)


@given(some_events)
def test_it_equals_its_slow_twin(rows: list[tuple[Any, ...]]) -> None:
    events = made(rows)
    found = possible_encounters(events, WORLD, DEFAULT, AS_OF)
    assert told(found, NAMES) == meetings(events, AS_OF)
    assert found["event_id"].is_unique
    assert (found["mmsi"] < found["other_mmsi"]).all()


@given(some_events, st.sets(st.integers(0, 5)))
def test_those_of_touched_events_are_the_same_as_in_the_whole(rows: list[tuple[Any, ...]], touched: set[int]) -> None:
    events = made(rows)
    mine = events.index.isin(sorted(touched))
    ids = set(events["event_id"][mine])
    whole = {e["event_id"]: e for e in possible_encounters(events, WORLD, DEFAULT, AS_OF).to_dict("records")}
    expected = {i: e for i, e in whole.items() if ids & {v for k, v in e["details"].items() if k.endswith("_id")}}
    part = possible_encounters_of(events[mine], events, WORLD, DEFAULT, AS_OF)
    assert {e["event_id"]: str(e) for e in part.to_dict("records")} == {i: str(e) for i, e in expected.items()}


@given(
    st.lists(st.tuples(st.floats(20, 24), st.floats(60, 64), st.floats(0, 60)), min_size=2, max_size=2),
    st.floats(12, 80),
)
def test_both_can_sail_there_and_back(ends: list[tuple[float, float, float]], hours: float) -> None:
    events = timeline(*(silent(A + k, h, (y, x), h + hours, (y, x)) for k, (y, x, h) in enumerate(ends)))
    for found in possible_encounters(events, WORLD, DEFAULT, AS_OF).to_dict("records"):
        for y, x, off_h in ends:
            away_h = float(distance_m(y, x, found["start_lat"], found["start_lon"]) / NM_M) / DEFAULT.reach_tanker_kn
            assert found["start_at"] >= moment(off_h + away_h) - pd.Timedelta(seconds=1)
            assert found["end_at"] <= moment(off_h + hours - away_h) + pd.Timedelta(seconds=1)
        assert found["end_at"] - found["start_at"] >= pd.Timedelta(hours=2)


def crowd(count: int, box: tuple[Place, Place], days: float, seed: int = 7) -> Spots:
    rng = np.random.default_rng(seed)
    lat, lon = (rng.uniform(low, high, count) for low, high in box)
    at_us = rng.integers(0, round(days * 24 * H_US), count)
    return Spots(lat, lon, at_us - 48 * H_US, at_us + 48 * H_US)


NEAR = {
    "gulf": ((22.0, 27.0), (50.0, 60.0)),
    "date_line": ((-5.0, 5.0), (177.0, 183.0)),
    "pole": ((85.0, 90.0), (-180.0, 180.0)),
}


@pytest.mark.parametrize("box", NEAR.values(), ids=NEAR)
def test_near_pairs_are_those_of_all_with_all(box: tuple[Place, Place]) -> None:
    left, right = crowd(300, box, 20), crowd(400, box, 20, seed=8)
    right = Spots(right.lat, right.lon, right.from_us, right.from_us)
    near = distance_m(left.lat[:, None], left.lon[:, None], right.lat, right.lon) <= 100 * NM_M
    near &= (right.from_us >= left.from_us[:, None]) & (right.from_us <= left.to_us[:, None])
    assert np.array_equal(np.stack(find_near(left, right, 100.0)), np.stack(np.nonzero(near)))


def test_20_000_gaps_give_for_some_of_them_what_all_with_all_gives() -> None:
    many = crowd(20_000, ((-55.0, 60.0), (-180.0, 180.0)), 30)
    moments = Spots(many.lat, many.lon, many.from_us, many.from_us)
    a, b = find_near(Spots(many.lat, many.lon, many.from_us - 48 * H_US, many.from_us + 48 * H_US), moments, 100.0)
    some = np.arange(200)
    near = distance_m(many.lat[some, None], many.lon[some, None], many.lat, many.lon) <= 100 * NM_M
    near &= abs(many.from_us - many.from_us[some, None]) <= 48 * H_US
    assert np.array_equal(np.stack([a, b])[:, a < 200], np.stack(np.nonzero(near)))
    assert len(a) > 20_000


def test_20_000_gaps_at_once() -> None:
    rng = np.random.default_rng(3)
    n = 10_000
    events = pair().iloc[np.tile([0, 1], n)].reset_index(drop=True)
    lat, lon = np.repeat(rng.uniform(-45, 60, n), 2), np.repeat(rng.uniform(-179, 179, n), 2)
    shift = pd.to_timedelta(np.repeat(rng.uniform(0, 24 * 60, n), 2), unit="h").round("s")
    events = events.assign(
        event_id=[f"e{k}" for k in range(2 * n)],
        mmsi=np.arange(2 * n) + 200_000_000,
        vessel_id=[f"mmsi:{k}" for k in range(2 * n)],
        start_lat=lat, start_lon=lon, end_lat=lat, end_lon=lon,
        start_at=events["start_at"] + shift, end_at=events["end_at"] + shift,
    )  # fmt: skip
    found = possible_encounters(events, WORLD, DEFAULT, AS_OF)
    met = {(d["gap_id"], d["other_gap_id"]) for d in found["details"]}
    away = np.flatnonzero(at_sea(lat[::2], lon[::2], WORLD, DEFAULT))
    assert n * 0.9 < len(away) < n
    assert {(f"e{2 * k}", f"e{2 * k + 1}") for k in away} <= met
    assert len(away) < len(found) < 3 * n
