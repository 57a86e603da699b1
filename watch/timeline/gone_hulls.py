"""Hulls that are no more, or never were what their number says: their IMO numbers must not be heard again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from watch.paths import bundled


@cache
def load_gone_hulls(file: Path | None = None) -> pd.DataFrame:
    """Return the hulls of `file` (default: those that travel with Shipwatch): imo, name, status, since_at, source.

    Notes
    -----
    `status` is scrapped, sunk or laundered (a number obtained by fraud). `since_at` is the first moment at which the
    number's use is worth a word; where a source knows only the month or year, it is that month's or year's end.
    """
    rows = pd.read_csv(file or bundled("rules") / "gone_hulls.csv", dtype={"imo": "int64"}, encoding="utf-8")
    rows["since_at"] = pd.to_datetime(rows["since"], utc=True).astype("datetime64[us, UTC]")
    return rows[["imo", "name", "status", "since_at", "source"]]
