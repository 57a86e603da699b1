"""Makes the approximate waters of every coastal state: `make_waters.py WORLD_ATLAS_FOLDER [OUT_FOLDER]`.

Needs scipy (not a dependency of Shipwatch) and `countries-10m.json` of the npm package world-atlas (see
`natural_earth.py`). Writes `waters_12nm.geojson` and `waters_200nm.geojson`.

How: the land is grown by 12 or 200 nm in pieces of at most 5°, each on an azimuthal equidistant plane of its own;
the sea is shared out by a spherical Voronoi diagram of points every 3 km along the coasts, so that the nearest
coast wins; land further than 2 nm from the sea is taken out, so that harbours and the error of the drawing belong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import shapely
from natural_earth import State, read_land, read_states, wrap
from numpy.typing import NDArray
from scipy.spatial import SphericalVoronoi

from watch.geodesy import EARTH_RADIUS_M, NM_M, from_unit_vectors, unit_vectors

Floats = NDArray[np.float64]
STRIP_NM = 2.0  # land this near to the sea stays in: harbours, estuaries, error of the drawing
PIECE_DEG = 5.0
COAST_STEP_M = 3_000.0
SOURCE = "Natural Earth 1:10m (public domain) by npm world-atlas 2.0.2; nearest coast wins"
NOTE = (
    "Approximate: {nm} nm from the drawn coast (not from legal baselines), halfway between coasts of different "
    "states (not agreed boundaries), with 2 nm of land so that harbours belong. De facto lines; no statement on "
    "sovereignty. Not for navigation."
)
#: Distance, simplification (degrees at the equator), decimals, smallest inland hole kept (square degrees).
LAYERS = ((12.0, 0.03, 3, 0.01), (200.0, 0.03, 2, 0.05))
LEAST_PART = 1e-3  # smaller parts are splinters of the overlay, square degrees
SNAP_DEG = 1e-5


def make_waters(folder: Path, out: Path) -> None:
    """Write both files of waters."""
    states = read_states(folder / "countries-10m.json")
    shares = share_sea(states)
    inland = find_inland(states, read_land(folder / "countries-10m.json"))
    for limit_nm, tolerance_deg, decimals, least_hole in LAYERS:
        band = shapely.difference(grow((p for s in states for p in s.land), limit_nm * NM_M), inland)
        shapely.prepare(band)
        zones = [shapely.intersection(shapely.clip_by_rect(band, *share.bounds), share) for share in shares]
        zones = simplify(zones, tolerance_deg, decimals, least_hole)
        write(out / f"waters_{limit_nm:.0f}nm.geojson", states, zones, limit_nm, decimals)


def share_sea(states: list[State]) -> list[shapely.Geometry]:
    """Return for each state the part of the world that lies nearest to its coast."""
    points, owner = [], []
    for k, state in enumerate(states):
        dense = np.concatenate([densify(line) for line in state.coast])
        points.append(dense)
        owner.append(np.full(len(dense), k))
    lonlat, who = np.concatenate(points), np.concatenate(owner)
    seeds = unit_vectors(lonlat[:, 1], lonlat[:, 0])
    _, first = np.unique(np.round(seeds, 6), axis=0, return_index=True)
    lonlat, who = lonlat[first], who[first]
    voronoi = SphericalVoronoi(seeds[first], threshold=1e-9)
    voronoi.sort_vertices_of_regions()
    lat, lon = from_unit_vectors(voronoi.vertices)
    corners = np.column_stack([lon, lat])
    cells: list[list[shapely.Geometry]] = [[] for _ in states]
    for region, (seed, _), k in zip(voronoi.regions, lonlat, who, strict=True):
        cells[k] += wrap([cell_around(corners[region], seed)])
    return [shapely.union_all(own) for own in cells]


def densify(line: Floats) -> Floats:
    """Return the points of a line with others between them, at most `COAST_STEP_M` apart."""
    if len(line) == 1:
        return line
    step = np.diff(line, axis=0) * np.column_stack([np.cos(np.radians(line[:-1, 1])), np.ones(len(line) - 1)])
    count = np.ceil(np.hypot(*step.T) * np.radians(1) * EARTH_RADIUS_M / COAST_STEP_M).astype(int).clip(1)
    at = np.arange(len(line), dtype=float)
    fine = np.concatenate([k + np.arange(n) / n for k, n in enumerate(count)] + [at[-1:]])
    return np.column_stack([np.interp(fine, at, line[:, 0]), np.interp(fine, at, line[:, 1])])


def cell_around(corners: Floats, seed_lon: float) -> shapely.Geometry:
    """Return a Voronoi cell as a polygon in longitudes near its seed; a cell with a pole in it reaches up to it."""
    lon = seed_lon + (corners[:, 0] - seed_lon + 180) % 360 - 180
    turns = np.diff(np.append(corners[:, 0], corners[0, 0]))
    if abs(((turns + 180) % 360 - 180).sum()) > 180:
        order = np.argsort(lon)
        lon, lat = lon[order], corners[order, 1]
        pole = np.copysign(90.0, lat.mean())
        lon = np.concatenate([[lon[0], *lon, lon[-1]]])
        return shapely.make_valid(shapely.Polygon(np.column_stack([lon, [pole, *lat, pole]])))
    return shapely.make_valid(shapely.Polygon(np.column_stack([lon, corners[:, 1]])))


def find_inland(states: list[State], land: list[shapely.Polygon]) -> shapely.Geometry:
    """Return the land, that of landlocked states too, further than `STRIP_NM` from the sea."""
    lines = [shapely.LineString(line) for s in states for line in s.coast if len(line) > 1]
    strip = grow(lines, STRIP_NM * NM_M)
    return shapely.difference(shapely.union_all(land), strip)


def grow(shapes: Iterable[shapely.Geometry], reach_m: float) -> shapely.Geometry:
    """Return the union of shapes grown by a true distance, cut at 180°."""
    grown: list[shapely.Geometry] = []
    for shape in shapes:
        for piece in cut_in_pieces(shapely.simplify(shape, 0.003)):
            grown += wrap([grow_piece(piece, reach_m)])
    return shapely.union_all(grown)


def cut_in_pieces(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Return a shape in pieces of at most `PIECE_DEG`."""
    x0, y0, x1, y1 = np.floor(np.array(shape.bounds) / PIECE_DEG).astype(int)
    grid = [(x * PIECE_DEG, y * PIECE_DEG) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
    cut = [shapely.clip_by_rect(shape, x, y, x + PIECE_DEG, y + PIECE_DEG) for x, y in grid]
    return [piece for piece in cut if not piece.is_empty]


def grow_piece(piece: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Return a small shape grown on an azimuthal equidistant plane about its centre."""
    x0, y0, x1, y1 = piece.bounds
    lon0, phi0 = (x0 + x1) / 2, np.radians((y0 + y1) / 2)

    def forward(xy: Floats) -> Floats:
        lam, phi = np.radians(xy[:, 0] - lon0), np.radians(xy[:, 1])
        cos_c = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam)
        c = np.arccos(np.clip(cos_c, -1, 1))
        k = np.where(c > 1e-9, c / np.maximum(np.sin(c), 1e-12), 1.0) * EARTH_RADIUS_M
        y = np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam)
        return np.column_stack([k * np.cos(phi) * np.sin(lam), k * y])

    def back(xy: Floats) -> Floats:
        c = np.hypot(*xy.T) / EARTH_RADIUS_M
        sinc = np.where(c > 1e-9, np.sin(c) / np.maximum(c, 1e-12), 1.0) / EARTH_RADIUS_M
        sin_phi = np.cos(c) * np.sin(phi0) + xy[:, 1] * sinc * np.cos(phi0)
        east, north = xy[:, 0] * sinc, np.cos(phi0) * np.cos(c) - xy[:, 1] * sinc * np.sin(phi0)
        return np.column_stack([lon0 + np.degrees(np.arctan2(east, north)), np.degrees(np.arcsin(sin_phi))])

    flat = shapely.buffer(shapely.transform(piece, forward), reach_m, quad_segs=12)
    return shapely.make_valid(shapely.transform(shapely.segmentize(flat, 20_000), back))


def simplify(
    zones: list[shapely.Geometry], tolerance_deg: float, decimals: int, least_hole: float
) -> list[shapely.Geometry]:
    """Return zones with fewer corners and common borders, on a plane where a degree is as wide as it is high."""
    narrow = [shapely.transform(polygons(z), lambda xy: xy * _shrink(xy)) for z in zones]
    fine = [polygons(shapely.set_precision(shapely.make_valid(z), SNAP_DEG)) for z in narrow]
    kept = []
    for zone in shapely.coverage_simplify(fine, tolerance_deg):
        parts = [_without_small_holes(p, least_hole) for p in shapely.get_parts(zone) if p.area >= LEAST_PART]
        wide = shapely.transform(shapely.MultiPolygon(parts), lambda xy: xy / _shrink(xy))
        kept.append(polygons(shapely.set_precision(shapely.make_valid(wide), 10.0**-decimals)))
    return kept


def _shrink(xy: Floats) -> Floats:
    return np.column_stack([np.cos(np.radians(xy[:, 1].clip(-89, 89))), np.ones(len(xy))])


def _without_small_holes(polygon: shapely.Polygon, least: float) -> shapely.Polygon:
    holes = [h for h in polygon.interiors if shapely.Polygon(h).area >= least]
    return shapely.Polygon(polygon.exterior, holes)


def polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return only the polygons of a shape, whatever else overlaying left in it."""
    flat = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([p for p in flat if p.geom_type == "Polygon" and p.area > 0])


def write(path: Path, states: list[State], zones: list[shapely.Geometry], limit_nm: float, decimals: int) -> None:
    """Write one file of waters, a feature a line."""
    lines = []
    for state, zone in zip(states, zones, strict=True):
        if zone.is_empty:
            print(f"{state.iso}: nothing left at {limit_nm:.0f} nm")
            continue
        facts = {
            "id": f"{state.iso.lower()}_{limit_nm:.0f}nm",
            "name": f"{state.name}, {limit_nm:.0f} nm",
            "country": state.iso,
            "kind": f"waters_{limit_nm:.0f}nm",
        }
        whole = shapely.transform(zone, lambda xy: np.round(xy, decimals))
        shape = json.loads(shapely.to_geojson(whole))
        feature = {"type": "Feature", "properties": facts, "geometry": shape}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = {"type": "FeatureCollection", "source": SOURCE, "note": NOTE.format(nm=f"{limit_nm:.0f}")}
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    body = ",\n".join(lines)
    path.write_text(f'{opening}, "features": [\n{body}\n]}}\n', encoding="utf-8")
    print(f"{path.name}: {len(lines)} zones, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    make_waters(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else here / "rules" / "geofences")
