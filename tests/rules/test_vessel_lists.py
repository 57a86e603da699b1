"""Vessel lists: who stood on which list at a moment, and what is said of a bad file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.rule_texts import folder_of, ids, load, rule_text, told
from watch.rules.loader import load_rules
from watch.rules.vessel_lists import VesselLists, load_vessel_lists

HEAD = "imo,mmsi,name,listed_at,delisted_at,source,note\n"
ONE, TWO = 9074729, 9999802
LISTS = {
    "us-sdn": f"{ONE},,SYNTH ONE,2018-11-05,,s,\n{ONE},,SYNTH ONE,2012-07-12,2016-01-16,s,first time\n",
    "un-1718": f"{ONE},636990101,SYNTH ONE,2020-01-01,2021-01-01,s,\n,636990202,SYNTH TWO,2020-01-01,,s,no hull\n",
    "eu-annex-xlii": "",
}


def folder_with(tmp_path: Path, **texts: str) -> Path:
    folder = tmp_path / "rules" / "lists"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> VesselLists:
    return load_vessel_lists(folder_with(tmp_path_factory.mktemp("l"), **{k: HEAD + v for k, v in LISTS.items()}))


def on(lists: VesselLists, imo: float, mmsi: float, at: str) -> tuple[str, ...]:
    at_us = pd.DatetimeIndex([at], tz="UTC").as_unit("us").asi8
    found: tuple[str, ...] = lists.lists_on(np.array([imo]), np.array([mmsi]), at_us)[0]
    return found


NAN = float("nan")
CASES = {
    "before_it_was_listed": (ONE, NAN, "2012-07-11T23:59:59", ()),
    "from_the_first_moment_of_the_day": (ONE, NAN, "2012-07-12T00:00", ("us-sdn",)),
    "until_the_last_moment_before": (ONE, NAN, "2016-01-15T23:59:59.999999", ("us-sdn",)),
    "not_on_the_day_it_was_delisted": (ONE, NAN, "2016-01-16T00:00", ()),
    "listed_again": (ONE, NAN, "2018-11-05T00:00", ("us-sdn",)),
    "on_two_lists": (ONE, NAN, "2020-06-01T00:00", ("un-1718", "us-sdn")),
    "still_listed": (ONE, NAN, "2199-01-01T00:00", ("us-sdn",)),
    "another_ship": (TWO, NAN, "2020-06-01T00:00", ()),
    "by_mmsi_where_no_hull_is_known": (NAN, 636990202, "2020-06-01T00:00", ("un-1718",)),
    "by_mmsi_though_the_ship_tells_a_hull": (TWO, 636990202, "2020-06-01T00:00", ("un-1718",)),
    "mmsi_of_an_entry_with_a_hull_is_not_asked": (NAN, 636990101, "2020-06-01T00:00", ()),
    "nothing_known": (NAN, NAN, "2020-06-01T00:00", ()),
    "zero_is_not_known": (0, 0, "2020-06-01T00:00", ()),
}


@pytest.mark.parametrize("imo,mmsi,at,names", CASES.values(), ids=CASES.keys())
def test_lists_on(lists: VesselLists, imo: float, mmsi: float, at: str, names: tuple[str, ...]) -> None:
    assert on(lists, imo, mmsi, at) == names


EMPTY = "holds no ship that can be read; put its last good copy back, or remove it"


LATER = {
    "before_the_first_listing": (ONE, None, "2012-07-11", {"us-sdn": "2012-07-12", "un-1718": "2020-01-01"}),
    "while_on_one_list": (ONE, None, "2015-01-01", {"un-1718": "2020-01-01"}),
    "on_the_first_day": (ONE, None, "2018-11-05", {"un-1718": "2020-01-01"}),
    "between_two_listings": (ONE, None, "2017-01-01", {"us-sdn": "2018-11-05", "un-1718": "2020-01-01"}),
    "on_both": (ONE, None, "2020-06-01", {}),
    "after_the_end_of_one": (ONE, None, "2022-01-01", {}),
    "by_mmsi_where_no_hull_is_known": (None, 636990202, "2019-01-01", {"un-1718": "2020-01-01"}),
    "mmsi_of_an_entry_with_a_hull_is_not_asked": (None, 636990101, "2019-01-01", {}),
    "nothing_known": (None, 0, "2012-01-01", {}),
}


@pytest.mark.parametrize("imo,mmsi,at,days", LATER.values(), ids=LATER.keys())
def test_listed_after(lists: VesselLists, imo: int | None, mmsi: int | None, at: str, days: dict[str, str]) -> None:
    found = lists.listed_after(imo, mmsi, pd.Timestamp(at, tz="UTC"))
    assert {name: f"{day:%Y-%m-%d}" for name, day in found.items()} == days


def test_a_list_without_ships_is_a_list_and_a_fault(lists: VesselLists) -> None:
    assert lists.names == set(LISTS)
    assert [str(fault) for fault in lists.faults] == [f"rules/lists/eu-annex-xlii.csv: {EMPTY}"]
    assert lists.broken == {"eu-annex-xlii"}


def test_many_ships_at_once_equal_each_alone(lists: VesselLists) -> None:
    imo, mmsi, at, names = zip(*CASES.values(), strict=True)
    at_us = pd.DatetimeIndex(at, tz="UTC").as_unit("us").asi8
    found = lists.lists_on(np.array(imo, dtype=float), np.array(mmsi, dtype=float), at_us)
    assert found.tolist() == list(names)


def test_no_ships_and_no_lists(lists: VesselLists) -> None:
    none = np.array([], dtype=float)
    assert lists.lists_on(none, none, np.array([], dtype=np.int64)).tolist() == []
    assert on(VesselLists(), ONE, NAN, "2020-06-01") == ()


DAY = st.integers(0, 30)
ENTRY = st.tuples(st.sampled_from([ONE, TWO, 0]), st.sampled_from([111111111, 222222222]), DAY, st.none() | DAY)
SHIP = st.tuples(
    st.sampled_from([NAN, ONE, TWO]), st.sampled_from([NAN, 111111111, 222222222]), st.integers(0, 31 * 24)
)
ORIGIN = pd.Timestamp("2020-01-01", tz="UTC")


@given(st.lists(st.tuples(st.sampled_from("ab"), ENTRY), max_size=8), st.lists(SHIP, max_size=6))
def test_equals_the_plain_definition(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, tuple]], ships: list[tuple[float, float, int]]
) -> None:
    kept = [(name, e) for name, e in entries if e[3] is None or e[3] > e[2]]
    texts = {name: HEAD + "".join(_line(e) for n, e in kept if n == name) for name in "ab"}
    lists = load_vessel_lists(folder_with(tmp_path_factory.mktemp("p"), **texts))
    assert {fault.reason for fault in lists.faults} <= {EMPTY}
    at_us = pd.DatetimeIndex([ORIGIN + pd.Timedelta(hours=h) for _, _, h in ships], tz="UTC").as_unit("us").asi8
    imo, mmsi = (np.array([ship[i] for ship in ships], dtype=float) for i in (0, 1))
    assert lists.lists_on(imo, mmsi, at_us).tolist() == [_plainly(kept, ship) for ship in ships]


def _line(entry: tuple) -> str:
    begin, end = ("" if d is None else f"{ORIGIN + pd.Timedelta(days=d):%Y-%m-%d}" for d in entry[2:])
    return f"{entry[0] or ''},{entry[1]},A,{begin},{end},s,\n"


def _plainly(entries: list[tuple[str, tuple]], ship: tuple[float, float, int]) -> tuple[str, ...]:
    imo, mmsi, hour = ship
    names = {
        name
        for name, (number, radio, begin, end) in entries
        if (number == imo if number else radio == mmsi) and begin * 24 <= hour and (end is None or hour < end * 24)
    }
    return tuple(sorted(names))


def test_digest_follows_the_content(tmp_path: Path) -> None:
    one = load_vessel_lists(folder_with(tmp_path / "a", x=HEAD))
    same = load_vessel_lists(folder_with(tmp_path / "b", x=HEAD))
    more = load_vessel_lists(folder_with(tmp_path / "c", x=f"{HEAD}{ONE},,A,2020-01-01,,s,\n"))
    other = load_vessel_lists(folder_with(tmp_path / "d", y=HEAD))
    assert one.digest == same.digest
    assert len({one.digest, more.digest, other.digest}) == 3


GOOD = f"{TWO},,SYNTH TWO,2020-01-01,,s,\n"
NO_IMO = "is no IMO number: seven digits, of which the last checks the others"
#: A row, and what is said of it.
ROWS = {
    "check_digit": ("9074728,,A,2020-01-01,,s,", f"2: imo: '9074728' {NO_IMO}"),
    "imo_of_six_digits": ("907472,,A,2020-01-01,,s,", f"2: imo: '907472' {NO_IMO}"),
    "imo_in_words": ("IMO9074729,,A,2020-01-01,,s,", f"2: imo: 'IMO9074729' {NO_IMO}"),
    "mmsi_of_eight_digits": (",63699010,A,2020-01-01,,s,", "2: mmsi: '63699010' is no MMSI: nine digits"),
    "cells_missing": (f"{ONE},,A", "2: has 3 cells, and the header 7; quote commas"),
    "neither_imo_nor_mmsi": (",,A,2020-01-01,,s,", "2: imo: is missing, and so is mmsi: a ship needs one of them"),
    "no_date": (f"{ONE},,A,,,s,", "2: listed_at: is missing: since when is the ship listed?"),
    "day_that_does_not_exist": (
        f"{ONE},,A,2019-02-29,,s,",
        "2: listed_at: a date is written 2018-11-05, not '2019-02-29'",
    ),
    "date_month_first": (f"{ONE},,A,11/05/2018,,s,", "2: listed_at: a date is written 2018-11-05, not '11/05/2018'"),
    "delisted_before_it_was_listed": (
        f"{ONE},,A,2020-01-02,2020-01-01,s,",
        "2: delisted_at: 2020-01-01 is not after listed_at 2020-01-02",
    ),
}


@pytest.mark.parametrize("row,message", ROWS.values(), ids=ROWS.keys())
def test_bad_row_never_takes_a_good_one_with_it(tmp_path: Path, row: str, message: str) -> None:
    lists = load_vessel_lists(folder_with(tmp_path, **{"us-sdn": f"{HEAD}{row}\n{GOOD}"}))
    assert [str(fault) for fault in lists.faults] == [f"rules/lists/us-sdn.csv:{message}"]
    assert lists.entries["imo"].tolist() == [TWO]


FILES = {
    "empty": (b"", "1: must have each of the columns imo, mmsi, name, listed_at, delisted_at, source, note once"),
    "column_missing": (
        b"imo,mmsi\n",
        "1: must have each of the columns imo, mmsi, name, listed_at, delisted_at, source, note once",
    ),
    "column_misspelt": (
        HEAD.replace("listed_at,de", "listd_at,de").encode(),
        "1: unknown column 'listd_at'; did you mean 'listed_at'?; the columns are imo, mmsi, name, listed_at,"
        " delisted_at, source, note",
    ),
    "cell_too_many": (
        f"{HEAD}{GOOD}{ONE},,A,B,2020-01-01,,s,\n".encode(),
        "3: has 8 cells, and the header 7; quote commas",
    ),
    "not_utf8": (HEAD.encode() + b"9074729,,\xff", " is not UTF-8 text (byte 57); save it as UTF-8"),
    "unclosed_quote": (f'{HEAD}{GOOD}{ONE},,"A\n'.encode(), "3: is no valid CSV: unexpected end of data"),
    "cell_without_end": (f"{HEAD}{ONE},,{'A' * 200_000}\n".encode(), "2: is no valid CSV: field larger than"),
}


@pytest.mark.parametrize("content,message", FILES.values(), ids=FILES.keys())
def test_bad_file_never_stops_another(tmp_path: Path, content: bytes, message: str) -> None:
    folder = folder_with(tmp_path, good=HEAD + GOOD)
    (folder / "bad.csv").write_bytes(content)
    lists = load_vessel_lists(folder)
    (fault,) = lists.faults
    assert str(fault).startswith(f"rules/lists/bad.csv:{message}")
    assert lists.entries["list_name"].unique().tolist()[-1:] == ["good"]
    assert lists.names == {"good", "bad"}


@pytest.mark.parametrize("name", ["US SDN", "none", "any", "us_sdn"])
def test_name_that_is_none(tmp_path: Path, name: str) -> None:
    lists = load_vessel_lists(folder_with(tmp_path, **{name: HEAD}))
    assert [fault.reason for fault in lists.faults] == ["is no name of a list: use small letters, digits and '-'"]
    assert lists.names == frozenset()


def test_same_name_in_two_folders(tmp_path: Path) -> None:
    ours, theirs = (folder_with(tmp_path / who, x=HEAD + GOOD) for who in ("ours", "theirs"))
    lists = load_vessel_lists([ours, theirs])
    (fault,) = lists.faults
    assert str(fault) == f"{theirs / 'x.csv'}: rules/lists/x.csv is a list of the same name; rename one of them"
    assert len(lists.entries) == 1


def test_excel_writes_a_mark_and_other_line_ends(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "x.csv").write_bytes(b"\xef\xbb\xbf" + (HEAD + GOOD).replace("\n", "\r\n").encode())
    lists = load_vessel_lists(folder)
    assert (lists.faults, len(lists.entries)) == ((), 1)


def test_a_rule_set_knows_the_lists_of_its_folder(tmp_path: Path) -> None:
    root = folder_of(tmp_path, a_rule=rule_text("a-rule", "match: {event: gap, where: {lists: us-sdn}}"))
    (root / "lists").mkdir()
    (root / "lists" / "us-sdn.csv").write_text(f"{HEAD}{GOOD}bad\n")
    ruleset = load(root)
    assert told(ruleset) == ["rules/lists/us-sdn.csv:3: has 1 cells, and the header 7; quote commas"]
    assert ids(ruleset) == ["a-rule", "z-good"]
    assert on(ruleset.lists, TWO, NAN, "2020-06-01") == ("us-sdn",)


def test_the_bundled_lists_have_no_faults() -> None:
    assert load_rules().lists.faults == ()
