"""What came to be since a place in the history or a moment: what a digest has to tell, read at one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from watch.alert_life import STANDING
from watch.store import schema
from watch.store.alert_rows import public_alert, read_alerts, rows_with_ids
from watch.store.frames import batches

_HISTORY, _LOADS, _SLICES = schema.alert_history, schema.loads, schema.slices

State = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """Alerts as they are and as somebody knows them.

    Attributes
    ----------
    alerts
        All that are open or acknowledged, and those that changed since or were asked for, in the form of
        `shipwatch alerts list --json`.
    known
        Alert id → the alert as it was at the place up to which it is known; without those that came later.
    last_seq
        The last row of the history at this moment.
    """

    alerts: list[State]
    known: dict[str, State]
    last_seq: int


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """Give a connection on which every read sees the database as it was at the first one."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def read_standing(connection: Connection, after_seq: int | None, known_seqs: Mapping[str, int]) -> Standing:
    """Return the alerts as they are, and as they were at a place in the history.

    Parameters
    ----------
    connection
        Of `one_moment`.
    after_seq
        The place up to which the history is known; None: nothing is, and of the past nothing is to be read.
    known_seqs
        Alerts that are known only up to an earlier place: alert id → that place.

    Notes
    -----
    The history is read by its numbers and by the ids of alerts, both of which have an index: rows before the place
    cost nothing but for the one row of each alert that stands open or has changed.
    """
    last = connection.execute(select(func.max(_HISTORY.c.seq))).scalar() or 0
    standing = [a for status in STANDING for a in read_alerts(connection, status=status)]
    alerts = {a["alert_id"]: a for a in standing}
    if after_seq is None:
        return Standing(standing, {}, last)
    touched = touched_alerts(connection, after_seq)
    behind = touched | known_seqs.keys()
    gone = rows_with_ids(connection, behind - alerts.keys())
    alerts |= {alert_id: public_alert(row) for alert_id, row in gone.items()}
    known = {alert_id: alert for alert_id, alert in alerts.items() if alert_id not in behind}
    known |= _states(connection, touched - known_seqs.keys(), after_seq)
    for seq in sorted({seq for seq in known_seqs.values() if seq}):
        known |= _states(connection, {alert_id for alert_id, at in known_seqs.items() if at == seq}, seq)
    return Standing(list(alerts.values()), known, last)


def touched_alerts(connection: Connection, after_seq: int) -> set[str]:
    """Return the ids of the alerts that changed after a place in the history."""
    later = (_HISTORY.c.seq > after_seq) & _HISTORY.c.alert_id.is_not(None)
    return set(connection.execute(select(_HISTORY.c.alert_id).where(later).distinct()).scalars())


def raised_alerts(connection: Connection, after_seq: int) -> set[str]:
    """Return the ids of the alerts that were raised or opened again after a place in the history."""
    raised = (_HISTORY.c.seq > after_seq) & _HISTORY.c.change.in_(("raised", "reopened"))
    return set(connection.execute(select(_HISTORY.c.alert_id).where(raised).distinct()).scalars())


def _states(connection: Connection, alert_ids: Collection[str], upto_seq: int) -> dict[str, State]:
    """Return alerts as the history has them at a place; those that came later are left out."""
    found: dict[str, State] = {}
    for some in batches(sorted(alert_ids)):
        last = select(func.max(_HISTORY.c.seq)).where(_HISTORY.c.alert_id.in_(some), _HISTORY.c.seq <= upto_seq)
        query = select(_HISTORY.c.alert_id, _HISTORY.c.status, _HISTORY.c.content, _HISTORY.c.seq)
        rows = connection.execute(query.where(_HISTORY.c.seq.in_(last.group_by(_HISTORY.c.alert_id))))
        found |= {row.alert_id: {**row.content, "status": row.status} for row in rows}
    return found


def count_loads(connection: Connection, since_at: datetime | None) -> tuple[int, int]:
    """Return how many files were loaded since a moment, and how many positions they brought."""
    query = select(func.count(), func.coalesce(func.sum(_LOADS.c.positions), 0))
    files, positions = connection.execute(
        query if since_at is None else query.where(_LOADS.c.started_at >= since_at)
    ).one()
    return int(files), int(positions)


def data_clock(connection: Connection) -> datetime | None:
    """Return the time of the last position that was stored; None when there is none."""
    latest: datetime | None = connection.execute(select(func.max(_SLICES.c.as_of))).scalar()
    return latest
