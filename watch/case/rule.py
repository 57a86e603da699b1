"""The rule behind an alert, as far as somebody who judges the alert needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from watch.paths import bundled
from watch.rules.loader import RuleSet
from watch.workspace import Workspace
from watch.zones.geofences import Zones

_NOT_WANTED = ("not", "not_", "none_of")


def rule_of(ws: Workspace, rule_id: str) -> dict[str, Any] | None:
    """Return what a rule says about itself; None when there is no such good rule any more."""
    rules = _rules_as_of(ws, _files_as_they_are(ws)).rules
    rule = next((rule for rule in rules if rule.id == rule_id), None)
    if rule is None:
        return None
    names = ("id", "title", "level", "status", "description", "false_positives", "runbook", "references")
    countries = dict.fromkeys(_countries(rule.match.model_dump(by_alias=True)))
    return {**{name: getattr(rule, name) for name in names}, "countries": list(countries)}


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
