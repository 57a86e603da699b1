"""Alerts in the database: raised, changed, withdrawn, and what people decide about them.

Life: `open → acknowledged → closed(reason)`; new evidence re-opens a closed one, and one that its rule no longer
raises is `withdrawn`. Nothing is deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, select

from watch.columns import ALERT_LIFE
from watch.errors import ConfigError
from watch.store import schema
from watch.store.frames import batches, insert_records
from watch.store.history import Change, append_history, verify_history
from watch.store.types import iso, to_json

STATUSES = ("open", "acknowledged", "closed", "withdrawn")
_DECISIONS = {"open": "reopened", "acknowledged": "acknowledged", "closed": "closed"}
CLOSE_REASONS = ("true_positive", "false_positive", "benign", "duplicate", "undetermined")

_ALERTS = schema.alerts
_EVIDENCE = ("level", "verdict", "started_at", "ended_at", "steps")


class Saved(NamedTuple):
    """How many alerts a save raised, changed, withdrew and left as they were."""

    new: int
    changed: int
    withdrawn: int
    unchanged: int


def save_alerts(
    connection: Connection,
    alerts: Sequence[dict[str, Any]],
    *,
    rule_ids: Collection[str],
    vessel_ids: Collection[str] | None = None,
    at: datetime,
    actor: str = "shipwatch",
) -> Saved:
    """Store all the alerts that these rules raise for these vessels.

    Parameters
    ----------
    alerts
        In the form of `shipwatch alerts --json`, with any further fields; the fields of an alert's life (`status`,
        `version`, …) are the store's own. `raised_at` is kept when it is given, and else is `at`.
    rule_ids, vessel_ids
        What was judged: a stored alert of one of these rules and one of these vessels (None: any) that is not among
        `alerts` is withdrawn.
    at
        The time of this run.
    actor
        Who does this, for the history.
    """
    made = {alert["alert_id"]: _content(alert) for alert in alerts}
    stored = _in_scope(connection, rule_ids, vessel_ids) | _with_ids(connection, made)
    rows = []
    for alert in alerts:
        content, row = made[alert["alert_id"]], stored.get(alert["alert_id"])
        if row is None or row["content"] != content or row["status"] == "withdrawn":
            since = row["raised_at"] if row else _moment(alert.get("raised_at") or at)
            rows.append(_raised(content, row) | {"raised_at": since, "updated_at": at})
    gone = [row for alert_id, row in stored.items() if alert_id not in made and row["status"] != "withdrawn"]
    _write(connection, [*rows, *(_withdrawn(row, at) for row in gone)], actor)
    new = sum(row["change"] == "raised" for row in rows)
    return Saved(new, len(rows) - new, len(gone), len(made) - len(rows))


def known_alerts(connection: Connection, alert_ids: Collection[str]) -> set[str]:
    """Return which of these alerts are stored, withdrawn ones included."""
    known: set[str] = set()
    for some in batches(sorted(alert_ids)):
        known |= set(connection.execute(select(_ALERTS.c.alert_id).where(_ALERTS.c.alert_id.in_(some))).scalars())
    return known


def _in_scope(
    connection: Connection, rule_ids: Collection[str], vessel_ids: Collection[str] | None
) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    for rules in batches(sorted(rule_ids)):
        by_rule = _ALERTS.c.rule_id.in_(rules)
        if vessel_ids is None:
            found |= _select(connection, by_rule)
        for vessels in batches(sorted(vessel_ids or ())):
            found |= _select(connection, by_rule & _ALERTS.c.vessel_id.in_(vessels))
    return found


def _with_ids(connection: Connection, alert_ids: Collection[str]) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    for some in batches(sorted(alert_ids)):
        found |= _select(connection, _ALERTS.c.alert_id.in_(some))
    return found


def _select(connection: Connection, *wanted: ColumnElement[bool]) -> dict[str, RowMapping]:
    query = select(_ALERTS).where(*wanted).order_by(_ALERTS.c.started_at, _ALERTS.c.alert_id)
    return {row["alert_id"]: row for row in connection.execute(query).mappings()}


def _content(alert: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule made, as it comes back out of the database."""
    content: dict[str, Any] = json.loads(to_json({k: v for k, v in alert.items() if k not in ALERT_LIFE}))
    return content


def _evidence_digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(to_json([content.get(name) for name in _EVIDENCE]).encode()).hexdigest()


def _raised(content: dict[str, Any], row: RowMapping | None) -> dict[str, Any]:
    """Return the row of an alert that its rule raises with this content; `row` is the one stored, if any."""
    evidence = _evidence_digest(content)
    status, change = ("open", "raised") if row is None else (row["status"], "changed")
    if status == "withdrawn" or (row and status == "closed" and row["evidence_digest"] != evidence):
        status, change = "open", "reopened"
    return {
        "alert_id": content["alert_id"],
        "rule_id": content["rule_id"],
        **{name: content["vessel"].get(name) for name in ("vessel_id", "mmsi", "imo")},
        "level": content["level"],
        "status": status,
        "verdict": content["verdict"],
        "close_reason": row["close_reason"] if row and status == "closed" else None,
        "started_at": _moment(content.get("started_at")),
        "version": row["version"] + 1 if row else 1,
        "evidence_digest": evidence,
        "content": content,
        "change": change,
        "reason": None,
    }


def _withdrawn(row: RowMapping, at: datetime) -> dict[str, Any]:
    told = {"status": "withdrawn", "change": "withdrawn", "reason": "its rule no longer raises it"}
    return {**row, **told, "version": row["version"] + 1, "updated_at": at}


def _write(connection: Connection, rows: Sequence[dict[str, Any]], actor: str) -> None:
    """Write rows of alerts, each with `change` and `reason`, and the history of it."""
    names = _ALERTS.columns.keys()
    plain = [{name: row[name] for name in names} for row in rows]
    insert_records(connection, _ALERTS, [row for row in plain if row["version"] == 1])
    later = [row | {"id": row.pop("alert_id")} for row in plain if row["version"] > 1]
    if later:
        columns: dict[str, Any] = {name: bindparam(name) for name in names if name != "alert_id"}
        connection.execute(_ALERTS.update().where(_ALERTS.c.alert_id == bindparam("id")).values(columns), later)
    append_history(connection, [_change(row, actor) for row in rows])


def _change(row: dict[str, Any], actor: str) -> Change:
    kept = {name: row[name] for name in ("alert_id", "version", "change", "status", "reason", "content")}
    return Change(**kept, at=row["updated_at"], actor=actor)


def set_status(
    connection: Connection,
    alert_id: str,
    status: str,
    *,
    at: datetime,
    actor: str,
    reason: str | None = None,
) -> None:
    """Acknowledge, close or re-open an alert.

    Parameters
    ----------
    status
        `open`, `acknowledged` or `closed`.
    reason
        For `closed` one of `CLOSE_REASONS`.

    Raises
    ------
    ConfigError
        When there is no such alert, or the status or reason is none.
    """
    row = _with_ids(connection, [alert_id]).get(alert_id)
    if row is None:
        raise ConfigError(f"there is no alert {alert_id!r}; `shipwatch alerts list` shows them")
    if status not in STATUSES[:3]:
        raise ConfigError(f"an alert cannot be made {status!r}; choose one of {', '.join(STATUSES[:3])}")
    if status == "closed" and reason not in CLOSE_REASONS:
        raise ConfigError(f"{reason!r} is no reason to close an alert; choose one of {', '.join(CLOSE_REASONS)}")
    decided = {"status": status, "close_reason": reason if status == "closed" else None, "reason": reason}
    later = {"version": row["version"] + 1, "updated_at": at, "change": _DECISIONS[status]}
    _write(connection, [{**row, **decided, **later}], actor)


def _moment(value: datetime | str | None) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def read_alerts(
    connection: Connection,
    *,
    alert_id: str | None = None,
    rule_id: str | None = None,
    level: str | None = None,
    status: str | None = None,
    vessel_id: str | None = None,
    mmsi: int | None = None,
    imo: int | None = None,
) -> list[dict[str, Any]]:
    """Return alerts in the form they go out, by start and id; only those with these values when given."""
    asked = {
        "alert_id": alert_id,
        "rule_id": rule_id,
        "level": level,
        "status": status,
        "vessel_id": vessel_id,
        "mmsi": mmsi,
        "imo": imo,
    }
    wanted = [_ALERTS.c[name] == value for name, value in asked.items() if value is not None]
    return [_public(row) for row in _select(connection, *wanted).values()]


def _public(row: RowMapping) -> dict[str, Any]:
    content: dict[str, Any] = row["content"]
    life = {name: row[name] for name in ("status", "close_reason", "version")}
    return {**content, **life, "raised_at": iso(row["raised_at"]), "updated_at": iso(row["updated_at"])}


__all__ = [
    "CLOSE_REASONS",
    "STATUSES",
    "Saved",
    "known_alerts",
    "read_alerts",
    "save_alerts",
    "set_status",
    "verify_history",
]
