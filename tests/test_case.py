"""A case: the story of its steps, what could have been reached, near events, and lists on the day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.alert_cases import made_alert, made_step
from watch.case.near import NEAR, near_rows, near_span, shown_rows
from watch.case.reach import SHOWN_MAX, reach_of
from watch.case.rule import _countries
from watch.case.ships import tell_lists, tell_ship
from watch.case.story import longest_gap, tell_story
from watch.watchlists.matching import Found, Listed

NAMES = {"IR": "Iran", "VE": "Venezuela", "OM": "Oman"}
ME, OTHER = "imo:9999802", "imo:9999814"


def made_event(event_id: str, kind: str = "zone_visit", **changes: Any) -> dict[str, Any]:
    """A public event of a made ship."""
    event = {
        **{"event_id": event_id, "kind": kind, "vessel_id": ME, "mmsi": 636990101, "imo": 9999802},
        **{"name": "MADE TANKER ONE", "flag": "LR", "type": "tanker"},
        **{"start_at": "2020-05-03T04:00:00Z", "end_at": "2020-05-13T04:00:00Z"},
        **{"start_lat": 25.0, "start_lon": 56.0, "end_lat": 24.0, "end_lon": 58.0},
        **dict.fromkeys(("zone_id", "other_vessel_id", "other_mmsi", "other_imo", "other_name", "zone")),
        "details": {},
    }
    return event | changes


def made_visit(country: str, rank: int, gap_id: str = "g1", **details: Any) -> dict[str, Any]:
    """A possible visit in a gap: the rank tells how near the place is."""
    zone = {"id": f"{country}{rank}", "name": f"{country} {rank}", "country": country, "kind": "port"}
    facts = {"gap_id": gap_id, "rank": rank, "out_nm": 10.0 * rank, "stay_h": 50.0, "needed_kn": 3.0, "speed_kn": 14.0}
    visit = made_event(f"v{country}{rank}", "possible_visit", zone=zone, zone_id=zone["id"])
    return visit | {"details": facts | {"open": False, "was_there": False} | details}


def test_the_nearest_of_each_country_of_the_rule_come_before_nearer_ones() -> None:
    visits = [made_visit("OM", n) for n in range(1, 21)]
    visits += [made_visit("IR", n) for n in range(21, 31)] + [made_visit("VE", n) for n in range(31, 41)]
    reach = reach_of("g1", visits, ["VE", "IR"], NAMES)
    assert reach is not None
    chosen = [zone["name"] for zone in reach["zones"]]
    assert chosen == ["OM 1", "OM 2", "IR 21", "IR 22", "IR 23", "VE 31", "VE 32", "VE 33"]
    assert (reach["count"], reach["rest_count"]) == (40, 32)
    rest = [(some["country"], some["count"], some["places"][0], some["places"][-1]) for some in reach["rest"]]
    assert rest == [("Oman", 18, "OM 3", "OM 20"), ("Iran", 7, "IR 24", "IR 30"), ("Venezuela", 7, "VE 34", "VE 40")]
    assert [(c["country"], c["count"]) for c in reach["of_rule"]] == [("Iran", 10), ("Venezuela", 10)]


def test_without_countries_the_nearest_are_told() -> None:
    reach = reach_of("g1", [made_visit("OM", n) for n in range(12, 0, -1)], [], NAMES)
    assert reach is not None
    assert [zone["name"] for zone in reach["zones"]] == [f"OM {n}" for n in range(1, SHOWN_MAX + 1)]
    assert reach["of_rule"] == []


def test_visits_of_another_gap_are_left_out() -> None:
    assert reach_of("g2", [made_visit("IR", 1)], ["IR"], NAMES) is None


def test_a_rule_of_many_countries_leaves_room_for_the_nearest() -> None:
    codes = ["IR", "VE", "SY", "KP", "CU", "SD", "RU", "LY"]
    visits = [made_visit("OM", 1), made_visit("OM", 2), *(made_visit(c, n) for n, c in enumerate(codes, 3))]
    reach = reach_of("g1", visits, codes, {})
    assert reach is not None
    assert [zone["country"] for zone in reach["zones"]] == ["OM", "OM", *codes[:6]]


ASKED = {
    "in_a_zone": ({"zone": {"country": ["IR"]}}, ["IR"]),
    "nested_and_one_text": ({"steps": [{"zone": {"any_of": [{"country": "IR"}, {"country": "VE"}]}}]}, ["IR", "VE"]),
    "what_is_left_out_is_none": ({"not": [{"zone": {"country": ["IR"]}}], "zone": {"country": ("VE",)}}, ["VE"]),
    "none": ({"zone": {"country": None}}, []),
}


@pytest.mark.parametrize(("pattern", "countries"), ASKED.values(), ids=ASKED.keys())
def test_the_countries_that_a_rule_speaks_of(pattern: dict[str, Any], countries: list[str]) -> None:
    assert list(_countries(pattern)) == countries


BETWEEN = {
    "after": (("2020-05-01T00:00Z", "2020-05-02T00:00Z"), "2020-05-30T00:00Z", "28 days later"),
    "meanwhile": (
        ("2020-05-01T00:00Z", "2020-05-09T00:00Z"),
        "2020-05-02T00:00Z",
        "meanwhile, 24 h after step 1 began",
    ),
    "while_still_open": (("2020-05-01T00:00Z", None), "2020-05-02T00:00Z", "meanwhile, 24 h after step 1 began"),
    "at_the_end": (("2020-05-01T00:00Z", "2020-05-02T00:00Z"), "2020-05-02T00:00Z", "at once"),
    "together": (("2020-05-01T00:00Z", "2020-05-02T00:00Z"), "2020-05-01T00:00Z", "at the same time"),
}


@pytest.mark.parametrize(("first", "start_at", "said"), BETWEEN.values(), ids=BETWEEN.keys())
def test_what_lies_between_steps(first: tuple[str, str | None], start_at: str, said: str) -> None:
    steps = [made_step(*first, 50.0, 29.0), made_step(start_at, None, 50.0, 29.0, event_id="e2")]
    story = tell_story(made_alert("aaaa") | {"steps": steps}, [], None)
    assert [step["between"] for step in story] == ["", said]


def meeting(**changes: Any) -> dict[str, Any]:
    """A meeting as the first of the two tells it."""
    other = {"other_vessel_id": OTHER, "other_mmsi": 636990102, "other_name": "MADE TANKER TWO"}
    return made_event("e1", "encounter", **other, **changes)


SIDES = {
    "as_it_is_stored": (636990101, 636990102, (ME, OTHER, "MADE TANKER TWO")),
    "from_the_other_side": (636990102, 636990101, (OTHER, ME, "MADE TANKER ONE")),
}


@pytest.mark.parametrize(("mmsi", "other_mmsi", "sides"), SIDES.values(), ids=SIDES.keys())
def test_the_partner_is_the_other_ship(mmsi: int, other_mmsi: int, sides: tuple[str, str, str]) -> None:
    step = made_step("2020-05-03T04:00Z", None, 50.0, 29.0, kind="encounter", mmsi=mmsi, other_mmsi=other_mmsi)
    (told,) = tell_story(made_alert("aaaa") | {"steps": [step]}, [meeting()], None)
    assert (told["vessel_id"], told["partner"]["vessel_id"], told["partner"]["name"]) == sides


def test_a_step_that_could_have_been_shows_the_silence_it_lies_in_once() -> None:
    gap = made_event("g1", "gap", details={"duration_h": 240.0, "coverage": "heard", "off_sog_kn": 0.1})
    steps = [
        made_step(
            "2020-05-04T04:00Z", None, 5.0, 2.0, event_id=f"v{n}", kind="possible_visit", details={"gap_id": "g1"}
        )
        for n in (1, 2)
    ]
    story = tell_story(made_alert("aaaa") | {"steps": steps}, [gap, made_visit("IR", 1)], None, ["IR"], NAMES)
    assert [bool(step["gap"]) for step in story] == [True, False]
    assert story[0]["gap"]["lasting"] == "10 days"
    assert story[0]["gap"]["reach"]["count"] == 1


def test_an_open_silence_tells_more_than_a_longer_one_that_ended() -> None:
    gaps = [
        made_event("g1", "gap", details={"duration_h": 900.0}),
        made_event("g2", "gap", end_at=None, end_lat=None, end_lon=None, details={"duration_h": 240.0}),
    ]
    steps = [made_step(g["start_at"], g["end_at"], 5.0, 2.0, event_id=g["event_id"], kind="gap") for g in gaps]
    as_of = datetime(2020, 5, 13, 4, tzinfo=UTC)
    gap = longest_gap(tell_story(made_alert("aaaa") | {"steps": steps}, gaps, as_of))
    assert gap is not None
    assert (gap["event_id"], gap["lasting"], gap["heard_again"]) == ("g2", "10 days so far", "")


def test_near_events_are_folded_and_passages_left_out() -> None:
    waters = {"id": "om_12nm", "name": "Oman, 12 nm", "country": "OM", "kind": "waters_12nm"}
    events = [
        made_event("w1", zone=waters),
        made_event("w2", zone=waters, start_at="2020-05-05T00:00:00Z"),
        *(made_visit("IR", n) for n in range(1, 5)),
        made_visit("OM", 9, gap_id="g2", open=True) | {"end_at": None},
        meeting() | {"start_at": "2020-05-06T00:00:00Z"},
    ]
    story = [{"event_id": "w2", "number": 1}, {"event_id": "vIR3", "number": 2}]
    rows = near_rows(events, story, OTHER)
    assert [(row["event_id"], row["seen"], row["steps"]) for row in rows] == [
        ("vIR1", "3 places: IR", []),
        ("vIR3", "time for a stay of up to 50 h; needs 3.0 kn", [2]),
        ("vOM9", "1 place: OM", []),
        ("w2", "", [1]),
        ("e1", "", []),
    ]
    assert [row["other"] for row in rows][-1] == "MADE TANKER ONE"
    assert [row["event_id"] for row in shown_rows(rows, 3)] == ["vIR1", "vIR3", "w2"]


def test_near_is_fourteen_days_about_all_steps() -> None:
    steps = [
        made_step("2020-05-01T00:00:00Z", "2020-05-20T00:00:00Z", 5.0, 2.0),
        made_step("2020-05-03T00:00:00Z", None, 5.0, 2.0),
    ]
    as_of = datetime(2020, 5, 10, tzinfo=UTC)
    assert near_span({"steps": steps}, as_of) == (
        datetime(2020, 5, 1, tzinfo=UTC) - NEAR,
        datetime(2020, 5, 20, tzinfo=UTC) + NEAR,
    )
    assert near_span({"steps": []}, as_of) is None


def listed(since: int, until: int | None = None, *, confirmed: bool = True) -> Found:
    """An entry that stood on a list from the beginning of a year to that of another."""
    begin, end = datetime(since, 1, 1, tzinfo=UTC), None if until is None else datetime(until, 1, 1, tzinfo=UTC)
    entry = Listed("made-list", "k", 9999802, 0, "MADE", (), "", "", begin, end)
    return Found(entry, "imo" if confirmed else "name", 100 if confirmed else 91, confirmed)


LISTED = {
    "then": (listed(2018), "listed then, since 2018-01-01", True),
    "later": (listed(2025), "not listed then; listed later, from 2025-01-01", False),
    "before": (listed(2010, 2016), "no longer listed then; listed from 2010-01-01 to 2016-01-01", False),
    "only_a_name": (
        listed(2018, confirmed=False),
        "only a name or radio like it (score 91), not confirmed: listed then, since 2018-01-01",
        False,
    ),
}


@pytest.mark.parametrize(("found", "said", "then"), LISTED.values(), ids=LISTED.keys())
def test_how_a_ship_stood_to_a_list_on_the_day(found: Found, said: str, then: bool) -> None:
    (entry,) = tell_lists([found], datetime(2020, 5, 3, tzinfo=UTC))
    assert (entry["state"], entry["then"]) == (said, then)


def test_steps_mark_what_was_declared_then() -> None:
    chain = [{"from_at": f"2020-0{month}-01T00:00:00Z", "name": f"NAME {month}"} for month in (3, 5, 7)]
    story = [
        {"vessel_id": ME, "start_at": "2020-05-03T04:00:00Z", "number": 1},
        {"vessel_id": OTHER, "start_at": "2020-05-04T04:00:00Z", "number": 2},
        {"vessel_id": ME, "start_at": "2020-06-30T04:00:00Z", "number": 3},
    ]
    told = tell_ship({"vessel_id": ME, "name": "MADE"}, {"chain": chain, "misfits": []}, [], story)
    assert [(link["name"], link["steps"]) for link in told["chain"]] == [
        ("NAME 3", []),
        ("NAME 5", [1, 3]),
        ("NAME 7", []),
    ]
