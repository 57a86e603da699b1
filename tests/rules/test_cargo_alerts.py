"""What is told of a cargo: each ship's part, verdicts, doubt, and what else its alert says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.rules.rule_builders import (
    ARRIVE,
    CN,
    DARK,
    HANDED,
    LAST,
    LOAD,
    LOST,
    NO_CALL,
    POSSIBLE,
    at,
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
    table,
    who,
)
from tests.rules.rule_zones import zone_of
from watch.rules.match import Match
from watch.rules.matcher import match_rule


def only(found: list[Match]) -> Match:
    (match,) = found
    return match


def test_how_each_ship_came_by_it() -> None:
    seen = [
        loaded(),
        met("2020-01-05", "AB", kind="possible_encounter"),
        called("2020-01-10", "B", CN),
        called("2020-01-15", "C", CN),
        met("2020-01-20", "CD"),
        landed("D"),
    ]
    match = only(run(make_rule(make_cargo([LOAD, ARRIVE], hands={**LOST, **POSSIBLE})), *seen))
    custody = [(hand.event["vessel_id"], hand.custody, hand.step_id) for hand in match.hands]
    assert custody == [
        ("A", "loaded", "load"),
        ("B", "possible meeting", "hand2"),
        ("C", "port", "hand3"),
        ("D", "meeting", "hand4"),
    ]
    assert list(days(match)) == ["load", "hand2", "ashore3", "hand3", "hand4", "arrive"]
    assert (match.vessel_id, match.anchor_id) == ("A", seen[0]["event_id"])


EARLY = {"early": {"after": "dark", "level": "low"}}
DARK_STEPS = [LOAD, DARK, ARRIVE]
WAITS = [loaded(), met("2020-01-10", "AB"), silent("2020-01-12", "B")]
BARRED = [*WAITS, called("2020-01-20", "B", "cw_bullenbaai")]
VERDICTS: dict[str, tuple[list[dict[str, Any]], str, dict[str, Any], list[tuple[str, str]]]] = {
    "waits": (WAITS, "2020-02-01", {}, [("early", "AB")]),
    "waits_until_the_last_moment": (WAITS, "2020-04-30", {}, [("early", "AB")]),
    "lapsed": (WAITS, "2020-05-01", {}, [("lapsed", "AB")]),
    "whole": ([*WAITS, landed("B")], "2020-03-02", {}, [("match", "AB")]),
    "whole_over_a_third_ship": ([*WAITS, met("2020-01-20", "BC"), landed("C")], "2020-03-02", {}, [("match", "ABC")]),
    "forbidden_came": (BARRED, "2020-02-01", NO_CALL, [("lapsed", "AB")]),
    "forbidden_came_after_it_was_passed_on": (
        [*BARRED, met("2020-01-19", "BC")],
        "2020-02-01",
        NO_CALL,
        [("early", "AB")],
    ),
    "forbidden_came_but_another_ship_may_have_it": (
        [*BARRED, met("2020-01-14", "AC"), silent("2020-01-15", "C")],
        "2020-02-01",
        NO_CALL,
        [("early", "AC")],
    ),
    "the_next_step_is_too_late": (
        WAITS,
        "2020-02-01",
        {"steps": [LOAD, DARK, {**ARRIVE, "within": "10d"}]},
        [("lapsed", "AB")],
    ),
}


@pytest.mark.parametrize("seen,clock,more,expected", VERDICTS.values(), ids=VERDICTS.keys())
def test_early(seen: list[Any], clock: str, more: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    rule = make_rule(make_cargo(**{"steps": DARK_STEPS, **EARLY, **more}))
    found = run(rule, *seen, as_of=at(clock))
    assert [(m.verdict, ships(m)) for m in found] == expected
    assert {m.anchor_id for m in found} == {seen[0]["event_id"]}


def test_early_then_whole_under_the_same_identity() -> None:
    rule = make_rule(make_cargo(DARK_STEPS, **EARLY), level="critical")
    early, whole = run(rule, *WAITS, as_of=at("2020-02-01")), run(rule, *WAITS, landed("B"))
    told = [(m.level, m.missing, m.until_at) for m in (*early, *whole)]
    assert told == [("low", ("arrive",), at("2020-04-30")), ("critical", (), at("2020-04-30"))]
    assert early[0].anchor_id == whole[0].anchor_id


OPTIONAL = [
    {"id": "before", "event": "loitering", "optional": True},
    LOAD,
    {"id": "gap", "event": "gap", "optional": True},
    {"id": "after_gap", "event": "gap", "optional": True},
    ARRIVE,
]
OPTIONAL_CASES: dict[str, tuple[list[dict[str, Any]], dict[str, str]]] = {
    "nothing_seen": ([], {}),
    "on_the_first_ship": ([silent("2020-01-05", "A")], {"gap": "01-05"}),
    "on_the_second_ship": ([silent("2020-01-15", "B")], {"gap": "01-15"}),
    "with_the_hand_over": ([silent("2020-01-10", "B")], {"gap": "01-10"}),
    "with_the_first_step": ([silent("2020-01-01", "A")], {"gap": "01-01"}),
    "on_the_first_ship_after_it_gave_it_away": ([silent("2020-01-15", "A")], {}),
    "on_the_second_ship_before_it_had_it": ([silent("2020-01-05", "B")], {}),
    "the_longest_one": ([silent("2020-01-05", "A", 30), silent("2020-01-20", "B", 90)], {"gap": "01-20"}),
    "one_event_serves_one_step": (
        [silent("2020-01-05", "A", 90), silent("2020-01-20", "B", 30)],
        {"gap": "01-05", "after_gap": "01-20"},
    ),
}


@pytest.mark.parametrize("seen,expected", OPTIONAL_CASES.values(), ids=OPTIONAL_CASES.keys())
def test_optional_steps_on_the_ship_that_holds_it(seen: list[Any], expected: dict[str, str]) -> None:
    match = only(run(make_rule(make_cargo(OPTIONAL)), loaded(), met("2020-01-10", "AB"), landed("B"), *seen))
    assert {k: v for k, v in days(match).items() if k in ("gap", "after_gap")} == expected
    assert set(match.unfilled) == {"before", "gap", "after_gap"} - expected.keys()


def test_an_optional_step_before_the_first() -> None:
    waits = [
        {**called(day, ship, "om_sohar_sts"), "kind": "loitering"}
        for day, ship in (("2019-12-20", "A"), ("2019-12-25", "B"))
    ]
    match = only(run(make_rule(make_cargo(OPTIONAL)), *waits, loaded(), met("2020-01-10", "AB"), landed("B")))
    assert days(match)["before"] == "12-20"


DOUBT = {"unknown_if": {"coverage": "lost"}}
DOUBTFUL: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = {
    "a_doubtful_step": (DARK_STEPS, [silent("2020-01-05", "A", coverage="lost"), landed("A")], ["unknown"]),
    "a_sure_one_beside_it": (
        DARK_STEPS,
        [silent("2020-01-05", "A", coverage="lost"), silent("2020-01-07", "A"), landed("A")],
        ["match"],
    ),
    "a_doubtful_meeting": ([LOAD, ARRIVE], [met("2020-01-10", "AB", coverage="lost"), landed("B")], ["unknown"]),
    "a_sure_meeting_later": (
        [LOAD, ARRIVE],
        [met("2020-01-10", "AB", coverage="lost"), met("2020-01-11", "AB"), landed("B")],
        ["match"],
    ),
    "a_doubtful_call_ashore": (
        [LOAD, ARRIVE],
        [called("2020-01-10", "A", CN), called("2020-01-15", "B", CN, coverage="lost"), landed("B")],
        ["unknown"],
    ),
    "a_doubtful_optional_step": (
        [LOAD, {**DARK, "optional": True}, ARRIVE],
        [silent("2020-01-05", "A", coverage="lost"), landed("A")],
        ["match"],
    ),
}


@pytest.mark.parametrize("steps,seen,expected", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_doubt(steps: list[Any], seen: list[Any], expected: list[str]) -> None:
    found = run(make_rule(make_cargo(steps, hands=LOST), **DOUBT), loaded(), *seen)
    assert [m.verdict for m in found] == expected
    assert all("dark" in m.unfilled for m in found if steps[1].get("optional"))


PASSED = [loaded(), met("2020-01-10", "AB"), landed("B")]
SHIP_CASES: dict[str, tuple[dict[str, Any], int]] = {
    "the_ship_is_asked_at_the_first_step": ({"vessel": {"imo": who("A")["imo"]}}, 1),
    "not_at_later_ones": ({"vessel": {"imo": who("B")["imo"]}}, 0),
    "flag_of_the_last_ship": ({"vessel": {"flag": {"any_of": ["PA"], "at": "last_step"}}}, 1),
    "flag_of_the_first_ship": ({"vessel": {"flag": {"any_of": ["PA"], "at": "first_step"}}}, 0),
    "flag_ever_of_the_first_ship": ({"vessel": {"flag": {"any_of": ["PA"], "at": "ever"}}}, 0),
    "left_out": ({"exceptions": [{"vessel": "imo:9990001", "reason": "cleared", "until": "2020-01-02"}]}, 0),
    "no_longer_left_out": ({"exceptions": [{"vessel": "imo:9990001", "reason": "cleared", "until": "2020-01-01"}]}, 1),
    "the_second_ship_is_left_out_of_its_own": (
        {"exceptions": [{"vessel": "imo:9990002", "reason": "cleared", "until": "2021-01-01"}]},
        1,
    ),
    "begins_before_it_is_valid": ({"valid_from": "2020-01-02"}, 0),
    "begins_as_it_is_valid": ({"valid_from": "2020-01-01", "valid_to": "2020-01-02"}, 1),
}


@pytest.mark.parametrize("more,expected", SHIP_CASES.values(), ids=SHIP_CASES.keys())
def test_which_cargoes(more: dict[str, Any], expected: int) -> None:
    seen = [*PASSED[:2], {**PASSED[2], "flag": "PA"}]
    assert len(run(make_rule(make_cargo([LOAD, ARRIVE]), **more), *seen)) == expected


def test_a_meeting_that_hands_over_is_told_as_the_step_it_is() -> None:
    match = only(run(make_rule(make_cargo([LOAD, HANDED, ARRIVE])), *PASSED))
    assert days(match) == {"load": "01-01", "sts": "01-10", "arrive": "03-01"}
    assert [(hand.step_id, hand.custody) for hand in match.hands] == [("load", "loaded"), ("sts", "meeting")]


def fair(count: int, ships_met: int) -> pd.DataFrame:
    """Return a transfer area in which ships met again and again for a year, and who loaded and landed."""
    rng = np.random.default_rng(3)
    hours = np.sort(rng.uniform(0, 8760, count)).round(3)
    pairs = [tuple(rng.choice(ships_met, 2, replace=False)) for _ in range(count)]
    begun = [pd.Timestamp("2020-01-01", tz="UTC") + pd.Timedelta(hours=h) for h in hours]
    rows = [
        {
            **met("2020-01-01", "AB"),
            **_numbered(one),
            **_numbered(other, "other_"),
            "event_id": f"m{i}",
            "start_at": at_,
        }
        for i, ((one, other), at_) in enumerate(zip(pairs, begun, strict=True))
    ]
    for i in range(count // 50):
        zone = "ve_jose" if i % 5 == 0 else "ir_kharg"
        who_ = _numbered(int(rng.integers(ships_met)))
        rows.append({**called("2020-01-01", "A", zone), **who_, "event_id": f"c{i}", "start_at": begun[i * 50]})
    return table(*rows)


def _numbered(ship: int, side: str = "") -> dict[str, Any]:
    return {
        f"{side}vessel_id": f"imo:{9_990_000 + ship}",
        f"{side}imo": 9_990_000 + ship,
        f"{side}mmsi": 636_990_000 + ship,
    }


@pytest.mark.parametrize("ships_met", [8, 300])
def test_ten_thousand_meetings_in_one_area(ships_met: int) -> None:
    events = fair(10_000, ships_met)
    rule = make_rule(make_cargo([LOAD, ARRIVE], hands={"least": 2}, **NO_CALL))
    found = match_rule(rule, events, LAST, zone_of)
    assert len(found) > 100
    assert all(len(m.hands) >= 2 and m.steps[-1].step_id == "arrive" for m in found)
