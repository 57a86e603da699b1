"""Events in the database: the ones each slice ended, and the open ones projected from the last state."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, or_, select

from watch.columns import ATTRIBUTED_COLUMNS
from watch.store import schema
from watch.store.frames import batches, insert_records, read_frame, to_records
from watch.store.types import to_json

_EVENTS = schema.events
_COLUMNS = [_EVENTS.c[name] for name in ATTRIBUTED_COLUMNS]
_KEPT = (_EVENTS.c.event_id, _EVENTS.c.content_hash, _EVENTS.c.slice_at, _EVENTS.c.vessel_id, _EVENTS.c.other_vessel_id)


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
    return _replace(connection, inside, events, start_at)


def replace_open_events(connection: Connection, events: pd.DataFrame) -> set[str]:
    """Store the events projected from the last state in place of those projected before; return as above."""
    return _replace(connection, _EVENTS.c.slice_at.is_(None), events, None)


def _replace(
    connection: Connection, scope: ColumnElement[bool], events: pd.DataFrame, slice_at: datetime | None
) -> set[str]:
    records = _records(events, slice_at)
    ids = [record["event_id"] for record in records]
    stored = {row.event_id: row for row in connection.execute(select(*_KEPT).where(scope))}
    for some in batches([event_id for event_id in ids if event_id not in stored]):
        stored |= {r.event_id: r for r in connection.execute(select(*_KEPT).where(_EVENTS.c.event_id.in_(some)))}
    fresh = [r for r in records if not _same(stored.get(r["event_id"]), r)]
    gone = (stored.keys() - set(ids)) | {r["event_id"] for r in fresh if r["event_id"] in stored}
    for some in batches(sorted(gone)):
        connection.execute(_EVENTS.delete().where(_EVENTS.c.event_id.in_(some)))
    insert_records(connection, _EVENTS, fresh)
    return _touched(stored, fresh, gone)


def _records(events: pd.DataFrame, slice_at: datetime | None) -> list[dict[str, Any]]:
    records = to_records(events, ATTRIBUTED_COLUMNS)
    for record in records:
        content = to_json(list(record.values()))
        record["content_hash"] = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        record["slice_at"] = slice_at
    return records


def _same(row: Any, record: dict[str, Any]) -> bool:
    return row is not None and row.content_hash == record["content_hash"] and row.slice_at == record["slice_at"]


def _touched(stored: dict[str, Any], fresh: Sequence[dict[str, Any]], gone: Iterable[str]) -> set[str]:
    new = {record["event_id"]: record for record in fresh}
    touched: set[str | None] = set()
    for event_id in new.keys() | set(gone):
        row, record = stored.get(event_id), new.get(event_id)
        if row and record and row.content_hash == record["content_hash"]:
            continue  # it only moved to another slice
        touched |= {row.vessel_id, row.other_vessel_id} if row else set()
        touched |= {record["vessel_id"], record["other_vessel_id"]} if record else set()
    return {vessel_id for vessel_id in touched if vessel_id}


def read_events(
    connection: Connection,
    *,
    kind: str | None = None,
    mmsi: int | None = None,
    imo: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    vessel_ids: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return stored events, columns `columns.ATTRIBUTED_COLUMNS`, by start and id.

    Parameters
    ----------
    kind
        Only this kind.
    mmsi, imo, vessel_ids
        Only events with these on either side of them.
    from_at, to_at
        Only events of which some part lies in `[from_at, to_at)`; an open one lasts on.
    """
    wanted = _wanted(kind, mmsi, imo, from_at, to_at)
    if vessel_ids is None:
        return _read(connection, wanted)
    sides = (_EVENTS.c.vessel_id, _EVENTS.c.other_vessel_id)
    some = [
        _read(connection, [*wanted, or_(*(side.in_(ids) for side in sides))]) for ids in batches(sorted(vessel_ids))
    ]
    if len(some) < 2:
        return some[0] if some else _read(connection, [_EVENTS.c.event_id.is_(None)])
    both = pd.concat(some, ignore_index=True).drop_duplicates("event_id")
    return both.sort_values(["start_at", "event_id"], ignore_index=True)


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


def _read(connection: Connection, wanted: Sequence[ColumnElement[bool]]) -> pd.DataFrame:
    query = select(*_COLUMNS).where(*wanted).order_by(_EVENTS.c.start_at, _EVENTS.c.event_id)
    return read_frame(connection, query, _COLUMNS)
