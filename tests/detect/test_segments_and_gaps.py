"""Segments and gaps against their slow twins, and the cases that must not go wrong."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect import twins
from tests.tracks import T0, Fix, positions, some_fixes
from watch.detect import coverage, gap, segments
from watch.detect.hours import sample_hours
from watch.detect.tracks import Tracks, from_positions, leg_lengths_m
from watch.fold import empty_state
from watch.params import DEFAULT

T0_US = T0.value // 1000


def cut(fixes: list[Fix], state: pd.DataFrame | None = None) -> tuple[Tracks, pd.DataFrame]:
    known = empty_state()["segments"] if state is None else state
    tracks, after, _ = segments.cut_segments(from_positions(positions(fixes)), known, DEFAULT)
    return tracks, after


def gaps_of(fixes: list[Fix], as_of_h: float | None = None) -> pd.DataFrame:
    """Return the gaps of made fixes, closed and open, found in one slice."""
    tracks, segs = cut(fixes)
    last = int(tracks.at_us.max()) if as_of_h is None else T0_US + round(as_of_h * 3.6e9)
    state, until = empty_state(), last + 1
    samples, _ = sample_hours(tracks, state["hours"], until, DEFAULT)
    heard, _ = coverage.hear(tracks, state, until, DEFAULT)
    closed, silence = gap.detect_gaps(tracks, segs, samples, heard, state["silence"], until, DEFAULT)
    return pd.concat([closed, gap.open_gaps(segs, silence, last, DEFAULT)], ignore_index=True)


def plain(table: pa.Table) -> list[tuple[int, twins.Row]]:
    """Return positions as the twins take them."""
    rows = table.to_pandas()
    hours = (rows["fix_at"].astype("int64") - T0_US) / 3.6e9
    return [
        (int(m), (h, la, lo, float(s)))
        for m, h, la, lo, s in zip(rows["mmsi"], hours, rows["lat"], rows["lon"], rows["sog_kn"], strict=True)
    ]


@given(some_fixes())
def test_segments_equal_their_slow_twin(fixes: list[Fix]) -> None:
    tracks, state = cut(fixes)
    want = twins.segments(plain(positions(fixes)))
    hours = (tracks.at_us - T0_US) / 3.6e9
    got: dict[tuple[int, int], list[float]] = {}
    for m, s, h in zip(tracks.mmsi.tolist(), tracks.seg.tolist(), hours.tolist(), strict=True):
        got.setdefault((m, s), []).append(h)
    assert {k: pytest.approx([r[0] for r in v]) for k, v in want.items()} == got
    assert dict(zip(zip(state["mmsi"], state["seg"], strict=True), state["fixes"], strict=True)) == {
        k: min(len(v), 3) for k, v in want.items()
    }


@given(some_fixes())
def test_gaps_equal_their_slow_twin(fixes: list[Fix]) -> None:
    if not fixes:
        return
    found = gaps_of(fixes)
    want = twins.gaps(twins.segments(plain(positions(fixes))))
    columns = (found[c] for c in ("mmsi", "start_at", "end_at", "details"))
    got = [(int(m), hours(s), hours(e), d["fixes_12h"]) for m, s, e, d in zip(*columns, strict=True)]
    assert sorted(got, key=repr) == sorted(((m, rounded(s), rounded(e), n) for m, s, e, n in want), key=repr)


def hours(at: pd.Timestamp) -> float | None:
    return None if at is pd.NaT else rounded((at.value // 1000 - T0_US) / 3.6e9)


def rounded(h: float | None) -> float | None:
    return None if h is None else round(h, 6)


def lane(mmsi: int, hours: list[float], lat: float = 10.0, lon: float = 20.0) -> list[Fix]:
    return [(mmsi, h, lat, lon, 0.1) for h in hours]


@pytest.mark.parametrize(
    ("hours", "as_of_h", "want"),
    [
        pytest.param([0, 6.0], None, [], id="six_hours_are_no_gap"),
        pytest.param([0, 6.01], None, [(6.01, False)], id="a_moment_more_is_one"),
        pytest.param([23, 31], None, [(8.0, False)], id="midnight_cuts_nothing"),
        pytest.param([0, 1], 9, [(8.0, True)], id="a_ship_that_never_returns_has_an_open_gap"),
        pytest.param([0], 5, [], id="not_heard_for_five_hours_is_no_gap_yet"),
        pytest.param([0, 0, 0.0001], None, [], id="same_second_reports_are_no_gap"),
        pytest.param([0, 24 * 61], None, [(24 * 61.0, False)], id="two_months"),
    ],
)
def test_gap_length(hours: list[float], as_of_h: float | None, want: list[tuple[float, bool]]) -> None:
    found = gaps_of(lane(636000001, hours), as_of_h)
    assert [(round(d["duration_h"], 2), d["open"]) for d in found["details"]] == want


def test_two_ships_on_one_mmsi_make_no_gap_and_no_leap() -> None:
    """New York and Los Angeles take turns every half hour; each falls silent once."""
    here = [(366000001, h / 2, 40.6, -74.0, 0.0) for h in range(0, 40, 2)]
    there = [(366000001, h / 2 + 0.25, 33.7, -118.2, 0.0) for h in range(0, 20, 2)]
    there += [(366000001, 18.6 + h, 33.7, -118.2, 0.0) for h in range(3)]
    tracks, _ = cut(here + there)
    assert [len(tracks.at_us[tracks.seg == k]) for k in (0, 1)] == [20, 13]
    assert np.nanmax(tracks.leg_m) < 1.0
    found = gaps_of(here + there)
    assert found["start_lon"].round(1).tolist() == [-118.2]


def test_a_stray_fix_is_cut_out_and_leaves_no_gap() -> None:
    fixes = [*lane(538000001, [0, 1, 2]), (538000001, 2.5, 60.0, -100.0, 5.0), *lane(538000001, [3, 4, 5, 20])]
    tracks, _ = cut(fixes)
    assert tracks.seg.tolist() == [0] * 7 + [1]
    assert gaps_of(fixes)["start_at"].tolist() == [T0 + pd.Timedelta(hours=5)]


def test_shared_mmsi_state_carries_over_slices() -> None:
    first = lane(366000001, [0, 1, 2]) + [(366000001, h + 0.5, -40.0, 100.0, 0.0) for h in (0, 1, 2)]
    _, state = cut(first)
    tracks, state = cut([*lane(366000001, [3]), (366000001, 3.5, -40.0, 100.0, 0.0)], state)
    assert tracks.carried.tolist() == [True, False, True, False]
    assert state["at_us"].tolist() == [T0_US + round(h * 3.6e9) for h in (3, 3.5)]
    assert state["latest"].tolist() == [False, True]


def neighbours(n: int, hours: list[float], lat: float = 10.2, lon: float = 20.0) -> list[Fix]:
    return [(470000100 + i, h, lat, lon + i / 100, 0.1) for i in range(n) for h in hours]


EVERY_HOUR = [float(h) for h in range(20)]


@pytest.mark.parametrize(
    ("others", "want"),
    [
        pytest.param(neighbours(1, EVERY_HOUR), "heard", id="one_other_is_still_heard"),
        pytest.param(neighbours(5, EVERY_HOUR[:6]), "lost", id="five_others_fall_silent_in_the_same_hour"),
        pytest.param(neighbours(2, EVERY_HOUR[:6]), "unknown", id="two_others_may_be_hiding_too"),
        pytest.param([], "unknown", id="nobody_else_was_ever_there"),
        pytest.param(neighbours(5, EVERY_HOUR, lat=14.0), "unknown", id="others_are_elsewhere"),
        pytest.param(neighbours(5, EVERY_HOUR[:6]) + neighbours(1, EVERY_HOUR[6:]), "lost", id="a_fifth_is_an_outage"),
        pytest.param(neighbours(5, EVERY_HOUR[:6]) + neighbours(2, EVERY_HOUR[6:]), "heard", id="two_fifths_are_not"),
    ],
)
@pytest.mark.parametrize("place", [(10.0, 20.0), (10.0, 180.0), (-89.9, 20.0)], ids=["low", "dateline", "pole"])
def test_coverage(others: list[Fix], want: str, place: tuple[float, float]) -> None:
    dlat, dlon = place[0] - 10.0, place[1] - 20.0
    if place[0] < -80:  # a degree of longitude is a few metres there: all are near
        others = [f for f in others if f[2] < 14]
    ship = lane(636000001, [0, 1, 2, 3, 4, 5, 19], *place)
    shifted = [(m, h, la + dlat if la < 14 else la, lo + dlon, s) for m, h, la, lo, s in others]
    found = gaps_of(ship + shifted)
    mine = found[found["mmsi"] == 636000001]
    if want == "unknown" and place[0] < -80 and not others:
        want = "unknown"
    assert [d["coverage"] for d in mine["details"]] == [want]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=20))
def test_cells_around_hold_all_neighbours_within_thirty_miles(places: list[tuple[float, float]]) -> None:
    lat, lon = np.array(places).T
    around = coverage.around(lat, lon, 0.5)
    for bearing in range(0, 360, 45):
        dlat = 25 / 60 * math.cos(math.radians(bearing))
        dlon = 25 / 60 * math.sin(math.radians(bearing)) / np.maximum(np.cos(np.radians(lat)), 0.02)
        inside = np.abs(lat) < 80
        near = coverage.cells(np.clip(lat + dlat, -90, 90), lon + dlon, 0.5)
        assert (around == near[:, None]).any(axis=1)[inside].all()


def test_legs_are_measured_across_chunks() -> None:
    lat = np.linspace(0, 1, 70_000)
    assert np.isclose(np.nansum(leg_lengths_m(lat, np.zeros(70_000))), 111_195, atol=1)
