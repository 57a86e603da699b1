"""What readers hand on: limits, one member of a file, batches of raw rows, and the running tally of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watch import columns

#: Characters of a broken row that are kept beside its reason.
RAW_TEXT_CHARS = 500

RawLines = Callable[[NDArray[np.int64]], list[str]]


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is taken for hostile.

    Attributes
    ----------
    block_bytes
        Text is read in blocks of this size; memory follows it.
    line_bytes
        A longer line is a reject.
    inflated_bytes, ratio, members
        The most that one archive may unpack to, how many times its own size that may be (judged once
        `free_bytes` are unpacked), and how many members a zip may hold.
    """

    block_bytes: int = 16 << 20  # own: 25 MB/s more than 4 MB blocks, 32 MB gain nothing and cost twice the memory
    line_bytes: int = 1 << 20  # own: the longest real AIS row is below 1 kB
    inflated_bytes: int = 512 << 30  # own: a month of DMA data is about 60 GB
    ratio: int = 200  # own: AIS as CSV packs 3 to 25 times; deflate's bombs reach 1,000
    free_bytes: int = 64 << 20  # own: below this a bomb does no harm
    members: int = 1_000  # own: a year of daily files is 366


DEFAULT_LIMITS = Limits()


class ByteStream(Protocol):
    """Anything with `read(size)` that gives bytes, and none at the end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


@dataclass(frozen=True)
class Member:
    """One file, or one member of an archive, opened for reading.

    Attributes
    ----------
    label
        The name shown to people: `day.csv`, or `day.zip!AIS_2020.csv`.
    head
        Its first bytes, from which the format is told.
    stream
        All its bytes from the beginning, `head` included.
    plain
        The file itself when it is not packed, for formats that jump about in a file.
    """

    label: str
    head: bytes
    stream: ByteStream
    plain: BinaryIO | None = None


@dataclass
class Tally:
    """What is counted over a whole file while its batches are drawn."""

    unused_columns: list[str] = field(default_factory=list)
    static_messages: int = 0
    unreadable_values: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def add_unused(self, names: list[str]) -> None:
        """Note header names that nobody reads, each once."""
        self.unused_columns.extend(name for name in names if name not in self.unused_columns)

    def add_unreadable(self, column: str, rows: int) -> None:
        """Count rows whose value in an identity column could not be understood and became missing."""
        self.unreadable_values[column] = self.unreadable_values.get(column, 0) + rows


@dataclass(frozen=True)
class RawBatch:
    """Some rows of a file, as they were said.

    Attributes
    ----------
    file
        Where the rows stand: the file's name, with `!member` for a member of an archive.
    table
        Columns of `columns.RAW` in their types (text and identity columns may be dictionary-encoded); `line` is
        always there, absent columns are unknown.
    rejects
        `columns.REJECTS`: lines that are no row.
    raw_lines
        Gives the text of rows of `table` by row index.
    statics
        Identities heard without a position (NMEA messages 5, 19, 24), in columns of `columns.RAW`; they are no rows.
    events
        Events that somebody else found, each as `readers.gfw.parse_event` gives it; they are no rows either.
    """

    file: str
    table: pa.Table
    rejects: pa.Table
    raw_lines: RawLines
    statics: pa.Table | None = None
    events: Sequence[dict[str, Any]] = ()

    @property
    def rows_read(self) -> int:
        """Rows of the file that this batch accounts for."""
        return int(self.table.num_rows + self.rejects.num_rows)


class Reader(Protocol):
    """A format: a name, a test on a file's first bytes, and the reading of a member."""

    @property
    def name(self) -> str:
        """The format's name."""

    def recognises(self, head: bytes) -> bool:
        """Return whether these first bytes are of this format."""

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the rows of a member, block by block."""


def reject_table(lines: list[int], reasons: list[str], raws: list[str]) -> pa.Table:
    """Return a table of rejects (`columns.REJECTS`), the raw text cut to a bearable length.

    Examples
    --------
    >>> reject_table([], [], []).num_rows
    0
    """
    short = [printable(raw) for raw in raws]
    return pa.table({"line": lines, "reason": reasons, "raw": short}, schema=columns.REJECTS)


def printable(raw: str) -> str:
    """Return a text without NUL bytes and no longer than `RAW_TEXT_CHARS`.

    Examples
    --------
    >>> printable("a" * 600)[-3:]
    'aa…'
    """
    short = raw if len(raw) <= RAW_TEXT_CHARS else raw[:RAW_TEXT_CHARS] + "…"
    return short.replace("\0", "\N{SYMBOL FOR NULL}")


def shown_name(name: str) -> str:
    r"""Return a file's name as shown in messages, with control characters made visible.

    Examples
    --------
    >>> shown_name("day\n.csv")
    'day�.csv'
    """
    return "".join(char if char.isprintable() else "�" for char in name)
