"""Rows of alerts: found, written with their history, and as they go out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, select

from watch.errors import StoreError
from watch.store import schema
from watch.store.frames import batches, insert_records
from watch.store.history import Change, append_history
from watch.store.types import iso

_ALERTS = schema.alerts


def known_alerts(connection: Connection, alert_ids: Collection[str]) -> set[str]:
    """Return which of these alerts are stored, withdrawn ones included."""
    known: set[str] = set()
    for some in batches(sorted(alert_ids)):
        known |= set(connection.execute(select(_ALERTS.c.alert_id).where(_ALERTS.c.alert_id.in_(some))).scalars())
    return known


def rows_with_ids(connection: Connection, alert_ids: Collection[str]) -> dict[str, RowMapping]:
    """Return these alerts by id; one that is not stored is left out."""
    found: dict[str, RowMapping] = {}
    for some in batches(sorted(alert_ids)):
        found |= select_rows(connection, _ALERTS.c.alert_id.in_(some))
    return found


def select_rows(connection: Connection, *wanted: ColumnElement[bool]) -> dict[str, RowMapping]:
    """Return the alerts for which all this holds by id, in order of start and id."""
    query = select(_ALERTS).where(*wanted).order_by(_ALERTS.c.started_at, _ALERTS.c.alert_id)
    return {row["alert_id"]: row for row in connection.execute(query).mappings()}


def write_rows(connection: Connection, rows: Sequence[dict[str, Any]], actor: str) -> None:
    """Write rows of alerts, each with `change` and `reason`, and the history of it.

    Raises
    ------
    StoreError
        When one of them was changed since it was read; nothing may be kept of this transaction then.
    """
    names = _ALERTS.columns.keys()
    plain = [{name: row[name] for name in names} for row in rows]
    insert_records(connection, _ALERTS, [row for row in plain if row["version"] == 1])
    later = [row | {"id": row.pop("alert_id"), "read": row["version"] - 1} for row in plain if row["version"] > 1]
    if later:
        columns: dict[str, Any] = {name: bindparam(name) for name in names if name != "alert_id"}
        as_read = (_ALERTS.c.alert_id == bindparam("id")) & (_ALERTS.c.version == bindparam("read"))
        done = connection.execute(_ALERTS.update().where(as_read).values(columns), later)
        if done.rowcount != len(later):
            raise StoreError("alerts were changed while they were being stored, and nothing was stored; run it again")
    append_history(connection, [_change(row, actor) for row in rows])


def _change(row: dict[str, Any], actor: str) -> Change:
    kept = {name: row[name] for name in ("alert_id", "version", "change", "status", "reason", "content")}
    return Change(**kept, at=row["updated_at"], actor=actor, note=row.get("note"))


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
    return [public_alert(row) for row in select_rows(connection, *wanted).values()]


def public_alert(row: RowMapping) -> dict[str, Any]:
    """Return an alert in the form it goes out: what its rule made of it, and where it stands."""
    content: dict[str, Any] = row["content"]
    life = {name: row[name] for name in ("status", "close_reason", "version")}
    return {**content, **life, "raised_at": iso(row["raised_at"]), "updated_at": iso(row["updated_at"])}
