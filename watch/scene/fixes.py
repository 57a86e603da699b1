"""The fixes of some vessels: all radios that each had, while the radio was that vessel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from watch.cells import EPOCH, midnight
from watch.detect.segments import SEGMENT_STATE, cut_segments
from watch.detect.tracks import Tracks, from_positions
from watch.fold import typed
from watch.geodesy import H_US, Bools, Floats, Ints
from watch.params import DEFAULT
from watch.runs import changes
from watch.scene.owners import Owners, read_owners
from watch.store.slices import read_slices
from watch.vessel_reading import radios_of
from watch.workspace import Workspace

_COLUMNS = ("mmsi", "fix_at", "lat", "lon", "sog_kn", "cog_deg")
_TURNS_MAX = 12  # own: a hull changes its radio a few times in a life; two that sound in turn do so all day


@dataclass(frozen=True)
class Fixes:
    """Fixes of one ship by time.

    Attributes
    ----------
    at_us
        Microseconds since 1970.
    lat, lon, sog_kn, cog_deg
        As heard, degrees and knots; NaN where it was not told.
    mmsi
        The radio of each.
    cut
        Where nothing may be drawn from the fix before: first fixes, silences, another radio or segment.
    """

    at_us: Ints
    lat: Floats
    lon: Floats
    sog_kn: Floats
    cog_deg: Floats
    mmsi: Ints
    cut: Bools

    def __len__(self) -> int:
        return len(self.at_us)

    def take(self, rows: NDArray[np.int64] | Bools) -> Fixes:
        """Return these fixes alone; which of them are cut stays as it is."""
        return Fixes(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def read_fixes(
    ws: Workspace,
    vessel_ids: Sequence[str],
    radios: Collection[int],
    owners: Owners,
    from_at: datetime,
    to_at: datetime,
) -> dict[str, list[Fixes]]:
    """Return the fixes of each vessel in `[from_at, to_at)`.

    Where two radios declare one vessel at the same time, each is a track of its own.

    Parameters
    ----------
    ws
        The workspace.
    vessel_ids
        The vessels.
    radios
        All that they ever had.
    owners
        Whose these radios were.
    from_at, to_at
        UTC.
    """
    table = ws.lake.read_positions(from_at, to_at, radios, _COLUMNS)
    if not table.num_rows:
        return {vessel_id: [] for vessel_id in vessel_ids}
    mmsi = table["mmsi"].to_numpy().astype(np.int64)
    at_us = table["fix_at"].cast(pa.int64()).to_numpy()
    seg = _segments(table, _state_before(ws, owners, set(np.unique(mmsi).tolist()), from_at))
    hull, imo = owners.hull_and_imo(mmsi, seg, at_us)
    value = [table[name].to_numpy().astype(np.float64) for name in ("lat", "lon", "sog_kn", "cog_deg")]
    found: dict[str, list[Fixes]] = {}
    for vessel_id in vessel_ids:
        rows = np.flatnonzero(owners.are(vessel_id, hull, imo))
        parts = [rows] if _in_turn(mmsi[rows], at_us[rows]) else [rows[mmsi[rows] == m] for m in np.unique(mmsi[rows])]
        found[vessel_id] = [_by_time(part, at_us, value, mmsi, seg) for part in parts if len(part)]
    return found


def read_vessel_fixes(
    ws: Workspace, vessel_id: str, from_at: datetime | None = None, to_at: datetime | None = None
) -> list[Fixes]:
    """Return the fixes of one vessel in `[from_at, to_at)`, as `read_fixes` does; without ends, all that are stored."""
    days = ws.lake.days()
    if not days:
        return []
    begin, end = midnight(days[0]), midnight(days[-1]) + timedelta(days=1)
    from_at, to_at = max(begin, from_at or begin), min(end, to_at or end)
    if from_at >= to_at:
        return []
    with ws.engine.connect() as conn:
        radios = radios_of(conn, [vessel_id])
        owners = read_owners(conn, radios)
    return read_fixes(ws, [vessel_id], radios, owners, from_at, to_at)[vessel_id]


def _in_turn(mmsi: Ints, at_us: Ints) -> bool:
    """Return whether the radios sound one after the other, and not side by side."""
    return int(changes(mmsi[np.argsort(at_us, kind="stable")]).sum()) <= _TURNS_MAX


def _by_time(rows: Ints, at_us: Ints, value: list[Floats], mmsi: Ints, seg: Ints) -> Fixes:
    rows = rows[np.argsort(at_us[rows], kind="stable")]
    cut = changes(mmsi[rows], seg[rows])
    cut[1:] |= np.diff(at_us[rows]) > DEFAULT.gap_min_h * H_US
    lat, lon, sog_kn, cog_deg = (column[rows] for column in value)
    return Fixes(at_us[rows], lat, lon, sog_kn, cog_deg, mmsi[rows], cut)


def _segments(table: pa.Table, state: pd.DataFrame) -> Ints:
    """Return the segment of each row of positions in the lake's order."""
    tracks, _, _ = cut_segments(_tracks(table), state, DEFAULT)
    own = ~tracks.carried
    mmsi, seg, at_us, lat, lon = (c[own] for c in (tracks.mmsi, tracks.seg, tracks.at_us, tracks.lat, tracks.lon))
    moved = np.flatnonzero(np.isin(mmsi, np.unique(mmsi[seg > 0])))  # the rest stand as they stood
    order = moved[np.lexsort((lon[moved], lat[moved], at_us[moved], mmsi[moved]))]
    seg[moved] = seg[order]
    return np.asarray(seg)


def _tracks(table: pa.Table) -> Tracks:
    """Return positions as tracks; their status, which a scene does not show, is not read."""
    return from_positions(table.append_column("nav_status", pa.nulls(table.num_rows, pa.int8())))


def _state_before(ws: Workspace, owners: Owners, radios: set[int], at: datetime) -> pd.DataFrame:
    """Return the segments of the radios that several hulls share, as they were known at a moment.

    Segments of other radios only say where a line is torn, and may be counted from anywhere.
    """
    state = typed(pd.DataFrame(columns=list(SEGMENT_STATE)), "segments")
    several = radios & owners.shared.keys()
    if not several:
        return state
    with ws.engine.connect() as conn:
        kept = [s for s in read_slices(conn) if s.end_at <= at and s.state_digest and ws.lake.has_state(s.state_digest)]
    since_at = EPOCH
    if kept and kept[-1].state_digest:
        known = ws.lake.load_state(kept[-1].state_digest, ["segments"])["segments"].to_pandas()
        state, since_at = typed(known[known["mmsi"].isin(several)].reset_index(drop=True), "segments"), kept[-1].end_at
    before = ws.lake.read_positions(since_at, at, several, _COLUMNS)
    return cut_segments(_tracks(before), state, DEFAULT)[1] if before.num_rows else state
