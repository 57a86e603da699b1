"""Reading the lists and macros that rules share: `shared/*.yaml` below a folder of rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path as File
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from watch.errors import Fault
from watch.rules.expand import Macro, Shared, SharedList, expand_pattern
from watch.rules.findings import MOST_FINDINGS, Finding, file_fault, make_faults, shape_findings, shown
from watch.rules.forms import Part
from watch.rules.lint_patterns import find_pattern_faults
from watch.rules.names import Names
from watch.rules.pattern import Choice
from watch.rules.yamlfile import Document, Path, YamlError, read_yaml

FOLDER = "shared"
NAME = r"^[a-z][a-z0-9_]*$"
NO_SHARED = Shared()


def _plain_values(value: object) -> object:
    if not isinstance(value, list) or any(isinstance(item, dict | list) or item is None for item in value):
        raise ValueError("must be a list of words or numbers, such as [my_eopl, ae_fujairah_anch]")
    if any(isinstance(item, str) and item.startswith("$") for item in value):
        raise ValueError("a list cannot hold another one; write its values out")
    if not value:
        raise ValueError("is empty: it would fit nothing")
    return tuple(value)


class ListSpec(Part):
    """A list of values that rules name as `$name`."""

    what: str = Field(min_length=1, description="what its values have in common")
    source: str = Field(min_length=1, description="where they come from")
    values: Annotated[tuple[Any, ...], BeforeValidator(_plain_values)] = Field(description="the values")


class MacroSpec(Part):
    """Keys of a pattern that rules take over with `use: name`."""

    what: str = Field(min_length=1, description="what the pattern finds")
    source: str = Field(default="", description="where it comes from")
    pattern: dict[str, Any] = Field(description="event, zone, where or any_of")


class SharedFile(Part):
    """A file of lists and macros."""

    lists: dict[str, ListSpec] = Field(default={}, description="lists by name")
    macros: dict[str, MacroSpec] = Field(default={}, description="macros by name")


_KINDS: dict[str, type[BaseModel]] = {"lists": ListSpec, "macros": MacroSpec}


def load_shared(files: Sequence[tuple[File, str]], names: Names) -> tuple[Shared, list[Fault]]:
    """Return the lists and macros of some files, each given with the name that faults should call it by.

    Notes
    -----
    One that is wrong is known as such, so that the rules that use it say so; of two with one name the first counts.
    """
    reader = _Reader(names)
    for file, label in files:
        reader.read(file, label)
    reader.read_macros()
    return Shared(reader.lists, reader.macros), reader.faults


class _Reader:
    def __init__(self, names: Names) -> None:
        self._names = names
        self.faults: list[Fault] = []
        self.lists: dict[str, SharedList] = {}
        self.macros: dict[str, Macro] = {}
        self._first: dict[tuple[str, str], str] = {}
        self._waiting: list[tuple[str, str, Document]] = []

    def read(self, file: File, label: str) -> None:
        """Take the lists of a file; its macros wait until all lists are known."""
        try:
            document = read_yaml(file)
        except YamlError as error:
            self.faults.append(file_fault(label, error.line, error.reason))
            return
        findings = list(_form_findings(document))
        self.faults += make_faults(label, document, findings)
        for kind in () if findings else _KINDS:
            for name in document.value.get(kind, {}):
                self._read_one(kind, name, label, document)

    def _read_one(self, kind: str, name: str, label: str, document: Document) -> None:
        place: Path = (kind, name)
        at = f"{shown(label)}:{document.line(place)}"
        reason = ""
        if not re.fullmatch(NAME, name):
            reason = "is no name: use small letters, digits and '_', beginning with a letter"
        elif (kind, name) in self._first:
            reason = f"'{name}' is defined already in {self._first[kind, name]}; rename one of them"
        if reason:
            self.faults += make_faults(label, document, [(place, reason)])
            return
        self._first[kind, name] = at
        findings = _shape(_KINDS[kind], document, place)
        self.faults += make_faults(label, document, findings)
        if kind == "lists":
            values = () if findings else tuple(document.value[kind][name]["values"])
            self.lists[name] = SharedList(values, at if findings else "")
        elif findings:
            self.macros[name] = Macro({}, at)
        else:
            self._waiting.append((name, label, document))

    def read_macros(self) -> None:
        """Take the macros that wait."""
        for name, label, document in self._waiting:
            place: Path = ("macros", name, "pattern")
            expanded, missing = expand_pattern(document, document.value["macros"][name]["pattern"], place, self.lists)
            findings = [] if missing else self._pattern_findings(expanded)
            faults = make_faults(label, document, missing) + make_faults(label, expanded, findings)
            self.faults += faults
            at = f"{shown(label)}:{document.line(place[:2])}"
            self.macros[name] = Macro(expanded.value, at if faults else "")

    def _pattern_findings(self, expanded: Document) -> list[Finding]:
        try:
            choice = Choice.model_validate(expanded.value)
        except ValidationError as error:
            return shape_findings(error, Choice, expanded)
        return list(islice(find_pattern_faults(choice, self._names), MOST_FINDINGS))


def _form_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with a file as a whole: it holds blocks of lists and macros."""
    if not isinstance(document.value, dict):
        yield (), "must be a block with 'lists' or 'macros'"
        return
    for key, value in document.value.items():
        if key not in _KINDS:
            yield from _shape(SharedFile, Document({key: value}, document.lines), ())
        elif not isinstance(value, dict):
            yield (key,), f"must be a block with the name of each of the {key}"


def _shape(model: type[BaseModel], document: Document, place: Path) -> list[Finding]:
    value = document.value
    for key in place:
        value = value[key]
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [((*place, *path), reason) for path, reason in shape_findings(error, model, document)]
    return []
