"""Finds which ports lie near which points, for a few points or for a whole day of the world's traffic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from watch.geodesy import EARTH_RADIUS_M, distance_m, unit_vectors
from watch.zones.cells import COARSE_DEG, FINE_DEG, boxes_of, cells_of, expand, runs_of, spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK_ROWS = 1 << 20  # bounds the memory of the pairs under way
_SLACK = 1e-9  # on the unit sphere, 6 mm: rounding must not lose a port that the exact distance keeps


class PortIndex:
    """Answers which ports are near which rows; `port_idx` counts the rows of the table it was built from.

    Parameters
    ----------
    ports : DataFrame
        With `lat`, `lon` in degrees and `radius_m`.
    """

    def __init__(self, ports: pd.DataFrame) -> None:
        self._lat, self._lon, self._radius_m = (
            ports[key].to_numpy(dtype=np.float64) for key in ("lat", "lon", "radius_m")
        )
        self._vectors = unit_vectors(self._lat, self._lon)

    def near(self, lat: Floats, lon: Floats, radius_m: float) -> tuple[Ints, Ints, Floats]:
        """Return (row, port, distance in metres to the port's edge) of all pairs within `radius_m`, sorted.

        Inside the port's circle the distance to its edge is 0.
        """
        boxes, box_port = self._reach_boxes(radius_m)
        parts = [
            self._near_chunk(lat, lon, first, boxes, box_port, radius_m) for first in range(0, len(lat), CHUNK_ROWS)
        ]
        none = np.array([], dtype=np.int64)
        rows, port, edge_m = zip((none, none, none.astype(np.float64)), *parts, strict=True)
        return np.concatenate(rows), np.concatenate(port), np.concatenate(edge_m)

    def _near_chunk(
        self, lat: Floats, lon: Floats, first: int, boxes: shapely.STRtree, box_port: Ints, radius_m: float
    ) -> tuple[Ints, Ints, Floats]:
        lat, lon = lat[first : first + CHUNK_ROWS], lon[first : first + CHUNK_ROWS]
        starts, cells = runs_of(cells_of(lat, lon, COARSE_DEG))
        runs = np.unique(_boxes_at(boxes, cells, COARSE_DEG)[0])
        rows, _ = expand(starts, np.append(starts[1:], len(lat)), runs, runs)
        starts, cells = runs_of(cells_of(lat[rows], lon[rows], FINE_DEG))
        at, box = expand(starts, np.append(starts[1:], len(rows)), *_boxes_at(boxes, cells, FINE_DEG))
        row, port = self._close(lat, lon, rows, at, box_port[box], radius_m)
        edge_m = distance_m(lat[row], lon[row], self._lat[port], self._lon[port]) - self._radius_m[port]
        order = np.lexsort((port, row))
        order = order[edge_m[order] <= radius_m]
        return first + row[order], port[order], np.maximum(edge_m[order], 0.0)

    def _close(self, lat: Floats, lon: Floats, rows: Ints, at: Ints, port: Ints, radius_m: float) -> tuple[Ints, Ints]:
        """Return the pairs whose chord is short enough, a cheap test that leaves few for the exact distance."""
        vectors = unit_vectors(lat[rows], lon[rows])
        limit = 2 * np.sin(np.minimum((self._radius_m + radius_m) / EARTH_RADIUS_M, np.pi) / 2) + _SLACK
        apart = vectors[at] - self._vectors[port]
        close = np.einsum("ij,ij->i", apart, apart) <= limit[port] ** 2
        return rows[at[close]], port[close]

    def _reach_boxes(self, radius_m: float) -> tuple[shapely.STRtree, Ints]:
        """Return boxes on the plane that hold everything near a port, with the port of each."""
        reach = np.minimum((self._radius_m + radius_m) / EARTH_RADIUS_M * 1.000001 + _SLACK, np.pi)
        south, north = self._lat - np.degrees(reach), self._lat + np.degrees(reach)
        polar = (south <= -89.99) | (north >= 89.99)
        ratio = np.where(polar, 0.0, np.sin(reach) / np.cos(np.radians(self._lat)))
        half = np.degrees(np.arcsin(np.clip(ratio, 0, 1)))
        west, east = np.where(polar, -181.0, self._lon - half), np.where(polar, 181.0, self._lon + half)
        past_east, past_west = (np.flatnonzero(~polar & over) for over in (east > 180, west < -180))
        port = np.concatenate([np.arange(len(half)), past_east, past_west])
        turn = np.repeat([0.0, -360.0, 360.0], [len(half), len(past_east), len(past_west)])
        boxes = shapely.box(west[port] + turn, south[port], east[port] + turn, north[port])
        return shapely.STRtree(boxes), port


def _boxes_at(boxes: shapely.STRtree, cells: Ints, edge_deg: float) -> tuple[Ints, Ints]:
    """Return (position, box) of every cell that a box touches, sorted by position."""
    different, back = np.unique(cells, return_inverse=True)
    found: Ints = boxes.query(boxes_of(different, edge_deg))
    return spread(back, found[0], found[1])
