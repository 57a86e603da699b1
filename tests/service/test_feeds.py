"""Feeds that stop, shrink or come empty are told once, and once when they are back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watch.service.feeds import judge_feeds
from watch.source_settings import FolderSettings
from watch.store import loads
from watch.store.runs import read_health
from watch.workspace import Workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = FolderSettings.model_validate({"name": "dropbox", "kind": "folder", "path": "in", "stale_after": "2h"})


def take_in(ws: Workspace, number: int, rows: int, newest_at: datetime, source: str = "dropbox") -> None:
    """Note a load of so many positions."""
    with ws.engine.begin() as conn:
        load_id = loads.start_load(
            conn, sha256=f"{number:04}{source:0<60}", name="f", format="noaa", size_bytes=1, at=NOW, source=source
        )
        counts = {"rows_read": rows, "positions": rows, "duplicates": 0, "rejects": 0}
        loads.finish_load(conn, load_id, at=NOW, **counts, span=(newest_at, newest_at) if rows else None)


def told(ws: Workspace) -> list[str]:
    with ws.engine.connect() as conn:
        return [row["message"] for row in read_health(conn)]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


LAST = {
    "as_usual": (1000, []),
    "a_quiet_hour": (300, []),
    "shrunken": (199, ["dropbox: its last file held 199 positions; 1,000 are usual"]),
    "empty": (0, ["dropbox: its last file held no position; 1,000 are usual"]),
}


@pytest.mark.parametrize(("rows", "expected"), LAST.values(), ids=LAST)
def test_the_last_file_is_held_against_what_is_usual(ws: Workspace, rows: int, expected: list[str]) -> None:
    for number in range(6):
        take_in(ws, number, 1000, NOW)
        take_in(ws, number, 7, NOW, source="other")
    take_in(ws, 6, rows, NOW)
    judge_feeds(ws, [SOURCE], NOW)
    assert told(ws) == expected


def test_a_few_loads_say_nothing_of_what_is_usual(ws: Workspace) -> None:
    for number in range(4):
        take_in(ws, number, 1000, NOW)
    take_in(ws, 4, 1, NOW)
    judge_feeds(ws, [SOURCE], NOW)
    assert told(ws) == []


def test_a_stop_is_told_once_and_its_end_once(ws: Workspace) -> None:
    take_in(ws, 0, 10, NOW - timedelta(hours=2))
    judge_feeds(ws, [SOURCE], NOW)
    assert told(ws) == []
    for minutes in (1, 2, 3):
        judge_feeds(ws, [SOURCE], NOW + timedelta(minutes=minutes))
    stopped = "dropbox: brings no new fixes: the newest is 2 h old, and 'stale_after' is 2 h"
    assert told(ws) == [stopped]
    take_in(ws, 1, 10, NOW)
    for minutes in (4, 5):
        judge_feeds(ws, [SOURCE], NOW + timedelta(minutes=minutes))
    assert told(ws)[1:] == ["dropbox: brings data again"]


def test_a_source_that_never_brought_anything_is_no_feed_that_stopped(ws: Workspace) -> None:
    judge_feeds(ws, [SOURCE], NOW)
    assert told(ws) == []


def test_a_source_that_rests_is_not_missed(ws: Workspace) -> None:
    take_in(ws, 0, 1000, NOW - timedelta(hours=3))
    judge_feeds(ws, [SOURCE.model_copy(update={"enabled": False})], NOW)
    assert told(ws) == []
