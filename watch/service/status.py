"""The state of an installation: last runs, age of the data by source, what waits, what is wrong, what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text

from watch.errors import Fault
from watch.lease import is_held, read_holder
from watch.recording import WRITERS
from watch.settings import Settings
from watch.source_settings import SourceSettings
from watch.store import schema
from watch.store.runs import newest_digest, read_queue, read_rule_faults, read_runs
from watch.store.slices import read_slices
from watch.warned import untold_warnings
from watch.wording import lasting_words, moment_words, plural
from watch.workspace import Workspace

_JOBS = text("SELECT id, next_run_time FROM apscheduler_jobs WHERE next_run_time IS NOT NULL ORDER BY next_run_time")
_LAST_RUNS = 200  # own: a day of runs every ten minutes, and some


@dataclass(frozen=True)
class SourceState:
    """How a source stands: its newest fix, when it was asked and answered last, and what is wrong with it."""

    name: str
    kind: str
    newest_fix_at: datetime | None
    tried_at: datetime | None
    ok_at: datetime | None
    waiting_files: int
    message: str


@dataclass(frozen=True)
class Status:
    """All that `shipwatch status` shows.

    Attributes
    ----------
    at
        When it was asked.
    positions, days
        How many are stored, on how many UTC days.
    newest_fix_at
        The data's clock.
    sources
        Those of the settings.
    runs, last_runs
        The last ones, and the last of each kind.
    backlog
        What waits, by name; `failed deliveries` wait for somebody to look.
    alerts
        How many there are by state.
    health, rule_faults
        What is wrong with data and rules since the last digest told it.
    scheduler
        Who runs the schedule now; None: nobody.
    writing
        Whether a run is at work now.
    next_jobs
        What comes next and when.
    problems
        What is wrong, in sentences: with any, the exit code is 1.
    """

    at: datetime
    positions: int
    days: int
    newest_fix_at: datetime | None
    sources: list[SourceState]
    runs: list[dict[str, Any]]
    last_runs: dict[str, dict[str, Any]]
    backlog: dict[str, int]
    alerts: dict[str, int]
    health: list[dict[str, Any]]
    rule_faults: list[Fault]
    scheduler: str | None
    writing: bool
    next_jobs: list[tuple[str, datetime]]
    problems: list[str] = field(default_factory=list)

    @property
    def age_s(self) -> float | None:
        """Age of the newest fix by the clock on the wall, s."""
        return None if self.newest_fix_at is None else (self.at - self.newest_fix_at).total_seconds()

    @property
    def source_ages_s(self) -> dict[str, float | None]:
        """Age of each source's newest fix, s; None where it has none."""
        return {s.name: _age_s(self.at, s.newest_fix_at) for s in self.sources}


def gather_status(ws: Workspace, settings: Settings, at: datetime) -> Status:
    """Return how an installation stands at a moment."""
    held, writing = is_held(ws.engine, "scheduler"), is_held(ws.engine, "writer")
    with ws.engine.connect() as conn:
        slices, last_runs = read_slices(conn), read_runs(conn, limit=_LAST_RUNS)
        holder = read_holder(conn, "scheduler") if held else None
        status = Status(
            at=at,
            positions=sum(s.positions for s in slices),
            days=len({s.start_at.date() for s in slices}),
            newest_fix_at=max((s.as_of for s in slices if s.as_of), default=None),
            sources=[_source_state(conn, ws, source) for source in settings.source if source.enabled],
            runs=[as_it_stands(run, writing) for run in last_runs[:5]],
            last_runs={run["kind"]: run for run in reversed(last_runs)},
            backlog=_backlog(conn, sum(s.dirty for s in slices)),
            alerts=_counts(conn, schema.alerts.c.status),
            health=untold_warnings(conn, newest_digest(conn), at),
            rule_faults=read_rule_faults(conn),
            scheduler=f"{holder['holder']} since {moment_words(holder['taken_at'])}" if holder else None,
            writing=writing,
            next_jobs=_next_jobs(conn),
        )
    status.backlog["files"] = sum(source.waiting_files for source in status.sources)
    status.problems.extend(_problems(status, settings))
    return status


def as_it_stands(run: dict[str, Any], writing: bool) -> dict[str, Any]:
    """Return a run as it stands: one that never ended, while none is at work, was cut off."""
    cut_off = run["status"] == "running" and not writing and run["kind"] in WRITERS
    return {**run, "status": "cut off", "message": "the next run goes on from there"} if cut_off else run


def _source_state(conn: Connection, ws: Workspace, source: SourceSettings) -> SourceState:
    newest = select(func.max(schema.loads.c.newest_fix_at)).where(schema.loads.c.source == source.name)
    row = conn.execute(select(schema.sources).where(schema.sources.c.name == source.name)).mappings().first()
    known: dict[str, Any] = dict(row) if row else {}
    return SourceState(
        name=source.name,
        kind=str(getattr(source, "kind", "")),
        newest_fix_at=conn.execute(newest).scalar(),
        tried_at=known.get("tried_at"),
        ok_at=known.get("ok_at"),
        waiting_files=_waiting_files(ws, source.name),
        message=known.get("message") or "",
    )


def _waiting_files(ws: Workspace, name: str) -> int:
    from watch.sources.landing import Landing

    folder = ws.data_dir / "inbox" / name
    return len(Landing(folder).ready()) if folder.is_dir() else 0


def _backlog(conn: Connection, dirty_days: int) -> dict[str, int]:
    deliveries = _counts(conn, schema.deliveries.c.status)
    waiting = deliveries.get("pending", 0) + deliveries.get("claimed", 0)
    backlog = {"days": dirty_days, "vessels": len(read_queue(conn)), "files": 0}
    c = schema.deliveries.c
    tried = select(func.count()).where(c.status.in_(("pending", "claimed")), c.tries > 0)
    backlog |= {"deliveries": waiting, "tried deliveries": int(conn.execute(tried).scalar() or 0)}
    return backlog | {"failed deliveries": deliveries.get("failed", 0)}


def _counts(conn: Connection, column: Any) -> dict[str, int]:
    found = conn.execute(select(column, func.count()).group_by(column).order_by(column))
    return {str(value): int(number) for value, number in found}


def _next_jobs(conn: Connection) -> list[tuple[str, datetime]]:
    if not inspect(conn).has_table("apscheduler_jobs"):
        return []
    return [(row.id, datetime.fromtimestamp(row.next_run_time, UTC)) for row in conn.execute(_JOBS)]


def _problems(status: Status, settings: Settings) -> list[str]:
    ages = {source.name: source.stale_after for source in settings.source}
    out = [sentence for state in status.sources for sentence in _source_problems(state, ages[state.name], status.at)]
    out += [f"{plural(len(status.rule_faults), 'fault')} in rule files"] if status.rule_faults else []
    out += [f"{plural(len(status.health), 'data warning')} since the last digest"] if status.health else []
    for kind, run in status.last_runs.items():
        if run["status"] in ("failed", "cut off"):
            out.append(f"the last run '{kind}' {run['status']}: {run['message']}")
    failed = status.backlog["failed deliveries"]
    out += [f"{plural(failed, 'message')} could not be delivered"] if failed else []
    again = status.backlog["tried deliveries"]
    out += [f"{plural(again, 'message')} could not be sent yet: see `shipwatch deliveries list`"] if again else []
    if status.backlog["days"] and not status.writing:
        out.append("days of positions wait to be computed: the next run does it")
    late = [name for name, due_at in status.next_jobs if status.at - due_at > timedelta(hours=1)]
    if late and not status.scheduler:
        out.append("the scheduler does not run, and jobs are overdue: start `shipwatch run`")
    return out


def _source_problems(state: SourceState, stale_after: timedelta | None, at: datetime) -> list[str]:
    out = [f"source {state.name}: {state.message}"] if state.message and state.ok_at != state.tried_at else []
    age_s = _age_s(at, state.newest_fix_at)
    if stale_after is not None and (age_s is None or age_s > stale_after.total_seconds()):
        age = "it has brought no fix yet" if age_s is None else f"its newest fix is {lasting_words(age_s / 3600)} old"
        out.append(f"source {state.name}: {age}")
    return out


def _age_s(at: datetime, fix_at: datetime | None) -> float | None:
    return None if fix_at is None else (at - fix_at).total_seconds()
