"""Faults that real files have: fixes twice, late, in the same second, or with values "not available"."""

from __future__ import annotations

import numpy as np
import pandas as pd

from watch.scenarios.model import Faults

#: ITU-R M.1371: the value that stands for "not available".
NOT_AVAILABLE: dict[str, dict[str, float | str]] = {
    "no_position": {"lat": 91.0, "lon": 181.0},
    "no_speed": {"sog_kn": 102.3},
    "no_course": {"cog_deg": 360.0},
    "no_heading": {"heading_deg": 511.0},
    "no_imo": {"imo": 0},
    "no_name": {"name": "@" * 20},
}
SAME_SECOND_DEG = 0.0003  # own: 33 m, what a ship moves while two receivers' clocks differ


def add_faults(rows: pd.DataFrame, faults: Faults, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows of a ship with the told shares of them made faulty.

    Parameters
    ----------
    rows
        `columns.RAW` without `line`, and `order_s`, by which the rows are written.
    faults
        Shares of the rows.
    rng
        A stream of its own, so that faults do not move the track.
    """
    if not faults.model_fields_set:
        return rows
    rows = pd.concat([rows, _twins(rows, faults, rng)], ignore_index=True)
    for kind, values in NOT_AVAILABLE.items():
        chosen = rng.random(len(rows)) < getattr(faults, kind)
        for column, value in values.items():
            rows.loc[chosen, column] = value
    late_s = rng.uniform(0, faults.late_min * 60, len(rows)).astype(np.int64)
    rows["order_s"] += np.where(rng.random(len(rows)) < faults.late, late_s, 0)
    typo = rng.random(len(rows)) < faults.short_mmsi
    rows.loc[typo, "mmsi"] = rows.loc[typo, "mmsi"] // 10
    return rows


def _twins(rows: pd.DataFrame, faults: Faults, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows that come a second time: as they were, or a little moved in the same second."""
    same = rows[rng.random(len(rows)) < faults.duplicate]
    moved = rows[rng.random(len(rows)) < faults.same_second].copy()
    moved["lat"] += SAME_SECOND_DEG
    return pd.concat([same, moved])
