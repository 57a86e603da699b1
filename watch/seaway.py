"""Distance over the sea, in nautical miles: the great circle where it is open, else the way round the land.

Notes
-----
Every distance is at least the great circle. Ways join at the way-points of `seaway_network`; against twenty
port-to-port distances as they are commonly told, rounded, they are between 5 % too short and 5 % too long
(tests/test_seaway.py holds the table).
Depth, ice, traffic schemes and tolls are not known here: this is what a ship could do, not what she would.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from watch.geodesy import NM_M, Floats, Ints, arc_m, distance_m, unit_vectors
from watch.seaway_network import CLOSED, Network, crosses_land, on_land, read_network, whole

Shapes = NDArray[np.object_]

_NEAREST = (24, 200)  # own: way-points looked at from a place, and then where none of these is in sight
_RIVER_NM = 60.0  # own: a ship up a river reaches the next way-point along it
_ANCHOR_NM = 10.0  # own: a zone's border stands as points so far apart
_ANCHORS = (24, 128)  # own: least and most of them
_CHUNK_ROWS = 512


class Seaway:
    """The open sea with some passages closed; remembers the ways from every zone it was asked for."""

    def __init__(self, closed: frozenset[str] = CLOSED) -> None:
        self.network: Network = read_network(closed)
        self._trees: dict[bytes, Floats] = {}
        self._goals: dict[bytes, tuple[Ints, Floats]] = {}

    def between_nm(
        self,
        lat1: ArrayLike,
        lon1: ArrayLike,
        lat2: ArrayLike,
        lon2: ArrayLike,
        limit_nm: ArrayLike = np.inf,
    ) -> Floats:
        """Return the distance over the sea from each place to its partner.

        Infinite where no way is known, and where it is longer than `limit_nm` (one for all, or one for each).
        """
        ends = (np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
        from_lat, from_lon, to_lat, to_lon = ends
        out = distance_m(from_lat, from_lon, to_lat, to_lon) / NM_M
        limits = np.broadcast_to(np.asarray(limit_nm, dtype=np.float64), out.shape)
        near = np.flatnonzero(out <= limits)
        shut = near[crosses_land(*(x[near] for x in (from_lat, from_lon, to_lat, to_lon)))]
        places = np.concatenate([np.stack([from_lat, from_lon])[:, shut], np.stack([to_lat, to_lon])[:, shut]], axis=1)
        different, place = np.unique(places, axis=1, return_inverse=True)
        nodes, nodes_nm = _links(self.network, *different)
        starts, goals = place.reshape(2, -1)
        for start, goal, row in zip(starts.tolist(), goals.tolist(), shut.tolist(), strict=True):
            ways = self.network.distances_nm(nodes[start], nodes_nm[start], float(limits[row]))
            out[row] = max(out[row], (ways[nodes[goal]] + nodes_nm[goal]).min())
        out[out > limits] = np.inf
        return out

    def to_shapes_nm(self, lat: ArrayLike, lon: ArrayLike, shapes: Shapes, which: Ints) -> Floats:
        """Return the distance over the sea from each place to the zone `shapes[which]`, 0 inside it.

        Parameters
        ----------
        lat, lon
            Degrees, n of each.
        shapes
            Polygons of the zones, in degrees.
        which
            For each place the index of its zone.
        """
        lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
        out, blocked = np.zeros(len(lats)), np.zeros(len(lats), dtype=bool)
        order = np.argsort(which, kind="stable")
        zones, first = np.unique(which[order], return_index=True)
        for zone, rows in zip(zones.tolist(), np.split(order, first[1:]), strict=False):
            out[rows], blocked[rows] = _straight_nm(shapes[zone], lats[rows], lons[rows])
        shut = np.flatnonzero(blocked)
        places, place = np.unique(np.column_stack([lats, lons])[shut], axis=0, return_inverse=True)
        out[shut] = np.maximum(out[shut], self._ways_nm(places, place.ravel(), shapes, which[shut]))
        return out

    def _ways_nm(self, places: Floats, place: Ints, shapes: Shapes, which: Ints) -> Floats:
        """Return the way by way-points from each place to its zone: a tree of ways for each of the fewer of the two.

        Lengths are sums of whole parts of a mile (`seaway_network.WHOLE_NM`), so both directions give the same.
        """
        out = np.empty(len(place))
        nodes, nodes_nm = _links(self.network, places[:, 0], places[:, 1])
        asked = np.unique(which).tolist()
        fewer_places = len(places) < sum(shapely.to_wkb(shapes[zone]) not in self._trees for zone in asked)
        trees = [self.network.distances_nm(*link) for link in zip(nodes, nodes_nm, strict=True)] if fewer_places else []
        for zone in asked:
            rows = np.flatnonzero(which == zone)
            if fewer_places:
                goal, goal_nm = self._goal(shapely.to_wkb(shapes[zone]))
                from_place = np.array([(tree[goal] + goal_nm).min() for tree in trees])
                out[rows] = from_place[place[rows]]
            else:
                out[rows] = (self._tree(shapes[zone])[nodes[place[rows]]] + nodes_nm[place[rows]]).min(axis=1)
        return out

    def _goal(self, wkb: bytes) -> tuple[Ints, Floats]:
        """Return the way-points in sight of the places that stand for a zone, and how far they are."""
        if wkb not in self._goals:
            nodes, nm = _links(self.network, *_anchors(wkb))
            self._goals[wkb] = nodes.ravel(), nm.ravel()
        return self._goals[wkb]

    def _tree(self, shape: shapely.Geometry) -> Floats:
        """Return the distance of every way-point from a zone."""
        key = shapely.to_wkb(shape)
        if key not in self._trees:
            self._trees[key] = self.network.distances_nm(*self._goal(key))
        return self._trees[key]


@cache
def open_seaway(closed: frozenset[str] = CLOSED) -> Seaway:
    """Return the sea with some passages closed, one for each choice in a process."""
    return Seaway(closed)


def great_circle_nm(lat: Floats, lon: Floats, shapes: Shapes) -> Floats:
    """Return an (n, zones) table of great-circle distances to the nearest point of each zone, a lower bound.

    It may be a few miles too short, never too long: each zone stands as the circle about it.
    """
    y, x = middles(shapes)
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    reach = np.zeros(len(shapes))
    np.maximum.at(reach, of, distance_m(y[of], x[of], corners[:, 1], corners[:, 0]))
    apart = distance_m(lat[:, None], lon[:, None], y, x)
    return np.asarray(np.maximum(apart - reach, 0.0) / NM_M)


def middles(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return latitude and longitude of the middle of each zone: of its largest part, since some are cut at 180°."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    largest = np.lexsort([-shapely.area(parts), of])[np.searchsorted(of, np.arange(len(shapes)))]
    middle = shapely.centroid(parts[largest])
    return shapely.get_y(middle), shapely.get_x(middle)


def _straight_nm(shape: shapely.Geometry, lat: Floats, lon: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the great circle from each place to a zone, and whether it leads over land."""
    anchor_lat, anchor_lon = _anchors(shapely.to_wkb(shape))
    apart = distance_m(lat[:, None], lon[:, None], anchor_lat, anchor_lon) / NM_M
    nearest = apart.argmin(axis=1)
    inside = shapely.intersects_xy(shape, lon, lat)
    shut = crosses_land(lat, lon, anchor_lat[nearest], anchor_lon[nearest]) & ~inside
    return np.where(inside, 0.0, apart.min(axis=1)), shut


@cache
def _anchors(wkb: bytes) -> tuple[Floats, Floats]:
    """Return the places at sea that stand for a zone: its middle and its border; all of them if it lies on land."""
    shape = shapely.from_wkb(wkb)
    lonlat = [np.column_stack(middles(np.array([shape], dtype=object)))[:, ::-1]]
    for ring in shapely.get_exterior_ring(shapely.get_parts(shape)):
        count = int(np.clip(shapely.length(ring) * 60 / _ANCHOR_NM, *_ANCHORS))
        along = shapely.line_interpolate_point(ring, np.arange(count) / count, normalized=True)
        lonlat.append(shapely.get_coordinates(along))
    lon, lat = np.concatenate(lonlat).T
    wet = ~on_land(lat, lon)
    return (lat[wet], lon[wet]) if wet.any() else (lat, lon)


def _links(network: Network, lat: Floats, lon: Floats) -> tuple[Ints, Floats]:
    """Return way-points in sight of each place and how far they are, infinitely far where land lies between.

    A place with none in sight, as up a river, has the nearest one.
    """
    count, more = _NEAREST
    nodes, nm, shut = _seen(network, lat, lon, count)
    blind = np.flatnonzero(shut.all(axis=1) & ~on_land(lat, lon))
    if len(blind):
        wider = _seen(network, lat[blind], lon[blind], more)
        best = np.argsort(wider[1] + 1e6 * wider[2], axis=1, kind="stable")[:, :count]
        nodes[blind], nm[blind], shut[blind] = (np.take_along_axis(x, best, axis=1) for x in wider)
    stuck = np.flatnonzero(shut.all(axis=1))
    nearest = nm[stuck].argmin(axis=1)
    shut[stuck, nearest] = nm[stuck, nearest] > _RIVER_NM
    return nodes, np.where(shut, np.inf, whole(nm))


def _seen(network: Network, lat: Floats, lon: Floats, count: int) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Return the `count` nearest way-points of each place, how far they are, and which are out of sight."""
    nodes = np.empty((len(lat), count), dtype=np.int64)
    here = unit_vectors(lat, lon)
    for a in range(0, len(lat), _CHUNK_ROWS):
        away = -(here[a : a + _CHUNK_ROWS] @ network.vectors.T)
        nodes[a : a + _CHUNK_ROWS] = np.argpartition(away, count, axis=1)[:, :count]
    flat = nodes.ravel()
    nm = arc_m(np.linalg.norm(np.repeat(here, count, axis=0) - network.vectors[flat], axis=1)) / NM_M
    shut = crosses_land(np.repeat(lat, count), np.repeat(lon, count), network.lat[flat], network.lon[flat])
    return nodes, nm.reshape(-1, count), shut.reshape(-1, count)
