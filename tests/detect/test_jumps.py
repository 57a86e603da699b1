"""Jumps against their slow twin, under any cutting of time, and case by case."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect import twin_jumps
from tests.real_tracks import read_traj
from tests.tracks import T0, Fix, positions, some_fixes
from watch.columns import empty_frame
from watch.detect.events import concat_events
from watch.detect.jumps import JUMP_STATE, detect_jumps, open_jumps
from watch.detect.segments import SEGMENT_STATE, cut_segments
from watch.detect.tracks import NO_TIME, from_positions
from watch.geodesy import H_US
from watch.params import DEFAULT

T0_US = T0.value // 1000
SHIP = 636000001
HOME, AWAY = (26.0, 56.0), (30.0, 50.0)
NEAR = (26.2, 56.0)  # 12 nm: a late message could show the ship there


def watch(table: pa.Table, cuts_us: list[int] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all events of the jumps and the last state, folded over slices that end at the cuts."""
    at_us = table.column("fix_at").cast(pa.int64()).to_numpy()
    as_of_us = int(at_us.max()) if len(at_us) else T0_US
    segs, state = empty_frame(SEGMENT_STATE), {"jumps": empty_frame(JUMP_STATE)}
    found, begin = [], NO_TIME
    for end in [c for c in sorted(set(cuts_us or ())) if c <= as_of_us] + [as_of_us + 1]:
        now = table.filter(pa.array((at_us >= begin) & (at_us < end)))
        _, segs, jumps = cut_segments(from_positions(now), segs, DEFAULT)
        events, state = detect_jumps(jumps, segs, state, end, DEFAULT)
        found.append(events)
        begin = end
    everything = concat_events([*found, open_jumps(state, segs, DEFAULT)])
    return everything.sort_values("event_id", ignore_index=True), state["jumps"]


def seen(fixes: list[Fix]) -> list[tuple[int, str, dict[str, Any]]]:
    """Return radio, sub-kind and details of each event, in order of radio and kind."""
    events, _ = watch(positions(fixes))
    told = zip(events["mmsi"], events["kind"], events["details"], strict=True)
    return sorted(((m, f"{k}/{d['sub_kind']}", d) for m, k, d in told), key=lambda row: row[:2])


def kinds(fixes: list[Fix]) -> list[str]:
    return [kind for _, kind, _ in seen(fixes)]


def stay(place: tuple[float, float], begin_h: float, n: int, mmsi: int = SHIP, every_h: float = 0.1) -> list[Fix]:
    return [(mmsi, begin_h + k * every_h, *place, 0.1) for k in range(n)]


def turns(here: tuple[float, float], there: tuple[float, float], n: int, begin_h: float = 0.0) -> list[Fix]:
    """Return a radio that is heard at two places in turn, n times at each."""
    return stay(here, begin_h, n) + stay(there, begin_h + 0.05, n)


_PLACES = (HOME, (26.1, 56.0), (26.45, 56.0), AWAY, (-10.0, 179.9), (-10.0, -179.9))


@st.composite
def one_ship(draw: st.DrawFn, mmsi: int) -> list[Fix]:
    """Draw a radio that stays, strays, leaps, and may take turns between two places."""
    fixes: list[Fix] = []
    hours = 0.0
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.sampled_from(_PLACES))
        n, step_h = draw(st.sampled_from((1, 1, 2, 3, 4))), draw(st.sampled_from((1 / 60, 0.1, 0.5, 2.0)))
        fixes += stay(place, hours, n, mmsi, step_h)
        hours += n * step_h + draw(st.sampled_from((0.0, 0.1, 5.0, 12.0, 12.5, 25.0)))
    here, there = draw(st.sampled_from(_PLACES)), draw(st.sampled_from(_PLACES))
    n = draw(st.sampled_from((0, 0, 0, 2, 3, 5, 13)))
    return fixes + [(mmsi, *f[1:]) for f in turns(here, there, n, hours)]


@st.composite
def leaping(draw: st.DrawFn) -> list[Fix]:
    """Draw a few such ships, or some more that leap away together in the end."""
    many = draw(st.booleans())
    fixes: list[Fix] = []
    for mmsi in range(SHIP, SHIP + draw(st.integers(4, 7) if many else st.integers(1, 3))):
        fixes += draw(one_ship(mmsi))
        if many:
            begin_h = 150.0 + draw(st.sampled_from((0.0, 0.5, 1.0, 1.5)))
            fixes += stay(HOME, begin_h, 3, mmsi) + stay(draw(st.sampled_from((AWAY, NEAR))), begin_h + 0.22, 3, mmsi)
    return fixes


SHIPS = st.one_of(leaping(), some_fixes())


@given(SHIPS)
def test_jumps_equal_their_slow_twin(fixes: list[Fix]) -> None:
    table = positions(fixes)
    events, _ = watch(table)
    columns = (events[c] for c in ("mmsi", "details", "start_at", "end_at"))
    got = [
        (m, d["sub_kind"], s.value // 1000, None if e is pd.NaT else e.value // 1000, d["jumps"])
        for m, d, s, e in zip(*columns, strict=True)
    ]
    assert sorted(got, key=repr) == sorted(twin_jumps.found(table.to_pandas()), key=repr)


@given(SHIPS, st.lists(st.tuples(st.integers(0, 200), st.sampled_from((0, 1, 12 * H_US, 12 * H_US + 1))), max_size=4))
def test_any_cutting_of_time_gives_the_same_jumps(fixes: list[Fix], cuts: list[tuple[int, int]]) -> None:
    """Cuts lie at and just after fixes, and at and just after the moments when what they began is settled."""
    table = positions(fixes)
    at_us = np.append(np.unique(table.column("fix_at").cast(pa.int64()).to_numpy()), T0_US).tolist()
    whole, state = watch(table)
    parts, after = watch(table, [at_us[k % len(at_us)] + later_us for k, later_us in cuts])
    pd.testing.assert_frame_equal(parts, whole)
    pd.testing.assert_frame_equal(after, state)
    assert whole["event_id"].is_unique
    assert not spoofs_beside_interference(whole)


def spoofs_beside_interference(events: pd.DataFrame) -> bool:
    """Return whether a ship has both at once."""
    lasting = events.assign(end_at=events["end_at"].fillna(T0 + pd.Timedelta(days=99)))
    spoofs, crowds = (lasting[lasting["kind"] == kind] for kind in ("spoof", "interference"))
    both = spoofs.merge(crowds, on="mmsi")
    overlap = (both["start_at_x"] < both["end_at_y"]) & (both["start_at_y"] < both["end_at_x"])
    return bool(overlap.any())


SHARED, SPOOF, TOGETHER = "identity_change/shared_mmsi", "spoof/impossible_speed", "interference/jumps_together"


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(turns(HOME, AWAY, 10), [SHARED], id="two_hulls_take_turns"),
        pytest.param(turns(HOME, AWAY, 2) + stay(HOME, 0.2, 4), [], id="a_place_of_two_fixes_is_an_error_of_reception"),
        pytest.param(stay(HOME, 0, 5) + stay(AWAY, 0.5, 5), [SPOOF], id="a_leap"),
        pytest.param(stay(HOME, 0, 5) + stay(AWAY, 0.5, 5) + stay(HOME, 1, 5), [SPOOF], id="there_and_back"),
        pytest.param(stay(HOME, 0, 5) + stay(AWAY, 0.5, 1) + stay(HOME, 0.6, 5), [], id="one_stray_fix"),
        pytest.param(stay(AWAY, 0, 1) + stay(HOME, 0.1, 5), [], id="the_first_fix_is_a_stray"),
        pytest.param(stay(HOME, 0, 5) + stay((0, 0), 0.5, 1) + stay(AWAY, 0.6, 5), [SPOOF], id="a_leap_over_a_stray"),
        pytest.param(stay(HOME, 0, 5) + stay((0, 0), 0.5, 1) + stay(NEAR, 0.6, 5), [], id="a_short_one_over_a_stray"),
        pytest.param(stay(HOME, 0, 5) + stay(NEAR, 0.45, 5), [], id="a_leap_that_a_late_message_explains"),
        pytest.param(turns(HOME, NEAR, 10), [], id="late_messages_in_turn"),
        pytest.param(turns(HOME, NEAR, 20), [SHARED], id="two_hulls_in_one_harbour"),
        pytest.param(
            [*stay(HOME, 0, 5), (SHIP, 1.0, 26.45, 56.0, 1.0), *stay(HOME, 1.1, 5)],
            [],
            id="a_stray_within_reach_is_no_place_to_leap_back_from",
        ),
        pytest.param(stay((10, 179.9), 0, 5) + stay((10, -179.9), 1, 5), [], id="the_dateline_is_no_leap"),
        pytest.param(stay(HOME, 0, 5, every_h=3) + stay(AWAY, 12.5, 5, every_h=3), [SPOOF], id="rarely_heard"),
        pytest.param(turns(HOME, AWAY, 6) + turns(HOME, AWAY, 6, 30), [SHARED, SHARED], id="a_day_apart_are_two"),
    ],
)
def test_what_jumps_mean(fixes: list[Fix], want: list[str]) -> None:
    assert kinds(fixes) == want


def crowd(n: int, target: tuple[float, float] = (26.46, 56.6), begin_h: float = 1.0) -> list[Fix]:
    """Return ships around a place, each of which leaps within the hour to one point and comes back."""
    fixes: list[Fix] = []
    for k in range(n):
        own, leap_h = (26.55 + k / 100, 56.3 + k / 100), begin_h + k / 20
        for place, after_h in ((own, -0.5), (target, 0.0), (own, 0.5)):
            fixes += stay(place, leap_h + after_h, 5, SHIP + k)
    return fixes


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(crowd(5), {TOGETHER: 5}, id="S5_inside_the_hormuz_box"),
        pytest.param(crowd(5, AWAY), {TOGETHER: 5}, id="to_a_far_airport"),
        pytest.param(crowd(4, AWAY), {SPOOF: 4}, id="four_are_not_many"),
        pytest.param(crowd(4), {}, id="four_that_leap_a_little"),
        pytest.param(crowd(4, AWAY) + crowd(8, AWAY, 9.0)[60:], {SPOOF: 8}, id="hours_apart_are_not_together"),
        pytest.param(
            crowd(4, AWAY) + [(m, h, la + 5, lo, s) for m, h, la, lo, s in crowd(8, AWAY)[60:]],
            {SPOOF: 8},
            id="in_two_seas_are_not_together",
        ),
        pytest.param(
            crowd(5) + stay(HOME, 0, 5, SHIP + 50) + stay(AWAY, 1.2, 1, SHIP + 50) + stay(HOME, 1.4, 5, SHIP + 50),
            {TOGETHER: 5},
            id="a_stray_is_none_of_them",
        ),
        pytest.param(
            crowd(6, AWAY) + stay((26.6, 56.4), 0.02, 30, SHIP + 50) + stay((-40.0, 100.0), 0.07, 30, SHIP + 50),
            {TOGETHER: 6, SHARED: 1},
            id="two_hulls_that_took_turns_before_still_do",
        ),
    ],
)
def test_many_ships_that_leap_together(fixes: list[Fix], want: dict[str, int]) -> None:
    assert Counter(kinds(fixes)) == want


def test_ships_that_flip_under_interference_share_no_radio() -> None:
    flips = [f for k in range(6) for f in turns((26.5, 56.3 + k / 100), AWAY, 8)]
    fixes = [(SHIP + i // 16, *f[1:]) for i, f in enumerate(flips)]
    assert Counter(kinds(fixes)) == {TOGETHER: 6}


def test_what_is_told_of_a_leap() -> None:
    ((mmsi, _, details),) = seen(stay(HOME, 0, 5) + stay(AWAY, 0.5, 5) + stay(HOME, 1, 5))
    assert mmsi == SHIP
    assert details == {
        "sub_kind": "impossible_speed",
        "jumps": 2,
        "distance_nm": pytest.approx(395, abs=5),
        "to_lat": 30.0,
        "to_lon": 50.0,
        "implied_kn": pytest.approx(3_950, abs=50),
        "returned": True,
    }


def test_what_is_told_of_a_shared_radio() -> None:
    ((_, _, details),) = seen(turns(HOME, AWAY, 10))
    assert (details["segments"], details["jumps"]) == ([0, 1], 19)
    assert (details["to_lat"], details["to_lon"]) == AWAY
    assert "implied_kn" not in details


def test_a_leap_in_no_time_has_a_speed() -> None:
    """Two ships report in the same second; the less time than AIS can tell is taken for a second."""
    fixes = stay(HOME, 0, 5) + stay(AWAY, 0.4, 5)
    ((_, kind, details),) = seen(fixes)
    assert kind == SPOOF
    assert details["implied_kn"] == pytest.approx(details["distance_nm"] * 3_600, rel=1e-3)


def test_a_leap_ends_when_nothing_followed_for_twelve_hours() -> None:
    leap = stay(HOME, 0, 5) + stay(AWAY, 0.5, 5)
    for later_h, ended in ((12.4, False), (12.6, True)):
        events, _ = watch(positions([*leap, (SHIP, later_h, *AWAY, 0.1)]))
        assert events["end_at"].notna().tolist() == [ended]
        assert events["start_at"].tolist() == [T0 + pd.Timedelta(hours=0.4)]
        if ended:
            assert events["end_at"].tolist() == [T0 + pd.Timedelta(hours=0.5)]
            assert (events["end_lat"][0], events["end_lon"][0]) == AWAY


def test_a_leap_out_of_another_segment_names_it() -> None:
    first = stay(HOME, 0, 5) + stay(AWAY, 0.5, 5)
    then = stay(AWAY, 20, 3) + stay((-40.0, 100.0), 20.5, 5)
    assert sorted(d.get("segment", 0) for _, _, d in seen(first + then)) == [0, 1]


def test_state_of_the_past_is_let_go() -> None:
    _, state = watch(positions(turns(HOME, AWAY, 10) + stay(HOME, 30, 3)))
    assert state.empty


def test_of_the_radios_that_leap_off_the_us_coasts_one_is_shared() -> None:
    """368134280 is two craft near Chicago; the others stray, or are shown where late messages have them."""
    rows = read_traj("us-coast-day")
    rows = rows[rows["mmsi"].between(201_000_000, 775_999_999)]
    at_h = (rows["fix_at"] - T0) / pd.Timedelta(hours=1)
    table = positions(zip(rows["mmsi"], at_h, rows["lat"], rows["lon"], np.full(len(rows), np.nan), strict=True))
    _, _, jumps = cut_segments(from_positions(table), empty_frame(SEGMENT_STATE), DEFAULT)
    assert (len(jumps), jumps["mmsi"].nunique(), int(jumps["from_stray"].sum())) == (526, 71, 17)
    events, _ = watch(table)
    (details,) = events["details"]
    assert (events["mmsi"].tolist(), details["sub_kind"], details["jumps"]) == ([368134280], "shared_mmsi", 299)
    assert (details["segments"], details["distance_nm"]) == ([0, 1], 10.74)
