"""Slices: how far the fold over time has come, and where it must begin again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import Connection, func, select

from watch.cells import DAY, HOUR, SLOT
from watch.cells import EPOCH as _EPOCH
from watch.store import schema
from watch.store.frames import batches, insert_records
from watch.store.meta import read_meta, write_meta

_SLICES = schema.slices
_KEPT_FROM = "kept_from"  # meta: the moment before which positions were forgotten


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


def mark_dirty(connection: Connection, slots: Collection[datetime]) -> set[datetime]:
    """Mark the slices in which these ten minutes lie as dirty and make those that are not there.

    Returns
    -------
    set of datetime
        The starts of the slices that were clean.

    Notes
    -----
    Commit this before the lake changes. A slice that turns out the same may be cleaned with `clear_dirty`, but only
    when it was clean before. A new slice is a UTC day, or, where that day has others, an hour or ten minutes of it.
    """
    clean: set[datetime] = set()
    for day, wanted in _by_day(slots).items():
        known = {s.start_at: s for s in read_slices(connection, day, day + DAY)}
        tiles = {start_at: s.end_at for start_at, s in known.items()}
        touched = {_covering(at, tiles) or _add(at, tiles) for at in wanted}
        clean |= {start_at for start_at in touched & known.keys() if not known[start_at].dirty}
        dirtied = _SLICES.c.start_at.in_(touched & known.keys())
        connection.execute(_SLICES.update().where(dirtied).values(dirty=True))
        insert_records(connection, _SLICES, [unknown(s, tiles[s]) for s in sorted(touched - known.keys())])
    return clean


def covering(connection: Connection, slots: Collection[datetime]) -> set[datetime]:
    """Return the starts of the slices in which these ten minutes lie."""
    found: set[datetime | None] = set()
    for day, wanted in _by_day(slots).items():
        tiles = {s.start_at: s.end_at for s in read_slices(connection, day, day + DAY)}
        found |= {_covering(at, tiles) for at in wanted}
    return {start_at for start_at in found if start_at}


def _by_day(slots: Collection[datetime]) -> dict[datetime, list[datetime]]:
    found: dict[datetime, list[datetime]] = {}
    for at in sorted(slots):
        found.setdefault(datetime.combine(at.astimezone(UTC).date(), time(), UTC), []).append(at)
    return found


def _covering(at: datetime, tiles: Mapping[datetime, datetime]) -> datetime | None:
    return next((start_at for start_at, end_at in tiles.items() if start_at <= at < end_at), None)


def _add(at: datetime, tiles: dict[datetime, datetime]) -> datetime:
    """Add the longest of day, hour and ten minutes around a moment that meets no slice, and return its start."""
    begins = ((_EPOCH + (at - _EPOCH) // length * length, length) for length in (DAY, HOUR, SLOT))
    free = (b for b in begins if not any(s < b[0] + b[1] and e > b[0] for s, e in tiles.items()))
    begin, length = next(free)  # slices lie on the grid of ten minutes, so that the last is free
    tiles[begin] = begin + length
    return begin


def unknown(start_at: datetime, end_at: datetime) -> dict[str, object]:
    """Return the row of a slice that was never computed."""
    return {"start_at": start_at, "end_at": end_at, "positions": 0, "dirty": True}


def mark_slices(connection: Connection, starts: Collection[datetime]) -> None:
    """Mark the slices that begin at these moments as dirty."""
    for some in batches(list(starts)):
        connection.execute(_SLICES.update().where(_SLICES.c.start_at.in_(some)).values(dirty=True))


def clear_dirty(connection: Connection, starts: Collection[datetime]) -> None:
    """Mark the slices that begin at these moments as clean again: nothing in them has changed after all."""
    for some in batches(list(starts)):
        connection.execute(_SLICES.update().where(_SLICES.c.start_at.in_(some)).values(dirty=False))


def mark_all_dirty(connection: Connection, from_at: datetime) -> None:
    """Mark every slice that begins at or after a moment as dirty."""
    connection.execute(_SLICES.update().where(_SLICES.c.start_at >= from_at).values(dirty=True))


def divide(connection: Connection, old: Slice, parts: Sequence[tuple[datetime, datetime]]) -> None:
    """Put shorter slices, all dirty, in the place of one; the last keeps the state that was known after it."""
    connection.execute(_SLICES.delete().where(_SLICES.c.start_at == old.start_at))
    rows = [unknown(start_at, end_at) | {"state_digest": None, "as_of": None} for start_at, end_at in parts]
    rows[-1] |= {"state_digest": old.state_digest, "as_of": old.as_of}
    insert_records(connection, _SLICES, rows)


def first_dirty(connection: Connection) -> datetime | None:
    """Return the start of the first dirty slice; None when there is nothing to do."""
    return connection.execute(select(func.min(_SLICES.c.start_at)).where(_SLICES.c.dirty)).scalar()


def read_slices(
    connection: Connection,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
    *,
    dirty: bool | None = None,
) -> list[Slice]:
    """Return the slices in order of time: all, those that begin in `[start_at, end_at)`, the dirty or the clean."""
    query = select(*(_SLICES.c[name] for name in Slice.__dataclass_fields__)).order_by(_SLICES.c.start_at)
    if start_at is not None:
        query = query.where(_SLICES.c.start_at >= start_at)
    if end_at is not None:
        query = query.where(_SLICES.c.start_at < end_at)
    if dirty is not None:
        query = query.where(_SLICES.c.dirty if dirty else ~_SLICES.c.dirty)
    return [Slice(*row) for row in connection.execute(query)]


def kept_from(connection: Connection) -> datetime:
    """Return the moment from which on positions are kept; long ago when none were ever forgotten."""
    stands = read_meta(connection, _KEPT_FROM)
    return datetime.fromisoformat(stands) if stands else _EPOCH


def drop_digests(connection: Connection, starts: Collection[datetime]) -> None:
    """Let the states after the slices that begin at these moments be forgotten."""
    for some in batches(list(starts)):
        connection.execute(_SLICES.update().where(_SLICES.c.start_at.in_(some)).values(state_digest=None))


def forget_slices(connection: Connection, before_at: datetime, boundary: Slice) -> None:
    """Put one clean slice in the place of all that begin before a moment; the state after it is where work begins."""
    connection.execute(_SLICES.delete().where(_SLICES.c.start_at < before_at))
    insert_records(connection, _SLICES, [vars(boundary)])
    write_meta(connection, _KEPT_FROM, before_at.isoformat())


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
