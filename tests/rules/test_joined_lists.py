"""Vessel lists of files and imported ones, asked as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.rules.rule_texts import folder_of, ids, rule_text
from watch.rules.joined_lists import Listings, join_lists
from watch.rules.loader import load_rules
from watch.rules.vessel_lists import VesselLists, load_vessel_lists

HEAD = "imo,mmsi,name,listed_at,delisted_at,source,note\n"
ONE, TWO = 9074729, 9999802
COLUMNS = ["imo", "mmsi", "name", "listed_at", "delisted_at", "list_name"]


def day(text: str | None) -> pd.Timestamp | None:
    return pd.Timestamp(text, tz="UTC") if text else None


def listings(*rows: tuple[int, int, str, str | None, str]) -> Listings:
    """Return imported lists of rows: IMO number, MMSI, listed, delisted, list."""
    table = [[imo, mmsi, "SYNTH", day(begin), day(end), name] for imo, mmsi, begin, end, name in rows]
    return Listings(pd.DataFrame(table, columns=COLUMNS, dtype=object), frozenset(row[4] for row in rows))


def joined(folder: Path, text: str, *rows: tuple[int, int, str, str | None, str]) -> VesselLists:
    (folder / "us-sdn.csv").write_text(HEAD + text)
    return join_lists(load_vessel_lists(folder), listings(*rows))


def on(lists: VesselLists, imo: float, at: str, mmsi: float = float("nan")) -> Any:
    at_us = pd.DatetimeIndex([at], tz="UTC").as_unit("us").asi8
    return lists.lists_on(np.array([imo]), np.array([mmsi]), at_us)[0]


FILE = f"{ONE},,SYNTH,2018-11-05,,s,\n"
CASES: dict[str, tuple[tuple[tuple[int, int, str, str | None, str], ...], str, tuple[str, ...]]] = {
    "in_the_file_alone": ((), "2020-01-01", ("us-sdn",)),
    "in_both_since_the_earlier": (((ONE, 0, "2026-01-01", None, "us-sdn"),), "2020-01-01", ("us-sdn",)),
    "the_import_knows_the_end": (((ONE, 0, "2026-01-01", "2026-03-01", "us-sdn"),), "2026-03-01", ()),
    "until_that_day": (((ONE, 0, "2026-01-01", "2026-03-01", "us-sdn"),), "2026-02-28", ("us-sdn",)),
    "listed_again": (
        ((ONE, 0, "2026-01-01", "2026-03-01", "us-sdn"), (ONE, 0, "2026-05-01", None, "us-sdn")),
        "2026-06-01",
        ("us-sdn",),
    ),
    "the_end_of_another_ship": (((TWO, 0, "2026-01-01", "2026-03-01", "us-sdn"),), "2026-06-01", ("us-sdn",)),
    "the_end_on_another_list": (((ONE, 0, "2026-01-01", "2026-03-01", "un-1718"),), "2026-06-01", ("us-sdn",)),
    "on_an_imported_list_too": (((ONE, 0, "2026-01-01", None, "un-1718"),), "2026-06-01", ("un-1718", "us-sdn")),
}


@pytest.mark.parametrize("rows,at,names", CASES.values(), ids=CASES)
def test_who_stands_where(tmp_path: Path, rows: Any, at: str, names: tuple[str, ...]) -> None:
    assert on(joined(tmp_path, FILE, *rows), ONE, at) == names


def test_an_end_before_the_file_lists_her_is_not_hers(tmp_path: Path) -> None:
    lists = joined(tmp_path, FILE, (ONE, 0, "2012-01-01", "2016-01-01", "us-sdn"))
    assert on(lists, ONE, "2020-01-01") == ("us-sdn",)


def test_imported_lists_are_asked_by_mmsi_where_they_know_no_hull(tmp_path: Path) -> None:
    lists = joined(tmp_path, FILE, (0, 636990202, "2020-01-01", None, "os"), (TWO, 636990203, "2020-01-01", None, "os"))
    assert on(lists, float("nan"), "2021-01-01", 636990202) == ("os",)
    assert on(lists, float("nan"), "2021-01-01", 636990203) == ()


def test_listed_later_is_said_of_imported_lists(tmp_path: Path) -> None:
    lists = joined(tmp_path, FILE, (TWO, 0, "2025-05-21", None, "eu"))
    assert lists.listed_after(TWO, None, pd.Timestamp("2020-05-05", tz="UTC")) == {"eu": day("2025-05-21")}


def test_nothing_imported_changes_nothing(tmp_path: Path) -> None:
    files = load_vessel_lists(tmp_path)
    assert join_lists(files, Listings()) is files


def test_the_digest_follows_what_was_imported(tmp_path: Path) -> None:
    rows = (ONE, 0, "2026-01-01", None, "us-sdn"), (ONE, 0, "2026-01-01", "2026-03-01", "us-sdn")
    digests = [joined(tmp_path, FILE, *some).digest for some in ((), rows[:1], rows[1:], rows[:1])]
    assert digests[1] == digests[3]
    assert len(set(digests)) == 3


def test_a_rule_may_ask_for_a_list_that_was_only_imported(tmp_path: Path) -> None:
    root = folder_of(tmp_path, a_rule=rule_text("a-rule", "match: {event: gap, where: {lists: os-shadow}}"))
    assert "a-rule" not in ids(load_rules(root))
    found = load_rules(root, imported=listings((ONE, 0, "2026-01-01", None, "os-shadow")))
    assert "a-rule" in ids(found)
    assert on(found.lists, ONE, "2026-02-01") == ("os-shadow",)
