"""Taking a backup back: checked whole before anything is touched, then all of it or nothing."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, select

from watch.backup.archive import Manifest, check_members, reading
from watch.backup.bare import fit_to_lake
from watch.backup.folders import RESTORED, settle, swap, unpack
from watch.backup.rows import insert_rows, read_lines
from watch.backup.save import LEFT_OUT, tables_kept
from watch.errors import ConfigError, InputError, ShipwatchError, StoreError
from watch.lease import holding
from watch.store import schema
from watch.store.database import is_known, migrate
from watch.store.history import verify_history
from watch.store.meta import write_meta
from watch.store.trouble import explained
from watch.workspace import Workspace

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Restored:
    """What was restored: `remarks` say what the operator has to do, `faults` what is wrong with the history."""

    manifest: Manifest
    remarks: list[str]
    faults: list[str]


def restore(ws: Workspace, path: Path, *, at: datetime, progress: Progress, replace: bool = False) -> Restored:
    """Put the content of a backup into a store and return what that was.

    Parameters
    ----------
    ws
        The store; nobody may be at work on it.
    path
        The backup.
    at
        The time now.
    progress
        Told how far it is.
    replace
        Whether what the store holds may be replaced; otherwise it has to be empty.

    Raises
    ------
    InputError
        The file is no backup, or not whole.
    StoreError
        It was made by a later version, there is no room, or somebody is at work on the store.
    ConfigError
        The store is not empty.
    """
    with reading(path) as (archive, manifest):
        if not is_known(manifest.revision):
            later = f"{_brief(manifest.version)} (tables {manifest.revision})"
            raise StoreError(f"{path} was made by a later version, {later}: install it, then restore")
        check_members(archive, manifest, progress)
        with holding(ws.engine, "scheduler"), ws.writing():
            if not replace:
                _demand_empty(ws)
            try:
                return _replace(ws, archive, manifest, at, progress)
            except BaseException:
                with suppress(ShipwatchError):  # the next run does it where the database is gone
                    settle(ws.engine, ws.data_dir)
                raise


def _brief(word: str) -> str:
    return "".join(c for c in word[:20] if c.isprintable())


def _demand_empty(ws: Workspace) -> None:
    with ws.engine.connect() as conn:
        held = [t.name for t in tables_kept() if conn.execute(select(t).limit(1)).first() is not None]
    if held or ws.lake.days():
        what = ", ".join(held[:4]) if held else "positions"
        raise ConfigError(
            f"the store is not empty (it holds {what}): back it up first, then add --replace, or name another with"
            " --data-dir and --db"
        )


def _replace(ws: Workspace, archive: zipfile.ZipFile, manifest: Manifest, at: datetime, progress: Progress) -> Restored:
    restore_id = uuid.uuid4().hex
    if manifest.with_positions:
        unpack(archive, manifest, ws.data_dir, progress)
    with explained(ws.engine.url), ws.engine.begin() as conn:
        conn.execute(schema.sessions.delete())  # whoever is logged in may be no user of the backup
        for table in reversed(tables_kept()):
            conn.execute(table.delete())
        _fill(conn, archive, manifest, progress)
        _set_sequences(conn)
        remarks = [] if manifest.with_positions else fit_to_lake(conn, ws, archive, manifest)
        write_meta(conn, RESTORED, {"id": restore_id, "at": at, "made_at": manifest.made_at})
        faults = verify_history(conn)
        if manifest.with_positions:
            swap(ws.data_dir, restore_id)
    settle(ws.engine, ws.data_dir)
    return Restored(manifest, remarks, faults)


def _fill(conn: Connection, archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    """Insert the rows into tables as they were when the backup was made, then bring these up to this version."""
    if manifest.revision == schema.HEAD:
        _insert(conn, archive, manifest, tables_kept(), progress)
        return
    migrate(conn, "base")
    migrate(conn, manifest.revision)
    then = MetaData()
    then.reflect(conn, only=lambda name, _: name in schema.metadata.tables and name not in LEFT_OUT)
    _insert(conn, archive, manifest, then.sorted_tables, progress)
    migrate(conn, "head")


def _insert(
    conn: Connection, archive: zipfile.ZipFile, manifest: Manifest, tables: list[Table], progress: Progress
) -> None:
    members = manifest.tables()
    strange = members.keys() - {table.name for table in tables}
    missing = {table.name for table in tables} - members.keys()
    if strange or missing:
        raise InputError(f"{archive.filename}: its tables are not those of {manifest.revision}: take another copy")
    total, done = max(sum(m.rows or 0 for m in members.values()), 1), 0
    for table in tables:
        member = members[table.name]
        names = member.columns or []
        if set(names) != set(table.columns.keys()) or len(names) != len(set(names)):
            raise InputError(f"{archive.filename}: the columns of {table.name} are not ours: take another copy")
        progress(f"restoring {table.name}", done / total)
        with archive.open(member.name) as raw:
            rows = insert_rows(conn, table, names, read_lines(raw, member.name))
        if rows != member.rows:
            raise InputError(
                f"{archive.filename}: {member.name} holds {rows} rows, not {member.rows}: take another copy"
            )
        done += rows


def _set_sequences(conn: Connection) -> None:
    """Let PostgreSQL number new rows after the restored ones; SQLite does so by itself."""
    if conn.dialect.name != "postgresql":
        return
    for table in tables_kept():
        column = table.autoincrement_column
        if column is not None:
            last, sequence = func.max(column), func.pg_get_serial_sequence(table.name, column.name)
            conn.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
