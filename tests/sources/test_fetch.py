"""`shipwatch fetch` as a person uses it, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Done, shipwatch
from tests.sources.http_server import Archive, Kept, archive, dma_day

SETTINGS = """
[[source]]
name = "danish"
kind = "dma"
first_day = 2020-05-01
url = "{url}/aisdk-%Y-%m-%d.zip"

[[source]]
name = "drop"
kind = "folder"
path = "drop"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Archive]:
    with archive() as server:
        (tmp_path / "shipwatch.toml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
        yield server


def fetch(folder: Path, *args: str) -> Done:
    return shipwatch("fetch", *args, folder=folder)


def test_days_of_a_source_are_fetched_checked_and_named(server: Archive, tmp_path: Path) -> None:
    for day in ("2020-05-05", "2020-05-06"):
        server.files[f"/aisdk-{day}.zip"] = Kept(dma_day(day))
    done = fetch(tmp_path, "danish", "--date", "2020-05-05", "--to", "2020-05-06", "--output", "days")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [f"days/2020-05-0{n}_aisdk-2020-05-0{n}.zip" for n in (5, 6)]
    assert (tmp_path / done.out.splitlines()[0]).read_bytes() == dma_day("2020-05-05")
    again = fetch(tmp_path, "danish", "--date", "2020-05-05", "--output", "days")
    assert (again.code, again.out) == (0, done.out.splitlines()[0] + "\n")
    assert "is here already" in again.err
    assert len(server.gets("/aisdk-2020-05-05.zip")) == 1
    assert sorted(path.name for path in (tmp_path / "days").iterdir()) == [
        f"2020-05-0{n}_aisdk-2020-05-0{n}.zip" for n in (5, 6)
    ]


def test_a_day_that_is_not_published_is_said_and_stops_no_other(server: Archive, tmp_path: Path) -> None:
    server.files["/aisdk-2020-05-06.zip"] = Kept(dma_day("2020-05-06"))
    done = fetch(tmp_path, "danish", "--date", "2020-05-05", "--to", "2020-05-06")
    assert done.code == 1
    assert done.out == "2020-05-06_aisdk-2020-05-06.zip\n"
    assert "2020-05-05" in done.err
    assert "the server answers 404" in done.err


def test_a_damaged_day_leaves_nothing_behind(server: Archive, tmp_path: Path) -> None:
    server.files["/aisdk-2020-05-05.zip"] = Kept(dma_day("2020-05-05")[:-20])
    before = sorted(tmp_path.iterdir())
    done = fetch(tmp_path, "danish", "--date", "2020-05-05")
    assert (done.code, done.out) == (1, "")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("somewhere", "--date", "2020-05-05"), "there is no archive 'somewhere'; there are noaa, dma, danish"),
        (("drop", "--date", "2020-05-05"), "'drop' is a source of the kind folder"),
        (("danish", "--date", "5 May"), "--date '5 May' is no day"),
        (("danish", "--date", "2020-05-05", "--to", "2020-05-04"), "is before --date"),
        (("danish", "--date", "2020-05-05", "--to", "2022-05-04"), "more than 366 days"),
        (("danish", "--date", "2020-05-05", "--output", "shipwatch.toml"), "cannot be made"),
    ],
    ids=["unknown", "no_archive", "no_day", "backwards", "too_many", "output_is_a_file"],
)
def test_bad_use_is_told_and_asks_nobody(server: Archive, tmp_path: Path, args: tuple[str, ...], reason: str) -> None:
    done = fetch(tmp_path, *args)
    assert done.code == 2
    assert reason in done.err
    assert server.asked == []
