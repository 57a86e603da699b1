"""Watchlists that are fetched from a real server, or read from a file, time and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.sources.http_server import Archive, Kept, archive
from tests.store.test_watchlists import health, spans, statuses, workspace
from tests.watchlists.list_texts import ADVANCED, ONE, TWO, sdn_of
from watch.settings import WatchlistSettings
from watch.sources.http_client import Patience
from watch.watchlists.refresh import refresh_watchlists
from watch.workspace import Workspace

NOW = datetime(2026, 11, 2, 7, tzinfo=UTC)
BOTH = sdn_of([(1, "SYNTH ONE", ONE), (2, "SYNTH TWO", TWO)])
ALONE = sdn_of([(1, "SYNTH ONE", ONE)])
NO_WAIT = Patience(tries=2, silence_s=5.0, sleep=lambda s: None)


@pytest.fixture
def ws(tmp_path: Path, engine: Engine) -> Workspace:
    return workspace(tmp_path / "data", engine)


@pytest.fixture
def server() -> Iterator[Archive]:
    with archive() as server:
        yield server


def refresh(ws: Workspace, days: float = 0, **settings: Any) -> list[str]:
    """Refresh one list so many days after `NOW`."""
    one = WatchlistSettings(**{"name": "us-sdn", **settings})
    told: list[tuple[str, float]] = []
    return refresh_watchlists(ws, [one], NOW + timedelta(days=days), lambda *words: told.append(words), NO_WAIT)


def serve(server: Archive, text: str, path: str = "/exports/SDN.CSV") -> str:
    server.files[path] = Kept(text.encode())
    return f"{server.url}{path}"


def test_a_list_is_fetched_and_its_changes_told_by_day(ws: Workspace, server: Archive) -> None:
    url = serve(server, ALONE)
    assert refresh(ws, url=url) == []
    serve(server, BOTH)
    assert refresh(ws, 3, url=url) == []
    assert spans(ws) == [(1, "11-02", None), (2, "11-05", None)]
    assert (ws.data_dir / "watchlists" / "us-sdn.csv").read_bytes() == BOTH.encode()
    assert not list((ws.data_dir / "watchlists").glob("*.part"))


def test_a_list_that_stays_the_same_is_one_version_and_does_not_grow_old(ws: Workspace, server: Archive) -> None:
    url = serve(server, BOTH)
    assert [refresh(ws, days, url=url) for days in (0, 1, 10, 20)] == [[]] * 4
    assert statuses(ws) == [("11-02", "good", 2)]
    assert [refresh(ws, days, url=f"{server.url}/gone") for days in (30, 35)][1][1:] == [
        "the watchlist us-sdn is old: its last good version came on 2026-11-22; look at its address"
    ]


def test_a_list_that_goes_back_to_an_earlier_state_is_a_version_anew(ws: Workspace, server: Archive) -> None:
    for days, text in enumerate((ALONE, BOTH, ALONE)):
        refresh(ws, days, url=serve(server, text), shrink_most=1.0)
    assert spans(ws) == [(1, "11-02", None), (2, "11-03", "11-04")]


def test_the_day_of_a_list_that_says_it_counts(ws: Workspace, server: Archive) -> None:
    assert refresh(ws, 20, url=serve(server, ADVANCED, "/exports/SDN_ADVANCED.XML")) == []
    assert statuses(ws) == [("11-19", "good", 1)]


BAD = {
    "gone": (None, "404"),
    "empty": ("", "is none of the forms"),
    "a_web_page": ("<html>maintenance</html>", "is none of the forms"),
    "shrunken": (ALONE, "lacks 1 of 2 ships"),
}


@pytest.mark.parametrize("text,reason", BAD.values(), ids=BAD)
def test_a_bad_answer_is_a_fault_and_delists_nobody(
    ws: Workspace, server: Archive, text: str | None, reason: str
) -> None:
    url = serve(server, BOTH)
    refresh(ws, url=url)
    if text is None:
        server.files.clear()
    else:
        serve(server, text)
    faults = refresh(ws, 1, url=url)
    assert len(faults) == 1
    assert faults[0].startswith("the watchlist us-sdn was not updated: ")
    assert reason in faults[0]
    assert health(ws) == faults
    assert spans(ws) == [(1, "11-02", None), (2, "11-02", None)]


def test_a_server_that_is_down_is_a_fault(ws: Workspace, server: Archive) -> None:
    url = serve(server, BOTH)
    server.server_close()
    (fault,) = refresh(ws, url=url)
    assert fault.startswith("the watchlist us-sdn was not updated: ")


def test_one_bad_list_does_not_stop_another(ws: Workspace, server: Archive, tmp_path: Path) -> None:
    good = tmp_path / "sdn.csv"
    good.write_text(BOTH)
    wanted = [
        WatchlistSettings(name="os", url=f"{server.url}/gone"),
        WatchlistSettings(name="us-sdn", file=good),
    ]
    faults = refresh_watchlists(ws, wanted, NOW, lambda *words: None, NO_WAIT)
    assert [fault.split(" was")[0] for fault in faults] == ["the watchlist os"]
    assert statuses(ws) == [("11-02", "good", 2)]


def test_a_file_is_read_again_and_grows_old_when_nobody_puts_a_new_one(ws: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "sdn.csv"
    file.write_text(ALONE)
    assert [refresh(ws, days, file=file) for days in (0, 1)] == [[], []]
    file.write_text(BOTH)
    assert refresh(ws, 2, file=file) == []
    assert spans(ws) == [(1, "11-02", None), (2, "11-04", None)]
    old = "the watchlist us-sdn is old: its last good version came on 2026-11-04; look at its address"
    assert refresh(ws, 17, file=file) == [old]
    assert refresh(ws, 17, file=file, stale_after="30d") == []
    assert health(ws) == [old]
