"""The approximate waters say what everybody knows of some places."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from watch.geodesy import NM_M, distance_m
from watch.zones.geofences import Zones
from watch.zones.lookup import zones_at

PLACES = {
    "off_la_guaira": (10.75, -67.0, {"ve_12nm", "ve_200nm"}),
    "gulf_of_oman": (24.4, 59.2, {"ir_approaches", "om_200nm"}),
    "gulf_of_oman_north": (24.6, 58.6, {"ir_approaches", "ir_200nm"}),
    "sohar_sts": (24.5, 57.37, {"om_sohar_sts", "ir_approaches", "om_200nm"}),
    "khor_fakkan": (
        25.38,
        56.5,
        {"ae_khor_fakkan_anch", "ae_fujairah_anch", "ir_approaches", "ae_12nm", "ae_200nm"},
    ),
    "trinidad": (10.4, -61.55, {"tt_point_lisas", "tt_12nm", "tt_200nm"}),
    "gulf_of_paria_west": (10.3, -62.2, {"ve_gulf_of_paria", "ve_200nm"}),
    "nampo_approaches": (38.6, 124.9, {"kp_nampo", "kp_12nm", "kp_200nm"}),
    "at_berth_el_palito": (10.483, -68.117, {"ve_el_palito", "ve_12nm", "ve_200nm"}),
    "bandar_abbas": (
        27.1,
        56.067,
        {"ir_bandar_abbas_shahid_rajaee", "ir_approaches", "ir_12nm", "ir_200nm"},
    ),
    "fiji_east_of_180": (-16.8, -179.99, {"fj_12nm", "fj_200nm"}),
    "fiji_west_of_180": (-16.8, 179.99, {"fj_12nm", "fj_200nm"}),
    "wrangel_on_180": (71.0, 180.0, {"ru_12nm", "ru_200nm"}),
    "wrangel_on_minus_180": (71.0, -180.0, {"ru_12nm", "ru_200nm"}),
    "aleutians_west": (52.5, 173.0, {"us_200nm"}),
    "caspian": (37.5, 51.0, {"ir_200nm"}),
    "mid_atlantic": (30.0, -40.0, set()),
    "south_pacific": (-40.0, -120.0, set()),
    "north_pole": (90.0, 0.0, set()),
    "south_pole": (-90.0, 0.0, set()),
    "zurich": (47.4, 8.5, set()),
    "mongolia": (47.0, 105.0, set()),
    "kansas": (38.5, -98.0, set()),
    "caracas_is_ashore": (10.45, -66.9, set()),
    "nagpur": (21.1, 79.1, set()),
}


@pytest.mark.parametrize(("lat", "lon", "expected"), PLACES.values(), ids=PLACES)
def test_a_place_lies_in_the_waters_it_should(zones: Zones, lat: float, lon: float, expected: set[str]) -> None:
    assert set(zones_at(zones, [lat], [lon])[0]) == expected


def test_twelve_miles_lie_within_two_hundred(zones: Zones) -> None:
    table = zones.table.set_index("zone_id")
    for country in ("ve", "ir", "kp", "fj", "ru", "us", "gr"):
        inner, outer = table.geometry[f"{country}_12nm"], table.geometry[f"{country}_200nm"]
        assert shapely.difference(inner, outer).area < 0.03 * inner.area


def test_waters_of_different_states_do_not_overlap(zones: Zones) -> None:
    for kind in ("waters_12nm", "waters_200nm"):
        shapes = zones.table.loc[zones.table["kind"] == kind].geometry.to_numpy()
        whole, single = shapely.union_all(shapes).area, shapely.area(shapes).sum()
        assert single == pytest.approx(whole, rel=2e-3)


def test_the_outer_line_runs_at_its_distance_from_an_island(zones: Zones) -> None:
    # Clipperton, alone in its ocean: 10.30 N 109.21 W, four miles across
    for kind, limit_nm, slack_nm in (("fr_12nm", 12, 3.5), ("fr_200nm", 200, 5.0)):
        parts = shapely.get_parts(zones.table.set_index("zone_id").geometry[kind])
        (island,) = [p for p in parts if shapely.intersects_xy(p, -109.4, 10.3)]
        corners = np.array(island.exterior.coords)
        reach_nm = distance_m(10.30, -109.21, corners[:, 1], corners[:, 0]) / NM_M
        assert np.abs(reach_nm - limit_nm - 1).max() < slack_nm
