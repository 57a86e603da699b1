"""What transponders declare about their ships: cleaned, and reduced to a row per radio, hour and identity.

The reduction takes the least `seen_at` and the greatest `last_seen_at`, so it is associative and commutative: order and
batching of loads cannot change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watch import columns

#: Longest text kept: AIS itself knows 20 characters; free text of CSV files may hold a little more.
TEXT_CHARS = 64

#: Column → least and greatest value that is one (ITU-R M.1371: 0 = not available; lengths are sums of two fields of
#: 9 bits, beams of 6 bits; draught 25.5 = or more; IMO below 1,000,000 unused, from 10,000,000 a flag's own number).
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "imo": (1_000_000, 9_999_999),
        "ship_type": (1, 255),
        "length_m": (0.01, 1_022.0),
        "beam_m": (0.01, 126.0),
        "draught_m": (0.01, 25.5),
    }
)

#: NOAA's own vessel types (1001–1025, up to 2017) → the AIS code of their class.
LEGACY_SHIP_TYPES: Mapping[int, int] = MappingProxyType(
    {1001: 30, 1002: 30, 1003: 70, 1004: 70, 1016: 70}
    | dict.fromkeys((1005, 1006, 1007, 1010, 1011, 1018, 1020, 1022), 90)
    | dict.fromkeys((1012, 1013, 1014, 1015), 60)
    | {1017: 80, 1023: 80, 1024: 80, 1019: 37, 1021: 51, 1025: 31}
)

# C0 and C1 controls, soft hyphen, zero-width and direction marks: unseen on a page, and used to deceive
_UNSEEN = r"[\x00-\x1f\x7f-\x9f\x{00ad}\x{061c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}]"
_HOUR_US = 3_600_000_000
_KEY_LIMIT = 1 << 62
_MANY_HOURS = 100_000


@dataclass(frozen=True)
class Coded:
    """A column as codes: 0 is missing, n stands for `values[n - 1]`."""

    codes: NDArray[np.int64]
    values: pa.Array

    def take(self, rows: NDArray[np.int64]) -> pa.Array:
        """Return the values of some rows."""
        codes = self.codes[rows]
        return self.values.take(pa.array(codes - 1, mask=codes == 0))


@dataclass(frozen=True)
class Heard:
    """Identities as heard: one row a message, moments in microseconds."""

    mmsi: NDArray[np.int64]
    seen_us: NDArray[np.int64]
    last_seen_us: NDArray[np.int64]
    fields: Mapping[str, Coded]


def code_identity(table: pa.Table) -> dict[str, Coded]:
    """Return the identity columns that a table has, cleaned and as codes; each distinct value is cleaned once."""
    return {name: _code(name, table[name]) for name in columns.IDENTITY_FIELDS if name in table.column_names}


def clean_text(texts: pa.Array) -> pa.Array:
    r"""Return texts up to AIS's padding `@`, without unseen characters or outer blanks; empty ones are null.

    Examples
    --------
    >>> clean_text(pa.array(["BELLA@@@@", "@@@@", " A\x07B "])).to_pylist()
    ['BELLA', None, 'AB']
    """
    seen = _drop(texts, pc.match_substring(texts, "@"), r"@.*$")
    seen = _drop(seen, pc.invert(pc.utf8_is_printable(seen)), _UNSEEN)
    short = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(seen), 0, TEXT_CHARS))
    return pc.if_else(pc.equal(short, ""), pa.scalar(None, pa.string()), short)


def _drop(texts: pa.Array, where: pa.Array, pattern: str) -> pa.Array:
    """Return texts without what fits a pattern; the costly search is spared when none can hold it."""
    return pc.replace_substring_regex(texts, pattern, "") if pc.any(where).as_py() else texts


def reduce_heard(heard: Heard) -> pa.Table:
    """Return `columns.STATICS`: a row per radio, UTC hour and identity; rows that declare nothing are left out."""
    told = _tells_something(heard)
    rows = np.flatnonzero(told)
    mmsi, seen, last = heard.mmsi[rows], heard.seen_us[rows], heard.last_seen_us[rows]
    fields = {name: Coded(coded.codes[rows], coded.values) for name, coded in heard.fields.items()}
    group, count = _group(mmsi, seen // _HOUR_US, list(fields.values()))
    first = np.zeros(count, np.int64)
    first[group[::-1]] = np.arange(len(rows))[::-1]
    least, greatest = seen[first], last[first]
    np.minimum.at(least, group, seen)
    np.maximum.at(greatest, group, last)
    arrays: dict[str, pa.Array] = {
        "mmsi": pa.array(mmsi[first], pa.int32()),
        "seen_at": pa.array(least, pa.int64()).cast(columns.UTC_US),
        "last_seen_at": pa.array(greatest, pa.int64()).cast(columns.UTC_US),
    }
    for name, kind in columns.IDENTITY_FIELDS.items():
        arrays[name] = fields[name].take(first).cast(kind) if name in fields else pa.nulls(count, kind)
    return pa.table(arrays, schema=columns.STATICS)


def merge_statics(tables: Sequence[pa.Table]) -> pa.Table:
    """Return several tables of statics as one, reduced again and sorted by radio, time and identity.

    Examples
    --------
    >>> merge_statics([]).num_rows
    0
    """
    table = pa.concat_tables([columns.STATICS.empty_table(), *tables]).combine_chunks()
    fields = {name: _encode(table[name]) for name in columns.IDENTITY_FIELDS}
    seen, last = (np.asarray(table[name].cast(pa.int64())) for name in ("seen_at", "last_seen_at"))
    merged = reduce_heard(Heard(np.asarray(table["mmsi"]).astype(np.int64), seen, last, fields))
    return merged.sort_by([(name, "ascending") for name in columns.STATICS.names])


def _tells_something(heard: Heard) -> NDArray[np.bool_]:
    told = np.zeros(len(heard.mmsi), np.bool_)
    for coded in heard.fields.values():
        told |= coded.codes > 0
    return told


def _group(mmsi: NDArray[np.int64], hour: NDArray[np.int64], fields: Iterable[Coded]) -> tuple[NDArray[np.int64], int]:
    """Return for each row the number of its group of equal keys, and how many groups there are.

    The columns are packed into one integer; before it would overflow, its distinct values are numbered anew.
    """
    key, size = _number(mmsi)
    hours, many = _number(hour) if len(hour) == 0 or np.ptp(hour) > _MANY_HOURS else _from_least(hour)
    parts = [(hours, many), *((coded.codes, len(coded.values) + 1) for coded in fields)]
    for codes, many in parts:
        if size * many > _KEY_LIMIT:
            key, size = _number(key)
        key, size = key * many + codes, size * many
    return _number(key)


def _from_least(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    codes = key - key.min()
    return codes, int(codes.max()) + 1


def _number(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    encoded = pa.array(key).dictionary_encode()
    return np.asarray(encoded.indices).astype(np.int64), len(encoded.dictionary)


def _code(name: str, column: pa.ChunkedArray) -> Coded:
    encoded = _one_dictionary(column)
    cleaned = _clean(name, encoded.dictionary).dictionary_encode()
    place = np.append(np.asarray(pc.fill_null(pc.add(cleaned.indices, 1), 0)).astype(np.int64), 0)
    indices = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)))
    return Coded(place[indices], cleaned.dictionary)


def _encode(column: pa.ChunkedArray) -> Coded:
    encoded = _one_dictionary(column)
    codes = np.asarray(pc.fill_null(pc.add(encoded.indices, 1), 0)).astype(np.int64)
    return Coded(codes, encoded.dictionary)


def _one_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array


def _clean(name: str, values: pa.Array) -> pa.Array:
    if name not in RANGES:
        return clean_text(values)
    if name == "ship_type":
        legacy = pc.index_in(values, value_set=pa.array(list(LEGACY_SHIP_TYPES), values.type))
        values = pc.coalesce(pa.array(list(LEGACY_SHIP_TYPES.values()), values.type).take(legacy), values)
    least, greatest = RANGES[name]
    numbers = values.cast(pa.float64())
    inside = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, greatest))
    return pc.if_else(inside, values, pa.scalar(None, values.type))
