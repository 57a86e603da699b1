"""What nearly matched: by one thing that was lacking, with what it was and what is needed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.rules.rule_builders import LAST, event, gap, make_rule, make_sequence, meeting, table
from tests.rules.rule_zones import zone_of
from watch.rules.matcher import match_table
from watch.rules.model import Rule
from watch.rules.near import NearGroup, Scope, near_misses, near_steps
from watch.rules.table import EventTable

LOAD = event("port_visit", "2020-01-01", "ir_kharg")
DARK = gap("2020-01-05", hours=30)
ARRIVE = event("port_visit", "2020-03-01", "ve_el_palito")

STEPS = [
    {"id": "load", "event": "port_visit", "zone": {"country": "IR"}},
    {"id": "dark", "event": "gap", "where": {"duration_h": ">=12h"}},
    {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}},
]
CHINA = {"event": "port_visit", "zone": {"country": "CN"}}


def voyage(**more: Any) -> Rule:
    head = {name: more.pop(name) for name in ("vessel", "exceptions", "valid_from", "valid_to") if name in more}
    return make_rule(make_sequence(more.pop("steps", STEPS), **more), **head)


def pattern(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key != "id"}


def laid_out(*events: dict[str, Any]) -> EventTable:
    return EventTable(table(*events), zone_of)


def near(rule: Rule, *events: dict[str, Any], scope: Scope | None = None) -> list[NearGroup]:
    return near_misses(rule, laid_out(*events), LAST, scope)


def told(rule: Rule, *events: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the step, what is asked and the first sentence of every group."""
    return [(g.step_id, g.lacks, g.nearest[0].told) for g in near(rule, *events)]


LACKS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], tuple[str, str, str]]] = {
    "a_silence_too_short": (
        {},
        [LOAD, gap("2020-01-05", hours=11.5), ARRIVE],
        ("dark", "duration_h >= 12 h", "gap was 11.5 h, needs >= 12 h"),
    ),
    "a_hair_too_short_is_told_exactly": (
        {},
        [LOAD, gap("2020-01-05", hours=11.999), ARRIVE],
        ("dark", "duration_h >= 12 h", "gap was 11.999 h, needs >= 12 h"),
    ),
    "a_value_that_is_not_known": (
        {},
        [LOAD, event("gap", "2020-01-05", hours=30, duration_h=None), ARRIVE],
        ("dark", "duration_h >= 12 h", "duration_h is not known, needs >= 12 h"),
    ),
    "another_country": (
        {},
        [event("port_visit", "2020-01-01", "ae_fujairah_anch"), DARK, ARRIVE],
        ("load", "a zone with country IR", "called at ae_fujairah_anch, needs a zone with country IR"),
    ),
    "no_zone_at_all": (
        {},
        [LOAD, DARK, event("port_visit", "2020-03-01")],
        ("arrive", "a zone with country VE", "called at no known zone (25.00, 57.00), needs a zone with country VE"),
    ),
    "passed_the_port_by": (
        {},
        [LOAD, DARK, event("port_visit", "2020-03-01", "ve_el_palito", confidence=1)],
        ("arrive", "confidence >= 2", "confidence was 1, needs >= 2"),
    ),
    "too_late": (
        {},
        [LOAD, DARK, event("port_visit", "2020-05-11", "ve_el_palito")],
        ("arrive", "at most 120 d after load", "arrive came 131 d after load, needs <= 120 d"),
    ),
    "a_step_too_late_after_the_one_before": (
        {"steps": [STEPS[0], {**STEPS[1], "within": "3d"}, STEPS[2]]},
        [LOAD, DARK, ARRIVE],
        ("dark", "at most 3 d after load", "dark came 4 d after load, needs <= 3 d"),
    ),
    "forbidden_between": (
        {"not": [{**CHINA, "between": ["load", "arrive"]}]},
        [LOAD, DARK, event("port_visit", "2020-02-01", "cn_qingdao"), ARRIVE],
        (
            "",
            "not: port_visit in a zone with country CN between load and arrive",
            "port_visit at cn_qingdao on 2020-02-01 lies between load and arrive, which `not` forbids",
        ),
    ),
    "forbidden_before": (
        {"not": [{**CHINA, "before": "load", "lasting": "30d"}]},
        [event("port_visit", "2019-12-10", "cn_qingdao"), LOAD, DARK, ARRIVE],
        (
            "",
            "not: port_visit in a zone with country CN in the 30 d before load",
            "port_visit at cn_qingdao on 2019-12-10 lies in the 30 d before load, which `not` forbids",
        ),
    ),
    "forbidden_after": (
        {"not": [{**CHINA, "after": "arrive", "lasting": "30d"}]},
        [LOAD, DARK, ARRIVE, event("port_visit", "2020-03-20", "cn_qingdao")],
        (
            "",
            "not: port_visit in a zone with country CN in the 30 d after arrive",
            "port_visit at cn_qingdao on 2020-03-20 lies in the 30 d after arrive, which `not` forbids",
        ),
    ),
    "what_must_not_follow_may_still_come": (
        {"not": [{**CHINA, "after": "arrive", "lasting": "400d"}]},
        [LOAD, DARK, ARRIVE],
        (
            "",
            "not: port_visit in a zone with country CN in the 400 d after arrive",
            "until 2021-04-05 00:00 UTC a port_visit in a zone with country CN may still come",
        ),
    ),
    "forbidden_that_reaches_into_the_time_before": (
        {"not": [{**CHINA, "before": "load", "lasting": "2d", "overlap": True}]},
        [event("port_visit", "2019-12-28", "cn_qingdao", hours=60), LOAD, DARK, ARRIVE],
        (
            "",
            "not: port_visit in a zone with country CN in the 48 h before load",
            "port_visit at cn_qingdao on 2019-12-28 lies in the 48 h before load, which `not` forbids",
        ),
    ),
    "a_step_is_not_among_what_is_needed_besides": (
        {"having": [{"event": "gap", "between": ["load", "arrive"], "min": 2}]},
        [LOAD, DARK, gap("2020-02-05", hours=8), ARRIVE],
        (
            "",
            "having: 2 or more gap between load and arrive",
            "1 gap between load and arrive, needs 2 or more",
        ),
    ),
    "too_few_of_what_is_needed": (
        {"having": [{**CHINA, "between": ["load", "arrive"], "min": 2}]},
        [LOAD, DARK, event("port_visit", "2020-02-01", "cn_qingdao"), ARRIVE],
        (
            "",
            "having: 2 or more port_visit in a zone with country CN between load and arrive",
            "1 port_visit in a zone with country CN between load and arrive, needs 2 or more",
        ),
    ),
    "ended_by_until": (
        {"until": CHINA},
        [LOAD, DARK, event("port_visit", "2020-02-01", "cn_qingdao"), ARRIVE],
        (
            "",
            "until: port_visit in a zone with country CN",
            "port_visit at cn_qingdao on 2020-02-01 ended it between load and arrive, as `until` says",
        ),
    ),
    "another_flag": (
        {"vessel": {"flag": "PA"}},
        [LOAD, DARK, ARRIVE],
        ("", "ship: flag PA at the first step", "flag was LR, needs PA at the first step"),
    ),
    "a_flag_of_which_it_must_not_be": (
        {"vessel": {"flag": {"none_of": ["LR"], "at": "last_step"}}},
        [LOAD, DARK, ARRIVE],
        ("", "ship: flag not LR at the last step", "flag was LR, needs not LR at the last step"),
    ),
    "another_type": (
        {"vessel": {"type": ["cargo", "tug"]}},
        [LOAD, DARK, ARRIVE],
        ("", "ship: type cargo or tug", "type was tanker, needs cargo or tug"),
    ),
    "a_field_of_the_ship": (
        {"vessel": {"where": {"length_m": ">=200"}}},
        [{**LOAD, "length_m": 180.0}, DARK, ARRIVE],
        ("", "ship: length_m >= 200 m", "length_m was 180 m, needs >= 200 m"),
    ),
    "an_exception": (
        {"exceptions": [{"vessel": "imo:9999802", "reason": "cleared by the desk", "until": "2020-02-01"}]},
        [LOAD, DARK, ARRIVE],
        ("", "exceptions", "imo:9999802 is left out until 2020-02-01: cleared by the desk"),
    ),
    "before_the_rule_holds": (
        {"valid_from": "2020-02-01"},
        [LOAD, DARK, ARRIVE],
        ("", "valid from 2020-02-01", "began 2020-01-01, the rule is valid from 2020-02-01"),
    ),
    "after_the_rule_held": (
        {"valid_to": "2020-01-01"},
        [LOAD, DARK, ARRIVE],
        ("", "valid to 2020-01-01", "began 2020-01-01, the rule is valid to 2020-01-01"),
    ),
}


@pytest.mark.parametrize(("rule", "events", "expected"), LACKS.values(), ids=LACKS)
def test_a_voyage_that_lacks_one_thing(
    rule: dict[str, Any], events: list[dict[str, Any]], expected: tuple[str, str, str]
) -> None:
    assert expected in told(voyage(**rule), *events)
    assert not match_table(voyage(**rule), laid_out(*events), LAST)


def test_a_match_is_no_near_miss_nor_is_what_lies_in_its_time() -> None:
    shorter = gap("2020-01-20", hours=8)
    assert near(voyage(), LOAD, DARK, shorter, ARRIVE) == []


def test_what_lacks_two_things_is_not_near() -> None:
    assert near(voyage(vessel={"type": "cargo"}), LOAD, gap("2020-01-05", hours=8), ARRIVE) == []


def test_an_event_that_nearly_fits_two_alternatives_counts_once() -> None:
    call = pattern(STEPS[0])
    either = {"id": "load", "any_of": [call, {**call, "zone": {"country": "SY"}}]}
    groups = near(
        voyage(steps=[either, *STEPS[1:]]), event("port_visit", "2020-01-01", "ae_fujairah_anch"), DARK, ARRIVE
    )
    assert [(g.step_id, g.count, g.ships) for g in groups] == [("load", 1, 1)]


def test_an_early_rule_that_would_have_spoken_but_for_one_thing_is_near() -> None:
    rule = voyage(steps=[{**STEPS[1], "zone": {"country": "IR"}}, STEPS[2]], early={"after": "dark", "level": "low"})
    assert told(rule, gap("2020-01-05", "ir_kharg", hours=11)) == [
        ("dark", "duration_h >= 12 h", "gap was 11 h, needs >= 12 h")
    ]


SINGLE = make_rule(
    {"event": "gap", "zone": {"kind": "sts"}, "where": {"duration_h": ">=24"}},
    vessel={"type": "tanker"},
    unknown_if={"coverage": "lost"},
    valid_from="2020-01-01",
    valid_to="2020-11-01",
    exceptions=[{"vessel": "imo:9999814", "reason": "known", "until": "2021-01-01"}],
)


def test_single_events_by_what_they_lack_the_nearest_first() -> None:
    groups = near(
        SINGLE,
        gap("2020-02-01", "ae_fujairah_anch", hours=12),
        gap("2020-03-01", "ae_fujairah_anch", hours=23),
        gap("2020-04-01", "ir_kharg", hours=30),
        gap("2020-05-01", "ir_kharg", hours=8),
        gap("2020-06-01", "ae_fujairah_anch", hours=30, type="cargo", imo=9999826),
    )
    assert [(g.lacks, g.count, g.ships, [n.told for n in g.nearest]) for g in groups] == [
        ("duration_h >= 24 h", 2, 1, ["gap was 23 h, needs >= 24 h", "gap was 12 h, needs >= 24 h"]),
        ("ship: type tanker", 1, 1, ["type was cargo, needs tanker"]),
        ("a zone of kind sts", 1, 1, ["gap began in ir_kharg, needs a zone of kind sts"]),
    ]
    assert [n.away for n in groups[0].nearest] == [0.041667, 0.5]


TWICE_LACKING = {
    "doubtful": gap("2020-02-01", "ae_fujairah_anch", hours=12, coverage="lost"),
    "before_the_rule_holds": gap("2019-12-01", "ae_fujairah_anch", hours=12),
    "after_the_rule_held": gap("2020-11-01", "ae_fujairah_anch", hours=12),
    "left_out": gap("2020-02-01", "ae_fujairah_anch", hours=12, imo=9999814),
}


@pytest.mark.parametrize("one", TWICE_LACKING.values(), ids=TWICE_LACKING)
def test_a_single_event_that_lacks_something_besides_is_not_near(one: dict[str, Any]) -> None:
    assert near(SINGLE, one) == []


def test_a_meeting_counts_once_and_not_where_its_other_side_fits() -> None:
    rule = make_rule({"event": "encounter", "where": {"looks_like": "transfer"}}, vessel={"flag": "LR"})
    assert near(rule, meeting("2020-01-01", "my_eopl")) == []
    tug = meeting("2020-01-01", "my_eopl", looks_like="tug", other_flag="LR")
    assert [(g.lacks, g.count) for g in near(rule, tug)] == [("looks_like transfer", 1)]


COUNT = {"event": "encounter", "min": 3, "within": "30d", "where": {"looks_like": "transfer"}}
LIMIT = "3 different partners within 30 d"


def met(at: str, partner: int = 1, **more: Any) -> dict[str, Any]:
    return meeting(at, "my_eopl", other_vessel_id=f"mmsi:{partner}", other_mmsi=partner, **more)


COUNTS: dict[str, tuple[list[dict[str, Any]], tuple[str, str, str]]] = {
    "one_too_few": (
        [met("2020-01-01", 1), met("2020-01-05", 2)],
        ("", LIMIT, f"2 encounter, needs {LIMIT}"),
    ),
    "too_slow": (
        [met("2020-01-01", 1), met("2020-01-05", 2), met("2020-02-10", 3)],
        ("", LIMIT, f"3 events in 40 d, needs {LIMIT}"),
    ),
    "too_much_alike": (
        [met("2020-01-01", 1), met("2020-01-05", 1), met("2020-01-09", 1)],
        ("", LIMIT, f"3 events, needs {LIMIT}"),
    ),
    "one_is_no_transfer": (
        [met("2020-01-01", 1), met("2020-01-05", 2), met("2020-01-09", 3, looks_like="tug")],
        ("event", "looks_like transfer", "looks_like was tug, needs transfer (1 of 3 events)"),
    ),
}


@pytest.mark.parametrize(("events", "expected"), COUNTS.values(), ids=COUNTS)
def test_a_count_that_lacks_one_thing(events: list[dict[str, Any]], expected: tuple[str, str, str]) -> None:
    assert expected in told(make_rule({"count": {**COUNT, "distinct": "partner"}}), *events)


CARGO_STEPS = [STEPS[0], STEPS[2]]
PARTNER = {"imo": 9999814, "mmsi": 636990202, "name": "SYNTH TWO", "flag": "PA"}
LANDED = event("port_visit", "2020-03-01", "ve_el_palito", **PARTNER)

CARGOES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], tuple[str, str, str]]] = {
    "the_meeting_was_no_transfer": (
        {},
        [LOAD, meeting("2020-02-01", "my_eopl", looks_like="service"), LANDED],
        ("hands", "looks_like transfer", "looks_like was service, needs transfer"),
    ),
    "too_few_hulls": (
        {"hands": {"least": 2}},
        [LOAD, event("port_visit", "2020-03-01", "ve_el_palito")],
        ("hands", "2 ships or more", "passed through 1 ship, needs 2 or more"),
    ),
    "the_second_ship_came_too_late": (
        {"within": "30d"},
        [LOAD, meeting("2020-02-01", "my_eopl"), event("port_visit", "2020-02-20", "ve_el_palito", **PARTNER)],
        ("arrive", "at most 30 d after load", "arrive came 50 d after load, needs <= 30 d"),
    ),
    "forbidden_while_the_second_ship_held_it": (
        {"not": [{**CHINA, "between": ["load", "arrive"]}]},
        [
            LOAD,
            meeting("2020-02-01", "my_eopl"),
            event("port_visit", "2020-01-20", "cn_ningbo_zhoushan", **PARTNER),
            event("port_visit", "2020-02-15", "cn_qingdao", **PARTNER),
            LANDED,
        ],
        (
            "",
            "not: port_visit in a zone with country CN between load and arrive",
            "port_visit at cn_qingdao on 2020-02-15 lies between load and arrive, which `not` forbids",
        ),
    ),
}


@pytest.mark.parametrize(("rule", "events", "expected"), CARGOES.values(), ids=CARGOES)
def test_a_cargo_that_lacks_one_thing(
    rule: dict[str, Any], events: list[dict[str, Any]], expected: tuple[str, str, str]
) -> None:
    assert expected in told(voyage(steps=CARGO_STEPS, by="cargo", **rule), *events)


SCOPES: dict[str, tuple[Scope, int]] = {
    "all": (Scope(), 2),
    "half_open_begin": (Scope(from_at=pd.Timestamp("2020-03-01T00:00Z")), 1),
    "half_open_end": (Scope(to_at=pd.Timestamp("2020-03-01T00:00Z")), 1),
    "a_ship": (Scope(vessel_ids={"imo:9999802"}), 2),
    "another_ship": (Scope(vessel_ids={"imo:9999814"}), 0),
}


@pytest.mark.parametrize(("scope", "count"), SCOPES.values(), ids=SCOPES)
def test_the_scope_of_near_misses(scope: Scope, count: int) -> None:
    events = [gap(f"2020-0{month}-01", "ae_fujairah_anch", hours=12) for month in (2, 3)]
    assert sum(g.count for g in near(SINGLE, *events, scope=scope)) == count


def test_only_the_nearest_are_told_and_all_are_counted() -> None:
    events = [gap(f"2020-02-{day:02}", "ae_fujairah_anch", hours=day) for day in range(1, 20)]
    (group,) = near(SINGLE, *events, scope=Scope(shown=2))
    assert (group.count, [n.told for n in group.nearest]) == (
        19,
        ["gap was 19 h, needs >= 24 h", "gap was 18 h, needs >= 24 h"],
    )


def test_only_the_nearest_voyages_are_told_and_all_are_counted() -> None:
    voyages = [
        {**one, "imo": imo, "vessel_id": f"imo:{imo}", "event_id": f"{one['event_id']} {imo}"}
        for imo, hours in ((9999802, 8), (9999814, 11), (9999826, 9))
        for one in (LOAD, gap("2020-01-05", hours=hours), ARRIVE)
    ]
    (group,) = near(voyage(), *voyages, scope=Scope(shown=1))
    assert (group.count, group.ships, [n.told for n in group.nearest]) == (3, 3, ["gap was 11 h, needs >= 12 h"])


def test_what_nearly_speaks_and_is_nearly_whole_counts_once() -> None:
    rule = voyage(steps=STEPS[1:], early={"after": "dark", "level": "low"}, vessel={"flag": "PA"})
    assert [(g.lacks, g.count) for g in near(rule, DARK, ARRIVE)] == [("ship: flag PA at the first step", 1)]
    short = voyage(steps=STEPS[1:], early={"after": "dark", "level": "low"})
    assert [(g.lacks, g.count) for g in near(short, gap("2020-01-05", hours=8), ARRIVE)] == [("duration_h >= 12 h", 1)]


def test_an_early_rule_is_near_to_speak_before_what_must_not_follow_is_known() -> None:
    late = [{**CHINA, "after": "arrive", "lasting": "30d"}]
    rule = voyage(**{"not": late}, early={"after": "arrive", "level": "low"})
    china = event("port_visit", "2020-03-20", "cn_qingdao")
    groups = near(rule, LOAD, gap("2020-01-05", hours=11), ARRIVE, china)
    assert [(g.lacks, g.nearest[0].told) for g in groups] == [("duration_h >= 12 h", "gap was 11 h, needs >= 12 h")]


def test_events_near_one_step_whatever_the_others_are() -> None:
    found = near_steps(voyage(), laid_out(gap("2020-01-05", hours=8), gap("2020-02-05", hours=11), ARRIVE), "dark")
    assert [(n.told, n.events[0][0]) for n in found] == [
        ("gap was 11 h, needs >= 12 h", "dark"),
        ("gap was 8 h, needs >= 12 h", "dark"),
    ]
