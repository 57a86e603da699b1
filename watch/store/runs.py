"""Runs of jobs, what waits for the next one, and the health of data and rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, select

from watch.errors import Fault
from watch.store import schema
from watch.store.frames import batches, insert_records

_RUNS, _QUEUE, _FAULTS = schema.runs, schema.match_queue, schema.rule_faults
_HEALTH, _DIGESTS = schema.health, schema.digests
_TELL_AGAIN = timedelta(hours=20)  # own: once a day, as the digest


def start_run(connection: Connection, kind: str, *, at: datetime, holder: str | None = None) -> int:
    """Note that a job has begun and return the run's number."""
    begun = {"kind": kind, "status": "running", "started_at": at, "holder": holder, "details": {}}
    return _insert(connection, _RUNS, begun)


def finish_run(
    connection: Connection,
    run_id: int,
    *,
    at: datetime,
    figures: dict[str, Any] | None = None,
    status: str = "done",
    message: str | None = None,
) -> None:
    """Note that a run has ended, with its figures by column: `done`, `failed` or `stopped`, and then why."""
    ended = {"status": status, "finished_at": at, "message": message}
    connection.execute(_RUNS.update().where(_RUNS.c.run_id == run_id).values(**{**(figures or {}), **ended}))


def mark_cut_off(connection: Connection, kinds: Collection[str], *, at: datetime) -> list[dict[str, Any]]:
    """Mark the runs of some kinds that never ended, which only whoever may run them alone can know; return them."""
    open_ = _RUNS.c.kind.in_(kinds) & (_RUNS.c.status == "running")
    found = _rows(connection.execute(select(_RUNS).where(open_)))
    message = "ended without notice (killed, or the machine stopped); the next run went on from there"
    connection.execute(_RUNS.update().where(open_).values(status="cut off", finished_at=at, message=message))
    return found


def read_runs(
    connection: Connection,
    limit: int = 20,
    *,
    kind: str | None = None,
    status: str | None = None,
    before_id: int | None = None,
) -> list[dict[str, Any]]:
    """Return the last runs, of one kind and one ending when given, the latest first; those before a run when given."""
    asked = [column == value for column, value in ((_RUNS.c.kind, kind), (_RUNS.c.status, status)) if value is not None]
    if before_id is not None:
        asked.append(_RUNS.c.run_id < before_id)
    return _rows(connection.execute(select(_RUNS).where(*asked).order_by(_RUNS.c.run_id.desc()).limit(limit)))


def drop_runs(connection: Connection, before_at: datetime) -> int:
    """Remove the runs that began before a moment and are over; return how many."""
    old = (_RUNS.c.started_at < before_at) & (_RUNS.c.status != "running")
    return int(connection.execute(_RUNS.delete().where(old)).rowcount)


def queue_vessels(connection: Connection, vessel_ids: Collection[str]) -> None:
    """Let vessels wait until their alerts are judged; one that waits already waits once."""
    waiting = read_queue(connection)
    insert_records(connection, _QUEUE, [{"vessel_id": v} for v in sorted(set(vessel_ids) - waiting)])


def read_queue(connection: Connection) -> set[str]:
    """Return the vessels that wait."""
    return set(connection.execute(select(_QUEUE.c.vessel_id)).scalars())


def clear_queue(connection: Connection, vessel_ids: Collection[str]) -> None:
    """Take vessels off the queue: their alerts are stored."""
    for some in batches(sorted(vessel_ids)):
        connection.execute(_QUEUE.delete().where(_QUEUE.c.vessel_id.in_(some)))


def replace_rule_faults(connection: Connection, faults: Sequence[Fault], *, at: datetime) -> None:
    """Keep these faults of rule files in place of those kept before."""
    connection.execute(_FAULTS.delete())
    insert_records(connection, _FAULTS, [{**vars(fault), "found_at": at} for fault in faults])


def read_rule_faults(connection: Connection) -> list[Fault]:
    """Return the faults of rule files as of the last run."""
    columns = [_FAULTS.c[name] for name in Fault.__dataclass_fields__]
    return [Fault(*row) for row in connection.execute(select(*columns).order_by(_FAULTS.c.fault_id))]


def note_health(connection: Connection, kind: str, message: str, *, at: datetime) -> None:
    """Note something odd about the data."""
    connection.execute(_HEALTH.insert(), {"kind": kind, "at": at, "message": message})


def note_health_daily(connection: Connection, kind: str, message: str, *, at: datetime) -> None:
    """Note something odd about the data, once a day for as long as it is said in the same words."""
    since_told = _HEALTH.c.at.between(at - _TELL_AGAIN, at) & (_HEALTH.c.kind == kind) & (_HEALTH.c.message == message)
    if connection.execute(select(_HEALTH.c.health_id).where(since_told).limit(1)).scalar() is None:
        note_health(connection, kind, message, at=at)


def drop_health(connection: Connection, before_at: datetime) -> int:
    """Remove what was noted before a moment and is of no time of the data; return how much."""
    old = (_HEALTH.c.at < before_at) & _HEALTH.c.start_at.is_(None)
    return int(connection.execute(_HEALTH.delete().where(old)).rowcount)


def read_health(
    connection: Connection, since_at: datetime | None = None, *, after_id: int | None = None
) -> list[dict[str, Any]]:
    """Return what was odd about the data, in order of time, since a moment when given, or stored after a row."""
    query = select(_HEALTH).order_by(_HEALTH.c.at, _HEALTH.c.health_id)
    if since_at is not None:
        later = _HEALTH.c.at >= since_at
        query = query.where(later if after_id is None else later | (_HEALTH.c.health_id > after_id))
    return _rows(connection.execute(query))


def newest_health_id(connection: Connection) -> int:
    """Return the number of the last row of what was odd; 0 when there is none."""
    return int(connection.execute(select(func.max(_HEALTH.c.health_id))).scalar() or 0)


def save_digest(
    connection: Connection,
    *,
    made_at: datetime,
    as_of: datetime | None,
    last_seq: int,
    details: dict[str, Any],
    recipient: str | None = None,
    after_id: int | None = None,
) -> int:
    """Note a digest that told the history of alerts up to `last_seq`, and return its number.

    Raises
    ------
    IntegrityError
        `after_id`, the recipient's digest before, is given and another digest came after that one meanwhile.
    """
    told = {"recipient": recipient, "made_at": made_at, "as_of": as_of, "last_seq": last_seq, "details": details}
    return _insert(connection, _DIGESTS, told | {"after_id": after_id})


def last_digest(connection: Connection, recipient: str | None = None) -> dict[str, Any] | None:
    """Return the latest digest for a recipient, or of those kept in a folder; None before the first."""
    whose = _DIGESTS.c.recipient == recipient if recipient else _DIGESTS.c.recipient.is_(None)
    found = _rows(connection.execute(select(_DIGESTS).where(whose).order_by(_DIGESTS.c.digest_id.desc()).limit(1)))
    return found[0] if found else None


def newest_digest(connection: Connection) -> dict[str, Any] | None:
    """Return the latest digest for anybody, or kept in a folder; None before the first."""
    found = _rows(connection.execute(select(_DIGESTS).order_by(_DIGESTS.c.digest_id.desc()).limit(1)))
    return found[0] if found else None


def _insert(connection: Connection, table: Table, row: dict[str, Any]) -> int:
    (number,) = connection.execute(table.insert().values(row)).inserted_primary_key or (0,)
    return int(number)


def _rows(result: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in result.mappings()]
