"""Outages as health of the data: one row for each time in which areas were hardly heard, told when it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, or_, select

from watch.store import schema
from watch.store.frames import insert_records, to_records
from watch.wording import moment_words, plural, position_words, span_words

_HEALTH = schema.health
_KIND = "outage"
_AREA = ("lat", "lon", "size_deg", "heard", "usual", "share")
_NAMED_MAX = 3


def replace_outages(
    connection: Connection, start_at: datetime, end_at: datetime, outages: pd.DataFrame, *, at: datetime
) -> None:
    """Store the outages that ended in the slice `[start_at, end_at)` in place of those stored for it.

    Parameters
    ----------
    connection
        In a transaction.
    start_at, end_at
        The slice; an outage that lasts to its very end is over in the next.
    outages
        Columns `outage.OUTAGE_COLUMNS`.
    at
        The time of finding them; a row that stays the same keeps its own, so that no digest tells it twice.
    """
    inside = (_HEALTH.c.end_at >= start_at) & (_HEALTH.c.end_at < end_at)
    _replace(connection, inside, outages, at)


def replace_open_outages(connection: Connection, outages: pd.DataFrame, *, at: datetime) -> None:
    """Store the outages that last to the data's clock in place of those stored before."""
    _replace(connection, _HEALTH.c.end_at.is_(None), outages, at)


def read_outages(
    connection: Connection, from_at: datetime | None = None, to_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return outages of which some part lies in `[from_at, to_at)`, in order of time; an open one lasts on.

    Each has `start_at`, `end_at`, `message` and `details["areas"]`: `lat`, `lon`, `size_deg` (None for the whole
    feed), `heard` and `usual` ships an hour, `share`.
    """
    c = _HEALTH.c
    query = select(c.start_at, c.end_at, c.message, c.details).where(c.kind == _KIND)
    if from_at is not None:
        query = query.where(or_(c.end_at.is_(None), c.end_at > from_at))
    if to_at is not None:
        query = query.where(c.start_at < to_at)
    found = connection.execute(query.order_by(c.start_at, c.health_id))
    return [dict(row) for row in found.mappings()]


def _replace(connection: Connection, scope: ColumnElement[bool], outages: pd.DataFrame, at: datetime) -> None:
    c = _HEALTH.c
    rows = _rows(outages)
    query = select(c.health_id, c.start_at, c.end_at, c.message).where(scope, c.kind == _KIND)
    stored = {(s, e, message): number for number, s, e, message in connection.execute(query)}
    same = {(row["start_at"], row["end_at"], row["message"]): row for row in rows}
    gone = [number for key, number in stored.items() if key not in same]
    connection.execute(_HEALTH.delete().where(c.health_id.in_(gone)))
    insert_records(connection, _HEALTH, [{**row, "at": at} for key, row in same.items() if key not in stored])
    for key in stored.keys() & same.keys():
        changed = _HEALTH.update().where(c.health_id == stored[key])
        connection.execute(changed.values(details=same[key]["details"]))


def _rows(outages: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each time: areas that fell silent and came back together are told together."""
    together: dict[tuple[datetime, datetime | None], list[dict[str, Any]]] = {}
    for row in to_records(outages, ("start_at", "end_at", *_AREA)):
        together.setdefault((row["start_at"], row["end_at"]), []).append({name: row[name] for name in _AREA})
    return [
        {"kind": _KIND, "start_at": a, "end_at": b, "message": outage_words(a, b, areas), "details": {"areas": areas}}
        for (a, b), areas in together.items()
    ]


def outage_words(start_at: datetime, end_at: datetime | None, areas: Sequence[Mapping[str, Any]]) -> str:
    """Return an outage in one sentence; of one that lasts, only what does not change from hour to hour.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> begin = datetime(2020, 12, 4, 12, tzinfo=UTC)
    >>> area = {"lat": 41.0, "lon": -73.0, "size_deg": 2.0, "heard": 3.2, "usual": 40.0, "share": 0.08}
    >>> outage_words(begin, begin + timedelta(hours=8), [area]).split(": ")[0]
    '4 Dec 2020 12:00 – 4 Dec 2020 20:00 UTC (8 h)'
    >>> outage_words(begin, begin + timedelta(hours=8), [area]).split(": ")[1]
    "3 ships an hour heard where 40 are usual, around 41°00.0'N 073°00.0'W"
    """
    named = [position_words(a["lat"], a["lon"]) for a in areas if a["lat"] is not None]
    where = f"around {'; '.join(named[:_NAMED_MAX])}" if named else "in the whole feed"
    if len(named) > _NAMED_MAX:
        where += f" and in {plural(len(named) - _NAMED_MAX, 'more area')}"
    if end_at is None:
        return f"since {moment_words(start_at)}: far fewer ships heard than usual {where}"
    heard, usual = (sum(a[name] for a in areas) for name in ("heard", "usual"))
    seen = f"{plural(round(heard), 'ship')} an hour heard where {usual:.0f} are usual, {where}"
    return f"{span_words(start_at, end_at)}: {seen}"
