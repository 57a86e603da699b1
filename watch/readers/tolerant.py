"""Reads a block that holds broken lines: tells them from the good ones, which are all kept."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from watch import columns
from watch.readers.batch import shown_name
from watch.readers.blocks import Block
from watch.readers.headers import Header
from watch.readers.values import Parsed, parse_numbers, parse_times
from watch.wording import plural

#: Columns that must be numbers or moments; anything else in them breaks the row.
STRICT = ("mmsi", "fix_at", "lat", "lon", "sog_kn", "cog_deg", "heading_deg")

_SHOWN_CHARS = 60


@dataclass(frozen=True)
class Rows:
    """The rows of a block and the lines that are none.

    Attributes
    ----------
    table
        Typed columns for fixes, dictionary-encoded text for all others.
    lines
        The index in the block of each row's line.
    bad_lines, bad_reasons
        Lines that are no row, and why.
    """

    table: pa.Table
    lines: NDArray[np.int64]
    bad_lines: list[int]
    bad_reasons: list[str]


@dataclass(frozen=True)
class _Texts:
    """Rows with the right number of cells, still text."""

    table: pa.Table
    lines: NDArray[np.int64]


def read_rows(block: Block, header: Header, time_pattern: str, line_bytes: int) -> Rows:
    """Return every good row of a block, and the reason for every line that is not one; blank lines are neither."""
    valid = _valid_utf8(block)
    starts, ends = valid.bounds()
    plain, odd = _sort_lines(valid, header, starts, ends, line_bytes)
    texts, bad = _read_odd(valid, header, odd, line_bytes)
    both = _join(_read_plain(valid, header, plain, starts, ends), texts)
    typed = {name: _parse(name, both.table[name], time_pattern) for name in STRICT if name in header.fields}
    titles = {header.names[header.fields[name]]: (typed[name], both.table[name]) for name in typed}
    bad |= join_faults(titles, both.lines)
    good = ~np.isin(both.lines, np.array(list(bad), np.int64))
    table = _replace(both.table, typed).filter(pa.array(good))
    lines = sorted(bad)
    return Rows(table, both.lines[good], lines, [bad[line] for line in lines])


def _valid_utf8(block: Block) -> Block:
    try:
        block.data.decode("utf-8")
    except UnicodeDecodeError:
        return Block(block.data.decode("utf-8", "replace").encode(), block.first_line, block.lines)
    return block


def _sort_lines(
    block: Block, header: Header, starts: NDArray[np.int64], ends: NDArray[np.int64], line_bytes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lines that split at every delimiter into the right number of cells, and all others but blank ones."""
    chars = np.frombuffer(block.data, np.uint8)
    cuts = np.flatnonzero(chars == ord(header.delimiter))
    special = np.flatnonzero((chars == ord('"')) | (chars == ord("\r")))
    cells = np.searchsorted(cuts, ends) - np.searchsorted(cuts, starts) + 1
    odd = np.searchsorted(special, ends) > np.searchsorted(special, starts)
    odd |= (cells != len(header.names)) | (ends - starts > line_bytes)
    return np.flatnonzero(~odd), np.flatnonzero(odd & (ends > starts))


def _read_plain(
    block: Block, header: Header, lines: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> _Texts:
    chars = np.frombuffer(block.data, np.uint8)
    mark = np.zeros(len(chars) + 1, np.int8)
    mark[starts[lines]] += 1
    mark[ends[lines]] -= 1
    keep = np.cumsum(mark[:-1], dtype=np.int8).astype(bool)
    breaks = np.flatnonzero(chars == ord("\n"))
    keep[breaks[lines]] = True
    return _Texts(_as_text(chars[keep].tobytes(), header), lines)


def _as_text(data: bytes, header: Header) -> pa.Table:
    names = [str(place) for place in range(len(header.names))]
    wanted = {str(place): name for name, place in header.fields.items()}
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in wanted.values()})
    table = pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(column_names=names, block_size=len(data) + 1),
        parse_options=pacsv.ParseOptions(
            delimiter=header.delimiter, quote_char=False, ignore_empty_lines=False, newlines_in_values=False
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=list(wanted), null_values=[]
        ),
    )
    return table.rename_columns(list(wanted.values()))


def _read_odd(block: Block, header: Header, lines: NDArray[np.int64], line_bytes: int) -> tuple[_Texts, dict[int, str]]:
    """Return the rows among lines with quotes, and what is wrong with the rest."""
    rows: dict[int, list[str]] = {}
    faults: dict[int, str] = {}
    for line, text in zip(lines.tolist(), block.texts(lines), strict=True):
        cells = next(csv.reader([text], delimiter=header.delimiter), []) if '"' in text[:line_bytes] else None
        fault = _line_fault(text, cells, header, line_bytes)
        if fault:
            faults[line] = fault
        elif cells is not None:
            rows[line] = cells
    arrays = {
        name: pa.array([cells[place] for cells in rows.values()], pa.string()) for name, place in header.fields.items()
    }
    return _Texts(pa.table(arrays), np.array(list(rows), np.int64)), faults


def _line_fault(text: str, cells: Sequence[str] | None, header: Header, line_bytes: int) -> str | None:
    size = len(text.encode("utf-8", "replace"))
    if size > line_bytes:
        return f"the line is longer than {line_bytes:,} bytes"
    if "\r" in text:
        return "the line holds a carriage return that ends no line"
    if text.count('"') % 2:
        return "a quote is opened and not closed on the line"
    count = text.count(header.delimiter) + 1 if cells is None else len(cells)
    if count != len(header.names):
        return f"the row has {plural(count, 'column')}, the header has {len(header.names)}"
    return None


def _join(plain: _Texts, odd: _Texts) -> _Texts:
    """Return both in the order of the lines."""
    lines = np.concatenate([plain.lines, odd.lines])
    order = np.argsort(lines)
    return _Texts(pa.concat_tables([plain.table, odd.table]).take(pa.array(order)), lines[order])


def _parse(name: str, texts: pa.ChunkedArray, time_pattern: str) -> Parsed:
    array = texts.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if name == "fix_at":
        return parse_times(array, time_pattern)
    return parse_numbers(array, columns.RAW.field(name).type)


def join_faults(columns_read: Mapping[str, tuple[Parsed, pa.Array]], lines: NDArray[np.int64]) -> dict[int, str]:
    """Return line → reason for each row with a value that is none; the first such column is named.

    Parameters
    ----------
    columns_read
        Title → the values and what stood there.
    lines
        The line of each row.
    """
    faults: dict[int, str] = {}
    for title, (parsed, given) in columns_read.items():
        rows = np.flatnonzero(parsed.bad)
        values = given.take(pa.array(rows, pa.int64())).to_pylist()
        what = "a time" if parsed.values.type == columns.UTC_US else "a number"
        for line, value in zip(lines[rows].tolist(), values, strict=True):
            faults.setdefault(
                line, f"column {shown_name(title[:_SHOWN_CHARS])}: {str(value)[:_SHOWN_CHARS]!r} is not {what}"
            )
    return faults


def _replace(table: pa.Table, typed: dict[str, Parsed]) -> pa.Table:
    arrays = {name: typed[name].values if name in typed else _encoded(table[name]) for name in table.column_names}
    return pa.table(arrays)


def _encoded(texts: pa.ChunkedArray) -> pa.Array:
    array = texts.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    return array.dictionary_encode()
