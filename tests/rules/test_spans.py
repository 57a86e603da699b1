"""What must or must not lie beside the steps, what ends a sequence, and how far steps may lie apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.rule_builders import (
    ARRIVE,
    DARK,
    LAST,
    LOAD,
    at,
    days,
    event,
    gap,
    make_rule,
    make_sequence,
    meeting,
    run,
)

CALL_IN_CW = {"event": "port_visit", "zone": {"country": "CW"}}
OPTIONAL_DARK = {**DARK, "optional": True}


def call(day: str, zone: str = "cw_bullenbaai", hours: float = 1.0) -> dict[str, Any]:
    return event("port_visit", day, zone, hours=hours)


LOADED, ARRIVED = call("2020-01-10", "ir_kharg"), call("2020-02-15", "ve_jose")


def fits(spans: dict[str, Any], *seen: dict[str, Any]) -> int:
    """Return how many voyages from Iran to Venezuela fit, with other events seen."""
    return len(run(make_rule(make_sequence([LOAD, ARRIVE], **spans)), LOADED, ARRIVED, *seen))


BEFORE = {"not": [{**CALL_IN_CW, "before": "load", "lasting": "5d"}]}
OVER = {"not": [{**CALL_IN_CW, "between": ["load", "arrive"], "overlap": True}]}
OVER_BEFORE = {"not": [{**CALL_IN_CW, "before": "load", "lasting": "5d", "overlap": True}]}
TWO_CALLS = {"having": [{**CALL_IN_CW, "between": ["load", "arrive"], "min": 2}]}
CALL_BEFORE = {"having": [{**CALL_IN_CW, "before": "load", "lasting": "5d"}]}
ANY_CALL = {"having": [{"event": "port_visit", "between": ["load", "arrive"]}]}
UNTIL = {"until": CALL_IN_CW}

CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], int]] = {
    "not_before_nothing_came": (BEFORE, [], 1),
    "not_before_it_came": (BEFORE, [call("2020-01-07")], 0),
    "not_before_it_came_at_the_first_moment": (BEFORE, [call("2020-01-05")], 0),
    "not_before_it_came_earlier": (BEFORE, [call("2020-01-04T23:59")], 1),
    "not_before_it_came_with_the_step": (BEFORE, [call("2020-01-10")], 1),
    "starts_alone_count_without_overlap": (BEFORE, [call("2020-01-04", hours=240)], 1),
    "overlap_begun_before_the_first_step": (OVER, [call("2020-01-09", hours=48)], 0),
    "overlap_over_when_the_first_step_begins": (OVER, [call("2020-01-09", hours=24)], 1),
    "overlap_begins_inside": (OVER, [call("2020-02-14", hours=240)], 0),
    "overlap_begins_with_the_last_step": (OVER, [call("2020-02-15")], 1),
    "overlap_not_over_yet": (OVER, [event("port_visit", "2020-01-01", "cw_bullenbaai", hours=None)], 0),
    "overlap_before_reaches_in": (OVER_BEFORE, [call("2020-01-04", hours=25)], 0),
    "overlap_before_ends_as_that_time_begins": (OVER_BEFORE, [call("2020-01-04", hours=24)], 1),
    "having_enough": (TWO_CALLS, [call("2020-01-20"), call("2020-01-25")], 1),
    "having_too_few": (TWO_CALLS, [call("2020-01-20")], 0),
    "having_one_of_two_outside": (TWO_CALLS, [call("2020-01-20"), call("2020-01-09")], 0),
    "having_before": (CALL_BEFORE, [call("2020-01-05")], 1),
    "having_before_too_early": (CALL_BEFORE, [call("2020-01-04")], 0),
    "having_does_not_count_the_steps": (ANY_CALL, [], 0),
    "until_comes_between": (UNTIL, [call("2020-01-20")], 0),
    "until_comes_before_and_after": (UNTIL, [call("2020-01-09"), call("2020-02-16")], 1),
    "until_comes_with_the_last_step": (UNTIL, [call("2020-02-15")], 1),
}


@pytest.mark.parametrize("spans,seen,expected", CASES.values(), ids=CASES.keys())
def test_beside_a_voyage(spans: dict[str, Any], seen: list[dict[str, Any]], expected: int) -> None:
    assert fits(spans, *seen) == expected


def test_after_what_ends_it_a_sequence_may_begin_again() -> None:
    again = call("2020-01-25", "ir_kharg")
    (match,) = run(make_rule(make_sequence([LOAD, ARRIVE], **UNTIL)), LOADED, call("2020-01-20"), again, ARRIVED)
    assert days(match) == {"load": "01-25", "arrive": "02-15"}


AFTER = {"not": [{**CALL_IN_CW, "after": "arrive", "lasting": "30d"}]}
AFTER_RULE = make_rule(make_sequence([LOAD, ARRIVE], **AFTER))
CLOCK = {
    "as_it_arrives": ("2020-02-15", [], 0),
    "at_the_last_moment_of_that_time": ("2020-03-16", [], 0),
    "a_moment_later": ("2020-03-16T00:00:00.000001", [], 1),
    "forbidden_came": ("2020-06-01", [call("2020-03-01")], 0),
    "forbidden_came_at_the_last_moment": ("2020-06-01", [call("2020-03-16")], 0),
    "forbidden_came_later": ("2020-06-01", [call("2020-03-16T00:00:01")], 1),
    "forbidden_came_with_the_step": ("2020-06-01", [call("2020-02-15")], 1),
}


@pytest.mark.parametrize("clock,seen,expected", CLOCK.values(), ids=CLOCK.keys())
def test_absence_afterwards_is_known_when_its_time_is_over(clock: str, seen: list[Any], expected: int) -> None:
    assert len(run(AFTER_RULE, LOADED, ARRIVED, *seen, as_of=at(clock))) == expected


HAVING_AFTER = make_rule(make_sequence([LOAD, ARRIVE], having=[{**CALL_IN_CW, "after": "arrive", "lasting": "30d"}]))


@pytest.mark.parametrize("day,expected", [("2020-02-16", 1), ("2020-03-16", 1), ("2020-03-17", 0)])
def test_what_must_come_afterwards_is_known_as_it_comes(day: str, expected: int) -> None:
    assert len(run(HAVING_AFTER, LOADED, ARRIVED, call(day), as_of=at(day))) == expected


def early(after: str, spans: dict[str, Any], steps: list[dict[str, Any]] | None = None) -> Any:
    head = make_sequence(steps or [LOAD, DARK, ARRIVE], early={"after": after, "level": "low"}, **spans)
    return make_rule(head)


WENT_DARK = gap("2020-01-12")
VERDICTS: dict[str, tuple[Any, list[dict[str, Any]], str, list[str]]] = {
    "arrived_and_the_clock_must_tell": (early("dark", AFTER), [LOADED, WENT_DARK, ARRIVED], "2020-03-01", ["early"]),
    "arrived_and_nothing_came": (early("dark", AFTER), [LOADED, WENT_DARK, ARRIVED], "2020-03-17", ["match"]),
    "arrived_and_it_came": (
        early("dark", AFTER),
        [LOADED, WENT_DARK, ARRIVED, call("2020-03-01")],
        "2020-05-15",
        ["lapsed"],
    ),
    "arrived_late_and_the_clock_must_tell_when_within_is_over": (
        early("dark", AFTER),
        [LOADED, WENT_DARK, call("2020-05-08", "ve_jose")],
        "2020-05-20",
        ["early"],
    ),
    "the_last_step_may_be_the_early_one": (
        early("arrive", AFTER),
        [LOADED, WENT_DARK, ARRIVED],
        "2020-03-16",
        ["early"],
    ),
    "the_early_one_was_the_last_and_it_came": (
        early("arrive", AFTER),
        [LOADED, WENT_DARK, ARRIVED, call("2020-03-01")],
        "2020-03-02",
        ["lapsed"],
    ),
    "what_ends_it_came": (early("dark", UNTIL), [LOADED, WENT_DARK, call("2020-01-20")], "2020-01-21", ["lapsed"]),
    "what_ends_it_came_too_late": (
        early("dark", UNTIL),
        [LOADED, WENT_DARK, ARRIVED, call("2020-02-20")],
        "2020-02-21",
        ["match"],
    ),
    "what_must_come_afterwards_did_not": (
        early("dark", {"having": [{**CALL_IN_CW, "after": "dark", "lasting": "5d"}]}),
        [LOADED, WENT_DARK],
        "2020-01-18",
        ["lapsed"],
    ),
}


@pytest.mark.parametrize("rule,seen,clock,expected", VERDICTS.values(), ids=VERDICTS.keys())
def test_early_alerts_wait_for_spans(rule: Any, seen: list[Any], clock: str, expected: list[str]) -> None:
    assert [m.verdict for m in run(rule, *seen, as_of=at(clock))] == expected


def test_an_early_alert_stays_the_same_one_while_the_clock_must_tell() -> None:
    seen = [LOADED, WENT_DARK, ARRIVED]
    clocks = [at(day) for day in ("2020-01-15", "2020-03-01", "2020-03-17")]
    assert len({run(early("dark", AFTER), *seen, as_of=clock)[0].anchor_id for clock in clocks}) == 1


SOON = [LOAD, OPTIONAL_DARK, {**ARRIVE, "within": "36d"}]
STEP_LIMITS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], int]] = {
    "exactly_within": (SOON, [], 1),
    "a_minute_too_late": ([LOAD, {**ARRIVE, "within": "51839min"}], [], 0),
    "an_optional_step_between_does_not_count": (SOON, [gap("2020-01-20")], 1),
    "counted_from_the_required_step_before": ([LOAD, DARK, {**ARRIVE, "within": "10d"}], [gap("2020-02-06")], 1),
    "too_long_after_the_required_step_before": ([LOAD, DARK, {**ARRIVE, "within": "10d"}], [gap("2020-02-04")], 0),
    "a_later_step_before_serves": (
        [LOAD, DARK, {**ARRIVE, "within": "10d"}],
        [gap("2020-02-01"), gap("2020-02-10")],
        1,
    ),
}


@pytest.mark.parametrize("steps,seen,expected", STEP_LIMITS.values(), ids=STEP_LIMITS.keys())
def test_longest_time_since_the_step_before(steps: list[Any], seen: list[Any], expected: int) -> None:
    assert len(run(make_rule(make_sequence(steps)), LOADED, ARRIVED, *seen)) == expected


def test_early_lapses_when_the_next_step_is_too_late() -> None:
    rule = early("dark", {}, [LOAD, DARK, {**ARRIVE, "within": "10d"}])
    waits, lapsed = (run(rule, LOADED, WENT_DARK, as_of=at(day)) for day in ("2020-01-22", "2020-01-23"))
    assert [m.verdict for m in (*waits, *lapsed)] == ["early", "lapsed"]
    assert waits[0].until_at == lapsed[0].until_at == at("2020-01-22")


TANGLED = [
    call("2020-01-01", "ir_kharg"),
    gap("2020-01-05"),
    call("2020-01-10", "ir_kharg"),
    call("2020-02-15", "ve_jose"),
    gap("2020-02-20"),
    call("2020-03-15", "ve_jose"),
]


@pytest.mark.parametrize(
    "after_match,expected", [("past_last_step", ["01-01"]), ("past_first_step", ["01-01", "01-10"])]
)
def test_where_the_search_goes_on(after_match: str, expected: list[str]) -> None:
    rule = make_rule(make_sequence([LOAD, DARK, ARRIVE], after_match=after_match))
    assert [days(m)["load"] for m in run(rule, *TANGLED)] == expected


def test_an_optional_step_is_sought_no_earlier_than_within() -> None:
    steps = [{**DARK, "optional": True}, LOAD]
    rule = make_rule(make_sequence(steps, "30d", **{"not": [{**CALL_IN_CW, "after": "load", "lasting": "200d"}]}))
    found = [run(rule, gap(day), LOADED, as_of=LAST)[0] for day in ("2019-12-11", "2019-12-10")]
    assert [m.unfilled for m in found] == [(), ("dark",)]


UNKNOWN = make_rule(make_sequence([DARK, ARRIVE]), unknown_if={"coverage": "lost"})


def test_unknown_is_told_but_informational() -> None:
    (match,) = run(UNKNOWN, gap("2020-01-05", coverage="lost"), ARRIVED)
    assert (match.verdict, match.level) == ("unknown", "informational")


def test_sure_evidence_beats_unknown() -> None:
    (match,) = run(UNKNOWN, gap("2020-01-05"), gap("2020-01-20", coverage="lost"), ARRIVED)
    assert (match.verdict, days(match)) == ("match", {"dark": "01-05", "arrive": "02-15"})


def test_unknown_optional_step_does_not_make_a_match_unknown() -> None:
    rule = make_rule(make_sequence([LOAD, OPTIONAL_DARK, ARRIVE]), unknown_if={"coverage": "lost"})
    (match,) = run(rule, LOADED, gap("2020-01-20", coverage="lost"), ARRIVED)
    assert (match.verdict, match.unfilled) == ("match", ("dark",))


LEANS = make_rule(
    make_sequence([LOAD, ARRIVE], having=[{"event": "gap", "between": ["load", "arrive"]}]),
    unknown_if={"coverage": "lost"},
)


@pytest.mark.parametrize("coverage,verdict", [("heard", "match"), ("lost", "unknown")])
def test_what_must_have_happened_may_be_doubtful(coverage: str, verdict: str) -> None:
    assert [m.verdict for m in run(LEANS, LOADED, ARRIVED, gap("2020-01-20", coverage=coverage))] == [verdict]


def test_a_doubtful_event_beside_a_sure_one_changes_nothing() -> None:
    seen = [gap("2020-01-20"), gap("2020-01-25", coverage="lost")]
    assert [m.verdict for m in run(LEANS, LOADED, ARRIVED, *seen)] == ["match"]


def test_what_must_not_happen_counts_even_when_it_is_doubtful() -> None:
    rule = make_rule(
        make_sequence([LOAD, ARRIVE], **{"not": [{"event": "gap", "between": ["load", "arrive"]}]}),
        unknown_if={"coverage": "lost"},
    )
    assert run(rule, LOADED, ARRIVED, gap("2020-01-20", coverage="lost")) == []


def test_a_meeting_of_both_ships_may_be_what_must_not_come() -> None:
    spans = {"not": [{"event": "encounter", "between": ["load", "arrive"]}]}
    assert fits(spans, meeting("2020-01-20", "my_eopl")) == 0
