"""A sequence of one required step, with what must or must not lie beside it: loaded, and called nowhere since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.rules.rule_builders import DARK, LOAD, at, days, event, gap, make_rule, make_sequence, run
from tests.rules.rule_texts import folder_of, rule_text
from tests.rules.rule_zones import ZONES
from watch.rules.loader import load_rules

CALL = {"event": "port_visit"}
NOWHERE = {"not": [{**CALL, "after": "load", "lasting": "30d"}]}
LOADED = event("port_visit", "2020-03-01", "ir_kharg", hours=40.0)


def call(day: str, zone: str = "ae_fujairah_anch") -> dict[str, Any]:
    return event("port_visit", day, zone)


# spans → the rest of what was seen, how far the data goes, the days on which a match loads
CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str, list[str]]] = {
    "nothing_came": (NOWHERE, [], "2020-04-10", ["03-01"]),
    "the_thirty_days_are_not_over": (NOWHERE, [], "2020-03-31", []),
    "a_moment_later": (NOWHERE, [], "2020-03-31T00:00:00.000001", ["03-01"]),
    "it_came": (NOWHERE, [call("2020-03-10")], "2020-06-01", []),
    "it_came_at_the_last_moment": (NOWHERE, [call("2020-03-31")], "2020-06-01", []),
    "it_came_too_late": (NOWHERE, [call("2020-03-31T00:01")], "2020-06-01", ["03-01"]),
    "it_came_before": (NOWHERE, [call("2020-02-20")], "2020-06-01", ["03-01"]),
    "it_loads_again_after_a_week": (NOWHERE, [call("2020-03-08", "ir_kharg")], "2020-06-01", ["03-08"]),
    "it_loads_again_after_two_months": (NOWHERE, [call("2020-05-01", "ir_kharg")], "2020-07-01", ["03-01", "05-01"]),
    "not_before_and_it_did_not": ({"not": [{**CALL, "before": "load", "lasting": "30d"}]}, [], "2020-03-02", ["03-01"]),
    "not_before_and_it_did": (
        {"not": [{**CALL, "before": "load", "lasting": "30d"}]},
        [call("2020-02-20")],
        "2020-03-02",
        [],
    ),
    "having_after_and_it_came": (
        {"having": [{"event": "gap", "after": "load", "lasting": "5d"}]},
        [gap("2020-03-05")],
        "2020-03-06",
        ["03-01"],
    ),
    "having_after_and_it_did_not": (
        {"having": [{"event": "gap", "after": "load", "lasting": "5d"}]},
        [],
        "2020-06-01",
        [],
    ),
}


@pytest.mark.parametrize("spans,seen,clock,expected", CASES.values(), ids=CASES.keys())
def test_one_step_and_what_lies_beside_it(
    spans: dict[str, Any], seen: list[dict[str, Any]], clock: str, expected: list[str]
) -> None:
    found = run(make_rule(make_sequence([LOAD], "30d", **spans)), LOADED, *seen, as_of=at(clock))
    assert [days(m) for m in found] == [{"load": day} for day in expected]
    assert {m.verdict for m in found} <= {"match"}


def test_an_optional_step_is_told_beside_the_one() -> None:
    steps = [{**DARK, "optional": True}, LOAD]
    (match,) = run(make_rule(make_sequence(steps, "30d", **NOWHERE)), LOADED, gap("2020-02-20"))
    assert days(match) == {"dark": "02-20", "load": "03-01"}


EARLY = make_rule(make_sequence([LOAD], "30d", early={"after": "load", "level": "low"}, **NOWHERE))
VERDICTS = {
    "while_the_clock_must_tell": ([], "2020-03-10", ("early", "low")),
    "when_nothing_came": ([], "2020-04-10", ("match", "high")),
    "when_it_came": ([call("2020-03-08")], "2020-03-10", ("lapsed", "low")),
}


@pytest.mark.parametrize("seen,clock,expected", VERDICTS.values(), ids=VERDICTS.keys())
def test_one_step_may_speak_early(seen: list[Any], clock: str, expected: tuple[str, str]) -> None:
    assert [(m.verdict, m.level) for m in run(EARLY, LOADED, *seen, as_of=at(clock))] == [expected]


ONE = "match:\n  sequence:\n    within: 30d\n    steps: [{id: load, event: port_visit, zone: {country: IR}}]\n"
TOO_FEW = "match.sequence.steps: needs two required steps, or one"
# what follows the one step → how the fault begins, empty where there is none
FAULTS = {
    "nothing_after": ("    not: [{event: port_visit, after: load, lasting: 30d}]", ""),
    "nothing_before": ("    not: [{event: port_visit, before: load, lasting: 30d}]", ""),
    "something_after": ("    having: [{event: gap, after: load, lasting: 5d}]", ""),
    "alone": ("", TOO_FEW),
    "with_an_end_only": ("    until: {event: gap}", TOO_FEW),
    "by_cargo": ("    by: cargo", TOO_FEW),
}


@pytest.mark.parametrize("beside,expected", FAULTS.values(), ids=FAULTS.keys())
def test_check_of_one_step(beside: str, expected: str, tmp_path: Path) -> None:
    root = folder_of(tmp_path, a_rule=rule_text("a-rule", ONE + beside))
    faults = [str(fault).split(": ", 1)[1] for fault in load_rules(root, ZONES).faults]
    assert [fault[: len(expected)] for fault in faults] == ([expected] if expected else [])
