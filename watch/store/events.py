"""Events in the database: the ones each slice ended, and the open ones projected from the last state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import compress
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Connection, or_, select

from watch.attribution import shared_radios
from watch.columns import ATTRIBUTED_COLUMNS
from watch.store import schema
from watch.store.frames import Columns, batches, insert_columns, read_frame, to_columns
from watch.store.types import to_json

_EVENTS = schema.events
_COLUMNS = [_EVENTS.c[name] for name in ATTRIBUTED_COLUMNS]
_MOMENTS = ("start_at", "end_at")
_SILENCES = ("gap", "loitering")  # what a meeting that nobody heard can hide in


def replace_slice_events(
    connection: Connection, start_at: datetime, end_at: datetime, events: pd.DataFrame
) -> set[str]:
    """Store the events that ended in the slice `[start_at, end_at)` in place of those stored for it.

    Returns
    -------
    set of str
        The vessels, on both sides of a meeting, of the events that are new, changed or gone.

    Notes
    -----
    An event that stood in another slice, or as open, moves to this one.
    """
    inside = (_EVENTS.c.slice_at >= start_at) & (_EVENTS.c.slice_at < end_at)
    return _replace(connection, [inside & ~_EVENTS.c.derived], events, start_at)


def replace_open_events(
    connection: Connection, events: pd.DataFrame, kept_kinds: Collection[str] = (), gone: Collection[str] = ()
) -> set[str]:
    """Store the events projected from the last state in place of those projected before; return as above.

    Parameters
    ----------
    connection
        In a transaction.
    events
        Those that are open, without those of `kept_kinds` that stand as they stood.
    kept_kinds, gone
        Of these kinds only the events with the ids `gone` are no longer open.
    """
    projected = _EVENTS.c.slice_at.is_(None) & ~_EVENTS.c.derived & _EVENTS.c.origin.is_(None)
    scopes = [projected & _EVENTS.c.kind.not_in(kept_kinds)]
    scopes += [projected & _EVENTS.c.event_id.in_(some) for some in batches(sorted(gone))]
    return _replace(connection, scopes, events, None)


def replace_derived_events(connection: Connection, vessel_ids: Collection[str], events: pd.DataFrame) -> set[str]:
    """Store what was told from the timelines of these vessels in place of what was told before; return as above."""
    sides = (_EVENTS.c.vessel_id, _EVENTS.c.other_vessel_id)
    scopes = [_EVENTS.c.derived & side.in_(some) for some in batches(sorted(vessel_ids)) for side in sides]
    return _replace(connection, scopes, events, None, derived=True)


def save_foreign_events(connection: Connection, events: pd.DataFrame, origin: str) -> set[str]:
    """Store events that somebody else found, in place of those with the same ids; return as above."""
    return _replace(connection, [], events, None, origin=origin)


def _replace(
    connection: Connection,
    scopes: Sequence[ColumnElement[bool]],
    events: pd.DataFrame,
    slice_at: datetime | None,
    *,
    derived: bool = False,
    origin: str | None = None,
) -> set[str]:
    columns = _columns(events, slice_at, derived=derived)
    columns["origin"] = [origin] * len(events)
    made = {row.event_id: row for row in map(_Kept._make, zip(*(columns[c] for c in _Kept._fields), strict=True))}
    stored = _stored(connection, scopes, made)
    fresh = {event_id for event_id, row in made.items() if stored.get(event_id) != row}
    gone = (stored.keys() - made.keys()) | (fresh & stored.keys())
    for some in batches(sorted(gone)):
        connection.execute(_EVENTS.delete().where(_EVENTS.c.event_id.in_(some)))
    chosen = [event_id in fresh for event_id in columns["event_id"]]
    insert_columns(connection, _EVENTS, {name: [*compress(values, chosen)] for name, values in columns.items()})
    changed = [(stored.get(event_id), made.get(event_id)) for event_id in fresh | gone]
    return _vessels(row for pair in changed if _content(pair[0]) != _content(pair[1]) for row in pair)


class _Kept(NamedTuple):
    """What tells whether a row is another: the hash stands for all that was seen and declared."""

    event_id: str
    content_hash: str
    slice_at: datetime | None
    vessel_id: str | None
    other_vessel_id: str | None


def _columns(events: pd.DataFrame, slice_at: datetime | None, *, derived: bool = False) -> Columns:
    columns = to_columns(events, ATTRIBUTED_COLUMNS)
    columns["details"] = [to_json(details) for details in columns["details"]]
    moments = {name: events[name].astype("datetime64[us, UTC]").astype("int64").tolist() for name in _MOMENTS}
    hashed = zip(*(columns | moments).values(), strict=True)  # a moment takes longer to spell than its number
    columns["content_hash"] = [_hash(repr(row)) for row in hashed]
    columns["slice_at"] = [slice_at] * len(events)
    columns["derived"] = [derived] * len(events)
    return columns


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _stored(connection: Connection, scopes: Sequence[ColumnElement[bool]], ids: Collection[str]) -> dict[str, _Kept]:
    """Return the rows in one of the scopes, and those elsewhere with one of these ids."""
    query = select(*(_EVENTS.c[name] for name in _Kept._fields))
    stored = {row.event_id: _Kept(*row) for scope in scopes for row in connection.execute(query.where(scope))}
    for some in batches([event_id for event_id in ids if event_id not in stored]):
        found = connection.execute(query.where(_EVENTS.c.event_id.in_(some)))
        stored |= {row.event_id: _Kept(*row) for row in found}
    return stored


def _content(row: _Kept | None) -> str | None:
    return row and row.content_hash


def _vessels(rows: Iterable[_Kept | None]) -> set[str]:
    sides = (side for row in rows if row for side in (row.vessel_id, row.other_vessel_id))
    return {vessel_id for vessel_id in sides if vessel_id}


def rewrite_events(connection: Connection, events: pd.DataFrame) -> None:
    """Store events that are stored already with other vessels or details; their slices and finders stay."""
    kept: dict[str, Any] = {}
    for some in batches(events["event_id"].tolist()):
        rows = select(_EVENTS.c.event_id, _EVENTS.c.slice_at, _EVENTS.c.origin).where(_EVENTS.c.event_id.in_(some))
        kept |= {row.event_id: row for row in connection.execute(rows)}
        connection.execute(_EVENTS.delete().where(_EVENTS.c.event_id.in_(some)))
    columns = _columns(events, None)
    for name in ("slice_at", "origin"):
        columns[name] = [getattr(kept[event_id], name) for event_id in columns["event_id"]]
    insert_columns(connection, _EVENTS, columns)


def read_vessel_ids(connection: Connection) -> set[str]:
    """Return every vessel that has an event."""
    sides = (_EVENTS.c.vessel_id, _EVENTS.c.other_vessel_id)
    return {v for side in sides for v in connection.execute(select(side).distinct()).scalars() if v}


def read_met(connection: Connection, vessel_ids: Collection[str]) -> set[str]:
    """Return the vessels that these met."""
    one, other = _EVENTS.c.vessel_id, _EVENTS.c.other_vessel_id
    met: set[str] = set()
    for some in batches(sorted(vessel_ids)):
        met |= set(connection.execute(select(other).where(one.in_(some), other.is_not(None)).distinct()).scalars())
        met |= set(connection.execute(select(one).where(other.in_(some)).distinct()).scalars())
    return met


def read_shared(connection: Connection) -> dict[int, tuple[int, ...]]:
    """Return the radios that were seen to be several hulls at once, with their segments."""
    query = select(*_COLUMNS).where(schema.IS_OF_HULLS)
    return shared_radios(read_frame(connection, query, _COLUMNS))


def read_events(
    connection: Connection,
    *,
    kind: str | None = None,
    mmsi: int | None = None,
    imo: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    vessel_ids: Collection[str] | None = None,
    mmsis: Collection[int] | None = None,
    derived: bool | None = None,
    foreign: bool | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Return stored events, columns `columns.ATTRIBUTED_COLUMNS`, by start and id.

    Parameters
    ----------
    kind
        Only this kind.
    mmsi, imo, vessel_ids, mmsis
        Only events with this, or one of these, on either side of them.
    from_at, to_at
        Only events of which some part lies in `[from_at, to_at)`; an open one lasts on.
    derived
        Only those told from other events, or only those that were not.
    foreign
        Only those that somebody else found, or only ours.
    after, limit
        Only those after the event with this start and id, and at most so many of them.
    """
    wanted = _wanted(kind, mmsi, imo, from_at, to_at)
    if after is not None:
        start_at, event_id = after
        later = (_EVENTS.c.start_at > start_at) | (_EVENTS.c.event_id > event_id)
        wanted += [_EVENTS.c.start_at >= start_at, later]
    if derived is not None:
        wanted.append(_EVENTS.c.derived if derived else ~_EVENTS.c.derived)
    if foreign is not None:
        if foreign and not _has_foreign(connection):
            return _read(connection, [_EVENTS.c.event_id.is_(None)])
        wanted.append(_EVENTS.c.origin.is_not(None) if foreign else _EVENTS.c.origin.is_(None))
    if vessel_ids is None and mmsis is None:
        return _read(connection, wanted, limit)
    c = _EVENTS.c
    sides = (c.mmsi, c.other_mmsi) if vessel_ids is None else (c.vessel_id, c.other_vessel_id)
    asked: list[Any] = sorted(mmsis or ()) if vessel_ids is None else sorted(vessel_ids)
    some = [_read(connection, [*wanted, or_(*(side.in_(ids) for side in sides))], limit) for ids in batches(asked)]
    if len(some) < 2:
        return some[0] if some else _read(connection, [_EVENTS.c.event_id.is_(None)])
    both = pd.concat(some, ignore_index=True).drop_duplicates("event_id")
    return both.sort_values(["start_at", "event_id"], ignore_index=True).head(limit or len(both))


def read_slice_events(connection: Connection, before_at: datetime) -> pd.DataFrame:
    """Return the events of the fold that ended in slices before a moment."""
    return _read(connection, [_EVENTS.c.slice_at < before_at, ~_EVENTS.c.derived])


def _has_foreign(connection: Connection) -> bool:
    """Return whether others found any event: mostly none, and then a fleet need not be looked through for them."""
    one = select(_EVENTS.c.origin).where(_EVENTS.c.origin.is_not(None)).limit(1)
    return connection.execute(one).first() is not None


def read_silences(connection: Connection, near: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps and loiterings of any vessel at the times of those among the events `near`."""
    asked = near[near["kind"].isin(_SILENCES)]
    if asked.empty:
        return _read(connection, [_EVENTS.c.event_id.is_(None)])
    wanted = _wanted(None, None, None, asked["start_at"].min().to_pydatetime(), None)
    if asked["end_at"].notna().all():
        wanted.append(_EVENTS.c.start_at <= asked["end_at"].max().to_pydatetime())
    return _read(connection, [*wanted, _EVENTS.c.kind.in_(_SILENCES), _EVENTS.c.origin.is_(None)])


def _wanted(
    kind: str | None, mmsi: int | None, imo: int | None, from_at: datetime | None, to_at: datetime | None
) -> list[ColumnElement[bool]]:
    c = _EVENTS.c
    wanted: list[ColumnElement[bool]] = []
    if kind is not None:
        wanted.append(c.kind == kind)
    if mmsi is not None:
        wanted.append(or_(c.mmsi == mmsi, c.other_mmsi == mmsi))
    if imo is not None:
        wanted.append(or_(c.imo == imo, c.other_imo == imo))
    if from_at is not None:
        wanted.append(or_(c.end_at.is_(None), c.end_at >= from_at))
    if to_at is not None:
        wanted.append(c.start_at < to_at)
    return wanted


def _read(connection: Connection, wanted: Sequence[ColumnElement[bool]], limit: int | None = None) -> pd.DataFrame:
    query = select(*_COLUMNS).where(*wanted).order_by(_EVENTS.c.start_at, _EVENTS.c.event_id).limit(limit)
    return read_frame(connection, query, _COLUMNS)
