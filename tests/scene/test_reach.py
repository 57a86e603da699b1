"""The ring of what a ship could have reached: each corner lies on it, and where there is none a note says why."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from watch.geodesy import NM_M, distance_m
from watch.scene.reach import Place, reach_ring, way_m

LAT, LON = st.floats(-70, 70), st.floats(-180, 179.99)
PLACES = st.tuples(LAT, LON)


def ways_m(ring: list[list[float]], off: Place, on: Place | None) -> list[float]:
    """Return the way to each corner of a ring and back, or only there."""
    return [float(distance_m(*off, y, x) + (0 if on is None else distance_m(y, x, *on))) for x, y in ring]


@given(PLACES, st.none() | PLACES, st.floats(0.2, 500.0), st.sampled_from((14.0, 18.0)))
def test_each_corner_lies_as_far_as_the_ship_could_come(off: Place, on: Place | None, hours: float, kn: float) -> None:
    ring, note = reach_ring(off, on, way_m(kn, hours))
    assert (ring is None) == bool(note)
    assume(ring is not None and way_m(kn, hours) > 1_000)
    assert ring is not None
    assert ring[0] == ring[-1]
    assert max(abs(b[0] - a[0]) for a, b in pairwise(ring)) < 180
    rounding_m = 40.0  # corners are rounded to 1e-4 of a degree
    assert all(abs(way - way_m(kn, hours)) <= rounding_m for way in ways_m(ring, off, on))


def test_it_is_closed_round_both_ends_across_180() -> None:
    off, on = (50.0, 178.0), (50.0, -178.0)
    ring, _ = reach_ring(off, on, 400 * NM_M)
    assert ring is not None
    lons = [x for x, _ in ring]
    assert min(lons) < 178 < 182 < max(lons)
    assert max(lons) - min(lons) < 20


NOTES = {
    "faster_than_that": ((0.0, 0.0), (0.0, 10.0), 599.0, "takes more than this speed"),
    "open_and_far": ((10.0, 20.0), None, 5_500.0, "half of the globe"),
    "closed_and_far": ((10.0, 20.0), (10.0, 30.0), 10_900.0, "half of the globe"),
    "open_over_a_pole": ((70.0, 20.0), None, 1_300.0, "a pole"),
    "closed_over_a_pole": ((-70.0, 20.0), (-70.0, 40.0), 2_500.0, "a pole"),
}


@pytest.mark.parametrize(("off", "on", "nm", "told"), NOTES.values(), ids=NOTES)
def test_where_there_is_no_ring_a_note_says_why(off: Place, on: Place | None, nm: float, told: str) -> None:
    ring, note = reach_ring(off, on, nm * NM_M)
    assert ring is None
    assert told in note
