"""From the columns of a block, as text or typed, to a `RawBatch`: codes, words, wrapped numbers, stations set apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watch import columns
from watch.readers.batch import RawBatch, Tally, reject_table
from watch.readers.tolerant import Rows
from watch.readers.values import Parsed, parse_imos, parse_numbers, parse_words

#: Columns whose values repeat: read as a dictionary, so that each distinct text is looked at once.
IDENTITY_COLUMNS = frozenset({*columns.IDENTITY_FIELDS, "nav_status", "receiver", "mobile"})

_TEXT_COLUMNS = frozenset({"name", "callsign", "destination", "eta", "receiver", "mobile"})
_COG_WRAP_DEG = 409.6  # 12 bits of a tenth of a degree
_SOG_WRAP_KN = 102.4  # 10 bits of a tenth of a knot


@dataclass(frozen=True)
class Words:
    """Words a format writes for codes: column → word in lower case → code (None: unknown).

    `unknown` are the words for "unknown" in columns of text.
    """

    codes: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class Lines(Protocol):
    """Where rows came from: lines by index, counted in the file from `first_line`."""

    @property
    def first_line(self) -> int:
        """The number of line 0 in the file."""

    def texts(self, indexes: NDArray[np.int64], /) -> list[str]:
        """Return some lines as text."""


class Wording(Protocol):
    """The part of a dialect that values need."""

    @property
    def words(self) -> Words:
        """Words for codes."""

    @property
    def set_apart(self) -> Mapping[str, str]:
        """Kinds of radio that are no ships."""

    @property
    def signed_wrap(self) -> bool:
        """Whether negative courses and speeds are overflows."""


def raw_batch(source: Lines, label: str, rows: Rows, wording: Wording, tally: Tally) -> RawBatch:
    """Return a block's rows as a batch, with stations among its rejects."""
    reasons = _station_reasons(rows.table, wording.set_apart)
    table, lines = rows.table, rows.lines
    rejects = reject_table(
        [source.first_line + line for line in rows.bad_lines],
        rows.bad_reasons,
        source.texts(np.array(rows.bad_lines, int)),
    )
    if reasons is not None:
        stations = pc.is_valid(reasons)
        station_lines = lines[np.asarray(stations)]
        texts = source.texts(station_lines)
        found = reject_table((station_lines + source.first_line).tolist(), reasons.drop_null().to_pylist(), texts)
        rejects = pa.concat_tables([rejects, found])
        ships = pc.invert(stations)
        table, lines = table.filter(ships), lines[np.asarray(ships)]
    return RawBatch(label, _typed(table, lines, source, wording, tally), rejects, lambda at: source.texts(lines[at]))


def _station_reasons(table: pa.Table, set_apart: Mapping[str, str]) -> pa.Array | None:
    """Return for each row why it is no ship's (null for ships), or None when all are ships."""
    if "mobile" not in table.column_names or not set_apart:
        return None
    mobile = _one_array(table["mobile"])
    place = pc.index_in(pc.utf8_lower(mobile.dictionary), value_set=pa.array(list(set_apart)))
    if place.null_count == len(place):
        return None
    reasons = pa.array([f"set apart: {what}" for what in set_apart.values()]).take(place)
    return reasons.take(mobile.indices)


def _typed(table: pa.Table, lines: NDArray[np.int64], source: Lines, wording: Wording, tally: Tally) -> pa.Table:
    arrays = {"line": pa.array(lines + source.first_line, pa.int64())}
    for name in table.column_names:
        if name != "mobile":
            arrays[name] = _column(name, _one_array(table[name]), wording, tally)
    return pa.table(arrays)


def _column(name: str, array: pa.Array, wording: Wording, tally: Tally) -> pa.Array:
    if name in IDENTITY_COLUMNS:
        return _coded(name, array, wording.words, tally)
    if name == "fix_at":
        return array.cast(columns.UTC_US)
    if wording.signed_wrap and name in ("cog_deg", "sog_kn"):
        return _unwrapped(array, _COG_WRAP_DEG if name == "cog_deg" else _SOG_WRAP_KN)
    return array


def _coded(name: str, array: pa.DictionaryArray, words: Words, tally: Tally) -> pa.DictionaryArray:
    """Return an identity column with its dictionary in the type of `columns.RAW`."""
    if name in _TEXT_COLUMNS:
        return _without(array, words.unknown)
    kind, texts = columns.RAW.field(name).type, array.dictionary
    parsed = _parse_codes(name, texts, kind, words)
    if parsed.bad.any():
        bad = np.flatnonzero(parsed.bad)
        rows = pc.sum(pc.is_in(array.indices, value_set=pa.array(bad, pa.int32()))).as_py()
        tally.add_unreadable(name, int(rows or 0))
    return recoded(array.indices, parsed.values)


def _parse_codes(name: str, texts: pa.Array, kind: pa.DataType, words: Words) -> Parsed:
    if name == "imo":
        known = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(sorted(words.unknown), pa.string()))
        return parse_imos(pc.if_else(known, pa.scalar(None, pa.string()), texts))
    if name in words.codes:
        return parse_words(texts, words.codes[name], kind)
    return parse_numbers(texts, kind)


def _without(array: pa.DictionaryArray, unknown: frozenset[str]) -> pa.DictionaryArray:
    lower = pc.utf8_lower(array.dictionary)
    known = pc.is_in(lower, value_set=pa.array(sorted(unknown), pa.string()))
    if not pc.any(known).as_py():
        return array
    return recoded(array.indices, pc.if_else(known, pa.scalar(None, pa.string()), array.dictionary))


def recoded(indices: pa.Array, values: pa.Array) -> pa.DictionaryArray:
    """Return `values[indices]` as a dictionary array without double or null entries.

    Examples
    --------
    >>> recoded(pa.array([0, 1, 2, None]), pa.array([5, 5, None])).to_pylist()
    [5, 5, None, None]
    """
    return pc.take(values.dictionary_encode(), indices)


def _unwrapped(array: pa.Array, wrap: float) -> pa.Array:
    if not pc.any(pc.less(array, 0)).as_py():
        return array
    lifted = pc.round(pc.add(pc.cast(array, pa.float64()), wrap), 1).cast(pa.float32())
    return pc.if_else(pc.less(array, 0), lifted, array)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
