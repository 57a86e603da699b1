"""Sources in the database: how far each has come, how it went, and which files of a watched folder were read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from watch.sources import FileMark
from watch.store import schema

_SOURCES = schema.sources
_SEEN = schema.seen_files


@dataclass(frozen=True)
class StoredSource:
    """What is kept of a source between two runs.

    Attributes
    ----------
    cursor
        What it needs to know to go on.
    tried_at, ok_at
        When it was asked last, and last without a fault.
    newest_fix_at
        The newest fix that came from it.
    message
        What was said of it last: a fault where `ok_at` is before `tried_at`.
    """

    name: str
    kind: str
    cursor: dict[str, Any]
    tried_at: datetime | None
    ok_at: datetime | None
    newest_fix_at: datetime | None
    message: str | None

    @property
    def faulty(self) -> bool:
        """Whether the last try ended in a fault."""
        return self.tried_at is not None and self.ok_at != self.tried_at


def read_sources(connection: Connection) -> list[StoredSource]:
    """Return all sources that were ever asked, by name."""
    columns = [_SOURCES.c[name] for name in StoredSource.__dataclass_fields__]
    return [StoredSource(*row) for row in connection.execute(select(*columns).order_by(_SOURCES.c.name))]


def read_cursor(connection: Connection, name: str, kind: str) -> dict[str, Any]:
    """Return how far a source has come; nothing for a new one, or one whose kind is another than it was."""
    query = select(_SOURCES.c.cursor).where(_SOURCES.c.name == name, _SOURCES.c.kind == kind)
    return dict(connection.execute(query).scalar() or {})


def save_source(
    connection: Connection,
    name: str,
    kind: str,
    cursor: dict[str, Any],
    tried_at: datetime,
    *,
    ok: bool,
    message: str = "",
    newest_fix_at: datetime | None = None,
) -> None:
    """Keep how far a source has come and how the last try went; a newest fix only ever grows."""
    before = connection.execute(
        select(_SOURCES.c.ok_at, _SOURCES.c.newest_fix_at).where(_SOURCES.c.name == name)
    ).first()
    ok_at, newest = before or (None, None)
    moments = [at for at in (newest, newest_fix_at) if at is not None]
    values = {
        "kind": kind,
        "cursor": cursor,
        "tried_at": tried_at,
        "ok_at": tried_at if ok else ok_at,
        "newest_fix_at": max(moments, default=None),
        "message": message or None,
    }
    if before is None:
        connection.execute(_SOURCES.insert().values(name=name, **values))
    else:
        connection.execute(_SOURCES.update().where(_SOURCES.c.name == name).values(values))


def read_seen(connection: Connection, source: str) -> dict[str, FileMark]:
    """Return the files of a watched folder as they were when they were read, by their path below it."""
    query = select(_SEEN.c.path, _SEEN.c.size_bytes, _SEEN.c.changed_at).where(_SEEN.c.source == source)
    return {path: FileMark(size_bytes, changed_at) for path, size_bytes, changed_at in connection.execute(query)}


def save_seen(connection: Connection, source: str, mark: str, seen: FileMark, at: datetime) -> None:
    """Keep that a file of a watched folder was read as it was then; call it once the file is loaded.

    Parameters
    ----------
    connection
        In a transaction.
    source
        The name of the source.
    mark
        The file's path below the folder.
    seen
        Its size and time of change before it was read, of `Pulled.marks`.
    at
        When it was read.
    """
    values = {"size_bytes": seen.size_bytes, "changed_at": seen.changed_at, "seen_at": at}
    row = (_SEEN.c.source == source) & (_SEEN.c.path == mark)
    if not connection.execute(_SEEN.update().where(row).values(values)).rowcount:
        connection.execute(_SEEN.insert().values(source=source, path=mark, **values))
