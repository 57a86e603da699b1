"""The Parquet lake: positions and statics by UTC day, rejects by load, states by content.

Every file is written beside its place, synced and renamed: a reader sees the old file or the new one, and a
crash leaves at most a stray that the next load removes. One process may write at a time, any number may read.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import read_metadata

from watch.columns import POSITIONS, REJECTS, STATICS
from watch.errors import StoreError
from watch.merge import STAGED, deduplicate, order_day, order_positions, ordered_batches, to_columns
from watch.parquet import (
    STRAY,
    Window,
    merge_statics,
    pack_state,
    read_rows,
    replacing,
    unpack_state,
    write_rows,
)
from watch.staging import Staging

_LARGE_BYTES = 32 << 20  # about 2 M positions, 100 MB in memory
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class DayMerge:
    """What merging one day of a load did.

    Attributes
    ----------
    staged, added, duplicates
        Rows of positions: `staged` came, `added` are new to the day, the rest are `duplicates`.
    changed
        Whether any stored position or static of the day is now another.
    """

    day: date
    staged: int
    added: int
    duplicates: int
    changed: bool


class Lake:
    """The positions, statics, rejects and states under one data directory.

    Parameters
    ----------
    data_dir
        The data directory; made when it does not exist.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self._root = Path(data_dir) / "lake"
        self._staging = Path(data_dir) / "staging"
        self._states = Path(data_dir) / "state"

    def stage(self, load_id: int) -> Staging:
        """Return an empty staging area for a load, after removing what a crashed run left behind."""
        self.remove_strays()
        return Staging(self._staging / str(load_id), load_id)

    def remove_strays(self) -> None:
        """Remove unfinished files and staging areas; only for the one process that may write."""
        if self._staging.exists():
            shutil.rmtree(self._staging)
        for folder in (self._root, self._states):
            for stray in folder.rglob(f"*{STRAY}"):
                stray.unlink()

    def merge_day(self, staging: Staging, day: date) -> DayMerge:
        """Merge the staged rows of a day into the lake and return what that did.

        Notes
        -----
        A day that does not change is not written. Mark the day dirty in the database before: after a crash
        between the two, a repeated load finds nothing to change.
        """
        staged, added, positions_changed = self._merge_positions(staging, day)
        statics_changed = self._merge_statics(staging, day)
        return DayMerge(day, staged, added, staged - added, positions_changed or statics_changed)

    def _merge_positions(self, staging: Staging, day: date) -> tuple[int, int, bool]:
        files = self._files("positions", [day])
        staged = len(staging.positions(day, ["load_id"]))
        if not staged:
            return 0, 0, False

        existing_column = _column_reader(files)
        columns = to_columns(lambda name: [existing_column(name), staging.positions(day, [name])])
        existing = len(columns["load_id"]) - staged
        order, fresh = order_day(columns, existing)
        if fresh:
            rows = pa.RecordBatchReader.from_batches(STAGED, ordered_batches(columns, order))
            write_rows(rows, self._path("positions", day))
        return staged, len(order) - existing, fresh > 0

    def _merge_statics(self, staging: Staging, day: date) -> bool:
        staged = staging.statics(day)
        if not len(staged):
            return False
        existing = read_rows(self._files("statics", [day]), STATICS)
        merged = merge_statics([existing, staged])
        if merged.equals(existing):
            return False
        write_rows(merged, self._path("statics", day))
        return True

    def days(self) -> list[date]:
        """Return the UTC days of which the lake holds positions or statics, in order."""
        names = {path.name for table in ("positions", "statics") for path in (self._root / table).glob("day=*")}
        return sorted(date.fromisoformat(name.removeprefix("day=")) for name in names)

    def rows_on(self, day: date) -> int:
        """Return how many positions a UTC day holds, from the file's own summary."""
        path = self._path("positions", day)
        return int(read_metadata(path).num_rows) if path.exists() else 0

    def read_positions(
        self,
        start_at: datetime,
        end_at: datetime,
        mmsi: Collection[int] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return the positions with `start_at <= fix_at < end_at`, sorted by mmsi, fix_at, lat, lon.

        Parameters
        ----------
        start_at, end_at
            Aware UTC moments.
        mmsi
            Only these ships; all when None.
        columns
            Only these columns of POSITIONS, in this order; all when None.
        """
        names = POSITIONS.names if columns is None else list(columns)
        files = self._files("positions", self._days_between(start_at, end_at))
        as_stored = mmsi is None and len(files) < 2
        needed = names if as_stored else dict.fromkeys([*names, "mmsi", "fix_at", "lat", "lon"])
        schema = pa.schema([POSITIONS.field(name) for name in needed])
        table = read_rows(files, schema, Window("fix_at", start_at, end_at, mmsi))
        return table if as_stored else table.take(pa.array(order_positions(table))).select(names)

    def read_statics(self, start_at: datetime, end_at: datetime, mmsi: Collection[int] | None = None) -> pa.Table:
        """Return the statics with `start_at <= seen_at < end_at`, sorted by mmsi, seen_at."""
        files = self._files("statics", self._days_between(start_at, end_at))
        table = read_rows(files, STATICS, Window("seen_at", start_at, end_at, mmsi))
        return table.sort_by([(name, "ascending") for name in STATICS.names])

    def write_rejects(self, load_id: int, rejects: pa.Table | Iterable[pa.Table]) -> None:
        """Keep the rejected rows of a load, in place of any kept for it before."""
        tables = [rejects] if isinstance(rejects, pa.Table) else rejects
        batches = (batch for table in tables for batch in table.select(REJECTS.names).cast(REJECTS).to_batches())
        write_rows(pa.RecordBatchReader.from_batches(REJECTS, batches), self._rejects_path(load_id))

    def read_rejects(self, load_id: int) -> pa.Table:
        """Return the rejected rows kept for a load; none when it had none."""
        path = self._rejects_path(load_id)
        return read_rows([path] if path.exists() else [], REJECTS)

    def save_state(self, tables: Mapping[str, pa.Table]) -> str:
        """Keep named tables as one file and return its digest; equal content has an equal digest."""
        content = pack_state(tables)
        digest = hashlib.sha256(content).hexdigest()
        path = self._state_path(digest)
        if not path.exists():
            with replacing(path) as stray:
                stray.write_bytes(content)
        return digest

    def load_state(self, digest: str) -> dict[str, pa.Table]:
        """Return the tables kept under a digest.

        Raises
        ------
        StoreError
            When there is no such state or its content is damaged.
        """
        path = self._state_path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(f"the state {path} is missing or damaged; mark all days dirty and run again")
        return unpack_state(content)

    def drop_states(self, keep: Collection[str]) -> int:
        """Remove all states but these and return how many were removed."""
        dropped = [path for path in self._states.glob("*.zip") if path.stem not in set(keep)]
        for path in dropped:
            path.unlink()
        return len(dropped)

    def _days_between(self, start_at: datetime, end_at: datetime) -> list[date]:
        first, last = start_at.astimezone(UTC).date(), end_at.astimezone(UTC).date()
        return [day for day in self.days() if first <= day <= last]

    def _path(self, table: str, day: date) -> Path:
        return self._root / table / f"day={day.isoformat()}" / f"{table}.parquet"

    def _files(self, table: str, days: Iterable[date]) -> list[Path]:
        return [path for path in (self._path(table, day) for day in days) if path.exists()]

    def _rejects_path(self, load_id: int) -> Path:
        return self._root / "rejects" / f"load={load_id:d}" / "rejects.parquet"

    def _state_path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise StoreError(f"{digest!r} is no digest of a state")
        return self._states / f"{digest}.zip"


def _column_reader(files: Sequence[Path]) -> Callable[[str], pa.Table]:
    """Return what gives one column of positions files: read one by one when they are large, at once when small."""
    if sum(path.stat().st_size for path in files) > _LARGE_BYTES:
        return lambda name: read_rows(files, pa.schema([POSITIONS.field(name)]))
    whole = read_rows(files, POSITIONS)
    return lambda name: whole.select([name])


__all__ = ["DayMerge", "Lake", "deduplicate"]
