"""The bundled coast: the corners of the world's land."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from watch.geodesy import Floats, Ints


@cache
def read_coast() -> tuple[Floats, Floats, Ints]:
    """Return longitude and latitude of every corner of the land, and where each ring begins."""
    table = pq.ParquetFile(Path(__file__).resolve().parent / "data" / "coast.parquet").read()
    lon, lat = (np.cumsum(table[key].to_numpy().astype(np.int64)) / 1000 for key in ("lon_e3", "lat_e3"))
    ring = table["ring"].to_numpy()
    return lon, lat, np.append(0, np.flatnonzero(np.diff(ring)) + 1).astype(np.int64)
