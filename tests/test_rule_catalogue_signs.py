"""The catalogue of scenarios as tests of the rules: identities, positions, what must stay quiet, and lists.

The whole library runs over the events of each scenario. All tracks are SYNTHETIC.

Lists come in two ways: as CSV beside the rules, and imported from those who publish them; both are held to D1–D4 here,
and the forms of the latter in ``tests/watchlists``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests import catalogue_seas as seas
from tests import chain_cases as cases
from tests import rule_catalogue_seas as rules
from tests.rule_catalogue_seas import Told, call, moved, told, written
from tests.watchlists.list_texts import SDN, sdn_of
from watch.errors import InputError
from watch.paths import bundled
from watch.rules.joined_lists import Listings, join_lists
from watch.rules.loader import load_rules
from watch.rules.vessel_lists import VesselLists, load_vessel_lists
from watch.watchlists.entry import Reading
from watch.watchlists.matching import Listed, Ship, Watch
from watch.watchlists.reading import read_list

DARK, LISTED = "iran-venezuela-liberian-tanker-dark", "listed-ship-moving"
FALSE_TRACK, HELD = "impossible-track", "position-held-or-repeated"


# Who ships say they are (I)


def test_i2_the_number_of_a_scrapped_ship_is_a_false_identity() -> None:
    seen = Told(rules.scrapped_ship_heard())
    assert seen.grave() == ["imo-in-two-places SYNTH ZOMBIE medium match"]
    assert seen.one("imo-in-two-places")["steps"][0]["details"]["sub_kind"] == "gone_hull"


def test_i3_three_flags_in_sixty_days_are_flag_hopping() -> None:
    assert Told(rules.three_flags()).grave() == ["flag-hopping SYNTH HOPPER medium match"]


def test_i5_a_legal_sale_raises_nothing() -> None:
    assert Told(seas.legal_sale()).alerts == []


# Positions that are not true (S)


def test_s3_circles_are_tracks_that_no_hull_sails() -> None:
    seen = Told(seas.circles())
    assert seen.grave() == [f"{FALSE_TRACK} {636990000 + kn} medium match" for kn in sorted(seas.CIRCLES_KN)]


def test_s3_a_circle_on_land_is_told_as_both() -> None:
    seen = Told(rules.circles_at_the_coast_and_inland())
    assert seen.grave() == [f"{FALSE_TRACK} {mmsi} medium match" for mmsi in (636990052, 636990053)]
    ashore = seen.one(HELD)
    assert (ashore["level"], ashore["vessel"]["mmsi"]) == ("low", 636990053)


def test_s5_no_rule_calls_a_jammed_ship_false() -> None:
    seen = Told(seas.jammed_in_hormuz())
    assert seen.grave() == []
    assert not seen.rules() & {FALSE_TRACK, HELD, "imo-in-two-places", "hull-laundering"}


# What must stay quiet (N)

QUIET = ["n1", "n2", "n3", "n5", "n8", "n9", "wila"]


@pytest.mark.parametrize("scenario", QUIET)
def test_n1_n2_n3_n5_n8_n9_raise_nothing_at_any_level(scenario: str) -> None:
    assert told(scenario).alerts == []


def test_n3_a_supply_ship_beside_a_drill_ship_raises_nothing() -> None:
    assert Told(seas.supply_ship_beside_a_drill_ship()).alerts == []


def test_n7_only_the_tanker_among_the_namesakes_is_told() -> None:
    seen = Told(rules.namesakes_and_the_tanker())
    assert seen.grave() == [f"{DARK} BELLA medium early"]
    assert {a["vessel"]["imo"] for a in seen.alerts} == {9208124}
    assert told("n7").alerts == []


def test_n7_each_namesake_is_on_its_own_list_only() -> None:
    by_day = {day: moved("n7", f"{day}T00:00Z") for day in ("2020-05-01", "2024-06-01", "2025-06-01")}
    found = {day: [seen.lists(imo) for imo in (9259501, 9232096, 9267297)] for day, seen in by_day.items()}
    nobody: set[str] = set()
    assert found["2020-05-01"] == [nobody, nobody, nobody]
    assert found["2024-06-01"] == found["2025-06-01"] == [nobody, nobody, {"us-sdn"}]  # listed on 1 May 2024
    assert rules.library().lists.listed_after(9267297, None, pd.Timestamp("2020-05-10T00:00Z")).keys() == {"us-sdn"}


def test_n8_values_not_available_and_numbers_cut_short_raise_nothing() -> None:
    assert Told(seas.values_not_available()).alerts == []


def test_n10_180_degrees_and_the_pole_raise_nothing() -> None:
    assert Told(seas.across_180_and_the_pole()).alerts == []


def test_n11_odd_moments_raise_nothing(tmp_path: Path) -> None:
    seen = Told(rules.odd_moments(tmp_path))
    assert set(seen.events["kind"]) >= {"gap"}
    assert seen.alerts == []


def test_n13_a_fleet_at_anchor_off_nampo_for_forty_days_exports_nothing() -> None:
    assert Told(seas.idle_fleet()).alerts == []


# Vessel lists (D)

HEAD = "imo,mmsi,name,listed_at,delisted_at,source,note\n"
ALPHA = "9074729,,ALPHA,2019-01-01,,s,\n"


def lists_of(folder: Path, **texts: str) -> VesselLists:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return load_vessel_lists(folder)


def reasons(lists: VesselLists) -> dict[int, str]:
    return {fault.line: fault.reason for fault in lists.faults}


@pytest.mark.parametrize("text", ["", HEAD, HEAD + "no list any more\n"], ids=["no_bytes", "no_rows", "no_good_row"])
def test_d1_an_empty_list_is_a_fault_and_its_rules_wait(tmp_path: Path, text: str) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "us-sdn.csv").write_text(text)
    for rule_id in (LISTED, "met-listed-ship"):
        file = bundled("rules") / rules.library().files[rule_id].removeprefix("rules/")
        (tmp_path / file.name).write_text(file.read_text())
    found = load_rules(tmp_path)
    assert found.rules == ()
    assert {Path(fault.file).stem for fault in found.faults} == {"us-sdn", LISTED, "met-listed-ship"}
    assert any("us-sdn, which is not whole" in f.reason for f in found.faults if Path(f.file).stem == LISTED)


CALLED = """
id: called
title: A listed ship calls
status: stable
level: high
description: A listed ship calls.
match: {id: call, event: port_visit, where: {lists: any}}
alert: {summary: "{vessel} called"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""


def test_d1_a_list_that_comes_empty_withdraws_no_alert(tmp_path: Path) -> None:
    names, zones = tmp_path / "rules" / "lists", tmp_path / "zones"
    names.mkdir(parents=True)
    zones.mkdir()
    sea = cases.make_sea(zones)
    ws = cases.workspace(tmp_path, None, sea, load_rules(tmp_path / "rules"))
    rows = cases.sea_rows()
    path = cases.write_rows(rows[rows["mmsi"] == 636000001], tmp_path / "alpha.csv")
    standing = []
    for text in (HEAD + ALPHA, HEAD, HEAD + ALPHA.replace("9074729", "9999802"), HEAD + ALPHA):
        (names / "us-sdn.csv").write_text(text)
        vars(ws)["rules"] = cases.make_rules(tmp_path / "rules", sea, {"called": CALLED})
        cases.load(ws, [path])
        standing.append({a["vessel"]["vessel_id"] for a in cases.stored(ws).alerts.values()})
    assert standing == [{"imo:9074729"}, {"imo:9074729"}, set(), {"imo:9074729"}]


#: What OFAC's files hold beside good rows, and what is said of it.
ODD = {
    "\x1a": "has 1 cells, and the header 7; quote commas",
    "-0- ,,NOBODY,2020-01-01,,s,": "'-0-' is no IMO number",
    "Vessel Registration Identification IMO 9283746,,FORTUNE,2018-11-05,,s,": "is no IMO number",
    "IMO 15411,,BONU 5,2018-11-05,,s,": "'IMO 15411' is no IMO number",
}


def test_d2_odd_rows_are_told_with_their_line_and_take_no_good_one_with_them(tmp_path: Path) -> None:
    rows = [*ODD, ALPHA.strip(), "8606173,,PROGRAMMES,2018-11-05,,IRAN] [NPWMD] [IFSR,"]
    lists = lists_of(tmp_path, sdn=HEAD + "\n".join(rows) + "\n")
    told_of = reasons(lists)
    assert [*told_of] == [2, 3, 4, 5]
    assert all(reason in told_of[line] for line, reason in enumerate(ODD.values(), 2))
    assert lists.entries["imo"].tolist() == [9074729, 8606173]
    assert lists.broken == frozenset()


def test_d3_words_in_columns_of_numbers_are_told(tmp_path: Path) -> None:
    lists = lists_of(tmp_path, gur=f"{HEAD},Call sign,Vessel name,2020-01-01,,s,\n{ALPHA}")
    assert [(f.line, f.key, f.reason) for f in lists.faults] == [(2, "mmsi", "'Call sign' is no MMSI: nine digits")]
    assert lists.entries["name"].tolist() == ["ALPHA"]


NAMES = ("TANGO", "ASTRA", "FIONA", "SONA", "HARMONY", "ONYX")


def test_d4_a_name_that_listed_ships_bear_matches_nobody(tmp_path: Path) -> None:
    numbers = {name: (9990129 + 24 * i, 9990131 + 24 * i) for i, name in enumerate(NAMES)}
    rows = [f"{_checked(imo)},,{name},2020-01-01,,s,\n" for name, pair in numbers.items() for imo in pair]
    lists = lists_of(tmp_path, sdn=HEAD + "".join(rows) + ",,TANGO,2020-01-01,,s,\n")
    assert reasons(lists) == {14: "is missing, and so is mmsi: a ship needs one of them"}
    here = call("2021-01-01T00:00Z", "om_sohar_port")
    for name, pair in numbers.items():
        assert written(here, lists=lists, name=name).alerts == []
        for imo in map(_checked, pair):
            assert written(here, lists=lists, name="SYNTH OTHER", imo=imo).by(LISTED) == {"SYNTH OTHER"}


def _checked(number: int) -> int:
    """Return a number of seven digits with the last as it must be for an IMO number."""
    stem = number // 10
    return stem * 10 + sum(int(d) * w for d, w in zip(str(stem), range(7, 1, -1), strict=True)) % 10


# The same, of a list as OFAC publishes it


def sdn(*ships: tuple[int, str, int]) -> Reading:
    return read_list("sdn.csv", {"sdn.csv": sdn_of(ships).encode()})


@pytest.mark.parametrize("text", ["", "\x1a", SDN.splitlines()[0]], ids=["no_bytes", "end_mark_alone", "no_vessel"])
def test_d1_an_empty_sdn_file_is_a_fault(text: str) -> None:
    with pytest.raises(InputError):
        read_list("sdn.csv", {"sdn.csv": text.encode()})


def test_d2_the_quirks_of_sdn_csv() -> None:
    remarks = {
        1: "Vessel Registration Identification IMO 9283746",
        2: "Vessel Registration Identification 8606173",
        3: "Vessel Registration Identification IMO 15411",
    }
    rows = [
        f'{k},"SYNTH {k}","vessel","IRAN] [NPWMD] [IFSR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{said}."\r\n'
        for k, said in remarks.items()
    ]
    reading = read_list("sdn.csv", {"sdn.csv": ("".join(rows) + "\x1a\r\n").encode()})
    assert [(entry.imo, entry.programs) for entry in reading.entries] == [
        (imo, ("IRAN", "NPWMD", "IFSR")) for imo in (9283746, 8606173, 0)
    ]
    (fault,) = reading.faults
    assert (fault.line, fault.reason.split(":")[0]) == (3, "'IMO 15411' is no IMO number")
    assert "'SYNTH 3' is kept by name" in fault.reason


def test_d3_words_where_a_number_belongs_are_told_and_are_no_number() -> None:
    head = "type,caption,imo,risk,countries,flag,mmsi,id,url,datasets,aliases\n"
    row = "VESSEL,SYNTH GUR,IMO9074729,sanction,,,Call sign,g-1,,ru_gur,\n"
    reading = read_list("gur.csv", {"gur.csv": (head + row).encode()})
    assert [(entry.imo, entry.mmsi) for entry in reading.entries] == [(9074729, 0)]
    assert [str(fault) for fault in reading.faults] == ["line 2: 'Call sign' of 'SYNTH GUR' is no MMSI: nine digits"]


def test_d4_a_name_that_listed_ships_bear_is_shown_as_ambiguous_and_matches_nobody() -> None:
    pairs = {name: (_checked(9991000 + 20 * i), _checked(9991010 + 20 * i)) for i, name in enumerate(NAMES)}
    entries = sdn(*((imo, name, imo) for name, pair in pairs.items() for imo in pair)).entries
    since = datetime(2020, 1, 1, tzinfo=UTC)
    watch = Watch([Listed("us-sdn", e.key, e.imo, 0, e.name, (), e.flag, e.type, since) for e in entries])
    lists = join_lists(VesselLists(), Listings(names=frozenset(["us-sdn"]), watch=watch))
    here = call("2021-01-01T00:00Z", "om_sohar_port")
    for name, pair in pairs.items():
        found = watch.find(Ship(name=name))
        assert {f.entry.imo for f in found} == set(pair)
        assert {(f.kind, f.confirmed, f.ambiguous) for f in found} == {("name", False, True)}
        assert written(here, lists=lists, name=name).alerts == []
