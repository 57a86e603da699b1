"""Events as timelines: meetings told from both sides, and data that is odd, doubled or of the wrong type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.rules.rule_builders import (
    ARRIVE,
    DARK,
    LAST,
    LOAD,
    called,
    event,
    gap,
    make_cargo,
    make_rule,
    make_sequence,
    meeting,
    met,
    run,
    silent,
    table,
    who,
)
from tests.rules.rule_zones import zone_of
from watch.rules.layout import Layout
from watch.rules.matcher import match_rule, match_table
from watch.rules.table import EventTable


def test_meeting_that_both_ships_satisfy_is_one_match_of_the_lower_mmsi() -> None:
    rule = make_rule({"event": "encounter", "where": {"other_type": "tanker"}}, vessel={"type": "tanker"})
    assert [m.vessel_id for m in run(rule, meeting("2020-01-01", "gr_laconian"))] == ["imo:9999802"]


def test_meeting_is_in_the_timeline_of_both_ships() -> None:
    rule = make_rule({"event": "encounter", "where": {"other_flag": "LR"}}, vessel={"flag": "PA"})
    (match,) = run(rule, meeting("2020-01-01", "gr_laconian"))
    event_ = match.steps[0].event
    assert (match.vessel_id, event_["mmsi"], event_["other_mmsi"]) == ("imo:9999814", 636990202, 636990101)


@pytest.mark.parametrize("kind", ["encounter", "possible_encounter"])
def test_each_ship_sees_the_other(kind: str) -> None:
    layout = Layout(table(met("2020-01-01", "AB", kind=kind)))
    sides = ("vessel_id", "mmsi", "imo", "name", "other_vessel_id", "other_mmsi", "other_imo", "other_name")
    rows = [tuple(layout.event(row)[side] for side in sides) for row in range(len(layout))]
    one, other = (tuple(who(ship)[name] for name in sides[:4]) for ship in "AB")
    assert rows == [(*one, *other), (*other, *one)]
    assert layout.twin.tolist() == [1, 0]


def test_a_possible_meeting_is_in_the_timeline_of_both_ships() -> None:
    spans = {"having": [{"event": "possible_encounter", "between": ["load", "arrive"]}]}
    voyage = [called("2020-01-01", "B", "ir_kharg"), called("2020-02-15", "B", "ve_jose")]
    rule = make_rule(make_sequence([LOAD, ARRIVE], **spans))
    assert len(run(rule, *voyage, met("2020-01-20", "AB", kind="possible_encounter"))) == 1


def test_draught_of_a_meeting_stays_with_its_side() -> None:
    rule = make_rule({"event": "encounter", "where": {"draught_change_m": ">2"}}, vessel={"flag": "PA"})
    assert run(rule, meeting("2020-01-01", "gr_laconian", draught_change_m=5.0)) == []


def test_step_names_the_zone_that_fits_not_the_first() -> None:
    (match,) = run(
        make_rule({"event": "gap", "zone": {"kind": "approach"}}), gap("2020-01-01", ["om_12nm", "ir_approaches"])
    )
    assert match.steps[0].zone_id == "ir_approaches"


def test_vessel_without_identity_is_known_by_its_radio() -> None:
    (match,) = run(make_rule({"event": "gap"}), gap("2020-01-01", vessel_id=None, imo=None))
    assert match.vessel_id == "mmsi:636990101"


def test_no_events_at_all() -> None:
    rules = (
        make_rule({"event": "gap"}),
        make_rule({"count": {"event": "gap", "min": 2, "within": "30d"}}),
        make_rule(make_sequence([LOAD, DARK, ARRIVE], early={"after": "dark", "level": "low"})),
        make_rule(make_cargo([LOAD, ARRIVE])),
    )
    assert [run(rule) for rule in rules] == [[], [], [], []]
    assert len(EventTable(table(), zone_of)) == 0


def test_an_event_told_twice_is_one() -> None:
    seen = [gap("2020-01-01"), met("2020-01-02", "AB"), gap("2020-01-03")]
    once, twice = (Layout(table(*events)) for events in (seen, [*seen, *seen]))
    assert [once.event(row) for row in range(len(once))] == [twice.event(row) for row in range(len(twice))]
    assert once.twin.tolist() == twice.twin.tolist() == [-1, 2, 1, -1]
    assert len(run(make_rule({"count": {"event": "gap", "min": 3, "within": "30d"}}), *seen, *seen)) == 0


def test_one_event_serves_one_step_though_it_is_told_twice() -> None:
    rule = make_rule(make_sequence([LOAD, {**LOAD, "id": "again"}]))
    assert run(rule, *[called("2020-01-01", "A", "ir_kharg")] * 2) == []


def test_a_ship_that_meets_itself() -> None:
    itself = met("2020-01-05", "AB", other_vessel_id="A")
    assert [m.vessel_id for m in run(make_rule({"event": "encounter"}), itself)] == ["A"]
    voyage = [called("2020-01-01", "A", "ir_kharg"), itself, called("2020-02-15", "A", "ve_jose")]
    handed = {"id": "handed", "event": "encounter", "transfer": True}
    assert run(make_rule(make_cargo([LOAD, handed, ARRIVE])), *voyage) == []
    (chain,) = run(make_rule(make_cargo([LOAD, ARRIVE])), *voyage)
    assert len(chain.hands) == 1


def test_a_meeting_with_an_unknown_ship_is_in_one_timeline() -> None:
    unknown = met("2020-01-05", "AB", other_vessel_id=None, other_imo=None, other_mmsi=None)
    layout = Layout(table(unknown))
    assert (len(layout), layout.twin.tolist()) == (1, [-1])
    voyage = [called("2020-01-01", "A", "ir_kharg"), unknown, called("2020-02-15", "B", "ve_jose")]
    assert run(make_rule(make_cargo([LOAD, ARRIVE])), *voyage) == []


def test_a_partner_known_by_its_radio_alone_is_that_ship() -> None:
    by_radio = met("2020-01-05", "AB", other_vessel_id=None, other_imo=None)
    arrived = called("2020-02-15", "B", "ve_jose", vessel_id=None, imo=None)
    (chain,) = run(make_rule(make_cargo([LOAD, ARRIVE])), called("2020-01-01", "A", "ir_kharg"), by_radio, arrived)
    assert [hand.event["vessel_id"] for hand in chain.hands] == ["A", "mmsi:636990002"]


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "words_where_a_number_is_expected": ({"duration_h": ">=24"}, {"duration_h": "long"}, 0),
    "digits_as_words_are_no_number": ({"duration_h": ">=24"}, {"duration_h": "48"}, 0),
    "a_list_where_a_number_is_expected": ({"duration_h": ">=24"}, {"duration_h": [48]}, 0),
    "a_dictionary_where_a_word_is_expected": ({"coverage": "heard"}, {"coverage": {"a": 1}}, 0),
    "a_number_where_a_word_is_expected": ({"coverage": "!=lost"}, {"coverage": 3}, 0),
    "a_word_where_true_or_false_is_expected": ({"open": True}, {"open": "true"}, 0),
    "one_where_true_or_false_is_expected": ({"open": True}, {"open": 1}, 0),
    "numbers_of_numpy": ({"fixes_12h": 3}, {"fixes_12h": np.int64(3)}, 1),
    "fractions_of_numpy": ({"duration_h": ">=24"}, {"duration_h": np.float32(48)}, 1),
    "true_of_numpy": ({"open": True}, {"open": np.bool_(True)}, 1),
    "a_number_that_is_none": ({"duration_h": ">=24"}, {"duration_h": float("nan")}, 0),
    "details_that_are_none": ({"coverage": "heard"}, {"details": None}, 0),
    "zones_that_are_no_list": ({"coverage": "heard"}, {"zone_ids": "ir_kharg"}, 1),
    "zones_that_are_a_number": ({"coverage": "heard"}, {"zone_ids": 7}, 1),
}


@pytest.mark.parametrize("where,wrong,expected", WRONG.values(), ids=WRONG.keys())
def test_a_value_of_the_wrong_type_fits_nothing(where: dict[str, Any], wrong: dict[str, Any], expected: int) -> None:
    one = gap("2020-01-01")
    one["details"] = None if "details" in wrong else {**one["details"], **wrong}
    other = gap("2020-01-05", hours=1.0, coverage="lost")
    assert len(run(make_rule({"event": "gap", "where": where}), one, other)) == expected


def test_words_of_the_wrong_type_are_no_words() -> None:
    rule = make_rule({"event": "draught_change", "where": {"between": "any"}})
    wrong = [event("draught_change", f"2020-01-0{i}", between=b) for i, b in enumerate([7, {"gap": 1}, []], 1)]
    assert run(rule, *wrong) == []


def test_a_gap_whose_length_is_no_number_is_the_shortest() -> None:
    steps = [LOAD, {"id": "dark", "event": "gap", "optional": True}, ARRIVE]
    voyage = [called("2020-01-01", "A", "ir_kharg"), called("2020-02-15", "A", "ve_jose")]
    gaps = [silent("2020-01-05", "A"), silent("2020-01-10", "A", hours=1.0)]
    gaps[0]["details"]["duration_h"] = "long"
    (match,) = run(make_rule(make_sequence(steps)), *voyage, *gaps)
    assert match.steps[1].event["start_at"].day == 10


def test_no_place_is_told_as_none() -> None:
    (match,) = run(make_rule({"event": "gap"}), gap("2020-01-01", start_lat=np.nan, start_lon=np.nan))
    assert (match.steps[0].event["start_lat"], match.steps[0].event["start_lon"]) == (None, None)


def test_steps_may_begin_at_one_moment() -> None:
    seen = [gap("2020-01-01"), event("port_visit", "2020-01-01", "ve_jose")]
    for steps in ([DARK, ARRIVE], [ARRIVE, DARK]):
        assert len(run(make_rule(make_sequence(steps)), *seen)) == 1


def test_a_zone_is_that_of_the_alternative_which_fits() -> None:
    choice = {
        "any_of": [
            {"event": "gap", "zone": {"id": "ae_12nm"}, "where": {"coverage": "lost"}},
            {"event": "gap", "zone": {"id": "om_sohar_sts"}},
        ]
    }
    (match,) = run(make_rule(choice), gap("2020-01-01", ["ae_12nm", "om_sohar_sts"]))
    assert match.steps[0].zone_id == "om_sohar_sts"


def crowd(count: int) -> pd.DataFrame:
    """Return the events of one ship, one every quarter of an hour."""
    kinds = ("port_visit", "gap", "port_visit", "loitering", "draught_change")
    zones = ("ir_kharg", "om_sohar_sts", "ve_jose", "my_eopl", "cw_bullenbaai")
    start_at = pd.Timestamp("2019-01-01", tz="UTC") + pd.to_timedelta(np.arange(count) * 15, unit="min")
    details = [{"zone_ids": [zones[i % 5]], "confidence": 4, "duration_h": 30.0} for i in range(5)]
    rows = {
        "event_id": [f"e{i}" for i in range(count)],
        "kind": [kinds[i % 5] for i in range(count)],
        "start_at": start_at,
        "end_at": start_at + pd.Timedelta("10min"),
        "zone_id": [zones[i % 5] for i in range(count)],
        "details": [details[i % 5] for i in range(count)],
    }
    return pd.DataFrame({**rows, **who("A")}).reindex(columns=table().columns)


NEVER = {"event": "loitering", "between": ["load", "arrive"]}
HARDLY = {"event": "draught_change", "between": ["load", "arrive"], "min": 1000}
LATE = [LOAD, DARK, {**ARRIVE, "zone": {"country": "KP"}}]
CROWDED = {
    "count": ({"count": {"event": "gap", "min": 100, "within": "365d", "distinct": "day"}}, 1),
    "not": (make_sequence([LOAD, ARRIVE], "365d", **{"not": [NEVER]}), 10_000),
    "having": (make_sequence([LOAD, ARRIVE], "365d", having=[HARDLY]), 9),
    "neither": (make_sequence([LOAD, ARRIVE], "365d", **{"not": [NEVER], "having": [HARDLY]}), 0),
    "early": (make_sequence(LATE, "5d", early={"after": "dark", "level": "low"}), 1),
    "after": (
        make_sequence([LOAD], **{"not": [{**NEVER, "between": None, "after": "load", "lasting": "30min"}]}),
        10_000,
    ),
}


@pytest.mark.parametrize("match,expected", CROWDED.values(), ids=CROWDED.keys())
def test_a_ship_with_50_000_events_is_judged_in_seconds(match: dict[str, Any], expected: int) -> None:
    assert len(match_table(make_rule(match), EventTable(crowd(50_000), zone_of), LAST)) == expected


def test_a_table_in_any_order_is_the_same() -> None:
    events = table(gap("2020-01-03"), met("2020-01-02", "AB"), gap("2020-01-01"))
    rule = make_rule({"event": ["gap", "encounter"]})
    assert match_rule(rule, events, LAST, zone_of) == match_rule(rule, events[::-1], LAST, zone_of)
