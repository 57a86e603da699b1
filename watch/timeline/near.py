"""Pairs of what lies near in place and in time, without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from watch.geodesy import NM_M, Floats, Ints, arc_m, cube_keys, unit_vectors
from watch.runs import ranges

_SIDE = (-1, 0, 1)
_CUBES = [(i, j, k) for i in _SIDE for j in _SIDE for k in _SIDE]  # a cube and all that touch it
_SECOND_US = 1_000_000
_CHUNK_PAIRS = 1 << 21  # bounds the memory of the pairs under way at about 100 MB


@dataclass(frozen=True)
class Spots:
    """Places with the time from which and up to which each holds, n of each; both times are included."""

    lat: Floats
    lon: Floats
    from_us: Ints
    to_us: Ints


def find_near(left: Spots, right: Spots, near_nm: float) -> tuple[Ints, Ints]:
    """Return every pair of a left and a right spot at most `near_nm` apart whose times touch, sorted.

    Parameters
    ----------
    left
        Spots that may last.
    right
        Spots of one moment: only their `from_us` is asked.
    near_nm
        Great-circle distance in nautical miles.

    Examples
    --------
    >>> none = Spots(*(np.array([], dtype=t) for t in (float, float, int, int)))
    >>> [side.tolist() for side in find_near(none, none, 100.0)]
    [[], []]
    """
    pairs = [np.empty((2, 0), dtype=np.int64)]
    if len(left.lat) and len(right.lat):
        here, there = unit_vectors(left.lat, left.lon), unit_vectors(right.lat, right.lon)
        for a, b in _candidates(left, right, here, there, near_nm):
            at_us = right.from_us[b]
            kept = (arc_m(np.linalg.norm(here[a] - there[b], axis=1)) <= near_nm * NM_M) & (at_us >= left.from_us[a])
            kept &= at_us <= left.to_us[a]
            pairs.append(np.stack([a[kept], b[kept]]))
    a, b = np.concatenate(pairs, axis=1)
    order = np.lexsort([b, a])
    return a[order], b[order]


def _candidates(left: Spots, right: Spots, here: Floats, there: Floats, near_nm: float) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs in the same or touching cubes whose times touch to the second."""
    cubes, cube = np.unique(cube_keys(there, near_nm * NM_M), return_inverse=True)
    first_us = right.from_us.min()
    span = int((right.from_us.max() - first_us) // _SECOND_US) + 1
    mark = cube * span + (right.from_us - first_us) // _SECOND_US
    order = np.argsort(mark, kind="stable")
    mark = mark[order]
    begin, end = (np.clip((t - first_us) // _SECOND_US, -1, span) for t in (left.from_us, left.to_us))
    for offset in _CUBES:
        key = cube_keys(here, near_nm * NM_M, offset)
        place = np.minimum(np.searchsorted(cubes, key), len(cubes) - 1)
        low = np.searchsorted(mark, place * span + np.maximum(begin, 0), side="left")
        high = np.searchsorted(mark, place * span + np.minimum(end, span - 1), side="right")
        count = np.where((cubes[place] == key) & (begin < span) & (end >= 0), np.maximum(high - low, 0), 0)
        for a, b in _blocks(count):
            row, at = ranges(low[a:b], count[a:b])
            yield row + a, order[at]


def _blocks(count: Ints) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that have about `_CHUNK_PAIRS` partners together."""
    upto = np.cumsum(count)
    marks = np.unique(np.searchsorted(upto, np.arange(_CHUNK_PAIRS, int(upto[-1]), _CHUNK_PAIRS))).tolist()
    bounds = [0, *(m for m in marks if m), len(count)]
    yield from pairwise(bounds)
