"""Identities: what radios declared over time, and which vessel each was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, Table, or_, select

from watch.store import schema
from watch.store.frames import batches, insert_records, read_frame, to_records

_IDENTITIES = schema.identities
_LATE = timedelta(hours=12)  # identity: how long after an event a draught still tells of it
_IDENTITY_COLUMNS = [column for column in _IDENTITIES.columns if column.name != "ordinal"]


def replace_identities(connection: Connection, mmsis: Collection[int], frame: pd.DataFrame) -> None:
    """Store all changes of identity of these radios in place of those stored for them."""
    _forget(connection, _IDENTITIES, mmsis)
    _insert_identities(connection, frame)


def replace_slice_identities(
    connection: Connection, start_at: datetime, end_at: datetime, frame: pd.DataFrame
) -> set[int]:
    """Store the changes of identity seen in `[start_at, end_at)` in place of those stored for it.

    Returns
    -------
    set of int
        The radios whose changes are now others.
    """
    inside = (_IDENTITIES.c.seen_at >= start_at) & (_IDENTITIES.c.seen_at < end_at)
    stored = _read_identities(connection, [inside])
    connection.execute(_IDENTITIES.delete().where(inside))
    _insert_identities(connection, frame)
    if stored.empty:
        return set(frame["mmsi"].tolist())
    before, after = _rows_by_radio(stored), _rows_by_radio(_read_identities(connection, [inside]))
    return {mmsi for mmsi in before.keys() | after.keys() if before.get(mmsi) != after.get(mmsi)}


def radios_named_anew(
    connection: Connection, mmsis: Collection[int], before_at: datetime, from_at: datetime | None = None
) -> set[int]:
    """Return which of these radios have events of other slices that a change of identity in one may concern.

    Parameters
    ----------
    mmsis
        Whose identity changed in the slice.
    before_at, from_at
        The slice's beginning and its end; without an end there is none after it.

    Notes
    -----
    A change concerns the events after it; those that ended in the half day before, whose draught afterwards it
    tells; and, when it is the radio's first or its first IMO number, all.
    """
    e, c = schema.events.c, _IDENTITIES.c
    found: set[int] = set()
    for some in batches(sorted(mmsis)):
        known = select(c.mmsi).where(c.mmsi.in_(some), c.seen_at < before_at, c.imo.is_not(None)).distinct()
        named = set(connection.execute(known).scalars())
        for side in (e.mmsi, e.other_mmsi):
            older = (
                side.in_(some),
                or_(e.slice_at < before_at, e.origin.is_not(None)),
            )  # the fold finds none of others
            late = or_(e.end_at >= before_at - _LATE, e.end_at.is_(None))
            found |= set(connection.execute(select(side).where(*older, late).distinct()).scalars())
            found |= set(connection.execute(select(side).where(*older).distinct()).scalars()) - named
            if from_at is not None:  # found later, and begun or named here
                found |= set(
                    connection.execute(select(side).where(side.in_(some), e.slice_at >= from_at).distinct()).scalars()
                )
    return found


def _rows_by_radio(frame: pd.DataFrame) -> dict[int, list[dict[str, object]]]:
    found: dict[int, list[dict[str, object]]] = {}
    for record in to_records(frame, [column.name for column in _IDENTITY_COLUMNS]):
        found.setdefault(record["mmsi"], []).append(record)
    return found


def _insert_identities(connection: Connection, frame: pd.DataFrame) -> None:
    ordinal = frame.groupby(["mmsi", "seen_at"]).cumcount()
    names = [column.name for column in _IDENTITIES.columns]
    insert_records(connection, _IDENTITIES, to_records(frame.assign(ordinal=ordinal), names))


def read_identities(connection: Connection, mmsis: Collection[int] | None = None) -> pd.DataFrame:
    """Return changes of identity by radio and time, of these radios only when given."""
    if mmsis is None:
        return _read_identities(connection, [])
    found = [_read_identities(connection, [_IDENTITIES.c.mmsi.in_(some)]) for some in batches(sorted(mmsis))]
    return pd.concat(found, ignore_index=True) if found else _read_identities(connection, _nothing(_IDENTITIES))


def read_identities_since(connection: Connection, at: datetime) -> pd.DataFrame:
    """Return the changes of identity seen at or after a moment."""
    return _read_identities(connection, [_IDENTITIES.c.seen_at >= at])


def read_identities_before(connection: Connection, at: datetime) -> pd.DataFrame:
    """Return the changes of identity seen before a moment."""
    return _read_identities(connection, [_IDENTITIES.c.seen_at < at])


def radios_of_hulls(connection: Connection, imos: Collection[int]) -> set[int]:
    """Return the radios that ever declared one of these IMO numbers."""
    c = _IDENTITIES.c
    found = (select(c.mmsi).where(c.imo.in_(some)).distinct() for some in batches(sorted(imos)))
    return {mmsi for query in found for mmsi in connection.execute(query).scalars()}


def _read_identities(connection: Connection, wanted: list[ColumnElement[bool]]) -> pd.DataFrame:
    c = _IDENTITIES.c
    query = select(*_IDENTITY_COLUMNS).where(*wanted).order_by(c.mmsi, c.seen_at, c.ordinal)
    return read_frame(connection, query, _IDENTITY_COLUMNS)


def _forget(connection: Connection, table: Table, mmsis: Collection[int]) -> None:
    for some in batches(sorted(mmsis)):
        connection.execute(table.delete().where(table.c.mmsi.in_(some)))


def _nothing(table: Table) -> list[ColumnElement[bool]]:
    key: Column[int] = table.c.mmsi
    return [key.is_(None)]
