"""Collecting: the sources that are due are asked, and what lies in the inboxes is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from watch.clock import now
from watch.cron import cron_trigger
from watch.lease import holding
from watch.loading import LoadReport, Progress, load_file
from watch.source_settings import PolledSettings, SourceSettings
from watch.sources import FileMark, Pulled, pull_source
from watch.sources.landing import Landing
from watch.store.runs import note_health, note_health_daily
from watch.store.sources import StoredSource, read_cursor, read_seen, read_sources, save_seen, save_source
from watch.wording import clean, plural
from watch.workspace import Workspace


@dataclass
class Collected:
    """What came of asking the sources: their faults, and files to be read in place, with what to keep of each."""

    faults: list[str] = field(default_factory=list)
    in_place: list[tuple[SourceSettings, Path, str, FileMark]] = field(default_factory=list)


def inbox(ws: Workspace, source: str) -> Landing:
    """Return the inbox of a source."""
    return Landing(ws.data_dir / "inbox" / source)


def inboxes(ws: Workspace) -> dict[str, Landing]:
    """Return the inboxes that there are by source, also of sources that the settings name no more."""
    return {folder.name: inbox(ws, folder.name) for folder in sorted((ws.data_dir / "inbox").glob("*/"))}


def pull_due(ws: Workspace, sources: Sequence[SourceSettings], at: datetime, progress: Progress) -> Collected:
    """Ask the polled sources whose time has come, one process at a time; a fault of one stops no other."""
    polled = [source for source in sources if isinstance(source, PolledSettings) and source.enabled]
    out = Collected()
    if not polled:
        return out
    with holding(ws.engine, "collector"):
        with ws.engine.connect() as conn:
            known = {source.name: source for source in read_sources(conn)}
        for source in polled:
            if is_due(source, known.get(source.name), at):
                _pull(ws, source, known.get(source.name), at, progress, out)
    return out


def is_due(source: PolledSettings, known: StoredSource | None, at: datetime) -> bool:
    """Return whether a polled source is to be asked now; one with neither `every` nor `cron` is asked at each run.

    Notes
    -----
    A clock that was set back makes no source wait: one that was asked "in the future" is due.
    """
    if known is None or known.tried_at is None or known.tried_at > at:
        return True
    if source.cron is not None:
        after_at = known.tried_at + timedelta(microseconds=1)
        due_at = cron_trigger(source.cron).get_next_fire_time(None, after_at)
        return due_at is not None and due_at <= at
    return source.every is None or known.tried_at + source.every <= at


def _pull(
    ws: Workspace, source: Any, known: StoredSource | None, at: datetime, progress: Progress, out: Collected
) -> None:
    with ws.engine.connect() as conn:
        cursor = read_cursor(conn, source.name, source.kind)
        seen = read_seen(conn, source.name) if source.kind == "folder" else None
    pulled = pull_source(source, cursor, inbox(ws, source.name), at, progress, seen)
    out.in_place += [(source, path, *pulled.marks[path]) for path in pulled.landed if path in pulled.marks]
    out.faults += [f"{source.name}: {pulled.fault}"] if pulled.fault else []
    with ws.engine.begin() as conn:
        told = pulled.fault or pulled.message
        save_source(conn, source.name, source.kind, pulled.cursor, at, ok=not pulled.fault, message=told)
        if pulled.fault and not _told_before(known, pulled):
            note_health(conn, "source", f"{source.name}: {pulled.fault}", at=at)


def _told_before(known: StoredSource | None, pulled: Pulled) -> bool:
    """Return whether the last try failed in the same words: a source that stays down is told once."""
    return known is not None and known.faulty and known.message == pulled.fault


def tell_left_behind(ws: Workspace, sources: Sequence[SourceSettings], at: datetime) -> None:
    """Note as health that files wait in the inbox of a source that the settings name no more; nobody loads them."""
    named = {source.name for source in sources}
    for name, landing in inboxes(ws).items():
        waiting = 0 if name in named else len(landing.ready())
        if waiting:
            told = f"{clean(name)}: {plural(waiting, 'file')} in its inbox will not be loaded: no source has this name"
            advice = "put it back into shipwatch.toml (`enabled = false` rests it), or remove the folder"
            with ws.engine.begin() as conn:
                note_health_daily(conn, "source", f"{told}; {advice}", at=at)


def load_waiting(
    ws: Workspace, sources: Sequence[SourceSettings], collected: Collected, progress: Progress
) -> Iterator[LoadReport]:
    """Load every finished file of the inboxes and every file to be read in place, and yield what became of each.

    Notes
    -----
    A file that cannot be read is set aside with its fault told; one that this machine failed on waits for the next run.
    """
    for source in sources:
        landing = inbox(ws, source.name)
        for path in landing.ready():
            report = load_file(ws, path, "auto", progress, origin=source.name)
            if not report.again:
                landing.done(path)
            yield report
    for source, path, mark, seen in collected.in_place:
        report = load_file(ws, path, str(getattr(source, "format", "auto")), progress, origin=source.name)
        if not report.again:
            with ws.engine.begin() as conn:
                save_seen(conn, source.name, mark, seen, now())
        yield report
