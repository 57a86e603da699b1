"""Who was near: other ships around the moments that matter, and all that was heard there beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from watch.cells import EPOCH
from watch.geodesy import NM_M, Floats, Ints, distance_m
from watch.parquet import Box
from watch.scene.asked import Asked
from watch.scene.happenings import Event
from watch.scene.pack import deltas
from watch.workspace import Workspace

NEAR_NM = 30.0  # own: two hours' sailing, and further than a ship's radio is heard by another
NEAR_H = 12.0  # own: a change of the watch before and after, and a night
NEIGHBOURS_MAX = 20
_MOMENTS_MAX = 12  # own: ends of silences and of meetings, and a chain's steps
_ROWS_MAX = 20_000_000  # own: some two seconds of reading
_BACKGROUND_MAX = 50_000
_GRID = 1e4  # of a degree: 11 m
_DEG_NM = 60.0
_COLUMNS = ("mmsi", "fix_at", "lat", "lon")
_H_S = 3600


@dataclass(frozen=True)
class Near:
    """What was heard near the moments that matter.

    Attributes
    ----------
    mmsi, at_us, away_m
        The radios that came nearest, the nearest first: when that was and how near, microseconds since 1970 and metres.
    lat, lon
        Places at which any other radio was heard there, degrees.
    skipped
        How many of the moments were not looked at, since that would read too much.
    """

    mmsi: Ints
    at_us: Ints
    away_m: Floats
    lat: Floats
    lon: Floats
    skipped: int = 0


@dataclass(frozen=True)
class Moment:
    """When and where something happened to the ship that the scene is about; the least `rank` matters most."""

    rank: int
    t: int
    lat: float
    lon: float


def moments_of(focus: str, events: Sequence[Event], steps: Collection[str]) -> list[Moment]:
    """Return when and where to look for neighbours: ends of the steps, silences and meetings of a vessel."""
    found = []
    for event in events:
        rank = 0 if event["event_id"] in steps else {"encounter": 1, "gap": 2}.get(event["kind"])
        if rank is None or focus not in (event["vessel_id"], event["other_vessel_id"]):
            continue
        for t, lat, lon in (
            (event["t"], event["start_lat"], event["start_lon"]),
            (event["end_t"], event["end_lat"], event["end_lon"]),
        ):
            if t is not None and lat is not None:
                found.append(Moment(rank, t, lat, lon))
    return _apart(sorted(found, key=lambda m: (m.rank, m.t)))[:_MOMENTS_MAX]


def _apart(moments: Sequence[Moment]) -> list[Moment]:
    """Return the moments without those that another, more important one is near to in time and place."""
    kept: list[Moment] = []
    for one in moments:
        near = (abs(one.t - m.t) <= NEAR_H / 2 * _H_S and _away_m(one, m) <= NEAR_NM / 2 * NM_M for m in kept)
        if not any(near):
            kept.append(one)
    return kept


def _away_m(one: Moment, other: Moment) -> float:
    return float(distance_m(one.lat, one.lon, other.lat, other.lon))


def read_near(ws: Workspace, asked: Asked, moments: Sequence[Moment], own: Collection[int]) -> Near:
    """Return what was heard within 30 nm and 12 h of these moments, but for the radios `own`.

    Only the hours around the moments are read, and of these no more than some seconds' worth.
    """
    parts: list[tuple[pa.Table, Floats]] = []
    rows, skipped = 0, 0
    for moment in moments:
        rows += sum(ws.lake.rows_on(day) for day in {_at(moment, h).date() for h in (-NEAR_H, NEAR_H)})
        if rows > _ROWS_MAX:
            skipped += 1
            continue
        since, until = max(_at(moment, -NEAR_H), asked.from_at), min(_at(moment, NEAR_H), asked.to_at)
        table = ws.lake.read_positions(since, until, None, _COLUMNS, _box(moment.lat, moment.lon))
        away_m = distance_m(moment.lat, moment.lon, table["lat"].to_numpy(), table["lon"].to_numpy())
        parts.append((table, away_m))
    return _near(parts, own, skipped)


def _at(moment: Moment, hours: float) -> Any:
    return EPOCH + timedelta(seconds=moment.t, hours=hours)


def _box(lat: float, lon: float) -> Box:
    """Return the box about a circle of `NEAR_NM`; all round where a pole is near."""
    high = NEAR_NM / _DEG_NM
    steepest = abs(lat) + high
    if steepest >= 89.0:
        return -180.0, lat - high, 180.0, lat + high
    wide = high / float(np.cos(np.radians(steepest)))
    west, east = ((side + 180.0) % 360.0 - 180.0 for side in (lon - wide, lon + wide))
    return west, lat - high, east, lat + high


def _near(parts: Sequence[tuple[pa.Table, Floats]], own: Collection[int], skipped: int) -> Near:
    empty: Ints = np.zeros(0, dtype=np.int64)
    if not parts:
        return Near(empty, empty, empty.astype(np.float64), empty.astype(np.float64), empty.astype(np.float64), skipped)
    tables, away = pa.concat_tables([table for table, _ in parts]), np.concatenate([m for _, m in parts])
    mmsi = tables["mmsi"].to_numpy().astype(np.int64)
    mine = np.flatnonzero((away <= NEAR_NM * NM_M) & ~np.isin(mmsi, list(own)))
    mine = mine[np.lexsort((mmsi[mine], away[mine]))]
    _, first = np.unique(mmsi[mine], return_index=True)
    nearest = mine[np.sort(first)]
    at_us = tables["fix_at"].cast(pa.int64()).to_numpy()
    lat, lon = tables["lat"].to_numpy()[mine], tables["lon"].to_numpy()[mine]
    return Near(mmsi[nearest], at_us[nearest], away[nearest], lat, lon, skipped)


def pack_background(near: Near) -> dict[str, list[int]] | None:
    """Return what was heard beside the ships of a scene as a cloud of places; None where nothing was."""
    if not len(near.lat):
        return None
    cells = np.unique(np.rint(np.column_stack([near.lat, near.lon]) * _GRID).astype(np.int64), axis=0)
    step = -(-len(cells) // _BACKGROUND_MAX)
    return {"lat": deltas(cells[::step, 0]), "lon": deltas(cells[::step, 1])}
