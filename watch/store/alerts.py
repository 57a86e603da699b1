"""Alerts in the database: raised, changed, withdrawn, and what people decide about them.

`watch.alert_life` says which state follows from which. Nothing is deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping

from watch.alert_life import LIFE
from watch.columns import ALERT_LIFE
from watch.digest_view import LEVELS
from watch.store import schema
from watch.store.alert_rows import known_alerts, read_alerts, rows_with_ids, select_rows, write_rows
from watch.store.frames import batches
from watch.store.history import hold_history
from watch.store.types import to_json

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

    Notes
    -----
    What people decided meanwhile is neither lost nor in the way: from the first look at what is stored to the end of
    the transaction nobody else writes alerts.
    """
    hold_history(connection)
    made = {alert["alert_id"]: _content(alert) for alert in alerts}
    stored = _in_scope(connection, rule_ids, vessel_ids) | rows_with_ids(connection, made)
    rows = []
    for alert in alerts:
        content, row = made[alert["alert_id"]], stored.get(alert["alert_id"])
        if row is None or row["content"] != content or row["status"] == "withdrawn":
            since = row["raised_at"] if row else _moment(alert.get("raised_at") or at)
            rows.append(_raised(content, row) | {"raised_at": since, "updated_at": at})
    gone = [row for alert_id, row in stored.items() if alert_id not in made and row["status"] != "withdrawn"]
    write_rows(connection, [*rows, *(_withdrawn(row, at) for row in gone)], actor)
    new = sum(row["change"] == "raised" for row in rows)
    return Saved(new, len(rows) - new, len(gone), len(made) - len(rows))


def _in_scope(
    connection: Connection, rule_ids: Collection[str], vessel_ids: Collection[str] | None
) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    for rules in batches(sorted(rule_ids)):
        by_rule = _ALERTS.c.rule_id.in_(rules)
        if vessel_ids is None:
            found |= select_rows(connection, by_rule)
        for vessels in batches(sorted(vessel_ids or ())):
            found |= select_rows(connection, by_rule & _ALERTS.c.vessel_id.in_(vessels))
    return found


def _content(alert: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule made, as it comes back out of the database."""
    content: dict[str, Any] = json.loads(to_json({k: v for k, v in alert.items() if k not in ALERT_LIFE}))
    return content


def _evidence_digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(to_json([content.get(name) for name in _EVIDENCE]).encode()).hexdigest()


def _raised(content: dict[str, Any], row: RowMapping | None) -> dict[str, Any]:
    """Return the row of an alert that its rule raises with this content; `row` is the one stored, if any."""
    evidence = _evidence_digest(content)
    what = "evidence" if row is None else _what_is_new(content, evidence, row)
    status, change = LIFE[row["status"] if row else None, what]
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
        "reason": _why(row, what) if change == "reopened" else None,
    }


def _what_is_new(content: dict[str, Any], evidence: str, row: RowMapping) -> str:
    if _gravity(content["level"]) < _gravity(row["level"]):
        return "escalated"
    ran_out = (row["verdict"], content["verdict"]) == ("early", "lapsed")
    same = evidence == row["evidence_digest"] or (ran_out and content["steps"] == row["content"]["steps"])
    return "reworded" if same else "evidence"


def _gravity(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _why(row: RowMapping | None, what: str) -> str:
    if row is not None and row["status"] == "withdrawn":
        return "its rule raises it again"
    return "its level was raised" if what == "escalated" else "there is new evidence"


def _withdrawn(row: RowMapping, at: datetime) -> dict[str, Any]:
    status, change = LIFE[row["status"], "gone"]
    decided = f"; it was closed as {row['close_reason']}" if row["close_reason"] else ""
    told = {"status": status, "change": change, "reason": f"its rule no longer raises it{decided}"}
    return {**row, **told, "close_reason": None, "version": row["version"] + 1, "updated_at": at}


def _moment(value: datetime | str | None) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


__all__ = ["Saved", "known_alerts", "read_alerts", "save_alerts"]
