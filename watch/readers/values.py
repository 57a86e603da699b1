"""Turns text into values, whole columns at once: numbers, moments, and the words some formats use for codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watch.columns import UTC_US

#: Text that means "no value", in every format.
NULL_WORDS = ("", "NaN", "nan", "null", "NULL", "None", "N/A", "\\N")

ISO = r"^(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ](?P<h>\d\d)(?::(?P<mi>\d\d)(?::(?P<s>\d\d)(?:\.(?P<f>\d+))?)?)?)?"
ISO_TIME = ISO + r" ?(?:[Zz]|(?P<zs>[+-])(?P<zh>\d\d):?(?P<zm>\d\d)?)?$"
DAY_FIRST_TIME = (
    r"^(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4}) (?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)(?:\.(?P<f>\d+))?"
    r"(?P<zs>)(?P<zh>)(?P<zm>)$"
)

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
_WHOLE = r"^-?\d+(?:\.0*)?$"
_IMO_PREFIX = r"^(?i:imo)[ :]*"


@dataclass(frozen=True)
class Parsed:
    """A column of values and which of its texts could not be understood."""

    values: pa.Array
    bad: NDArray[np.bool_]


def trimmed(texts: pa.Array) -> pa.Array:
    """Return texts without outer white space; those that mean nothing are null.

    Examples
    --------
    >>> trimmed(pa.array([" 5 ", "NaN"])).to_pylist()
    ['5', None]
    """
    bare = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(bare, value_set=pa.array(NULL_WORDS)), pa.scalar(None, pa.string()), bare)


def parse_numbers(texts: pa.Array, kind: pa.DataType) -> Parsed:
    """Return numbers of a type; fractions of zero are accepted for whole numbers (`5.0`).

    Examples
    --------
    >>> parse_numbers(pa.array(["5.0", "x", ""]), pa.int32()).values.to_pylist()
    [5, None, None]
    """
    bare = trimmed(texts)
    whole = pa.types.is_integer(kind)
    fits = pc.match_substring_regex(bare, _WHOLE if whole else _NUMBER)
    text = pc.if_else(fits, pc.replace_substring_regex(bare, r"^\+", ""), pa.scalar(None, pa.string()))
    if whole:
        numbers = pc.cast(text, pa.float64())
        info = np.iinfo(kind.to_pandas_dtype())
        inside = pc.and_(pc.greater_equal(numbers, info.min), pc.less_equal(numbers, info.max))
        values = pc.cast(pc.if_else(inside, numbers, None), kind)
    else:
        values = pc.cast(text, kind)
    return Parsed(values, _mask(bare.is_valid()) & ~_mask(values.is_valid()))


def parse_imos(texts: pa.Array) -> Parsed:
    """Return IMO numbers, written with or without `IMO`.

    Examples
    --------
    >>> parse_imos(pa.array(["IMO9283746", "9283746"])).values.to_pylist()
    [9283746, 9283746]
    """
    return parse_numbers(pc.replace_substring_regex(trimmed(texts), _IMO_PREFIX, ""), pa.int32())


def parse_words(texts: pa.Array, words: Mapping[str, int | None], kind: pa.DataType) -> Parsed:
    """Return codes written as numbers or as words (lower case; None means "unknown")."""
    bare = trimmed(texts)
    place = pc.index_in(pc.utf8_lower(bare), value_set=pa.array(list(words), pa.string()))
    known = pa.array(list(words.values()), kind).take(place)
    numbers = parse_numbers(pc.if_else(place.is_valid(), pa.scalar(None, pa.string()), bare), kind)
    return Parsed(pc.coalesce(known, numbers.values), numbers.bad)


def parse_times(texts: pa.Array, pattern: str = ISO_TIME) -> Parsed:
    """Return UTC moments (`columns.UTC_US`); no zone means UTC, a leap second 60 is the second after.

    Examples
    --------
    >>> parse_times(pa.array(["2016-12-31T23:59:60Z"])).values.to_pylist()[0].isoformat()
    '2017-01-01T00:00:00+00:00'
    """
    bare = trimmed(texts)
    parts = pc.extract_regex(bare, pattern)
    found = _mask(parts.is_valid())
    year, month, day = (_digits(parts, key, found) for key in "ymd")
    hour, minute, second = (_digits(parts, key, found) for key in ("h", "mi", "s"))
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + (day - 1)
    inside = (month >= 1) & (month <= 12) & (day >= 1) & (dates.astype("datetime64[M]") == months)
    inside &= (hour <= 23) & (minute <= 59) & (second <= 60)
    seconds = dates.astype(np.int64) * 86_400 + hour * 3_600 + minute * 60 + second - _offset_s(parts, found)
    moments = seconds * 1_000_000 + _micros(parts, found)
    good = found & inside
    values = pa.array(moments, pa.int64(), mask=~good).cast(UTC_US)
    return Parsed(values, _mask(bare.is_valid()) & ~good)


def _offset_s(parts: pa.StructArray, found: NDArray[np.bool_]) -> NDArray[np.int64]:
    size = _digits(parts, "zh", found) * 3_600 + _digits(parts, "zm", found) * 60
    west = _mask(pc.equal(pc.struct_field(parts, "zs"), "-"))
    return np.where(west, -size, size)


def _micros(parts: pa.StructArray, found: NDArray[np.bool_]) -> NDArray[np.int64]:
    six = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.struct_field(parts, "f"), 6, "0"), 0, 6)
    return _numbers(six, found)


def _digits(parts: pa.StructArray, key: str, found: NDArray[np.bool_]) -> NDArray[np.int64]:
    return _numbers(pc.struct_field(parts, key), found)


def _numbers(texts: pa.Array, found: NDArray[np.bool_]) -> NDArray[np.int64]:
    given = pc.and_(pa.array(found), pc.greater(pc.binary_length(texts), 0))
    numbers = pc.cast(pc.if_else(given, texts, "0"), pa.int64())
    return np.asarray(pc.fill_null(numbers, 0), dtype=np.int64)


def _mask(flags: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(flags, False), dtype=np.bool_)
