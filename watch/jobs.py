"""Jobs: the chain with the lake and the database between its steps.

Every step leaves the store whole: killed anywhere, the next run begins where the last whole step ended. Days are
marked dirty before the lake changes, a slice's events and state are saved in one transaction, and vessels wait in a
queue until their alerts are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watch.clock import now
from watch.loading import LoadReport, Progress, load_file
from watch.refold import refold
from watch.rematch import rematch
from watch.store import runs
from watch.store.alerts import Saved
from watch.workspace import Workspace


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    files: list[LoadReport]
    events: int
    alerts: Saved

    @property
    def failed(self) -> bool:
        """Whether any file could not be read to its end."""
        return any(report.fault for report in self.files)


def load(ws: Workspace, paths: Sequence[Path], format: str, progress: Progress) -> RunReport:
    """Read files, run the chain on what is new, and return what was done.

    A file that cannot be read never stops the others; its fault is in the report.
    """
    with ws.writing(), _recorded(ws, "load") as details:
        files = [load_file(ws, path, format, progress) for path in paths]
        details |= {f.path.name: {**f.counts, "fault": f.fault} for f in files}
        events = refold(ws, now(), progress)
        told, alerts = rematch(ws, now(), progress)
        details |= {"events": events + told, "alerts": alerts._asdict()}
    return RunReport(files, events + told, alerts)


def apply_rules(ws: Workspace, progress: Progress) -> Saved:
    """Match the rules as they are now over all stored events, and return what that did to the alerts."""
    with ws.writing(), _recorded(ws, "apply rules") as details:
        alerts = rematch(ws, now(), progress).alerts
        details |= {"alerts": alerts._asdict()}
    return alerts


@contextmanager
def _recorded(ws: Workspace, kind: str) -> Iterator[dict[str, Any]]:
    """Record a run, what it did, and how it ended."""
    details: dict[str, Any] = {}
    with ws.engine.begin() as conn:
        run_id = runs.start_run(conn, kind, at=now())
    try:
        yield details
    except BaseException as error:
        with ws.engine.begin() as conn:
            runs.finish_run(conn, run_id, at=now(), details=details, message=f"{type(error).__name__}: {error}")
        raise
    with ws.engine.begin() as conn:
        runs.finish_run(conn, run_id, at=now(), details=details)
