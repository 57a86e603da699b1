"""What a rule asks and what was seen, in words with the units of the fields."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from watch.geodesy import Floats
from watch.rules.conditions import Condition, Term
from watch.rules.layout import WHOLE_NUMBERS
from watch.rules.model import FlagSpec
from watch.rules.pattern import Choice, ZoneFilter

_UNITS = frozenset({"h", "s", "m", "km", "nm", "kn", "deg", "t", "bbl", "percent"})
_FEW = 6  # words of a list that are written out
_UNMEASURED = 1.0  # how far off a word, a zone or a flag is: there is no half way
_UNKNOWN = 2.0  # a value that is missing is farther off than any that is known
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_H = 24.0
_SHOWN_IN_DAYS_H = 72.0


def unit_of(field: str) -> str:
    """Return the unit in which a field is measured, from its name.

    Examples
    --------
    >>> unit_of("duration_h"), unit_of("implied_kn"), unit_of("fixes_12h"), unit_of("confidence")
    ('h', 'kn', '', '')
    """
    unit = field.rpartition("_")[2] if "_" in field else ""
    return unit if unit in _UNITS else ""


def value_words(field: str, value: Any, *, exact: bool = False) -> str:
    """Return a value of a field with its unit; `exact` writes a number with all its digits.

    Examples
    --------
    >>> value_words("duration_h", 11.5), value_words("mmsi", 636990101.0), value_words("lists", ())
    ('11.5 h', '636990101', 'none')
    >>> value_words("draught_change_m", None), value_words("was_there", False)
    ('not known', 'false')
    """
    if value is None:
        return "not known"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int | float | np.number):
        return f"{_number(field, float(value), exact=exact)} {unit_of(field)}".rstrip()
    return str(value)


def _number(field: str, value: float, *, exact: bool) -> str:
    if field in WHOLE_NUMBERS or field.endswith("mmsi"):
        return f"{value:.0f}"
    if exact:
        return repr(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def condition_words(condition: Condition) -> str:
    """Return what a field must be.

    Examples
    --------
    >>> from watch.rules.fields import NUMBER, TEXT
    >>> from watch.rules.conditions import parse_condition
    >>> condition_words(parse_condition("duration_h", NUMBER, ">=24 <72"))
    '>= 24 h and < 72 h'
    >>> condition_words(parse_condition("sub_kind", TEXT, ["flag", "name"]))
    'flag or name'
    """
    told = (" and ".join(_term(condition.field, term) for term in terms) for terms in condition.alternatives)
    return some(told, " or ")


def _term(field: str, term: Term) -> str:
    words = value_words(field, term.value)
    return words if term.op == "==" else f"{term.op} {words}"


def some(words: Iterable[str], between: str = ", ") -> str:
    """Return the first few words, and how many there are where there are more.

    Examples
    --------
    >>> some(["IR", "KP"], " or "), some("abcdefgh")
    ('IR or KP', 'a, b, c, d, e, f … (8 in all)')
    """
    every = list(words)
    more = f" … ({len(every)} in all)" if len(every) > _FEW else ""
    return between.join(every[:_FEW]) + more


def zone_words(wanted: ZoneFilter) -> str:
    """Return which zones are meant.

    Examples
    --------
    >>> zone_words(ZoneFilter(country="IR", kind="load")), zone_words(ZoneFilter(kind="sts"))
    ('a zone with country IR and kind load', 'a zone of kind sts')
    """
    country, kind = (some(words, " or ") if words else "" for words in (wanted.country, wanted.kind))
    told = [f"a zone with country {country}" + (f" and kind {kind}" if kind else "")] if country else []
    told += [f"a zone of kind {kind}"] if kind and not country else []
    told += [f"the zone {some(wanted.id, ' or ')}"] if wanted.id else []
    told += [some(map(zone_words, wanted.any_of), " or ")] if wanted.any_of else []
    return ", being ".join(told)


def flag_words(flag: FlagSpec) -> str:
    """Return what the flag must be, and when.

    Examples
    --------
    >>> flag_words(FlagSpec(any_of="LR")), flag_words(FlagSpec(none_of=["KP"], at="ever"))
    ('LR at the first step', 'not KP at any time')
    """
    told = [some(flag.any_of, " or ")] if flag.any_of else []
    told += [f"not {some(flag.none_of, ' or ')}"] if flag.none_of else []
    if flag.changed is not None:
        told.append("another one at some time" if flag.changed else "always the same")
    when = "at any time" if flag.at == "ever" else f"at {'any step' if flag.at == 'any_step' else _THE[flag.at]}"
    return f"{' and '.join(told)} {when}"


_THE = {"first_step": "the first step", "last_step": "the last step"}


def choice_words(choice: Choice) -> str:
    """Return which events are meant, in short: kinds and zones.

    Examples
    --------
    >>> choice_words(Choice(event=["gap", "loitering"])), choice_words(Choice(event="gap", zone={"country": "IR"}))
    ('gap or loitering', 'gap in a zone with country IR')
    """
    told = (
        " or ".join(pattern.event) + (f" in {zone_words(pattern.zone)}" if pattern.zone else "")
        for pattern in choice.patterns
    )
    return some(dict.fromkeys(told), " or ")


def length_words(length_h: float, *, exact: bool = False) -> str:
    """Return a length of time in hours or days.

    Examples
    --------
    >>> length_words(6.0), length_words(2880.0), length_words(3150.5)
    ('6 h', '120 d', '131.27 d')
    """
    unit, number = ("d", length_h / _DAY_H) if length_h >= _SHOWN_IN_DAYS_H else ("h", length_h)
    return f"{number!r} {unit}" if exact else f"{number:,.2f}".rstrip("0").rstrip(".") + f" {unit}"


def hours(length: timedelta) -> float:
    """Return a length of time in hours."""
    return length.total_seconds() / 3_600


def moment_us(at: datetime) -> int:
    """Return a moment in microseconds since 1970.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment_us(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    60000000
    """
    return (at - _EPOCH) // timedelta(microseconds=1)


def told_apart(was: str, exactly: str, limit: str) -> str:
    """Return a value as rounded, or exactly where the rounded one reads like the limit that it misses.

    Examples
    --------
    >>> told_apart("12 h", "11.999 h", ">= 12 h"), told_apart("2 h", "2.001 h", ">= 12 h")
    ('11.999 h', '2 h')
    """
    return exactly if f" {was} " in f" {limit} " else was


def away(condition: Condition, values: np.ndarray) -> Floats:
    """Return how far values are from what a condition asks: a share of the limit, more where that is not known.

    Examples
    --------
    >>> from watch.rules.fields import NUMBER
    >>> from watch.rules.conditions import parse_condition
    >>> away(parse_condition("duration_h", NUMBER, ">=12"), np.array([11.4, 6.0, np.nan])).tolist()
    [0.05, 0.5, 2.0]
    """
    if values.dtype.kind != "f":
        missing = np.fromiter((v is None for v in values), bool, len(values))
        return np.where(missing, _UNKNOWN, _UNMEASURED)
    far = np.min([np.max([_short(values, term) for term in terms], axis=0) for terms in condition.alternatives], axis=0)
    return np.where(np.isnan(values), _UNKNOWN, np.round(np.minimum(far, _UNMEASURED), 6))


def _short(values: Floats, term: Term) -> Floats:
    limit = float(term.value) if isinstance(term.value, int | float) else math.nan
    share = np.abs(values - limit) / (abs(limit) or 1.0)
    if term.op in (">=", ">"):
        return np.where(values < limit, share, 0.0)
    if term.op in ("<=", "<"):
        return np.where(values > limit, share, 0.0)
    return share if term.op == "==" else np.where(values == limit, _UNMEASURED, 0.0)
