from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from tests.zones.made import made_feature, made_zones
from watch.zones.geofences import Zones
from watch.zones.neighbours import find_neighbours


def test_neighbours_are_named_with_their_distance_the_nearest_first(tmp_path: Path) -> None:
    zones = made_zones(
        tmp_path,
        made_feature("middle"),
        made_feature("within", shapely.box(10.4, 10.4, 10.6, 10.6)),
        made_feature("north_30nm", shapely.box(10, 11.5, 11, 12)),
        made_feature("far", shapely.box(10, 20, 11, 21)),
    )
    found = find_neighbours(zones, "middle", within_nm=50)
    assert [zone_id for zone_id, _ in found] == ["within", "north_30nm"]
    assert [gap_nm for _, gap_nm in found] == pytest.approx([0, 30])


def test_a_neighbour_beyond_180_is_near(tmp_path: Path) -> None:
    east, west = shapely.box(-180, 0, -179.5, 1), shapely.box(179, 0, 179.75, 1)
    zones = made_zones(tmp_path, made_feature("east", east), made_feature("west", west))
    ((zone_id, gap_nm),) = find_neighbours(zones, "east", within_nm=50)
    assert zone_id == "west"
    assert gap_nm == pytest.approx(15, abs=0.1)


def test_a_world_port_lies_in_the_waters_of_its_state(zones: Zones) -> None:
    found = dict(find_neighbours(zones, "port_fjsuv", within_nm=10))
    assert found["fj_12nm"] == found["fj_200nm"] == 0
