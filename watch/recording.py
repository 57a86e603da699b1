"""Runs on record: what a job took in, what it did, what it cost, and how it ended."""

from __future__ import annotations

import resource
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from watch.clock import now
from watch.errors import ShipwatchError, Stopped, StoreError
from watch.lease import holder_name
from watch.store import runs

#: Linux: writing "5" here lets the kernel measure the greatest memory of a process anew (man 5 proc).
_FORGET_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


#: The runs that write to the lake: one at a time.
WRITERS = ("load", "monitor", "apply rules", "upkeep")


@dataclass
class RunFigures:
    """What a run has to tell of itself; None where it does not apply."""

    window_start_at: datetime | None = None
    window_end_at: datetime | None = None
    rows_read: int | None = None
    positions: int | None = None
    duplicates: int | None = None
    rejects: int | None = None
    ships: int | None = None
    events: int | None = None
    alerts_new: int | None = None
    alerts_changed: int | None = None
    alerts_withdrawn: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recorded(engine: Engine, kind: str) -> Iterator[RunFigures]:
    """Record a run, its figures and how it ended; an error goes on to whoever called."""
    figures = RunFigures()
    _forget_peak()
    with engine.begin() as conn:
        run_id = runs.start_run(conn, kind, at=now(), holder=holder_name())
    begun_s = time.monotonic()
    try:
        yield figures
    except BaseException as error:
        with suppress(SQLAlchemyError, StoreError):  # the database may be what failed; the run shows as cut off then
            _finish(engine, run_id, figures, begun_s, *_ending(error))
        raise
    _finish(engine, run_id, figures, begun_s, "done")


def _ending(error: BaseException) -> tuple[str, str]:
    """Return how a run ended and why, for people: what we raise ourselves says it in words."""
    if isinstance(error, Stopped):
        return "stopped", "stopped when asked to; the next run goes on from there"
    return "failed", str(error) if isinstance(error, ShipwatchError) else f"{type(error).__name__}: {error}"


def _finish(
    engine: Engine, run_id: int, figures: RunFigures, begun_s: float, status: str, message: str | None = None
) -> None:
    cost = {"seconds": round(time.monotonic() - begun_s, 3), "peak_mb": peak_mb()}
    with engine.begin() as conn:
        runs.finish_run(conn, run_id, at=now(), figures={**vars(figures), **cost}, status=status, message=message)


def tell_cut_off(engine: Engine, kinds: Collection[str]) -> None:
    """Mark the runs of some kinds that never ended, and tell them; for whoever alone may run these kinds now."""
    with engine.begin() as conn:
        for run in runs.mark_cut_off(conn, kinds, at=now()):
            told = f"the run '{run['kind']}' of {run['started_at']:%Y-%m-%d %H:%M} UTC ended without notice"
            runs.note_health(conn, "run", f"{told}; this run goes on from where it stood", at=now())


def _forget_peak() -> None:
    with suppress(OSError):  # not on every system; the peak is then that of the whole process
        _FORGET_PEAK.write_text("5")


def peak_mb() -> float:
    """Return the greatest memory of this process since it was last forgotten, MB."""
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
