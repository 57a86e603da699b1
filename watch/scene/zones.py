"""The zones of a scene: those that something happened in, those within reach, and those near the tracks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from watch.geodesy import Floats
from watch.zones.geofences import Zones
from watch.zones.kinds import PORT_KINDS

_NEAR_DEG = 0.2  # own: 12 nm of latitude
_NEAR_MAX = 60
_HALF = 1 << 12  # more cells than half-way round
_OUTLINE = 200  # own: a zone is drawn with corners a 200th of its size apart
_FINEST_DEG, _COARSEST_DEG = 1e-4, 0.03  # own: a pixel of a map of a few hundred miles
_CIRCLE = 32
_DEG_M = 111_195.0
_NEAR_KINDS = PORT_KINDS | {"sts_zone", "chokepoint"}


def scene_zones(zones: Zones, named: Iterable[str], lat: Floats, lon: Floats) -> list[dict[str, Any]]:
    """Return zones as a scene draws them, those that are named first.

    Parameters
    ----------
    zones
        All that there are.
    named
        Ids of zones that must be there; ids that are not configured any more are passed over.
    lat, lon
        Places of the tracks, degrees: at most sixty of the places to call at near them are added.
    """
    ids = [z for z in dict.fromkeys(named) if z in zones.by_id]
    ids += [z for z in _near(zones, lat, lon) if z not in ids]
    return [_drawn(zones, zone_id) for zone_id in ids]


def _near(zones: Zones, lat: Floats, lon: Floats) -> list[str]:
    """Return the zones to call at near the tracks, those with the most fixes first."""
    x, y = (np.rint(v / _NEAR_DEG).astype(np.int64) + _HALF for v in (lon, lat))
    keys, count = np.unique(x * 2 * _HALF + y, return_counts=True)
    cells = np.column_stack([keys // (2 * _HALF), keys % (2 * _HALF)]) - _HALF
    table = zones.table[zones.table["kind"].isin(_NEAR_KINDS)]
    tree = shapely.STRtree(table.geometry.to_numpy())
    point, zone = tree.query(shapely.points(cells * _NEAR_DEG), predicate="dwithin", distance=_NEAR_DEG)
    weight = np.bincount(zone, count[point], minlength=len(table))
    order = np.argsort(-weight, kind="stable")[:_NEAR_MAX]
    return [str(z) for z in table["zone_id"].to_numpy()[order[weight[order] > 0]]]


def _drawn(zones: Zones, zone_id: str) -> dict[str, Any]:
    rows = zones.table[zones.table["zone_id"] == zone_id]
    shape = rows.geometry.iloc[0] if len(rows) else None
    return {**zones.get(zone_id).public(), "rings": _circle(zones, zone_id) if shape is None else _outline(shape)}


def _outline(shape: shapely.Geometry) -> list[list[list[float]]]:
    west, south, east, north = shapely.bounds(shape)
    tolerance_deg = min(max(max(east - west, north - south) / _OUTLINE, _FINEST_DEG), _COARSEST_DEG)
    rings = shapely.get_rings(shapely.get_parts(shapely.simplify(shape, tolerance_deg)))
    return [np.round(shapely.get_coordinates(ring), 4).tolist() for ring in rings]


def _circle(zones: Zones, zone_id: str) -> list[list[list[float]]]:
    """Return the outline of a port that is known as a place and a radius."""
    port = zones.ports[zones.ports["zone_id"] == zone_id].iloc[0]
    lat, lon, radius_deg = float(port["lat"]), float(port["lon"]), float(port["radius_m"]) / _DEG_M
    turn = np.linspace(0, 2 * np.pi, _CIRCLE + 1)
    east = radius_deg * np.cos(turn) / max(np.cos(np.radians(lat)), 0.01)
    return [np.round(np.column_stack([lon + east, lat + radius_deg * np.sin(turn)]), 4).tolist()]
