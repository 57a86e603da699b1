"""Reading rule files: the good rules, and every fault of all the others with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from watch.errors import Fault
from watch.paths import bundled
from watch.rules.fields import suggest
from watch.rules.lint import Names, Zones, find_faults
from watch.rules.measures import load_measures, load_red_flags
from watch.rules.model import Rule
from watch.rules.yamlfile import Document, Path, YamlError, read_yaml

SUFFIXES = (".yaml", ".yml")
_NOT_RULES = "geofences"
_REASONS = {
    "missing": "is missing",
    "string_type": "must be text; put quotes around it if it is meant as text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "model_attributes_type": "must be a block of keys",
    "string_pattern_mismatch": "has characters that are not allowed here (wanted: {pattern})",
}


@dataclass(frozen=True)
class RuleSet:
    """The rules that can be used, and what is wrong with the others."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]


def load_rules(folder: File | None = None, zones: Zones | None = None) -> RuleSet:
    """Return the rules below `folder`; a broken file never stops the others.

    Parameters
    ----------
    folder
        Where the rule files lie (default: those that travel with Shipwatch); `geofences` is left out.
    zones
        The geofences that exist; without them zone names are not checked.
    """
    root = folder or bundled("rules")
    return load_files([(f, str(f.relative_to(root.parent))) for f in rule_files(root)], zones)


def rule_files(folder: File) -> list[File]:
    """Return the rule files below a folder, sorted; `geofences` holds none."""
    return sorted(
        f
        for f in folder.rglob("*")
        if f.suffix in SUFFIXES and f.is_file() and _NOT_RULES not in f.relative_to(folder).parts
    )


def load_files(files: Iterable[tuple[File, str]], zones: Zones | None = None) -> RuleSet:
    """Return the rules of `files`, each given with the name that faults should call it by."""
    names = Names(frozenset(load_measures()), frozenset(load_red_flags()))
    if zones is not None:
        names = names.with_zones(zones)
    rules: dict[str, Rule] = {}
    faults: list[Fault] = []
    for file, label in files:
        rule, found = load_file(file, label, names)
        if rule and rule.id in rules:
            found = [Fault(label, 1, "id", f"'{rule.id}' is the id of another file too; ids are unique")]
        if rule and not found:
            rules[rule.id] = rule
        faults += found
    return RuleSet(tuple(rules.values()), tuple(faults))


def load_file(file: File, label: str, names: Names) -> tuple[Rule | None, list[Fault]]:
    """Return the rule of one file, or None, and its faults in the order of their lines."""
    try:
        document = read_yaml(file)
    except YamlError as error:
        return None, [Fault(label, error.line, "", error.reason)]
    if not isinstance(document.value, dict):
        return None, [Fault(label, 1, "", "is not a rule: it must be a block of keys such as 'id', 'title', 'match'")]
    rule, findings = _parse(document)
    if rule:
        findings = [*_name_faults(rule, file), *find_faults(rule, names)]
    faults = {Fault(label, document.line(path), key_text(path), reason) for path, reason in findings}
    return rule, sorted(faults, key=lambda f: (f.line, f.key, f.reason))


def key_text(path: Path) -> str:
    """Return a place in a file as text.

    Examples
    --------
    >>> key_text(("match", "sequence", "steps", 0, "zone"))
    'match.sequence.steps[0].zone'
    """
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def _parse(document: Document) -> tuple[Rule | None, list[tuple[Path, str]]]:
    try:
        return Rule.model_validate(document.value), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        meant = {(*e["loc"][:-1], _meant(e["loc"])) for e in errors if e["type"] == "extra_forbidden"}
        told = [e for e in errors if e["type"] != "missing" or e["loc"] not in meant]
        return None, [(e["loc"], _reason(e["loc"], e)) for e in told]


def _meant(place: Path) -> str:
    """Return the key that was probably meant by an unknown one, so that it is not also called missing."""
    close = suggest(str(place[-1]), _known_keys(place[:-1]))
    return close.split("'")[1] if close else ""


def _reason(place: Path, error: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"unknown key '{place[-1]}'{suggest(str(place[-1]), _known_keys(place[:-1]))}"
    if kind == "literal_error":
        word = str(error["input"])
        known = error["ctx"]["expected"]
        close = suggest(word, re.findall(r"'([^']+)'", known))
        return f"'{word[:60]}' is not one of {known}{close}"
    if kind in _REASONS:
        return _REASONS[kind].format(**error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ")


def _known_keys(place: Path) -> set[str]:
    model: type[BaseModel] = Rule
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


def _name_faults(rule: Rule, file: File) -> Iterator[tuple[Path, str]]:
    if rule.id != file.stem:
        yield ("id",), f"'{rule.id}' is not the file name '{file.stem}'; they must be equal"
