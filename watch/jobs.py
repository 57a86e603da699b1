"""Jobs: the chain with the lake and the database between its steps.

Every step leaves the store whole: killed anywhere, the next run begins where the last whole step ended. Days are
marked dirty before the lake changes, a slice's events and state are saved in one transaction, and vessels wait in a
queue until their alerts are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from watch.clock import now
from watch.disk import writing_to
from watch.loading import LoadReport, Progress, load_file
from watch.recording import WRITERS, RunFigures, recorded, tell_cut_off
from watch.refold import refold
from watch.rematch import rematch
from watch.service import collect
from watch.service.feeds import judge_feeds
from watch.settings import Settings
from watch.store.alerts import Saved
from watch.store.patience import outlast
from watch.workspace import Workspace


@dataclass(frozen=True)
class RunReport:
    """What a run did; `faults` are those of its sources, in sentences."""

    files: list[LoadReport]
    events: int
    alerts: Saved
    faults: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether any file could not be read to its end."""
        return any(report.fault for report in self.files)


def load(ws: Workspace, paths: Sequence[Path], format: str, progress: Progress, *, wait_s: float = 0) -> RunReport:
    """Read files, run the chain on what is new, and return what was done.

    A file that cannot be read never stops the others; its fault is in the report. While another run writes, this one
    waits for so many seconds.
    """
    files: list[LoadReport] = []

    def run() -> RunReport:
        with writing_run(ws, "load", progress, wait_s=wait_s) as (figures, checked):
            for path in paths[len(files) :]:
                files.append(load_file(ws, path, format, checked))
            return _chain(ws, files, figures, checked)

    return outlast(lambda: ws.engine, run, progress)


def monitor(ws: Workspace, settings: Settings, progress: Progress, *, wait_s: float = 0) -> RunReport:
    """Ask the sources that are due, load what has come in, run the chain, and return what was done.

    Parameters
    ----------
    ws
        The workspace.
    settings
        With the sources.
    progress
        Told how far it is.
    wait_s
        How long to wait for a run that somebody started by hand.
    """
    collected = collect.pull_due(ws, settings.source, now(), progress)
    with writing_run(ws, "monitor", progress, wait_s=wait_s) as (figures, checked):
        files = list(collect.load_waiting(ws, settings.source, collected, checked))
        report = _chain(ws, files, figures, checked)
        judge_feeds(ws, settings.source, now())
        collect.tell_left_behind(ws, settings.source, now())
    return RunReport(report.files, report.events, report.alerts, collected.faults)


def apply_rules(ws: Workspace, progress: Progress) -> Saved:
    """Match the rules as they are now over all stored events, and return what that did to the alerts."""
    with writing_run(ws, "apply rules", progress) as (figures, checked):
        alerts = rematch(ws, now(), checked).alerts
        _note_alerts(figures, alerts)
    return alerts


def _chain(ws: Workspace, files: list[LoadReport], figures: RunFigures, progress: Progress) -> RunReport:
    """Find events and match rules after files were loaded, and fill in the figures of the run."""
    _note_files(figures, files)
    events = refold(ws, now(), progress)
    told, alerts = rematch(ws, now(), progress)
    figures.events = events + told
    _note_alerts(figures, alerts)
    return RunReport(files, events + told, alerts)


def _note_files(figures: RunFigures, files: Sequence[LoadReport]) -> None:
    spans = [f.span for f in files if f.span]
    figures.window_start_at = min((begin for begin, _ in spans), default=None)
    figures.window_end_at = max((end for _, end in spans), default=None)
    for name in ("rows_read", "positions", "duplicates", "rejects"):
        setattr(figures, name, sum(getattr(f, name) for f in files))
    figures.ships = len(set().union(*(f.radios for f in files)))
    figures.details["faults"] = {f.path.name: f.fault for f in files if f.fault}
    figures.details["files"] = len(files)


def _note_alerts(figures: RunFigures, alerts: Saved) -> None:
    figures.alerts_new, figures.alerts_changed, figures.alerts_withdrawn = alerts.new, alerts.changed, alerts.withdrawn


@contextmanager
def writing_run(
    ws: Workspace, kind: str, progress: Progress, *, wait_s: float = 0
) -> Iterator[tuple[RunFigures, Progress]]:
    """Hold the store for one run and record it; yield its figures, and a progress that sees when the hold is lost.

    Whoever holds the store alone knows that a run which never ended was cut off: it is marked so, and told.
    """
    with ws.writing(wait_s) as lease:
        tell_cut_off(ws.engine, WRITERS)
        with recorded(ws.engine, kind) as figures:

            def checked(what: str, share: float) -> None:
                lease.check()
                progress(what, share)

            with writing_to(ws.data_dir):
                yield figures, checked
