"""Free text to places: what is found, what is openly not, and what must not be guessed."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.declarations import world
from tests.zones.made import made_feature, made_zones
from watch.destination_text import read_text
from watch.destinations import Gazetteer, gazetteer_of
from watch.detect.world import World
from watch.paths import bundled


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return gazetteer_of(world())


FOUND = {
    "geofence": ("EL PALITO", "ve_el_palito", "VE"),
    "code": ("VEELP", "ve_el_palito", "VE"),
    "code_with_a_blank": ("VE ELP", "ve_el_palito", "VE"),
    "route": ("NLRTM>VEPBL", "ve_puerto_cabello", "VE"),
    "route_with_another_arrow": ("NL RTM ==> VE MAR", "ve_maracaibo", "VE"),
    "route_in_words": ("ROTTERDAM TO CARACAS", None, "VE"),
    "route_to_a_code_nobody_lists": ("NLRTM>VEPLC", None, "VE"),
    "code_nobody_lists": ("VE XXX", None, "VE"),
    "part_of_a_name": ("SHAHID RAJAEE", "ir_bandar_abbas_shahid_rajaee", "IR"),
    "world_port": ("BARRANQUILLA", "port_cobaq", "CO"),
    "capital_without_a_port": ("CARACAS", None, "VE"),
    "country": ("VENEZUELA", None, "VE"),
    "country_that_is_a_port": ("MALTA", "port_mtmla", "MT"),
    "country_whose_name_is_a_town_elsewhere": ("PANAMA", None, "PA"),
    "word_aside": ("PORT OF ROTTERDAM", "port_nlrtm", "NL"),
    "anchorage": ("KAOHSIUNG ANCH.", "tw_kaohsiung", "TW"),
    "off_limits": ("OPL FUJAIRAH", "ae_fujairah_anch", "AE"),
    "by_way_of": ("ROTTERDAM VIA SUEZ", "port_nlrtm", "NL"),
    "country_behind": ("CARTAGENA SPAIN", "port_escar", "ES"),
    "country_code_behind": ("CARTAGENA CO", "port_coctg", "CO"),
    "state_of_the_usa": ("LONG BEACH CA", "port_uslgb", "US"),
    "accents": ("Curaçao", None, "CW"),
    "armed_guards_beside_a_place": ("MALTA ARMED GUARDS", "port_mtmla", "MT"),
    "date_behind": ("VEPBL 1505", "ve_puerto_cabello", "VE"),
}


@pytest.mark.parametrize(("text", "zone_id", "country"), FOUND.values(), ids=FOUND)
def test_a_place_is_found(gazetteer: Gazetteer, text: str, zone_id: str | None, country: str) -> None:
    read = gazetteer.read(text)
    assert (read.zone_id, read.country, read.unknown, read.ambiguous) == (zone_id, country, False, False)


NOT_TOLD = ["FOR ORDERS", "FOR ORDER", "F/O", "AWAITING ORDERS", "TO ORDERS", "SEA", "AT SEA", "OPL", "TBN", "TBA"]
NOT_TOLD += ["ARMED GUARD ON BOARD", "ARMED GUARDS O/B", "PILOT STATION", "ON LOCATION", "---", "0", ">>>", "N/A"]


@pytest.mark.parametrize("text", NOT_TOLD)
def test_the_crew_says_that_it_does_not_tell(gazetteer: Gazetteer, text: str) -> None:
    read = gazetteer.read(text)
    assert (read.unknown, read.country, read.zone_ids, read.key) == (True, None, (), "?")


def test_a_place_to_wait_for_orders_is_unknown_and_a_place(gazetteer: Gazetteer) -> None:
    read = gazetteer.read("GIBRALTAR FOR ORDERS")
    assert (read.unknown, read.zone_id, read.country) == (True, "port_gigib", "GI")


@pytest.mark.parametrize("text", ["CARTAGENA", "GEORGETOWN", "KINGSTON", "BOSTON", "ANTWERP/ROTTERDAM", "DKHEL<>SEHEL"])
def test_what_could_be_several_places_is_not_guessed(gazetteer: Gazetteer, text: str) -> None:
    read = gazetteer.read(text)
    assert (read.ambiguous, read.zone_id, read.country) == (True, None, None)


NOT_FOUND = ["BASRAX", "NO ONE", "TO SEB", "CARACAS BEACH", "ROTERDAM", "NEW ROTTERDAM", "<b>X1</b>", "=CMD|'/C'!A0"]
NOT_FOUND += ["PARIX", "MARSEL", "Z" * 64, "東京", "ROTTERDAM PIZZA"]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_a_place_is_none(gazetteer: Gazetteer, text: str) -> None:
    read = gazetteer.read(text)
    assert (read.zone_ids, read.country, read.unknown) == ((), None, False)


def test_caracas_is_not_the_bay_of_that_name(gazetteer: Gazetteer) -> None:
    assert gazetteer.read("CARACAS BAY").country in ("AN", "CW")
    assert gazetteer.read("CARACAS").country == "VE"


def test_ports_lie_near_their_neighbours(gazetteer: Gazetteer) -> None:
    assert gazetteer.near("ve_el_palito", "ve_puerto_cabello", 25.0)
    assert not gazetteer.near("ve_el_palito", "ve_cardon", 25.0)
    assert not gazetteer.near("ve_el_palito", "nowhere", 25.0)


def test_a_world_without_a_zone_of_the_list_keeps_its_country(tmp_path: Path) -> None:
    made = gazetteer_of(World(made_zones(tmp_path, made_feature("made_one", name="Made Roads", country="IR"))))
    read = made.read("EL PALITO")
    assert (read.zone_ids, read.country) == ((), "VE")
    assert made.read("MADE").zone_id == "made_one"


def test_every_zone_of_the_list_exists_in_its_country() -> None:
    zones = world().zones
    with (bundled("rules") / "destinations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["kind"] == "country", row["name"]) for row in rows}) == len(rows) > 100
    wrong = [r["name"] for r in rows if r["zone_id"] and zones.by_id[r["zone_id"]].country not in (r["country"], "AN")]
    assert wrong == []


@given(st.text(max_size=64))
def test_any_text_is_read_and_its_key_is_stable(text: str) -> None:
    read = gazetteer_of(world()).read(text)
    assert read == gazetteer_of(world()).read(text)
    assert read.unknown == read_text(text).unknown
    assert read.zone_id is None or read.country is not None


def test_twenty_thousand_texts_take_seconds_at_most() -> None:
    gazetteer = Gazetteer(world())
    texts = [f"{('ROTTERDAM', 'HOUSTON TX', 'NLRTM>VEPLC', 'FOO BAR')[k % 4]} {k}Q" for k in range(20_000)]
    began = time.perf_counter()
    for text in texts:
        gazetteer.read(text)
    assert time.perf_counter() - began < 5.0  # a second on a free machine
