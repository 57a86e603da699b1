"""Running the tests that stand in a rule file: written events, or a scenario through the whole chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from watch.rules.match import Match, match_span
from watch.rules.matcher import match_table
from watch.rules.measures import Measure, measures_in_force
from watch.rules.model import Expect, Rule, RuleTest
from watch.rules.near import near_misses
from watch.rules.table import EventTable, Lists, NoLists
from watch.rules.written import WrittenLists, written_events
from watch.rules.zones import ZoneOf

#: Gives the attributed events of a scenario and its data's clock.
RunScenario = Callable[[str], tuple[pd.DataFrame, pd.Timestamp]]


@dataclass(frozen=True)
class TestWorld:
    """What a test needs besides events: zones, vessel lists and measures."""

    __test__ = False

    zone_of: ZoneOf
    lists: Lists = field(default_factory=NoLists)
    measures: Mapping[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True)
class TestResult:
    """How one inline test ended.

    Attributes
    ----------
    passed
        True, False, or None when it could not run.
    reason
        What was wanted and what matched, when it did not pass.
    """

    __test__ = False

    rule_id: str
    name: str
    passed: bool | None
    reason: str = ""


def run_rule_tests(rule: Rule, run_scenario: RunScenario | None, world: TestWorld) -> list[TestResult]:
    """Return the result of every inline test of a rule.

    Parameters
    ----------
    run_scenario
        Runs a scenario by name; without it scenario tests are not run (`passed` is None).
    """
    return [run_rule_test(rule, test, run_scenario, world) for test in rule.tests]


def run_rule_test(rule: Rule, test: RuleTest, run_scenario: RunScenario | None, world: TestWorld) -> TestResult:
    """Return the result of one inline test."""
    if test.scenario and run_scenario is None:
        return TestResult(rule.id, test.name, None, f"scenario '{test.scenario}' was not run")
    lists: Lists = world.lists
    if test.scenario and run_scenario:
        events, as_of = run_scenario(test.scenario)
    else:
        events, as_of = written_events(test)
        lists = WrittenLists(test, world.lists)
    table = EventTable(events, world.zone_of, lists)
    matches = [m for m in match_table(rule, table, as_of) if _wanted(m, test.expect)]
    wrong = _wrong(rule, matches, test.expect, world.measures)
    reason = f"{'; '.join(wrong)}. Matched: {_told(matches) or _nothing(rule, table, as_of)}" if wrong else ""
    return TestResult(rule.id, test.name, not wrong, reason)


def _nothing(rule: Rule, table: EventTable, as_of: pd.Timestamp) -> str:
    """Say that nothing matched, and what came nearest."""
    near = [miss for group in near_misses(rule, table, as_of) for miss in group.nearest]
    return f"nothing. Nearest: {near[0].told}" if near else "nothing, nor anything near"


def _wanted(match: Match, expect: Expect) -> bool:
    if expect.vessel is None:
        return True
    ships = [step.event["imo"] for step in match.steps] + [hand.event["imo"] for hand in match.hands]
    return expect.vessel in ships


def _wrong(rule: Rule, matches: list[Match], expect: Expect, measures: Mapping[str, Measure]) -> list[str]:
    wrong = []
    if len(matches) != expect.alerts:
        wrong.append(f"wanted {expect.alerts} alerts, got {len(matches)}")
    for match in matches:
        steps = tuple(step.step_id for step in match.steps)
        for name, want, got in (
            ("level", expect.level, match.level),
            ("verdict", expect.verdict, match.verdict),
            ("steps", expect.steps, steps),
            ("ships", expect.ships, len(match.hands) or 1),
        ):
            if want is not None and want != got:
                wrong.append(f"wanted {name} {_words(want)}, got {_words(got)}")
        named = {str(m["measure_id"]) for m in measures_in_force(rule.measures, measures, *match_span(match))}
        wrong += [
            f"wanted measure {name}, got {_words(tuple(sorted(named)))}"
            for name in expect.measures or ()
            if name not in named
        ]
        wrong += [f"wanted no measure {name}" for name in expect.no_measures or () if name in named]
    return wrong


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _told(matches: list[Match]) -> str:
    told = [
        f"{m.vessel_id} {m.verdict} {m.level} "
        + " → ".join(
            f"{s.step_id}: {s.event['kind']} {s.zone_id or 'no zone'} {s.event['start_at']:%Y-%m-%d %H:%M}"
            for s in m.steps
        )
        for m in matches
    ]
    return " | ".join(told)
