"""The JSON Schema of a rule file, by which editors complete and check rules as they are typed.

It follows from the models of the language; the names that exist (kinds, fields, zones, measures, lists) are its
enumerations. It knows form only: whether steps, spans and conditions can come true is asked by `lint`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from watch.identity import SHIP_TYPES
from watch.rules.conditions import ANY, NONE
from watch.rules.expand import Shared
from watch.rules.fields import KINDS, SHIP_FIELDS, Field, fields_of
from watch.rules.model import Rule
from watch.rules.names import Names

Schema = dict[str, Any]

_FORMATS = {
    "duration": r"^\s*\d+(\.\d+)?\s*(s|min|h|d|w)\s*$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "date-time": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$",
}
_COMPARED = r"(==|!=|>=|<=|>|<)"
_NUMBER = r"\s*[+-]?\d+(\.\d+)?\s*[A-Za-z]*"
_NUMBERS = rf"^\s*{_COMPARED}?{_NUMBER}(\s+{_COMPARED}{_NUMBER})*\s*$"
_FLAG: Schema = {"type": "string", "pattern": "^[A-Z]{2}$"}
_WORLD_PORT: Schema = {"type": "string", "pattern": "^port_"}
#: Where a pattern may stand, and so `use`.
_PATTERNS = ("Pattern", "Choice", "Step", "Span", "Having", "LostCustody", "Count", "MatchSpec")
#: Where `$name` may stand for a shared list.
_LISTED = (*_PATTERNS, "ZoneFilter", "VesselSpec", "FlagSpec")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rule_schema(names: Names, shared: Shared) -> Schema:
    """Return the JSON Schema (draft 2020-12) of a rule file.

    Parameters
    ----------
    names, shared
        What rules may name.
    """
    plain = Rule.model_json_schema(by_alias=True)
    writer = _Writer(names, shared)
    parts = {name: writer.part(name, part) for name, part in plain.pop("$defs").items()}
    root = writer.part("Rule", plain)
    return {"$schema": _DIALECT, **root, "title": "A rule of Shipwatch", "$defs": {**parts, **writer.values()}}


class _Writer:
    """Rewrites the schema of the models: values may be written alone or in lists, names are those that exist."""

    def __init__(self, names: Names, shared: Shared) -> None:
        self._macros = sorted(shared.macros or ())
        self._lists = [f"${name}" for name in sorted(shared.lists)]
        self._vessel_lists = sorted(names.vessel_lists or ())
        zones = sorted(zone_id for zone_id, zone in names.zones.items() if zone.kind != "world_port")
        kind, zone, measure = _ref("Kind"), _ref("ZoneId"), _ref("Measure")
        self._named: dict[str, Schema] = {
            "Kind": {"enum": list(KINDS)},
            "ZoneId": {"anyOf": [{"enum": zones}, _WORLD_PORT]},
            "Measure": {"enum": sorted(names.measures)},
            "SharedList": {"enum": self._lists},
        }
        self._items: dict[tuple[str, str], Schema] = {
            **{(part, "event"): kind for part in _PATTERNS},
            ("ZoneFilter", "id"): zone,
            ("ZoneFilter", "country"): {"enum": sorted(names.countries)},
            ("ZoneFilter", "kind"): {"enum": sorted(names.zone_kinds)},
            ("VesselSpec", "type"): {"enum": list(SHIP_TYPES)},
            ("FlagSpec", "any_of"): _FLAG,
            ("FlagSpec", "none_of"): _FLAG,
            ("Rule", "measures"): measure,
            ("Rule", "red_flags"): {"enum": sorted(names.red_flags)},
            ("Expect", "measures"): measure,
            ("Expect", "no_measures"): measure,
            ("WrittenEvent", "zone"): zone,
        }
        self._whole: dict[tuple[str, str], Schema] = {
            **{(part, "where"): _ref("Where") for part in _PATTERNS},
            ("Rule", "unknown_if"): _ref("Where"),
            ("VesselSpec", "where"): _ref("ShipWhere"),
            ("VesselSpec", "flag"): {"anyOf": [_ref("FlagSpec"), *self._several(_FLAG, listed=True)]},
            ("WrittenEvent", "kind"): kind,
            ("WrittenEvent", "ship"): _ref("Values"),
            ("WrittenEvent", "with"): _ref("ShipValues"),
            ("WrittenEvent", "details"): _ref("Values"),
            ("RuleTest", "ship"): _ref("ShipValues"),
        }

    def part(self, name: str, part: Schema) -> Schema:
        """Return the schema of one part of a rule."""
        properties = {key: self._property(name, key, value) for key, value in part["properties"].items()}
        result = {key: value for key, value in part.items() if key != "title"} | {"properties": properties}
        if name in _PATTERNS:
            macro: Schema = {"enum": self._macros} if self._macros else {"type": "string"}
            properties["use"] = {**macro, "description": "a macro of rules/shared whose keys are taken over"}
        if name == "Pattern":
            del result["required"]
            result["anyOf"] = [{"required": ["event"]}, {"required": ["use"]}]
        return result

    def values(self) -> dict[str, Schema]:
        """Return the schemas of names, of conditions and of the values that tests write down."""
        fields = {name: field for kind in KINDS for name, field in fields_of(kind).items()}
        conditions = {name: self._condition(name, field) for name, field in fields.items()}
        written = {name: _value(field) for name, field in fields.items()}
        return {
            **self._named,
            "Where": _block(conditions),
            "ShipWhere": _block({name: conditions[name] for name in SHIP_FIELDS}),
            "Values": _block(written),
            "ShipValues": _block({name: written[name] for name in SHIP_FIELDS}),
        }

    def _property(self, part: str, key: str, value: Schema) -> Schema:
        told = {k: v for k, v in value.items() if k in ("description", "default")}
        if told.get("default", ()) in (None, "") or isinstance(told.get("default", ()), dict | list | tuple):
            told.pop("default", None)
        if (part, key) in self._whole:
            return {**self._whole[part, key], **told}
        listed = part in _LISTED or (part, key) in (("Rule", "measures"), ("Rule", "red_flags"))
        return {**self._loose(value, self._items.get((part, key)), listed=listed), **told}

    def _loose(self, schema: Schema, item: Schema | None, *, listed: bool) -> Schema:
        """Return a schema without what only the models need, with every list also as its one value."""
        if "anyOf" in schema:
            return {"anyOf": [self._loose(one, item, listed=listed) for one in schema["anyOf"]]}
        if schema.get("format") in _FORMATS:
            return {"type": "string", "pattern": _FORMATS[schema["format"]]}
        if schema.get("type") == "array" and "items" in schema:
            return {"anyOf": self._several(item or schema["items"], listed=listed and "$ref" not in schema["items"])}
        return {key: value for key, value in schema.items() if key not in ("title", "default", "description")}

    def _several(self, one: Schema, *, listed: bool) -> list[Schema]:
        """Return the forms of a value that may be one or a list, shared lists among them."""
        forms = [one, _ref("SharedList")] if listed and self._lists else [one]
        return [*forms, {"type": "array", "items": {"anyOf": forms} if len(forms) > 1 else one}]

    def _condition(self, name: str, field: Field) -> Schema:
        if field.type == "number":
            one: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _NUMBERS}]}
        elif field.type == "bool":
            one = {"type": "boolean"}
        elif name in ("lists", "other_lists"):
            one = {"enum": _or_not([*self._vessel_lists, ANY, NONE])}
        elif field.choices:
            one = {"enum": _or_not(field.choices)}
        else:
            one = {"type": ["string", "number"]}
        return {"anyOf": self._several(one, listed=True)}


def _or_not(words: Iterable[str]) -> list[str]:
    return [f"{sign}{word}" for sign in ("", "!=") for word in words]


def _value(field: Field) -> Schema:
    if field.choices:
        return {"enum": [*field.choices, None]}
    if field.type == "words":
        return {"type": ["array", "null"], "items": {"type": "string"}}
    return {"type": [{"number": "number", "bool": "boolean"}.get(field.type, "string"), "null"]}


def _block(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
