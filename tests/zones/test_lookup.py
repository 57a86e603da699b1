"""Each fast look-up is held to a slow twin of a few lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.zones.made import made_feature, made_zones
from watch.geodesy import distance_m
from watch.zones import lookup, port_lookup
from watch.zones.geofences import Zones
from watch.zones.lookup import ZoneIndex, zones_at
from watch.zones.port_lookup import PortIndex

Floats = NDArray[np.float64]

SEAM = shapely.MultiPolygon([shapely.box(178, -20, 180, -15), shapely.box(-180, -20, -178, -15)])
CAP = shapely.box(-180, 85, 180, 90)
HOLED = shapely.difference(shapely.box(10, 50, 14, 54), shapely.box(11, 51, 12, 52))
STAR = shapely.Polygon([(9, 49), (11.5, 50.1), (15, 49), (13.1, 52), (15, 55), (11, 53.3), (9, 55), (10.2, 52)])
THIN = shapely.box(10, 50.5, 14, 50.51)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Zones:
    halves = shapely.MultiPolygon(
        [shapely.clip_by_rect(CAP, -180, 85, -1, 90), shapely.clip_by_rect(CAP, 1, 85, 180, 90)]
    )
    shapes = {"seam": SEAM, "cap": halves, "holed": HOLED, "star": STAR, "thin": THIN}
    return made_zones(tmp_path_factory.mktemp("zones"), *(made_feature(name, s) for name, s in shapes.items()))


near_shapes = st.tuples(st.floats(48.5, 55.5), st.floats(8.5, 15.5))
near_seam = st.tuples(st.floats(-21, -14), st.one_of(st.floats(177, 180), st.floats(-180, -177)))
near_pole = st.tuples(st.floats(84, 90), st.floats(-180, 180))
on_lines = st.tuples(st.sampled_from([50.0, 50.25, 51.0, 54.0]), st.sampled_from([10.0, 10.25, 11.0, 14.0]))
anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
points = st.lists(st.one_of(near_shapes, near_seam, near_pole, on_lines, anywhere), max_size=40)
stays = st.lists(st.integers(1, 9), min_size=40, max_size=40)


def columns(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def slow_rows_in_zones(zones: Zones, lat: Floats, lon: Floats) -> list[tuple[int, int]]:
    shapes = zones.table.geometry
    return [
        (row, zone)
        for row in range(len(lat))
        for zone in range(len(shapes))
        if shapes.iloc[zone].intersects(shapely.Point(lon[row], lat[row]))
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=points, stays=stays)
def test_rows_in_zones_equal_their_slow_twin(
    points: list[tuple[float, float]], stays: list[int], made: Zones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "CHUNK_ROWS", 16)
    lat, lon = (np.repeat(c, stays[: len(points)]) for c in columns(points))
    index = ZoneIndex(made)
    index.rows_in_zones(lat[::2], lon[::2])  # some cells are known already when the others are asked
    rows, zone = index.rows_in_zones(lat, lon)
    assert list(zip(rows.tolist(), zone.tolist(), strict=True)) == slow_rows_in_zones(made, lat, lon)


def slow_legs(zones: Zones, ends: list[tuple[tuple[float, float], tuple[float, float]]]) -> list[tuple[int, int]]:
    found = []
    for k, ((lat0, lon0), (lat1, lon1)) in enumerate(ends):
        shift = -360 if lon1 - lon0 >= 180 else 360 if lon1 - lon0 < -180 else 0
        copies = [[(lon0 + t, lat0), (lon1 + shift + t, lat1)] for t in (-360, 0, 360)]
        lines = [shapely.Point(c[0]) if c[0] == c[1] else shapely.LineString(c) for c in copies]
        found += [
            (k, zone)
            for zone, shape in enumerate(zones.table.geometry)
            if any(shape.intersects(line) for line in lines)
        ]
    return found


@settings(max_examples=150, deadline=None)
@given(first=points, second=points)
def test_legs_cutting_zones_equal_their_slow_twin(
    first: list[tuple[float, float]], second: list[tuple[float, float]], made: Zones
) -> None:
    count = min(len(first), len(second))
    # thousandths: at the limits of double precision the two ways of unwrapping round differently
    legs = [
        tuple((round(a, 3), round(b, 3)) for a, b in leg) for leg in zip(first[:count], second[:count], strict=True)
    ]
    lat0, lon0 = columns([leg[0] for leg in legs])
    lat1, lon1 = columns([leg[1] for leg in legs])
    leg, zone = ZoneIndex(made).legs_cutting_zones(lat0, lon0, lat1, lon1)
    assert list(zip(leg.tolist(), zone.tolist(), strict=True)) == slow_legs(made, legs)


LEGS = {
    "over_180_eastward": ((-17.0, 177.0), (-17.0, -177.0), ["seam"]),
    "over_180_westward": ((-17.0, -177.0), (-17.0, 177.0), ["seam"]),
    "the_long_way_is_not_taken": ((-17.0, 170.0), (-17.0, 176.0), []),
    "both_ends_outside": ((50.505, 9.9), (50.505, 14.1), ["thin", "star", "holed"]),
    "through_the_hole_only": ((51.3, 11.3), (51.7, 11.7), ["star"]),
    "no_way_at_all": ((51.5, 11.5), (51.5, 11.5), ["star"]),
}


@pytest.mark.parametrize(("start", "end", "expected"), LEGS.values(), ids=LEGS)
def test_a_leg_cuts_the_zones_on_its_way(
    start: tuple[float, float], end: tuple[float, float], expected: list[str], made: Zones
) -> None:
    (lat0, lon0), (lat1, lon1) = columns([start]), columns([end])
    _, zone = ZoneIndex(made).legs_cutting_zones(lat0, lon0, lat1, lon1)
    assert set(made.table["zone_id"].iloc[zone]) == set(expected)


def test_the_most_specific_zone_comes_first(tmp_path: Path) -> None:
    kinds = ("waters_200nm", "transit", "port", "waters_12nm", "sts_zone", "anchorage", "approach")
    zones = made_zones(tmp_path, *(made_feature(f"a_{kind}", kind=kind) for kind in kinds))
    order = ["a_port", "a_anchorage", "a_sts_zone", "a_transit", "a_approach", "a_waters_12nm", "a_waters_200nm"]
    assert zones_at(zones, [10.5], [10.5]) == [tuple(order)]


def test_of_one_rank_the_smaller_comes_first_then_the_id(tmp_path: Path) -> None:
    small = shapely.box(10.2, 10.2, 10.8, 10.8)
    zones = made_zones(
        tmp_path, made_feature("a_large"), made_feature("c_small", small), made_feature("b_small", small)
    )
    assert zones_at(zones, [10.5], [10.5]) == [("b_small", "c_small", "a_large")]


MOMENTS = {
    "before": ("2024-04-30T23:59:59.999999", ()),
    "on_the_first_moment": ("2024-05-01T00:00:00", ("timed",)),
    "on_the_last_moment": ("2024-06-01T00:00:00", ()),
}


@pytest.mark.parametrize(("moment", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_a_zone_is_valid_in_a_half_open_range(moment: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    zones = made_zones(tmp_path, made_feature("timed", valid_from="2024-05-01", valid_to="2024-06-01"))
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert zones_at(zones, [10.5, 0.0], [10.5, 0.0], at) == [expected, ()]
    assert zones_at(zones, [10.5], [10.5]) == [("timed",)]


def test_each_point_may_have_its_own_moment(tmp_path: Path) -> None:
    zones = made_zones(tmp_path, made_feature("timed", valid_from="2024-05-01"))
    at = pd.Series(pd.to_datetime(["2024-04-01", "2024-05-02"], utc=True))
    assert zones_at(zones, [10.5, 10.5], [10.5, 10.5], at) == [(), ("timed",)]


PORTS = pd.DataFrame(
    {
        "lat": [51.0, 51.02, -17.0, 89.9, -90.0, 0.0, 60.0],
        "lon": [11.0, 11.05, 179.99, 0.0, 0.0, -180.0, 5.0],
        "radius_m": [3_700.0, 0.0, 46_300.0, 20_000.0, 9_000.0, 1_000.0, 300.0],
    }
)
near_port = st.builds(
    lambda k, dlat, dlon: (
        float(np.clip(PORTS["lat"][k] + dlat, -90, 90)),
        float((PORTS["lon"][k] + dlon + 180) % 360 - 180),
    ),
    st.integers(0, len(PORTS) - 1),
    st.floats(-0.5, 0.5),
    st.floats(-0.6, 0.6),
)
places = st.lists(st.one_of(near_port, near_pole, anywhere), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=places, stays=stays, radius_m=st.sampled_from([0.0, 4_000.0, 10_000.0, 60_000.0]))
def test_ports_near_rows_equal_their_slow_twin(
    points: list[tuple[float, float]], stays: list[int], radius_m: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_lookup, "CHUNK_ROWS", 16)
    lat, lon = (np.repeat(c, stays[: len(points)]) for c in columns(points))
    row, port, edge_m = PortIndex(PORTS).near(lat, lon, radius_m)
    apart = distance_m(lat[:, None], lon[:, None], PORTS["lat"].to_numpy(), PORTS["lon"].to_numpy())
    edges = apart - PORTS["radius_m"].to_numpy()
    expected = np.argwhere(edges <= radius_m)
    assert np.column_stack([row, port]).tolist() == expected.tolist()
    assert edge_m == pytest.approx(np.maximum(edges[expected[:, 0], expected[:, 1]], 0), abs=1e-6)


def test_no_rows_and_no_zones_near_give_nothing(made: Zones) -> None:
    none = np.array([], dtype=np.float64)
    assert [len(part) for part in ZoneIndex(made).rows_in_zones(none, none)] == [0, 0]
    assert [len(part) for part in ZoneIndex(made).legs_cutting_zones(none, none, none, none)] == [0, 0]
    assert [len(part) for part in PortIndex(PORTS).near(none, none, 4_000.0)] == [0, 0, 0]
    assert [len(part) for part in PortIndex(PORTS.iloc[:0]).near(np.array([1.0]), np.array([1.0]), 1.0)] == [0, 0, 0]
    assert zones_at(made, [0.0], [0.0]) == [()]
