"""Whether the tests in a rule file can run, and expect what the rule can give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from watch.rules.fields import KINDS, SHIP_FIELDS, Field, fields_of
from watch.rules.findings import Finding, meant, unknown
from watch.rules.layout import MEETINGS
from watch.rules.lint_patterns import LIST_FIELDS, list_faults
from watch.rules.lint_sequence import hand_steps
from watch.rules.model import Expect, Rule, RuleTest, WrittenEvent
from watch.rules.names import Names
from watch.rules.yamlfile import Path

_WANTED = {"number": "a number", "bool": "true or false", "words": "a list of words"}


def faults_of_test(test: RuleTest, rule: Rule, place: Path, names: Names) -> Iterator[Finding]:
    """Yield what is wrong with one test."""
    if bool(test.scenario) == bool(test.events):
        yield place, "has either a 'scenario' or written 'events'"
    if test.scenario and names.scenarios is not None and test.scenario not in names.scenarios:
        close = meant(test.scenario, names.scenarios)
        yield (*place, "scenario"), f"unknown scenario '{test.scenario[:60]}'{close}"
    yield from _ship(test.ship, (*place, "ship"), names)
    yield from _expect(test.expect, rule, (*place, "expect"), names)
    for i, event in enumerate(test.events):
        yield from _event(event, (*place, "events", i), names)


def _expect(expect: Expect, rule: Rule, place: Path, names: Names) -> Iterator[Finding]:
    steps = (*rule.step_ids, *hand_steps(rule.match.sequence))
    for step in expect.steps or ():
        if step not in steps:
            yield (*place, "steps"), f"unknown step '{step[:60]}'{meant(step, steps)}"
    if expect.ships is not None and not (rule.match.sequence and rule.match.sequence.by == "cargo"):
        yield (*place, "ships"), "counts the ships of a cargo; this rule is about one ship"
    yield from unknown(expect.measures or (), rule.measures, (*place, "measures"), "measure of this rule")
    yield from unknown(expect.no_measures or (), names.measures, (*place, "no_measures"), "measure")


def _event(event: WrittenEvent, place: Path, names: Names) -> Iterator[Finding]:
    yield from unknown((event.kind,), KINDS, (*place, "kind"), "kind of event")
    if names.zones:
        yield from unknown(event.zone, names.zones, (*place, "zone"), "zone")
    if event.with_ and event.kind not in MEETINGS:
        yield (*place, "with"), f"is the partner of a meeting; '{event.kind[:60]}' has none"
    yield from _ship(event.with_, (*place, "with"), names)
    known = fields_of(event.kind)
    if known:
        others = {name: field for name, field in known.items() if name.startswith("other_")}
        yield from _ship(event.ship, (*place, "ship"), names, others)
        yield from _values(event.details, known, (*place, "details"), event.kind)


def _ship(
    ship: Mapping[str, Any], place: Path, names: Names, others: Mapping[str, Field] | None = None
) -> Iterator[Finding]:
    yield from _values(ship, {**SHIP_FIELDS, **(others or {})}, place, "a ship")
    for name in LIST_FIELDS.intersection(ship):
        if isinstance(ship[name], list):
            yield from list_faults(map(str, ship[name]), (*place, name), names)


def _values(values: Mapping[str, Any], known: Mapping[str, Field], place: Path, whose: str) -> Iterator[Finding]:
    for name, value in values.items():
        if name not in known:
            yield (*place, name), f"'{name[:60]}' is no field of {whose}{meant(name, known)}"
        elif value is not None and not _is_of(value, known[name]):
            wanted = _WANTED.get(known[name].type) or f"text{_one_of(known[name])}"
            yield (*place, name), f"must be {wanted}, not {str(value)[:60]!r}"


def _one_of(field: Field) -> str:
    return f" (one of: {', '.join(field.choices)})" if field.choices else ""


def _is_of(value: Any, field: Field) -> bool:
    if field.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if field.type == "bool":
        return isinstance(value, bool)
    if field.type == "words":
        return isinstance(value, list) and all(isinstance(word, str) for word in value)
    return isinstance(value, str) and (not field.choices or value in field.choices)
