"""Thinning keeps its promise: what is left out lies where the replay shows the ship, within the error that is told."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch.geodesy import EARTH_RADIUS_M, wrap_lon
from watch.scene.fixes import Fixes
from watch.scene.thin import thin

Steps = list[tuple[float, float, float]]  # minutes, degrees north, degrees east

MINUTES = st.sampled_from((0.0, 1 / 60, 3.0, 20.0, 200.0, 900.0))
MOVES = st.one_of(st.just(0.0), st.floats(-0.002, 0.002), st.floats(-0.4, 0.4))
STEPS = st.lists(st.tuples(MINUTES, MOVES, MOVES), min_size=1, max_size=60)


def made_fixes(steps: Steps, lat: float = 0.0, lon: float = 0.0, cut_h: float = 6.0) -> Fixes:
    """Return a track of steps from a place, cut where more than so many hours pass."""
    minutes, north, east = (np.array(column) for column in zip(*steps, strict=True))
    at_us = (np.cumsum(minutes) * 60e6).astype(np.int64)
    nothing = np.full(len(at_us), np.nan)
    cut = np.append(True, np.diff(at_us) > cut_h * 3.6e9)
    return Fixes(
        at_us,
        np.clip(lat + np.cumsum(north), -84, 84),
        wrap_lon(lon + np.cumsum(east)),
        nothing,
        nothing,
        np.ones(len(at_us), dtype=np.int64),
        cut,
    )


def on_map(lat: float, lon: float) -> tuple[float, float]:
    return math.radians(lon) * EARTH_RADIUS_M, math.asinh(math.tan(math.radians(lat))) * EARTH_RADIUS_M


def error_m(fixes: Fixes, left: Fixes) -> float:
    """Return how far any fix lies from where a straight even way between those that are left has the ship: slowly."""
    rows = list(zip(left.at_us.tolist(), left.lat.tolist(), left.lon.tolist(), strict=True))
    every = set(zip(fixes.at_us.tolist(), fixes.lat.tolist(), fixes.lon.tolist(), strict=True))
    away = [min(_away_m(*fix, a, b) for a, b in pairwise(rows) if a[0] <= fix[0] <= b[0]) for fix in every - set(rows)]
    return max(away, default=0.0)


def _away_m(t: int, lat: float, lon: float, a: tuple[int, float, float], b: tuple[int, float, float]) -> float:
    part = (t - a[0]) / max(b[0] - a[0], 1)
    (x, y), (ax, ay) = on_map(lat, lon), on_map(*a[1:])
    (bx, by), world = on_map(*b[1:]), 2 * math.pi * EARTH_RADIUS_M
    bx -= world * round((bx - ax) / world)
    x -= world * round((x - ax) / world)
    return math.hypot(ax + part * (bx - ax) - x, ay + part * (by - ay) - y) * math.cos(math.radians(lat))


@given(STEPS, st.sampled_from((10.0, 50.0, 500.0)), st.sampled_from(((0.0, 0.0), (60.0, 179.9), (-83.0, -179.9))))
def test_nothing_left_out_lies_further_off_than_told(steps: Steps, most_m: float, place: tuple[float, float]) -> None:
    fixes = made_fixes(steps, *place)
    left = thin(fixes, most_m, np.zeros(len(fixes), dtype=bool))
    if len(fixes) > 1:
        assert error_m(fixes, left) <= most_m * 1.001 + 0.01


@given(STEPS, st.sets(st.integers(0, 59)))
def test_ends_and_what_must_stay_stay(steps: Steps, wanted: set[int]) -> None:
    fixes = made_fixes(steps)
    kept = np.isin(np.arange(len(fixes)), list(wanted))
    firm = kept | fixes.cut
    firm[:-1] |= fixes.cut[1:]
    firm[-1] = True
    # a mark that nothing looks at tells which fixes stayed
    marked = Fixes(fixes.at_us, fixes.lat, fixes.lon, np.arange(len(fixes)) * 1.0, fixes.cog_deg, fixes.mmsi, fixes.cut)
    left = thin(marked, 1e9, kept)
    assert set(np.flatnonzero(firm).tolist()) <= set(left.sog_kn.astype(int).tolist())
    assert left.cut.sum() == fixes.cut.sum()


STRAIGHT: dict[str, tuple[Steps, int]] = {
    "even_and_straight_leaves_a_fix_every_three_hours": ([(3.0, 0.0, 0.01)] * 121, 3),
    "at_rest_too": ([(3.0, 0.0, 0.0)] * 121, 3),
    "a_turn_stays": ([(3.0, 0.0, 0.01)] * 21 + [(3.0, 0.01, 0.0)] * 20, 3),
    "a_change_of_speed_stays": ([(3.0, 0.0, 0.01)] * 21 + [(3.0, 0.0, 0.04)] * 20, 3),
}


@pytest.mark.parametrize(("steps", "fewest"), STRAIGHT.values(), ids=STRAIGHT)
def test_what_a_line_tells_as_well_is_left_out(steps: Steps, fewest: int) -> None:
    fixes = made_fixes(steps)
    left = thin(fixes, 20.0, np.zeros(len(fixes), dtype=bool))
    assert fewest <= len(left) <= fewest + 4
    assert error_m(fixes, left) <= 20.01
