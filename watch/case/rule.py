"""The rule behind an alert, as far as somebody who judges the alert needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from watch.paths import bundled
from watch.rules.loader import RuleSet
from watch.rules.pattern import Choice, MatchSpec
from watch.wording import KIND_WORDS
from watch.workspace import Workspace
from watch.zones.geofences import Zones

_STEP_WORDS = KIND_WORDS | {"zone_visit": "Zone reached"}
_COUNTRIES_MAX = 3  # own: as many as a sentence bears
_NOT_WANTED = ("not", "not_", "none_of")


def rule_of(ws: Workspace, rule_id: str) -> dict[str, Any] | None:
    """Return what a rule says about itself; None when there is no such good rule any more."""
    rules = _rules_as_of(ws, _files_as_they_are(ws)).rules
    rule = next((rule for rule in rules if rule.id == rule_id), None)
    if rule is None:
        return None
    names = ("id", "title", "level", "status", "description", "false_positives", "runbook", "references")
    countries = dict.fromkeys(_countries(rule.match.model_dump(by_alias=True)))
    steps = _step_words(rule.match, country_names(ws.world.zones))
    return {**{name: getattr(rule, name) for name in names}, "countries": list(countries), "steps": steps}


def _step_words(match: MatchSpec, names: Mapping[str, str]) -> dict[str, str]:
    """Return what a rule looks for in each of its steps, by their ids."""
    if match.sequence:
        parts: list[tuple[str, Choice]] = [(step.id, step) for step in match.sequence.steps]
    else:
        parts = [(match.count.id, match.count)] if match.count else [(match.id, match)]
    return {step_id: _choice_words(choice, names) for step_id, choice in parts}


def _choice_words(choice: Choice, names: Mapping[str, str]) -> str:
    """Return which events would do, as `Port call in Iran`."""
    kinds = dict.fromkeys(_STEP_WORDS.get(kind, kind) for pattern in choice.patterns for kind in pattern.event)
    first, *others = kinds
    what = " or ".join([first, *(f"{words[:1].lower()}{words[1:]}" for words in others)])
    zones = [pattern.zone.model_dump(by_alias=True) for pattern in choice.patterns if pattern.zone]
    countries = [names.get(country, country) for country in dict.fromkeys(_countries(zones))]
    where = " or ".join(countries) if len(countries) <= _COUNTRIES_MAX else f"one of {len(countries)} countries"
    return f"{what} in {where}" if where else what


@lru_cache(maxsize=2)
def _rules_as_of(ws: Workspace, files: tuple[tuple[str, int], ...]) -> RuleSet:
    """Return the rules; reading them takes a tenth of a second, so that they are read once for each state of files."""
    return ws.refreshed().rules


def _files_as_they_are(ws: Workspace) -> tuple[tuple[str, int], ...]:
    """Return the files of the rules and when each was written."""
    folders = (bundled("rules"), ws.own_rules)
    files = (file for folder in folders for file in sorted(folder.rglob("*.y*ml")) if file.is_file())
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


def _countries(part: Any) -> Iterator[str]:
    """Yield the countries that a pattern asks for, in its order; those that it leaves out are none of them."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "country":
                yield from (value,) if isinstance(value, str) else map(str, value or ())
            elif name not in _NOT_WANTED:
                yield from _countries(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _countries(value)


def country_names(zones: Zones) -> dict[str, str]:
    """Return the names of the states with a coast by their two letters."""
    ending = ", 12 nm"
    waters = (zone for zone in zones.by_id.values() if zone.kind == "waters_12nm" and zone.name.endswith(ending))
    return {zone.country: zone.name.removesuffix(ending) for zone in waters}
