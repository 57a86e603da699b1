"""Whether the names in a rule exist and fit together, and whether the rule can ever match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import pandas as pd

from watch.identity import SHIP_TYPES, imo_is_valid
from watch.rules.fields import KINDS, SHIP_FIELDS, Field, fields_of
from watch.rules.findings import Finding, meant, unknown
from watch.rules.layout import MEETINGS
from watch.rules.lint_patterns import choice_faults, find_pattern_faults, where_faults
from watch.rules.lint_sequence import count_faults, hand_steps, sequence_faults
from watch.rules.lint_tests import faults_of_test
from watch.rules.model import FlagSpec, Rule, VesselSpec
from watch.rules.names import Names, Zones
from watch.rules.pattern import Sequence
from watch.rules.summary import SUMMARY_FIELDS, VESSEL_PLACEHOLDERS, placeholders
from watch.rules.template import START_RUNBOOK
from watch.rules.yamlfile import Path

__all__ = ["NO_CRITERIA", "Names", "Zones", "find_faults", "find_notes", "find_pattern_faults"]

NO_CRITERIA = "has no criteria: it needs 'event', 'any_of', 'count' or 'sequence', else it would fit everything"


def find_faults(rule: Rule, names: Names) -> Iterator[Finding]:
    """Yield the place and the reason of everything wrong with a rule whose shape is right."""
    yield from unknown(rule.measures, names.measures, ("measures",), "measure")
    yield from unknown(rule.red_flags, names.red_flags, ("red_flags",), "red flag")
    yield from _days(rule)
    yield from _match_form(rule)
    yield from _vessel(rule.vessel, names)
    if rule.vessel.flag:
        yield from _flag(rule, rule.vessel.flag)
    for place, choice in rule.choices():
        check = find_pattern_faults if place == ("match",) else choice_faults
        yield from check(choice, names=names, place=place)
    if rule.match.count:
        yield from count_faults(rule.match.count)
    if rule.match.sequence:
        yield from sequence_faults(rule.match.sequence)
    yield from where_faults(rule.unknown_if, _all_fields(rule), ("unknown_if",), names)
    yield from _summary(rule)
    for i, exception in enumerate(rule.exceptions):
        if exception.vessel.startswith("imo:"):
            yield from _bad_imos([int(exception.vessel[4:])], ("exceptions", i, "vessel"), itself=True)
    for i, test in enumerate(rule.tests):
        yield from faults_of_test(test, rule, ("tests", i), names)


def find_notes(rule: Rule, today: date) -> Iterator[Finding]:
    """Yield what somebody should look at in a good rule: exceptions that are over, a review that is due."""
    if rule.review_by and rule.review_by < today:
        yield ("review_by",), f"the review was due on {rule.review_by}; look at the rule and set the next day"
    if rule.match.sequence and rule.match.sequence.by == "cargo":
        yield from _kept_meetings(rule.match.sequence)
    if rule.runbook == START_RUNBOOK:
        yield (
            ("runbook",),
            "is as 'rules new' wrote it, and alerts will show it; write the head of the rule",
        )
    for i, exception in enumerate(rule.exceptions):
        if exception.until <= today:
            yield ("exceptions", i, "until"), f"ended on {exception.until}; remove the exception or give a later day"


def _kept_meetings(sequence: Sequence) -> Iterator[Finding]:
    for i, step in enumerate(sequence.steps):
        kinds = {kind for pattern in step.patterns for kind in pattern.event}
        if kinds and kinds <= MEETINGS and not (step.transfer or step.optional):
            yield (
                ("match", "sequence", "steps", i),
                f"'{step.id}' is a meeting, and the cargo stays where it is; write 'transfer: true' if it passes there",
            )


def _days(rule: Rule) -> Iterator[Finding]:
    if rule.valid_from and rule.valid_to and rule.valid_from >= rule.valid_to:
        yield ("valid_to",), f"{rule.valid_to} is not after valid_from {rule.valid_from}: the rule would never hold"


def _match_form(rule: Rule) -> Iterator[Finding]:
    match, sequence, count = rule.match, rule.match.sequence, rule.match.count
    several = "sequence" if sequence else "count" if count else ""
    beside = [name for name in ("event", "zone", "where", "any_of") if getattr(match, name)]
    if several and "id" in match.model_fields_set:
        yield ("match", "id"), f"names a single event; put the id inside '{several}'"
    if sequence and count:
        yield ("match",), "has 'count' beside 'sequence'; a rule looks for one of them"
    elif several and beside:
        inside = "the steps" if sequence else "it"
        yield ("match",), f"has '{several}' beside '{beside[0]}'; put conditions inside {inside}"
    elif not several and (match.zone or match.where) and not match.patterns:
        yield ("match",), "has 'zone' or 'where' without 'event'"
    elif not several and not match.patterns:
        yield ("match",), NO_CRITERIA
    if several and rule.alert.group_within:
        one = "a sequence makes one alert per voyage" if sequence else "a count is one alert already"
        yield ("alert", "group_within"), f"groups single events; {one}"


def _vessel(vessel: VesselSpec, names: Names) -> Iterator[Finding]:
    for key in ("type", "imo", "mmsi"):
        if getattr(vessel, key) == ():
            yield ("vessel", key), "names nothing: the list is empty"
    yield from unknown(vessel.type or (), SHIP_TYPES, ("vessel", "type"), "ship type")
    yield from _bad_imos(vessel.imo or (), ("vessel", "imo"))
    for i, mmsi in enumerate(vessel.mmsi or ()):
        if not 100_000_000 <= mmsi <= 999_999_999:
            yield ("vessel", "mmsi", i), f"'{mmsi}' is no MMSI: nine digits"
    yield from where_faults(vessel.where, [SHIP_FIELDS], ("vessel", "where"), names)


def _bad_imos(numbers: Iterable[int], place: Path, *, itself: bool = False) -> Iterator[Finding]:
    for i, number in enumerate(numbers):
        if not (0 < number < 10**7 and imo_is_valid(pd.Series([number]))[0]):
            at = place if itself else (*place, i)
            yield at, f"'{number}' is no IMO number: seven digits, of which the last checks the others"


def _flag(rule: Rule, flag: FlagSpec) -> Iterator[Finding]:
    place: Path = ("vessel", "flag")
    both = set(flag.any_of) & set(flag.none_of)
    if both:
        yield place, f"asks for and against {', '.join(sorted(both))}: no vessel fits"
    if not flag.any_of and not flag.none_of and flag.changed is None:
        yield place, "names no flag: it needs 'any_of', 'none_of' or 'changed'"
    for word in dict.fromkeys((*flag.any_of, *flag.none_of)):
        if not re.fullmatch(r"[A-Z]{2}", word):
            yield place, f"'{word[:60]}' is no country: write its two-letter ISO code, such as LR"
    sequence = rule.match.sequence
    if sequence and sequence.by == "cargo":
        if flag.changed is not None:
            yield (*place, "changed"), "is asked of a ship; a cargo has several"
        elif flag.at == "any_step":
            yield (*place, "at"), "by cargo, the flag is asked at 'first_step', 'last_step' or 'ever'"
    elif flag.changed is not None and flag.at not in ("any_step", "ever"):
        yield (*place, "at"), "'changed' compares flags over time: write 'at: any_step' or 'at: ever'"
    elif flag.changed is not None and flag.at == "any_step" and not sequence:
        yield (*place, "at"), "a change between steps needs a sequence; write 'at: ever'"


def _all_fields(rule: Rule) -> list[dict[str, Field]]:
    kinds = {k for _, choice in rule.choices() for p in choice.patterns for k in p.event if k in KINDS}
    merged: dict[str, Field] = {}
    for kind in kinds:
        merged |= fields_of(kind)
    return [merged] if merged else []


def _summary(rule: Rule) -> Iterator[Finding]:
    steps = (*rule.step_ids, *hand_steps(rule.match.sequence))
    known = {*VESSEL_PLACEHOLDERS, *(f"{step}.{name}" for step in steps for name in SUMMARY_FIELDS)}
    for name in placeholders(rule.alert.summary):
        if name not in known:
            yield ("alert", "summary"), f"unknown placeholder '{{{name}}}'{meant(name, known)}"
