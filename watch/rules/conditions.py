"""Conditions on a field: `24`, `">=24"`, `">=24 <72"`, `"2d"`, `"!=tanker"`, `[tanker, cargo]`, `true`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
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
#: Of a field that holds several words: at least one, or not one.
ANY, NONE = "any", "none"
_TERM = re.compile(r"(>=|<=|!=|==|>|<)?\s*([^\s<>=!].*)")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_LONGEST = 200
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

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Return a mask of the values that fit; a missing value fits nothing, not even `!=`.

        Parameters
        ----------
        values
            Numbers with NaN for missing, or objects (text, true and false, tuples of words) with None for missing.
        """
        if values.dtype.kind == "f":
            return self._any_alternative(values)
        codes, known = pd.factorize(values)  # each different word is compared once; -1 is missing
        fits = self._any_alternative(np.fromiter((*known, None), dtype=object))
        fits[-1] = False
        return fits[codes]

    def _any_alternative(self, values: np.ndarray) -> np.ndarray:
        every = (np.logical_and.reduce([_compare(values, term) for term in terms]) for terms in self.alternatives)
        return np.asarray(np.logical_or.reduce(list(every)))


def _compare(values: np.ndarray, term: Term) -> np.ndarray:
    compare, wanted = _COMPARE[term.op], term.value
    if values.dtype.kind == "f":
        return np.asarray(~np.isnan(values) & compare(values, wanted))
    return np.fromiter((_object_fits(value, compare, wanted) for value in values), bool, len(values))


def _object_fits(value: Any, compare: Callable[[Any, Any], Any], wanted: float | str | bool) -> bool:
    if isinstance(value, tuple):
        return _words_fit(value, str(wanted), negated=compare is operator.ne)
    if isinstance(wanted, bool):
        return isinstance(value, bool | np.bool_) and bool(compare(bool(value), wanted))
    return isinstance(value, str) and _text_fits(value.upper(), str(wanted).upper()) != (compare is operator.ne)


def _text_fits(text: str, wanted: str) -> bool:
    """Return whether a text is the wanted one, in which `*` stands for any letters; one pass, whatever is asked.

    Examples
    --------
    >>> _text_fits("MT STAR OF ROADS", "*STAR*"), _text_fits("STAR", "STAR*R")
    (True, False)
    """
    first, *parts = wanted.split("*")
    if not parts:
        return text == wanted
    if not text.startswith(first):
        return False
    at = len(first)
    for part in parts[:-1]:
        at = text.find(part, at) + len(part)
        if at < len(part):
            return False
    return text.endswith(parts[-1]) and at + len(parts[-1]) <= len(text)


def _words_fit(words: tuple[str, ...], wanted: str, *, negated: bool) -> bool:
    """Return whether one of the words is the wanted one; `any` and `none` ask whether there are any at all."""
    found = bool(words) == (wanted == ANY) if wanted in (ANY, NONE) else wanted in words
    return found != negated


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
    if isinstance(raw, str) and len(raw) > _LONGEST:
        raise ValueError(f"'{name}' is compared with a text of more than {_LONGEST} letters")
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
    value = float(number[1]) * _unit_factor(name, number[2])
    if not math.isfinite(value):
        raise ValueError(f"'{raw[:40]}' is too large for a number")
    return found[1] or "==", value


def _unit_factor(name: str, unit: str) -> float:
    own = name.rpartition("_")[2]
    if not unit or unit == own:
        return 1.0
    if own == "h" and unit in _HOURS:
        return _HOURS[unit]
    raise ValueError(f"'{name}' is in {own}, not in '{unit}'")
