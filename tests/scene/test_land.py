"""Land beneath a scene: what lies in a box, across 180° too, and nothing beyond it."""

from __future__ import annotations

import json
from itertools import accumulate

import pytest
import shapely

from watch.parquet import Box
from watch.scene.land import land_in

CASES: dict[str, tuple[Box, list[tuple[float, float]], list[tuple[float, float]]]] = {
    "gulf_of_oman": ((55.0, 22.0, 61.0, 27.0), [(58.0, 23.2), (59.0, 26.5)], [(58.5, 24.8)]),
    "fiji_across_180": ((175.0, -20.0, -175.0, -14.0), [(178.0, -17.8), (179.3, -16.6)], [(182.0, -18.0)]),
    "open_sea": ((-40.0, 20.0, -35.0, 25.0), [], [(-37.0, 22.0)]),
}


def polygons(lines: list[list[int]]) -> list[shapely.Polygon]:
    corners = [[*zip(accumulate(line[::2]), accumulate(line[1::2]), strict=True)] for line in lines]
    return [shapely.Polygon([(x / 1000, y / 1000) for x, y in ring]) for ring in corners]


@pytest.mark.parametrize("near", [True, False], ids=["near", "wide"])
@pytest.mark.parametrize(("box", "land", "sea"), CASES.values(), ids=CASES)
def test_land_is_land_and_sea_is_sea(
    box: Box, land: list[tuple[float, float]], sea: list[tuple[float, float]], near: bool
) -> None:
    shapes = polygons(land_in(box, near=near)["lines"])
    told = {point: any(shapely.contains_xy(shape, *point) for shape in shapes) for point in (*land, *sea)}
    assert told == dict.fromkeys(land, True) | dict.fromkeys(sea, False)


@pytest.mark.parametrize(("box", "land", "sea"), CASES.values(), ids=CASES)
def test_nothing_lies_beyond_the_box(box: Box, land: object, sea: object) -> None:
    west, south, east, north = box
    east += 360 if east < west else 0
    for shape in polygons(land_in(box, near=True)["lines"]):
        x0, y0, x1, y1 = shape.bounds
        assert (x0 >= west - 0.001, y0 >= south - 0.001, x1 <= east + 0.001, y1 <= north + 0.001) == (True,) * 4


def test_the_fine_coast_has_more_corners_than_the_wide_one() -> None:
    box = (55.0, 22.0, 61.0, 27.0)
    near, wide = (sum(map(len, land_in(box, near=fine)["lines"])) for fine in (True, False))
    assert near > 2 * wide > 0


def test_a_wide_view_is_small_enough_to_send() -> None:
    ocean = json.dumps(land_in((-100.0, -40.0, 80.0, 60.0), near=False), separators=(",", ":"))
    assert len(ocean) < 150_000
