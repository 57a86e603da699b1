"""Says which zones overlap a zone and which lie near it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from watch.geodesy import NM_M, distance_m, wrap_lon
from watch.zones.geofences import Zones

Floats = NDArray[np.float64]
_DEG_NM = 60.0  # a degree of latitude


def find_neighbours(zones: Zones, zone_id: str, within_nm: float) -> list[tuple[str, float]]:
    """Return (zone id, distance in nm) of the polygon zones and ports about a zone, the nearest first.

    Zones that overlap it lie at 0. The distance is taken on a plane about the middle of the zone, so that it is
    good for zones of a few hundred miles.
    """
    shape, centre = zone_shape(zones, zone_id)
    if shape is None:
        return _about_port(zones, zone_id, centre, within_nm)
    west, south, east, north = _padded(shapely.bounds(shape), within_nm)
    around = [shapely.box(west + turn, south, east + turn, north) for turn in (-360.0, 0.0, 360.0)]
    near = zones.table[shapely.intersects(zones.table.geometry.to_numpy(), shapely.union_all(around))]
    near = near[near["zone_id"] != zone_id]
    shapes = near.geometry.to_numpy()
    gaps = np.where(shapely.intersects(shapes, shape), 0.0, _plane_nm(shapes, shape, centre))
    return _nearest(near["zone_id"].tolist(), gaps, within_nm)


def zone_shape(zones: Zones, zone_id: str) -> tuple[shapely.Geometry | None, tuple[float, float]]:
    """Return the polygons of a zone (None for a world port) and the latitude and longitude of its middle."""
    row = zones.table[zones.table["zone_id"] == zone_id]
    if len(row):
        shape = row.geometry.iloc[0]
        largest = max(shapely.get_parts(shape), key=shapely.area)
        return shape, (largest.centroid.y, largest.centroid.x)
    port = zones.ports[zones.ports["zone_id"] == zone_id].iloc[0]
    return None, (float(port["lat"]), float(port["lon"]))


def _about_port(zones: Zones, zone_id: str, centre: tuple[float, float], within_nm: float) -> list[tuple[str, float]]:
    point = shapely.Point(centre[1], centre[0])
    shapes = zones.table.geometry.to_numpy()
    gaps = np.where(shapely.intersects(shapes, point), 0.0, _plane_nm(shapes, point, centre))
    others = zones.ports[(zones.ports["zone_id"] != zone_id) & (zones.ports["kind"] == "world_port")]
    apart = distance_m(*centre, others["lat"].to_numpy(), others["lon"].to_numpy()) / NM_M
    ids = [*zones.table["zone_id"], *others["zone_id"]]
    return _nearest(ids, np.append(gaps, apart), within_nm)


def _plane_nm(shapes: NDArray[np.object_], other: shapely.Geometry, centre: tuple[float, float]) -> Floats:
    def flatten(xy: Floats) -> Floats:
        east = wrap_lon(xy[:, 0] - centre[1]) * np.cos(np.radians(centre[0]))
        return np.column_stack([east, xy[:, 1]]) * _DEG_NM

    flat = shapely.transform(shapes, flatten)
    return np.asarray(shapely.distance(flat, shapely.transform(other, flatten)), dtype=np.float64)


def _padded(bounds: Floats, pad_nm: float) -> tuple[float, float, float, float]:
    lat_pad = pad_nm / _DEG_NM
    widest = min(max(abs(bounds[1]), abs(bounds[3])) + lat_pad, 89.0)
    lon_pad = lat_pad / np.cos(np.radians(widest))
    return bounds[0] - lon_pad, bounds[1] - lat_pad, bounds[2] + lon_pad, bounds[3] + lat_pad


def _nearest(ids: list[str], gaps_nm: Floats, within_nm: float) -> list[tuple[str, float]]:
    found = [(i, float(gap)) for i, gap in zip(ids, gaps_nm, strict=True) if gap <= within_nm]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))
