"""Land beneath a scene: the rings of our coast clipped to a box, coarse for a wide one."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from watch.coast import read_coast
from watch.parquet import Box

_WIDE_DEG = 0.05  # own: three miles, as Natural Earth's 1:50m
_WIDE_LEAST_DEG2 = 0.02  # own: islets of a few miles are left out of a wide view
_SHAPES = NDArray[np.object_]


def land_in(box: Box, *, near: bool) -> dict[str, Any]:
    """Return the land in a box as a scene holds it.

    Parameters
    ----------
    box
        In degrees. A box that reaches across 180° has rings that run on past it.
    near
        Whether in all detail there is (1:10m, simplified to half a mile), or coarser.
    """
    west, south, east, north = box
    east = east + 360 if east < west else east
    shapes = _rings(near=near)
    found: list[list[int]] = []
    for turn in (-360.0, 0.0, 360.0):
        found += _clipped(shapes, (west - turn, south, east - turn, north), turn)
    return {"lines": found, "near": near}


@cache
def _rings(*, near: bool) -> _SHAPES:
    """Return each ring of the coast as a polygon of its own; lakes and seas inside land run the other way round."""
    lon, lat, starts = read_coast()
    index = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(lon))))
    rings = shapely.linearrings(np.column_stack([lon, lat]), indices=index)
    whole: _SHAPES = np.asarray(shapely.polygons(rings), dtype=object)
    if near:
        return whole
    large = whole[shapely.area(whole) >= _WIDE_LEAST_DEG2]
    return np.asarray(shapely.simplify(large, _WIDE_DEG), dtype=object)


def _clipped(shapes: _SHAPES, box: Box, turn: float) -> list[list[int]]:
    west, south, east, north = shapely.bounds(shapes).T
    seen = shapes[(west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])]
    if not len(seen):
        return []
    parts = shapely.get_parts(shapely.clip_by_rect(seen, *box))
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return [_steps(ring, turn) for ring in rings]


def _steps(ring: shapely.LinearRing, turn: float) -> list[int]:
    corners = np.rint(np.add(shapely.get_coordinates(ring), (turn, 0.0)) * 1000).astype(np.int64)
    moved = np.append(True, (np.diff(corners, axis=0) != 0).any(axis=1))
    return [int(v) for v in np.diff(corners[moved], axis=0, prepend=0).ravel().tolist()]
