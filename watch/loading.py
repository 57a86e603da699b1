"""Loading: a file becomes positions of the lake, and each of its rows is counted.

Days are marked dirty before the lake changes, so that a crash between loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from watch.cells import microseconds
from watch.clock import now
from watch.errors import InputError
from watch.normalise import normalise
from watch.readers import Source, read_file
from watch.readers.blocks import read_ahead
from watch.staging import Staging
from watch.store import loads, runs, slices
from watch.wording import clean, plural
from watch.workspace import Workspace

Progress = Callable[[str, float], None]  # what is being done, and how much of it as a share of one
#: What stops the reading of one file and of no other: its faults, the disk's, and slips of a reader that it lays bare.
_OF_ONE_FILE = (InputError, OSError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_EXAMPLES = 3  # rejects shown for each file; all are kept in the lake


@dataclass
class LoadReport:
    """What became of one file: `positions + duplicates + rejects` are the rows read.

    `static_messages`, and `events` that others found, are no rows.
    `radios` are the MMSIs of its positions, `span` the times of the first and the newest of them. `again` says that the
    fault lies in this machine, not in the file, so that another try may succeed.
    """

    path: Path
    format: str = ""
    rows_read: int = 0
    positions: int = 0
    duplicates: int = 0
    rejects: int = 0
    static_messages: int = 0
    events: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    unused_columns: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)
    fault: str = ""
    again: bool = False
    radios: set[int] = field(default_factory=set)
    span: tuple[datetime, datetime] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The four counts of rows."""
        return {name: getattr(self, name) for name in ("rows_read", "positions", "duplicates", "rejects")}


def load_file(ws: Workspace, path: Path, format: str, progress: Progress, *, origin: str | None = None) -> LoadReport:
    """Read a file into the lake and return what became of it; its fault, if any, is in the report and in the health.

    `origin` names the source that brought it.
    """
    report = LoadReport(path)
    try:
        source = read_file(path, format, on_bytes=_byte_meter(path, progress))
        sha256 = source.sha256
    except _OF_ONE_FILE as error:
        _blame(report, error)
        _note_fault(ws, report)
        return report
    report.format = source.format
    with ws.engine.begin() as conn:
        kept_from_us = microseconds(slices.kept_from(conn))
        known = loads.find_load(conn, sha256)
        if known and known.status == "done":
            return _known_before(report, known)
        load_id = loads.start_load(
            conn,
            sha256=sha256,
            name=path.name,
            format=source.format,
            size_bytes=source.size_bytes,
            at=now(),
            source=origin,
        )
    found: list[dict[str, Any]] = []
    with ws.lake.stage(load_id) as staging:
        try:
            _stage(source, staging, report, found, kept_from_us)
        except _OF_ONE_FILE as error:  # what stood before the damage is good and stays
            _blame(report, error)
        _merge(ws, staging, report, progress)
        _store_events(ws, found, report)
        ws.lake.write_rejects(load_id, staging.rejects())
    _describe(report, source)
    _finish(ws, load_id, report)
    return report


def _blame(report: LoadReport, error: Exception) -> None:
    """Note what stopped the reading of a file, so that it stops no other."""
    report.again = isinstance(error, OSError)
    report.fault = str(error)
    if not isinstance(error, InputError | OSError):
        slip = clean(f"{type(error).__name__}: {error}")[:200]
        advice = "what was read before is kept; report it with the file, which is not at fault alone"
        report.fault = f"{report.path}: holds what Shipwatch does not expect ({slip}); {advice}"
    elif isinstance(error, OSError):
        advice = "what was read before is kept; check the disk and load it again"
        report.fault = f"{report.path}: cannot be read ({error.strerror}); {advice}"


def _known_before(report: LoadReport, known: loads.Load) -> LoadReport:
    """Return the report of a file whose very bytes were loaded before: every good row is a duplicate."""
    report.rows_read, report.rejects = known.rows_read, known.rejects
    report.duplicates = known.rows_read - known.rejects
    report.remarks.append(f"the same file was loaded on {known.started_at:%Y-%m-%d %H:%M} UTC as {known.name}")
    return report


def _byte_meter(path: Path, progress: Progress) -> Callable[[int], None]:
    size = max(path.stat().st_size, 1) if path.is_file() else 1
    done = 0

    def on_bytes(n: int) -> None:
        nonlocal done
        done += n
        progress(f"reading {path.name}", min(done / size, 1.0))

    return on_bytes


def _stage(
    source: Source, staging: Staging, report: LoadReport, found: list[dict[str, Any]], kept_from_us: int
) -> None:
    """Draw a file's batches through `normalise` into the staging area, counting as they pass; gather others' events."""
    with read_ahead(source.batches) as batches:
        for batch in batches:
            normal = normalise(batch, kept_from_us)
            report.rows_read += batch.rows_read
            report.rejects += len(normal.rejects)
            staging.add(normal.positions, normal.statics, normal.rejects)
            found += batch.events
            _note_span(report, normal.positions)
            _note_rejects(report, batch.file, normal.rejects)


def _note_span(report: LoadReport, positions: pa.Table) -> None:
    if not len(positions):
        return
    report.radios.update(pc.unique(positions.column("mmsi")).to_pylist())
    ends = pc.min_max(positions.column("fix_at")).as_py()
    first_at, newest_at = (ends[which].astimezone(UTC) for which in ("min", "max"))
    if report.span:
        first_at, newest_at = min(first_at, report.span[0]), max(newest_at, report.span[1])
    report.span = (first_at, newest_at)


def _note_rejects(report: LoadReport, file: str, rejects: pa.Table) -> None:
    if len(rejects):
        report.reasons.update(rejects.column("reason").to_pylist())
        for row in rejects.slice(0, _EXAMPLES - len(report.examples)).to_pylist():
            report.examples.append(f"{file}:{row['line']}: {row['reason']}")


def _merge(ws: Workspace, staging: Staging, report: LoadReport, progress: Progress) -> None:
    """Merge the staged days into the lake. Their slices are dirty first, so that a crash between loses nothing."""
    days = staging.days()
    with ws.engine.begin() as conn:
        clean_before = slices.mark_dirty(conn, staging.slots())
    changed: set[datetime] = set()
    for number, day in enumerate(days):
        progress("storing positions", number / len(days))
        merged = ws.lake.merge_day(staging, day)
        report.positions += merged.added
        report.duplicates += merged.duplicates
        changed |= merged.slots
    with ws.engine.begin() as conn:
        slices.clear_dirty(conn, clean_before - slices.covering(conn, changed))


def _store_events(ws: Workspace, found: list[dict[str, Any]], report: LoadReport) -> None:
    """Store the events that somebody else found; the format says who."""
    if not found:
        return
    from watch.foreign import store_foreign  # geopandas: most files hold none

    with ws.engine.begin() as conn:
        report.events = store_foreign(conn, found, ws.world, report.format)
    report.remarks.append(f"{plural(report.events, 'event')} found by others")
    moments = [at for one in found for at in (one["start_at"], one["end_at"]) if at is not None]
    report.span = (min(moments), max(moments))


def _describe(report: LoadReport, source: Source) -> None:
    report.unused_columns = source.unused_columns
    report.static_messages = source.static_messages
    report.remarks += [f"{n:,} values of {name} not understood" for name, n in source.unreadable_values.items()]
    report.remarks += [f"skipped {what}" for what in source.skipped]


def _finish(ws: Workspace, load_id: int, report: LoadReport) -> None:
    with ws.engine.begin() as conn:
        if report.fault:
            loads.fail_load(conn, load_id, at=now(), message=report.fault)
        else:
            more = {"unused_columns": list(report.unused_columns), "reasons": dict(report.reasons)}
            loads.finish_load(
                conn,
                load_id,
                at=now(),
                rows_read=report.rows_read,
                positions=report.positions,
                duplicates=report.duplicates,
                rejects=report.rejects,
                details=more,
                span=report.span,
            )
    if report.fault or not (report.rows_read or report.static_messages or report.events):
        _note_fault(ws, report)


def _note_fault(ws: Workspace, report: LoadReport) -> None:
    """Keep a file's fault as health of the data, for the digest; a file without rows is one too."""
    with ws.engine.begin() as conn:
        note = runs.note_health_daily if report.again else runs.note_health  # each run tries it again
        note(conn, "file", report.fault or f"{report.path.name}: holds no rows", at=now())
