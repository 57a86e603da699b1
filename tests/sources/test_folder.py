"""A watched folder: what is new or changed is given once it is settled, and nothing from outside it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watch.source_settings import FolderSettings
from watch.sources import FileMark, Landing, Pulled, pull_source
from watch.sources.folder import pull

SETTLE = timedelta(minutes=1)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def put(drop: Path, name: str, text: str = "MMSI\n") -> Path:
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def later(drop: Path, gap: timedelta = SETTLE) -> datetime:
    """Return a time by the clock of the files, so long after the last of them was touched."""
    touched = [max(p.lstat().st_ctime, p.lstat().st_mtime) for p in [drop, *drop.rglob("*")]]
    return datetime.fromtimestamp(max(touched), UTC) + gap + timedelta(milliseconds=1)


def ask(
    drop: Path, seen: dict[str, FileMark] | None = None, at: datetime | None = None, cursor: Any = None, **more: Any
) -> Pulled:
    settings = FolderSettings(name="drop", kind="folder", path=drop, **more)
    landing = Landing(drop.parent / "inbox")
    return pull_source(settings, cursor or {}, landing, at or later(drop), lambda what, share: None, seen)


def names(pulled: Pulled, drop: Path) -> list[str]:
    return [str(path.relative_to(drop)) for path in pulled.landed]


def test_settled_files_are_given_in_order_and_unchanged_ones_only_once(drop: Path) -> None:
    for name in ("b/2.csv", "a.csv", "b/1.csv"):
        put(drop, name)
    got = ask(drop)
    assert names(got, drop) == ["a.csv", "b/1.csv", "b/2.csv"]
    seen = dict(got.marks.values())
    assert ask(drop, seen).landed == []
    put(drop, "b/1.csv", "MMSI\n1\n")
    assert names(ask(drop, seen), drop) == ["b/1.csv"]


def test_a_file_of_the_same_size_written_anew_is_read_again(drop: Path) -> None:
    path = put(drop, "a.csv", "one\n")
    seen = dict(ask(drop).marks.values())
    put(drop, "a.csv", "two\n")
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 2_000))
    assert names(ask(drop, seen), drop) == ["a.csv"]


def test_a_file_that_may_still_be_written_waits_until_it_is_settled(drop: Path) -> None:
    put(drop, "a.csv")
    assert ask(drop, at=later(drop, SETTLE / 2)).landed == []
    assert names(ask(drop), drop) == ["a.csv"]


def test_a_copy_that_kept_its_old_time_waits_too(drop: Path) -> None:
    path = put(drop, "a.csv")
    os.utime(path, (0, 0))
    assert ask(drop, at=later(drop, SETTLE / 2)).landed == []
    assert names(ask(drop), drop) == ["a.csv"]


def test_a_file_from_the_future_is_given_once_it_stood_still_between_two_looks(drop: Path) -> None:
    path, at = put(drop, "a.csv"), later(drop)
    os.utime(path, (at.timestamp() + 86_400,) * 2)
    first = ask(drop, at=at)
    assert first.landed == []
    soon = ask(drop, at=at + SETTLE / 2, cursor=first.cursor)
    assert soon.landed == []
    assert names(ask(drop, at=at + SETTLE, cursor=soon.cursor), drop) == ["a.csv"]
    path.write_text("more\n", encoding="utf-8")
    os.utime(path, (at.timestamp() + 90_000,) * 2)
    assert ask(drop, at=at + SETTLE, cursor=soon.cursor).landed == []


def test_hidden_and_unfinished_files_are_left_alone(drop: Path) -> None:
    for name in (".hidden.csv", ".git/a.csv", "a.csv.part", "b.tmp", "c.csv.filepart", "d.csv~", "good.csv"):
        put(drop, name)
    assert names(ask(drop), drop) == ["good.csv"]


def test_nothing_outside_the_folder_and_nothing_but_files_is_given(drop: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.csv")
    put(drop, "good.csv")
    (drop / "link.csv").symlink_to(secret)
    (drop / "out").symlink_to(tmp_path, target_is_directory=True)
    (drop / "loop").symlink_to("loop")
    (drop / "nowhere.csv").symlink_to(drop / "gone.csv")
    (drop / "inside.csv").symlink_to(drop / "good.csv")
    os.mkfifo(drop / "pipe.csv")
    (drop / "folder.csv").mkdir()
    assert names(ask(drop), drop) == ["good.csv", "inside.csv"]
    assert ask(drop, pattern="out/*.csv").landed == []
    assert ask(drop, pattern="../*.csv").landed == []


def test_a_pattern_chooses_and_a_bad_one_is_a_fault(drop: Path) -> None:
    for name in ("a.csv", "b.txt", "deep/c.csv"):
        put(drop, name)
    assert names(ask(drop, pattern="*.csv"), drop) == ["a.csv"]
    assert names(ask(drop, pattern="**/*.csv"), drop) == ["a.csv", "deep/c.csv"]
    assert "check `path` and `pattern`" in ask(drop, pattern="/etc/*").fault


def test_a_folder_that_is_not_there_is_a_fault_and_one_that_shrinks_is_nothing(drop: Path) -> None:
    path = put(drop, "a.csv")
    seen = dict(ask(drop).marks.values())
    path.unlink()
    shrunk = ask(drop, seen)
    assert (shrunk.landed, shrunk.fault) == ([], "")
    drop.rmdir()
    assert "no such folder" in ask(drop, seen, at=datetime(2030, 1, 1, tzinfo=UTC)).fault


def test_a_name_that_is_no_text_is_told_and_does_not_stop_the_others(drop: Path) -> None:
    put(drop, "good.csv")
    (Path(os.fsdecode(os.fsencode(drop) + b"/bad\xff.csv"))).write_bytes(b"x")
    got = ask(drop)
    assert names(got, drop) == ["good.csv"]
    assert "no UTF-8" in got.fault
    got.fault.encode("utf-8")


def test_many_files_are_given_some_at_a_time(drop: Path) -> None:
    for number in range(5):
        put(drop, f"{number}.csv")
    settings = FolderSettings(name="drop", kind="folder", path=drop)
    got = pull(settings, {}, Landing(drop.parent / "i"), later(drop), lambda what, share: None, seen={}, files_most=2)
    assert names(got, drop) == ["0.csv", "1.csv"]
    assert got.message == "3 more files wait for the next run"
