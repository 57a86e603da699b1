"""Reading lists in the forms of those who publish them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.watchlists import list_texts as texts
from tests.watchlists.list_texts import FOUR, ONE, THREE, TWO
from watch.settings import WatchlistFormat
from watch.watchlists.entry import Entry, Reading
from watch.watchlists.reading import AUTO, FORMATS, format_of, read_list


def read(text: str | bytes, **more: Any) -> Reading:
    return read_list("a.list", {"a.list": text if isinstance(text, bytes) else text.encode()}, **more)


def by_name(reading: Reading) -> dict[str, Entry]:
    return {entry.name: entry for entry in reading.entries}


TEXTS = {
    "ofac-csv": texts.SDN,
    "ofac-advanced-xml": texts.ADVANCED,
    "ofac-xml": texts.PLAIN_XML,
    "opensanctions-maritime": texts.MARITIME,
    "opensanctions-simple": texts.SIMPLE,
    "ftm-json": texts.FTM,
    "un-xml": texts.UN_XML,
    "un-1718-csv": texts.UN_1718,
    "csv": texts.PLAIN,
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_form_is_told_by_its_content_and_read_alike_when_it_is_named(form: str) -> None:
    assert format_of(TEXTS[form].encode()) == form
    assert read(TEXTS[form]) == read(TEXTS[form], form=form)
    assert read(TEXTS[form]).format == form


def test_the_settings_know_every_form() -> None:
    assert WatchlistFormat.__args__ == (AUTO, *FORMATS)


def test_sdn_csv() -> None:
    reading = read_list("sdn", {"sdn.csv": texts.SDN.encode(), "alt.csv": texts.ALT.encode(), "add.csv": b"1,2\r\n"})
    ships = by_name(reading)
    assert ships["SYNTH ARTEMIS"] == Entry(
        "15036",
        "SYNTH ARTEMIS",
        ONE,
        572999210,
        ("SYNTH CHAMPION", "SYNTH PRIDE", "SYNTH OLD NAME"),
        "T2SY4",
        "IR",
        ("MT", "TV"),
        "Crude Oil Tanker",
        ("IRAN", "NPWMD", "IFSR"),
        ships["SYNTH ARTEMIS"].remarks,
    )
    assert ships["SYNTH ARTEMIS"].remarks.startswith("Owner SYNTH TANKER COMPANY; Former Vessel Flag Malta")
    assert [(e.name, e.imo, e.flag) for e in reading.entries[1:]] == [
        ("SYNTH BARE", TWO, "PA"),
        ("SYNTH BONUS 5", 0, "KP"),
        ("SYNTH NO NUMBER", 0, ""),
    ]
    assert reading.others == 2
    assert [str(fault) for fault in reading.faults] == [
        "line 5: 'IMO 15411' is no IMO number: seven digits, of which the last checks the others; "
        "'SYNTH BONUS 5' is kept by name",
        "line 7: has 4 cells and not 12",
    ]


def test_sdn_csv_without_its_other_names_knows_those_of_the_remarks() -> None:
    assert by_name(read(texts.SDN))["SYNTH ARTEMIS"].aliases == ("SYNTH OLD NAME",)


SHIP = {"imo": ONE, "mmsi": 572999210, "callsign": "T2SY4", "flag": "IR", "former_flags": ("MT",)}
SHIP |= {"aliases": ("SYNTH CHAMPION",), "type": "Crude Oil Tanker", "programs": ("IRAN", "NPWMD")}


@pytest.mark.parametrize("text,listed", [(texts.ADVANCED, date(2018, 11, 5)), (texts.PLAIN_XML, None)])
def test_ofac_xml(text: str, listed: date | None) -> None:
    reading = read(text)
    assert reading.entries == (Entry("15036", "SYNTH ARTEMIS", listed_at=listed, **SHIP),)
    assert (reading.published_at, reading.others, reading.faults) == (date(2026, 11, 19), 1, ())


def test_the_same_ship_has_the_same_key_in_all_forms_of_ofac() -> None:
    keys = {by_name(read(text))["SYNTH ARTEMIS"].key for text in (texts.SDN, texts.ADVANCED, texts.PLAIN_XML)}
    assert keys == {"15036"}


def test_advanced_xml_without_a_table_of_kinds_knows_ships_by_their_usual_number() -> None:
    text = texts.ADVANCED.replace("PartySubType ID", "Other ID").replace("/PartySubType>", "/Other>")
    assert [entry.key for entry in read(text).entries] == ["15036"]


def test_opensanctions_maritime_takes_ships_under_sanctions() -> None:
    reading = read(texts.MARITIME)
    assert [(e.key, e.imo) for e in reading.entries] == [
        ("os-1", ONE),
        ("os-4", THREE),
        (f"os-4/{FOUR}", FOUR),
    ]
    first = reading.entries[0]
    assert (first.name, first.mmsi, first.flag, first.former_flags) == ("SYNTH KAPITAN, THE", 273999101, "KN", ("RU",))
    assert (first.aliases, first.programs) == (
        ("SYNTH KAPTAIN", "SYNTH LEADER"),
        ("sanction", "eu_fsf", "us_ofac_sdn"),
    )
    assert reading.others == 3


RISKS = {
    "shadow_fleet": (("mare.shadow",), {"os-3"}),
    "two": (("mare.shadow", "mare.detained"), {"os-2", "os-3"}),
    "any": (("any",), {"os-1", "os-2", "os-3", "os-4", f"os-4/{FOUR}"}),
}


@pytest.mark.parametrize("risks,keys", RISKS.values(), ids=RISKS)
def test_opensanctions_by_risk(risks: tuple[str, ...], keys: set[str]) -> None:
    assert {entry.key for entry in read(texts.MARITIME, risks=risks).entries} == keys


def test_opensanctions_simple() -> None:
    (ship,) = read(texts.SIMPLE).entries
    assert (ship.imo, ship.mmsi, ship.flag, ship.aliases) == (ONE, 422999101, "IR", ("SYNTH SUN", "SYNTH MOON"))
    assert ship.listed_at is None


def test_ftm_json() -> None:
    first, nested = read(texts.FTM).entries
    assert (first.imo, first.mmsi, first.flag, first.former_flags) == (ONE, 273999103, "GA", ("PA", "CM"))
    assert (first.callsign, first.type) == ("TRSYN", "Crude Oil Tanker")
    assert first.aliases == ("SYNTH PILOT", "SYNTH NAV")
    assert first.programs == ("US-RUSSIA", "sanction", "us_ofac_sdn")
    assert (first.listed_at, first.delisted_at) == (date(2024, 12, 16), None)  # one of the two lasts on
    assert (nested.imo, nested.listed_at, nested.delisted_at) == (THREE, date(2023, 2, 25), date(2024, 2, 25))
    assert read(texts.FTM).others == 2  # a person, and a ship that was held in port


def test_un_xml_finds_ships_in_the_text_of_entities() -> None:
    reading = read(texts.UN_XML)
    assert [(e.key, e.name, e.imo) for e in reading.entries] == [
        (f"KPe.999/{ONE}", "Synth Ryong", ONE),
        (f"KPe.999/{TWO}", "Synth Chon", TWO),
    ]
    assert {e.listed_at for e in reading.entries} == {date(2014, 7, 28)}
    assert (reading.published_at, reading.others) == (date(2026, 11, 18), 2)


def test_un_1718() -> None:
    reading = read(texts.UN_1718)
    first, second, third = reading.entries
    assert (first.name, first.aliases, first.mmsi) == ("SYNTH PHOENIX", ("SYNTH RAVEN",), 445999101)
    assert (first.flag, first.former_flags, first.listed_at) == ("KP", ("TG",), date(2018, 3, 30))
    assert first.programs == ("UN 1718", "paragraph 12 (a) of resolution 2321 (2016)")
    assert (second.flag, second.listed_at, second.programs) == ("KM", date(2017, 10, 3), ("UN 1718",))
    assert third.listed_at is None
    assert [str(f) for f in reading.faults] == ["line 4: 'soon' is no day as 2018-03-30 or 30 March 2018"]


def test_plain_csv_keeps_both_times_of_a_ship() -> None:
    reading = read(texts.PLAIN)
    assert [(e.key, e.listed_at, e.delisted_at) for e in reading.entries] == [
        (f"imo:{ONE}/2019-01-01", date(2019, 1, 1), date(2020, 1, 1)),
        (f"imo:{ONE}/2021-01-01", date(2021, 1, 1), None),
    ]
    assert [f.line for f in reading.faults] == [4]
