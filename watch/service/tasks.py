"""Tasks: what each job of the schedule does, by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from watch import jobs
from watch.clock import now
from watch.errors import ConfigError
from watch.loading import Progress
from watch.recording import WRITERS
from watch.service.collect import inboxes
from watch.settings import Settings
from watch.store.deliveries import drop_bodies
from watch.store.runs import drop_health, drop_runs, last_digest, read_runs
from watch.workspace import Workspace

Told = dict[str, Any]  # what the log says of a task


def run_task(ws: Workspace, settings: Settings, name: str, progress: Progress, *, wait_s: float = 0) -> Told:
    """Do the job of a name (`digest:desk`: the digest for desk), and return what the log is to say of it.

    Parameters
    ----------
    ws, settings
        What it works on, and how.
    name
        Of the job, as `schedule.plan` makes it.
    progress
        Told how far it is; what it raises ends the job.
    wait_s
        How long to wait for a run that somebody started by hand.
    """
    kind, _, whom = name.partition(":")
    return _TASKS[kind](ws.refreshed(), settings, whom, progress, wait_s)


def _monitor(ws: Workspace, settings: Settings, _whom: str, progress: Progress, wait_s: float) -> Told:
    report = jobs.monitor(ws, settings, progress, wait_s=wait_s)
    faults = [*report.faults, *(f.fault.splitlines()[0] for f in report.files if f.fault)]
    positions = sum(f.positions for f in report.files)
    counts = {key: n for key, n in report.alerts._asdict().items() if key != "unchanged"}
    return {"files": len(report.files), "positions": positions, "events": report.events, **counts, "faults": faults}


def _digest(ws: Workspace, settings: Settings, whom: str, progress: Progress, _wait_s: float) -> Told:
    from watch.delivery.digests import make_due_digest  # matplotlib takes a second to import

    recipient = next((r for r in settings.recipient if r.name == whom), None)
    if recipient is None:
        raise ConfigError(f"there is no [[recipient]] called {whom!r}")
    make_due_digest(ws, settings, recipient, now(), progress)
    return _deliver(ws, settings, "", progress, 0)


def _deliver(ws: Workspace, settings: Settings, _whom: str, _progress: Progress, _wait_s: float) -> Told:
    from watch.delivery.outbox import send_outbox

    sent = send_outbox(ws, settings)
    return vars(sent)


def _watchlist(ws: Workspace, settings: Settings, whom: str, progress: Progress, _wait_s: float) -> Told:
    from watch.watchlists.refresh import refresh_watchlists

    wanted = [w for w in settings.watchlist if w.name == whom]
    return {"faults": refresh_watchlists(ws, wanted, now(), progress) or None}


def _upkeep(ws: Workspace, settings: Settings, _whom: str, progress: Progress, wait_s: float) -> Told:
    """Compact the lake, and let go of what is older than it is to be kept."""
    from watch.upkeep import compact, forget_positions

    keep, at = settings.keep, now()
    with jobs.writing_run(ws, "upkeep", progress, wait_s=wait_s) as (figures, checked):
        days = compact(ws, at - timedelta(days=1), checked)
        gone = forget_positions(ws, at - keep.positions) if keep.positions else 0
        files = sum(landing.sweep(at - keep.raw) for landing in inboxes(ws).values())
        with ws.engine.begin() as conn:
            rows = drop_runs(conn, at - keep.runs)
            drop_bodies(conn, at - keep.runs)
            drop_health(conn, at - keep.runs)
        told = {"compacted": days, "days_forgotten": gone, "raw_files_removed": files, "runs_removed": rows}
        figures.details |= told
    return told


_TASKS: dict[str, Callable[[Workspace, Settings, str, Progress, float], Told]] = {
    "monitor": _monitor,
    "digest": _digest,
    "deliver": _deliver,
    "watchlist": _watchlist,
    "upkeep": _upkeep,
}


def last_done(conn: Connection, name: str) -> datetime | None:
    """Return when a job was last begun and done to its end; None where the database does not tell."""
    kind, _, whom = name.partition(":")
    if kind == "digest":
        told = last_digest(conn, whom)
        return told["made_at"] if told else None
    runs = read_runs(conn, limit=1, kind=kind, status="done") if kind in WRITERS else []
    return runs[0]["started_at"] if runs else None
