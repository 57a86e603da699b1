"""What people decide about alerts; `watch.alert_life` says what they may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from watch.alert_life import CLOSE_REASONS, LIFE, refusal
from watch.errors import ConfigError, ConflictError
from watch.store.alert_rows import public_alert, rows_with_ids, write_rows
from watch.store.history import hold_history, read_history
from watch.store.types import iso
from watch.wording import clean


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
    hold_history(connection)
    stored = rows_with_ids(connection, versions)
    if gone := sorted(versions.keys() - stored.keys()):
        raise ConfigError(f"there is no alert {', '.join(gone)}; `shipwatch alerts list` shows them")
    if stale := [_changed_since(connection, row) for name, row in stored.items() if row["version"] != versions[name]]:
        raise ConflictError("\n".join(stale))
    if refused := [f"alert {name} {no}" for name, row in stored.items() if (no := refusal(row["status"], what))]:
        raise ConfigError("\n".join(refused))
    rows = [_decided(row, what, reason) | {"updated_at": at, "note": note} for row in stored.values()]
    write_rows(connection, rows, actor)
    return [public_alert(row) for row in rows_with_ids(connection, versions).values()]


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
