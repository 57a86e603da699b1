"""Running the tests that stand in a rule file: written events, or a scenario through the whole chain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS
from watch.rules.fields import COLUMNS
from watch.rules.matcher import Match, match_rule
from watch.rules.model import Expect, Rule, RuleTest, WrittenEvent
from watch.rules.zones import ZoneOf

#: Gives the attributed events of a scenario and its data's clock.
RunScenario = Callable[[str], tuple[pd.DataFrame, pd.Timestamp]]

_SHIP = {
    "mmsi": 636990101,
    "imo": 9999802,
    "name": "SYNTH ONE",
    "flag": "LR",
    "type": "tanker",
    "length_m": 180.0,
}
_PARTNER = {"other_mmsi": 636990202, "other_name": "SYNTH TWO", "other_flag": "LR", "other_type": "tanker"}
_DETAILS: dict[str, dict[str, Any]] = {
    "port_visit": {"confidence": 4, "entered": True, "left": True},
    "gap": {"coverage": "heard"},
    "encounter": {"looks_like": "transfer", "moored": False},
    "zone_visit": {"crossed": False, "entered": True, "left": True},
}
_LENGTH = {"port_visit": "stop_h", "gap": "duration_h", "encounter": "duration_h", "zone_visit": "dwell_h"}


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


def run_rule_tests(rule: Rule, run_scenario: RunScenario | None, zone_of: ZoneOf) -> list[TestResult]:
    """Return the result of every inline test of a rule.

    Parameters
    ----------
    run_scenario
        Runs a scenario by name; without it scenario tests are not run (`passed` is None).
    """
    return [run_rule_test(rule, test, run_scenario, zone_of) for test in rule.tests]


def run_rule_test(rule: Rule, test: RuleTest, run_scenario: RunScenario | None, zone_of: ZoneOf) -> TestResult:
    """Return the result of one inline test."""
    if test.scenario and run_scenario is None:
        return TestResult(rule.id, test.name, None, f"scenario '{test.scenario}' was not run")
    if test.scenario and run_scenario:
        events, as_of = run_scenario(test.scenario)
    else:
        events, as_of = written_events(test)
    matches = [m for m in match_rule(rule, events, as_of, zone_of) if _wanted(m, test.expect)]
    wrong = _wrong(matches, test.expect)
    reason = f"{'; '.join(wrong)}. Matched: {_told(matches)}" if wrong else ""
    return TestResult(rule.id, test.name, not wrong, reason)


def written_events(test: RuleTest) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return the events a test writes down, and its data's clock (default: the end of the last event)."""
    rows = [_row(event, {**_SHIP, **test.ship}, i) for i, event in enumerate(test.events)]
    ends = [event.at + timedelta(hours=event.hours) for event in test.events]
    frame = pd.DataFrame(rows, columns=list(ATTRIBUTED_COLUMNS))
    return frame, pd.Timestamp(test.as_of or max(ends)).as_unit("us")


def _row(event: WrittenEvent, ship: Mapping[str, Any], number: int) -> dict[str, Any]:
    who = {**ship, **(_PARTNER if event.kind == "encounter" else {}), **event.ship}
    details = {k: v for k, v in event.details.items() if k not in COLUMNS}
    who |= {k: v for k, v in event.details.items() if k in COLUMNS}
    start_at = pd.Timestamp(event.at)
    text = f"{event.kind} {who['mmsi']} {start_at.isoformat()} {number}"
    row = {
        "event_id": hashlib.sha256(text.encode()).hexdigest()[:16],
        "kind": event.kind,
        "start_at": start_at,
        "end_at": pd.NaT if event.open else start_at + pd.Timedelta(hours=event.hours),
        "start_lat": 0.0,
        "start_lon": 0.0,
        "zone_id": event.zone[0] if event.zone else None,
        "details": {
            **_DETAILS.get(event.kind, {}),
            _LENGTH.get(event.kind, "duration_h"): event.hours,
            "zone_ids": list(event.zone),
            **({"open": event.open} if event.kind == "gap" else {}),
            **details,
        },
        "vessel_id": _vessel_id(who.get("imo"), who["mmsi"]),
        **who,
    }
    if "other_mmsi" in who:
        row["other_vessel_id"] = _vessel_id(who.get("other_imo"), who["other_mmsi"])
    return row


def _vessel_id(imo: object, mmsi: object) -> str:
    return f"imo:{imo}" if imo else f"mmsi:{mmsi}"


def _wanted(match: Match, expect: Expect) -> bool:
    return expect.vessel is None or any(step.event["imo"] == expect.vessel for step in match.steps)


def _wrong(matches: list[Match], expect: Expect) -> list[str]:
    wrong = []
    if len(matches) != expect.alerts:
        wrong.append(f"wanted {expect.alerts} alerts, got {len(matches)}")
    for match in matches:
        steps = tuple(step.step_id for step in match.steps)
        for name, want, got in (
            ("level", expect.level, match.level),
            ("verdict", expect.verdict, match.verdict),
            ("steps", expect.steps, steps),
        ):
            if want is not None and want != got:
                wrong.append(f"wanted {name} {_words(want)}, got {_words(got)}")
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
    return " | ".join(told) or "nothing"
