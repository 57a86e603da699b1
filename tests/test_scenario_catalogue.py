"""The catalogue of scenarios: each line that speaks of events is a test by its id, what must not be seen included.

All tracks are SYNTHETIC.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tests import catalogue_seas as seas
from tests.catalogue_tracks import (
    DAY_H,
    bundled_events,
    bundled_rows,
    calls,
    events_of,
    file_events,
    go_round,
    hours,
    kinds,
    of_kind,
    to_and_fro,
    together,
    track,
    zones,
)
from tests.readers.cases import drain, write_lines
from watch.pipeline import run_scenario

CATALOGUE = [
    *("P1a", "P1b", "P1d", "P1e", "P2a", "P2b", "P2d", "P3a", "P3b", "P4a", "P4c", "P5a", "P5c", "P5d"),
    *("P6a", "P6b", "P6d", "P7b", "I2", "I3", "I5", "S3", "S5"),
    *("N1", "N2", "N3", "N5", "N7", "N8", "N9", "N10", "N11", "N13", "D1", "D2", "D3", "D4"),
]

#: Lines that speak of rules, lists or measures alone; test_rule_catalogue.py and _signs.py test them, and all others.
NOT_ABOUT_EVENTS = {
    "P1b": "a route, which a rule tells, and a list; the ship's events are those of P1a",
    "P2d": "a list: listed then or later",
    "P3a": "a list, and measures by date",
    "P3b": "a route, which a rule tells, and a list",
    "P4c": "measures by date",
    "P5a": "a route, which a rule tells, and a measure",
    "P5c": "a scenario without AIS: there is nothing to see",
    "P6a": "measures by date",
    "P6b": "measures to the second",
    "P6d": "licences to the minute",
    "D1": "a list that comes empty",
    "D2": "a list: how its rows are read",
    "D3": "a list: how its rows are read",
    "D4": "a list: names that several ships bear",
}


def test_every_line_of_the_catalogue_is_a_test_or_says_why_not() -> None:
    tested = {name.split("_")[1] for name in globals() if name.startswith("test_")}
    assert {i for i in CATALOGUE if i.lower() in tested} == set(CATALOGUE) - set(NOT_ABOUT_EVENTS)
    assert set(NOT_ABOUT_EVENTS) <= set(CATALOGUE)


# Cases of 2013 to 2025 (P)


def test_p1a_is_heard_all_the_way_and_comes_out_of_the_berth_lighter() -> None:
    seen = bundled_events("irve1", "FORTUNE")
    assert set(kinds(seen)) == {"port_visit", "draught_change", "changed"}  # no gap, no spoof
    berths = [zone for _, zone in calls(seen)]
    assert berths == ["ir_bandar_abbas_shahid_rajaee", "ir_bandar_abbas_anch", "ve_el_palito"]
    unloaded = of_kind(seen, "draught_change")[-1]
    assert (unloaded["draught_before_m"], unloaded["draught_after_m"]) == (10.1, 6.5)
    assert unloaded["start_at"] > pd.Timestamp("2020-05-25T05:00Z")
    assert "ve_el_palito" in unloaded["zone_ids"]


def test_p1d_declares_caracas_in_place_of_rotterdam_and_meets_nobody() -> None:
    seen = bundled_events("irve1", "CLAVEL", "FOREST")
    (flip,) = [c for c in of_kind(seen, "destination_change", "changed") if c["before"] == "ROTTERDAM"]
    assert (flip["after"], flip["after_country"], flip["country_changed"]) == ("CARACAS", "VE", True)
    assert flip["start_at"].date().isoformat() == "2020-05-14"
    assert 31 < flip["start_lat"] < 36
    assert 24 < flip["start_lon"] < 36
    assert not {"encounter", "possible_encounter"} & set(kinds(seen))


def test_p1e_declares_el_palito_and_berths_at_cardon() -> None:
    seen = bundled_events("irve1", "CLAVEL", "FOREST")
    (wrong,) = of_kind(seen, "destination_change", "contradicted")
    assert (wrong["name"], wrong["declared"], wrong["reached_zone"]) == ("FOREST", "EL PALITO", "ve_cardon")
    assert (wrong["declared_country"], wrong["reached_country"], wrong["country_differs"]) == ("VE", "VE", False)


def test_p2a_is_silent_for_sixty_days_at_a_speed_that_proves_nothing() -> None:
    """The catalogue's 7.6 kn are reckoned over the sea, by the Cape; a gap tells the great circle, the least speed."""
    seen = seas.sixty_days_unheard()
    (gap,) = of_kind(seen, "gap")
    assert gap["duration_h"] == 60 * 24
    assert (gap["flag"], gap["open"]) == ("LR", False)
    way_nm = haversine_nm((gap["start_lat"], gap["start_lon"]), (gap["end_lat"], gap["end_lon"]))
    assert gap["distance_nm"] == pytest.approx(way_nm, rel=1e-3)
    assert gap["implied_kn"] == pytest.approx(way_nm / 1440, abs=0.01)
    assert gap["implied_kn"] < 7.6
    in_reach = [v for v in of_kind(seen, "possible_visit") if v["zone_id"].startswith("ir_")]
    assert {v["gap_id"] for v in in_reach} == {gap["event_id"]}
    assert all(v["needed_kn"] < 7.6 and v["specificity"] < 0.05 for v in in_reach)
    assert kinds(seen) == {"gap": 1, "loitering": 1}


def haversine_nm(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = (map(math.radians, place) for place in (a, b))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 / 1.852 * math.asin(math.sqrt(chord))


def test_p2b_two_dark_tankers_could_have_met_the_two_that_come_out_deeper() -> None:
    seen = seas.two_dark_and_two_deeper()
    met = {(m["mmsi"], m["other_mmsi"], m["one_sided"]) for m in of_kind(seen, "possible_encounter")}
    assert {(538990024, 636990022, True), (538990025, 636990023, False)} <= met
    assert not {(538990024, 538990025), (538990024, 636990023)} & {pair[:2] for pair in met}  # days apart
    deeper = [(d["mmsi"], d["draught_before_m"], d["draught_after_m"]) for d in of_kind(seen, "draught_change")]
    assert deeper == [(538990024, 12.0, 14.5), (538990025, 12.0, 14.5)]
    assert [d["between"] for d in of_kind(seen, "draught_change")] == [["loitering"], ["gap"]]


def test_p4a_each_of_three_hops_is_seen_with_who_met_whom_where() -> None:
    seen = seas.three_hops()
    met = of_kind(seen, "encounter")
    assert [(m["name"], m["other_name"], m["zone_id"]) for m in met] == [
        ("SYNTH HOP ONE", "SYNTH HOP TWO", "my_eopl"),
        ("SYNTH HOP THREE", "SYNTH HOP TWO", "ecs_dprk_sts"),
    ]
    assert [m["duration_h"] for m in met] == [pytest.approx(20, abs=1), pytest.approx(14, abs=1)]
    assert [(m["flag"], m["draught_change_m"]) for m in met] == [("IR", -6.5), ("KP", 3.0)]
    assert calls(seen) == [(422990031, "ir_kharg"), (518990032, "cn_ningbo_zhoushan"), (445990033, "kp_nampo")]
    (anchored,) = [v for v in of_kind(seen, "port_visit") if v["zone_id"] == "cn_ningbo_zhoushan" and v["stop_h"]]
    assert anchored["stop_h"] == pytest.approx(6 * 24, abs=2)


def test_p4a_the_last_hop_is_no_bunkering() -> None:
    assert [m["looks_like"] for m in of_kind(seas.three_hops(), "encounter")] == ["transfer", "transfer"]


def test_p5d_from_taicang_to_bandar_abbas_without_a_gap() -> None:
    seen = seas.taicang_to_bandar_abbas()
    assert [zone for _, zone in calls(seen)] == ["cn_taicang", "ir_bandar_abbas_shahid_rajaee"]
    left, came = (v for v in of_kind(seen, "port_visit") if v["confidence"] > 1)
    assert 19 <= (came["start_at"] - left["end_at"]) / pd.Timedelta(days=1) <= 23
    assert set(kinds(seen)) == {"port_visit", "draught_change", "changed"}


def test_p7b_an_aircraft_is_set_apart_and_makes_no_event(tmp_path: Path) -> None:
    flight = [f"111422001,2020-04-22T{h:02d}:00:00Z,{35 - h},{51 - 6 * h},450,SYNTH FLIGHT" for h in range(20)]
    cargo = [f"219990115,2020-04-22T{h:02d}:00:00Z,{57.3 - h / 60},11.45,1.0,SYNTH CARGO" for h in range(20)]
    path = write_lines(tmp_path / "flight.csv", "mmsi,fix_at,lat,lon,sog_kn,name", *flight, *cargo)
    read = drain(path)
    assert set(read.positions["mmsi"].to_pylist()) == set(read.statics["mmsi"].to_pylist()) == {219990115}
    assert [*read.reasons] == [*range(2, 22)]
    assert all("aircraft" in reason for reason in read.reasons.values())
    assert set(file_events(path)["mmsi"]) == {219990115}


# Who ships say they are (I)


def test_i2_the_number_of_a_scrapped_ship_is_heard_again() -> None:
    """PANDI (9105073) was broken up by 17 August 2020; before that day her number tells nothing."""
    told = {"imo": 9105073, "name": "SYNTH ZOMBIE", "ship_type": 80}
    before, after = hours(48, 30, 40 * DAY_H), hours(48, 30, 92 * DAY_H)
    way = to_and_fro(before, 9, 2)
    assert kinds(events_of(track(511990041, before, 20 + way, -150.0, **told))) == {}
    seen = events_of(track(511990041, after, 20 + way, -150.0, **told))
    assert kinds(seen) == {"gone_hull": 1}
    (zombie,) = of_kind(seen, "identity_change")
    assert (zombie["after"], zombie["status"], zombie["gone_name"]) == ("9105073", "scrapped", "PANDI")
    assert zombie["start_at"] == pd.Timestamp("2020-09-01T00:00Z")


def test_i2_a_ship_that_is_heard_on_past_the_day_on_which_she_was_gone() -> None:
    hour = hours(12 * DAY_H, 60, 70 * DAY_H)  # from 10 August 2020 on
    seen = events_of(track(511990044, hour, 20 + to_and_fro(hour, 9, 2), -150.0, imo=9105073, ship_type=80))
    assert kinds(seen) == {"gone_hull": 1}


def test_i3_three_flags_in_sixty_days_are_two_changes_of_one_vessel() -> None:
    told = {"imo": 9990040, "name": "SYNTH HOPPER", "ship_type": 70}
    parts = [(677990042, 0), (620990042, 20), (613990042, 40)]
    heard = [(mmsi, hours(18 * DAY_H, 180, day * DAY_H)) for mmsi, day in parts]
    seen = events_of(together(*(track(mmsi, h, to_and_fro(h, 10, 5), -25.0, **told) for mmsi, h in heard)))
    changes = of_kind(seen, "identity_change")
    assert [(c["sub_kind"], c["before"], c["after"]) for c in changes] == [("flag", "TZ", "KM"), ("flag", "KM", "CM")]
    assert changes[-1]["start_at"] - pd.Timestamp("2020-06-01T00:00Z") <= pd.Timedelta(days=60)
    assert set(seen["mmsi"]) == {mmsi for mmsi, _ in parts}
    assert set(seen["vessel_id"]) == {"imo:9990040"}


def test_i5_a_legal_sale_is_one_flag_and_one_name() -> None:
    changes = of_kind(seas.legal_sale(), "identity_change")
    assert [(c["sub_kind"], c["before"], c["after"]) for c in changes] == [
        ("flag", "MH", "MT"),
        ("name", "SYNTH OLDNAME", "SYNTH NEWNAME"),
    ]


def test_i5_a_legal_sale_is_nothing_else() -> None:
    sold = seas.legal_sale()
    assert kinds(sold) == {"flag": 1, "name": 1, "gap": 1}
    (silence,) = of_kind(sold, "gap")  # of the old number, until the hull is heard under the new one
    assert silence["continued_as_mmsi"] in set(sold["mmsi"])
    assert silence["duration_h"] < 24
    assert not silence["open"]


@pytest.mark.parametrize(("mmsi", "imos"), seas.TWO_HULLS.values(), ids=seas.TWO_HULLS)
def test_two_hulls_under_one_number_are_two_vessels_and_no_event_mixes_them(
    mmsi: int, imos: tuple[int | None, int | None]
) -> None:
    everything = seas.shared_numbers()
    seen = everything[everything["mmsi"] == mmsi]
    assert kinds(seen) == {"shared_mmsi": 1, "gap": 2}
    ids = [f"mmsi:{mmsi}", f"mmsi:{mmsi}/1"] if imos[0] is None else [f"imo:{imo}" for imo in imos]
    assert set(seen["vessel_id"]) == set(ids)
    own = seen[seen["kind"] != "identity_change"]
    lat = own["vessel_id"].map(dict(zip(ids, (seas.SOUTH, seas.NORTH), strict=True)))
    for end in ("start_lat", "end_lat"):
        assert ((own[end] - lat).abs().dropna() < 0.01).all()
    gaps = of_kind(seen, "gap")
    assert [(g["name"], g["type"], g["vessel_id"]) for g in gaps] == [
        ("SYNTH OTHER", "cargo", ids[1]),
        ("SYNTH ONE", "tanker", ids[0]),
    ]
    assert [g["implied_kn"] for g in gaps] == [pytest.approx(8.2, abs=0.1)] * 2  # 9' of longitude at 24°


# Positions that are not true (S)


@pytest.mark.parametrize("kn", seas.CIRCLES_KN)
def test_s3_a_perfect_circle_of_five_miles_in_ten_hours(kn: int) -> None:
    seen = seas.circles()[seas.circles()["mmsi"] == 636990000 + kn]
    assert kinds(seen) == {"circle": 1}
    (circle,) = of_kind(seen, "spoof")
    assert circle["radius_nm"] == pytest.approx(5, rel=0.02)
    assert circle["duration_h"] >= 8


def test_s3_a_circle_at_point_reyes_and_one_wholly_on_land() -> None:
    """Point Reyes lies on the coast, nearer the sea than the shore is certain: the other circle is 30 nm inland."""
    reyes, inland = 636990052, 636990053
    seen = events_of(
        together(
            go_round(reyes, 38.05, -122.95, radius_nm=5, kn=10, length_h=10),
            go_round(inland, 38.6, -122.6, radius_nm=5, kn=10, length_h=10),
        )
    )
    found = {(row["mmsi"], row["sub_kind"]) for row in of_kind(seen, "spoof")}
    assert found == {(reyes, "circle"), (inland, "circle"), (inland, "on_land")}


def jammed_ships(where: str) -> pd.DataFrame:
    seen, first = seas.jammed_in_hormuz(), seas.JAMMED[where]
    return seen[seen["mmsi"].between(first, first + 7)]


@pytest.mark.parametrize("where", seas.JAMMED)
def test_s5_ships_that_leap_together_in_hormuz_are_each_jammed(where: str) -> None:
    leapt = of_kind(jammed_ships(where), "interference", "jumps_together")
    assert sorted(row["mmsi"] for row in leapt) == [seas.JAMMED[where] + i for i in range(8)]
    assert [row["ships"] for row in leapt] == [8] * 8
    assert all("cp_hormuz" in row["zone_ids"] for row in leapt)


VICTIMS = [
    "beside",
    "inland",
    "one_place",
]


@pytest.mark.parametrize("where", VICTIMS)
def test_s5_no_jammed_ship_spoofs(where: str) -> None:
    assert not {"spoof", "identity_change"} & set(jammed_ships(where)["kind"])


# What must stay quiet (N)


def test_n1_passes_venezuelan_waters_and_calls_elsewhere() -> None:
    seen, _ = run_scenario("n1")
    assert "ve_200nm" in zones(seen, "zone_visit")
    assert [zone for _, zone in calls(seen)] == ["tt_point_lisas", "cw_bullenbaai"]
    assert zones(seen, "possible_visit") == set()
    assert set(kinds(seen)) == {"port_visit", "draught_change", "changed"}


def test_n2_a_bunker_barge_six_hours_alongside_is_no_transfer() -> None:
    seen, _ = run_scenario("n2")
    (met,) = of_kind(seen, "encounter")
    assert (met["name"], met["other_name"], met["zone_id"]) == ("SYNTH BARGE", "SYNTH BULK", "ae_fujairah_anch")
    assert met["duration_h"] == pytest.approx(6, abs=0.3)
    assert met["looks_like"] == "bunkering"
    assert not {"possible_encounter", "spoof"} & set(seen["kind"])


def test_n3_pilot_tug_fishing_pair_and_supply_ship_are_told_apart() -> None:
    seen, _ = run_scenario("n3")
    assert {(m["name"], m["other_name"]): m["looks_like"] for m in of_kind(seen, "encounter")} == {
        ("SYNTH CALLER", "SYNTH PILOT"): "service",
        ("SYNTH CALLER", "SYNTH TUG"): "tug",
        ("SYNTH TRAWL A", "SYNTH TRAWL B"): "fishing",
        ("SYNTH RIG", "SYNTH SUPPLY"): "moored_pair",
    }
    assert not {"possible_encounter", "spoof", "draught_change"} & set(seen["kind"])


def test_n3_a_supply_ship_beside_a_drill_ship_is_no_transfer() -> None:
    (met,) = of_kind(seas.supply_ship_beside_a_drill_ship(), "encounter")
    assert met["looks_like"] != "transfer"


def test_n5_nine_hours_over_the_ocean_are_a_gap_that_nobody_can_judge() -> None:
    seen, _ = run_scenario("n5")
    assert kinds(seen) == {"gap": 1}
    (gap,) = of_kind(seen, "gap")
    assert gap["duration_h"] == 9.0
    assert gap["coverage"] == "unknown"  # not heard: no receiver was within reach
    assert zones(seen, "possible_visit") == set()


def test_n7_namesakes_are_no_vessel_of_the_cases() -> None:
    """With the tanker BELLA in the same sea at the same time."""
    alike = bundled_rows("n7", "PETUNIA SEAWAYS", "BELLA", "BERING")
    tanker = bundled_rows("lib4", "BELLA")
    tanker = tanker[tanker["fix_at"] < "2020-06-01"]
    seen = events_of(pd.concat([alike, tanker]).sort_values("fix_at", kind="stable"))
    who = seen.groupby("vessel_id")[["name", "mmsi"]].agg(set)
    assert who.to_dict("index") == {
        "imo:9259501": {"name": {"PETUNIA SEAWAYS"}, "mmsi": {219990111}},
        "imo:9232096": {"name": {"BELLA"}, "mmsi": {636990009}},
        "imo:9208124": {"name": {"BELLA"}, "mmsi": {636990001}},
        "imo:9267297": {"name": {"BERING"}, "mmsi": {273437510}},
    }
    assert not {"identity_change", "encounter", "spoof"} & set(seen["kind"])


def test_n8_values_not_available_are_no_events() -> None:
    assert set(run_scenario("n8")[0]["kind"]) == {"zone_visit"}


def test_n8_each_value_not_available_and_a_short_number_beside_a_ship_that_sails() -> None:
    seen = seas.values_not_available()
    assert set(seen["kind"]) == {"zone_visit"}
    assert set(seen["mmsi"]) == {219990116}
    assert set(seen["vessel_id"]) == {"imo:9990088"}
    assert set(seen["name"]) == {"SYNTH BLANK"}


def test_n9_reports_twice_out_of_order_and_in_one_second_are_no_leap() -> None:
    assert set(run_scenario("n9")[0]["kind"]) == {"zone_visit"}


def test_n10_across_180_and_over_the_pole_nothing_leaps_and_no_zone_is_wrapped_into() -> None:
    seen = seas.across_180_and_the_pole()
    assert kinds(seen) == {}  # no spoof, neither leap nor land, and no gap
    visits = of_kind(seen, "zone_visit")
    assert {(v["mmsi"], v["zone_id"]) for v in visits} == {
        *((seas.EASTWARD, zone) for zone in ("fj_200nm", "wf_200nm", "to_200nm")),
        *((seas.WESTWARD, zone) for zone in ("us_200nm", "us_12nm")),
    }
    assert not any(v["crossed"] for v in visits)


#: What a file says, and the moment it means.
MOMENTS = {
    "2016-12-31T23:59:59Z": "2016-12-31T23:59:59",
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00",  # the leap second; POSIX time counts it as the next
    "2017-01-01T00:00:05Z": "2017-01-01T00:00:05",
    "2019-12-31T22:30:00-04:00": "2020-01-01T02:30:00",
    "2020-02-29T12:00:00Z": "2020-02-29T12:00:00",
    "2020-02-29T22:00:00-04:00": "2020-03-01T02:00:00",
}


def test_n11_the_29th_of_february_year_ends_leap_seconds_and_zones_become_utc(tmp_path: Path) -> None:
    rows = [f"219990117,{text},57.3,11.45,0.0" for text in (*MOMENTS, "2019-02-29T12:00:00Z")]
    path = write_lines(tmp_path / "moments.csv", "mmsi,fix_at,lat,lon,sog_kn", *rows)
    read = drain(path)
    assert [at.isoformat() for at in read.positions["fix_at"].to_pylist()] == [f"{t}+00:00" for t in MOMENTS.values()]
    assert [*read.reasons] == [len(MOMENTS) + 2]
    assert "2019-02-29" in read.reasons[len(MOMENTS) + 2]  # no such day
    gaps = [(g["start_at"], g["end_at"]) for g in of_kind(file_events(path), "gap")]
    moments = [pd.Timestamp(text, tz="UTC") for text in [*MOMENTS.values()][2:]]
    assert gaps == [*pairwise(moments)]


def test_n13_forty_days_at_anchor_are_one_stay_each_and_no_cargo() -> None:
    seen = seas.idle_fleet()
    assert kinds(seen) == {"port_visit": 4}  # no gap, no draught_change, no encounter
    assert {(v["zone_id"], v["stop_h"]) for v in of_kind(seen, "port_visit")} == {("kp_nampo", 40 * DAY_H)}
