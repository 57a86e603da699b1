"""The inbox of a source: nothing half written is loaded, names sort by time and cannot leave the folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watch.errors import StoreError
from watch.sources.landing import Landing, moment_name

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def put(landing: Landing, name: str, text: str = "x\n") -> Path:
    part = landing.part(name)
    part.write_text(text)
    return landing.finish(part)


def test_a_file_is_ready_only_once_it_is_finished(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "inbox" / "noaa")
    part = landing.part("2026-11-21.zip")
    part.write_text("half")
    assert (landing.ready(), landing.parts()) == ([], [part])
    whole = landing.finish(part)
    assert (landing.ready(), landing.parts(), whole.name) == ([whole], [], "2026-11-21.zip")
    assert whole.read_text() == "half"


def test_ready_files_come_in_order_of_time(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    moments = [NOON + timedelta(microseconds=n) for n in (10**9, 3, 2_000_000, 1)]
    for at in moments:
        put(landing, moment_name(at, "nmea"))
    assert [path.name for path in landing.ready()] == [moment_name(at, "nmea") for at in sorted(moments)]


def test_a_finished_file_takes_the_place_of_its_forerunner(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    put(landing, "2026-11-21.zip", "old")
    put(landing, "2026-11-21.zip", "new")
    assert [path.read_text() for path in landing.ready()] == ["new"]


@pytest.mark.parametrize(
    "name",
    [
        "../2026-11-21.zip",
        "2026-11-21/../../x",
        "/2026-11-21",
        "2026-11-21\0.zip",
        "2026-11-21\n.zip",
        "2026-11-21\x1b[2J",
        "2026-11-21.part",
        "2026-11-21" + "x" * 300,
        "٢٠٢٦-11-21",
        "AIS_2026_11_21.zip",
        ".2026-11-21",
        "done",
        "",
    ],
)
def test_a_hostile_name_is_refused(tmp_path: Path, name: str) -> None:
    landing = Landing(tmp_path / "inbox")
    with pytest.raises(StoreError, match="begin it with the UTC date"):
        landing.part(name)
    assert [path.name for path in tmp_path.rglob("*")] == ["inbox", "done"]


def test_only_a_part_of_this_inbox_can_be_finished(tmp_path: Path) -> None:
    landing, other = Landing(tmp_path / "a"), Landing(tmp_path / "b")
    part = other.part("2026-11-21.zip")
    part.write_text("x")
    with pytest.raises(StoreError):
        landing.finish(part)
    with pytest.raises(StoreError):
        landing.finish(tmp_path / "a" / "2026-11-21.zip")


def test_links_folders_and_strange_names_are_left_alone(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "in")
    (tmp_path / "secret").write_text("x")
    (landing.folder / "2026-11-21.link").symlink_to(tmp_path / "secret")
    (landing.folder / "2026-11-22.folder").mkdir()
    (landing.folder / ".2026-11-23").write_text("x")
    (landing.folder / "notes.txt").write_text("x")
    assert landing.ready() == []


def test_a_loaded_file_is_set_aside_and_swept_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(tmp_path)
    for hour in range(3):
        monkeypatch.setattr("watch.sources.landing.now", lambda hour=hour: NOON + timedelta(hours=hour))
        landing.done(put(landing, moment_name(NOON - timedelta(days=400 - hour), "nmea")))
    assert landing.ready() == []
    assert landing.sweep(NOON + timedelta(hours=2)) == 2
    assert len(list((tmp_path / "done").iterdir())) == 1
    assert landing.sweep(NOON + timedelta(hours=2)) == 0


def test_setting_aside_twice_does_no_harm(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    path = put(landing, "2026-11-21.zip")
    landing.done(path)
    landing.done(path)
    with pytest.raises(FileNotFoundError):
        landing.done(tmp_path / "2026-11-22.zip")
    with pytest.raises(StoreError):
        landing.done(tmp_path.parent / "2026-11-22.zip")


def test_a_fresh_name_is_one_that_nothing_has_or_had(tmp_path: Path) -> None:
    landing, names = Landing(tmp_path), []
    for _ in range(3):  # the clock stands still: waiting, being written, loaded
        part = landing.fresh(NOON, "nmea")
        part.touch()
        names.append(part.name)
    landing.done(landing.finish(tmp_path / names[0]))
    landing.finish(tmp_path / names[1])
    names.append(landing.fresh(NOON, "nmea").name)
    assert names == sorted(set(names))
