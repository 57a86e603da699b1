"""Made ships and their tracks: synthetic fixes in the columns that a reader yields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from watch.geodesy import NM_M, distance_m

T0 = pd.Timestamp("2021-03-01T00:00:00Z")
Knot = tuple[float, float, float]  # hours after T0, latitude, longitude
Span = tuple[float, float]  # hours after T0
NM_DEG = 1 / 60
AT_REST, UNDER_WAY = 1, 0  # navigational status: at anchor, under way using engine


@dataclass(frozen=True)
class Ship:
    """What a made ship declares beside each of its fixes."""

    mmsi: int
    imo: int | None = None
    name: str | None = None
    callsign: str | None = None
    ship_type: int | None = 80
    length_m: float | None = 244.0
    beam_m: float | None = 42.0
    draught_m: float | None = None
    destination: str | None = None


def track(
    ship: Ship,
    knots: Sequence[Knot],
    *,
    every_min: float = 10.0,
    silent: Iterable[Span] = (),
    told_kn: float | None = None,
    status: int | None = None,
) -> pd.DataFrame:
    """Return the fixes of a ship that is in each place at each time and goes straight between; columns of `RAW`."""
    hours, lats, lons = (np.array(side, dtype=float) for side in zip(*knots, strict=True))
    at_h = np.arange(hours[0], hours[-1] + 1e-9, every_min / 60)
    at_h = at_h[~np.any([np.zeros(len(at_h), bool), *((at_h > a) & (at_h < b) for a, b in silent)], axis=0)]
    leg = np.clip(np.searchsorted(hours, at_h), 1, len(hours) - 1)
    nm = distance_m(lats[:-1], lons[:-1], lats[1:], lons[1:]) / NM_M
    kn = (nm / np.diff(hours))[leg - 1] if told_kn is None else np.full(len(at_h), told_kn)
    resting = np.where(kn < 0.3, AT_REST, UNDER_WAY) if status is None else np.full(len(at_h), status)
    return _rows(ship, at_h, np.interp(at_h, hours, lats), np.interp(at_h, hours, lons), kn, resting)


def _rows(ship: Ship, at_h: Any, lat: Any, lon: Any, kn: Any, status: Any) -> pd.DataFrame:
    fixes = {"fix_at": T0 + pd.to_timedelta(np.round(at_h * 3600), unit="s"), "lat": np.round(lat, 6)}
    return pd.DataFrame({**fixes, "lon": np.round(lon, 6), "sog_kn": np.round(kn, 1), "nav_status": status}).assign(
        **vars(ship)
    )


def wander(knots: Sequence[Knot], size_nm: float, period_h: float, step_h: float = 0.5) -> list[Knot]:
    """Return a way that sways about a straight one, as a drifting ship does."""
    hours, lats, lons = (np.array(side) for side in zip(*knots, strict=True))
    at = np.arange(hours[0], hours[-1] + 1e-9, step_h)
    turn = 2 * np.pi * (at - at[0]) / period_h
    lat = np.interp(at, hours, lats) + size_nm * NM_DEG * np.sin(turn)
    lon = np.interp(at, hours, lons) + size_nm * NM_DEG * (np.cos(1.3 * turn) - 1)
    return [(float(h), float(y), float(x)) for h, y, x in zip(at, lat, lon, strict=True)]


def moved(rows: pd.DataFrame, ship: Ship, lat: float, lon: float) -> pd.DataFrame:
    """Return the same track told by another ship, so many degrees away."""
    return rows.assign(**vars(ship), lat=(rows["lat"] + lat).round(6), lon=(rows["lon"] + lon).round(6))


def table(parts: Iterable[pd.DataFrame]) -> pa.Table:
    """Return made fixes as rows that a reader yields."""
    both = pd.concat(list(parts), ignore_index=True)
    numbers = dict.fromkeys(("imo", "ship_type"), "Int64") | dict.fromkeys(("length_m", "beam_m", "draught_m"), float)
    return pa.Table.from_pandas(both.astype(numbers), preserve_index=False)
