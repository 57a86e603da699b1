"""Whether the names in a rule exist and fit together: kinds, fields, zones, steps, measures, red flags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from watch.identity import SHIP_TYPES
from watch.rules.conditions import parse_condition
from watch.rules.fields import FIELD_NAMES, KINDS, Field, field_of, fields_of, suggest
from watch.rules.model import Choice, Pattern, Rule, RuleTest, Sequence, VesselSpec, ZoneFilter
from watch.rules.summary import SUMMARY_FIELDS, placeholders
from watch.rules.yamlfile import Path
from watch.rules.zones import Zone, kind_words

Finding = tuple[Path, str]

NO_CRITERIA = "has no criteria: it needs 'event', 'any_of' or 'sequence', else it would fit everything"


class Zones(Protocol):
    """What the checks need of the geofences: all of them by id."""

    @property
    def by_id(self) -> Mapping[str, Zone]:
        """The zone with each id."""


@dataclass(frozen=True)
class Names:
    """The names a rule may use; an empty set of zones means that zones are not checked."""

    measures: frozenset[str] = frozenset()
    red_flags: frozenset[str] = frozenset()
    zone_ids: frozenset[str] = frozenset()
    zone_kinds: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    def with_zones(self, zones: Zones) -> Names:
        """Return these names and those of the zones."""
        known = zones.by_id.values()
        return Names(
            self.measures,
            self.red_flags,
            frozenset(zones.by_id),
            frozenset(word for z in known for word in kind_words(z.kind)),
            frozenset(part for z in known for part in z.country.split("/")),
        )


def find_faults(rule: Rule, names: Names) -> Iterator[Finding]:
    """Yield the place and the reason of everything wrong with a rule whose shape is right."""
    yield from _unknown(rule.measures, names.measures, ("measures",), "measure")
    yield from _unknown(rule.red_flags, names.red_flags, ("red_flags",), "red flag")
    yield from _match_form(rule)
    yield from _vessel(rule.vessel, names)
    for place, choice in rule.choices():
        yield from _choice(choice, place, names)
    if rule.match.sequence:
        yield from _sequence(rule.match.sequence)
    yield from _where(rule.unknown_if, _all_fields(rule), ("unknown_if",))
    yield from _summary(rule)
    for i, test in enumerate(rule.tests):
        yield from _rule_test(test, rule, ("tests", i), names)


def _unknown(words: tuple[str, ...], known: frozenset[str], place: Path, what: str) -> Iterator[Finding]:
    for i, word in enumerate(words):
        if word not in known:
            yield (*place, i), f"unknown {what} '{word}'{suggest(word, known)}"


def _match_form(rule: Rule) -> Iterator[Finding]:
    match = rule.match
    beside = [name for name in ("event", "zone", "where", "any_of") if getattr(match, name)]
    if not beside and not match.sequence:
        yield ("match",), NO_CRITERIA
    if match.sequence and beside:
        yield ("match",), f"has 'sequence' beside '{beside[0]}'; put conditions inside the steps"
    if match.sequence and rule.alert.group_within:
        yield ("alert", "group_within"), "groups single events; a sequence makes one alert per voyage"


def _vessel(vessel: VesselSpec, names: Names) -> Iterator[Finding]:
    yield from _unknown(vessel.type or (), frozenset(SHIP_TYPES), ("vessel", "type"), "ship type")
    if vessel.flag is None:
        return
    both = set(vessel.flag.any_of) & set(vessel.flag.none_of)
    if both:
        yield ("vessel", "flag"), f"asks for and against {', '.join(sorted(both))}: no vessel fits"
    if not vessel.flag.any_of and not vessel.flag.none_of:
        yield ("vessel", "flag"), "names no flag: it needs 'any_of' or 'none_of'"
    for word in (*vessel.flag.any_of, *vessel.flag.none_of):
        if not re.fullmatch(r"[A-Z]{2}", word):
            yield ("vessel", "flag"), f"'{word}' is no country: write its two-letter ISO code, such as LR"


def _choice(choice: Choice, place: Path, names: Names) -> Iterator[Finding]:
    if not choice.patterns and place != ("match",):
        yield place, "has no criteria: it needs 'event' or 'any_of'"
    if choice.any_of and (choice.event or choice.zone or choice.where):
        yield place, "has 'any_of' beside 'event', 'zone' or 'where'; put these inside each alternative"
    elif choice.any_of:
        for i, pattern in enumerate(choice.any_of):
            yield from _pattern(pattern, (*place, "any_of", i), names)
    elif choice.event:
        yield from _pattern(choice.patterns[0], place, names)
    elif choice.zone or choice.where:
        yield place, "has 'zone' or 'where' without 'event'"


def _pattern(pattern: Pattern, place: Path, names: Names) -> Iterator[Finding]:
    kinds = [kind for kind in pattern.event if kind in KINDS]
    if not pattern.event:
        yield (*place, "event"), "names no kind of event"
    yield from _unknown(pattern.event, frozenset(KINDS), (*place, "event"), "kind of event")
    if pattern.zone is not None:
        yield from _zone(pattern.zone, (*place, "zone"), names)
    yield from _where(pattern.where, [fields_of(kind) for kind in kinds], (*place, "where"))


def _zone(zone: ZoneFilter, place: Path, names: Names) -> Iterator[Finding]:
    if not (zone.id or zone.country or zone.kind or zone.any_of):
        yield place, "names nothing: it needs 'id', 'country', 'kind' or 'any_of'"
    if names.zone_ids:
        yield from _unknown(zone.id or (), names.zone_ids, (*place, "id"), "zone")
        yield from _unknown(zone.country or (), names.countries, (*place, "country"), "country of a zone")
        yield from _unknown(zone.kind or (), names.zone_kinds, (*place, "kind"), "kind of zone")
    for i, other in enumerate(zone.any_of):
        yield from _zone(other, (*place, "any_of", i), names)


def _where(where: Mapping[str, object], kinds: list[dict[str, Field]], place: Path) -> Iterator[Finding]:
    common = set.intersection(*(set(fields) for fields in kinds)) if kinds else set()
    for name, raw in where.items():
        spec = field_of(name)
        if spec is None or (kinds and name not in common):
            lacks = "is not known for every kind named here" if spec else "is no field of an event"
            yield (*place, name), f"'{name}' {lacks}{suggest(name, (common or FIELD_NAMES) - {name})}"
            continue
        try:
            parse_condition(name, spec, raw)
        except ValueError as error:
            yield (*place, name), str(error)


def _all_fields(rule: Rule) -> list[dict[str, Field]]:
    kinds = {k for _, choice in rule.choices() for p in choice.patterns for k in p.event if k in KINDS}
    merged: dict[str, Field] = {}
    for kind in kinds:
        merged |= fields_of(kind)
    return [merged] if merged else []


@dataclass(frozen=True)
class _Steps:
    """The steps of a sequence by id, with their order."""

    sequence: Sequence
    order: dict[str, int] = field(default_factory=dict)

    def fault(self, step_id: str) -> str | None:
        """Return what is wrong with naming this step, or None."""
        if step_id not in self.order:
            return f"unknown step '{step_id}'{suggest(step_id, self.order)}"
        if self.sequence.steps[self.order[step_id]].optional:
            return f"the step '{step_id}' is optional, so it may be missing; name a required step"
        return None


def _sequence(sequence: Sequence) -> Iterator[Finding]:
    place: Path = ("match", "sequence")
    ids = [step.id for step in sequence.steps]
    for i, step_id in enumerate(ids):
        if step_id in ids[:i]:
            yield (*place, "steps", i, "id"), f"the step id '{step_id}' stands twice"
    if len(sequence.required) < 2:
        yield (*place, "steps"), "needs two required steps at least; for one event write 'match: {event: …}'"
    if sequence.within is None:
        yield place, "'within' is missing: say how long the whole may take, such as 'within: 120d'"
    steps = _Steps(sequence, {step_id: i for i, step_id in enumerate(ids)})
    yield from _spans(steps, place)
    yield from _early(steps, place)


def _spans(steps: _Steps, place: Path) -> Iterator[Finding]:
    for i, absence in enumerate(steps.sequence.not_):
        span: Path = (*place, "not", i, "between")
        faults = [fault for step_id in absence.between if (fault := steps.fault(step_id))]
        for fault in faults:
            yield span, fault
        if not faults and steps.order[absence.between[0]] >= steps.order[absence.between[1]]:
            first, last = absence.between
            yield span, f"'{first}' does not come before '{last}': nothing can lie between them"


def _early(steps: _Steps, place: Path) -> Iterator[Finding]:
    early = steps.sequence.early
    if early is None:
        return
    fault = steps.fault(early.after)
    if not fault and early.after == steps.sequence.required[-1].id:
        fault = f"'{early.after}' is the last required step: the match is whole then"
    if fault:
        yield (*place, "early", "after"), fault


def _summary(rule: Rule) -> Iterator[Finding]:
    known = {f"{step}.{name}" for step in rule.step_ids for name in SUMMARY_FIELDS} | {
        "vessel",
        "flag",
        "type",
    }
    for name in placeholders(rule.alert.summary):
        if name not in known:
            yield ("alert", "summary"), f"unknown placeholder '{{{name}}}'{suggest(name, known)}"


def _rule_test(test: RuleTest, rule: Rule, place: Path, names: Names) -> Iterator[Finding]:
    if bool(test.scenario) == bool(test.events):
        yield place, "has either a 'scenario' or written 'events'"
    for step in test.expect.steps or ():
        if step not in rule.step_ids:
            yield (*place, "expect", "steps"), f"unknown step '{step}'{suggest(step, rule.step_ids)}"
    for i, event in enumerate(test.events):
        at: Path = (*place, "events", i)
        yield from _unknown((event.kind,), frozenset(KINDS), (*at, "kind"), "kind of event")
        if names.zone_ids:
            yield from _unknown(event.zone, names.zone_ids, (*at, "zone"), "zone")
        known = fields_of(event.kind)
        for name in (*event.details, *event.ship) if known else ():
            if name not in known:
                yield (*at, "details"), f"'{name}' is no field of {event.kind}{suggest(name, known)}"
