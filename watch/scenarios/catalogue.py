"""Scenario files: found by name or path, read safely, each fault told with file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from watch.errors import ConfigError, Fault, FaultsError
from watch.paths import bundled
from watch.scenarios.maker import check_scenario
from watch.scenarios.model import Scenario

LARGEST_BYTES = 500_000  # own: a thousand ships with a few acts each
DEEPEST = 40  # own: silences inside silences need four levels each
MOST_INCLUDED = 100
SUFFIX = ".yaml"


def scenario_names() -> list[str]:
    """Return the names of the bundled scenarios, sorted."""
    return sorted(path.stem for path in bundled("fixtures").glob(f"*{SUFFIX}"))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return a checked scenario, with those it includes.

    Parameters
    ----------
    name_or_path
        Name of a bundled scenario, or path of a file ending in `.yaml`.

    Raises
    ------
    ConfigError
        When there is no such scenario.
    FaultsError
        With every fault of the file, each with its line and key.
    """
    return _load(_find(str(name_or_path), Path()).resolve(), [], {})


def _find(name: str, beside: Path) -> Path:
    """Return the path of a scenario: a file by its path, else a bundled one by its name."""
    if name.endswith(SUFFIX):
        return beside / name
    if name in scenario_names():
        return bundled("fixtures") / f"{name}{SUFFIX}"
    raise ConfigError(f"no scenario '{name}': give a file ending in {SUFFIX}, or one of {', '.join(scenario_names())}")


def _load(path: Path, opened: list[Path], loaded: dict[Path, Scenario]) -> Scenario:
    if path in loaded:
        return loaded[path]
    told = _read(path)
    _include(told, path, [*opened, path], loaded)
    loaded[path] = _validated(told, path)
    return loaded[path]


def _include(told: CommentedMap, path: Path, opened: list[Path], loaded: dict[Path, Scenario]) -> None:
    """Put the included scenarios where their names stand."""
    if "include" not in told:
        return
    names = told["include"]
    if not isinstance(names, list) or not all(isinstance(name, str) and "/" not in name for name in names):
        raise FaultsError([_fault(path, told, ("include",), "must be a list of scenario names, without folders")])
    paths = [_find(name, path.parent).resolve() for name in names]
    if set(paths) & set(opened):
        raise FaultsError([_fault(path, told, ("include",), "the scenario would include itself")])
    told["include"] = [_load(part, opened, loaded) for part in paths]
    if sum(_parts(part) for part in told["include"]) > MOST_INCLUDED:
        raise FaultsError([_fault(path, told, ("include",), f"more than {MOST_INCLUDED} scenarios in one")])


def _parts(scenario: Scenario) -> int:
    return 1 + sum(_parts(part) for part in scenario.include)


def _validated(told: CommentedMap, path: Path) -> Scenario:
    try:
        scenario = Scenario.model_validate(dict(told))
        check_scenario(scenario)
    except ValidationError as error:
        raise FaultsError([_fault(path, told, e["loc"], _reason(e)) for e in error.errors()]) from None
    except FaultsError as error:
        keys = [(tuple(int(k) if k.isdigit() else k for k in f.key.split(".")), f.reason) for f in error.faults]
        raise FaultsError([_fault(path, told, key, reason) for key, reason in keys]) from None
    if scenario.name != path.stem:
        told_name = f"is '{scenario.name}', but the file is named {path.name}"
        raise FaultsError([_fault(path, told, ("name",), told_name)])
    return scenario


def _reason(error: Any) -> str:
    """Return pydantic's reason in the words of these files."""
    words = {"missing": "is missing", "extra_forbidden": "is no key known here"}
    message = str(error["msg"]).removeprefix("Value error, ")
    return words.get(error["type"], message[:1].lower() + message[1:])


def _fault(path: Path, told: CommentedMap, key: tuple[int | str, ...], reason: str) -> Fault:
    return Fault(str(path), _line(told, key), ".".join(str(k) for k in key), reason)


def _line(told: Any, key: tuple[int | str, ...]) -> int:
    """Return the line, from 1, of a key or of the nearest thing around it that is written."""
    line, node = 1, told
    for part in key:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            return line
        node = node[part]
    return line


class _Constructor(RoundTripConstructor):
    """Leaves moments as they are written: YAML would drop their zone."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: str(node.value))


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    return yaml


def _read(path: Path) -> CommentedMap:
    text = _text(path)
    try:
        _check_events(text, path)
        told = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise FaultsError([Fault(str(path), line, "", f"is no YAML: {error.problem}")]) from None
    except (YAMLError, ValueError) as error:
        raise FaultsError([Fault(str(path), 0, "", f"is no YAML: {error}")]) from None
    if not isinstance(told, CommentedMap):
        raise FaultsError([Fault(str(path), 1, "", "must hold keys: name, title, synthetic, ships")])
    return told


def _check_events(text: str, path: Path) -> None:
    """Refuse what makes small files grow without bound, before anything is built: aliases and deep nesting."""
    depth = 0
    for event in _yaml().parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise FaultsError([Fault(str(path), line, f"*{event.anchor}", "aliases are not read; write it out")])
        if depth > DEEPEST:
            raise FaultsError([Fault(str(path), line, "", f"is nested more than {DEEPEST} deep")])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ConfigError(f"{path}: larger than {LARGEST_BYTES:,} bytes; make several scenarios and include them")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
