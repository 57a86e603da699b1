"""Loads: which files were read, and what became of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from watch.store import schema

_LOADS = schema.loads


@dataclass(frozen=True)
class Load:
    """One file read; `positions + duplicates + rejects = rows_read` once it is `done`.

    Attributes
    ----------
    status
        `running`, `done` or `failed`; one that a crash ended stays `running` until the file is loaded again.
    details
        Further facts by name, such as the columns nobody used.
    message
        Why it failed.
    source
        The source it came from; None for a file that somebody loaded by hand.
    first_fix_at, newest_fix_at
        Of its positions.
    """

    load_id: int
    sha256: str
    name: str
    format: str
    size_bytes: int
    status: str
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    positions: int
    duplicates: int
    rejects: int
    details: dict[str, Any]
    message: str | None
    source: str | None
    first_fix_at: datetime | None
    newest_fix_at: datetime | None


def find_load(connection: Connection, sha256: str) -> Load | None:
    """Return the load of the file with this content, whatever its name was."""
    found = _read(connection, _LOADS.c.sha256 == sha256)
    return found[0] if found else None


def start_load(
    connection: Connection,
    *,
    sha256: str,
    name: str,
    format: str,
    size_bytes: int,
    at: datetime,
    source: str | None = None,
) -> int:
    """Note that a file is being read and return its load; one that was begun before keeps its number."""
    begun = {"name": name, "format": format, "size_bytes": size_bytes, "source": source}
    begun |= {"status": "running", "started_at": at, "first_fix_at": None, "newest_fix_at": None}
    counts = dict.fromkeys(("rows_read", "positions", "duplicates", "rejects"), 0)
    fresh = {**begun, **counts, "finished_at": None, "details": {}, "message": None}
    known = find_load(connection, sha256)
    if known:
        connection.execute(_LOADS.update().where(_LOADS.c.load_id == known.load_id).values(fresh))
        return known.load_id
    (load_id,) = connection.execute(_LOADS.insert().values(sha256=sha256, **fresh)).inserted_primary_key or (0,)
    return int(load_id)


def finish_load(
    connection: Connection,
    load_id: int,
    *,
    at: datetime,
    rows_read: int,
    positions: int,
    duplicates: int,
    rejects: int,
    format: str | None = None,
    details: dict[str, Any] | None = None,
    span: tuple[datetime, datetime] | None = None,
) -> None:
    """Note that a file is stored, with its counts; its format too when it was only found out in reading.

    Parameters
    ----------
    span
        Its first and its newest fix; None when it has no position.

    Raises
    ------
    ValueError
        When the counts do not add up.
    """
    if positions + duplicates + rejects != rows_read:
        raise ValueError(
            f"{positions} positions + {duplicates} duplicates + {rejects} rejects are not {rows_read} rows"
        )
    counts = {"rows_read": rows_read, "positions": positions, "duplicates": duplicates, "rejects": rejects}
    known = {"format": format} if format else {}
    first_fix_at, newest_fix_at = span or (None, None)
    done = {"status": "done", "finished_at": at, "details": details or {}, "message": None}
    done |= {"first_fix_at": first_fix_at, "newest_fix_at": newest_fix_at}
    connection.execute(_LOADS.update().where(_LOADS.c.load_id == load_id).values(**counts, **known, **done))


def fail_load(connection: Connection, load_id: int, *, at: datetime, message: str) -> None:
    """Note that a file could not be read, and why."""
    failed = {"status": "failed", "finished_at": at, "message": message}
    connection.execute(_LOADS.update().where(_LOADS.c.load_id == load_id).values(failed))


def forget_done(connection: Connection, message: str) -> int:
    """Let no file count as loaded, so that each is read again when it comes again; return how many that were."""
    failed = _LOADS.update().where(_LOADS.c.status == "done").values(status="failed", message=message)
    return int(connection.execute(failed).rowcount)


def read_loads(connection: Connection) -> list[Load]:
    """Return all loads in the order they were begun."""
    return _read(connection)


def newest_loads(connection: Connection, limit: int, *, rejects: bool = False) -> list[Load]:
    """Return the last loads, the latest first; only those that refused rows when asked."""
    wanted = [_LOADS.c.rejects > 0] if rejects else []
    columns = [_LOADS.c[name] for name in Load.__dataclass_fields__]
    query = select(*columns).where(*wanted).order_by(_LOADS.c.load_id.desc()).limit(limit)
    return [Load(*row) for row in connection.execute(query)]


def count_rows(connection: Connection) -> dict[str, int]:
    """Return how many files were read whole, and how many rows, positions, duplicates and rejects they had."""
    names = ("rows_read", "positions", "duplicates", "rejects")
    sums = [func.coalesce(func.sum(_LOADS.c[name]), 0) for name in names]
    row = connection.execute(select(func.count(), *sums).where(_LOADS.c.status == "done")).one()
    return dict(zip(("files", *names), map(int, row), strict=True))


def _read(connection: Connection, *wanted: Any) -> list[Load]:
    columns = [_LOADS.c[name] for name in Load.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(*wanted).order_by(_LOADS.c.load_id))
    return [Load(*row) for row in rows]
