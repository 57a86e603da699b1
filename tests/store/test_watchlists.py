"""Watchlists in the database: imports in any order, refusals, and what the rules see of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.watchlists import list_texts as texts
from tests.watchlists.list_texts import FOUR, ONE, THREE, TWO, sdn_of
from watch.errors import ConfigError, InputError
from watch.store.database import open_database
from watch.store.runs import read_health
from watch.store.watchlists import read_entries, read_kept, read_listings, read_versions
from watch.watchlists.importing import Imported, Wanted, import_list
from watch.watchlists.versions import Span, spans_of
from watch.workspace import Workspace

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
SHIPS = {1: "SYNTH ONE", 2: "SYNTH TWO", 3: "SYNTH THREE", 4: "SYNTH FOUR"}
IMOS = {1: ONE, 2: TWO, 3: THREE, 4: FOUR}


def workspace(folder: Path, engine: Engine) -> Workspace:
    ws = Workspace(folder)
    vars(ws)["engine"] = engine
    return ws


@pytest.fixture
def ws(tmp_path: Path, engine: Engine) -> Workspace:
    return workspace(tmp_path, engine)


def bring(ws: Workspace, keys: Iterable[int] | str, day: str | None = None, **more: Any) -> Imported:
    """Import a made version of us-sdn: some ships, or a text."""
    text = keys if isinstance(keys, str) else sdn_of((key, SHIPS[key], IMOS[key]) for key in keys)
    path = ws.data_dir / "sdn.csv"
    path.write_text(text)
    at = more.pop("at", NOW)
    return import_list(ws, path, Wanted(**{"published_at": day and date.fromisoformat(day), **more}), at)


def spans(ws: Workspace, name: str = "us-sdn") -> list[tuple[int, str, str | None]]:
    with ws.engine.connect() as conn:
        rows = read_entries(conn, name)
    return [
        (int(r["entry_key"]), f"{r['listed_at']:%m-%d}", f"{r['delisted_at']:%m-%d}" if r["delisted_at"] else None)
        for r in rows
    ]


def statuses(ws: Workspace, name: str = "us-sdn") -> list[tuple[str, str, int]]:
    with ws.engine.connect() as conn:
        return [(f"{v['published_at']:%m-%d}", v["status"], v["entries"]) for v in read_versions(conn, name)]


def health(ws: Workspace) -> list[str]:
    with ws.engine.connect() as conn:
        return [row["message"] for row in read_health(conn) if row["kind"] == "watchlist"]


def test_new_and_gone_ships_by_the_days_of_the_versions(ws: Workspace) -> None:
    first = bring(ws, [1, 2], "2026-11-02")
    second = bring(ws, [1, 3], "2026-11-20", shrink_most=1.0)
    assert (first.status, first.name, first.ships, first.added) == ("good", "us-sdn", 2, 2)
    assert (second.status, second.added, second.gone) == ("good", 1, 1)
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", "11-20"), (3, "11-20", None)]


def test_the_same_file_again_changes_nothing(ws: Workspace) -> None:
    bring(ws, [1, 2], "2026-11-02")
    again = bring(ws, [1, 2], "2026-11-02")
    undated = bring(ws, [1, 2])
    assert [again.status, undated.status] == ["known", "known"]
    assert undated.reason == "is in already, as the version of 2026-11-02"
    assert statuses(ws) == [("11-02", "good", 2)]


def test_an_old_file_imported_again_by_mistake_delists_nobody(ws: Workspace) -> None:
    bring(ws, [1], "2026-11-02")
    bring(ws, [1, 2], "2026-11-20")
    assert bring(ws, [1]).status == "known"
    assert spans(ws) == [(1, "11-02", None), (2, "11-20", None)]


def test_a_later_version_of_the_same_day_takes_the_place_of_the_first(ws: Workspace) -> None:
    bring(ws, [1, 2], "2026-11-02")
    bring(ws, [1, 2, 3], "2026-11-02")
    assert statuses(ws) == [("11-02", "replaced", 2), ("11-02", "good", 3)]
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", None), (3, "11-02", None)]


REFUSED = {
    "shrunken": ([1], "sdn.csv lacks 1 of 2 ships of the version before (50%; 10% may be gone)"),
    "other_ships": ([3, 4], "sdn.csv lacks 2 of 2 ships of the version before (100%; 10% may be gone)"),
}


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-02"], ids=["later", "of_the_same_day"])
@pytest.mark.parametrize("keys,reason", REFUSED.values(), ids=REFUSED)
def test_a_shrunken_list_is_refused_and_delists_nobody(ws: Workspace, keys: list[int], reason: str, day: str) -> None:
    bring(ws, [1, 2], "2026-11-02")
    done = bring(ws, keys, day)
    assert (done.status, done.reason) == ("refused", f"{reason}; nobody was delisted by it")
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", None)]
    assert [status for _, status, _ in statuses(ws)] == ["good", "refused"]
    assert health(ws) == [f"the watchlist us-sdn was not updated: {done.reason}"]


def test_a_shrunken_list_is_taken_where_somebody_accepts_it(ws: Workspace) -> None:
    bring(ws, [1, 2], "2026-11-02")
    assert bring(ws, [1], "2026-11-20", shrink_most=1.0).status == "good"
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", "11-20")]


@pytest.mark.parametrize("text", ["", "\x1a", "<html>503</html>", texts.SDN.splitlines()[0]], ids=list("abcd"))
def test_an_empty_list_is_refused_even_where_shrinking_is_accepted(ws: Workspace, text: str) -> None:
    bring(ws, [1, 2], "2026-11-02")
    with pytest.raises(InputError):
        bring(ws, text, "2026-11-20", name="us-sdn", shrink_most=1.0)
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", None)]
    assert statuses(ws) == [("11-02", "good", 2), ("11-20", "refused", 0)]
    assert len(health(ws)) == 1


def test_a_fault_is_noted_once_a_day(ws: Workspace) -> None:
    bring(ws, [1, 2], "2026-11-02")
    for hours in (0, 1, 19, 25):
        bring(ws, [1], "2026-11-20", at=NOW + timedelta(hours=hours))
    assert len(health(ws)) == 2


def test_a_version_dated_in_the_future_is_refused(ws: Workspace) -> None:
    with pytest.raises(ConfigError, match="is dated 2027-11-20, which is yet to come"):
        bring(ws, [1], "2027-11-20")


@pytest.mark.parametrize("name", ["US SDN", "any", "../x", "a" * 100])
def test_a_name_that_is_none(ws: Workspace, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a list"):
        bring(ws, [1], name=name)


def test_the_day_that_the_list_itself_says_comes_before_that_of_the_version(ws: Workspace) -> None:
    done = bring(ws, texts.ADVANCED)
    assert f"{done.published_at:%Y-%m-%d}" == "2026-11-19"
    assert spans(ws) == [(15036, "11-05", None)]
    with ws.engine.connect() as conn:
        (row,) = read_entries(conn, "us-sdn")
    assert (row["listed_at"].year, row["details"]["since"]) == (2018, "list")


def test_csv_and_xml_of_one_list_follow_one_another(ws: Workspace) -> None:
    bring(ws, sdn_of([(15036, "SYNTH ARTEMIS", ONE)]), "2026-11-02")
    assert bring(ws, texts.ADVANCED).status == "good"
    with ws.engine.connect() as conn:
        first, second = read_entries(conn, "us-sdn")
        listings = read_listings(conn)
    assert [f"{row['listed_at']:%Y-%m-%d}" for row in (first, second)] == ["2018-11-05", "2026-11-19"]
    assert [f"{at:%Y-%m-%d}" for at in listings.entries["listed_at"]] == ["2018-11-05"]  # one time, as rules ask


def test_what_the_rules_see(ws: Workspace) -> None:
    bring(ws, [1, 2], "2026-11-02")
    assert ws.rules.lists.names >= {"us-sdn", "un-1718"}
    asked = [ONE, None, pd.Timestamp("2020-05-05", tz="UTC")]
    assert ws.rules.lists.listed_after(*asked).keys() == {"us-sdn"}
    before = ws.rules.lists.digest
    bring(ws, [1, 2, 3], "2026-11-20")  # the rules are read again by whoever asks next
    assert ws.rules.lists.digest != before
    assert ws.rules.lists.listed_after(THREE, *asked[1:]).keys() == {"us-sdn"}


def test_hostile_names_come_back_as_text(ws: Workspace) -> None:
    bring(ws, sdn_of([(1, "=1+1\x1b[31m<script>'; DROP TABLE alerts;--", ONE)]), "2026-11-02")
    with ws.engine.connect() as conn:
        (row,) = read_entries(conn, "us-sdn")
    assert row["name"] == "=1+1 [31m<script>'; DROP TABLE alerts;--"


VERSIONS = st.dictionaries(
    st.integers(1, 28), st.sets(st.sampled_from(sorted(SHIPS)), min_size=1), min_size=1, max_size=5
)


@settings(max_examples=4)
@given(VERSIONS, st.randoms(use_true_random=False))
def test_the_order_of_imports_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, versions: dict[int, set[int]], random: Any
) -> None:
    days = sorted(versions)
    shuffled = list(days)
    random.shuffle(shuffled)
    found = [stored(tmp_path_factory.mktemp("order"), sqlite_template, versions, some) for some in (shuffled, days)]
    assert found[0] == found[1]


def stored(folder: Path, template: Path, versions: dict[int, set[int]], order: list[int]) -> list[Span]:
    """Return what is stored after importing versions in an order, each version twice."""
    shutil.copy(template, folder / "x.db")
    ws = workspace(folder, open_database(f"sqlite:///{folder / 'x.db'}", folder))
    for day in [*order, *order]:
        bring(ws, sorted(versions[day]), f"2026-10-{day:02}", shrink_most=1.0)
    with ws.engine.connect() as conn:
        kept = read_kept(conn, "us-sdn")
        rows = read_entries(conn, "us-sdn")
    ws.engine.dispose()
    spans = list(spans_of(kept.runs, kept.published))
    assert [(s.entry.key, s.listed_at, s.delisted_at) for s in spans] == [
        (r["entry_key"], r["listed_at"], r["delisted_at"]) for r in rows
    ]
    return spans
