"""Why an event took a step, why others did not, and why the verdict."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.rules.rule_builders import LAST, event, gap, make_rule, make_sequence, meeting, table
from tests.rules.rule_zones import zone_of
from watch.rules.chain import Chain, Rows
from watch.rules.match import Match
from watch.rules.matcher import match_table
from watch.rules.model import Rule
from watch.rules.table import EventTable
from watch.rules.why import Fact, Why, broken_by

LOAD = {"id": "load", "event": "port_visit", "zone": {"country": "IR"}}
DARK = {"id": "dark", "event": "gap", "where": {"duration_h": ">=12h"}}
ARRIVE = {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}}
BERTH = {"id": "berth", "event": "port_visit", "zone": {"country": "VE"}, "optional": True}
CHINA = {"event": "port_visit", "zone": {"country": "CN"}}
VOYAGE = [
    event("port_visit", "2020-01-10", "ir_kharg"),
    gap("2020-01-20", hours=30),
    event("port_visit", "2020-03-01", "ve_el_palito"),
]


def rule_of(*steps: dict[str, Any], within: str = "120d", **more: Any) -> Rule:
    head = {name: more.pop(name) for name in ("unknown_if", "vessel") if name in more}
    return make_rule(make_sequence(list(steps or (LOAD, DARK, ARRIVE)), within, **more), **head)


def why_of(rule: Rule, *events: dict[str, Any], as_of: pd.Timestamp = LAST) -> Why:
    """Return the explanation of the first match, with the others called by the day on which they began."""
    laid = EventTable(table(*events), zone_of)
    first, *rest = match_table(rule, laid, as_of)
    others = {
        str(s.event["event_id"]): f"the match of {m.steps[0].event['start_at']:%m-%d}" for m in rest for s in m.steps
    }
    return Why(rule, Rows(laid), first, others)


def whys(why: Why, step_id: str) -> list[str]:
    return [other.why for other in why.left_out(step_id)]


EITHER = {"id": "load", "any_of": [{"event": "port_visit", "zone": {"country": "IR"}}, {"event": "loitering"}]}
LEFT_OUT: dict[str, tuple[Rule, list[dict[str, Any]], str, list[str]]] = {
    "an_earlier_call": (
        rule_of(),
        [event("port_visit", "2020-01-02", "ir_kharg")],
        "load",
        ["it began earlier; the last load before dark counts"],
    ),
    "a_later_call_after_the_silence": (
        rule_of(),
        [event("port_visit", "2020-01-30", "ir_kharg")],
        "load",
        ["it began after dark"],
    ),
    "an_alternative_written_later": (
        rule_of(EITHER, DARK, ARRIVE),
        [event("loitering", "2020-01-15")],
        "load",
        ["it fits an alternative that is written later; the first written counts"],
    ),
    "a_later_silence": (
        rule_of(),
        [gap("2020-02-10", hours=15)],
        "dark",
        ["it began later; the first dark after load counts"],
    ),
    "a_silence_before_the_call": (rule_of(), [gap("2020-01-05", hours=15)], "dark", ["it began before load"]),
    "a_silence_after_the_arrival": (rule_of(), [gap("2020-03-05", hours=15)], "dark", ["it began after arrive"]),
    "a_later_arrival": (
        rule_of(),
        [event("port_visit", "2020-03-09", "ve_jose")],
        "arrive",
        ["it began later; what ends first counts"],
    ),
    "an_arrival_too_late": (
        rule_of(within="60d"),
        [event("port_visit", "2020-03-19", "ve_jose")],
        "arrive",
        ["arrive came 69 d after load then, needs <= 60 d"],
    ),
    "a_call_too_long_before": (
        rule_of(LOAD, {**DARK, "within": "12d"}, ARRIVE),
        [event("port_visit", "2020-01-02", "ir_kharg")],
        "load",
        ["dark came 18 d after load then, needs <= 12 d"],
    ),
    "something_forbidden_lay_between": (
        rule_of(**{"not": [{**CHINA, "between": ["load", "arrive"]}]}),
        [event("port_visit", "2020-01-02", "ir_kharg"), event("port_visit", "2020-01-05", "cn_qingdao")],
        "load",
        ["port_visit at cn_qingdao on 2020-01-05 lies between load and arrive then, which `not` forbids"],
    ),
    "something_needed_did_not": (
        rule_of(having=[{**CHINA, "between": ["load", "dark"]}]),
        [event("port_visit", "2020-01-15", "cn_qingdao"), gap("2020-01-12", hours=15)],
        "dark",
        ["0 port_visit in a zone with country CN between load and dark then, needs 1 or more"],
    ),
    "it_took_another_step": (
        rule_of(LOAD, DARK, ARRIVE, BERTH),
        [event("port_visit", "2020-03-09", "ve_jose")],
        "arrive",
        ["it took the step berth"],
    ),
    "it_is_doubtful": (
        rule_of(unknown_if={"coverage": "lost"}),
        [gap("2020-01-15", hours=15, coverage="lost")],
        "dark",
        ["coverage was lost, which the rule calls doubtful"],
    ),
}


@pytest.mark.parametrize(("rule", "events", "step_id", "expected"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_why_another_event_did_not_take_a_step(
    rule: Rule, events: list[dict[str, Any]], step_id: str, expected: list[str]
) -> None:
    assert whys(why_of(rule, *VOYAGE, *events), step_id) == expected


def test_an_event_of_another_match_is_named_by_it() -> None:
    again = [
        event("port_visit", "2020-03-20", "ir_kharg"),
        gap("2020-03-25", hours=30),
        event("port_visit", "2020-04-20", "ve_jose"),
    ]
    why = why_of(rule_of(), *VOYAGE, *again)
    assert [whys(why, step) for step in ("load", "dark", "arrive")] == [["it stands in the match of 03-20"]] * 3


def test_what_was_asked_of_each_event() -> None:
    why = why_of(rule_of(vessel={"type": "tanker", "flag": "LR"}), *VOYAGE)
    facts = {step.step_id: why.facts(step.step_id, why.rows.row(step.event)) for step in why.match.steps}
    assert facts == {
        "load": [
            Fact("zone", "a zone with country IR", "ir_kharg"),
            Fact("confidence", ">= 2", "4"),
            Fact("type", "tanker", "tanker"),
            Fact("flag", "LR at the first step", "LR"),
        ],
        "dark": [Fact("duration_h", ">= 12 h", "30 h")],
        "arrive": [Fact("zone", "a zone with country VE", "ve_el_palito"), Fact("confidence", ">= 2", "4")],
    }


def test_the_zone_is_the_one_that_fits_and_the_facts_those_of_the_alternative_that_does() -> None:
    rule = make_rule(
        {"any_of": [{"event": "gap", "zone": {"country": "VE"}}, {"event": "gap", "zone": {"kind": "sts"}}]}
    )
    why = why_of(rule, gap("2020-01-20", ["ae_12nm", "ae_fujairah_anch"]))
    assert why.facts("event", 0) == [Fact("zone", "a zone of kind sts", "ae_fujairah_anch")]


EARLY = {"early": {"after": "dark", "level": "low"}}
VERDICTS: dict[str, tuple[Rule, list[dict[str, Any]], pd.Timestamp, list[str]]] = {
    "match": (
        rule_of(**{"not": [{**CHINA, "between": ["load", "arrive"]}]}),
        VOYAGE,
        LAST,
        [
            "arrive came 51 d after load, needs <= 120 d",
            "no port_visit in a zone with country CN between load and arrive",
        ],
    ),
    "match_that_needs_something_besides": (
        rule_of(having=[{"event": "encounter", "before": "load", "lasting": "30d"}]),
        [meeting("2020-01-01", "my_eopl"), *VOYAGE],
        LAST,
        ["arrive came 51 d after load, needs <= 120 d", "1 encounter in the 30 d before load (needs 1 or more)"],
    ),
    "early": (
        rule_of(**EARLY),
        VOYAGE[:2],
        pd.Timestamp("2020-02-01T00:00Z"),
        [
            "waits for arrive until 2020-05-09 00:00 UTC; the data's clock stands at 2020-02-01 00:00 UTC",
            "dark came 10 d after load, needs <= 120 d",
        ],
    ),
    "lapsed_with_time": (
        rule_of(**EARLY),
        VOYAGE[:2],
        LAST,
        ["arrive did not come until 2020-05-09 00:00 UTC", "dark came 10 d after load, needs <= 120 d"],
    ),
    "lapsed_by_what_not_forbids": (
        rule_of(**EARLY, **{"not": [{**CHINA, "between": ["load", "arrive"]}]}),
        [*VOYAGE[:2], event("port_visit", "2020-02-01", "cn_qingdao")],
        LAST,
        [
            "port_visit at cn_qingdao on 2020-02-01 came after load and before arrive, which `not` rules out",
            "dark came 10 d after load, needs <= 120 d",
        ],
    ),
    "lapsed_by_until": (
        rule_of(**EARLY, until=CHINA),
        [*VOYAGE[:2], event("port_visit", "2020-02-01", "cn_qingdao")],
        LAST,
        [
            "port_visit at cn_qingdao on 2020-02-01 came after load and before arrive, which `until` rules out",
            "dark came 10 d after load, needs <= 120 d",
        ],
    ),
    "unknown": (
        rule_of(unknown_if={"coverage": "lost"}),
        [VOYAGE[0], gap("2020-01-20", hours=30, coverage="lost"), VOYAGE[2]],
        LAST,
        ["dark: coverage was lost, so nobody can tell", "arrive came 51 d after load, needs <= 120 d"],
    ),
    "count": (
        make_rule({"count": {"event": "gap", "min": 2, "within": "7d"}}),
        [gap("2020-01-20"), gap("2020-01-23")],
        LAST,
        ["2 events in 3.0 d, needs 2 events in any 7 d"],
    ),
    "single": (make_rule({"event": "gap"}), [gap("2020-01-20")], LAST, []),
}


@pytest.mark.parametrize(("rule", "events", "as_of", "expected"), VERDICTS.values(), ids=VERDICTS)
def test_why_the_verdict(rule: Rule, events: list[dict[str, Any]], as_of: pd.Timestamp, expected: list[str]) -> None:
    assert why_of(rule, *events, as_of=as_of).verdict() == expected


def test_what_fitted_a_step_that_has_not_come() -> None:
    why = why_of(rule_of(**EARLY), *VOYAGE[:2], event("port_visit", "2020-06-01", "ve_jose"))
    assert [other.why for other in why.missed("arrive")] == ["arrive came 143 d after load then, needs <= 120 d"]


def test_what_ends_as_a_span_begins_does_not_reach_into_it() -> None:
    rule = rule_of(**{"not": [{**CHINA, "before": "load", "lasting": "2d", "overlap": True}]})
    ends_there = event("port_visit", "2020-01-07T23:00", "cn_qingdao", hours=1)
    why = why_of(rule, *VOYAGE, ends_there)
    assert broken_by(chain_of(why, why.match)) is None
    one_later = event("port_visit", "2020-01-07T23:30", "cn_qingdao", hours=1)
    laid = EventTable(table(*VOYAGE, one_later), zone_of)
    (match,) = match_table(rule_of(), laid, LAST)
    assert broken_by(Chain(Rows(laid), rule.match.sequence, match)) == (
        "port_visit at cn_qingdao on 2020-01-07 lies in the 48 h before load then, which `not` forbids"
    )


def chain_of(why: Why, match: Match) -> Chain:
    assert why.rule.match.sequence is not None
    return Chain(why.rows, why.rule.match.sequence, match)
