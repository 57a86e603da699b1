"""Numbers, texts, days and countries as lists write them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.watchlists.list_texts import ONE
from watch.identity import PLACEHOLDER_IMOS, imo_is_valid
from watch.watchlists.countries import country_of
from watch.watchlists.entry import day_of, imo_of, mmsi_of, tidy

NUMBERS = {
    "with_its_word": (f"IMO {ONE}", ONE),
    "without": (str(ONE), ONE),
    "joined": (f"IMO{ONE}", ONE),
    "number_in_words": (f"IMO Number: {ONE}", ONE),
    "small_letters": (f"imo no. {ONE}", ONE),
    "wrong_check": (str(ONE + 1), 0),
    "too_short": ("IMO 15411", 0),
    "too_long": ("92833033", 0),
    "words": ("Call sign", 0),
    "nothing": ("", 0),
    "other_digits": ("９０７４７２９", 0),
    "leading_zero": ("0363464", 0),
    "several": (f"{ONE} {ONE}", 0),
}


@pytest.mark.parametrize("text,imo", NUMBERS.values(), ids=NUMBERS)
def test_imo_numbers(text: str, imo: int) -> None:
    assert imo_of(text) == imo


def test_imo_numbers_one_by_one_equal_those_of_a_column() -> None:
    numbers = np.r_[np.random.default_rng(1).integers(0, 10_000_000, 5000), sorted(PLACEHOLDER_IMOS)]
    assert [imo_of(f"{n:07}") > 0 for n in numbers] == imo_is_valid(pd.Series(numbers)).tolist()


RADIOS = {"plain": ("636990101", 636990101), "word": ("MMSI 636990101", 636990101), "short": ("63699010", 0)}
RADIOS |= {"words": ("Call sign", 0), "other_digits": ("６３６９９０１０１", 0), "nothing": ("", 0)}


@pytest.mark.parametrize("text,mmsi", RADIOS.values(), ids=RADIOS)
def test_mmsis(text: str, mmsi: int) -> None:
    assert mmsi_of(text) == mmsi


COUNTRIES = {
    "Korea, North": "KP", "Democratic People's Republic of Korea": "KP", "Republic of Korea": "KR", "Iran": "IR",
    "Cote d'Ivoire": "CI", "Côte d'Ivoire": "CI", "The Gambia": "GM", "Comoros": "KM", "St. Kitts and Nevis": "KN",
    "Marshall Islands": "MH", "Tanzania": "TZ", "Hong Kong": "HK", "Viet Nam": "VN", "Panama": "PA", "pa": "PA",
    "UK": "GB", "United Kingdom": "GB", "xx": "", "None Identified": "", "": "", "-0-": "", "Atlantis": "",
    "Sao Tome and Principe": "ST", "Cook Islands": "CK", "Russia": "RU", "Sierra Leone": "SL", "Venezuela": "VE",
}  # fmt: skip


@pytest.mark.parametrize("words", COUNTRIES)
def test_countries(words: str) -> None:
    assert country_of(words) == COUNTRIES[words]


DAYS = {"day": ("2026-11-20", date(2026, 11, 20)), "moment": ("2026-11-20T02:00:03.1Z", date(2026, 11, 20))}
DAYS |= {"no_such_day": ("2026-02-30", None), "month_first": ("11/20/2026", None), "long_ago": ("0001-01-01", None)}
DAYS |= {"year": ("2026", None), "nothing": ("", None)}


@pytest.mark.parametrize("text,day", DAYS.values(), ids=DAYS)
def test_days(text: str, day: date | None) -> None:
    assert day_of(text) == day


def test_tidy_texts() -> None:
    assert tidy("  A\x00\x1b[31m\n B\u202e\ud800 ") == "A [31m B"
    assert tidy("-0- ") == ""
    assert tidy("A" * 500, 10) == "A" * 10
