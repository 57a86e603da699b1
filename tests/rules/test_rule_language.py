"""What each part of the language means, case by case."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.rules.rule_builders import (
    ARRIVE,
    DARK,
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


@pytest.mark.parametrize("until,kept", [("2020-01-01", 1), ("2020-01-02", 0)], ids=["ended", "still_runs"])
def test_exception_ends_by_the_time_of_the_data(until: str, kept: int) -> None:
    exception = {"vessel": "imo:9999802", "reason": "cleared by the desk", "until": until}
    assert len(run(make_rule({"event": "gap"}, exceptions=[exception]), gap("2020-01-01T00:00"))) == kept


def test_exception_of_another_vessel_changes_nothing() -> None:
    exception = {"vessel": "imo:9999814", "reason": "cleared by the desk", "until": "2030-01-01"}
    assert len(run(make_rule({"event": "gap"}, exceptions=[exception]), gap("2020-01-01"))) == 1


BEFORE_IT_BEGAN = event("port_visit", "2019-12-20", "ir_kharg")


def test_validity_is_asked_of_the_first_required_step() -> None:
    rule = make_rule(make_sequence([{**LOAD, "optional": True}, DARK, ARRIVE]), valid_from="2020-01-01")
    (match,) = run(rule, BEFORE_IT_BEGAN, gap("2020-01-05"), VE1)
    assert days(match) == {"load": "12-20", "dark": "01-05", "arrive": "02-15"}


@pytest.mark.parametrize(
    "day,kept", [("2019-12-31T23:59", 0), ("2020-01-01", 1), ("2020-01-31T23:59", 1), ("2020-02-01", 0)]
)
def test_validity_is_half_open(day: str, kept: int) -> None:
    assert len(run(make_rule({"event": "gap"}, valid_from="2020-01-01", valid_to="2020-02-01"), gap(day))) == kept


def test_an_optional_event_gives_no_exception_its_time() -> None:
    exception = {"vessel": "imo:9999802", "reason": "cleared by the desk", "until": "2020-01-01"}
    rule = make_rule(make_sequence([{**LOAD, "optional": True}, DARK, ARRIVE]), exceptions=[exception])
    assert len(run(rule, BEFORE_IT_BEGAN, gap("2020-01-05"), VE1)) == 1
