"""Finds which zones hold which points, for a few points or for a whole day of the world's traffic.

Notes
-----
Points are sorted into square cells whose edges are exact in binary. Each cell that occurs is put to each zone once:
cells wholly inside are taken whole, only points in cells on a border are tested one by one. A point on the edge of
a zone is inside. Zones are cut at 180°, so the plane of longitude and latitude holds everywhere.
What was found of a cell is remembered: ships are where ships were, and a long-lived process asks of the same cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from watch.zones.cells import COARSE_DEG, boxes_of, cells_of, expand, runs_of, spread
from watch.zones.geofences import Zones

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pairs = tuple[Ints, Ints]

CHUNK_ROWS = 1 << 20  # bounds the memory of the pairs under way
_ZONE_BITS = 20


def zones_at(
    zones: Zones, lat: ArrayLike, lon: ArrayLike, at: datetime | ArrayLike | None = None
) -> list[tuple[str, ...]]:
    """Return for each point the ids of all polygon zones that hold it, the most specific first.

    Parameters
    ----------
    zones : Zones
        The zones.
    lat, lon : array_like
        Degrees, n of each.
    at : datetime or array_like, optional
        One aware moment for all points, or one for each; only zones valid then are named. By default all are.

    Examples
    --------
    >>> from watch.zones.geofences import load_zones
    >>> zones_at(load_zones(), [10.75], [-67.0])
    [('ve_12nm', 've_200nm')]
    >>> zones_at(load_zones(), [], [])
    []
    """
    lats, lons = np.atleast_1d(np.asarray(lat, dtype=np.float64)), np.atleast_1d(np.asarray(lon, dtype=np.float64))
    rows, found = index_of(zones).rows_in_zones(lats, lons)
    if at is not None:
        kept = _valid(zones, found, _moments(at, len(lats))[rows])
        rows, found = rows[kept], found[kept]
    ids = zones.table["zone_id"].to_numpy(dtype=object)[found]
    ends = np.searchsorted(rows, np.arange(len(lats) + 1))
    return [tuple(ids[a:b]) for a, b in pairwise(ends)]


def _moments(at: datetime | ArrayLike, count: int) -> NDArray[np.datetime64]:
    moments = pd.to_datetime(pd.Series(np.ravel(np.asarray(at, dtype=object))), utc=True)
    plain = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.asarray(np.broadcast_to(plain, count) if len(plain) == 1 else plain)


def _valid(zones: Zones, found: Ints, moments: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    ends = zones.table[["valid_from", "valid_to"]].apply(lambda column: column.dt.tz_localize(None))
    begin, end = (ends[key].to_numpy(dtype="datetime64[us]")[found] for key in ("valid_from", "valid_to"))
    started = np.isnat(begin) | (begin <= moments)
    return np.asarray(started & (np.isnat(end) | (moments < end)), dtype=np.bool_)


class _Known(NamedTuple):
    """What is known of cells: (cell, part) of those wholly inside a part, and of those on its border."""

    cells: Ints
    whole: Pairs
    border: Pairs

    def with_more(self, cells: Ints, whole: Pairs, border: Pairs) -> _Known:
        """Return the same with what was found of more cells."""
        both = [_join([old, new]) for old, new in ((self.whole, whole), (self.border, border))]
        ordered = [(cell[order], part[order]) for cell, part in both for order in [np.argsort(cell, kind="stable")]]
        return _Known(np.sort(np.append(self.cells, cells)), *ordered)


def _missing(known: Ints, cells: Ints) -> Ints:
    """Return each cell that is not among the known ones, which are sorted, once."""
    if not len(known):
        return np.unique(cells)
    return np.unique(cells[known[np.minimum(np.searchsorted(known, cells), len(known) - 1)] != cells])


@lru_cache(maxsize=4)
def index_of(zones: Zones) -> ZoneIndex:
    """Return the index of some zones, built once for each."""
    return ZoneIndex(zones)


class ZoneIndex:
    """Answers which rows lie in which zones; `zone_idx` counts the rows of `zones.table`."""

    def __init__(self, zones: Zones) -> None:
        shapes = zones.table.geometry.to_numpy()
        self._parts, self._zone_of = shapely.get_parts(shapes, return_index=True)
        shapely.prepare(self._parts)
        none = np.array([], dtype=np.int64)
        self._known = _Known(none, (none, none), (none, none))

    def rows_in_zones(self, lat: Floats, lon: Floats) -> Pairs:
        """Return every (row, zone) such that the zone holds the row's point, sorted by row, then zone."""
        starts, cells = runs_of(cells_of(lat, lon, COARSE_DEG))
        ends = np.append(starts[1:], len(lat))
        whole, border = self._classify(cells)
        found = []
        for a, b in _chunks(starts, len(lat)):
            rows, part = expand(starts, ends, *_between(whole, a, b))
            near, near_part = expand(starts, ends, *_between(border, a, b))
            held = shapely.intersects_xy(self._parts[near_part], lon[near], lat[near])
            found.append(self._sorted(np.append(rows, near[held]), np.append(part, near_part[held])))
        return _join(found)

    def _classify(self, cells: Ints) -> tuple[Pairs, Pairs]:
        """Return (position, part) of the cells wholly inside a part, and of those on its border."""
        new = _missing(self._known.cells, cells)
        if len(new):  # put in place whole: another thread sees all of it or nothing
            self._known = self._known.with_more(new, *self._look_at(new))
        known = self._known
        return spread(cells, *known.whole), spread(cells, *known.border)

    def _look_at(self, cells: Ints) -> tuple[Pairs, Pairs]:
        """Return (cell, part) of the cells wholly inside a part, and of those on its border."""
        boxes = boxes_of(cells, COARSE_DEG)
        part, at = shapely.STRtree(boxes).query(self._parts, predicate="intersects")
        inside = shapely.covers(self._parts[part], boxes[at])
        return (cells[at[inside]], part[inside]), (cells[at[~inside]], part[~inside])

    def _sorted(self, rows: Ints, part: Ints) -> Pairs:
        """Return each (row, zone) once; a point on the seam of two parts of a zone comes in both."""
        keys = np.sort(rows << _ZONE_BITS | self._zone_of[part])
        keys = keys[np.diff(keys, prepend=-1) > 0]
        return keys >> _ZONE_BITS, keys & ((1 << _ZONE_BITS) - 1)

    def legs_cutting_zones(self, lat0: Floats, lon0: Floats, lat1: Floats, lon1: Floats) -> Pairs:
        """Return every (leg, zone) such that the straight line on the plane touches the zone, sorted likewise.

        A leg takes the shorter way round the Earth.
        """
        end = lon0 + (lon1 - lon0 + 180.0) % 360.0 - 180.0
        past = np.flatnonzero((end > 180) | (end < -180))
        turn = -360.0 * np.sign(end[past])
        legs = np.concatenate([np.arange(len(lat0)), past])
        ends = np.column_stack(
            [
                np.concatenate([lon0, lon0[past] + turn]),
                np.concatenate([lat0, lat0[past]]),
                np.concatenate([end, end[past] + turn]),
                np.concatenate([lat1, lat1[past]]),
            ]
        )
        moved = (ends[:, :2] != ends[:, 2:]).any(axis=1)
        lines = np.empty(len(ends), dtype=object)
        lines[moved] = shapely.linestrings(ends[moved].reshape(-1, 2, 2))
        lines[~moved] = shapely.points(ends[~moved, :2])
        part, leg = shapely.STRtree(lines).query(self._parts, predicate="intersects")
        return self._sorted(legs[leg], part)


def _chunks(starts: Ints, count: int) -> Iterator[tuple[int, int]]:
    """Return ranges of runs that hold about `CHUNK_ROWS` rows each."""
    marks = np.searchsorted(starts, np.arange(0, count, CHUNK_ROWS))
    return pairwise([*(int(m) for m in np.unique(marks)), len(starts)])


def _between(pairs: Pairs, first: int, last: int) -> Pairs:
    a, b = np.searchsorted(pairs[0], [first, last])
    return pairs[0][a:b], pairs[1][a:b]


def _join(found: list[Pairs]) -> Pairs:
    none = np.array([], dtype=np.int64)
    rows, zone = zip((none, none), *found, strict=True)
    return np.concatenate(rows), np.concatenate(zone)
