"""The table of distances to the shore: against exact distances, known places, 180° and the poles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import watch
from watch.coast import read_coast
from watch.geodesy import NM_M, distance_m, wrap_lon
from watch.zones.shore import CODES_NM, FAR_NM, load_shore

CELL_NM = 2.13  # from the middle of a cell to its corner
COAST_NM = 0.9  # the bundled coast is simplified by half a mile, the table is not, and islets are left out


def at(lat: float, lon: float) -> float:
    return float(load_shore().distance_nm(lat, lon))


def code_error_nm(nm: float) -> float:
    """Return half the step between the codes around a distance."""
    k = int(np.searchsorted(CODES_NM, abs(nm))) if abs(nm) < FAR_NM else len(CODES_NM) - 1
    return float(CODES_NM[k] - CODES_NM[k - 1]) / 2


OPEN_WATER = {
    "mid_atlantic": (20.0, -40.0, 100.0),
    "point_nemo": (-48.9, -123.4, 100.0),
    "middle_of_the_channel": (50.2, -1.0, 24.0),
    "lake_superior": (47.6, -87.5, 20.0),
    "lake_michigan": (43.0, -87.0, 30.0),
    "caspian": (42.0, 50.5, 60.0),
    "north_pole": (90.0, 0.0, 100.0),
    "beside_180_degrees": (0.0, 180.0, 100.0),
}


@pytest.mark.parametrize(("lat", "lon", "least_nm"), OPEN_WATER.values(), ids=OPEN_WATER)
def test_open_water_is_far_from_the_shore(lat: float, lon: float, least_nm: float) -> None:
    assert at(lat, lon) >= least_nm - 2


INLAND = {
    "sahara": (24.0, 20.0, 40.0),
    "kansas": (39.0, -100.5, 40.0),
    "madrid": (40.4, -3.7, 20.0),
    "vnukovo_airport": (55.59, 37.26, 8.0),
    "simferopol_airport": (45.05, 33.97, 12.0),
    "south_pole": (-90.0, 0.0, 40.0),
    "chukotka_at_180_degrees": (67.3, 180.0, 20.0),
}


@pytest.mark.parametrize(("lat", "lon", "least_nm"), INLAND.values(), ids=INLAND)
def test_inland_is_inland(lat: float, lon: float, least_nm: float) -> None:
    assert at(lat, lon) <= -least_nm


WATERWAYS = {
    "mississippi_memphis": (35.15, -90.07),
    "mississippi_baton_rouge": (30.44, -91.19),
    "ohio_cincinnati": (39.09, -84.51),
    "illinois_peoria": (40.69, -89.59),
    "tennessee_chattanooga": (35.06, -85.31),
    "st_lawrence_montreal": (45.50, -73.55),
    "hudson_albany": (42.64, -73.75),
    "houston": (29.73, -95.27),
    "columbia_portland": (45.60, -122.75),
    "rhine_duisburg": (51.45, 6.73),
    "rhine_basel": (47.56, 7.59),
    "elbe_hamburg": (53.54, 9.97),
    "kiel_canal": (54.20, 9.50),
    "scheldt_antwerp": (51.27, 4.35),
    "seine_rouen": (49.43, 1.08),
    "rhone_lyon": (45.76, 4.84),
    "danube_vienna": (48.23, 16.42),
    "danube_budapest": (47.50, 19.05),
    "dnieper_dnipro": (48.47, 35.05),
    "volga_volgograd": (48.70, 44.53),
    "volga_kazan": (55.78, 49.05),
    "don_rostov": (47.20, 39.70),
    "neva": (59.94, 30.35),
    "moscow_southern_port": (55.70, 37.65),
    "suez_canal": (30.50, 32.35),
    "panama_canal": (9.12, -79.75),
    "amazon_manaus": (-3.14, -60.02),
    "amazon_iquitos": (-3.74, -73.24),
    "parana_rosario": (-32.94, -60.63),
    "paraguay_asuncion": (-25.28, -57.65),
    "orinoco_ciudad_bolivar": (8.14, -63.55),
    "yangtze_wuhan": (30.58, 114.30),
    "yangtze_chongqing": (29.56, 106.60),
    "pearl_guangzhou": (23.10, 113.30),
    "saigon": (10.77, 106.71),
    "chao_phraya_bangkok": (13.70, 100.57),
    "hooghly_kolkata": (22.55, 88.30),
    "irrawaddy_yangon": (16.77, 96.17),
    "shatt_al_arab_basra": (30.51, 47.83),
    "congo_kinshasa": (-4.30, 15.30),
    "niger_onitsha": (6.17, 6.78),
    "musi_palembang": (-2.99, 104.76),
    "mahakam_samarinda": (-0.50, 117.15),
}


@pytest.mark.parametrize(("lat", "lon"), WATERWAYS.values(), ids=WATERWAYS)
def test_where_ships_sail_inland_is_not_inland(lat: float, lon: float) -> None:
    assert at(lat, lon) >= -2


def exact_nm(lat: float, lon: float) -> float:
    """Return the distance to the coast as maps are drawn on, on a plane about the place; no lake, no river."""
    lons, lats, starts = read_coast()
    east = wrap_lon(lons - lon) * np.cos(np.radians((lats + lat) / 2)) * 60
    ring = np.zeros(len(lons), dtype=bool)
    ring[starts] = True
    ends = np.column_stack([east, (lats - lat) * 60])
    leg = ~ring[1:] & (np.abs(np.diff(east)) < 2_000)
    near = leg & (np.hypot(*ends[1:].T) < 300)
    lines = shapely.linestrings(np.stack([ends[:-1][near], ends[1:][near]], axis=1))
    return float(shapely.distance(shapely.Point(0, 0), lines).min(initial=np.inf))


@given(st.floats(-60, 65), st.floats(-180, 180))
def test_no_shore_of_the_maps_is_missed(lat: float, lon: float) -> None:
    """The table knows islets that the maps leave out, so it may tell a nearer shore, never a farther one."""
    told = at(lat, lon)
    if 0 < told < 40:
        assert told <= exact_nm(lat, lon) + CELL_NM + COAST_NM + code_error_nm(told)


OFF_OPEN_COASTS = {
    "biscay": (44.8, -1.6),
    "gulf_of_mexico": (28.5, -95.4),
    "namibia": (-22.0, 13.6),
    "oman": (19.0, 58.3),
    "patagonia": (-46.0, -67.0),
    "venezuela": (10.9, -66.0),
    "carolina": (33.5, -78.0),
    "somalia": (6.0, 49.4),
}


@pytest.mark.parametrize(("lat", "lon"), OFF_OPEN_COASTS.values(), ids=OFF_OPEN_COASTS)
def test_a_distance_off_an_open_coast_is_exact_within_a_cell(lat: float, lon: float) -> None:
    told = at(lat, lon)
    assert 0 < told <= 40
    assert told == pytest.approx(exact_nm(lat, lon), abs=CELL_NM + COAST_NM + code_error_nm(told))


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_neighbours_differ_by_no_more_than_they_lie_apart(lat: float, lon: float, north: float, east: float) -> None:
    other = (float(np.clip(lat + north, -90, 90)), lon + east / max(np.cos(np.radians(lat)), 1e-3))
    here, there = at(lat, lon), at(*other)
    apart_nm = float(distance_m(lat, lon, *other)) / NM_M
    slack_nm = 2 * CELL_NM + code_error_nm(here) + code_error_nm(there)
    if max(abs(here), abs(there)) < 40:  # further off one code stands for many miles
        assert abs(here - there) <= apart_nm + slack_nm


@pytest.mark.parametrize("lat", [-77.0, -16.5, 0.0, 52.0, 67.0, 71.2])
def test_both_names_of_180_degrees_are_one_place(lat: float) -> None:
    assert at(lat, 180.0) == at(lat, -180.0)
    assert at(lat, 190.0) == at(lat, -170.0)


def test_every_cell_round_a_pole_is_there() -> None:
    lon = np.linspace(-180, 180, 73)
    assert (load_shore().distance_nm(90.0, lon) == FAR_NM).all()
    assert (load_shore().distance_nm(-90.0, lon) <= -40).all()


def test_no_place_has_no_distance() -> None:
    told = load_shore().distance_nm([np.nan, 91.0, 10.0, 0.0], [0.0, 0.0, np.inf, -30.0])
    assert np.isnan(told).tolist() == [True, True, True, False]
    assert load_shore().distance_nm([], []).shape == (0,)


def test_many_places_are_told_as_each_alone() -> None:
    turn = np.random.default_rng(1)
    v = turn.normal(size=(200_000, 3))
    lat, lon = np.degrees(np.arcsin(v[:, 2] / np.linalg.norm(v, axis=1))), np.degrees(np.arctan2(v[:, 1], v[:, 0]))
    told = load_shore().distance_nm(lat, lon)
    some = [0, 65_535, 65_536, 131_072, 199_999]
    assert told[some].tolist() == [at(lat[k], lon[k]) for k in some]
    assert 0.25 < (told < 0).mean() < 0.31  # dry land is 29 % of the Earth, less rivers, lakes and their bands


def test_it_is_read_once_and_small() -> None:
    assert load_shore() is load_shore()
    assert (Path(watch.__file__).parent / "data" / "shore.bz2").stat().st_size < 700_000
