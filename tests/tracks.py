"""Builders of small made tracks for tests, and the strategies that draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from watch.columns import POSITIONS, STATICS
from watch.geodesy import wrap_lon
from watch.merge import deduplicate

T0 = pd.Timestamp("2020-06-01T00:00:00Z")
Fix = tuple[int, float, float, float, float]  # mmsi, hours after T0, lat, lon, sog_kn


def positions(fixes: Iterable[Fix], status: int | None = None) -> pa.Table:
    """Return fixes as a table of positions, de-duplicated and sorted as in the lake."""
    rows = list(fixes)
    n = len(rows)
    mmsi, hours, lat, lon, sog = (list(c) for c in zip(*rows, strict=True)) if rows else ([],) * 5
    at_us = T0.value // 1000 + np.round(np.array(hours, dtype=float) * 3.6e9).astype(np.int64)
    return deduplicate(
        pa.table(
            {
                "mmsi": pa.array(mmsi, pa.int32()),
                "fix_at": pa.array(at_us, pa.int64()).cast(POSITIONS.field("fix_at").type),
                "lat": pa.array(lat, pa.float64()),
                "lon": pa.array(wrap_lon(lon), pa.float64()),
                "sog_kn": pa.array(sog, pa.float32()),
                "cog_deg": pa.nulls(n, pa.float32()),
                "heading_deg": pa.nulls(n, pa.float32()),
                "nav_status": pa.array([status] * n, pa.int8()),
                "receiver": pa.nulls(n, pa.string()),
                "load_id": pa.array([1] * n, pa.int32()),
            },
            schema=POSITIONS,
        )
    )


def no_statics() -> pa.Table:
    """Return an empty table of statics."""
    return STATICS.empty_table()


def statics(rows: Sequence[dict[str, object]]) -> pa.Table:
    """Return declared identities; `hour` is hours after T0."""
    out = []
    for row in rows:
        at = T0 + pd.Timedelta(hours=float(row["hour"]))  # type: ignore[arg-type]
        out.append({**{k: v for k, v in row.items() if k != "hour"}, "seen_at": at, "last_seen_at": at})
    return pa.Table.from_pylist(out, schema=STATICS)


_STEPS_H = (0.0, 1 / 360, 1 / 6, 0.4, 1.0, 2.5, 5.9, 6.1, 13.0, 26.0)


@st.composite
def some_fixes(draw: st.DrawFn, lat: float = 0.0, lon: float = 0.0, spread_deg: float = 0.3) -> list[Fix]:
    """Draw the fixes of a few ships that dawdle, meet, fall silent and leap around a place."""
    edges = [k * spread_deg / 4 for k in range(-4, 5)]  # places that come back, some between one threshold and the next
    fixes: list[Fix] = []
    for mmsi in (201000001, 201000002, 636000003):
        hours, y, x = draw(st.sampled_from((0.0, 0.05, 3.0))), 0.0, 0.0
        for _ in range(draw(st.integers(0, 25))):
            hours += draw(st.sampled_from(_STEPS_H))
            move = draw(st.sampled_from(("stay", "stay", "drift", "go", "edge", "leap")))
            if move == "drift":
                y, x = y + draw(st.floats(-0.003, 0.003)), x + draw(st.floats(-0.003, 0.003))
            elif move == "go":
                y, x = draw(st.floats(-spread_deg, spread_deg)), draw(st.floats(-spread_deg, spread_deg))
            elif move == "edge":
                y, x = draw(st.sampled_from(edges)), 0.0
            at = (lat + y, lon + x) if move != "leap" else (lat - 20.0, lon + 30.0)
            sog = draw(st.sampled_from((0.0, 0.1, 0.3, 1.0, 9.0, float("nan"))))
            fixes.append((mmsi, hours, at[0], at[1], sog))
    return fixes
