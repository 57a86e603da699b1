"""Loitering against its slow twin, any cutting of time, and the cases that must not go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect import twin_loitering, twins
from tests.detect.test_segments_and_gaps import hours, plain, rounded
from tests.detect.test_visits_and_meetings import make_world
from tests.tracks import T0, Fix, positions, some_fixes
from watch.columns import empty_frame
from watch.detect import hours as hourly
from watch.detect import segments
from watch.detect.events import concat_events
from watch.detect.loitering import LOITERING_STATE, detect_loitering, open_loitering
from watch.detect.tracks import from_positions
from watch.detect.world import World
from watch.fold import empty_state
from watch.geodesy import wrap_lon
from watch.params import DEFAULT
from watch.zones.geofences import load_zones

T0_US = T0.value // 1000
MMSI = 636000001


def over_hours(
    fixes: Sequence[Fix],
    world: Any,
    detect: Callable[..., tuple[pd.DataFrame, pd.DataFrame]],
    project: Callable[..., pd.DataFrame],
    columns: dict[str, Any],
    cuts_h: Sequence[float] = (),
) -> pd.DataFrame:
    """Return the events of a detector of hours, slice after slice, and those open at the last fix."""
    table = positions(fixes)
    at_us = table.column("fix_at").cast(pa.int64())
    last_us = int(pc.max(at_us).as_py()) if len(table) else T0_US
    cuts = sorted({T0_US + round(h * 3.6e9) for h in cuts_h if T0_US + round(h * 3.6e9) <= last_us})
    segs, known, state = empty_state()["segments"], empty_frame(hourly.HOUR_STATE), empty_frame(columns)
    events = []
    for since, until in pairwise([0, *cuts, last_us + 1]):
        part = table.filter(pc.and_(pc.greater_equal(at_us, since), pc.less(at_us, until)))
        tracks, segs = segments.cut_segments(from_positions(part), segs, DEFAULT)[:2]
        samples, known = hourly.sample_hours(tracks, known, until, DEFAULT)
        found, state = detect(samples, world, state, until, DEFAULT)
        assert {name: state[name].dtype for name in columns} == {n: np.dtype(t) for n, t in columns.items()}
        events.append(found)
    return concat_events([*events, project(state, last_us, DEFAULT)])


def loitering(fixes: Sequence[Fix], world: Any, cuts_h: Sequence[float] = ()) -> pd.DataFrame:
    return over_hours(fixes, world, detect_loitering, open_loitering, LOITERING_STATE, cuts_h)


@pytest.fixture(scope="module")
def real_world() -> World:
    return World(load_zones())


@pytest.fixture(scope="module")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A shore along a meridian, 20 nm from 0.02° E, and a small transfer zone on the wrong side of it."""
    from shapely import box

    world = make_world(tmp_path_factory.mktemp("roads"), {"roads": ("sts_zone", box(-0.1, -0.02, -0.05, 0.02))})
    shore = SimpleNamespace(distance_nm=lambda lat, lon: np.asarray(lon) * 60 + 18.8)
    return SimpleNamespace(shore=shore, zone_index=world.zone_index, transfer_zones=world.transfer_zones)


def fits(lat: float, lon: float) -> bool:
    return lon * 60 + 18.8 >= DEFAULT.loiter_shore_nm or (-0.1 <= lon <= -0.05 and -0.02 <= lat <= 0.02)


@given(some_fixes(spread_deg=0.12))
def test_loitering_equals_its_slow_twin(made_world: Any, fixes: list[Fix]) -> None:
    events = loitering(fixes, made_world)
    want = twin_loitering.loitering(twins.segments(plain(positions(fixes))), fits)
    got = [
        (int(m), hours(s), hours(e), d["samples"], d["distance_nm"])
        for m, s, e, d in zip(*(events[c] for c in ("mmsi", "start_at", "end_at", "details")), strict=True)
    ]
    shown = [(m, rounded(s), rounded(e), n, round(way, 2)) for m, s, e, n, way in want]
    assert sorted(got, key=repr) == sorted(shown, key=repr)


_STEPS_H = (0.1, 0.5, 0.9, 1.0, 1.0, 1.0, 1.0, 2.5, 5.9, 6.0, 6.1)


@st.composite
def drifts(draw: st.DrawFn) -> list[Fix]:
    """Draw a ship that drifts for hours with short ways between, its reported speed now and then wrong."""
    at_h, lon, fixes = draw(st.floats(0, 1)), 0.03, []
    for _ in range(draw(st.integers(5, 40))):
        at_h += draw(st.sampled_from(_STEPS_H))
        lon += draw(st.sampled_from((0.0, 0.001, -0.001, 0.01, -0.02, 0.033, 0.1)))
        fixes.append((MMSI, at_h, 0.0, lon, draw(st.sampled_from((0.1, 0.8, 2.0, 9.0, float("nan"))))))
    return fixes


@given(drifts())
def test_a_drifting_ship_equals_its_slow_twin(made_world: Any, fixes: list[Fix]) -> None:
    events = loitering(fixes, made_world)
    want = twin_loitering.loitering(twins.segments(plain(positions(fixes))), fits)
    got = [(hours(s), hours(e)) for s, e in zip(events["start_at"], events["end_at"], strict=True)]
    assert got == [(rounded(s), rounded(e)) for _, s, e, _, _ in want]


@given(
    st.one_of(drifts(), some_fixes(spread_deg=0.12)),
    st.lists(st.floats(0, 120), max_size=8),
    st.sampled_from((0.0, 179.97)),
)
def test_any_cutting_of_time_gives_the_same(made_world: Any, fixes: list[Fix], cuts_h: list[float], lon: float) -> None:
    moved = [(m, h, la, lo + lon, s) for m, h, la, lo, s in fixes]
    shore = SimpleNamespace(distance_nm=lambda la, lo: wrap_lon(np.asarray(lo) - lon) * 60 + 18.8)
    world = SimpleNamespace(**{**vars(made_world), "shore": shore})
    whole, parts = loitering(moved, world), loitering(moved, world, cuts_h)
    pd.testing.assert_frame_equal(parts, whole)
    assert whole["event_id"].is_unique


def drift(hours_: Sequence[float], lat: float, lon: float, kn: float = 0.0, sog: float = 0.4) -> list[Fix]:
    """Return fixes of a ship that goes east at `kn`."""
    step = 1 / 60 / max(np.cos(np.radians(lat)), 1e-9)
    return [(MMSI, h, lat, lon + (h - hours_[0]) * kn * step, sog) for h in hours_]


EIGHT = [float(h) for h in range(9)]
OCEAN = (-20.0, -20.0)
BISCAY_COAST = (44.0, -1.4)  # a few miles off France, no transfer zone


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(drift(EIGHT, *OCEAN, kn=0.5), [(0, 8)], id="eight_hours_adrift"),
        pytest.param(drift(EIGHT[:4], *OCEAN), [], id="three_hours_are_too_few"),
        pytest.param(drift(EIGHT[:5], *OCEAN), [(0, 4)], id="four_hours_are_enough"),
        pytest.param(drift([0, 5], *OCEAN), [], id="two_samples_do_not_show_that_it_stayed"),
        pytest.param(drift(EIGHT, *OCEAN, kn=2.1, sog=0.4), [], id="two_knots_are_too_fast"),
        pytest.param(drift(EIGHT, *OCEAN, kn=1.9), [(0, 8)], id="just_under_two_knots"),
        pytest.param(drift(EIGHT, *OCEAN, sog=8.0), [], id="a_ship_that_circles_at_eight_knots_is_not_slow"),
        pytest.param(drift(EIGHT, *OCEAN, sog=float("nan")), [(0, 8)], id="reported_speed_not_known"),
        pytest.param(drift(EIGHT, *BISCAY_COAST), [], id="near_the_shore"),
        pytest.param(drift([0, 1, 2, 3, 9, 10, 11, 12], *OCEAN), [(0, 12)], id="six_hours_unheard_in_between"),
        pytest.param(drift([0, 1, 2, 3, 9.1, 10, 11, 12], *OCEAN), [], id="a_longer_silence_parts_it"),
        pytest.param(drift([0, 1, 2, 3, 4, 24 * 60], *OCEAN), [(0, 4)], id="never_through_months_of_silence"),
        pytest.param(
            drift([0, 1, 2, 3], *OCEAN) + drift([4, 5, 6, 7], -20.0, -19.9),
            [(0, 7)],
            id="an_hour_under_way_is_bridged",
        ),
        pytest.param(
            drift([0, 1, 2, 3], *OCEAN) + drift([5, 6, 7, 8], -20.0, -19.8), [], id="two_hours_under_way_are_not"
        ),
        pytest.param(
            drift([0, 1, 2, 3], *OCEAN) + drift([4, 5, 6, 7], -20.0, -19.7),
            [],
            id="with_the_way_between_the_mean_is_above_two_knots",
        ),
        pytest.param(drift(EIGHT, 0.0, 179.999, kn=0.5), [(0, 8)], id="across_180_degrees"),
        pytest.param(drift(EIGHT, 89.99, 10.0), [(0, 8)], id="near_the_pole"),
        pytest.param(drift([h + 20 for h in EIGHT], *OCEAN), [(20, 28)], id="midnight_cuts_nothing"),
    ],
)
def test_loitering(real_world: World, fixes: list[Fix], want: list[tuple[float, float]]) -> None:
    away = [(MMSI, fixes[-1][1] + 3, fixes[-1][2] - 0.5, fixes[-1][3], 10.0)]
    events = loitering([*fixes, *away], real_world)
    assert [(hours(s), hours(e)) for s, e in zip(events["start_at"], events["end_at"], strict=True)] == want


def test_what_is_told(real_world: World) -> None:
    (told,) = loitering(drift(EIGHT, 0.0, 179.96, kn=0.6), real_world)["details"]
    assert told == {
        "duration_h": 8.0,
        "mean_kn": pytest.approx(0.6, abs=0.01),
        "distance_nm": pytest.approx(4.8, abs=0.02),
        "drift_nm": pytest.approx(4.8, abs=0.02),
        "shore_nm": 100.0,
        "in_transfer_zone": False,
        "samples": 9,
    }


def test_near_the_shore_only_a_transfer_zone_counts(made_world: Any) -> None:
    inside, outside = drift(EIGHT, 0.0, -0.07), drift(EIGHT, 0.05, -0.07)
    assert loitering(outside, made_world).empty
    (told,) = loitering(inside, made_world)["details"]
    assert told["in_transfer_zone"]
    assert told["shore_nm"] == pytest.approx(14.6)


def test_a_ship_that_still_drifts_has_no_end(real_world: World) -> None:
    still = drift(EIGHT, *OCEAN)
    others = [(MMSI + 1, h, 10.0, -30.0 + h / 6, 10.0) for h in EIGHT]
    (end_at,) = loitering([*still, *others], real_world)["end_at"]
    assert end_at is pd.NaT
    silent = [*others, *((MMSI + 1, h, 10.0, -30.0 + h / 6, 10.0) for h in (12.0, 14.5, 15.5))]
    (end_at,) = loitering([*still, *silent], real_world)["end_at"]
    assert hours(end_at) == 8
    left = [*still, (MMSI, 10.0, -20.0, -19.6, 11.0)]
    (end_at,) = loitering(left, real_world)["end_at"]
    assert hours(end_at) == 8


def test_two_ships_on_one_mmsi_loiter_each_for_itself(real_world: World) -> None:
    here = drift(EIGHT, *OCEAN)
    there = [(MMSI, h + 0.5, 30.0, -150.0, 0.3) for h in EIGHT]
    events = loitering([*here, *there], real_world)
    assert events["start_lat"].tolist() == [-20.0, 30.0]
    assert [d.get("segment", 0) for d in events["details"]] == [0, 1]


def test_nothing_gives_nothing(real_world: World) -> None:
    assert loitering([], real_world).empty
