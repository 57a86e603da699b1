"""What people decide about alerts; `watch.alert_life` says what they may."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from watch.alert_life import CLOSE_REASONS, LIFE, refusal
from watch.errors import ConfigError, ConflictError
from watch.store import schema
from watch.store.alert_rows import public_alert, rows_with_ids, write_rows
from watch.store.frames import batches
from watch.store.history import hold_history, read_history
from watch.store.types import iso
from watch.wording import clean

_HISTORY = schema.alert_history


def decide_alerts(
    connection: Connection,
    versions: Mapping[str, int],
    what: str,
    *,
    at: datetime,
    actor: str,
    reason: str | None = None,
    note: str | None = None,
) -> list[dict[str, Any]]:
    """Acknowledge, close or re-open alerts, all or none, and return them as they are then.

    Parameters
    ----------
    versions
        By alert, the version that the person has seen.
    what
        `ack`, `close` or `reopen`.
    at, actor
        When, and who.
    reason
        For `close` one of `CLOSE_REASONS`.
    note
        What the person has to say about it, for the history.

    Raises
    ------
    ConflictError
        When somebody changed one of them since that version.
    ConfigError
        When there is no such alert, or this may not be done to it; the faults of all are told at once.
    """
    if what == "close" and reason not in CLOSE_REASONS:
        raise ConfigError(f"{reason!r} is no reason to close an alert; choose one of {', '.join(CLOSE_REASONS)}")
    stored = seen_rows(connection, versions)
    if refused := [f"alert {name} {no}" for name, row in stored.items() if (no := refusal(row["status"], what))]:
        raise ConfigError("\n".join(refused))
    rows = [_decided(row, what, reason) | {"updated_at": at, "note": note} for row in stored.values()]
    write_rows(connection, rows, actor)
    return [public_alert(row) for row in rows_with_ids(connection, versions).values()]


def seen_rows(connection: Connection, versions: Mapping[str, int]) -> dict[str, RowMapping]:
    """Return alerts by id, which stay as they are until this transaction ends.

    Parameters
    ----------
    versions
        By alert, the version that a person has seen.

    Raises
    ------
    ConflictError
        When somebody changed one of them since that version.
    ConfigError
        When there is no such alert.
    """
    hold_history(connection)
    stored = rows_with_ids(connection, versions)
    if gone := sorted(versions.keys() - stored.keys()):
        raise ConfigError(f"there is no alert {', '.join(gone)}; `shipwatch alerts list` shows them")
    if stale := [_changed_since(connection, row) for name, row in stored.items() if row["version"] != versions[name]]:
        raise ConflictError("\n".join(stale))
    return stored


def read_last_decisions(connection: Connection, alert_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the last thing that a person did to each of these alerts, by id; without the alert's content.

    Alerts about which nobody decided are left out.
    """
    decided = _HISTORY.c.change.in_(("acknowledged", "closed"))
    by_hand = decided | ((_HISTORY.c.change == "reopened") & _HISTORY.c.reason.is_(None))  # a rule says why it does
    names = ("alert_id", "at", "change", "actor", "reason", "note")
    found: dict[str, dict[str, Any]] = {}
    for some in batches(sorted(alert_ids)):
        last = select(func.max(_HISTORY.c.seq)).where(_HISTORY.c.alert_id.in_(some), by_hand)
        query = select(*(_HISTORY.c[name] for name in names))
        rows = connection.execute(query.where(_HISTORY.c.seq.in_(last.group_by(_HISTORY.c.alert_id)))).mappings()
        found |= {row["alert_id"]: dict(row) for row in rows}
    return found


def _changed_since(connection: Connection, row: RowMapping) -> str:
    alert_id, at = row["alert_id"], iso(row["updated_at"])
    actor = clean(read_history(connection, alert_id=alert_id)[-1]["actor"])
    return (
        f"alert {alert_id} was changed by {actor} at {at}, after you looked at it: it is now {row['status']},"
        f" version {row['version']}; look again with `shipwatch alerts show {alert_id}`"
    )


def _decided(row: RowMapping, what: str, reason: str | None) -> dict[str, Any]:
    status, change = LIFE[row["status"], what]
    close_reason = reason if status == "closed" else None
    told = {"status": status, "change": change, "reason": close_reason, "close_reason": close_reason}
    return {**row, **told, "version": row["version"] + 1}
