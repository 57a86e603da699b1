"""The history of alerts: rows that are only added, each sealed by a hash over itself and the row before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from watch.store import schema
from watch.store.frames import insert_records
from watch.store.meta import read_meta, write_meta
from watch.store.types import iso, storable, to_json

_HISTORY = schema.alert_history
_HEAD = "alert_history_head"
_BEGINNING = "0" * 64
_SEALED = ("seq", "alert_id", "version", "at", "change", "actor", "status", "reason", "content", "prev_hash")


@dataclass(frozen=True)
class Change:
    """One change of one alert: `change` says what happened, `status` and `content` what the alert is now."""

    alert_id: str
    version: int
    at: datetime
    change: str
    actor: str
    status: str
    reason: str | None
    content: dict[str, Any]


def append_history(connection: Connection, changes: Sequence[Change]) -> None:
    """Add changes at the end of the history."""
    if not changes:
        return
    head = read_meta(connection, _HEAD) or {"seq": 0, "hash": _BEGINNING}
    rows = []
    for seq, change in enumerate(changes, head["seq"] + 1):
        row = vars(change) | {"seq": seq, "prev_hash": head["hash"], "actor": storable(change.actor)}
        row["reason"] = None if change.reason is None else storable(change.reason)
        head = {"seq": seq, "hash": _seal(row)}
        rows.append(row | {"hash": head["hash"]})
    insert_records(connection, _HISTORY, rows)
    write_meta(connection, _HEAD, head)


def _seal(row: RowMapping | dict[str, Any]) -> str:
    sealed = [iso(row[name]) if name == "at" else row[name] for name in _SEALED]
    return hashlib.sha256(to_json(sealed).encode()).hexdigest()


def read_history(connection: Connection, *, alert_id: str | None = None, after_seq: int = 0) -> list[dict[str, Any]]:
    """Return changes in order, of one alert when given, and only those after a sequence number."""
    query = select(_HISTORY).where(_HISTORY.c.seq > after_seq).order_by(_HISTORY.c.seq)
    if alert_id is not None:
        query = query.where(_HISTORY.c.alert_id == alert_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def verify_history(connection: Connection) -> list[str]:
    """Return what is wrong with the history, one sentence a fault; nothing when it is whole.

    Notes
    -----
    Changed, removed, added and reordered rows are found, and alerts that differ from their last row. Who can write
    to the database can also seal a forged history anew; keep a copy of the last hash elsewhere against that.
    """
    return [*_broken_rows(connection), *_differing_alerts(connection)]


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
            yield f"row {seq} of the history of alerts ({row['alert_id']}) was changed after it was written"
    head = read_meta(connection, _HEAD) or {"seq": 0, "hash": _BEGINNING}
    if head != {"seq": seq, "hash": previous}:
        yield f"the history of alerts ends at row {seq}, and row {head['seq']} was the last one written"


def _differing_alerts(connection: Connection) -> Iterator[str]:
    last = {row["alert_id"]: row for row in read_history(connection)}
    alerts = {row["alert_id"]: row for row in connection.execute(select(schema.alerts)).mappings()}
    for alert_id in sorted(last.keys() | alerts.keys()):
        row, alert = last.get(alert_id), alerts.get(alert_id)
        if not row or not alert or any(row[name] != alert[name] for name in ("version", "status", "content")):
            yield f"alert {alert_id} differs from the last row of its history"
