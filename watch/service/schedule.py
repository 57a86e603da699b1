"""The schedule: which jobs the settings ask for and when, kept in the database so that a restart misses none.

Only the holder of the lease `scheduler` fires jobs. One that was due while nobody ran it is fired once, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from watch.cron import cron_trigger
from watch.settings import Recipient, RunSettings, Settings

log = structlog.get_logger()

TABLE = "apscheduler_jobs"
_EVERY = timedelta(minutes=10)  # own: of the monitoring run, when nothing is said
_DELIVER_EVERY = timedelta(minutes=1)  # own: retries wait at least so long
_UPKEEP_AT = "17 3 * * *"  # own: at night (UTC), and not on the hour when everybody's jobs begin
_SINCE = "since "
_LOOK_AGAIN_S = 5  # own: a database that restarts is back within seconds

Fire = Callable[[str], object]
_fire: list[Fire] = []


@dataclass(frozen=True)
class Planned:
    """A job: its name, which says what it does and for whom (`digest:desk`), and when."""

    name: str
    trigger: BaseTrigger


def plan(settings: Settings) -> list[Planned]:
    """Return the jobs that the settings ask for, in the order in which those due at once are done."""
    return [
        *(Planned(f"watchlist:{w.name}", IntervalTrigger(seconds=w.every.total_seconds())) for w in settings.watchlist),
        Planned("monitor", _run_trigger(settings.run)),
        *(Planned(f"digest:{r.name}", digest_trigger(r)) for r in settings.recipient),
        Planned("deliver", IntervalTrigger(seconds=_DELIVER_EVERY.total_seconds())),
        Planned("upkeep", cron_trigger(_UPKEEP_AT)),
    ]


def _run_trigger(run: RunSettings) -> BaseTrigger:
    if run.cron is not None:
        return cron_trigger(run.cron, run.timezone)
    return IntervalTrigger(seconds=(run.every or _EVERY).total_seconds())


def digest_trigger(recipient: Recipient) -> BaseTrigger:
    """Return when a recipient is told."""
    lines = [f"{int(at[3:])} {int(at[:2])} * * {recipient.days}" for at in recipient.at]
    triggers = [cron_trigger(line, recipient.timezone) for line in lines]
    return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)


class Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler's, but for two things that would leave jobs undone.

    It asks for due jobs once more while it shuts down: those would be taken off and never done. And its thread ends
    when the database goes away between a job's being handed out and being noted: here it looks again soon.
    """

    def _process_jobs(self) -> Any:
        if self.state != STATE_RUNNING:
            return None
        try:
            return super()._process_jobs()
        except Exception as error:  # whatever it is, the jobs to come must run
            log.error("the schedule cannot be kept; it is tried again", reason=str(error))
            return self.jobstore_retry_interval


def make_scheduler(engine: Engine, fire: Fire) -> Scheduler:
    """Return a scheduler on the jobs kept in a database; `fire` is told the name of each that is due.

    Notes
    -----
    Jobs are done one after another. One that was missed, however long ago, is done once.
    """
    _fire[:] = [fire]
    return Scheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine, tablename=TABLE)},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        jobstore_retry_interval=_LOOK_AGAIN_S,
        timezone="UTC",
    )


def fire_job(name: str) -> None:
    """Do the job of this name: what the job store keeps is this function and the name."""
    for fire in _fire:
        fire(name)


def sync_jobs(scheduler: Scheduler, planned: Sequence[Planned], now_at: datetime) -> None:
    """Bring the kept jobs in line with the plan; one whose times are the same keeps when it is due next.

    Notes
    -----
    A job due later than its times allow comes from a clock that was ahead, and is planned anew.
    """
    kept = {job.id: job for job in scheduler.get_jobs()}
    for name in kept.keys() - {p.name for p in planned}:
        scheduler.remove_job(name)
    for p in planned:
        next_at, before = p.trigger.get_next_fire_time(None, now_at), kept.get(p.name)
        if before and _words(before.trigger) == _words(p.trigger) and before.next_run_time <= next_at:
            continue
        at_once = before is None and p.name.startswith(("monitor", "watchlist:"))
        first_at = now_at if at_once else next_at
        since = f"{_SINCE}{now_at.isoformat()}"
        scheduler.add_job(
            fire_job, p.trigger, args=[p.name], id=p.name, name=since, replace_existing=True, next_run_time=first_at
        )


def planned_since(scheduler: Scheduler) -> dict[str, datetime]:
    """Return since when each kept job is planned; of one that was never done, all since then may have been missed."""
    return {
        job.id: datetime.fromisoformat(job.name.removeprefix(_SINCE))
        for job in scheduler.get_jobs()
        if job.name.startswith(_SINCE)  # the name of one kept by an earlier version says nothing
    }


def missed_jobs(planned: Sequence[Planned], done_at: Mapping[str, datetime], at: datetime) -> Iterator[str]:
    """Yield the jobs that should have been done again since they were done last, or since they were planned.

    Notes
    -----
    APScheduler notes a job as fired when it is handed out: one that was then cut off, or failed, is found here.
    """
    for p in planned:
        last_at = done_at.get(p.name)
        due_at = p.trigger.get_next_fire_time(last_at, last_at) if last_at else None
        if due_at is not None and due_at <= at:
            yield p.name


def do_again(scheduler: Scheduler, name: str, at: datetime) -> None:
    """Let a job be done at a moment, unless it is due before."""
    job = scheduler.get_job(name)
    if job is not None and (job.next_run_time is None or job.next_run_time > at):
        job.modify(next_run_time=at)


def _words(trigger: BaseTrigger) -> str:
    """Return what a trigger says, without the moment at which an interval was first counted from."""
    if isinstance(trigger, OrTrigger):
        return " or ".join(map(_words, trigger.triggers))
    zone = getattr(trigger, "timezone", "") if isinstance(trigger, CronTrigger) else ""
    return f"{trigger} {zone}"


def due_jobs(scheduler: Scheduler, planned: Sequence[Planned], at: datetime) -> Iterator[str]:
    """Yield the names of the jobs that are due, in the order of the plan, each put off to its next time before."""
    for p in planned:
        job = scheduler.get_job(p.name)
        if job is not None and job.next_run_time <= at:
            next_at, due_at = job.next_run_time, job.next_run_time
            while next_at is not None and next_at <= at:
                next_at, due_at = job.trigger.get_next_fire_time(due_at, at), next_at
            job.modify(next_run_time=next_at)
            yield p.name
