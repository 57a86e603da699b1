"""Loading: a file becomes positions of the lake, and each of its rows is counted.

Days are marked dirty before the lake changes, so that a crash between loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from watch.clock import now
from watch.errors import InputError
from watch.normalise import normalise
from watch.readers import Source, read_file
from watch.readers.blocks import read_ahead
from watch.staging import Staging
from watch.store import loads, runs, slices
from watch.workspace import Workspace

Progress = Callable[[str, float], None]  # what is being done, and how much of it as a share of one
_EXAMPLES = 3  # rejects shown for each file; all are kept in the lake


@dataclass
class LoadReport:
    """What became of one file: `positions + duplicates + rejects` are the rows read."""

    path: Path
    format: str = ""
    rows_read: int = 0
    positions: int = 0
    duplicates: int = 0
    rejects: int = 0
    static_messages: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    unused_columns: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """The four counts of rows."""
        return {name: getattr(self, name) for name in ("rows_read", "positions", "duplicates", "rejects")}


def load_file(ws: Workspace, path: Path, format: str, progress: Progress) -> LoadReport:
    """Read a file into the lake and return what became of it; its fault, if any, is in the report and in the health."""
    report = LoadReport(path)
    try:
        source = read_file(path, format, on_bytes=_byte_meter(path, progress))
        sha256 = source.sha256
    except (InputError, OSError) as error:
        report.fault = _fault(path, error)
        _note_fault(ws, report)
        return report
    report.format = source.format
    with ws.engine.begin() as conn:
        known = loads.find_load(conn, sha256)
        if known and known.status == "done":
            return _known_before(report, known)
        load_id = loads.start_load(
            conn, sha256=sha256, name=path.name, format=source.format, size_bytes=source.size_bytes, at=now()
        )
    with ws.lake.stage(load_id) as staging:
        try:
            _stage(source, staging, report)
        except (InputError, OSError) as error:  # what stood before the damage is good and stays
            report.fault = _fault(path, error)
        _merge(ws, staging, report, progress)
        ws.lake.write_rejects(load_id, staging.rejects())
    _describe(report, source)
    _finish(ws, load_id, report)
    return report


def _fault(path: Path, error: InputError | OSError) -> str:
    """Return what stopped the reading of a file, so that it stops no other."""
    if isinstance(error, InputError):
        return str(error)
    return f"{path}: cannot be read ({error.strerror}); what was read before is kept; check the disk and load it again"


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


def _stage(source: Source, staging: Staging, report: LoadReport) -> None:
    """Draw a file's batches through `normalise` into the staging area, counting as they pass."""
    with read_ahead(source.batches) as batches:
        for batch in batches:
            clean = normalise(batch)
            report.rows_read += batch.rows_read
            report.rejects += len(clean.rejects)
            staging.add(clean.positions, clean.statics, clean.rejects)
            _note_rejects(report, batch.file, clean.rejects)


def _note_rejects(report: LoadReport, file: str, rejects: pa.Table) -> None:
    if len(rejects):
        report.reasons.update(rejects.column("reason").to_pylist())
        for row in rejects.slice(0, _EXAMPLES - len(report.examples)).to_pylist():
            report.examples.append(f"{file}:{row['line']}: {row['reason']}")


def _merge(ws: Workspace, staging: Staging, report: LoadReport, progress: Progress) -> None:
    """Merge the staged days into the lake. They are marked dirty first, so that a crash between loses nothing."""
    days = staging.days()
    with ws.engine.begin() as conn:
        clean_before = slices.mark_dirty(conn, days)
    unchanged = []
    for number, day in enumerate(days):
        progress("storing positions", number / len(days))
        merged = ws.lake.merge_day(staging, day)
        report.positions += merged.added
        report.duplicates += merged.duplicates
        if not merged.changed and day in clean_before:
            unchanged.append(day)
    with ws.engine.begin() as conn:
        slices.clear_dirty(conn, unchanged)


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
            )
    if report.fault or not report.rows_read:
        _note_fault(ws, report)


def _note_fault(ws: Workspace, report: LoadReport) -> None:
    """Keep a file's fault as health of the data, for the digest; a file without rows is one too."""
    with ws.engine.begin() as conn:
        runs.note_health(conn, "file", report.fault or f"{report.path.name}: holds no rows", at=now())
