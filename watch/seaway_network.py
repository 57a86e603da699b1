"""The sea as a ship finds it: where land lies, and a network of ways along coasts, through straits and canals.

Land is a raster of the bundled coast, so that a way is tested by looking up points along it. The network is the one of
the `searoute` package; its edges are trusted as they are, since straits and canals are narrower than the raster.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watch.coast import read_coast
from watch.geodesy import (
    EARTH_RADIUS_M,
    NM_M,
    Bools,
    Floats,
    Ints,
    arc_m,
    distance_m,
    from_unit_vectors,
    unit_vectors,
    wrap_lon,
)
from watch.runs import ranges
from watch.searoute_data import read_searoute

_PX_PER_DEG = 20  # own: 3 nm; finer brings nothing that Natural Earth's 10 m coast knows of
_PAST_SEAM_DEG = 12  # the bundled coast runs on past 180° to 190.4°
_STEP_NM = 2.5  # own: less than a pixel of the raster
_HARBOUR_NM = 6.0  # own: quays and river mouths lie on land in so coarse a raster; two pixels
WHOLE_NM = 1 / 1024  # own: six feet; a power of two, so that sums of its multiples are exact
_CHUNK_SAMPLES = 1 << 18  # bounds the memory of one look-up at about 40 MB
#: Passages closed unless asked for: ice shuts the Northwest Passage to all but a few ships.
CLOSED = frozenset({"northwest"})
#: South, west, north, east of inland ways closed to sea-going ships: the Volga and Don, river craft alone.
_INLAND_BOX_DEG = (46.0, 39.9, 50.0, 48.2)


@cache
def land_raster() -> Bools:
    """Return which pixels are land, rows from 90°S, columns from 180°W; a pixel is what its middle is."""
    lon, lat, starts = read_coast()
    after = np.arange(1, len(lon) + 1)  # the corner after each
    after[np.append(starts[1:], len(lon)) - 1] = starts
    height, width = 180 * _PX_PER_DEG, (360 + _PAST_SEAM_DEG) * _PX_PER_DEG
    rows = np.ceil((np.stack([lat, lat[after]]) + 90) * _PX_PER_DEG - 0.5).astype(np.int64)
    low, count = rows.min(axis=0), np.abs(rows[1] - rows[0])
    edge, row = ranges(low, count)
    y = (row + 0.5) / _PX_PER_DEG - 90
    x = lon[edge] + (y - lat[edge]) * (lon[after] - lon)[edge] / (lat[after] - lat)[edge]
    column = np.ceil((x + 180) * _PX_PER_DEG - 0.5).astype(np.int64)
    crossings = np.zeros((height, width + 1), dtype=np.uint8)
    np.add.at(crossings, (row, np.minimum(column, width)), 1)
    inside = (np.bitwise_xor.accumulate(crossings & 1, axis=1) == 1)[:, :width]
    whole, past = inside[:, : 360 * _PX_PER_DEG], inside[:, 360 * _PX_PER_DEG :]
    whole[:, : past.shape[1]] |= past
    return np.ascontiguousarray(whole)


def on_land(lat: Floats, lon: Floats) -> Bools:
    """Return which points lie on land, to the pixel of 3 nm."""
    row = np.clip(((lat + 90) * _PX_PER_DEG).astype(np.int64), 0, 180 * _PX_PER_DEG - 1)
    column = ((lon + 180) * _PX_PER_DEG).astype(np.int64) % (360 * _PX_PER_DEG)
    return np.asarray(land_raster()[row, column])


def crosses_land(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Bools:
    """Return which great circles lead over land.

    Notes
    -----
    Looked at every 2.5 nm. An end that lies on land itself (a quay, a river mouth) has its first 6 nm free.
    """
    near, far = unit_vectors(lat1, lon1), unit_vectors(lat2, lon2)
    angle = arc_m(np.linalg.norm(near - far, axis=1)) / EARTH_RADIUS_M
    length = angle * EARTH_RADIUS_M / NM_M
    begin, end = on_land(lat1, lon1) * _HARBOUR_NM, length - on_land(lat2, lon2) * _HARBOUR_NM
    count = np.where(length > 0, np.maximum(np.floor((end - begin) / _STEP_NM) + 1, 0), 0).astype(np.int64)
    out = np.zeros(len(length), dtype=bool)
    for a, b in _chunks(count):
        line, step = ranges(np.zeros(b - a, dtype=np.int64), count[a:b])
        line += a
        part = (begin[line] + step * _STEP_NM) / length[line]
        turn = angle[line]
        at = np.sin((1 - part) * turn)[:, None] * near[line] + np.sin(part * turn)[:, None] * far[line]
        hit = on_land(*from_unit_vectors(at))
        out[line[hit]] = True
    return out


def _chunks(count: Ints) -> Iterator[tuple[int, int]]:
    """Yield ranges of lines of about `_CHUNK_SAMPLES` samples."""
    upto = np.cumsum(count)
    marks = np.searchsorted(upto, np.arange(0, int(upto[-1]) if len(upto) else 0, _CHUNK_SAMPLES))
    bounds = [*np.unique(np.append(0, marks)).tolist(), len(count)]
    yield from pairwise(bounds)


@dataclass(frozen=True, eq=False)
class Network:
    """Way-points and the ways between them.

    Attributes
    ----------
    lat, lon
        Degrees of each way-point.
    begin, end
        Way-points at both ends of each way.
    nm
        Length of each way in nautical miles, along the great circle.
    """

    lat: Floats
    lon: Floats
    begin: Ints
    end: Ints
    nm: Floats

    @cached_property
    def vectors(self) -> Floats:
        """Unit vectors of the way-points."""
        return unit_vectors(self.lat, self.lon)

    @cached_property
    def _ways(self) -> list[list[tuple[int, float]]]:
        ways: list[list[tuple[int, float]]] = [[] for _ in self.lat]
        for a, b, nm in zip(self.begin.tolist(), self.end.tolist(), self.nm.tolist(), strict=True):
            ways[a].append((b, nm))
            ways[b].append((a, nm))
        return ways

    def distances_nm(self, seeds: Ints, seeds_nm: Floats, limit_nm: float = np.inf) -> Floats:
        """Return the least distance to every way-point from a place that lies `seeds_nm` off those of `seeds`.

        Way-points further than `limit_nm`, and those no way leads to, are infinitely far.
        """
        out = [np.inf] * len(self.lat)
        heap = [(d, n) for d, n in zip(seeds_nm.tolist(), seeds.tolist(), strict=True) if d <= limit_nm]
        heapq.heapify(heap)
        while heap:
            nm, node = heapq.heappop(heap)
            if nm >= out[node]:
                continue
            out[node] = nm
            for other, way_nm in self._ways[node]:
                if nm + way_nm < out[other] and nm + way_nm <= limit_nm:
                    heapq.heappush(heap, (nm + way_nm, other))
        return np.asarray(out)


@cache
def read_network(closed: frozenset[str] = CLOSED) -> Network:
    """Return the network of the `searoute` package without the passages in `closed`.

    Parameters
    ----------
    closed
        Names as the package gives them, among them suez, panama, malacca, ormuz, northwest.

    Raises
    ------
    ConfigError
        When the package is not installed or has lost its network.
    """
    ends, passage = _edges()
    places, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    lat, lon = places[:, 1], places[:, 0]
    begin, end = node.reshape(-1, 2).T
    south, west, north, east = _INLAND_BOX_DEG
    inland = (lat > south) & (lat < north) & (lon > west) & (lon < east)
    kept = ~(np.isin(passage, sorted(closed)) | inland[begin] | inland[end])
    begin, end = begin[kept], end[kept]
    return Network(lat, lon, begin, end, whole(distance_m(lat[begin], lon[begin], lat[end], lon[end]) / NM_M))


def whole(nm: Floats) -> Floats:
    """Return lengths as whole multiples of `WHOLE_NM`, of which sums are exact in any order."""
    return np.asarray(np.rint(nm / WHOLE_NM) * WHOLE_NM)


def _edges() -> tuple[Floats, NDArray[np.str_]]:
    """Return both ends (longitude, latitude) of every edge, and the passage that it leads through."""
    parts, names = [], []
    for feature in read_searoute("marnet_searoute.geojson", "sea distance"):
        for line in _lines(feature["geometry"]):
            points = np.array([p[:2] for p in line], dtype=np.float64)
            parts.append(np.hstack([points[:-1], points[1:]]))
            names += [feature["properties"].get("passage") or ""] * (len(points) - 1)
    ends = np.vstack(parts).reshape(-1, 2, 2)
    ends[..., 0] = wrap_lon(ends[..., 0])
    return np.round(ends, 4) + 0.0, np.array(names)  # adding 0.0 makes -0.0 and 0.0 one place


def _lines(geometry: dict[str, Any]) -> list[list[list[float]]]:
    told = geometry["coordinates"]
    return [told] if geometry["type"] == "LineString" else list(told)
