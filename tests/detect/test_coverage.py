"""Coverage against what is usual at the hour, and outages: made harbours, slow twins, any cutting, real tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect import twin_coverage
from tests.real_tracks import read_traj
from tests.tracks import T0, Fix, positions
from watch.detect import coverage, gap, outage, segments
from watch.detect.events import concat_events
from watch.detect.hours import sample_hours
from watch.detect.tracks import from_positions
from watch.fold import empty_state
from watch.geodesy import H_US
from watch.params import DEFAULT

T0_US = T0.value // 1000
NEW_YORK = (40.6, -74.0)
State = dict[str, pd.DataFrame]


def walk(fixes: Iterable[Fix], cuts_h: Iterable[float] = ()) -> tuple[pd.DataFrame, pd.DataFrame, State]:
    """Return gaps, outages (open ones too) and the state of the fold, for slices that end at these hours."""
    table = positions(fixes)
    at_us = table.column("fix_at").cast("int64").to_numpy()
    as_of = int(at_us.max()) if len(at_us) else T0_US
    ends = [c for c in sorted({T0_US + round(h * H_US) for h in cuts_h}) if c <= as_of] + [as_of + 1]
    state, begin, gaps, outs = empty_state(), 0, [], []
    for end in ends:
        tracks, segs, *_ = segments.cut_segments(
            from_positions(table.filter((at_us >= begin) & (at_us < end))), state["segments"], DEFAULT
        )
        heard, known = coverage.hear(tracks, state, end, DEFAULT)
        samples, sampled = sample_hours(tracks, state["hours"], end, DEFAULT)
        found, silence = gap.detect_gaps(tracks, segs, samples, heard, state["silence"], end, DEFAULT)
        over, failed = outage.find_outages(heard, state, end, DEFAULT)
        own = {"segments": segs, "hours": sampled, "silence": silence}
        state, begin = state | own | known | failed, end
        gaps.append(found)
        outs.append(over)
    gaps.append(gap.open_gaps(state["segments"], state["silence"], as_of, DEFAULT))
    outs.append(outage.open_outages(state, DEFAULT))
    order = ["start_at", "lat", "lon"]
    return (
        concat_events(gaps).sort_values("event_id", ignore_index=True),
        pd.concat(outs, ignore_index=True).sort_values(order, ignore_index=True),
        state,
    )


def harbour(
    ships: int,
    days: int,
    *,
    resting: int = 0,
    rest: Collection[int] = (20, 21, 22, 23, 0, 1, 2),
    silent: Iterable[float] = (),
    place: tuple[float, float] = NEW_YORK,
    first: int = 1,
) -> list[Fix]:
    """Return ships heard once an hour; some rest in the same hours of each day, and nobody is heard while silent."""
    unheard = set(silent)
    return [
        (470000000 + first + i, h, place[0] + i / 1000, place[1], 0.1)
        for i in range(ships)
        for h in map(float, range(24 * days))
        if h not in unheard and not (i < resting and h % 24 in rest)
    ]


def lone_gap(fixes: list[Fix], at_h: float, as_of_h: float) -> str:
    """Return the coverage of a ship that is last heard at `at_h`, beside these."""
    ship = [(636000001, h, *NEW_YORK, 0.1) for h in np.arange(at_h - 5, at_h + 1)]
    later = [(999000001, as_of_h, -40.0, 20.0, 0.1)]
    gaps, _, _ = walk(ship + [f for f in fixes if f[1] <= as_of_h] + later)
    (mine,) = gaps.loc[gaps["mmsi"] == 636000001, "details"]
    return str(mine["coverage"])


EVENING, NIGHT = 24 * 3 + 19.0, 24 * 3 + 27.0
LAST = range(24 * 3 + 20, 24 * 4 + 4)
COVERAGE = {
    "a_harbour_that_rests_every_evening": (harbour(20, 5, resting=17), "heard"),
    "more_than_rest_every_evening_fall_silent": (harbour(20, 5, resting=10, silent=LAST), "lost"),
    "it_never_rested_before": (harbour(20, 5, silent=LAST), "lost"),
    "one_evening_before_was_an_outage": (harbour(20, 5, silent=[*range(44, 52), *LAST]), "lost"),
    "nobody_is_ever_left_in_the_evening": (harbour(20, 5, resting=20), "unknown"),
    "too_few_are_ever_left_in_the_evening": (harbour(20, 5, resting=18, silent=LAST), "unknown"),
    "the_first_day_has_no_day_before": ([f for f in harbour(20, 5, resting=17) if f[1] >= 24 * 3], "lost"),
    "the_evenings_before_were_busier": (harbour(20, 3, first=100) + harbour(6, 5), "heard"),
}


@pytest.mark.parametrize(("fixes", "want"), COVERAGE.values(), ids=COVERAGE)
def test_a_silence_is_held_against_what_is_usual_at_the_hour(fixes: list[Fix], want: str) -> None:
    assert lone_gap(fixes, EVENING, NIGHT) == want


def told(outages: pd.DataFrame) -> list[tuple[float, float | None, float, float]]:
    """Return start and end in hours, heard and usual."""
    hours = [(outages[c] - T0) / pd.Timedelta(hours=1) for c in ("start_at", "end_at")]
    rows = zip(*hours, outages["heard"], outages["usual"], strict=True)
    return [(a, None if b != b else b, h, u) for a, b, h, u in rows]


OUTAGES = {
    "three_hours_in_which_nobody_is_heard": (harbour(20, 4, silent=range(80, 83)), [(80, 83, 0.0, 20.0)]),
    "an_hour_alone_is_none": (harbour(20, 4, silent=[80]), []),
    "where_nine_are_usual_nothing_is_said": (harbour(9, 4, silent=range(80, 83)), []),
    "ten_are_enough": (harbour(10, 4, silent=range(80, 83)), [(80, 83, 0.0, 10.0)]),
    "the_first_two_days_tell_what_is_usual": (harbour(20, 4, silent=range(30, 34)), []),
    "after_two_days_it_is_known": (harbour(20, 4, silent=range(50, 54)), [(50, 54, 0.0, 20.0)]),
    "six_of_twenty_are_too_few": (
        harbour(14, 4, silent=range(80, 83)) + harbour(6, 4, first=90),
        [(80, 83, 6.0, 20.0)],
    ),
    "seven_of_twenty_are_not": (harbour(13, 4, silent=range(80, 83)) + harbour(7, 4, first=90), []),
    "a_rest_of_every_evening_is_none": (harbour(20, 4, resting=18), []),
    "it_goes_on_past_midnight": (harbour(20, 5, silent=range(94, 99)), [(94, 99, 0.0, 20.0)]),
    "it_lasts_to_the_end": (harbour(20, 4, silent=range(90, 96)), [(90, None, 0.0, 20.0)]),
    "an_outage_the_day_before_does_not_become_usual": (
        harbour(20, 5, silent=[*range(80, 83), *range(104, 107)]),
        [(80, 83, 0.0, 20.0), (104, 107, 0.0, 20.0)],
    ),
    "nothing_at_all": ([], []),
}


@pytest.mark.parametrize(("fixes", "want"), OUTAGES.values(), ids=OUTAGES)
def test_outages(fixes: list[Fix], want: list[tuple[float, float | None, float, float]]) -> None:
    days = 1 + int(max((f[1] for f in fixes), default=-1)) // 24
    assert told(walk(fixes + harbour(40, days, place=(10.0, 179.9), first=500))[1]) == want


@pytest.mark.parametrize("place", [(40.6, -74.0), (-0.1, 179.99), (89.9, 20.0)], ids=["low", "dateline", "pole"])
def test_an_outage_names_the_block_it_lies_in(place: tuple[float, float]) -> None:
    one = harbour(12, 4, place=place, silent=range(80, 83))
    _, outages, _ = walk(one + harbour(40, 4, place=(10.0, 100.0), first=500))
    (found,) = outages.to_dict("records")
    assert found["size_deg"] == DEFAULT.outage_block_deg
    assert abs(found["lat"] - place[0]) <= 1.01
    assert place[0] > 80 or abs((found["lon"] - place[1] + 180) % 360 - 180) <= 1.5
    assert found["share"] == 0.0


def test_a_feed_that_fails_is_one_outage_and_not_one_of_every_block() -> None:
    places = [(10.0 * k, 20.0 * k) for k in range(-4, 5)]
    fixes = [f for k, p in enumerate(places) for f in harbour(12, 4, place=p, first=100 * k + 1, silent=range(80, 84))]
    _, outages, _ = walk(fixes)
    (found,) = outages.to_dict("records")
    assert (found["heard"], found["usual"]) == (0.0, 12.0 * len(places))
    assert np.isnan([found["lat"], found["lon"], found["size_deg"]]).all()


def test_months_without_data_are_one_outage_that_ends_once_nothing_is_usual_any_more() -> None:
    later = [(m, h + 24 * 200, la, lo, s) for m, h, la, lo, s in harbour(20, 2)]
    _, outages, state = walk(harbour(20, 4) + later)
    assert told(outages) == [(96, 96 + 24 * 6, 0.0, 20.0)]
    assert len(state["blocks"]) <= 24 * 2 * (DEFAULT.usual_days + 1)


@st.composite
def some_harbours(draw: st.DrawFn) -> list[Fix]:
    """Draw harbours of which some rest in the same hours of each day, and that are not heard now and then."""
    fixes: list[Fix] = []
    for k, place in enumerate(draw(st.sampled_from((((10, 20), (10.3, 20.4)), ((-5, 179.9), (-5, -179.9)))))):
        ships, rest = draw(st.integers(2, 16)), draw(st.integers(0, 20))
        hours = draw(st.lists(st.tuples(st.integers(20, 95), st.integers(1, 30)), max_size=3))
        silent = [h for begin, length in hours for h in range(begin, begin + length)]
        resting, days = draw(st.integers(0, ships)), draw(st.integers(2, 4))
        spread = {"rest": range(rest, rest + 4), "resting": resting, "silent": silent, "place": place}
        fixes += harbour(ships, days, first=100 * k + 1, **spread)
    return [(m, h + draw(st.sampled_from((0.0, 0.5))) if m % 7 == 0 else h, la, lo, s) for m, h, la, lo, s in fixes]


@given(some_harbours(), st.lists(st.floats(0, 97), max_size=5))
def test_any_cutting_of_time_gives_the_same(fixes: list[Fix], cuts_h: list[float]) -> None:
    gaps, outages, state = walk(fixes)
    parts = walk(fixes, cuts_h)
    pd.testing.assert_frame_equal(parts[0], gaps)
    pd.testing.assert_frame_equal(parts[1], outages)
    for name, frame in state.items():
        pd.testing.assert_frame_equal(parts[2][name], frame, check_dtype=False, obj=name)


@given(some_harbours())
def test_coverage_equals_its_slow_twin(fixes: list[Fix]) -> None:
    gaps, _, _ = walk(fixes, [24.0 * d for d in range(1, 4)])
    heard = twin_coverage.heard_by([f[:4] for f in fixes], DEFAULT.coverage_cell_deg)
    for row in gaps.to_dict("records"):
        hours = (row["start_at"] - T0) / pd.Timedelta(hours=1)
        if max(f[1] for f in fixes) - hours > DEFAULT.gap_min_h:
            want = twin_coverage.coverage(heard, row["mmsi"], hours, row["start_lat"], row["start_lon"])
            assert row["details"]["coverage"] == want, row


@given(some_harbours())
def test_outages_equal_their_slow_twin(fixes: list[Fix]) -> None:
    _, outages, _ = walk(fixes, [24.0 * d for d in range(1, 4)])
    lat, lon = outages["lat"].fillna(0).to_numpy(), outages["lon"].fillna(0).to_numpy()
    block = np.where(outages["lat"].isna(), -1, coverage.cells(lat, lon, DEFAULT.outage_block_deg)).tolist()
    found = {(where, int(a), b and int(b)) for where, (a, b, _, _) in zip(block, told(outages), strict=True)}
    assert found == twin_coverage.outages([f[:4] for f in fixes], max(f[1] for f in fixes))


PLACES = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=50)


@given(PLACES, st.sampled_from((0.5, 2.0)))
def test_a_place_lies_within_the_edges_of_its_cell(places: list[tuple[float, float]], size_deg: float) -> None:
    lat, lon = np.array(places).T
    cell = coverage.cells(lat, lon, size_deg)
    south, north, west, east = coverage.edges_deg(cell, size_deg)
    lon = (lon + 180) % 360 - 180
    near = 1e-9  # degrees lost in adding 180 to a place at the equator or the meridian
    assert ((south - near <= lat) & (lat <= north) & (west - near <= lon) & (lon <= east + near)).all()
    assert (south.min(), west.min()) >= (-90, -180)
    assert north.max() <= 90
    assert east.max() <= 180 + 1e-9
    assert (coverage.cells(*coverage.middles_deg(cell, size_deg), size_deg) == cell).all()


def real_fixes(name: str) -> list[Fix]:
    rows = read_traj(name)
    hours = (rows["fix_at"] - T0) / pd.Timedelta(hours=1)
    return list(zip(rows["mmsi"], hours, rows["lat"], rows["lon"], np.full(len(rows), np.nan), strict=True))


def test_new_york_goes_to_rest_and_is_not_lost() -> None:
    """Forty-five silences were called lost while an hour was held against the hour before alone."""
    gaps, outages, _ = walk(real_fixes("new-york-week"))
    lost = gaps[[d["coverage"] == "lost" for d in gaps["details"]]]
    assert Counter(lost["start_at"].dt.strftime("%d")) == {"02": 15}  # the first evening, with no day before
    # on the last day the file runs dry: 16 ships an hour after three, then 12, 8 and 3 where 45 are usual
    assert [f"{at:%d %H}" for at in outages["start_at"]] == ["07 20"]
    assert outages["end_at"].isna().all()


def test_a_receiver_that_fails_in_new_york_is_found() -> None:
    begin = (pd.Timestamp("2020-12-04T12:00Z") - T0) / pd.Timedelta(hours=1)
    heard = [f for f in real_fixes("new-york-week") if not begin <= f[1] < begin + 8]
    gaps, outages, _ = walk(heard)
    first = outages.iloc[0]
    assert (first["start_at"], first["end_at"]) == tuple(pd.Timestamp(f"2020-12-04T{h}:00Z") for h in (12, 20))
    assert first["heard"] == 0.0
    assert first["usual"] > 50
    began = gaps["start_at"].between("2020-12-04T11:00Z", "2020-12-04T12:00Z")
    assert Counter(d["coverage"] for d in gaps.loc[began, "details"]) == {"lost": int(began.sum())}
    assert began.sum() > 40
