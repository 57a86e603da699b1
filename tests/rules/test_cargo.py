"""Cargoes followed from ship to ship, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.rule_builders import (
    ARRIVE,
    CN,
    DARK,
    HANDED,
    IR,
    LOAD,
    LOST,
    NO_CALL,
    POSSIBLE,
    STS,
    called,
    days,
    landed,
    loaded,
    make_cargo,
    make_rule,
    met,
    run,
    ships,
    silent,
)


def chains(steps: list[dict[str, Any]], seen: list[dict[str, Any]], **more: Any) -> list[str]:
    """Return the ships of each chain, in order."""
    return [ships(m) for m in run(make_rule(make_cargo(steps, **more)), *seen)]


FIVE = [loaded(), *(met(f"2020-01-{10 + i}", pair) for i, pair in enumerate(("AB", "BC", "CD", "DE")))]
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "stays_on_one_ship": ([loaded(), landed("A")], {}, ["A"]),
    "passes_to_another": ([loaded(), met("2020-01-10", "AB"), landed("B")], {}, ["AB"]),
    "passes_in_a_meeting_told_by_the_other_ship": ([loaded(), met("2020-01-10", "BA"), landed("B")], {}, ["AB"]),
    "passes_over_five_hands": ([*FIVE, landed("E")], {}, ["ABCDE"]),
    "six_hands_are_too_many": ([*FIVE, met("2020-01-20", "EF"), landed("F")], {}, []),
    "no_more_hands_than_asked": ([*FIVE, landed("E")], {"hands": {"most": 4}}, []),
    "at_least_three": ([*FIVE[:3], landed("A"), landed("B"), landed("C")], {"hands": {"least": 3}}, ["ABC"]),
    "at_least_three_and_only_two": ([*FIVE[:2], landed("A"), landed("B")], {"hands": {"least": 3}}, []),
    "hand_over_before_loading": ([met("2019-12-20", "AB"), loaded(), landed("B")], {}, []),
    "hand_overs_in_the_wrong_order": (
        [loaded(), met("2020-01-12", "AB"), met("2020-01-10", "BC"), landed("C")],
        {},
        [],
    ),
    "hand_over_after_landing": ([loaded(), landed("B", "2020-01-05"), met("2020-01-10", "AB")], {}, []),
    "another_kind_of_meeting": ([loaded(), met("2020-01-10", "AB", looks_like="bunkering"), landed("B")], {}, []),
    "meetings_that_the_rule_names": (
        [loaded(), met("2020-01-10", "AB", kind="possible_encounter"), landed("B")],
        {"hands": POSSIBLE},
        ["AB"],
    ),
    "never_straight_back": (
        [loaded(), met("2020-01-10", "AB"), met("2020-01-12", "AB"), landed("A")],
        {"hands": {"least": 3}},
        [],
    ),
    "back_over_a_third_ship": (
        [loaded(), met("2020-01-10", "AB"), met("2020-01-12", "BC"), met("2020-01-14", "CA"), landed("A")],
        {"hands": {"least": 3}},
        ["ABCA"],
    ),
    "the_chain_that_ends_first": (
        [loaded(), met("2020-01-10", "AB"), landed("A"), landed("B", "2020-02-01")],
        {},
        ["AB"],
    ),
    "then_the_one_with_fewest_ships": (
        [loaded(), met("2020-01-10", "AB"), met("2020-01-11", "BC"), met("2020-01-12", "AC"), landed("C")],
        {},
        ["AC"],
    ),
    "split_to_two_ships_is_one_alert": (
        [loaded(), met("2020-01-10", "AB"), met("2020-01-11", "AC"), landed("B"), landed("C", "2020-03-02")],
        {},
        ["AB"],
    ),
    "too_late": ([loaded(), met("2020-01-10", "AB"), landed("B", "2020-05-02")], {}, []),
    "exactly_within": ([loaded(), met("2020-01-10", "AB"), landed("B", "2020-04-30")], {}, ["AB"]),
    "forbidden_on_the_second_ship": (
        [loaded(), met("2020-01-10", "AB"), called("2020-01-20", "B", "cw_bullenbaai"), landed("B")],
        NO_CALL,
        [],
    ),
    "forbidden_on_the_second_ship_before_it_had_the_cargo": (
        [loaded(), called("2020-01-05", "B", "cw_bullenbaai"), met("2020-01-10", "AB"), landed("B")],
        NO_CALL,
        ["AB"],
    ),
    "forbidden_on_the_first_ship_after_it_gave_it_away": (
        [loaded(), met("2020-01-10", "AB"), called("2020-01-20", "A", "cw_bullenbaai"), landed("B")],
        NO_CALL,
        ["AB"],
    ),
    "forbidden_together_with_another_step": (
        [loaded(), silent("2020-01-10", "A"), called("2020-01-10", "A", "cw_bullenbaai"), landed("A")],
        {**NO_CALL, "steps": [LOAD, DARK, ARRIVE]},
        [],
    ),
    "a_later_way_round_what_is_forbidden": (
        [
            loaded(),
            met("2020-01-10", "AB"),
            called("2020-01-12", "B", "cw_bullenbaai"),
            met("2020-01-20", "AB"),
            landed("B"),
        ],
        NO_CALL,
        ["AB"],
    ),
    "what_ends_it_comes": (
        [loaded(), met("2020-01-10", "AB"), called("2020-01-20", "B", "cw_bullenbaai"), landed("B")],
        {"until": {"event": "port_visit", "zone": {"country": "CW"}}},
        [],
    ),
    "over_a_port": (
        [loaded(), called("2020-01-20", "A", CN), called("2020-02-01", "B", CN), landed("B")],
        {"hands": LOST},
        ["AB"],
    ),
    "over_a_port_too_late": (
        [loaded(), called("2020-01-20", "A", CN), called("2020-02-20", "B", CN), landed("B")],
        {"hands": LOST},
        [],
    ),
    "over_a_port_the_other_called_before": (
        [loaded(), called("2020-01-20", "A", CN), called("2020-01-19", "B", CN), landed("B")],
        {"hands": LOST},
        [],
    ),
    "over_another_place": (
        [loaded(), called("2020-01-20", "A", CN), called("2020-01-25", "B", "cn_dalian"), landed("B")],
        {"hands": LOST},
        [],
    ),
    "over_the_port_of_loading": (
        [loaded(), called("2020-01-10", "B", IR), landed("B")],
        {"hands": {"lost_custody": {"event": "port_visit", "within": "30d"}}},
        ["AB", "B"],
    ),
    "over_two_ports_by_one_call_each": (
        [loaded(), *(called(f"2020-01-{i}", ship, CN) for i, ship in ((10, "A"), (15, "B"), (20, "C"))), landed("C")],
        {"hands": {**LOST, "least": 3}},
        ["ABC"],
    ),
    "a_step_longer_after_the_one_before_than_it_may": (
        [loaded(), silent("2020-01-05", "A"), met("2020-01-10", "AB"), landed("B", "2020-01-16")],
        {"steps": [LOAD, DARK, {**ARRIVE, "within": "10d"}]},
        [],
    ),
    "a_step_on_the_ship_that_holds_it_then": (
        [loaded(), met("2020-01-10", "AB"), silent("2020-01-12", "B"), landed("B")],
        {"steps": [LOAD, DARK, ARRIVE]},
        ["AB"],
    ),
    "a_step_on_the_ship_that_held_it_before": (
        [loaded(), met("2020-01-10", "AB"), silent("2020-01-12", "A"), landed("B")],
        {"steps": [LOAD, DARK, ARRIVE]},
        [],
    ),
    "a_step_that_hands_over": (
        [loaded(), met("2020-01-10", "AB"), landed("B"), landed("A", "2020-02-01")],
        {"steps": [LOAD, HANDED, ARRIVE]},
        ["AB"],
    ),
    "a_step_that_hands_over_in_a_meeting_that_else_would_not": (
        [loaded(), met("2020-01-08", "AB"), met("2020-01-10", "BC", kind="possible_encounter"), landed("C")],
        {"steps": [LOAD, {"id": "maybe", "event": "possible_encounter", "transfer": True}, ARRIVE]},
        ["ABC"],
    ),
    "a_meeting_may_be_a_step_and_the_hand_over": (
        [loaded(), met("2020-01-10", "AB"), landed("B")],
        {"steps": [LOAD, STS, ARRIVE]},
        ["AB"],
    ),
    "a_first_step_that_hands_over": ([met("2020-01-10", "AB"), landed("B")], {"steps": [HANDED, ARRIVE]}, ["AB"]),
}


@pytest.mark.parametrize("seen,more,expected", CASES.values(), ids=CASES.keys())
def test_ships_of_a_cargo(seen: list[dict[str, Any]], more: dict[str, Any], expected: list[str]) -> None:
    assert chains(**{"steps": [LOAD, ARRIVE], "seen": seen, **more}) == expected


TWO_LOADS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "the_last_before_it_goes_on": ([LOAD, ARRIVE], [met("2020-01-10", "AB"), landed("B")], ["01-05"]),
    "before_another_step": ([LOAD, DARK, ARRIVE], [silent("2020-01-10", "A"), landed("A")], ["01-05"]),
    "before_a_step_that_hands_over": ([LOAD, HANDED, ARRIVE], [met("2020-01-10", "AB"), landed("B")], ["01-05"]),
    "each_with_its_own_way": (
        [LOAD, ARRIVE],
        [met("2020-01-03", "AB"), landed("A"), landed("B", "2020-02-01")],
        ["01-01", "01-05"],
    ),
}


@pytest.mark.parametrize("steps,seen,expected", TWO_LOADS.values(), ids=TWO_LOADS.keys())
def test_two_loads_of_one_ship(steps: list[Any], seen: list[Any], expected: list[str]) -> None:
    found = run(make_rule(make_cargo(steps)), loaded(), loaded("2020-01-05"), *seen)
    assert [days(m)["load"] for m in found] == expected


def test_two_ships_that_hand_over_to_one_are_two_cargoes() -> None:
    seen = [met("2020-01-05", "AC"), met("2020-01-06", "BC"), met("2020-01-07", "BC"), landed("C")]
    found = run(make_rule(make_cargo([HANDED, ARRIVE])), *seen)
    assert [(ships(m), days(m)["sts"]) for m in found] == [("AC", "01-05"), ("BC", "01-07")]
