"""The Parquet lake: positions and statics by UTC day or finer (`cells.py`), rejects by load, states by content.

Every file is written beside its place, synced and renamed: a reader sees the old file or the new one, and a
crash leaves at most a stray that the next load removes. One process may write at a time, any number may read.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watch.cells import (
    DAY,
    EPOCH,
    SLOT,
    SLOTS,
    Cell,
    Piece,
    day_cell,
    microseconds,
    midnight,
    pieces_in,
    slot_starts,
    slots_of,
    target_cells,
)
from watch.columns import POSITIONS, REJECTS, STATICS
from watch.compaction import merged_by_ship
from watch.errors import StoreError
from watch.merge import STAGED, deduplicate, join_columns, order_day, order_positions, ordered_batches, to_columns
from watch.parquet import (
    STRAY,
    Only,
    Window,
    count_rows,
    merge_statics,
    newest_in,
    read_rows,
    rows_in,
    statics_changed_us,
    write_rows,
)
from watch.staging import Staging
from watch.states import States

_READ_TRIES = 20  # own: files of the lake are replaced at most every few seconds
_MOMENT = {"positions": "fix_at", "statics": "seen_at"}


@dataclass(frozen=True)
class DayMerge:
    """What merging one day of a load did.

    Attributes
    ----------
    staged, added, duplicates
        Rows of positions: `staged` came, `added` are new to the day, the rest are `duplicates`.
    changed
        Whether any stored position or static of the day is now another.
    slots
        The ten minutes, by their starts, in which one is.
    """

    day: date
    staged: int
    added: int
    duplicates: int
    changed: bool
    slots: set[datetime] = field(default_factory=set, compare=False)


class Lake(States):
    """The positions, statics, rejects and states under one data directory.

    Parameters
    ----------
    data_dir
        The data directory; made when it does not exist.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self._root = Path(data_dir) / "lake"
        self._staging = Path(data_dir) / "staging"
        super().__init__(Path(data_dir) / "state")

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
        A file that does not change is not written. Mark the day dirty in the database before: after a crash
        between the two, a repeated load finds nothing to change.
        """
        staged, added, slots = self._merge_positions(staging, day)
        slots |= self._merge_statics(staging, day)
        return DayMerge(day, staged, added, staged - added, bool(slots), slots)

    def _merge_positions(self, staging: Staging, day: date) -> tuple[int, int, set[datetime]]:
        staged = to_columns(lambda name: [staging.positions(day, [name])])
        added, touched = 0, set[datetime]()
        for cell, rows in self._by_cell("positions", day, staged["fix_at"]):
            existing = self._read("positions", POSITIONS, cell.start_at, cell.end_at)
            columns = join_columns(existing, {name: values[rows] for name, values in staged.items()})
            order, fresh = order_day(columns, len(existing))
            added += len(order) - len(existing)
            if fresh:
                batches = pa.RecordBatchReader.from_batches(STAGED, ordered_batches(columns, order))
                write_rows(batches, self._path("positions", cell))
                touched |= slot_starts(columns["fix_at"][order[order >= len(existing)]])
        return len(staged["fix_at"]), added, touched

    def _merge_statics(self, staging: Staging, day: date) -> set[datetime]:
        staged, touched = staging.statics(day), set[datetime]()
        for cell, rows in self._by_cell("statics", day, np.asarray(staged["seen_at"].cast(pa.int64()))):
            existing = self._read("statics", STATICS, cell.start_at, cell.end_at)
            merged = merge_statics([existing, staged.take(pa.array(rows))])
            if not merged.equals(existing):
                write_rows(merged, self._path("statics", cell))
                touched |= slot_starts(statics_changed_us(existing, merged))
        return touched

    def _by_cell(self, table: str, day: date, at_us: NDArray[np.int64]) -> Iterator[tuple[Cell, NDArray[np.intp]]]:
        """Yield the cells of a day into which moments fall, each with the rows that do."""
        if not len(at_us):
            return
        slots = slots_of(day_cell(day), at_us)
        stored = {piece.cell: rows_in(piece.path) for piece in self._pieces(table, day)}
        order = np.argsort(slots.astype(np.uint8), kind="stable")  # in a day are 144 of them
        for cell in target_cells(table, day, stored, np.bincount(slots, minlength=SLOTS)):
            begin, end = slots_of(day_cell(day), np.array([microseconds(cell.start_at), microseconds(cell.end_at)]))
            since, until = np.searchsorted(slots[order], [begin, end])
            yield cell, order[since:until]

    def compact(self, day: date) -> bool:
        """Write a day that lies in several files as one, sorted by ship, and return whether there was need to.

        Notes
        -----
        The new file holds every row before the finer ones go, and until then these hold their time in its place.
        """
        finer = {table: [p for p in self._pieces(table, day) if p.cell.length < DAY] for table in _MOMENT}
        for table in (table for table, pieces in finer.items() if pieces):
            write_rows(merged_by_ship(self._pieces(table, day), table), self._path(table, day_cell(day)))
            for piece in finer[table]:
                piece.path.unlink()
        return any(finer.values())

    def forget(self, before_at: datetime) -> int:
        """Remove the positions and statics of the UTC days that were over by a moment; return how many days that is."""
        old = [day for day in self.days() if midnight(day) + DAY <= before_at]
        for day in old:
            for table in _MOMENT:
                shutil.rmtree(self._folder(table, day), ignore_errors=True)
        return len(old)

    def days(self) -> list[date]:
        """Return the UTC days of which the lake holds positions or statics, in order."""
        names = {path.name for table in _MOMENT for path in (self._root / table).glob("day=*")}
        return sorted(date.fromisoformat(name.removeprefix("day=")) for name in names)

    def rows_on(self, day: date) -> int:
        """Return how many positions a UTC day holds."""
        pieces = self._pieces("positions", day)
        if any(piece.replaced for piece in pieces):
            return sum(self.rows_by_slot(midnight(day), midnight(day) + DAY).values())
        return sum(rows_in(piece.path) for piece in pieces)

    def newest_fix(self) -> datetime | None:
        """Return the time of the last position; None when there is none."""
        for day in reversed(self.days()):
            if pieces := self._pieces("positions", day):
                return max(newest_in(piece.path, "fix_at") for piece in pieces)
        return None

    def newest_on(self, day: date) -> datetime:
        """Return the last moment of a UTC day at which a position or an identity was heard; else its beginning."""
        found = [newest_in(p.path, _MOMENT[table]) for table in _MOMENT for p in self._pieces(table, day)]
        return max(found, default=midnight(day))

    def rows_by_slot(self, start_at: datetime, end_at: datetime) -> dict[datetime, int]:
        """Return how many positions each ten minutes of a stretch of time hold, those with any."""
        found: Counter[int] = Counter()
        for paths, window in self._asked("positions", start_at, end_at):
            found.update(count_rows(paths, window, SLOT // timedelta(microseconds=1)))
        return {EPOCH + slot * SLOT: rows for slot, rows in found.items()}

    def read_positions(
        self,
        start_at: datetime,
        end_at: datetime,
        mmsi: Collection[int] | None = None,
        columns: Sequence[str] | None = None,
        box: tuple[float, float, float, float] | None = None,
    ) -> pa.Table:
        """Return the positions with `start_at <= fix_at < end_at`, sorted by mmsi, fix_at, lat, lon.

        Parameters
        ----------
        start_at, end_at
            Aware UTC moments.
        mmsi, box
            Only these ships, and only in this box; all when None.
        columns
            Only these columns of POSITIONS, in this order; all when None.
        """
        names = POSITIONS.names if columns is None else list(columns)
        pieces = [piece for day in self._days_between(start_at, end_at) for piece in self._pieces("positions", day)]
        as_stored = mmsi is box is None and len(_within(pieces, start_at, end_at)) < 2
        needed = names if as_stored else dict.fromkeys([*names, "mmsi", "fix_at", "lat", "lon"])
        schema = pa.schema([POSITIONS.field(name) for name in needed])
        table = self._read("positions", schema, start_at, end_at, (mmsi, box))
        return table if as_stored else table.take(pa.array(order_positions(table))).select(names)

    def read_statics(self, start_at: datetime, end_at: datetime, mmsi: Collection[int] | None = None) -> pa.Table:
        """Return the statics with `start_at <= seen_at < end_at`, sorted by mmsi, seen_at."""
        table = self._read("statics", STATICS, start_at, end_at, (mmsi, None))
        return table.sort_by([(name, "ascending") for name in STATICS.names])

    def _read(
        self, table: str, schema: pa.Schema, start_at: datetime, end_at: datetime, only: Only = (None, None)
    ) -> pa.Table:
        """Return rows of a window as they stand in the files; read again when the files were others meanwhile."""
        for _ in range(_READ_TRIES):
            asked = self._asked(table, start_at, end_at, only)
            try:
                parts = [read_rows(paths, schema, window) for paths, window in asked]
            except FileNotFoundError:  # compacted or forgotten meanwhile
                continue
            if asked == self._asked(table, start_at, end_at, only):
                return pa.concat_tables([schema.empty_table(), *parts])
        raise StoreError(f"{self._root / table} changes faster than it can be read; try again when the load has ended")

    def _asked(
        self, table: str, start_at: datetime, end_at: datetime, only: Only = (None, None)
    ) -> list[tuple[list[Path], Window]]:
        """Return which files to ask for which rows: all at once that stand whole, the others one by one."""
        days = self._days_between(start_at, end_at)
        found = _within([piece for day in days for piece in self._pieces(table, day)], start_at, end_at)
        whole = Window(_MOMENT[table], start_at, end_at, *only)
        asked = [([piece.path for piece in found if not piece.replaced], whole)]
        for piece in found:
            if piece.replaced:
                without = tuple((cell.start_at, cell.end_at) for cell in piece.replaced)
                asked.append(([piece.path], replace(whole, without=without)))
        return [one for one in asked if one[0]]

    def write_rejects(self, load_id: int, rejects: pa.Table | Iterable[pa.Table]) -> None:
        """Keep the rejected rows of a load, in place of any kept for it before."""
        tables = [rejects] if isinstance(rejects, pa.Table) else rejects
        batches = (batch for table in tables for batch in table.select(REJECTS.names).cast(REJECTS).to_batches())
        write_rows(pa.RecordBatchReader.from_batches(REJECTS, batches), self._rejects_path(load_id))

    def read_rejects(self, load_id: int) -> pa.Table:
        """Return the rejected rows kept for a load; none when it had none."""
        path = self._rejects_path(load_id)
        return read_rows([path] if path.exists() else [], REJECTS)

    def _days_between(self, start_at: datetime, end_at: datetime) -> list[date]:
        first, last = start_at.astimezone(UTC).date(), end_at.astimezone(UTC).date()
        return [day for day in self.days() if first <= day <= last]

    def _folder(self, table: str, day: date) -> Path:
        return self._root / table / f"day={day.isoformat()}"

    def _path(self, table: str, cell: Cell) -> Path:
        return self._folder(table, cell.start_at.date()) / cell.file_name(table)

    def _pieces(self, table: str, day: date) -> list[Piece]:
        return pieces_in(self._folder(table, day), table)

    def _rejects_path(self, load_id: int) -> Path:
        return self._root / "rejects" / f"load={load_id:d}" / "rejects.parquet"


def _within(pieces: Iterable[Piece], start_at: datetime, end_at: datetime) -> list[Piece]:
    return [piece for piece in pieces if piece.cell.start_at < end_at and piece.cell.end_at > start_at]


__all__ = ["DayMerge", "Lake", "deduplicate"]
