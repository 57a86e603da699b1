"""The engine behind every CSV format: typed blocks by pyarrow, and row by row care for blocks with a broken row.

A line is a row: a line break inside quotes is not supported, so that one stray quote cannot swallow the rows after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from watch import columns
from watch.errors import InputError
from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.blocks import Block, cut_blocks, read_ahead, split_block
from watch.readers.headers import Header, first_line, missing_columns, parse_header
from watch.readers.raw_table import IDENTITY_COLUMNS, Words, raw_batch
from watch.readers.tolerant import Rows, read_rows
from watch.readers.values import ISO_TIME, NULL_WORDS, parse_times

_TEXT = pa.dictionary(pa.int32(), pa.string())
_ZONE = re.compile(r"\d\d(?:\.\d+)?([Zz]|[+-]\d\d(?::?\d\d)?)\s*$")
_SAMPLE_LINES = 100
_SLOW_BYTES = 1 << 20  # own: reading 16 MB slowly for one bad line costs half a second


@dataclass(frozen=True)
class Dialect:
    """What sets one CSV format apart from another.

    Attributes
    ----------
    name
        The format's name.
    claims
        Whether a header is of this format.
    time_pattern
        How its moments are written (named groups as in `values.ISO_TIME`).
    words
        Words it writes instead of codes, and for "unknown".
    set_apart
        Values of its column `mobile` (lower case) that are no ships, and what they are.
    signed_wrap
        Whether courses and speeds may be negative by overflow of 12 and 10 bits.
    """

    name: str
    claims: Callable[[Header], bool]
    time_pattern: str = ISO_TIME
    words: Words = field(default_factory=Words)
    set_apart: Mapping[str, str] = field(default_factory=dict)
    signed_wrap: bool = False


@dataclass(frozen=True)
class Layout:
    """One table as it is read: its header in the light of a dialect.

    Attributes
    ----------
    label
        The file or member, for messages.
    header, dialect
        Which columns it has and how they are written.
    zoned
        Whether its moments carry a zone (then all are expected to).
    """

    label: str
    header: Header
    dialect: Dialect
    zoned: bool


@dataclass(frozen=True)
class CsvReader:
    """A reader of CSV files in one dialect."""

    dialect: Dialect

    @property
    def name(self) -> str:
        """The format's name."""
        return self.dialect.name

    def recognises(self, head: bytes) -> bool:
        """Return whether these first bytes begin with a header of this dialect."""
        line = first_line(head)
        header = parse_header(line)
        return "\0" not in line and not header.missing and self.dialect.claims(header)

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the rows of a member, block by block.

        Raises
        ------
        UnknownFormatError
            The header lacks a required column.
        InputError
            There are no rows, or the packed data are damaged.
        """
        layout, rows = None, 0
        with read_ahead(cut_blocks(member, limits)) as blocks:
            for block in blocks:
                body = block
                if layout is None:
                    layout, body = _begin(block, member.label, self.dialect)
                    tally.add_unused(layout.header.unused if layout else [])
                if layout and body.lines:
                    for batch in _read_block(body, layout, limits, tally):
                        rows += batch.rows_read
                        yield batch
        if not rows:
            raise InputError(f"{member.label}: has a header but no rows; fetch the file again or leave it out")


def _begin(block: Block, label: str, dialect: Dialect) -> tuple[Layout | None, Block]:
    """Return the layout named by the first line that is not blank, and the block below it."""
    at, skipped = 0, 0
    while at < len(block.data):
        end = block.data.index(b"\n", at) + 1
        line, at, skipped = block.data[at:end].decode("utf-8", "replace"), end, skipped + 1
        if line.strip("\ufeff \t\r\n"):
            body = Block(block.data[at:], block.first_line + skipped, block.lines - skipped)
            header = parse_header(line)
            if header.missing:
                raise missing_columns(f"{label}:{body.first_line - 1}", header)
            return Layout(label, header, dialect, _is_zoned(body, header)), body
    return None, Block(b"", block.first_line + skipped, 0)


def _is_zoned(body: Block, header: Header) -> bool:
    """Return whether most of the first moments carry a zone, which decides how the fast path reads them."""
    lines = (line.group().decode("utf-8", "replace") for line in re.finditer(rb"[^\n]+", body.data))
    times = [line.split(header.delimiter) for line in islice(lines, _SAMPLE_LINES)]
    place = header.fields["fix_at"]
    zoned = [bool(_ZONE.search(cells[place].strip('" \r'))) for cells in times if len(cells) > place]
    return sum(zoned) * 2 > len(zoned)


def _read_block(block: Block, layout: Layout, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
    """Yield the rows of a block; when a line is unusual, only the part of the block that holds it is read slowly."""
    table = _read_fast(block, layout, limits)
    if table is not None:
        yield raw_batch(block, layout.label, Rows(table, np.arange(block.lines), [], []), layout.dialect, tally)
    elif len(parts := split_block(block, max(_SLOW_BYTES, len(block.data) // 8))) > 1:
        for part in parts:
            yield from _read_block(part, layout, limits, tally)
    else:
        rows = read_rows(block, layout.header, layout.dialect.time_pattern, limits.line_bytes)
        yield raw_batch(block, layout.label, rows, layout.dialect, tally)


def _read_fast(block: Block, layout: Layout, limits: Limits) -> pa.Table | None:
    """Return the block's rows, or None when there is anything unusual about any line of it."""
    if _has_lone_return(block.data) or _has_long_line(block.data, limits.line_bytes):
        return None
    native = layout.dialect.time_pattern == ISO_TIME
    try:
        table = pacsv.read_csv(
            pa.BufferReader(block.data),
            read_options=pacsv.ReadOptions(
                column_names=[str(place) for place in range(len(layout.header.names))],
                block_size=len(block.data) // 2 + 4_096,  # two halves for two threads
            ),
            parse_options=pacsv.ParseOptions(delimiter=layout.header.delimiter),
            convert_options=_convert_options(layout, native),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.lines:
        return None
    table = table.unify_dictionaries().combine_chunks().rename_columns(list(layout.header.fields))
    return table if native else _with_times(table, layout.dialect.time_pattern)


def _convert_options(layout: Layout, native_times: bool) -> pacsv.ConvertOptions:
    fields = layout.header.fields
    moment = columns.UTC_US if layout.zoned else pa.timestamp("us")
    kinds = {name: _TEXT if name in IDENTITY_COLUMNS else columns.RAW.field(name).type for name in fields}
    kinds["fix_at"] = moment if native_times else _TEXT
    return pacsv.ConvertOptions(
        column_types={str(place): kinds[name] for name, place in fields.items()},
        include_columns=[str(place) for place in fields.values()],
        null_values=list(NULL_WORDS),
        strings_can_be_null=True,
    )


def _with_times(table: pa.Table, pattern: str) -> pa.Table | None:
    """Return the table with its moments parsed, each distinct text once; None when one is no moment."""
    texts = table["fix_at"].combine_chunks()
    parsed = parse_times(texts.dictionary, pattern)
    if parsed.bad.any():
        return None
    return table.set_column(table.schema.get_field_index("fix_at"), "fix_at", pc.take(parsed.values, texts.indices))


def _has_lone_return(data: bytes) -> bool:
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")


def _has_long_line(data: bytes, line_bytes: int) -> bool:
    """Return whether a line may be longer than the limit: then half of it holds no newline."""
    step = max(line_bytes // 2, 1)
    return any(data.find(b"\n", at, at + step) < 0 for at in range(0, len(data) - step, step))
