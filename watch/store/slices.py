"""Slices: how far the fold over time has come, and where it must begin again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from watch.store import schema
from watch.store.frames import batches, insert_records

_SLICES = schema.slices


@dataclass(frozen=True)
class Slice:
    """A stretch of time `[start_at, end_at)`.

    Attributes
    ----------
    positions
        How many positions it held when it was computed.
    dirty
        Whether it must be computed again.
    state_digest, as_of
        The state after it and the last fix up to its end; None until it is computed.
    """

    start_at: datetime
    end_at: datetime
    positions: int
    dirty: bool
    state_digest: str | None
    as_of: datetime | None


def mark_dirty(connection: Connection, days: Collection[date]) -> set[date]:
    """Mark the slices of these UTC days as dirty, make those that are not there, and return the days that were clean.

    Notes
    -----
    Commit this before the lake changes. A day that turns out the same may be cleaned with `clear_dirty`, but only
    when it was clean before.
    """
    starts = {_start(day): day for day in days}
    known: dict[datetime, bool] = {}
    for some in batches(starts):
        rows = select(_SLICES.c.start_at, _SLICES.c.dirty).where(_SLICES.c.start_at.in_(some))
        known |= {row.start_at: row.dirty for row in connection.execute(rows)}
        connection.execute(_SLICES.update().where(_SLICES.c.start_at.in_(some)).values(dirty=True))
    new = [_unknown(start_at) for start_at in sorted(starts.keys() - known.keys())]
    insert_records(connection, _SLICES, new)
    return {starts[start_at] for start_at, dirty in known.items() if not dirty}


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _unknown(start_at: datetime) -> dict[str, object]:
    end_at = start_at + timedelta(days=1)
    return {"start_at": start_at, "end_at": end_at, "positions": 0, "dirty": True}


def clear_dirty(connection: Connection, days: Collection[date]) -> None:
    """Mark the slices of these UTC days as clean again: nothing in them has changed after all."""
    for some in batches([_start(day) for day in days]):
        connection.execute(_SLICES.update().where(_SLICES.c.start_at.in_(some)).values(dirty=False))


def first_dirty(connection: Connection) -> datetime | None:
    """Return the start of the first dirty slice; None when there is nothing to do."""
    return connection.execute(select(func.min(_SLICES.c.start_at)).where(_SLICES.c.dirty)).scalar()


def read_slices(connection: Connection) -> list[Slice]:
    """Return all slices in order of time."""
    columns = [_SLICES.c[name] for name in Slice.__dataclass_fields__]
    return [Slice(*row) for row in connection.execute(select(*columns).order_by(_SLICES.c.start_at))]


def save_slice(
    connection: Connection,
    start_at: datetime,
    end_at: datetime,
    *,
    positions: int,
    state_digest: str | None,
    as_of: datetime | None,
) -> None:
    """Store what computing a slice gave and mark it clean."""
    connection.execute(_SLICES.delete().where(_SLICES.c.start_at == start_at))
    computed = Slice(start_at, end_at, positions, False, state_digest, as_of)
    insert_records(connection, _SLICES, [vars(computed)])
