"""Which ships a rule is about, at which step that is asked, and on which lists they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.rules.rule_builders import ARRIVE, DARK, LOAD, event, gap, make_rule, make_sequence, meeting, run
from watch.geodesy import Ints

VESSEL_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "type_fits": ({"type": "tanker"}, {}, True),
    "type_of_a_list": ({"type": ["cargo", "tanker"]}, {}, True),
    "type_differs": ({"type": "cargo"}, {}, False),
    "type_missing": ({"type": "tanker"}, {"type": None}, False),
    "flag_short": ({"flag": "LR"}, {}, True),
    "flag_any_of": ({"flag": {"any_of": ["PA", "LR"]}}, {}, True),
    "flag_none_of": ({"flag": {"none_of": ["LR"]}}, {}, False),
    "flag_none_of_unknown_flag": ({"flag": {"none_of": ["KP"]}}, {"flag": None}, True),
    "imo": ({"imo": [9999802]}, {}, True),
    "imo_differs": ({"imo": 9999814}, {}, False),
    "mmsi": ({"mmsi": 636990101}, {}, True),
    "where_fits": ({"where": {"length_m": ">=150"}}, {"length_m": 180.0}, True),
    "where_differs": ({"where": {"length_m": ">=150"}}, {"length_m": 120.0}, False),
    "where_missing": ({"where": {"length_m": "<150"}}, {}, False),
    "where_name": ({"where": {"name": ["SYNTH ONE", "OTHER"]}}, {}, True),
}


@pytest.mark.parametrize("vessel,ship,fits", VESSEL_CASES.values(), ids=VESSEL_CASES.keys())
def test_vessel(vessel: dict[str, Any], ship: dict[str, Any], fits: bool) -> None:
    assert len(run(make_rule({"event": "gap"}, vessel=vessel), gap("2020-01-01", **ship))) == fits


FLAG_TIMES = {
    "first_step": ("first_step", "LR", "PA", True),
    "first_step_other_flag": ("first_step", "PA", "LR", False),
    "last_step": ("last_step", "PA", "LR", True),
    "last_step_other_flag": ("last_step", "LR", "PA", False),
    "any_step_first": ("any_step", "LR", "PA", True),
    "any_step_last": ("any_step", "PA", "LR", True),
    "any_step_none": ("any_step", "PA", "PA", False),
}


@pytest.mark.parametrize("at,first,last,fits", FLAG_TIMES.values(), ids=FLAG_TIMES.keys())
def test_flag_at_a_stated_step(at: str, first: str, last: str, fits: bool) -> None:
    rule = make_rule(make_sequence([LOAD, ARRIVE]), vessel={"flag": {"any_of": ["LR"], "at": at}})
    seen = [
        event("port_visit", "2020-01-01", "ir_kharg", flag=first),
        event("port_visit", "2020-02-15", "ve_jose", flag=last),
    ]
    assert len(run(rule, *seen)) == fits


def test_ship_and_flag_are_not_asked_at_later_steps() -> None:
    rule = make_rule(make_sequence([LOAD, DARK, ARRIVE]), vessel={"type": "tanker", "flag": "LR"})
    seen = [
        event("port_visit", "2020-01-01", "ir_kharg"),
        gap("2020-01-05", type="cargo", flag="PA"),
        event("port_visit", "2020-02-15", "ve_jose", type=None, flag=None),
    ]
    assert len(run(rule, *seen)) == 1


def test_ship_is_asked_at_the_first_required_step_not_at_an_optional_one() -> None:
    rule = make_rule(make_sequence([{**LOAD, "optional": True}, DARK, ARRIVE]), vessel={"type": "tanker"})
    seen = [
        event("port_visit", "2020-01-01", "ir_kharg", type="cargo"),
        gap("2020-01-05"),
        event("port_visit", "2020-02-15", "ve_jose"),
    ]
    assert [len(m.steps) for m in run(rule, *seen)] == [3]


@pytest.mark.parametrize("when", ["first_step", "last_step", "any_step"])
def test_a_sequence_of_one_step_asks_every_question_of_it(when: str) -> None:
    spans = {"not": [{"event": "port_visit", "after": "dark", "lasting": "30d"}]}
    rule = make_rule(make_sequence([DARK], **spans), vessel={"flag": {"any_of": ["PA"], "at": when}})
    assert [len(run(rule, gap("2020-01-01", flag=flag))) for flag in ("PA", "LR")] == [1, 0]


IR, SEA, VE, AFTER = "2020-01-01", "2020-01-20", "2020-02-15", "2020-03-01"
CHANGED: dict[str, tuple[dict[str, Any], dict[str, str | None], bool]] = {
    "between_first_and_last": ({"changed": True}, {IR: "LR", SEA: "LR", VE: "PA"}, True),
    "and_back_again": ({"changed": True}, {IR: "LR", SEA: "PA", VE: "LR"}, True),
    "never": ({"changed": True}, {IR: "LR", SEA: "LR", VE: "LR"}, False),
    "before_the_first_step_only": ({"changed": True}, {"2019-12-01": "PA", IR: "LR", VE: "LR"}, False),
    "after_the_last_step_only": ({"changed": True}, {IR: "LR", VE: "LR", AFTER: "PA"}, False),
    "an_unknown_flag_is_no_change": ({"changed": True}, {IR: "LR", SEA: None, VE: "LR"}, False),
    "a_change_while_it_was_not_known": ({"changed": True}, {IR: "LR", SEA: None, VE: "PA"}, True),
    "not_changed": ({"changed": False}, {IR: "LR", SEA: "LR", VE: "LR"}, True),
    "not_changed_but_it_did": ({"changed": False}, {IR: "LR", SEA: "PA", VE: "LR"}, False),
    "to_a_flag_of_the_list": ({"changed": True, "any_of": ["PA"]}, {IR: "LR", VE: "PA"}, True),
    "changed_but_not_to_one_of_the_list": ({"changed": True, "any_of": ["PA"]}, {IR: "LR", VE: "MH"}, False),
}


def flown(flags: dict[str, str | None]) -> list[dict[str, Any]]:
    """Return a voyage from Iran to Venezuela with other events, each under a flag."""
    zones = {IR: "ir_kharg", VE: "ve_jose"}
    return [
        event("port_visit" if day in zones else "loitering", day, zones.get(day), flag=flag)
        for day, flag in flags.items()
    ]


@pytest.mark.parametrize("flag,flags,fits", CHANGED.values(), ids=CHANGED.keys())
def test_flag_changed_on_the_way(flag: dict[str, Any], flags: dict[str, str | None], fits: bool) -> None:
    rule = make_rule(make_sequence([LOAD, ARRIVE]), vessel={"flag": {**flag, "at": "any_step"}})
    assert len(run(rule, *flown(flags))) == fits


EVER: dict[str, tuple[dict[str, Any], dict[str, str | None], bool]] = {
    "once_before": ({"any_of": ["PA"]}, {"2019-01-01": "PA", IR: "LR", VE: "LR"}, True),
    "once_after": ({"any_of": ["PA"]}, {IR: "LR", VE: "LR", AFTER: "PA"}, True),
    "never_had_it": ({"any_of": ["PA"]}, {IR: "LR", VE: "LR"}, False),
    "none_of_and_never_had_it": ({"none_of": ["PA"]}, {IR: "LR", VE: None}, True),
    "none_of_but_had_it_once": ({"none_of": ["PA"]}, {"2019-01-01": "PA", IR: "LR", VE: "LR"}, False),
    "changed_long_ago": ({"changed": True}, {"2019-01-01": "PA", IR: "LR", VE: "LR"}, True),
    "never_changed": ({"changed": True}, {IR: "LR", VE: "LR"}, False),
    "asked_that_it_never_changed": ({"changed": False}, {IR: "LR", SEA: None, VE: "LR"}, True),
}


@pytest.mark.parametrize("flag,flags,fits", EVER.values(), ids=EVER.keys())
def test_flag_ever(flag: dict[str, Any], flags: dict[str, str | None], fits: bool) -> None:
    rule = make_rule(make_sequence([LOAD, ARRIVE]), vessel={"flag": {**flag, "at": "ever"}})
    assert len(run(rule, *flown(flags))) == fits


@pytest.mark.parametrize("flag,expected", [({"any_of": ["PA"]}, 1), ({"changed": True}, 1), ({"any_of": ["MH"]}, 0)])
def test_flag_ever_of_a_single_event(flag: dict[str, Any], expected: int) -> None:
    rule = make_rule({"event": "gap"}, vessel={"flag": {**flag, "at": "ever"}})
    assert len(run(rule, gap("2020-01-05"), event("loitering", "2019-01-01", flag="PA"))) == expected


class Listed:
    """The first ship stands on two lists since 2020, its partner on one until then."""

    def lists_on(self, imo: np.ndarray, mmsi: np.ndarray, at_us: Ints) -> np.ndarray:
        since_2020 = at_us >= np.datetime64("2020-01-01", "us").astype(np.int64)
        own = np.where((imo == 9999802) & since_2020, 1, np.where((imo == 9999814) & ~since_2020, 2, 0))
        return np.fromiter((((), ("us-sdn", "un-1718"), ("us-sdn",))[i] for i in own), dtype=object)

    def listed_after(self, imo: int | None, mmsi: int | None, at: Any) -> dict[str, Any]:
        return {}


ALONE = {"other_imo": None, "other_mmsi": None, "other_vessel_id": None}
LISTS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "on_it": ({"lists": "us-sdn"}, gap("2020-01-01"), True),
    "on_one_of_them": ({"lists": ["eu-annex-xlii", "un-1718"]}, gap("2020-01-01"), True),
    "not_yet": ({"lists": "us-sdn"}, gap("2019-12-31T23:59"), False),
    "on_any": ({"lists": "any"}, gap("2020-01-01"), True),
    "on_none": ({"lists": "none"}, gap("2020-01-01"), False),
    "on_none_before": ({"lists": "none"}, gap("2019-12-31"), True),
    "not_on_this_one": ({"lists": "!=us-sdn"}, gap("2020-01-01"), False),
    "on_another_than_this_one": ({"lists": "!=eu-annex-xlii"}, gap("2020-01-01"), True),
    "partner_was_on_it": ({"other_lists": "us-sdn"}, meeting("2019-12-31", "my_eopl"), True),
    "partner_is_on_none_now": ({"other_lists": "none", "lists": "any"}, meeting("2020-01-01", "my_eopl"), True),
    "as_the_partner_sees_it": ({"other_lists": "un-1718"}, meeting("2020-01-01", "my_eopl"), True),
    "an_unknown_partner_fits_nothing": ({"other_lists": "none"}, meeting("2020-01-01", "my_eopl", **ALONE), False),
    "nor_what_it_is_not": ({"other_lists": "!=us-sdn"}, meeting("2020-01-01", "my_eopl", **ALONE), False),
}


@pytest.mark.parametrize("where,seen,fits", LISTS.values(), ids=LISTS.keys())
def test_lists_on_the_day_of_the_event(where: dict[str, Any], seen: dict[str, Any], fits: bool) -> None:
    assert len(run(make_rule({"event": seen["kind"], "where": where}), seen, lists=Listed())) == fits


def test_lists_of_the_ship_are_asked_at_the_first_step() -> None:
    rule = make_rule(make_sequence([LOAD, ARRIVE]), vessel={"where": {"lists": "us-sdn"}})
    days = (("2019-12-31", "2020-02-15"), ("2020-01-01", "2020-02-15"))
    voyages = [[event("port_visit", first, "ir_kharg"), event("port_visit", last, "ve_jose")] for first, last in days]
    assert [len(run(rule, *voyage, lists=Listed())) for voyage in voyages] == [0, 1]


def test_words_of_an_event_are_asked_one_by_one() -> None:
    seen = event("draught_change", "2020-01-01", between=["gap", "encounter"])
    asked = ("gap", "port_visit", "!=port_visit", "any", "none", ["port_visit", "encounter"])
    fits = [len(run(make_rule({"event": "draught_change", "where": {"between": word}}), seen)) for word in asked]
    assert fits == [1, 0, 1, 1, 0, 1]
