"""What nearly matched is held to a slow count, and what is said of a match never speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.rule_builders import LAST, event, gap
from tests.rules.test_near import CHINA, STEPS, laid_out, pattern, voyage
from watch.rules.asked import asked_of, near_rows
from watch.rules.chain import Chain, Rows
from watch.rules.matcher import match_table
from watch.rules.model import Rule
from watch.rules.near import near_misses
from watch.rules.pattern import Choice
from watch.rules.table import EventTable
from watch.rules.vessels import vessel_rows
from watch.rules.why import Why, broken_by

ZONES = ["ir_kharg", "ae_fujairah_anch", "ve_el_palito", "cn_qingdao", None]


@st.composite
def timelines(draw: st.DrawFn) -> list[dict[str, Any]]:
    events = []
    for i in range(draw(st.integers(0, 12))):
        ship = draw(st.sampled_from([{}, {"flag": "PA"}, {"type": "cargo"}, {"imo": 9999814, "mmsi": 636990202}]))
        at = f"2020-{draw(st.integers(1, 4)):02}-{draw(st.integers(1, 28)):02}T00:{i:02}"
        if draw(st.booleans()):
            events.append(gap(at, draw(st.sampled_from(ZONES)), hours=draw(st.integers(6, 40)), **ship))
        else:
            visit = event("port_visit", at, draw(st.sampled_from(ZONES)), confidence=draw(st.integers(1, 4)), **ship)
            events.append(visit)
    return events


@given(timelines())
def test_near_rows_equal_a_count_of_what_each_event_lacks(events: list[dict[str, Any]]) -> None:
    rule, choice = (
        voyage(vessel={"type": "tanker", "flag": "LR"}),
        Choice(any_of=(pattern(STEPS[0]), {**CHINA, "where": {"confidence": ">=4"}}, pattern(STEPS[1]))),
    )
    laid = laid_out(*events)
    found = {(int(row), n.asked.label) for n in near_rows(laid, choice, rule.vessel, "first") for row in n.rows}
    fits = vessel_rows(laid, rule.vessel, laid.rows(choice), "first").tolist()
    slow = set()
    for row in range(len(laid)):
        kind = str(laid.layout.kinds[row])
        for one in choice.patterns:
            asked = asked_of(kind, one, rule.vessel, "first") if kind in one.event else []
            lacking = [a for a in asked if not _has(a.label, laid.event(row), a.mask(laid, kind, "first"), laid, row)]
            if len(lacking) == 1 and row not in fits and row not in {known for known, _ in slow}:
                slow.add((row, lacking[0].label))
    assert found == slow


def _has(label: str, one: dict[str, Any], mask: Any, laid: EventTable, row: int) -> bool:
    """Return whether an event has what is asked, told from the event itself."""
    plainly: dict[str, Callable[[], bool]] = {
        "a zone with country IR": lambda: one["zone_id"] == "ir_kharg",
        "a zone with country CN": lambda: one["zone_id"] == "cn_qingdao",
        "confidence >= 4": lambda: one["details"]["confidence"] >= 4,
        "duration_h >= 12 h": lambda: one["details"]["duration_h"] >= 12,
        "confidence >= 2": lambda: one["details"]["confidence"] >= 2,
        "type tanker": lambda: one["type"] == "tanker",
        "flag LR at the first step": lambda: one["flag"] == "LR",
    }
    own = plainly[label]()
    assert own == bool(mask[laid.of_kind(one["kind"]).tolist().index(row)])
    return own


RULES = {
    "plain": voyage(),
    "not_and_having": voyage(
        **{
            "not": [
                {**CHINA, "between": ["load", "arrive"]},
                {**CHINA, "before": "load", "lasting": "20d", "overlap": True},
            ]
        },
        having=[{"event": "gap", "between": ["load", "arrive"], "min": 2}],
    ),
    "after": voyage(**{"not": [{**CHINA, "after": "arrive", "lasting": "9d"}]}, until=CHINA),
    "short": voyage(within="40d", after_match="past_first_step"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(events=timelines())
def test_nothing_is_said_to_forbid_a_match_and_no_match_is_near(rule: Rule, events: list[dict[str, Any]]) -> None:
    laid = laid_out(*events)
    rows, matches = Rows(laid), match_table(rule, laid, LAST)
    assert rule.match.sequence is not None
    for match in matches:
        assert broken_by(Chain(rows, rule.match.sequence, match)) is None
        why = Why(rule, rows, match, {})
        assert all(why.facts(step.step_id, rows.row(step.event)) for step in match.steps)
    matched = {step.event["event_id"] for match in matches for step in match.steps}
    groups = near_misses(rule, laid, LAST)
    for miss in (miss for group in groups for miss in group.nearest):
        assert matched.isdisjoint(one["event_id"] for _, one in miss.events)
        assert miss.told
        assert miss.away >= 0
