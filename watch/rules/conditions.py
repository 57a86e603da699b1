"""Conditions on a field: `24`, `">=24"`, `">=24 <72"`, `"2d"`, `"!=tanker"`, `[tanker, cargo]`, `true`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.rules.fields import Field, suggest

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "!=": operator.ne,
    "==": operator.eq,
}
_TERM = re.compile(r"(>=|<=|!=|==|>|<)?\s*([^\s<>=!].*)")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_HOURS = {"min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}


@dataclass(frozen=True)
class Term:
    """One comparison with a value."""

    op: str
    value: float | str | bool


@dataclass(frozen=True)
class Condition:
    """What a field must be: one of the alternatives, of which every term must hold."""

    field: str
    alternatives: tuple[tuple[Term, ...], ...]

    def holds(self, values: Sequence[Any]) -> np.ndarray:
        """Return a mask of the values that fit; a missing value fits nothing, not even `!=`."""
        column = pd.Series(list(values), dtype=object)
        fits = np.zeros(len(column), dtype=bool)
        for terms in self.alternatives:
            every = np.ones(len(column), dtype=bool)
            for term in terms:
                every &= _compare(column, term)
            fits |= every
        return fits


def _compare(column: pd.Series, term: Term) -> np.ndarray:
    compare, value = _COMPARE[term.op], term.value
    if isinstance(value, bool):
        known = column.map(lambda v: isinstance(v, bool | np.bool_)).to_numpy(bool)
        fits = known & compare(column.where(known, False).to_numpy(bool), value)
    elif isinstance(value, float):
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
        fits = ~np.isnan(numbers) & compare(numbers, value)
    else:
        words = column.astype("string").str.upper()
        fits = (words.notna() & compare(words.fillna(""), value.upper())).to_numpy(bool)
    return np.asarray(fits, dtype=bool)


def parse_condition(name: str, field: Field, raw: object) -> Condition:
    """Return the condition that `raw` writes about the field `name`.

    Raises
    ------
    ValueError
        When it cannot be read, with what is wrong and what to write.

    Examples
    --------
    >>> from watch.rules.fields import NUMBER
    >>> parse_condition("duration_h", NUMBER, ">=2d").alternatives
    ((Term(op='>=', value=48.0),),)
    """
    items = raw if isinstance(raw, list | tuple) else [raw]
    if not items:
        raise ValueError("an empty list fits nothing; name at least one value")
    return Condition(name, tuple(_alternative(name, field, item) for item in items))


def _alternative(name: str, field: Field, raw: object) -> tuple[Term, ...]:
    if field.type == "bool":
        if not isinstance(raw, bool):
            raise ValueError(f"'{name}' is true or false, not {raw!r}")
        return (Term("==", raw),)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"'{name}' cannot be compared with {raw!r}; write a value, a comparison or a list")
    if field.type == "number":
        return _numbers(name, str(raw))
    return (_word(name, field, str(raw)),)


def _word(name: str, field: Field, raw: str) -> Term:
    found = _TERM.fullmatch(raw.strip())
    if not found or found[1] not in (None, "==", "!="):
        raise ValueError(f"'{name}' is text: write the value, or '!=' and the value, not {raw!r}")
    word = found[2].strip()
    if field.choices and word not in field.choices:
        known = ", ".join(field.choices)
        raise ValueError(f"'{name}' is never {word!r}{suggest(word, field.choices)} (one of: {known})")
    return Term(found[1] or "==", word)


def _numbers(name: str, raw: str) -> tuple[Term, ...]:
    parts = re.split(r"\s+(?=[<>=!])", raw.strip())
    terms = [_number(name, part) for part in parts]
    low = max((value for op, value in terms if op in (">=", ">")), default=-math.inf)
    high = min((value for op, value in terms if op in ("<=", "<")), default=math.inf)
    strict = any(op in ("<", ">") and value == low for op, value in terms)
    if low > high or (low == high and strict):
        raise ValueError(f"'{raw}' contradicts itself: no number fits")
    return tuple(Term(op, value) for op, value in terms)


def _number(name: str, raw: str) -> tuple[str, float]:
    found = _TERM.fullmatch(raw)
    number = _NUMBER.fullmatch(found[2].strip()) if found else None
    if not found or not number:
        raise ValueError(f"'{name}' is a number: write 24 or '>=24', not {raw!r}")
    return found[1] or "==", float(number[1]) * _unit_factor(name, number[2])


def _unit_factor(name: str, unit: str) -> float:
    own = name.rpartition("_")[2]
    if not unit or unit == own:
        return 1.0
    if own == "h" and unit in _HOURS:
        return _HOURS[unit]
    raise ValueError(f"'{name}' is in {own}, not in '{unit}'")
