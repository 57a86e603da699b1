"""The history of alerts and silences: rows that are only added, each sealed by a hash over itself and the row before.

One writer at a time adds to it (`hold_history`), so that a row's number is also the order in which rows came to be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, select, text

from watch.store import schema
from watch.store.frames import insert_records
from watch.store.meta import read_meta, write_meta
from watch.store.types import iso, storable, to_json

_HISTORY = schema.alert_history
_HEAD = "alert_history_head"
_BEGINNING = "0" * 64
_SEALED = ("seq", "alert_id", "version", "at", "change", "actor", "status", "reason", "content", "prev_hash")
_SEALED_IF_THERE = ("note", "silence_id")  # came later: a row without them is sealed as ever
_LOCK = 7_447_402  # any number that is ours alone on the server
_WAIT_S = 30  # own: as long as SQLite waits; nobody sits longer before a command that seems to do nothing


@dataclass(frozen=True)
class Change:
    """One change of one alert or silence: `change` says what happened, `status` and `content` what it is now."""

    alert_id: str | None
    version: int
    at: datetime
    change: str
    actor: str
    status: str
    reason: str | None
    content: dict[str, Any]
    note: str | None = None
    silence_id: int | None = None


def hold_history(connection: Connection) -> None:
    """Let nobody else add to the history until this transaction ends; wait for whoever does so now."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    else:
        connection.execute(schema.meta.update().where(schema.meta.c.key == _HEAD).values(key=_HEAD))


@contextmanager
def deciding(engine: Engine, wait_s: float = _WAIT_S) -> Iterator[Connection]:
    """Give a transaction in which a person's decision is stored; all or nothing.

    Raises
    ------
    BusyError
        When a run is storing its results and does not come to an end in half a minute (on PostgreSQL: in `wait_s`).
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{wait_s * 1000:.0f}ms"}
            )
        hold_history(connection)
        yield connection


def append_history(connection: Connection, changes: Sequence[Change]) -> None:
    """Add changes at the end of the history."""
    if not changes:
        return
    head = read_meta(connection, _HEAD) or {"seq": 0, "hash": _BEGINNING}
    rows = []
    for seq, change in enumerate(changes, head["seq"] + 1):
        row = vars(change) | {"seq": seq, "prev_hash": head["hash"], "actor": storable(change.actor)}
        row |= {name: None if row[name] is None else storable(row[name]) for name in ("reason", "note")}
        head = {"seq": seq, "hash": _seal(row)}
        rows.append(row | {"hash": head["hash"]})
    insert_records(connection, _HISTORY, rows)
    write_meta(connection, _HEAD, head)


def _seal(row: RowMapping | dict[str, Any]) -> str:
    sealed = [iso(row[name]) if name == "at" else row[name] for name in _SEALED]
    more = {name: row[name] for name in _SEALED_IF_THERE if row[name] is not None}
    return hashlib.sha256(to_json([*sealed, more] if more else sealed).encode()).hexdigest()


def read_history(connection: Connection, *, alert_id: str | None = None, after_seq: int = 0) -> list[dict[str, Any]]:
    """Return changes of alerts in order, of one alert when given, and only those after a sequence number."""
    whose = _HISTORY.c.alert_id.is_not(None) if alert_id is None else _HISTORY.c.alert_id == alert_id
    return _rows(connection, whose & (_HISTORY.c.seq > after_seq))


def read_silence_history(connection: Connection, *, after_seq: int = 0) -> list[dict[str, Any]]:
    """Return changes of silences in order, only those after a sequence number."""
    return _rows(connection, _HISTORY.c.silence_id.is_not(None) & (_HISTORY.c.seq > after_seq))


def _rows(connection: Connection, wanted: Any) -> list[dict[str, Any]]:
    query = select(_HISTORY).where(wanted).order_by(_HISTORY.c.seq)
    return [dict(row) for row in connection.execute(query).mappings()]


def last_row(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last row; the hash seals all before it, and is zeros while there is none."""
    head = read_meta(connection, _HEAD) or {"seq": 0, "hash": _BEGINNING}
    return int(head["seq"]), str(head["hash"])


def goes_on_from(connection: Connection, seq: int, sealed: str) -> bool:
    """Return whether the history still has this row with this hash: all up to there is as it was."""
    found = connection.execute(select(_HISTORY.c.hash).where(_HISTORY.c.seq == seq)).scalar()
    return (found or _BEGINNING) == sealed


def find_hash(connection: Connection, sealed: str) -> int | None:
    """Return the number of the row with this hash; None when there is none."""
    found = connection.execute(select(_HISTORY.c.seq).where(_HISTORY.c.hash == sealed)).scalar()
    return 0 if sealed == _BEGINNING else found


def verify_history(connection: Connection) -> list[str]:
    """Return what is wrong with the history, one sentence a fault; nothing when it is whole.

    Notes
    -----
    Changed, removed, added and reordered rows are found, and alerts and silences that differ from their last row.
    Who can write to the database can also seal a forged history anew; keep a copy of the last hash elsewhere
    against that.
    """
    return [*_broken_rows(connection), *_differing_alerts(connection), *_differing_silences(connection)]


def _broken_rows(connection: Connection) -> Iterator[str]:
    seq, previous = 0, _BEGINNING
    for row in connection.execute(select(_HISTORY).order_by(_HISTORY.c.seq)).mappings():
        seq += 1
        if row["seq"] != seq:
            yield f"rows {seq} to {row['seq'] - 1} of the history of alerts are missing"
            seq = row["seq"]
        if row["prev_hash"] != previous:
            yield f"row {seq} of the history of alerts does not follow the row before it"
        previous = _seal(row)
        if row["hash"] != previous:
            whose = row["alert_id"] or f"silence {row['silence_id']}"
            yield f"row {seq} of the history of alerts ({whose}) was changed after it was written"
    head = read_meta(connection, _HEAD) or {"seq": 0, "hash": _BEGINNING}
    if head != {"seq": seq, "hash": previous}:
        yield f"the history of alerts ends at row {seq}, and row {head['seq']} was the last one written"


def broken_rows_of(connection: Connection, alert_id: str) -> list[int]:
    """Return the numbers of an alert's rows that were changed after they were written, or follow another row than then.

    Notes
    -----
    It asks for these rows and those before them alone; `verify_history` looks through all of it.
    """
    before = _HISTORY.alias()
    query = select(_HISTORY, before.c.hash.label("before")).where(_HISTORY.c.alert_id == alert_id)
    rows = connection.execute(query.outerjoin_from(_HISTORY, before, before.c.seq == _HISTORY.c.seq - 1))
    return sorted(
        row["seq"]
        for row in rows.mappings()
        if row["hash"] != _seal(row) or row["prev_hash"] != (row["before"] or _BEGINNING)
    )


def _differing_alerts(connection: Connection) -> Iterator[str]:
    last = {row["alert_id"]: row for row in read_history(connection)}
    alerts = {row["alert_id"]: row for row in connection.execute(select(schema.alerts)).mappings()}
    for alert_id in sorted(last.keys() | alerts.keys()):
        row, alert = last.get(alert_id), alerts.get(alert_id)
        if not row or not alert or any(row[name] != alert[name] for name in ("version", "status", "content")):
            yield f"alert {alert_id} differs from the last row of its history"


def _differing_silences(connection: Connection) -> Iterator[str]:
    last = {row["silence_id"]: row["content"] for row in read_silence_history(connection)}
    silences = {row["silence_id"]: row for row in connection.execute(select(schema.silences)).mappings()}
    for silence_id in sorted(last.keys() | silences.keys()):
        row = silences.get(silence_id)
        if row is None or last.get(silence_id) != silence_content(row):
            yield f"silence {silence_id} differs from the last row of its history"


def silence_content(row: RowMapping | dict[str, Any]) -> dict[str, Any]:
    """Return a row of `silences` as the history keeps it: moments as texts."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
