"""What each part of the language means, case by case."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.rule_builders import days, event, gap, make_rule, make_sequence, meeting, run, table
from tests.rules.rule_zones import zone_of
from watch.rules.matcher import match_rule, match_rules

LOAD = {"id": "load", "event": "port_visit", "zone": {"country": "IR"}}
DARK = {"id": "dark", "event": "gap", "where": {"duration_h": ">=24"}}
ARRIVE = {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}}

SINGLE_CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "kind_fits": ({"event": "gap"}, gap("2020-01-01"), True),
    "kind_differs": ({"event": "encounter"}, gap("2020-01-01"), False),
    "one_of_several_kinds": ({"event": ["port_visit", "gap"]}, gap("2020-01-01"), True),
    "zone_by_id": ({"event": "gap", "zone": {"id": "om_sohar_sts"}}, gap("2020-01-01", "om_sohar_sts"), True),
    "zone_by_second_id": (
        {"event": "gap", "zone": {"id": ["ir_kharg", "om_sohar_sts"]}},
        gap("2020-01-01", ["om_12nm", "om_sohar_sts"]),
        True,
    ),
    "zone_kind_by_word": ({"event": "gap", "zone": {"kind": "sts"}}, gap("2020-01-01", "ae_fujairah_anch"), True),
    "zone_kind_is_no_substring": (
        {"event": "gap", "zone": {"kind": "load"}},
        gap("2020-01-01", "ve_el_palito"),
        False,
    ),
    "shared_zone_fits_each_country": (
        {"event": "gap", "zone": {"country": "ID"}},
        gap("2020-01-01", "my_eopl"),
        True,
    ),
    "keys_must_fit_one_zone": (
        {"event": "gap", "zone": {"country": "IR", "kind": "sts"}},
        gap("2020-01-01", ["ir_kharg", "om_sohar_sts"]),
        False,
    ),
    "country_alone_is_not_its_approaches": (
        {"event": "gap", "zone": {"country": "IR"}},
        gap("2020-01-01", "ir_approaches"),
        False,
    ),
    "country_and_kind_approach": (
        {"event": "gap", "zone": {"country": "IR", "kind": "approach"}},
        gap("2020-01-01", "ir_approaches"),
        True,
    ),
    "country_alone_is_not_200_nm": (
        {"event": "gap", "zone": {"country": "VE"}},
        gap("2020-01-01", "ve_200nm"),
        False,
    ),
    "zone_visit_is_about_its_own_zone": (
        {"event": "zone_visit", "zone": {"kind": "sts"}},
        event("zone_visit", "2020-01-01", ["ae_12nm", "ae_fujairah_anch"]),
        False,
    ),
    "any_of_zones": (
        {"event": "gap", "zone": {"any_of": [{"country": "VE"}, {"id": "om_sohar_sts"}]}},
        gap("2020-01-01", "om_sohar_sts"),
        True,
    ),
    "no_zone_at_all": ({"event": "gap", "zone": {"kind": "sts"}}, gap("2020-01-01"), False),
    "unknown_zone_id_in_event": ({"event": "gap", "zone": {"kind": "sts"}}, gap("2020-01-01", "gone"), False),
    "number_equal": ({"event": "gap", "where": {"duration_h": 48}}, gap("2020-01-01"), True),
    "at_least_on_the_edge": ({"event": "gap", "where": {"duration_h": ">=48"}}, gap("2020-01-01"), True),
    "more_than_on_the_edge": ({"event": "gap", "where": {"duration_h": ">48"}}, gap("2020-01-01"), False),
    "days_as_unit": ({"event": "gap", "where": {"duration_h": ">=2d"}}, gap("2020-01-01"), True),
    "range": ({"event": "gap", "where": {"duration_h": ">=24 <48"}}, gap("2020-01-01"), False),
    "negative": (
        {"event": "gap", "where": {"draught_change_m": "<=-2"}},
        gap("2020-01-01", draught_change_m=-2.5),
        True,
    ),
    "not_equal": ({"event": "gap", "where": {"coverage": "!=lost"}}, gap("2020-01-01"), True),
    "missing_is_not_different": (
        {"event": "gap", "where": {"implied_kn": "!=5"}},
        gap("2020-01-01", implied_kn=None),
        False,
    ),
    "list_is_any_of": ({"event": "gap", "where": {"coverage": ["lost", "heard"]}}, gap("2020-01-01"), True),
    "bool_true": ({"event": "gap", "where": {"open": True}}, gap("2020-01-01", open=True), True),
    "bool_missing_is_not_false": ({"event": "gap", "where": {"open": False}}, gap("2020-01-01"), False),
    "column_by_name": ({"event": "gap", "where": {"length_m": ">=150"}}, gap("2020-01-01", length_m=180.0), True),
    "text_in_any_case": ({"event": "gap", "where": {"name": "synth one"}}, gap("2020-01-01"), True),
    "call_that_only_passed": ({"event": "port_visit"}, event("port_visit", "2020-01-01", confidence=1), False),
    "call_of_confidence_two": ({"event": "port_visit"}, event("port_visit", "2020-01-01", confidence=2), True),
    "passed_call_when_asked_for": (
        {"event": "port_visit", "where": {"confidence": ">=1"}},
        event("port_visit", "2020-01-01", confidence=1),
        True,
    ),
    "call_without_confidence": ({"event": "port_visit"}, event("port_visit", "2020-01-01", confidence=None), False),
    "any_of_patterns": (
        {"any_of": [{"event": "encounter"}, {"event": "gap", "where": {"coverage": "heard"}}]},
        gap("2020-01-01"),
        True,
    ),
}


@pytest.mark.parametrize("match,seen,fits", SINGLE_CASES.values(), ids=SINGLE_CASES.keys())
def test_single_event(match: dict[str, Any], seen: dict[str, Any], fits: bool) -> None:
    assert len(run(make_rule(match), seen)) == fits


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


IR1, IR2, IR3 = (event("port_visit", f"2020-01-{day}", "ir_kharg") for day in ("01", "10", "20"))
VE1, VE2 = (event("port_visit", f"2020-02-{day}", "ve_jose") for day in ("15", "18"))
OPTIONAL_DARK = {**DARK, "optional": True}

SEQUENCE_CASES: dict[str, tuple[list[Any], dict[str, Any], list[dict[str, Any]], list[dict[str, str]]]] = {
    "in_order": ([LOAD, ARRIVE], {}, [IR1, VE1], [{"load": "01-01", "arrive": "02-15"}]),
    "wrong_order": ([ARRIVE, LOAD], {}, [IR1, VE1], []),
    "last_call_before_leaving": ([LOAD, ARRIVE], {}, [IR1, IR2, VE1], [{"load": "01-10", "arrive": "02-15"}]),
    "one_alert_per_voyage": ([LOAD, ARRIVE], {}, [IR1, VE1, VE2], [{"load": "01-01", "arrive": "02-15"}]),
    "two_voyages": (
        [LOAD, ARRIVE],
        {},
        [IR1, VE1, event("port_visit", "2020-04-01", "ir_kharg"), event("port_visit", "2020-06-01", "ve_jose")],
        [{"load": "01-01", "arrive": "02-15"}, {"load": "04-01", "arrive": "06-01"}],
    ),
    "too_late": ([LOAD, ARRIVE], {"within": "10d"}, [IR1, VE1], []),
    "exactly_within": ([LOAD, ARRIVE], {"within": "45d"}, [IR1, VE1], [{"load": "01-01", "arrive": "02-15"}]),
    "same_event_serves_one_step": ([LOAD, {**LOAD, "id": "again"}], {}, [IR1], []),
    "optional_longest_gap": (
        [LOAD, OPTIONAL_DARK, ARRIVE],
        {},
        [IR1, gap("2020-01-05", hours=30.0), gap("2020-01-25", hours=90.0), VE1],
        [{"load": "01-01", "dark": "01-25", "arrive": "02-15"}],
    ),
    "optional_not_seen": ([LOAD, OPTIONAL_DARK, ARRIVE], {}, [IR1, VE1], [{"load": "01-01", "arrive": "02-15"}]),
    "optional_before_the_first": (
        [{**LOAD, "optional": True}, DARK, ARRIVE],
        {},
        [IR1, IR2, gap("2020-01-12"), VE1],
        [{"load": "01-10", "dark": "01-12", "arrive": "02-15"}],
    ),
    "absent_step_happened": (
        [LOAD, ARRIVE],
        {"not": [{"event": "port_visit", "zone": {"country": "CW"}, "between": ["load", "arrive"]}]},
        [IR1, event("port_visit", "2020-02-01", "cw_bullenbaai"), VE1],
        [],
    ),
    "absent_step_happened_before": (
        [LOAD, ARRIVE],
        {"not": [{"event": "port_visit", "zone": {"country": "CW"}, "between": ["load", "arrive"]}]},
        [event("port_visit", "2019-12-01", "cw_bullenbaai"), IR1, VE1],
        [{"load": "01-01", "arrive": "02-15"}],
    ),
    "absence_after_first_of_two_calls": (
        [LOAD, ARRIVE],
        {"not": [{"event": "port_visit", "zone": {"country": "CW"}, "between": ["load", "arrive"]}]},
        [IR1, event("port_visit", "2020-01-05", "cw_bullenbaai"), IR2, VE1],
        [{"load": "01-10", "arrive": "02-15"}],
    ),
    "a_later_middle_step_may_be_the_right_one": (
        [LOAD, {"id": "dark", "event": "gap"}, ARRIVE],
        {"not": [{"event": "encounter", "between": ["dark", "arrive"]}]},
        [IR1, gap("2020-01-05"), meeting("2020-01-06", "om_sohar_sts"), gap("2020-01-08"), VE1],
        [{"load": "01-01", "dark": "01-08", "arrive": "02-15"}],
    ),
    "other_vessel_does_not_count": (
        [LOAD, ARRIVE],
        {},
        [IR1, event("port_visit", "2020-02-15", "ve_jose", imo=9999838, mmsi=636990121)],
        [],
    ),
    "any_of_in_a_step": (
        [
            LOAD,
            {"id": "arrive", "any_of": [{"event": "encounter"}, {"event": "port_visit", "zone": {"country": "VE"}}]},
        ],
        {},
        [IR1, VE1],
        [{"load": "01-01", "arrive": "02-15"}],
    ),
}


@pytest.mark.parametrize("steps,more,seen,expected", SEQUENCE_CASES.values(), ids=SEQUENCE_CASES.keys())
def test_sequence(
    steps: list[Any], more: dict[str, Any], seen: list[dict[str, Any]], expected: list[dict[str, str]]
) -> None:
    assert [days(m) for m in run(make_rule(make_sequence(steps, **more)), *seen)] == expected


EARLY = make_rule(make_sequence([LOAD, DARK, ARRIVE], early={"after": "dark", "level": "medium"}), level="critical")
EARLY_NOT = make_rule(
    make_sequence(
        [LOAD, DARK, ARRIVE],
        early={"after": "dark", "level": "medium"},
        **{"not": [{"event": "encounter", "between": ["dark", "arrive"]}]},
    )
)


def at(day: str) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC")


def test_early_waits_then_escalates_under_the_same_identity() -> None:
    seen = [IR1, gap("2020-01-05")]
    (early,) = run(EARLY, *seen, as_of=at("2020-02-01"))
    (whole,) = run(EARLY, *seen, VE1, as_of=at("2020-03-01"))
    assert (early.verdict, early.level, early.missing) == ("early", "medium", ("arrive",))
    assert (whole.verdict, whole.level, whole.missing) == ("match", "critical", ())
    assert early.anchor_id == whole.anchor_id


def test_early_lapses_when_the_time_is_over_and_stays() -> None:
    (lapsed,) = run(EARLY, IR1, gap("2020-01-05"), as_of=at("2020-05-01"))
    assert (lapsed.verdict, lapsed.level) == ("lapsed", "medium")
    assert lapsed.until_at == at("2020-04-30")


def test_early_still_waits_at_the_last_moment_of_its_time() -> None:
    (early,) = run(EARLY, IR1, gap("2020-01-05"), as_of=at("2020-04-30"))
    assert early.verdict == "early"


def test_early_does_not_speak_before_its_step() -> None:
    assert run(EARLY, IR1, as_of=at("2020-02-01")) == []


def test_early_of_several_silences_is_one_alert() -> None:
    seen = [IR1, gap("2020-01-05"), IR2, gap("2020-01-12"), IR3, gap("2020-01-22")]
    first = run(EARLY, *seen[:2], as_of=at("2020-01-08"))
    later = run(EARLY, *seen, as_of=at("2020-02-01"))
    whole = run(EARLY, *seen, VE1, as_of=at("2020-03-01"))
    assert [m.anchor_id for m in first] == [m.anchor_id for m in later] == [m.anchor_id for m in whole]
    assert days(later[0]) == {"load": "01-20", "dark": "01-22"}


def test_what_must_not_happen_ends_an_early_alert_before_arrival() -> None:
    seen = [IR1, gap("2020-01-05"), meeting("2020-01-20", "my_eopl")]
    assert [m.verdict for m in run(EARLY_NOT, *seen, as_of=at("2020-02-01"))] == ["lapsed"]


def test_open_gap_counts_with_its_length_so_far() -> None:
    seen = [IR1, gap("2020-01-05", hours=30.0, open=True)]
    seen[1]["end_at"] = pd.NaT
    (early,) = run(EARLY, *seen, as_of=at("2020-01-07"))
    assert early.steps[1].event["end_at"] is None


UNKNOWN = make_rule(make_sequence([DARK, ARRIVE]), unknown_if={"coverage": "lost"})


def test_unknown_is_told_but_informational() -> None:
    (match,) = run(UNKNOWN, gap("2020-01-05", coverage="lost"), VE1)
    assert (match.verdict, match.level) == ("unknown", "informational")


def test_sure_evidence_beats_unknown() -> None:
    (match,) = run(UNKNOWN, gap("2020-01-05"), gap("2020-01-20", coverage="lost"), VE1)
    assert (match.verdict, days(match)) == ("match", {"dark": "01-05", "arrive": "02-15"})


def test_unknown_optional_step_does_not_make_a_match_unknown() -> None:
    rule = make_rule(make_sequence([LOAD, OPTIONAL_DARK, ARRIVE]), unknown_if={"coverage": "lost"})
    (match,) = run(rule, IR1, gap("2020-01-20", coverage="lost"), VE1)
    assert (match.verdict, match.unfilled) == ("match", ("dark",))


def test_unknown_single_event() -> None:
    rule = make_rule({"event": "gap"}, unknown_if={"coverage": ["lost", "unknown"]})
    verdicts = [m.verdict for m in run(rule, gap("2020-01-01", coverage="unknown"), gap("2020-01-09"))]
    assert verdicts == ["unknown", "match"]


def test_meeting_that_both_ships_satisfy_is_one_match_of_the_lower_mmsi() -> None:
    rule = make_rule({"event": "encounter", "where": {"other_type": "tanker"}}, vessel={"type": "tanker"})
    assert [m.vessel_id for m in run(rule, meeting("2020-01-01", "gr_laconian"))] == ["imo:9999802"]


def test_meeting_is_in_the_timeline_of_both_ships() -> None:
    rule = make_rule({"event": "encounter", "where": {"other_flag": "LR"}}, vessel={"flag": "PA"})
    (match,) = run(rule, meeting("2020-01-01", "gr_laconian"))
    event_ = match.steps[0].event
    assert (match.vessel_id, event_["mmsi"], event_["other_mmsi"]) == ("imo:9999814", 636990202, 636990101)


def test_draught_of_a_meeting_stays_with_its_side() -> None:
    rule = make_rule({"event": "encounter", "where": {"draught_change_m": ">2"}}, vessel={"flag": "PA"})
    assert run(rule, meeting("2020-01-01", "gr_laconian", draught_change_m=5.0)) == []


def test_group_within_makes_calls_close_together_one_alert() -> None:
    rule = make_rule({"event": "port_visit", "zone": {"country": "KP"}}, alert={"group_within": "7d"})
    calls = [event("port_visit", f"2020-01-{day}", "kp_nampo") for day in ("01", "05", "11", "25")]
    matches = run(rule, *calls)
    assert [len(m.steps) for m in matches] == [3, 1]
    assert run(rule, *calls[:1])[0].anchor_id == matches[0].anchor_id


def test_step_names_the_zone_that_fits_not_the_first() -> None:
    (match,) = run(
        make_rule({"event": "gap", "zone": {"kind": "approach"}}), gap("2020-01-01", ["om_12nm", "ir_approaches"])
    )
    assert match.steps[0].zone_id == "ir_approaches"


@pytest.mark.parametrize("until,kept", [("2020-01-01", 1), ("2020-01-02", 0)], ids=["ended", "still_runs"])
def test_exception_ends_by_the_time_of_the_data(until: str, kept: int) -> None:
    exception = {"vessel": "imo:9999802", "reason": "cleared by the desk", "until": until}
    assert len(run(make_rule({"event": "gap"}, exceptions=[exception]), gap("2020-01-01T00:00"))) == kept


def test_exception_of_another_vessel_changes_nothing() -> None:
    exception = {"vessel": "imo:9999814", "reason": "cleared by the desk", "until": "2030-01-01"}
    assert len(run(make_rule({"event": "gap"}, exceptions=[exception]), gap("2020-01-01"))) == 1


def test_no_events_at_all() -> None:
    assert run(make_rule({"event": "gap"})) == []
    assert run(EARLY) == []


def test_vessel_without_identity_is_known_by_its_radio() -> None:
    (match,) = run(make_rule({"event": "gap"}), gap("2020-01-01", vessel_id=None, imo=None))
    assert match.vessel_id == "mmsi:636990101"


_MIXED = [
    *(event("port_visit", f"2020-01-{1 + 3 * i:02}", "ir_kharg", imo=9000000 + i % 3) for i in range(6)),
    *(gap(f"2020-01-{2 + 4 * i:02}", "ir_approaches", imo=9000000 + i % 3, hours=24.0 + i) for i in range(6)),
    *(event("port_visit", f"2020-02-{1 + 5 * i:02}", "ve_jose", imo=9000000 + i % 2) for i in range(4)),
    *(
        meeting(f"2020-01-{5 + 4 * i:02}", "om_sohar_sts", other_imo=9000001, other_vessel_id="imo:9000001")
        for i in range(4)
    ),
]
_RULES = [
    make_rule({"event": "encounter"}, id="meetings", alert={"group_within": "5d"}),
    make_rule(make_sequence([LOAD, OPTIONAL_DARK, ARRIVE]), id="voyages"),
    make_rule(make_sequence([DARK, ARRIVE], early={"after": "dark", "level": "low"}), id="early"),
]


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(rng: random.Random) -> None:
    shuffled = rng.sample(_MIXED, len(_MIXED))
    as_of = at("2020-03-01")
    expected = match_rules(_RULES, table(*_MIXED), as_of, zone_of)
    assert len(expected) > 4
    assert match_rules(_RULES, table(*shuffled), as_of, zone_of) == expected


def test_rules_together_equal_each_alone() -> None:
    events, as_of = table(*_MIXED), at("2020-03-01")
    alone = [m for rule in _RULES for m in match_rule(rule, events, as_of, zone_of)]
    assert match_rules(_RULES, events, as_of, zone_of) == alone
