"""Makes the land that maps are drawn on: `make_coast.py WORLD_ATLAS_FOLDER [OUT_FILE]`.

Needs `countries-10m.json` of the npm package world-atlas (see `natural_earth.py`). Writes a Parquet table of rings, one
row a corner: `ring` counts them, `lon_e3` and `lat_e3` are thousandths of a degree, as steps from the corner before.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from natural_earth import read_land

from watch.chart.base import join_at_seam

TOLERANCE_DEG = 0.008  # about half a mile: finer than a port map shows
LEAST_DEG2 = 2e-4  # smaller islets are left out
NOTE = "Natural Earth 1:10m land (public domain) by npm world-atlas 2.0.2, simplified; not for navigation"


def make_coast(folder: Path, out: Path) -> None:
    """Write the coast file."""
    land = [p for p in read_land(folder / "countries-10m.json") if p.area >= LEAST_DEG2]
    simple = shapely.normalize(shapely.make_valid(shapely.simplify(land, TOLERANCE_DEG)))
    polygons = [p for p in shapely.get_parts(simple) if p.geom_type == "Polygon" and p.area >= LEAST_DEG2]
    rings = shapely.get_rings(shapely.orient_polygons(join_at_seam(polygons)))
    corners = np.round(shapely.get_coordinates(rings) * 1000).astype(np.int64)
    ring = np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
    steps = np.diff(corners, axis=0, prepend=0).astype(np.int32)
    columns = {"ring": ring.astype(np.int32), "lon_e3": steps[:, 0], "lat_e3": steps[:, 1]}
    table = pa.table(columns, metadata={"source": NOTE})
    packed = dict.fromkeys(columns, "DELTA_BINARY_PACKED")
    pq.write_table(table, out, compression="zstd", compression_level=19, use_dictionary=False, column_encoding=packed)
    print(f"{out.name}: {len(rings)} rings, {len(corners)} corners, {out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    make_coast(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else here / "watch/data/coast.parquet")
