"""Square cells on the plane of longitude and latitude, and runs of rows that stay in one."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from watch.runs import ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COARSE_DEG = 1 / 4  # powers of two: cell edges are exact, so no point falls between two cells
FINE_DEG = 1 / 32
_WIDE = 1 << 16
_HALF = 1 << 15


def cells_of(lat: Floats, lon: Floats, edge_deg: float) -> Ints:
    """Return the key of the cell of `edge_deg` that holds each point."""
    x = np.floor(lon / edge_deg).astype(np.int32)
    y = np.floor(lat / edge_deg).astype(np.int32)
    return np.asarray((y + _HALF).astype(np.int64) * _WIDE + (x + _HALF), dtype=np.int64)


def corners_of(cells: Ints, edge_deg: float) -> tuple[Floats, Floats]:
    """Return the latitude and longitude of the south-western corner of each cell.

    Examples
    --------
    >>> lat, lon = corners_of(cells_of(np.array([10.6]), np.array([-66.9]), 0.25), 0.25)
    >>> lat.tolist(), lon.tolist()
    ([10.5], [-67.0])
    """
    y, x = np.divmod(cells, _WIDE)
    return (y - _HALF) * edge_deg, (x - _HALF) * edge_deg


def boxes_of(cells: Ints, edge_deg: float) -> NDArray[np.object_]:
    """Return each cell as a polygon, its edges included."""
    lat, lon = corners_of(cells, edge_deg)
    return np.asarray(shapely.box(lon, lat, lon + edge_deg, lat + edge_deg), dtype=object)


def runs_of(keys: Ints) -> tuple[Ints, Ints]:
    """Return the first row and the key of each run of equal consecutive keys.

    Examples
    --------
    >>> starts, keys = runs_of(np.array([5, 5, 7, 5]))
    >>> starts.tolist(), keys.tolist()
    ([0, 2, 3], [5, 7, 5])
    """
    if not len(keys):
        return np.array([], dtype=np.int64), keys
    starts = np.append(0, np.flatnonzero(keys[1:] != keys[:-1]) + 1)
    return starts, keys[starts]


def expand(starts: Ints, ends: Ints, runs: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Return for each (run, value) every row of the run beside the value.

    Examples
    --------
    >>> rows, values = expand(np.array([0, 2]), np.array([2, 3]), np.array([0, 1, 1]), np.array([7, 8, 9]))
    >>> rows.tolist(), values.tolist()
    ([0, 1, 2, 2], [7, 7, 8, 9])
    """
    which, rows = ranges(starts[runs], ends[runs] - starts[runs])
    return rows, values[which]


def spread(back: Ints, cell: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Return (position, value) for every position whose cell has a value, sorted by position.

    Parameters
    ----------
    back : (n,) array
        The number of the cell at each position.
    cell, value : (m,) arrays
        A value beside the number of its cell, in any order.

    Examples
    --------
    >>> position, value = spread(np.array([0, 1, 0]), np.array([1, 0]), np.array([8, 9]))
    >>> position.tolist(), value.tolist()
    ([0, 1, 2], [9, 8, 9])
    """
    order = np.argsort(cell, kind="stable")
    first, last = (np.searchsorted(cell[order], back, side=side) for side in ("left", "right"))
    at, position = expand(first, last, np.arange(len(back)), np.arange(len(back)))
    return position, value[order][at]
