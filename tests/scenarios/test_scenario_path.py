import math

import numpy as np
import pytest

from watch.geodesy import EARTH_RADIUS_M, distance_m, from_unit_vectors
from watch.scenarios.path import Swing, Way, shift, vector


def slow_great_circle(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    """The textbook's intermediate point, one at a time."""
    (p1, l1), (p2, l2) = ((math.radians(x) for x in place) for place in (a, b))
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin((l2 - l1) / 2) ** 2
    angle = 2 * math.asin(math.sqrt(h))
    near, far = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
    x = near * math.cos(p1) * math.cos(l1) + far * math.cos(p2) * math.cos(l2)
    y = near * math.cos(p1) * math.sin(l1) + far * math.cos(p2) * math.sin(l2)
    z = near * math.sin(p1) + far * math.sin(p2)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


LEGS = {
    "across_an_ocean": ((36.0, -6.0), (11.4, -61.6)),
    "over_180_degrees": ((52.0, 178.0), (50.0, -176.0)),
    "past_the_pole": ((85.0, 10.0), (84.0, -160.0)),
    "along_the_equator": ((0.0, 10.0), (0.0, 11.0)),
    "a_few_metres": ((10.0, 10.0), (10.0001, 10.0)),
}


@pytest.mark.parametrize(("a", "b"), LEGS.values(), ids=LEGS)
def test_way_is_the_great_circle_of_the_slow_twin(a, b):
    way = Way(np.stack([vector(a), vector(b)]), np.array([0.0, 1000.0]))
    shares = np.array([0.0, 0.1, 0.5, 0.9])
    lat, lon = from_unit_vectors(way.motion(shares * 1000.0).place)
    slow = np.array([slow_great_circle(a, b, share) for share in shares])
    assert distance_m(lat, lon, slow[:, 0], slow[:, 1]).max() < 0.5


def test_course_and_speed_follow_each_leg():
    one_degree_s = math.radians(1) * EARTH_RADIUS_M / (10 * 1852 / 3600)  # at 10 kn
    points = np.stack([vector((0, 179.5)), vector((0, -179.5)), vector((1, -179.5))])
    way = Way(points, np.array([0.0, one_degree_s, 3 * one_degree_s]))
    motion = way.motion(np.array([0.0, one_degree_s / 2, one_degree_s, 3 * one_degree_s]))
    assert motion.cog_deg == pytest.approx([90, 90, 0, 0], abs=1e-6)
    assert motion.sog_kn == pytest.approx([10, 10, 5, 5])


def test_a_swing_starts_at_its_centre_and_stays_in_its_circle():
    swing = Swing(vector((25.0, 57.0)), 500.0, 120.0, 1.0)
    lat, lon = from_unit_vectors(swing.motion(500.0 + np.linspace(0, 86400, 200)).place)
    away_m = distance_m(lat, lon, 25.0, 57.0)
    assert away_m[0] < 1e-3
    assert 230 < away_m.max() <= 240.1


def test_a_ship_made_fast_keeps_place_and_heading():
    motion = Swing(vector((25.0, 57.0)), 0.0, 0.0, 1.0).motion(np.array([0.0, 40_000.0]))
    assert np.ptp(motion.cog_deg) == 0
    assert motion.sog_kn.tolist() == [0, 0]


def test_shift_works_at_a_pole():
    moved = shift(np.stack([vector((90, 0))]), np.array([1000.0]), np.array([0.0]))
    lat, lon = from_unit_vectors(moved)
    assert distance_m(lat, lon, 90, 0) == pytest.approx([1000.0], rel=1e-4)
