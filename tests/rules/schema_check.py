"""A checker for the part of JSON Schema that the schema of rules uses; it refuses any keyword it does not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
Faults = Iterator[str]

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "null": lambda v: v is None,
}
NOTES = {"$schema", "$defs", "title", "description", "default"}


def schema_faults(value: Any, schema: Schema, root: Schema, place: str = "") -> Faults:
    """Yield the place of every value that the schema refuses."""
    for keyword, wanted in schema.items():
        if keyword not in NOTES:
            yield from CHECKS[keyword](value, wanted, schema, root, place)


def _ref(value: Any, wanted: str, _: Schema, root: Schema, place: str) -> Faults:
    yield from schema_faults(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, place)


def _any_of(value: Any, wanted: list[Schema], _: Schema, root: Schema, place: str) -> Faults:
    if all(next(schema_faults(value, one, root, place), None) is not None for one in wanted):
        yield place


def _properties(value: Any, wanted: dict[str, Schema], _: Schema, root: Schema, place: str) -> Faults:
    for key in value if isinstance(value, dict) else ():
        if key in wanted:
            yield from schema_faults(value[key], wanted[key], root, f"{place}.{key}")


def _additional(value: Any, wanted: bool, schema: Schema, _: Schema, place: str) -> Faults:
    if not wanted and isinstance(value, dict):
        yield from (f"{place}.{key}" for key in value if key not in schema["properties"])


def _items(value: Any, wanted: Schema, _: Schema, root: Schema, place: str) -> Faults:
    for i, item in enumerate(value if isinstance(value, list) else ()):
        yield from schema_faults(item, wanted, root, f"{place}[{i}]")


def _prefix_items(value: Any, wanted: list[Schema], _: Schema, root: Schema, place: str) -> Faults:
    for i, (item, one) in enumerate(zip(value if isinstance(value, list) else (), wanted, strict=False)):
        yield from schema_faults(item, one, root, f"{place}[{i}]")


def _where(refuses: Callable[[Any, Any], bool]) -> Callable[..., Faults]:
    def check(value: Any, wanted: Any, _: Schema, __: Schema, place: str) -> Faults:
        if refuses(value, wanted):
            yield place

    return check


def _number(value: Any) -> bool:
    return TYPES["number"](value)


CHECKS: dict[str, Callable[..., Faults]] = {
    "$ref": _ref,
    "anyOf": _any_of,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _prefix_items,
    "type": _where(lambda v, t: not any(TYPES[name](v) for name in ([t] if isinstance(t, str) else t))),
    "enum": _where(lambda v, words: v not in words),
    "const": _where(lambda v, word: v != word),
    "required": _where(lambda v, keys: isinstance(v, dict) and any(key not in v for key in keys)),
    "pattern": _where(lambda v, p: isinstance(v, str) and not re.search(p, v)),
    "minLength": _where(lambda v, n: isinstance(v, str) and len(v) < n),
    "maxLength": _where(lambda v, n: isinstance(v, str) and len(v) > n),
    "minItems": _where(lambda v, n: isinstance(v, list) and len(v) < n),
    "maxItems": _where(lambda v, n: isinstance(v, list) and len(v) > n),
    "minimum": _where(lambda v, n: _number(v) and v < n),
    "maximum": _where(lambda v, n: _number(v) and v > n),
}
