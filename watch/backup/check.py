"""The check of a store: the database whole, its history unbroken, the lake readable and as the database says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from watch.cells import DAY, midnight
from watch.errors import StoreError
from watch.store import loads, schema
from watch.store.history import verify_history
from watch.store.slices import Slice, kept_from, read_slices
from watch.workspace import Workspace

Progress = Callable[[str, float], None]

_SHOWN = 5  # of the faults that SQLite tells; the first say enough


def check_store(ws: Workspace, progress: Progress, *, quick: bool = False) -> list[str]:
    """Return what is wrong with a store, one sentence a fault; nothing when it is whole.

    Parameters
    ----------
    ws
        The store; a run under way is waited for by nobody, so check while none is.
    progress
        Told how far it is.
    quick
        Whether to look at the summaries of the lake's files alone, and not at every row.
    """
    with ws.engine.connect() as conn:
        progress("checking the database", 0.0)
        faults = [*_database_faults(conn), *verify_history(conn), *_load_faults(conn)]
        known, since = read_slices(conn), kept_from(conn)
    return [*faults, *_slice_faults(ws, known, since), *_state_faults(ws, known), *_file_faults(ws, progress, quick)]


def _database_faults(conn: Connection) -> Iterator[str]:
    if conn.dialect.name == "sqlite":
        for (said,) in conn.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})").all():
            if said != "ok":
                yield f"the database is damaged: {said}; restore the last backup"
        for row in conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN):
            yield f"a row of {row[0]} refers to one of {row[2]} that is not there; restore the last backup"
        return
    for table in schema.metadata.sorted_tables:
        conn.execute(select(func.count()).select_from(table))  # reads every page of it


def _load_faults(conn: Connection) -> Iterator[str]:
    for load in loads.read_loads(conn):
        if load.status == "done" and load.positions + load.duplicates + load.rejects != load.rows_read:
            yield f"load {load.load_id} ({load.name}): its counts do not add up to the {load.rows_read:,} rows read"


def _slice_faults(ws: Workspace, known: list[Slice], kept_from: datetime) -> Iterator[str]:
    days = [day for day in ws.lake.days() if midnight(day) >= kept_from]
    for day in days:
        if not any(tile.start_at < midnight(day) + DAY and tile.end_at > midnight(day) for tile in known):
            yield f"{day}: the lake holds positions that the database knows nothing of; load their file again"
    for tile in known:
        rows = None if tile.dirty or tile.start_at < kept_from else _rows_in(ws, tile)
        if rows not in (None, tile.positions):
            when = f"{tile.start_at:%Y-%m-%d %H:%M} UTC"
            yield f"{when}: the lake holds {rows:,} positions, and events were found in {tile.positions:,}"


def _rows_in(ws: Workspace, tile: Slice) -> int | None:
    """Return how many positions a slice holds; None where its file cannot be read, which is told elsewhere."""
    try:
        if tile.end_at - tile.start_at == DAY:
            return ws.lake.rows_on(tile.start_at.date())
        return sum(ws.lake.rows_by_slot(tile.start_at, tile.end_at).values())
    except (OSError, StoreError, pa.ArrowException):
        return None


def _state_faults(ws: Workspace, known: list[Slice]) -> Iterator[str]:
    for tile in known:
        if tile.state_digest and not tile.dirty:
            try:
                ws.lake.load_state(tile.state_digest)
            except StoreError as error:
                yield f"{tile.start_at:%Y-%m-%d %H:%M} UTC: {error}"


def _file_faults(ws: Workspace, progress: Progress, quick: bool) -> Iterator[str]:
    paths = sorted((ws.data_dir / "lake").rglob("*.parquet"))
    for number, path in enumerate(paths):
        progress("checking positions", number / len(paths))
        try:
            _read_through(path, quick)
        except (OSError, pa.ArrowException) as error:
            reason = " ".join(str(error).split())
            yield f"{path}: cannot be read ({reason}); remove it and load its day again, or restore the last backup"


def _read_through(path: Path, quick: bool) -> None:
    with pq.ParquetFile(path) as file:
        for group in range(0 if quick else file.num_row_groups):
            file.read_row_group(group)
