from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.zones.made import made_feature, made_zones, write_features
from watch.errors import ZoneError
from watch.geodesy import EARTH_RADIUS_M, NM_M, distance_m
from watch.paths import bundled
from watch.zones.geofences import Zones, load_zones
from watch.zones.kinds import RANKS
from watch.zones.world_ports import read_world_ports

FOLDER = bundled("rules") / "geofences"


def test_the_bundled_zones_are_places_approaches_and_waters(zones: Zones) -> None:
    counts = zones.table["kind"].value_counts()
    assert counts["waters_12nm"] == counts["waters_200nm"] == 196
    assert counts["approach"] == 1
    assert len(zones.table) - 2 * 196 - 1 == 69
    assert (zones.ports["kind"] == "world_port").sum() > 3_900


def test_zones_are_sorted_from_the_most_to_the_least_specific(zones: Zones) -> None:
    order = list(zip(zones.table["rank"], zones.table["area_km2"], zones.table["zone_id"], strict=True))
    assert order == sorted(order)


def test_the_shape_of_a_place_is_its_circle_on_the_sphere(zones: Zones) -> None:
    own = zones.ports[zones.ports["kind"] != "world_port"].set_index("zone_id")
    table = zones.table.set_index("zone_id")
    for zone_id, port in own.iterrows():
        corners = shapely.get_coordinates(table.geometry[zone_id])
        apart = distance_m(port["lat"], port["lon"], corners[:, 1], corners[:, 0])
        assert len(corners) >= 49
        assert np.abs(apart / port["radius_m"] - 1).max() < 0.002
        cap_km2 = 2 * np.pi * (EARTH_RADIUS_M / 1e3) ** 2 * (1 - np.cos(port["radius_m"] / EARTH_RADIUS_M))
        assert table["area_km2"][zone_id] == pytest.approx(cap_km2, rel=1e-3)


def test_the_east_china_sea_area_is_the_box_of_its_note(zones: Zones) -> None:
    shape = zones.table.set_index("zone_id").geometry["ecs_dprk_sts"]
    assert shape.bounds == (123.3, 28.0, 127.0, 32.0)


def test_a_zone_is_shown_by_id_name_country_and_kind(zones: Zones) -> None:
    assert zones.get("ir_kharg").public() == {
        "id": "ir_kharg",
        "name": "Kharg Island oil terminal",
        "country": "IR",
        "kind": "load_terminal",
    }
    assert zones.get("port_nlrtm").public()["country"] == "NL"
    with pytest.raises(KeyError):
        zones.get("no_such_zone")


def test_every_zone_says_where_it_comes_from(zones: Zones) -> None:
    assert (zones.table["source"] != "").all()
    waters = zones.table[zones.table["kind"].str.startswith("waters")]
    assert waters["note"].str.startswith("Approximate").all()
    assert waters["source"].str.contains("public domain").all()


def test_a_world_port_inside_a_place_of_its_country_gives_way(zones: Zones) -> None:
    ids = set(zones.ports["zone_id"])
    assert "ve_la_guaira" in ids
    assert "port_velag" in set(read_world_ports()["zone_id"])
    assert "port_velag" not in ids
    assert zones.ports["zone_id"].is_unique


def test_times_of_validity_are_utc_and_missing_ones_are_none(tmp_path: Path) -> None:
    zones = made_zones(tmp_path, made_feature("timed", valid_from="2024-05-01", valid_to="2024-06-01T02:00:00+02:00"))
    zone = zones.get("timed")
    assert (zone.valid_from, zone.valid_to) == (datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC))
    assert made_zones(tmp_path, made_feature("always")).get("always").valid_to is None


def test_a_port_drawn_as_a_polygon_has_the_circle_around_it(tmp_path: Path) -> None:
    zones = made_zones(tmp_path, made_feature("drawn_port", kind="port"))
    port = zones.ports.set_index("zone_id").loc["drawn_port"]
    corner_m = distance_m(port["lat"], port["lon"], [10, 10, 11, 11], [10, 11, 10, 11])
    assert port["radius_m"] == pytest.approx(corner_m.max())
    circle = made_feature("drawn_port", kind="port", lat=10.5, lon=10.5, radius_nm=3)
    assert made_zones(tmp_path, circle).ports.set_index("zone_id")["radius_m"]["drawn_port"] == 3 * NM_M


CHANGES = {
    "name": {"name": "Other"},
    "kind": {"kind": "anchorage"},
    "validity": {"valid_from": "2020-01-01"},
    "dwell": {"min_dwell_h": 2},
    "note": {"note": "other"},
    "shape": {"shape": shapely.box(10, 10, 11, 11.00001)},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_digest_changes_when_a_zone_does(change: dict[str, object], tmp_path: Path) -> None:
    before = made_zones(tmp_path, made_feature("one"), made_feature("two")).digest
    assert made_zones(tmp_path, made_feature("two"), made_feature("one")).digest == before
    assert made_zones(tmp_path, made_feature("one", **change), made_feature("two")).digest != before


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    write_features(tmp_path / "a.geojson", made_feature("same"), made_feature("bad", kind="x"))
    write_features(tmp_path / "b.geojson", made_feature("same"), made_feature("bad", country="x"))
    with pytest.raises(ZoneError) as caught:
        load_zones(tmp_path)
    files = [Path(fault.file).name for fault in caught.value.faults]
    assert sorted(files) == ["a.geojson", "b.geojson", "b.geojson"]
    assert "used already in a.geojson" in str(caught.value)


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="holds no"):
        load_zones(tmp_path)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.geojson")), ids=lambda path: path.stem)
def test_a_bundled_file_is_small_enough_to_edit_and_review(path: Path) -> None:
    assert path.stat().st_size <= 2_000_000


def test_every_kind_has_a_rank() -> None:
    order = ["load_terminal", "anchorage", "sts_zone", "chokepoint", "approach", "waters_12nm", "waters_200nm"]
    assert [RANKS[kind] for kind in order] == sorted({RANKS[kind] for kind in RANKS})
