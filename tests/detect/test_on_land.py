"""Positions on land against their slow twin, any cutting of time, and the cases that must not go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect import twin_on_land, twins
from tests.detect.test_loitering import over_hours
from tests.detect.test_segments_and_gaps import hours, plain, rounded
from tests.tracks import Fix, positions, some_fixes
from watch.detect.on_land import ON_LAND_STATE, detect_on_land, open_on_land
from watch.detect.world import World
from watch.zones.geofences import load_zones

MMSI = 636000001


def on_land(fixes: Sequence[Fix], world: Any, cuts_h: Sequence[float] = ()) -> pd.DataFrame:
    return over_hours(fixes, world, detect_on_land, open_on_land, ON_LAND_STATE, cuts_h)


@pytest.fixture(scope="module")
def real_world() -> World:
    return World(load_zones())


def inland_nm(lat: Any, lon: Any) -> Any:
    """A made shore along a meridian: land to the west, 5 nm deep at 0.0° E."""
    return 5.0 - np.asarray(lon) * 60


MADE = SimpleNamespace(shore=SimpleNamespace(distance_nm=lambda lat, lon: -inland_nm(lat, lon)))


@given(some_fixes(spread_deg=0.1))
def test_spells_on_land_equal_their_slow_twin(fixes: list[Fix]) -> None:
    events = on_land(fixes, MADE)
    want = twin_on_land.on_land(twins.segments(plain(positions(fixes))), lambda lat, lon: float(inland_nm(lat, lon)))
    got = [
        (int(m), hours(s), hours(e), d["samples"], d["deepest_nm"], d["moving"])
        for m, s, e, d in zip(*(events[c] for c in ("mmsi", "start_at", "end_at", "details")), strict=True)
    ]
    shown = [(m, rounded(s), rounded(e), n, round(deep, 1), moving) for m, s, e, n, deep, moving in want]
    assert sorted(got, key=repr) == sorted(shown, key=repr)


@given(some_fixes(spread_deg=0.1), st.lists(st.floats(0, 120), max_size=8))
def test_any_cutting_of_time_gives_the_same(fixes: list[Fix], cuts_h: list[float]) -> None:
    whole, parts = on_land(fixes, MADE), on_land(fixes, MADE, cuts_h)
    pd.testing.assert_frame_equal(parts, whole)
    assert whole["event_id"].is_unique


def way(lat: float, lon: float, *, east_kn: float = 0.0, sog: float = 8.0, n: int = 6) -> list[Fix]:
    step = east_kn / 60 / np.cos(np.radians(lat))
    return [(MMSI, float(h), lat, lon + h * step, sog) for h in range(n)]


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(way(55.59, 37.26), [True], id="an_airport_near_moscow"),
        pytest.param(way(24.0, 20.0, east_kn=9), [], id="a_way_in_a_line_through_the_sahara"),
        pytest.param(way(24.0, 20.0, east_kn=2), [True], id="about_one_place_in_the_sahara"),
        pytest.param(way(39.0, -100.5, sog=0.0), [False], id="at_rest_in_kansas"),
        pytest.param(way(39.0, -100.5, n=3), [], id="three_samples_are_too_few"),
        pytest.param(way(51.45, 6.72, east_kn=0.2), [], id="the_rhine_at_duisburg"),
        pytest.param(way(38.63, -90.18), [], id="the_mississippi_at_st_louis"),
        pytest.param(way(47.5, -88.0, east_kn=10), [], id="lake_superior"),
        pytest.param(way(42.0, 50.5, east_kn=10), [], id="the_caspian"),
        pytest.param(way(30.58, 114.29), [], id="the_yangtze_at_wuhan"),
        pytest.param(way(54.30, 9.66), [], id="the_kiel_canal"),
        pytest.param(way(-3.14, -59.9), [], id="the_amazon_at_manaus"),
        pytest.param(way(-16.5, 179.9, east_kn=10), [], id="fiji_across_180_degrees"),
        pytest.param(way(-89.99, 0.0), [True], id="the_south_pole"),
        pytest.param(way(89.99, 0.0), [], id="the_north_pole"),
        pytest.param(way(67.3, 179.95, east_kn=3, n=5), [True], id="chukotka_across_180_degrees"),
    ],
)
def test_on_land(real_world: World, fixes: list[Fix], want: list[bool]) -> None:
    assert [d["moving"] for d in on_land(fixes, real_world)["details"]] == want


def test_what_is_told(real_world: World) -> None:
    event = on_land(way(39.0, -100.5), real_world).iloc[0]
    assert (event["kind"], event["end_at"]) == ("spoof", pd.NaT)
    assert event["details"] == {
        "sub_kind": "on_land",
        "duration_h": 5.0,
        "deepest_nm": 40.0,
        "samples": 6,
        "moving": True,
    }


def test_a_spell_on_land_ends_six_hours_after_its_last_sample(real_world: World) -> None:
    back_at_sea = [(MMSI, h, 45.0, -30.0, 9.0) for h in (900.0, 901.0)]
    (end_at,) = on_land([*way(39.0, -100.5), *back_at_sea], real_world)["end_at"]
    assert hours(end_at) == 5


def test_nothing_gives_nothing(real_world: World) -> None:
    assert on_land([], real_world).empty
