"""The coverage map: where and in which hours ships were heard, made from the positions themselves.

The cells are those that `detect.coverage` judges a silence by. Pure: positions day by day in, tables and GeoJSON out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from watch.columns import empty_frame
from watch.detect.coverage import cells, edges_deg, middles_deg
from watch.detect.tracks import moments
from watch.geodesy import H_US, Ints
from watch.runs import changes

#: The columns of positions that a map is made of.
NEEDED = ("mmsi", "fix_at", "lat", "lon")
#: What each cell tells; `heard_h` hours in which any ship was heard, `heard_share` of those looked at.
CELL_COLUMNS = (
    "cell", "lat", "lon", "ships", "heard_h", "heard_share", "fixes", "fixes_per_h", "last_heard_at",
)  # fmt: skip
_TALLY = {"cell": np.int64, "hour": np.int64, "ships": np.int64, "fixes": np.int64, "last_us": np.int64}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_H = 24
_MMSI = (1 << 30) - 1
_ALIKE_DAYS = 3  # own: fewer days cannot tell what is usual at an hour of the day


@dataclass(frozen=True)
class CoverageMap:
    """Where ships were heard in `[from_at, to_at)`, whole hours, UTC.

    Attributes
    ----------
    hour
        The hour of the day (0 to 23, UTC) that was looked at; None for all.
    ships
        How many were heard.
    cell_deg
        The height of a cell in degrees; its width is about as many miles.
    cells
        A row for each cell in which a ship was heard, columns `CELL_COLUMNS`.
    hours
        A row for each hour looked at: `hour_at`, `ships`, `cells`, `fixes`, and `usual`, the median of the ships.
    by_hour_of_day
        Whether that is the median at the same hour of the day; of fewer than three days, it is that of all hours.
    """

    from_at: datetime
    to_at: datetime
    hour: int | None
    cell_deg: float
    cells: pd.DataFrame
    hours: pd.DataFrame
    by_hour_of_day: bool
    ships: int

    def worst_hours(self, limit: int, usual_min: int) -> pd.DataFrame:
        """Return the hours with the fewest ships against the usual, the worst first, with that `share`."""
        known = self.hours[self.hours["usual"] >= usual_min]
        worse = known.assign(share=known["ships"] / known["usual"])
        return worse.sort_values(["share", "hour_at"]).head(limit).reset_index(drop=True)


def map_coverage(
    days: Iterable[pa.Table],
    from_at: datetime | None,
    to_at: datetime,
    *,
    cell_deg: float,
    hour: int | None = None,
) -> CoverageMap:
    """Return where ships were heard.

    Parameters
    ----------
    days
        Positions of one UTC day each, columns `NEEDED`, sorted by ship and time.
    from_at, to_at
        The window, widened to whole hours; without a beginning, from the first hour in which a ship was heard.
    cell_deg
        The height of a cell in degrees.
    hour
        Only this hour of each day, UTC.
    """
    tallies, visitors, active = [], np.zeros(0, dtype=np.int64), []
    for table in days:
        tally, pairs, by_hour = _count_day(table, cell_deg, hour)
        tallies.append(tally)
        active.append(by_hour)
        visitors = np.union1d(visitors, pairs)
    counts = pd.concat([empty_frame(_TALLY), *tallies], ignore_index=True)
    last = -((_EPOCH - to_at) // timedelta(hours=1))
    first = int(counts["hour"].min()) if from_at is None and len(counts) else last
    first = first if from_at is None else (from_at - _EPOCH) // timedelta(hours=1)
    looked_at = np.arange(first, last)
    looked_at = looked_at if hour is None else looked_at[looked_at % _DAY_H == hour]
    alike = len(looked_at) >= _ALIKE_DAYS * (_DAY_H if hour is None else 1)
    return CoverageMap(
        from_at=_EPOCH + timedelta(hours=first),
        to_at=_EPOCH + timedelta(hours=last),
        hour=hour,
        cell_deg=cell_deg,
        cells=_by_cell(counts, visitors, len(looked_at), cell_deg),
        hours=_by_hour(counts, np.concatenate([np.zeros(0, dtype=np.int64), *active]), looked_at, alike),
        by_hour_of_day=alike,
        ships=len(np.unique(visitors & _MMSI)),
    )


def _count_day(table: pa.Table, cell_deg: float, hour: int | None) -> tuple[pd.DataFrame, Ints, Ints]:
    """Return the tally of a day by cell and hour, its pairs of cell and ship, and the hour of each ship heard in it."""
    mmsi, at_us = (table.column(n).cast(pa.int64()).to_numpy() for n in ("mmsi", "fix_at"))
    lat, lon = (table.column(n).to_numpy() for n in ("lat", "lon"))
    if hour is not None:
        wanted = at_us // H_US % _DAY_H == hour
        mmsi, at_us, lat, lon = mmsi[wanted], at_us[wanted], lat[wanted], lon[wanted]
    if not len(mmsi):
        return empty_frame(_TALLY), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    cell, hours = cells(lat, lon, cell_deg), at_us // H_US
    begin = np.flatnonzero(changes(cell, hours, mmsi))
    end = np.append(begin[1:], len(mmsi))
    stays = pd.DataFrame({"cell": cell[begin], "hour": hours[begin], "mmsi": mmsi[begin]})
    stays = stays.assign(fixes=end - begin, last_us=at_us[end - 1])
    ships = stays.groupby(["cell", "hour", "mmsi"], as_index=False).agg({"fixes": "sum", "last_us": "max"})
    tally = ships.groupby(["cell", "hour"], as_index=False).agg(
        ships=("mmsi", "size"), fixes=("fixes", "sum"), last_us=("last_us", "max")
    )
    radio = ships["mmsi"].to_numpy()
    return (
        tally.astype(_TALLY),
        np.unique((ships["cell"].to_numpy() << 30) | radio),
        np.unique((ships["hour"].to_numpy() << 30) | radio) >> 30,
    )


def _by_cell(counts: pd.DataFrame, visitors: Ints, hours: int, cell_deg: float) -> pd.DataFrame:
    whole = counts.groupby("cell", as_index=False).agg(
        heard_h=("hour", "size"), fixes=("fixes", "sum"), last_us=("last_us", "max")
    )
    cell, ships = np.unique(visitors >> 30, return_counts=True)
    lat, lon = middles_deg(cell, cell_deg)
    heard_h, fixes = (whole[n].to_numpy(dtype=np.int64) for n in ("heard_h", "fixes"))
    columns = {
        "cell": cell,
        "lat": lat,
        "lon": lon,
        "ships": ships,
        "heard_h": heard_h,
        "heard_share": np.round(heard_h / max(hours, 1), 3),
        "fixes": fixes,
        "fixes_per_h": np.round(fixes / np.maximum(heard_h, 1), 1),
        "last_heard_at": moments(whole["last_us"].to_numpy(dtype=np.int64)),
    }
    return pd.DataFrame(columns, columns=list(CELL_COLUMNS))


def _by_hour(counts: pd.DataFrame, active: Ints, looked_at: Ints, alike: bool) -> pd.DataFrame:
    whole = counts.groupby("hour").agg(cells=("cell", "size"), fixes=("fixes", "sum"))
    whole = whole.reindex(looked_at, fill_value=0)
    heard, ships = np.unique(active, return_counts=True)
    whole["ships"] = pd.Series(ships, index=heard).reindex(looked_at, fill_value=0).to_numpy(dtype=np.int64)
    hour_of_day = looked_at % _DAY_H if alike else np.zeros(len(looked_at), dtype=np.int64)
    usual = whole.groupby(hour_of_day)["ships"].transform("median").to_numpy(dtype=np.float64)
    out = whole.assign(usual=usual, hour_at=moments(looked_at * H_US))
    return out[["hour_at", "ships", "cells", "fixes", "usual"]].reset_index(drop=True)


def cell_facts(cmap: CoverageMap) -> Iterator[dict[str, Any]]:
    """Yield what each cell tells as plain values: degrees, hours, UTC."""
    shown = cmap.cells.drop(columns="cell").assign(last_heard_at=utc_texts(cmap.cells["last_heard_at"]))
    for row in shown.astype(object).to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def utc_texts(at: pd.Series[Any]) -> list[str]:
    """Return moments as ISO 8601 texts in UTC, to the second."""
    return [str(text) for text in at.dt.strftime("%Y-%m-%dT%H:%M:%SZ")]


def to_geojson(cmap: CoverageMap) -> dict[str, Any]:
    """Return the map as GeoJSON (RFC 7946): a polygon for each cell, none of which reaches over 180° or past a pole."""
    edges = edges_deg(cmap.cells["cell"].to_numpy(), cmap.cell_deg)
    boxes = zip(*(np.round(edge, 6).tolist() for edge in edges), strict=True)
    return {
        "type": "FeatureCollection",
        "from_at": cmap.from_at.isoformat().replace("+00:00", "Z"),
        "to_at": cmap.to_at.isoformat().replace("+00:00", "Z"),
        "hour_of_day_utc": cmap.hour,
        "cell_deg": cmap.cell_deg,
        "features": [
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [_ring(*box)]}, "properties": facts}
            for box, facts in zip(boxes, cell_facts(cmap), strict=True)
        ],
    }


def _ring(south: float, north: float, west: float, east: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
