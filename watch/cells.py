"""Cells: the stretches of time that a file of the lake holds. A day, and where it is busy hours or ten minutes.

A finer file stands in place of what a coarser one holds of its time. So a row that comes late to a day of millions
rewrites ten minutes of it, and compaction, which writes the day anew and then removes the finer files, may be stopped
anywhere: before and after give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from watch.geodesy import Ints

DAY, HOUR, SLOT = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
SLOTS = DAY // SLOT
_SLOT_US = SLOT // timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_SLOTS = HOUR // SLOT
#: own: a file of so many rows is rewritten in a second; a day with more is kept in finer ones.
CELL_ROWS = {"positions": 500_000, "statics": 100_000}
_FINEST = {"positions": SLOT, "statics": HOUR}  # statics are merged by the hour
_NAME = re.compile(r"(?P<table>[a-z]+)(-(?P<hour>\d\d)(?P<minute>\d\d)?)?\.parquet")


@dataclass(frozen=True, order=True)
class Cell:
    """A stretch of time `[start_at, start_at + length)`: a UTC day, or an hour or ten minutes of one."""

    start_at: datetime
    length: timedelta

    @property
    def end_at(self) -> datetime:
        """The moment at which it is over."""
        return self.start_at + self.length

    def holds(self, other: Cell) -> bool:
        """Return whether another, shorter cell lies in this one."""
        return self.length > other.length and self.start_at <= other.start_at < self.end_at

    def file_name(self, table: str) -> str:
        """Return the name of its file in the folder of its day.

        Examples
        --------
        >>> Cell(datetime(2020, 5, 3, 7, 10, tzinfo=UTC), SLOT).file_name("positions")
        'positions-0710.parquet'
        """
        form = {DAY: "", HOUR: "-%H", SLOT: "-%H%M"}[self.length]
        return f"{table}{self.start_at.strftime(form) if form else ''}.parquet"


@dataclass(frozen=True)
class Piece:
    """A file with the time it holds, and the times within that finer files hold in its place."""

    path: Path
    cell: Cell
    replaced: tuple[Cell, ...] = ()


def midnight(day: date) -> datetime:
    """Return the moment at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def microseconds(at: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def day_cell(day: date) -> Cell:
    """Return a whole UTC day."""
    return Cell(midnight(day), DAY)


def slot_starts(at_us: ArrayLike) -> set[datetime]:
    """Return the starts of the ten minutes in which moments (µs since 1970) lie.

    Examples
    --------
    >>> slot_starts([0, 1, 600_000_001]) == {EPOCH, EPOCH + SLOT}
    True
    """
    slots = np.unique(np.asarray(at_us, dtype=np.int64) // _SLOT_US)
    return {EPOCH + slot * SLOT for slot in slots.tolist()}


def pieces_in(folder: Path, table: str) -> list[Piece]:
    """Return the files of one day's folder, in order of time."""
    found = {cell: path for path in folder.glob(f"{table}*.parquet") if (cell := _cell_of(path, table))}
    ordered = sorted(found, key=lambda cell: (cell.start_at, -cell.length))
    return [Piece(found[cell], cell, _outermost(c for c in ordered if cell.holds(c))) for cell in ordered]


def _cell_of(path: Path, table: str) -> Cell | None:
    name = _NAME.fullmatch(path.name)
    if name is None or name["table"] != table:
        return None
    begin = midnight(date.fromisoformat(path.parent.name.removeprefix("day=")))
    begin += timedelta(hours=int(name["hour"] or 0), minutes=int(name["minute"] or 0))
    return Cell(begin, DAY if name["hour"] is None else HOUR if name["minute"] is None else SLOT)


def _outermost(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    some = list(cells)
    return tuple(cell for cell in some if not any(other.holds(cell) for other in some))


def slots_of(cell: Cell, at_us: Ints) -> Ints:
    """Return in which ten minutes of a cell each moment (µs since 1970) lies, counted from 0."""
    return (at_us - microseconds(cell.start_at)) // _SLOT_US


def target_cells(table: str, day: date, stored: Mapping[Cell, int], counts: Ints) -> list[Cell]:
    """Return the cells into which new rows of a day go: few rows into the day's own, many into hours or ten minutes.

    Parameters
    ----------
    table
        Which table.
    day
        The UTC day.
    stored
        The files that the day has, with their rows.
    counts
        New rows in each ten minutes of the day.
    """
    whole, most = day_cell(day), CELL_ROWS[table]
    if not stored.keys() - {whole} and stored.get(whole, 0) + int(counts.sum()) <= most:
        return [whole]
    found: list[Cell] = []
    for hour, some in enumerate(counts.reshape(-1, _HOUR_SLOTS)):
        cell = Cell(whole.start_at + hour * HOUR, HOUR)
        split = any(cell.holds(other) for other in stored)
        if _FINEST[table] == SLOT and (split or stored.get(cell, 0) + int(some.sum()) > most):
            found += [Cell(cell.start_at + int(slot) * SLOT, SLOT) for slot in np.flatnonzero(some)]
        elif some.any():
            found.append(cell)
    return found


def overlap(cell: Cell, moments: Collection[datetime]) -> bool:
    """Return whether any of the moments lies in a cell."""
    return any(cell.start_at <= at < cell.end_at for at in moments)


__all__ = [
    "CELL_ROWS",
    "DAY",
    "EPOCH",
    "HOUR",
    "SLOT",
    "SLOTS",
    "Cell",
    "Piece",
    "day_cell",
    "microseconds",
    "midnight",
    "overlap",
    "pieces_in",
    "slot_starts",
    "slots_of",
    "target_cells",
]
