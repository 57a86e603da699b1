"""Values as JSON can hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def iso(moment: Any) -> str | None:
    """Return a moment as text in UTC, None for a missing one.

    Examples
    --------
    >>> iso(pd.Timestamp("2020-05-05T06:00Z"))
    '2020-05-05T06:00:00Z'
    """
    if moment is None or pd.isna(moment):
        return None
    stamp = pd.Timestamp(moment)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.strftime("%Y-%m-%dT%H:%M:%S" + (".%fZ" if stamp.microsecond else "Z"))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: None for anything missing, no numpy types, no infinities."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        return iso(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
