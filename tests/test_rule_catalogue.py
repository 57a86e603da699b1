"""The catalogue of scenarios as tests of the rules: all that fires at medium level and above, each line by its id.

The whole library runs over the events of each scenario. All tracks are SYNTHETIC.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import catalogue_seas as seas
from tests import rule_catalogue_seas as rules
from tests import test_rule_catalogue_signs as signs
from tests.rule_catalogue_seas import Told, call, moved, told, written
from tests.test_scenario_catalogue import CATALOGUE
from watch.pipeline import run_scenario

TANKER, DARK = "iran-venezuela-tanker-voyage", "iran-venezuela-liberian-tanker-dark"
IRISL, EMBARGO = "irisl-cargo-voyage", "iran-venezuela-cargo-arms-embargo"
TURNS, CONTRADICTED = "destination-turns-to-sanctioned", "destination-contradicted"
CHAIN, FUEL, MEETING = (
    "iran-china-north-korea-cargo-chain",
    "north-korea-refined-fuel-delivery",
    "north-korean-ship-meeting",
)
LISTED, STS = "listed-ship-moving", "tanker-meeting-in-sts-area"


def test_every_line_of_the_catalogue_is_a_test_of_the_rules() -> None:
    words = {word for name in (*globals(), *vars(signs)) if name.startswith("test_") for word in name.split("_")}
    assert {i for i in CATALOGUE if i.lower() not in words} == set()


def family(*names: str) -> set[str]:
    """Return the rules of some families."""
    return {rule_id for rule_id, file in rules.library().files.items() if file.split("/")[1] in names}


HIDDEN = ("dark", "position")
MET = {STS, MEETING, CHAIN, "met-listed-ship", "transfer-at-night", "chained-transfers"}


# Cases of 2013 to 2025 (P)


def test_p1a_p1b_p1d_p1e_what_the_five_tankers_of_may_2020_raise() -> None:
    five = ("CLAVEL", "FAXON", "FOREST", "FORTUNE", "PETUNIA")
    seen = told("irve1")
    assert seen.grave() == [
        *(f"{TURNS} {name} medium match" for name in five),
        *(f"{TANKER} {name} high match" for name in five),
    ]
    assert not seen.rules() & (family(*HIDDEN, "identity") | MET)


def test_p1a_fortune_is_on_the_list_of_the_day_and_hides_nothing() -> None:
    seen = told("irve1")
    assert "FORTUNE" in seen.by(LISTED)
    assert seen.lists(9283746) == {"us-sdn"}
    assert {"US-IR-2018", "US-VE-PDVSA"} <= seen.measures(TANKER, "FORTUNE").keys()
    assert "UN-IR-ARMS-2231" not in seen.measures(TANKER, "FORTUNE")


def test_p1b_petunia_makes_the_voyage_and_is_on_no_list() -> None:
    seen = told("irve1")
    assert "PETUNIA" in seen.by(TANKER)
    assert "PETUNIA" not in seen.by(LISTED)
    assert seen.lists(9999993) == set()


def test_p1d_clavel_turns_from_rotterdam_to_caracas_and_meets_nobody() -> None:
    (turned, arrived) = told("irve1").one(TURNS, "CLAVEL")["steps"]
    assert (turned["details"]["before"], turned["details"]["after"]) == ("ROTTERDAM", "CARACAS")
    assert arrived["zone"]["country"] == "VE"
    assert not told("irve1").rules() & MET


def test_p1e_forest_declares_el_palito_and_calls_at_cardon_both_of_venezuela() -> None:
    assert told("irve1").by(CONTRADICTED) == {"FOREST"}
    found = told("irve1").one(CONTRADICTED)
    assert (found["level"], found["steps"][0]["zone"]["id"]) == ("low", "ve_cardon")


def test_p2a_sixty_days_unheard_are_told_early_of_a_ship_on_no_list() -> None:
    seen = Told(seas.sixty_days_unheard())
    assert seen.grave() == [f"{DARK} SYNTH P2A medium early"]
    assert (seen.by(LISTED), seen.by("met-listed-ship")) == (set(), set())
    assert not seen.rules() & {"impossible-track", TANKER}  # a speed of 7.6 kn proves nothing


def test_p2a_the_four_of_2020() -> None:
    assert told("lib4").grave() == [
        *(f"draught-change-in-gap {name} medium match" for name in ("BELLA", "BERING")),
        *(f"{DARK} {name} medium early" for name in ("BELLA", "BERING", "LUNA", "PANDI")),
        *(f"long-gap-in-sts-area {name} medium match" for name in ("LUNA", "PANDI")),
        *(f"possible-dark-meeting {name} medium match" for name in ("BELLA", "BERING")),
    ]
    assert told("lib4-complete").grave() == [
        "draught-change-in-gap SYNTH COMPLETE medium match",
        f"{DARK} SYNTH COMPLETE critical match",
        "possible-dark-call SYNTH COMPLETE medium match",
    ]
    assert told("lib4-lit").grave() == []


def test_p2b_dark_meetings_are_told_by_those_who_come_out_deeper() -> None:
    seen = Told(seas.two_dark_and_two_deeper())
    assert seen.grave() == [
        f"{DARK} SYNTH DARK ONE medium early",
        f"{DARK} SYNTH DARK TWO medium early",
        "iranian-cargo-passed-on-before-seizure SYNTH DARK ONE medium early",
        "possible-dark-meeting SYNTH SILENT medium match",
        "possible-dark-meeting SYNTH WAITS medium match",
    ]
    assert (seen.by(STS), seen.by(LISTED)) == (set(), set())
    assert {a["level"] for a in seen.alerts if a["verdict"] == "unknown"} == {"informational"}


LATER = "BELLA: not on eu-annex-xlii then; listed there from 2025-05-21, after this"


def test_p2d_a_listing_of_2025_is_told_as_later_and_never_as_listed_then() -> None:
    seen = told("lib4")
    assert LATER in seen.one(DARK, "BELLA")["not_observed"]
    assert not [
        s for a in seen.alerts if a["vessel"]["name"] in ("PANDI", "LUNA") for s in a["not_observed"] if "listed" in s
    ]
    assert (seen.lists(9208124), seen.by(LISTED)) == (set(), set())


def test_p2d_the_same_voyage_after_the_listing_is_that_of_a_listed_ship() -> None:
    seen = moved("lib4", "2025-06-01T00:00Z")
    assert seen.lists(9208124) == {"eu-annex-xlii"}
    assert not [s for a in seen.alerts for s in a["not_observed"] if s.startswith("BELLA")]


def test_p2d_a_listing_during_the_voyage_is_told_as_such() -> None:
    ship = {"imo": 9208124, "name": "BELLA"}
    seen = written(call("2025-05-01T00:00Z", "ir_kharg"), call("2025-06-20T00:00Z", "ve_el_palito"), **ship)
    told_of = seen.one(TANKER)["not_observed"]
    assert "BELLA: not on eu-annex-xlii then; listed there from 2025-05-21, during this" in told_of


def test_p3a_golsan_is_tagged_for_proliferation_only_from_8_june_on() -> None:
    seen = told("irisl1")
    assert seen.grave() == [f"{IRISL} GOLSAN high match"]
    assert seen.by(LISTED) == {"GOLSAN"}
    (tags, voyage) = seen.measures(IRISL), seen.one(IRISL)
    assert voyage["started_at"] < "2020-05-15" < tags["US-IR-IRISL-NPWMD"]["begins_during"] == "2020-06-08T00:00:00Z"
    assert tags["US-IR-2018"]["begins_during"] is None


def test_p3a_a_voyage_that_is_over_before_has_no_such_tag() -> None:
    assert "US-IR-IRISL-NPWMD" not in moved("irisl1", "2020-06-07T23:59:59Z", end=True).measures(IRISL)
    assert moved("irisl1", "2020-06-08T00:00Z").measures(IRISL)["US-IR-IRISL-NPWMD"]["begins_during"] is None


def test_p3b_food_by_way_of_oman_in_a_ship_of_another_flag_is_low() -> None:
    seen = Told(rules.food_by_way_of_oman())
    assert seen.grave() == []
    assert {(a["rule_id"], a["level"]) for a in seen.alerts} == {("iran-venezuela-cargo-voyage", "low")}
    assert seen.lists(9990105) == set()


P4A = [
    "chained-transfers SYNTH HOP ONE medium match",
    f"{CHAIN} SYNTH HOP ONE critical match",
    f"{MEETING} SYNTH HOP TWO high match",
    f"{STS} SYNTH HOP ONE medium match",
    f"{STS} SYNTH HOP THREE medium match",
]


def test_p4a_a_chain_of_three_hops_from_iran_to_north_korea() -> None:
    for seen in (told("p4a"), Told(seas.three_hops())):
        assert seen.grave() == P4A
        chain = seen.one(CHAIN)
        assert [s["name"] for s in chain["ships"]] == ["SYNTH HOP ONE", "SYNTH HOP TWO", "SYNTH HOP THREE"]
        assert [s["custody"] for s in chain["ships"]] == ["loaded", "meeting", "meeting"]
        assert (chain["steps"][0]["zone"]["country"], chain["steps"][-1]["zone"]["country"]) == ("IR", "KP")
        assert len(chain["inferred"]) == 2


def test_p4a_the_last_ship_without_a_flag() -> None:
    events, as_of = run_scenario("p4a")
    sides = {side: events[side].where(events[side] != "KP", None) for side in ("flag", "other_flag")}
    seen = Told(events.assign(**sides), as_of)
    third = [f"{rule_id} SYNTH HOP THREE high match" for rule_id in (MEETING, "north-korean-waters-call")]
    assert seen.grave() == sorted([*(a for a in P4A if MEETING not in a), *third])


#: The day on which the tanker is at Dalian, and the caps of refined and crude oil that the alert names.
CAPS = {
    "2017-09-10": set(),
    "2017-10-01": {"UN-KP-REF-2375"},
    "2018-01-01": {"UN-KP-REF-2397", "UN-KP-CRUDE-2397"},
    "2018-02-19": {"UN-KP-REF-2397", "UN-KP-CRUDE-2397"},
}


@pytest.mark.parametrize(("day", "caps"), CAPS.items(), ids=CAPS)
def test_p4c_products_from_dalian_name_the_cap_of_the_day(day: str, caps: set[str]) -> None:
    seen = moved("p4c", f"{day}T00:00Z")
    assert seen.grave() == [f"{FUEL} SYNTH PRODUCTS medium match"]
    assert {m for m in seen.measures(FUEL) if "REF" in m or "CRUDE" in m} == caps


def test_p4c_transfers_with_north_korean_ships_are_banned_from_11_september_2017_on() -> None:
    beside = {"kind": "encounter", "hours": 8, "zone": "ecs_dprk_sts", "with": {"flag": "KP"}}
    for at, banned in (("2017-09-10T15:59:59Z", False), ("2017-09-10T16:00:00Z", True)):
        seen = written({**beside, "at": at})
        assert seen.one(MEETING)["level"] == "high"
        assert ("UN-KP-STS-2375" in seen.measures(MEETING)) == banned


def test_p5a_a_feeder_from_nampo_by_chinese_ports_to_bandar_abbas() -> None:
    seen = told("p5a")
    assert seen.grave() == [
        "north-korea-iran-voyage SYNTH FEEDER high match",
        "north-korean-waters-call SYNTH FEEDER high match",
    ]
    voyage = seen.one("north-korea-iran-voyage")
    assert {"UN-KP-ARMS-1718", "UN-KP-ARMS-1874"} <= seen.measures("north-korea-iran-voyage").keys()
    assert (voyage["ships"], voyage["inferred"]) == ([], [])  # nothing is claimed of a cargo
    assert [s["id"] for s in voyage["steps"]] == ["load", "china", "arrive"]


def test_p5c_without_ais_nothing_is_raised_and_with_its_ends_alone_the_voyage_is() -> None:
    ship = {"mmsi": 511990043, "imo": 9990117, "flag": "PW", "type": "cargo", "name": "SYNTH P5C"}
    silent = {"kind": "gap", "at": "2020-01-10T00:00Z", "hours": 1400, "zone": "kp_200nm"}
    assert written({**silent, "hours": 9}, **ship).alerts == []
    seen = written(silent, call("2020-03-20T00:00Z", "ve_maracaibo"), **ship)
    assert "north-korea-venezuela-voyage SYNTH P5C high match" in seen.grave()
    assert any("no report received for 1400.0 h" in s for s in seen.one("north-korea-venezuela-voyage")["not_observed"])
    status = {rule.id: rule.status for rule in rules.library().rules}
    assert status["north-korea-venezuela-voyage"] == "experimental"  # no ship is known to have done it


CHEMICALS = "china-iran-irisl-cargo"


def test_p5d_golbon_from_taicang_to_bandar_abbas_is_listed_and_heard_all_the_way() -> None:
    seen = told("p5d")
    assert seen.grave() == [f"{CHEMICALS} GOLBON medium match"]
    assert seen.by(LISTED) == {"GOLBON"}
    assert not seen.rules() & family(*HIDDEN)
    assert "UN-IR-SNAPBACK-2025" not in seen.measures(CHEMICALS)
    assert Told(seas.taicang_to_bandar_abbas()).grave() == []  # the same way in a ship on no list


def test_p5d_after_28_september_2025_the_alert_says_who_claims_what() -> None:
    assert "UN-IR-SNAPBACK-2025" not in moved("p5d", "2025-09-27T23:59:59Z", end=True).measures(CHEMICALS)
    back = moved("p5d", "2025-09-28T00:00:00Z", end=True).measures(CHEMICALS)["UN-IR-SNAPBACK-2025"]
    assert (back["begins_during"], back["disputed"]) == ("2025-09-28T00:00:00Z", True)
    assert "rejected by Russia, China and Iran" in back["claim"]
    assert "CN-RU-2231-END" in moved("p5d", "2025-10-20T00:00Z").measures(CHEMICALS)


@pytest.mark.parametrize(("day", "un_embargo"), [("2020-10-17", True), ("2020-10-18", False), ("2020-10-19", False)])
def test_p6a_the_arms_embargo_of_the_un_ends_on_18_october_2020_that_of_the_us_does_not(
    day: str, un_embargo: bool
) -> None:
    seen = moved("irisl1", f"{day}T00:00Z")
    assert seen.grave() == [f"{EMBARGO} GOLSAN medium match", f"{IRISL} GOLSAN high match"]
    named = seen.measures(EMBARGO)
    assert ("UN-IR-ARMS-2231" in named) == un_embargo
    assert not un_embargo or named["UN-IR-ARMS-2231"]["ends_during"] == "2020-10-18T00:00:00Z"
    assert named["US-IR-EO13949"]["begins_during"] is None


def test_p6b_the_claimed_snapback_of_2020_holds_from_its_first_second_and_is_disputed() -> None:
    claim = "US-CLAIM-SNAPBACK-2020"
    assert claim not in moved("irisl1", "2020-09-19T23:59:59Z", end=True).measures(IRISL)
    found = moved("irisl1", "2020-09-20T00:00:00Z", end=True).measures(IRISL)[claim]
    assert (found["disputed"], found["begins_during"]) == (True, "2020-09-20T00:00:00Z")
    assert "rejected by 13 of 15" in found["claim"]
    assert claim in moved("irisl1", "2021-02-17T23:59:59Z").measures(IRISL)
    assert claim not in moved("irisl1", "2021-02-18T00:00:00Z").measures(IRISL)


def test_p6d_the_licence_for_venezuelan_oil_ends_at_0401_on_31_may_2024() -> None:
    load, licence = "venezuelan-crude-load", "US-VE-GL44A"
    for at, licensed in (("2024-05-31T04:00:00Z", True), ("2024-05-31T04:01:00Z", False), ("2024-05-31T04:02Z", False)):
        seen = written(call(at, "ve_jose", draught_change_m=6.0))
        assert (seen.grave(), seen.one(load)["level"]) == ([], "low")
        assert (licence in seen.measures(load)) == licensed
        assert "US-VE-PDVSA" in seen.measures(load)


def test_p7b_an_aircraft_raises_nothing(tmp_path: Path) -> None:
    assert Told(rules.aircraft_and_cargo_ship(tmp_path)).alerts == []
