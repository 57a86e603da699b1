"""Who may be a ship: by number, and by a name that is like hers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from tests.watchlists.list_texts import ONE, TWO
from watch.watchlists.matching import NAME_LEAST, SHOWN_LEAST, Found, Listed, Ship, Watch
from watch.watchlists.names import joined, numbers_in, plain_name

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def listed(
    key: str, name: str, imo: int = 0, mmsi: int = 0, *aliases: str, of: str = "us-sdn", flag: str = "", kind: str = ""
) -> Listed:
    return Listed(of, key, imo, mmsi, name, aliases, flag, kind, SINCE)


def told(found: list[Found]) -> list[tuple[str, str, int, bool, bool]]:
    return [(f.entry.key, f.kind, f.score, f.confirmed, f.ambiguous) for f in found]


PLAIN = {
    "prefix_mt": ("M/T SYNTH STAR", "SYNTH STAR"),
    "prefix_mv_with_dots": ("M.V. Synth Star", "SYNTH STAR"),
    "prefix_without_a_mark": ("MT SYNTH STAR", "SYNTH STAR"),
    "prefix_alone_is_a_name": ("MT", "MT"),
    "prefix_inside_a_word": ("MTWARA", "MTWARA"),
    "roman_number": ("SYNTH STAR IV", "SYNTH STAR 4"),
    "roman_nine": ("SYNTH IX", "SYNTH 9"),
    "roman_number_alone_is_a_name": ("X", "X"),
    "leading_zero": ("SYNTH 02", "SYNTH 2"),
    "number_with_its_word": ("SYNTH NO. 18", "SYNTH 18"),
    "number_joined": ("SYNTH18", "SYNTH 18"),
    "accents": ("Synth Señora", "SYNTH SENORA"),
    "apostrophe": ("SYNTH'S PRIDE", "SYNTHS PRIDE"),
    "marks": ("SYNTH-STAR_(EX)", "SYNTH STAR EX"),
    "nothing": ("", ""),
    "no_letters": ("***", ""),
}


@pytest.mark.parametrize("name,plain", PLAIN.values(), ids=PLAIN)
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_by_imo_number_whatever_the_name() -> None:
    watch = Watch([listed("a", "SYNTH STAR", ONE), listed("b", "SYNTH STAR", TWO)])
    assert told(watch.find(Ship(imo=ONE, name="OTHER"))) == [("a", "imo", 100, True, False)]


def test_an_entry_whose_imo_number_the_ship_contradicts_is_no_match() -> None:
    watch = Watch([listed("a", "SYNTH STAR", ONE, 636990101)])
    assert watch.find(Ship(imo=TWO, mmsi=636990101, name="SYNTH STAR")) == []


def test_by_mmsi_where_the_list_knows_no_hull() -> None:
    watch = Watch([listed("a", "SYNTH STAR", 0, 636990101)])
    assert told(watch.find(Ship(imo=TWO, mmsi=636990101))) == [("a", "mmsi", 100, True, False)]


def test_mmsi_of_an_entry_with_a_hull_confirms_nothing_for_a_ship_that_tells_none() -> None:
    watch = Watch([listed("a", "SYNTH STAR", ONE, 636990101)])
    assert told(watch.find(Ship(mmsi=636990101))) == [("a", "mmsi", 90, False, False)]


LIKE = {
    "the_same": ("SYNTH STARLET", "SYNTH STARLET", 100),
    "blank_left_out": ("SYNTHSTARLET", "SYNTH STARLET", 100),
    "prefix": ("MT SYNTH STARLET", "SYNTH STARLET", 100),
    "one_letter_more": ("SYNTH STARLETT", "SYNTH STARLET", 96),
    "one_letter_other": ("SYNTH STARLIT", "SYNTH STARLET", 92),
    "roman_and_arabic": ("SYNTH STARLET II", "SYNTH STARLET 2", 100),
    "two_letters_of_eight": ("SYNTHABC", "SYNTHADE", None),
    "sister_ship": ("SYNTH STARLET 6", "SYNTH STARLET 2", None),
    "sister_without_a_number": ("SYNTH STARLET", "SYNTH STARLET 2", None),
    "short_name": ("SONA", "SOFA", None),
    "short_name_the_same": ("SONA", "Sona", 100),
    "no_name": ("", "SYNTH STARLET", None),
    "no_letters": ("***", "???", None),
}


@pytest.mark.parametrize("ship,entry,score", LIKE.values(), ids=LIKE)
def test_names_alike(ship: str, entry: str, score: int | None) -> None:
    found = Watch([listed("a", entry)]).find(Ship(name=ship))
    assert told(found) == ([] if score is None else [("a", "name", score, False, False)])


LESS = {
    "former_name": (Ship(name="SYNTH PRIDE"), 98),
    "another_flag": (Ship(name="SYNTH STAR", flag="PA"), 96),
    "another_type": (Ship(name="SYNTH STAR", type="fishing"), 91),
    "all_three": (Ship(name="SYNTH PRIDE", flag="PA", type="fishing"), 85),
    "the_same_flag_and_type": (Ship(name="SYNTH STAR", flag="IR", type="tanker"), 100),
    "a_type_that_says_little": (Ship(name="SYNTH STAR", type="other"), 100),
}


@pytest.mark.parametrize("ship,score", LESS.values(), ids=LESS)
def test_what_lowers_a_score(ship: Ship, score: int) -> None:
    watch = Watch([listed("a", "SYNTH STAR", 0, 0, "SYNTH PRIDE", flag="IR", kind="Crude Oil Tanker")])
    assert told(watch.find(ship)) == [("a", "name", score, False, False)]


def test_a_name_that_two_entries_bear_is_ambiguous() -> None:
    watch = Watch([listed("a", "TANGO", ONE), listed("b", "TANGO", TWO), listed("c", "TANGOS", 0)])
    assert told(watch.find(Ship(name="TANGO"))) == [
        ("a", "name", 100, False, True),
        ("b", "name", 100, False, True),
        ("c", "name", 91, False, False),
    ]


def test_the_same_hull_on_two_lists_is_not_ambiguous() -> None:
    watch = Watch([listed("a", "TANGO", ONE), listed("b", "TANGO", ONE, of="un-1718")])
    assert [f.ambiguous for f in watch.find(Ship(name="TANGO"))] == [False, False]


def test_a_name_never_confirms() -> None:
    watch = Watch([listed("a", "SYNTH STAR", 0, 0, flag="IR", kind="tanker")])
    assert not any(f.confirmed for f in watch.find(Ship(name="SYNTH STAR", flag="IR", type="tanker", imo=ONE)))


NAMES = st.sampled_from(
    ["SYNTH STAR", "SYNTH STAR 2", "SYNTH STAR II", "SYNTHSTAR", "SONA", "SOMA", "MT SONA", "SYNTH STER", "***", ""]
)


@given(st.lists(NAMES, max_size=6), NAMES)
def test_names_equal_the_plain_definition(names: list[str], name: str) -> None:
    found = Watch([listed(str(i), one) for i, one in enumerate(names)]).find(Ship(name=name))
    assert {f.entry.key for f in found} == {str(i) for i, one in enumerate(names) if _alike(name, one)}


def _alike(one: str, other: str) -> bool:
    a, b = plain_name(one), plain_name(other)
    if not a or not b or numbers_in(a) != numbers_in(b):
        return False
    score = fuzz.ratio(joined(a), joined(b))
    return score == 100 or (score >= max(NAME_LEAST, SHOWN_LEAST) and min(len(joined(a)), len(joined(b))) >= 5)
