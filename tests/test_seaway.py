"""Distance over the sea against commonly told port-to-port distances, walls of land, and what must hold anywhere."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from watch.geodesy import EARTH_RADIUS_M, NM_M, distance_m
from watch.pipeline import bundled_world
from watch.seaway import Seaway, great_circle_nm, middles, open_seaway
from watch.seaway_network import CLOSED, crosses_land, land_raster, on_land, read_network

Place = tuple[float, float]

PLACES: dict[str, Place] = {
    "Rotterdam": (52.0, 3.9),
    "New York": (40.5, -73.9),
    "Singapore": (1.2, 103.85),
    "Fujairah": (25.2, 56.5),
    "Houston": (29.3, -94.6),
    "Yokohama": (35.3, 139.7),
    "Los Angeles": (33.7, -118.2),
    "Shanghai": (31.2, 122.3),
    "Cape Town": (-33.9, 18.4),
    "Gibraltar": (36.1, -5.4),
    "Port Said": (31.35, 32.4),
    "Suez": (29.85, 32.55),
    "Colón": (9.4, -79.9),
    "Balboa": (8.9, -79.5),
    "Sydney": (-33.85, 151.3),
    "Auckland": (-36.8, 174.9),
    "Santos": (-24.05, -46.3),
    "Mumbai": (18.9, 72.7),
    "Colombo": (6.95, 79.8),
    "Novorossiysk": (44.65, 37.85),
    "Vancouver": (49.3, -123.3),
    "Honolulu": (21.3, -157.9),
    "Lagos": (6.3, 3.4),
    "Port Klang": (2.95, 101.2),
    "Kuantan": (4.0, 103.6),
    "Incheon": (37.4, 126.5),
    "Busan": (35.05, 129.1),
    "Vladivostok": (43.0, 131.9),
    "Baku": (40.3, 50.0),
    "Türkmenbaşy": (39.9, 52.7),
}

# As the usual distance tables have them, rounded to ten miles; Suez and Panama open.
PUBLISHED_NM = {
    ("Rotterdam", "New York"): 3340,
    ("Singapore", "Fujairah"): 3330,
    ("Houston", "Rotterdam"): 5010,
    ("Yokohama", "Los Angeles"): 4840,
    ("Singapore", "Rotterdam"): 8290,
    ("Shanghai", "Los Angeles"): 5710,
    ("Cape Town", "Rotterdam"): 6150,
    ("Cape Town", "Singapore"): 5600,
    ("Fujairah", "Cape Town"): 4740,
    ("Gibraltar", "Port Said"): 1920,
    ("New York", "Colón"): 1970,
    ("Sydney", "Auckland"): 1275,
    ("Santos", "Rotterdam"): 5430,
    ("Mumbai", "Suez"): 2960,
    ("Colombo", "Suez"): 3400,
    ("Novorossiysk", "Gibraltar"): 2240,
    ("Vancouver", "Yokohama"): 4260,
    ("Honolulu", "Los Angeles"): 2230,
    ("Singapore", "Shanghai"): 2230,
    ("Lagos", "Rotterdam"): 4140,
}


def sea_nm(a: str | Place, b: str | Place, closed: frozenset[str] = CLOSED) -> float:
    one, two = (PLACES[x] if isinstance(x, str) else x for x in (a, b))
    return float(open_seaway(closed).between_nm(*one, *two)[0])


def great_nm(a: Place, b: Place) -> float:
    return float(distance_m(*a, *b) / NM_M)


@pytest.mark.parametrize(
    ("pair", "nm"), PUBLISHED_NM.items(), ids=lambda x: " - ".join(x) if isinstance(x, tuple) else ""
)
def test_distances_are_those_commonly_told_within_5_percent(pair: tuple[str, str], nm: int) -> None:
    assert sea_nm(*pair) == pytest.approx(nm, rel=0.05)


# least and most nautical miles that a way round the wall can have
WALLS = {
    "malay_peninsula": ("Port Klang", "Kuantan", 380, 440),
    "korea_from_west_to_east": ("Incheon", "Vladivostok", 850, 950),
    "korea_from_west_to_south": ("Incheon", "Busan", 370, 430),
    "florida": ((27.0, -83.5), (27.0, -79.8), 350, 520),
    "kra_isthmus": ((9.5, 98.0), (9.5, 99.8), 1100, 1500),
    "sinai_by_the_canal": ("Port Said", "Suez", 85, 120),
    "panama_by_the_canal": ("Colón", "Balboa", 40, 60),
}


@pytest.mark.parametrize(("a", "b", "least", "most"), WALLS.values(), ids=WALLS)
def test_land_is_gone_round(a: str | Place, b: str | Place, least: float, most: float) -> None:
    assert least <= sea_nm(a, b) <= most


def test_without_canals_ways_lead_round_the_capes() -> None:
    shut = CLOSED | {"suez", "panama"}
    assert sea_nm("Colón", "Balboa", shut) > 10_000
    assert sea_nm("Fujairah", "Rotterdam", shut) == pytest.approx(10_900, rel=0.05)
    assert sea_nm("Fujairah", "Rotterdam") == pytest.approx(6_100, rel=0.05)


def test_no_way_leads_out_of_the_caspian_but_one_across_it() -> None:
    assert sea_nm("Baku", "Novorossiysk") == np.inf
    assert sea_nm("Baku", "Türkmenbaşy") == pytest.approx(great_nm(PLACES["Baku"], PLACES["Türkmenbaşy"]), rel=0.02)


OPEN = {
    "gulf_of_oman": ((24.9, 57.6), (24.5, 59.0)),
    "across_180": ((40.0, 170.0), (38.0, -165.0)),
    "across_180_at_the_line": ((0.5, 179.9), (0.5, -179.9)),
    "inside_the_gulf": ((26.3, 52.5), (28.5, 50.0)),
    "no_way_at_all": ((10.0, 60.0), (10.0, 60.0)),
    "a_few_metres": ((10.0, 60.0), (10.0, 60.0001)),
    "baltic": ((58.0, 20.0), (56.5, 18.9)),
}


@pytest.mark.parametrize(("a", "b"), OPEN.values(), ids=OPEN)
def test_where_the_sea_is_open_it_is_the_great_circle(a: Place, b: Place) -> None:
    assert sea_nm(a, b) == pytest.approx(great_nm(a, b), abs=1e-9)


def test_a_limit_hides_only_what_is_longer() -> None:
    sea = open_seaway()
    a, b = PLACES["Port Klang"], PLACES["Kuantan"]
    full = sea_nm(a, b)
    assert sea.between_nm(*a, *b, full + 1e-6)[0] == full
    assert sea.between_nm(*a, *b, full - 1.0)[0] == np.inf
    assert sea.between_nm([24.9, 24.9], [57.6, 57.6], [24.5, 24.5], [59.0, 59.0], [1.0, 500.0]).tolist()[0] == np.inf


def test_no_places_have_no_distances() -> None:
    assert open_seaway().between_nm([], [], [], []).shape == (0,)
    none = np.array([], dtype=np.int64)
    assert open_seaway().to_shapes_nm([], [], np.array([shapely.box(0, 0, 1, 1)], dtype=object), none).shape == (0,)


sea_places = st.tuples(st.floats(-60.0, 65.0), st.floats(-180.0, 180.0)).filter(
    lambda p: not on_land(np.array([p[0]]), np.array([p[1]]))[0]
)


@given(sea_places, sea_places)
def test_never_shorter_than_the_great_circle_and_the_same_both_ways(a: Place, b: Place) -> None:
    there, back = sea_nm(a, b), sea_nm(b, a)
    assert there >= great_nm(a, b) - 1e-9
    assert there == back or there == pytest.approx(back, rel=1e-9)


@given(sea_places, st.floats(0.02, 0.5))
def test_a_zone_is_no_nearer_than_its_border_and_no_further_than_its_middle(a: Place, radius_deg: float) -> None:
    shape = shapely.Point(65.0, 10.0).buffer(radius_deg)  # Arabian Sea
    (to_zone,) = open_seaway().to_shapes_nm(*a, np.array([shape], dtype=object), np.array([0]))
    corners = shapely.get_coordinates(shape)
    border_nm = float((distance_m(*a, corners[:, 1], corners[:, 0]) / NM_M).min())
    assert to_zone == 0 or to_zone >= border_nm - 0.3
    assert to_zone <= sea_nm(a, (10.0, 65.0)) * 1.03 + 3.0
    assert great_circle_nm(np.array([a[0]]), np.array([a[1]]), np.array([shape], dtype=object))[0, 0] <= to_zone + 1e-9


def test_many_places_and_zones_at_once_are_as_each_alone() -> None:
    sea = open_seaway()
    shapes = np.array(
        [shapely.Point(x, y).buffer(0.2) for x, y in ((56.5, 25.3), (103.9, 1.0), (-68.0, 10.7))], dtype=object
    )
    lat, lon, which = np.array([24.9, 24.9, 60.0, 24.9]), np.array([57.6, 57.6, 3.0, 57.6]), np.array([2, 0, 1, 1])
    together = sea.to_shapes_nm(lat, lon, shapes, which)
    alone = [sea.to_shapes_nm(y, x, shapes[[z]], np.array([0]))[0] for y, x, z in zip(lat, lon, which, strict=True)]
    assert together.tolist() == alone


def test_a_zone_cut_at_180_is_one_zone() -> None:
    halves = shapely.MultiPolygon([shapely.box(178, 40, 180, 42), shapely.box(-180, 40, -179, 42)])
    shape = np.array([halves], dtype=object)
    assert [float(v[0]) for v in middles(shape)] == [41.0, 179.0]
    nm = open_seaway().to_shapes_nm([41.0, 41.0, 41.0], [-178.0, 177.0, -179.5], shape, np.array([0, 0, 0]))
    assert nm == pytest.approx([45.3, 45.3, 0.0], abs=0.2)


def test_inside_a_zone_is_0_and_behind_a_wall_is_the_way_round() -> None:
    shape = np.array([shapely.Point(103.6, 4.0).buffer(0.2)], dtype=object)
    nm = open_seaway().to_shapes_nm([4.05, 2.95], [103.6, 101.2], shape, np.array([0, 0]))
    assert nm[0] == 0
    assert nm[1] == pytest.approx(400, rel=0.05)


def test_a_zone_far_inland_cannot_be_reached() -> None:
    shape = np.array([shapely.Point(51.4, 35.7).buffer(0.1)], dtype=object)  # Tehran
    assert open_seaway().to_shapes_nm([24.9], [57.6], shape, np.array([0])).tolist() == [np.inf]


def test_a_quay_on_a_coarse_coast_is_reached() -> None:
    rotterdam = (51.95, 4.14)  # Maasvlakte: land in a raster of 3 nm
    assert sea_nm(rotterdam, (51.95, 3.0)) == pytest.approx(great_nm(rotterdam, (51.95, 3.0)), rel=0.02)


def test_a_ship_up_a_river_reaches_the_sea() -> None:
    antwerp = (51.27, 4.33)
    assert 35 < sea_nm(antwerp, (51.6, 3.2)) < 80


def test_the_land_raster_has_the_land_of_the_earth() -> None:
    rows = (np.arange(land_raster().shape[0]) + 0.5) / 20 - 90
    share = np.average(land_raster().mean(axis=1), weights=np.cos(np.radians(rows)))
    earth_km2 = 4 * np.pi * (EARTH_RADIUS_M / 1000) ** 2
    assert share * earth_km2 == pytest.approx(148.9e6, rel=0.02)


KNOWN = {"sahara": (23.0, 10.0, True), "pacific": (0.0, -150.0, False), "chukotka_past_180": (66.5, -175.0, True),
         "caspian": (42.0, 50.5, False), "south_pole": (-90.0, 0.0, True), "north_pole": (90.0, 0.0, False),
         "hormuz": (26.5, 56.5, False), "fiji_at_180": (16.8, 179.99, False)}  # fmt: skip


@pytest.mark.parametrize(("lat", "lon", "land"), KNOWN.values(), ids=KNOWN)
def test_land_and_sea_are_where_they_are(lat: float, lon: float, land: bool) -> None:
    assert on_land(np.array([lat]), np.array([lon]))[0] == land


def test_lines_over_land_are_told_from_lines_over_sea() -> None:
    lat1, lon1 = np.array([24.9, 9.4, 40.0, 12.0]), np.array([57.6, -79.9, 170.0, 50.0])
    lat2, lon2 = np.array([24.5, 8.9, 38.0, 12.0]), np.array([59.0, -79.5, -165.0, 50.0])
    assert crosses_land(lat1, lon1, lat2, lon2).tolist() == [False, True, False, False]


def test_closing_a_passage_takes_ways_away_and_leaves_the_rest() -> None:
    whole, shut = read_network(frozenset()), read_network(CLOSED | {"suez"})
    assert 0 < len(whole.begin) - len(shut.begin) < 30
    assert len(whole.lat) == len(shut.lat)


def test_ways_from_few_places_and_from_all_zones_are_the_same() -> None:
    zones = bundled_world().zones.table.query("kind == 'load_terminal' or kind == 'sts_zone'").geometry.to_numpy()
    lat, lon = np.array([24.9, -34.9, 38.4]), np.array([57.6, 18.3, 122.0])
    which = np.tile(np.arange(len(zones)), 3)
    places = np.repeat(lat, len(zones)), np.repeat(lon, len(zones))
    few, known = Seaway(), Seaway()
    for zone in zones:
        known._tree(zone)
    assert few.to_shapes_nm(*places, zones, which).tolist() == known.to_shapes_nm(*places, zones, which).tolist()
