"""A backup without positions: it holds the state of the tracks at its end, so that work goes on from there."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from watch.backup.archive import Manifest, copy_member
from watch.cells import DAY, EPOCH, SLOT, SLOTS, midnight
from watch.parquet import replacing
from watch.store import loads, schema, slices
from watch.store.slices import Slice
from watch.workspace import Workspace


def last_slice(tiles: list[Slice]) -> Slice | None:
    """Return the last slice after which the state is known, with all before it up to date; None when there is none."""
    found = None
    for tile in tiles:
        if tile.dirty:
            break
        found = tile if tile.state_digest and tile.as_of else found
    return found


def last_state(connection: Connection, data_dir: Path) -> Path | None:
    """Return the file of the state that work would go on from without positions; None when there is none."""
    last = last_slice(slices.read_slices(connection))
    path = data_dir / "state" / f"{last.state_digest}.zip" if last else None
    return path if path and path.exists() else None


def fit_to_lake(conn: Connection, ws: Workspace, archive: zipfile.ZipFile, manifest: Manifest) -> list[str]:
    """Bring restored tables in line with the lake that is there, and return what the operator has to know of it."""
    for member in manifest.files():
        with replacing(ws.data_dir / member.name) as unfinished, unfinished.open("wb") as raw:
            copy_member(archive, member, raw, lambda n: None)
    tiles, kept_from = slices.read_slices(conn), slices.kept_from(conn)
    if all(_is_there(ws, tile) for tile in tiles if tile.start_at >= kept_from):
        slices.mark_all_dirty(conn, kept_from)
        slices.mark_dirty(conn, _slots(ws, kept_from))
        return ["the positions are those of the data folder; the next run finds all events anew from them"]
    last = last_slice(tiles)
    if last is None or last.as_of is None or not ws.lake.has_state(last.state_digest or ""):
        conn.execute(schema.slices.delete())
        loads.forget_done(conn, "restored without its positions; load the file again")
        return ["positions were not in the backup, and no state of tracks: load the files again"]
    before_at = min(last.end_at, EPOCH + ((last.as_of - EPOCH) // SLOT + 1) * SLOT)
    slices.forget_slices(conn, before_at, replace(last, end_at=before_at, positions=0))
    conn.execute(schema.slices.delete().where(schema.slices.c.start_at >= before_at))
    slices.mark_dirty(conn, _slots(ws, before_at))
    return [
        f"positions before {before_at:%Y-%m-%d %H:%M} UTC were not in the backup: events and alerts of that time stay"
        " as they are, and the next run goes on from there"
    ]


def _is_there(ws: Workspace, tile: Slice) -> bool:
    if tile.end_at - tile.start_at == DAY:
        return ws.lake.rows_on(tile.start_at.date()) >= tile.positions
    return sum(ws.lake.rows_by_slot(tile.start_at, tile.end_at).values()) >= tile.positions


def _slots(ws: Workspace, from_at: datetime) -> list[datetime]:
    """Return every ten minutes of the days of the lake since a moment."""
    starts = (midnight(day) + k * SLOT for day in ws.lake.days() for k in range(SLOTS))
    return [at for at in starts if at >= from_at]
