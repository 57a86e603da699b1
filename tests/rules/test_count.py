"""Counting events within a time, and single events that are one alert together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.rule_builders import called, event, gap, make_rule, met, run, silent


def count(event_kind: str = "gap", **more: Any) -> dict[str, Any]:
    return {"count": {"event": event_kind, "min": 3, "within": "30d", **more}}


def crowds(rule_match: dict[str, Any], *events: dict[str, Any], **more: Any) -> list[list[str]]:
    """Return the days of the events of each match."""
    return [
        [f"{step.event['start_at']:%m-%d}" for step in m.steps] for m in run(make_rule(rule_match, **more), *events)
    ]


def gaps(*days: str) -> list[dict[str, Any]]:
    return [gap(f"2020-{day}") for day in days]


CASES: dict[str, tuple[list[str], list[list[str]]]] = {
    "too_few": (["01-01", "01-10"], []),
    "enough": (["01-01", "01-10", "01-20"], [["01-01", "01-10", "01-20"]]),
    "first_and_last_exactly_within": (["01-01", "01-10", "01-31"], [["01-01", "01-10", "01-31"]]),
    "a_minute_too_late": (["01-01", "01-10", "01-31T00:01"], []),
    "windows_that_share_an_event_are_one": (
        ["01-01", "01-10", "01-20", "02-05", "02-15"],
        [["01-01", "01-10", "01-20", "02-05", "02-15"]],
    ),
    "windows_apart_are_two": (
        ["01-01", "01-10", "01-20", "06-01", "06-02", "06-03"],
        [["01-01", "01-10", "01-20"], ["06-01", "06-02", "06-03"]],
    ),
    "windows_next_to_each_other_without_a_shared_event": (
        ["01-01", "01-02", "01-03", "02-25", "02-26", "02-27"],
        [["01-01", "01-02", "01-03"], ["02-25", "02-26", "02-27"]],
    ),
    "those_outside_any_window_are_left_out": (
        ["01-01", "03-01", "03-02", "03-03", "06-01"],
        [["03-01", "03-02", "03-03"]],
    ),
    "at_one_moment": (["01-01T00:00", "01-01T00:00:00", "01-01"], [["01-01", "01-01", "01-01"]]),
}


@pytest.mark.parametrize("seen,expected", CASES.values(), ids=CASES.keys())
def test_events_within_a_time(seen: list[str], expected: list[list[str]]) -> None:
    assert crowds(count(), *gaps(*seen)) == expected


def test_each_ship_is_counted_alone() -> None:
    seen = [silent("2020-01-01", "A"), silent("2020-01-02", "B"), silent("2020-01-03", "A")]
    assert crowds(count(), *seen) == []


def test_identity_is_that_of_the_first_event_and_stays_as_more_come() -> None:
    (first,) = run(make_rule(count()), *gaps("01-01", "01-10", "01-20"))
    (later,) = run(make_rule(count()), *gaps("01-01", "01-10", "01-20", "02-10", "02-12"))
    assert first.anchor_id == later.anchor_id == first.steps[0].event["event_id"]
    assert len(later.steps) == 5


def test_counted_events_have_the_name_of_the_count() -> None:
    (match,) = run(make_rule(count(id="silence")), *gaps("01-01", "01-10", "01-20"))
    assert {step.step_id for step in match.steps} == {"silence"}


def test_a_meeting_counts_for_both_ships() -> None:
    seen = [met(f"2020-01-0{day}", "AB") for day in (1, 2, 3)]
    matches = run(make_rule(count("encounter")), *seen)
    assert sorted(m.vessel_id for m in matches) == ["A", "B"]


DISTINCT: dict[str, tuple[dict[str, Any], list[dict[str, Any]], int]] = {
    "three_zones": (
        count("port_visit", distinct="zone"),
        [called(f"2020-01-0{i}", "A", zone) for i, zone in enumerate(("ir_kharg", "ve_jose", "kp_nampo"), 1)],
        1,
    ),
    "one_zone_three_times": (
        count("port_visit", distinct="zone"),
        [called(f"2020-01-0{i}", "A", "ir_kharg") for i in (1, 2, 3)],
        0,
    ),
    "three_zones_among_more_calls": (
        count("port_visit", distinct="zone"),
        [
            called(f"2020-01-{i:02}", "A", zone)
            for i, zone in enumerate(("ir_kharg", "ir_kharg", "ve_jose", "ir_kharg", "kp_nampo"), 1)
        ],
        1,
    ),
    "three_zones_too_far_apart": (
        count("port_visit", distinct="zone"),
        [called(f"2020-0{i}-01", "A", zone) for i, zone in enumerate(("ir_kharg", "ve_jose", "kp_nampo"), 1)],
        0,
    ),
    "the_zone_that_is_meant_not_the_first_one": (
        count("gap", min=2, distinct="zone", zone={"kind": "sts"}),
        [gap("2020-01-01", ["om_12nm", "om_sohar_sts"]), gap("2020-01-02", ["ae_12nm", "om_sohar_sts"])],
        0,
    ),
    "events_in_no_zone_are_no_place": (count("gap", min=2, distinct="zone"), gaps("01-01", "01-02", "01-03"), 0),
    "three_partners": (
        count("encounter", distinct="partner"),
        [met(f"2020-01-0{i}", f"A{other}") for i, other in enumerate("BCD", 1)],
        1,
    ),
    "two_partners_three_times": (
        count("encounter", distinct="partner"),
        [met(f"2020-01-0{i}", f"A{other}") for i, other in enumerate("BCB", 1)],
        0,
    ),
    "partners_known_by_radio_alone": (
        count("encounter", distinct="partner"),
        [met(f"2020-01-0{i}", f"A{other}", other_vessel_id=None, other_imo=None) for i, other in enumerate("BCD", 1)],
        1,
    ),
    "three_days": (count("gap", distinct="day"), gaps("01-01T23:59", "01-02T00:00", "01-03"), 1),
    "three_times_on_two_days": (count("gap", distinct="day"), gaps("01-01", "01-02T01:00", "01-02T23:59"), 0),
}


@pytest.mark.parametrize("rule_match,seen,found", DISTINCT.values(), ids=DISTINCT.keys())
def test_different_zones_partners_and_days(rule_match: dict[str, Any], seen: list[Any], found: int) -> None:
    assert len(run(make_rule(rule_match), *seen)) == found


DOUBT = {"unknown_if": {"coverage": "lost"}}


def test_a_count_that_needs_doubtful_events_is_unknown() -> None:
    seen = [*gaps("01-01", "01-10"), gap("2020-01-20", coverage="lost")]
    (match,) = run(make_rule(count(), **DOUBT), *seen)
    assert (match.verdict, match.level, len(match.steps)) == ("unknown", "informational", 3)


def test_a_sure_count_leaves_doubtful_events_out() -> None:
    seen = [*gaps("01-01", "01-10", "01-20"), gap("2020-01-15", coverage="lost")]
    (match,) = run(make_rule(count(), **DOUBT), *seen)
    assert (match.verdict, len(match.steps)) == ("match", 3)


def test_a_doubtful_count_far_from_a_sure_one_is_told_beside_it() -> None:
    seen = [*gaps("01-01", "01-10", "01-20"), *(gap(f"2020-07-0{day}", coverage="lost") for day in (1, 2, 3))]
    assert [m.verdict for m in run(make_rule(count(), **DOUBT), *seen)] == ["match", "unknown"]


def test_the_ship_is_asked_at_each_counted_event() -> None:
    rule = make_rule(count(), vessel={"flag": "LR"})
    seen = [gap("2020-01-01"), gap("2020-01-02", flag="PA"), gap("2020-01-03")]
    assert run(rule, *seen) == []


def test_unknown_single_event() -> None:
    rule = make_rule({"event": "gap"}, unknown_if={"coverage": ["lost", "unknown"]})
    verdicts = [m.verdict for m in run(rule, gap("2020-01-01", coverage="unknown"), gap("2020-01-09"))]
    assert verdicts == ["unknown", "match"]


def test_group_within_makes_calls_close_together_one_alert() -> None:
    rule = make_rule({"event": "port_visit", "zone": {"country": "KP"}}, alert={"group_within": "7d"})
    calls = [event("port_visit", f"2020-01-{day}", "kp_nampo") for day in ("01", "05", "11", "25")]
    matches = run(rule, *calls)
    assert [len(m.steps) for m in matches] == [3, 1]
    assert run(rule, *calls[:1])[0].anchor_id == matches[0].anchor_id
