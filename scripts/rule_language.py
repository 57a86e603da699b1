"""The tables of the rule reference that follow from the language: keys of the models, kinds of events, their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from watch.rules import model, pattern
from watch.rules.fields import EVENT_FIELDS, KINDS, SHIP_FIELDS, Field
from watch.rules.figures import unit_of
from watch.rules.forms import Part
from watch.rules.summary import SUMMARY_FIELDS, VESSEL_PLACEHOLDERS

EVENTS_PAGE = Path(__file__).resolve().parents[1] / "docs" / "events.md"

#: Every block of a rule file by the name of its table, with the section of the reference that explains it.
BLOCKS: dict[str, tuple[type[Part], str]] = {
    "rule": (model.Rule, "the-file"),
    "vessel": (model.VesselSpec, "which-ships-vessel"),
    "flag": (model.FlagSpec, "flag"),
    "match": (pattern.MatchSpec, "what-to-look-for-match"),
    "choice": (pattern.Choice, "patterns"),
    "pattern": (pattern.Pattern, "patterns"),
    "zone": (pattern.ZoneFilter, "zone"),
    "had": (pattern.Had, "other_had"),
    "count": (pattern.Count, "count"),
    "sequence": (pattern.Sequence, "sequences"),
    "step": (pattern.Step, "steps"),
    "not": (pattern.Span, "not-and-having"),
    "having": (pattern.Having, "not-and-having"),
    "early": (pattern.Early, "early"),
    "hands": (pattern.Hands, "by-cargo"),
    "lost_custody": (pattern.LostCustody, "by-cargo"),
    "alert": (model.AlertSpec, "the-alert"),
    "exception": (model.ExceptionSpec, "exceptions-and-review"),
    "test": (model.RuleTest, "tests"),
    "event": (model.WrittenEvent, "tests"),
    "expect": (model.Expect, "tests"),
}
_SECTIONS = dict(BLOCKS.values())
#: Blocks whose keys come from another one and stand in its table.
_BASES: dict[type[Part], type[Part]] = {pattern.Having: pattern.Span}
_FORMS = {
    (model.VesselSpec, "flag"): "flag, list or [block](#flag)",
    (pattern.Span, "between"): "two step ids",
    (model.Rule, "id"): "small letters, digits, `-`",
    (model.RuleTest, "ship"): "[fields of a ship](#fields-of-every-event)",
    (model.WrittenEvent, "ship"): "[fields of a ship](#fields-of-every-event)",
    (model.WrittenEvent, "with_"): "[fields of a ship](#fields-of-every-event)",
    (model.WrittenEvent, "details"): "[fields of the kind](#fields-of-each-kind)",
}
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    timedelta: "[length of time](#lengths-of-time-moments-days)",
    datetime: "[moment](#lengths-of-time-moments-days)",
    date: "[day](#lengths-of-time-moments-days)",
}
_SHIP_MEANS = {
    "mmsi": "the radio's number",
    "imo": "the hull's number",
    "name": "the name",
    "flag": "ISO code of the state whose country code the MMSI bears",
    "type": "the type of ship",
    "ship_type": "the AIS code from which `type` is read",
    "length_m": "the length",
    "lists": "the [vessel lists](#vessel-lists) on which the ship stood when the event began",
    "night": "the sun was more than 6 degrees below the horizon, at the middle of the event and at its place",
}
#: What a rule makes of a field is not quite what the page on events says of it: there a meeting has a first ship.
_IN_RULES = {
    ("encounter", "draught_change_m"): "of the ship itself, as for a gap; positive is deeper",
    ("encounter", "drift_m"): "diagonal of the box around one ship's places",
    ("encounter", "other_mmsi"): "of the partner: what it declared then, and its draughts",
    (
        "draught_change",
        "between",
    ): "kinds of the events that lay between and may explain it; port visits only with a stop",
    ("port_visit", "stop_h"): "hours at rest",
    ("spoof", "duration_h"): "hours from the first sign to the last",
    ("possible_encounter", "other_mmsi"): "of the partner: what it declared then",
}
_PLACEHOLDERS = {
    "vessel": "the ship of the alert: its name, else its id; by cargo the first ship",
    "flag": "its flag at the first step",
    "type": "its type at the first step",
    "ships": "how many ships are in the chain of a cargo; 1 for a ship",
    "zone": "the name of the zone that the step is about; the position where it has none",
    "country": "the country of that zone",
    "at": "when the step's event began, with the hour",
    "day": "the day on which it began",
    "hours": "how long it lasted, so far while it goes on",
    "ship": "the ship of that step, by name",
    "other": "the partner of a meeting, by name",
}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def keys_table(block: str) -> str:
    """Return the keys of one block: what each holds, whether it must be there, what it means."""
    part = BLOCKS[block][0]
    rows = ((f"`{field.alias or name}`", *_key(part, name, field)) for name, field in own_fields(part))
    return table(("key", "holds", "default", "meaning"), rows)


def own_fields(part: type[Part]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the keys of a block that are not explained with another one."""
    base = _BASES.get(part, pattern.Choice)
    taken = base.model_fields if part is not base and issubclass(part, base) else {}
    return ((name, field) for name, field in part.model_fields.items() if name not in taken)


def _key(part: type[Part], name: str, field: FieldInfo) -> tuple[str, str, str]:
    form = _FORMS.get((part, name)) or _form(field.annotation)
    default = "**must**" if field.is_required() else _default(field.default)
    return form, default, field.description or ""


def _form(annotation: Any) -> str:
    """Return what a key holds, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _form(inner[0])
    if origin in (Union, UnionType):
        return _form(next(kind for kind in inner if kind is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in inner)
    if origin is tuple:
        one = _form(inner[0]).removeprefix("text") or "word"
        return f"{one} or list"
    if origin is dict:
        return "[conditions](#where)"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[block](#{_SECTIONS[annotation]})" if annotation in _SECTIONS else "block"
    return _PLAIN[annotation]


def _default(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], pattern.Pattern):
        return ", ".join(_pattern_text(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"`{value}`" if isinstance(value, str | int | float) and value != "" else ""


def _pattern_text(one: pattern.Pattern) -> str:
    where = ", ".join(f"{name}: {value}" for name, value in one.where.items())
    return f"`{{event: {', '.join(one.event)}{f', where: {{{where}}}' if where else ''}}}`"


def ship_fields_table() -> str:
    """Return the fields that every event has."""
    fields = {**SHIP_FIELDS, **EVENT_FIELDS}
    return table(("field", "holds", "meaning"), ((f"`{n}`", _holds({n: f}), _SHIP_MEANS[n]) for n, f in fields.items()))


def kinds_tables() -> str:
    """Return for each kind of event what was seen, and its fields."""
    page = EVENTS_PAGE.read_text(encoding="utf-8")
    seen = dict(re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \| ([^|]+) \|$", page, re.MULTILINE))
    return "\n\n".join(_kind(kind, seen[kind], _section(page, kind)) for kind in KINDS)


def _kind(kind: str, seen: str, section: str) -> str:
    told = list(_told(section))
    rows: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for name in KINDS[kind]:
        of = [i for i, row in enumerate(told) if _named(name, row.names)]
        if not of:
            raise ValueError(f"docs/events.md does not tell of {name} of {kind}")
        sub_kinds = tuple(told[i].sub_kind for i in of if told[i].sub_kind)
        rows.setdefault((of[0], sub_kinds), []).append(name)
    head = f"#### `{kind}`\n\n{seen[0].upper()}{seen[1:]} ([definition](../events.md#{kind})).\n\n"
    return head + table(
        ("field", "holds", "meaning"),
        (_fields_row(kind, names, sub_kinds, told[i].meaning) for (i, sub_kinds), names in sorted(rows.items())),
    )


def _fields_row(kind: str, names: list[str], sub_kinds: tuple[str, ...], meaning: str) -> tuple[str, str, str]:
    holds = "as of the ship" if "other_mmsi" in names else _holds({name: KINDS[kind][name] for name in names})
    own = next((_IN_RULES[kind, name] for name in names if (kind, name) in _IN_RULES), meaning)
    return _words(names), holds, f"of {_words(sub_kinds)}: {own}" if sub_kinds else own


class _Told(NamedTuple):
    """One row of the page on events: fields of a kind, or of a sub-kind, and what they mean."""

    sub_kind: str
    names: list[str]
    meaning: str


def _section(page: str, kind: str) -> str:
    found = re.search(rf"^## `{kind}`\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"docs/events.md has no section on {kind}")
    return found[1]


def _told(section: str) -> Iterator[_Told]:
    """Yield what a section of the page on events says of fields, the sub-kinds first."""
    words = re.findall(r"`(\w+)`", " ".join(_first_cells(section, "`?sub.kind`?", "what was seen")))
    if words:
        yield _Told("", ["sub_kind"], f"one of {_words(words)}")
    parts = re.split(r"^### `(\w+)`$", section, flags=re.MULTILINE)
    for sub_kind, part in zip(["", *parts[1::2]], parts[::2], strict=True):
        for cell, meaning in _rows(part, "detail", "meaning"):
            yield _Told(sub_kind, re.findall(r"`([^`]+)`", cell), _relinked(meaning))


def _first_cells(text: str, *head: str) -> list[str]:
    return [cell for cell, _ in _rows(text, *head)]


def _rows(text: str, *head: str) -> list[tuple[str, str]]:
    """Return the rows of the tables with two columns that have a head."""
    tables = re.findall(rf"^\| {head[0]} \| {head[1]} \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row for one in tables for row in re.findall(r"^\| (.+?) \| (.+) \|$", one, re.MULTILINE)]


def _relinked(text: str) -> str:
    """Return text of the page on events with its links as they are from the reference."""
    return re.sub(r"\]\(#", "](../events.md#", text)


def _named(name: str, names: list[str]) -> bool:
    return any(name == word or (word.endswith("…") and name.startswith(word[:-1])) for word in names)


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _holds(fields: dict[str, Field]) -> str:
    """Return what some fields hold; of several kinds of values each once."""
    return "; ".join(dict.fromkeys(_holds_one(name, field) for name, field in fields.items()))


def _holds_one(name: str, field: Field) -> str:
    if field.choices:
        return ", ".join(f"`{word}`" for word in field.choices)
    unit = unit_of(name)
    return {"bool": "true or false", "words": "several words"}.get(field.type, field.type) + (
        f", {unit}" if unit else ""
    )


def placeholders_table() -> str:
    """Return what the summary of an alert can name."""
    names = [*VESSEL_PLACEHOLDERS, *(f"step.{name}" for name in SUMMARY_FIELDS)]
    return table(("written", "stands for"), ((f"`{{{name}}}`", _PLACEHOLDERS[name.split(".")[-1]]) for name in names))
