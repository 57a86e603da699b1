"""What is wrong in a file: places and reasons, told as faults with file, line and key that a screen can show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from watch.errors import Fault
from watch.rules.fields import suggest
from watch.rules.yamlfile import Document, Path

Finding = tuple[Path, str]

#: Of one kind of thing in one file; looking for what was meant costs time, and a file may hold thousands of slips.
MOST_FINDINGS = 50
#: Of one list of words.
MOST_WORDS = 10
_MOST_LETTERS = 700
_LONGEST_WORD = 60
_REASONS = {
    "missing": "is missing",
    "string_type": "must be text; put quotes around it if it is meant as text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "model_attributes_type": "must be a block of keys",
    "string_pattern_mismatch": "has characters that are not allowed here (wanted: {pattern})",
    "string_too_short": "is empty; write it out",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
}


def key_text(path: Path) -> str:
    """Return a place in a file as text.

    Examples
    --------
    >>> key_text(("match", "sequence", "steps", 0, "zone"))
    'match.sequence.steps[0].zone'
    """
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def shown(text: str, most: int = _MOST_LETTERS) -> str:
    r"""Return text as a screen may show it: control characters written out, and cut where it is endless.

    Examples
    --------
    >>> shown("a\x1b[31m")
    'a\\x1b[31m'
    """
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def make_faults(label: str, document: Document, findings: Iterable[Finding]) -> list[Fault]:
    """Return findings as faults of a file, in the order of their lines, each told once."""
    faults = {_fault(label, document, path, reason) for path, reason in findings}
    return sorted(faults, key=by_line)


def by_line(fault: Fault) -> tuple[int, str, str]:
    """Return by what the faults of one file are ordered."""
    return fault.line, fault.key, fault.reason


def file_fault(label: str, line: int, reason: str, key: str = "") -> Fault:
    """Return a fault whose every part can be shown."""
    return Fault(shown(label), line, shown(key, _MOST_LETTERS // 2), shown(reason))


def _fault(label: str, document: Document, path: Path, reason: str) -> Fault:
    place, bringer = document.written(path)
    told = f"{reason} (from {bringer})" if bringer else reason
    if place and isinstance(place[-1], int) and place not in document.lines and place[:-1] in document.lines:
        place = place[:-1]  # one value where a list may stand: nobody wrote a number
    return file_fault(label, document.line(place), told, key_text(place))


def unknown(words: Iterable[str], known: Iterable[str], place: Path, what: str) -> Iterator[Finding]:
    """Yield a finding for every word that is not known; of very many only the first and how many more there are."""
    names = set(known)
    wrong = [(i, word) for i, word in enumerate(words) if word not in names]
    for i, word in wrong[:MOST_WORDS]:
        yield (*place, i), f"unknown {what} '{word[:_LONGEST_WORD]}'{meant(word, names)}"
    if len(wrong) > MOST_WORDS:
        yield place, f"names {len(wrong) - MOST_WORDS} more that are not known"


def meant(word: str, known: Iterable[str]) -> str:
    """Return what was probably meant, and which letter of it only looks as if it were right.

    Examples
    --------
    >>> meant("titlе", ["title"])
    "; did you mean 'title'? ('е' is CYRILLIC SMALL LETTER IE)"
    """
    strange = next((c for c in word if c.isalpha() and not c.isascii()), None)
    note = f" ('{strange}' is {unicodedata.name(strange, 'no Latin letter')})" if strange else ""
    return f"{suggest(word[:_LONGEST_WORD], known)}{note}"


def shape_findings(error: ValidationError, model: type[BaseModel], document: Document) -> list[Finding]:
    """Return what a model refused, in words; a key meant by an unknown one is not also called missing.

    Parameters
    ----------
    error
        From validating the document's value against `model`.
    """
    errors = error.errors(include_url=False)[: 2 * MOST_FINDINGS]
    close = {(*e["loc"][:-1], _meant_key(e["loc"], model)) for e in errors if e["type"] == "extra_forbidden"}
    told = [e for e in errors if e["type"] != "missing" or e["loc"] not in close][:MOST_FINDINGS]
    return [(e["loc"], _reason(e["loc"], e, model, document)) for e in told]


def _meant_key(place: Path, model: type[BaseModel]) -> str:
    close = suggest(str(place[-1])[:_LONGEST_WORD], _known_keys(place[:-1], model))
    return close.split("'")[1] if close else ""


def _reason(place: Path, error: Any, model: type[BaseModel], document: Document) -> str:
    kind, given = error["type"], error["input"]
    if isinstance(given, list | tuple) and document.is_brought(place):
        return "takes one value, and a list stands for several"
    if kind == "extra_forbidden":
        key = str(place[-1])
        return f"unknown key '{key[:_LONGEST_WORD]}'{meant(key, _known_keys(place[:-1], model))}"
    if kind == "literal_error":
        known = error["ctx"]["expected"]
        word, close = str(given), meant(str(given), re.findall(r"'([^']+)'", known))
        return f"'{word[:_LONGEST_WORD]}' is not one of {known}{close}"
    if kind in _REASONS:
        return _REASONS[kind].format(**error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ")


def _known_keys(place: Path, model: type[BaseModel]) -> set[str]:
    for name in place:
        if not isinstance(name, str):
            continue
        fields = {field.alias or key: field for key, field in model.model_fields.items()}
        model = next(_models(fields[name].annotation), model) if name in fields else model
    return {field.alias or key for key, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
