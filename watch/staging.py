"""Staging: what one load reads, split by UTC day on disk until it is merged into the lake."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from watch.cells import slot_starts
from watch.columns import REJECTS, STATICS
from watch.disk import writing_to
from watch.merge import STAGED, pack_positions

_SPILL_BYTES = 64 << 20  # at most this much of a load waits in memory
_DAY_US = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_REJECTS = "rejects"


class Staging:
    """The rows of one load, kept as uncompressed Arrow files by day; a context manager that removes them.

    Parameters
    ----------
    folder
        Where the files lie; emptied on entry and removed on exit.
    load_id
        The load these rows belong to.
    """

    def __init__(self, folder: Path, load_id: int) -> None:
        self.load_id = load_id
        self._folder = folder
        self._waiting: dict[tuple[str, str], list[pa.Table]] = defaultdict(list)
        self._waiting_bytes = 0
        self._parts = 0
        self._days: set[date] = set()
        self._slots: set[datetime] = set()

    def __enter__(self) -> Staging:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, positions: pa.Table, statics: pa.Table, rejects: pa.Table | None = None) -> None:
        """Stage rows of any days in any order: positions (without `load_id`), statics and rejects."""
        for day, rows in split_days(pack_positions(positions, self.load_id), "fix_at"):
            self._keep("positions", day, rows, "fix_at")
        for day, rows in split_days(statics.select(STATICS.names).cast(STATICS), "seen_at"):
            self._keep("statics", day, rows, "seen_at")
        if rejects is not None and len(rejects):
            self._hold((_REJECTS, _REJECTS), rejects.select(REJECTS.names).cast(REJECTS))
        if self._waiting_bytes > _SPILL_BYTES:
            self.flush()

    def _keep(self, table: str, day: date, rows: pa.Table, moment: str) -> None:
        self._days.add(day)
        self._slots |= slot_starts(np.asarray(rows[moment].cast(pa.int64())))
        self._hold((table, day.isoformat()), rows)

    def _hold(self, key: tuple[str, str], rows: pa.Table) -> None:
        self._waiting[key].append(rows)
        self._waiting_bytes += rows.nbytes

    def flush(self) -> None:
        """Write what waits in memory to the files of its days."""
        for (table, day), parts in self._waiting.items():
            self._parts += 1
            path = self._folder / table / day / f"{self._parts:08d}.arrow"
            with writing_to(self._folder):  # else the file that is read would be blamed
                path.parent.mkdir(parents=True, exist_ok=True)
                with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, parts[0].schema) as writer:
                    writer.write_table(pa.concat_tables(parts).combine_chunks())
        self._waiting.clear()
        self._waiting_bytes = 0

    def days(self) -> list[date]:
        """Return the UTC days that have staged rows, in order."""
        return sorted(self._days)

    def slots(self) -> set[datetime]:
        """Return the ten minutes, by their starts, that have staged rows."""
        return set(self._slots)

    def positions(self, day: date, columns: Sequence[str] = STAGED.names) -> pa.Table:
        """Return these columns of the staged positions of a day, memory-mapped, as they came."""
        return self._read("positions", day.isoformat(), STAGED, columns)

    def statics(self, day: date) -> pa.Table:
        """Return the staged statics of a day, memory-mapped, as they came."""
        return self._read("statics", day.isoformat(), STATICS)

    def rejects(self) -> pa.Table:
        """Return the rejects of the load, memory-mapped, as they came."""
        return self._read(_REJECTS, _REJECTS, REJECTS)

    def _read(self, table: str, day: str, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
        self.flush()
        names = schema.names if columns is None else columns
        parts = sorted((self._folder / table / day).glob("*.arrow"))
        fields = [schema.get_field_index(name) for name in names]
        return pa.concat_tables([schema.empty_table().select(names), *(_map(path, fields) for path in parts)])


def _map(path: Path, fields: list[int]) -> pa.Table:
    options = pa.ipc.IpcReadOptions(included_fields=fields)
    with pa.ipc.open_stream(pa.memory_map(str(path)), options=options) as reader:
        return reader.read_all()


def split_days(table: pa.Table, column: str) -> list[tuple[date, pa.Table]]:
    """Return the rows of each UTC day of a moment column, in the order of the days.

    Examples
    --------
    >>> split_days(STATICS.empty_table(), "seen_at")
    []
    """
    if not len(table):
        return []
    day = table[column].cast(pa.int64()).to_numpy() // _DAY_US
    if (day == day[0]).all():
        return [(_EPOCH + timedelta(days=int(day[0])), table)]
    order = np.argsort(day, kind="stable")
    days, starts = np.unique(day[order], return_index=True)
    ordered = table.take(pa.array(order))
    ends = [*starts[1:], len(day)]
    return [
        (_EPOCH + timedelta(days=int(d)), ordered.slice(start, end - start))
        for d, start, end in zip(days, starts, ends, strict=True)
    ]
