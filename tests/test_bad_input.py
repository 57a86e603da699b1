"""Bad input through the command line: what is said, with which exit code, and that it harms nothing else."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Done, on, shipwatch
from filelock import FileLock

from watch.store.schema import HEAD

HEADER = "mmsi,fix_at,lat,lon,sog_kn,imo,name,ship_type\n"
GOOD = HEADER + "".join(
    f"636990001,2020-05-01T00:{minute:02}:00Z,25.0,{57 + minute / 600:.4f},6.0,9208124,BELLA,80\n"
    for minute in range(0, 60, 10)
)
GOOD_ROWS = 6


def zipped(name: str = "good.csv", content: str = GOOD) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return raw.getvalue()


def written(content: bytes | str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


BOMB = zipped("bomb.csv", HEADER + "0" * 200_000_000)

# name of the file → how it is made, and what is said of it
FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut.zip": (written(zipped(content=GOOD * 200)[:-60]), "fetch"),
    "cut.csv.gz": (written(gzip.compress(GOOD.encode() * 200)[:-40]), "fetch"),
    "picture.csv": (
        written(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)),
        "is a binary file of an unknown kind; known are NOAA",
    ),
    "header.csv": (
        written("mmsi,when,where\n636990001,now,here\n"),
        "header.csv:1: the header has no columns fix_at, lat, lon",
    ),
    "empty.csv": (written(""), "the file is empty; fetch it again"),
    "only_header.csv": (written(HEADER), "has a header but no rows"),
    "missing.csv": (lambda path: None, "there is no such file; check the path"),
    "folder": (lambda path: path.mkdir(), "is a folder, not a file; name the files in it"),
    "loop.csv": (lambda path: path.symlink_to(path), "cannot be opened"),
    "bomb.zip": (written(BOMB), "unpacks to more than 200 times its size"),
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize(("name", "make", "words"), [(n, *rest) for n, rest in FILES.items()], ids=FILES)
def test_a_bad_file_is_named_with_its_fault_and_stops_no_other(
    tmp_path: Path, good: Path, name: str, make: Callable[[Path], object], words: str
) -> None:
    bad, data_dir = tmp_path / name, tmp_path / "data"
    make(bad)
    done = on(data_dir, "load", bad, good)
    assert done.code == 1
    faults = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert faults, done.err
    assert name in faults[0]
    assert words in faults[0]
    assert "Traceback" not in done.err
    assert {row["name"] for row in on(data_dir, "events", "--json").rows} == {"BELLA"}
    assert "good.csv" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, "good.csv", "data"} - {"missing.csv"})
    status = on(data_dir, "status")
    assert status.code == 1
    assert name in status.out


@pytest.mark.parametrize("member", ["../../climbed.csv", "/tmp/climbed.csv", "C:\\climbed.csv"])
def test_a_path_in_a_zip_is_a_name_and_nothing_is_written_by_it(tmp_path: Path, member: str) -> None:
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    (home / "climbing.zip").write_bytes(zipped(member))
    done = on(home / "data", "load", home / "climbing.zip")
    assert done.code == 0
    assert done.out.splitlines()[1].split()[2:] == [str(GOOD_ROWS), str(GOOD_ROWS), "0", "0"]
    assert not [*tmp_path.rglob("*climbed*"), *Path("/tmp").glob("*climbed*")]


def test_a_bad_file_alone_leaves_nothing_half_stored(tmp_path: Path) -> None:
    make, _ = FILES["picture.csv"]
    make(tmp_path / "picture.csv")
    done = on(tmp_path / "data", "load", tmp_path / "picture.csv")
    assert done.code == 1
    assert "0 events written" in done.out
    assert list((tmp_path / "data").rglob("*.parquet")) == []
    assert on(tmp_path / "data", "events", "--json").rows == []


ROWS = {
    "nonsense": ("qwertz\n", "3"),
    "latitude_beyond_the_pole": ("636990001,2020-05-01T00:05:00Z,95.0,57.0,6,,,\n", "lat"),
    "no_date": ("636990001,yesterday,25.0,57.0,6,,,\n", "fix_at"),
    "no_number": ("sixhundred,2020-05-01T00:05:00Z,25.0,57.0,6,,,\n", "column mmsi: 'sixhundred' is not a number"),
    "bytes_that_are_no_text": ("\udcff\udcfe,,,\n", "3"),
}


@pytest.mark.parametrize(("row", "words"), ROWS.values(), ids=ROWS)
def test_a_bad_row_is_named_with_its_line_and_stops_no_other(tmp_path: Path, row: str, words: str) -> None:
    lines = GOOD.splitlines(keepends=True)
    text = "".join([*lines[:2], row, *lines[2:]])
    (tmp_path / "rows.csv").write_bytes(text.encode(errors="surrogateescape"))
    done = on(tmp_path / "data", "load", tmp_path / "rows.csv")
    assert done.code == 0
    assert done.out.splitlines()[1].split()[1:6] == ["canonical", str(GOOD_ROWS + 1), str(GOOD_ROWS), "0", "1"]
    assert "rejected 1: " in done.err
    assert "rows.csv:3: " in done.err
    assert words in done.err


HOSTILE = {
    "html": "<script>alert(1)</script>",
    "formula": "=HYPERLINK(A1)",
    "markup": "[red]ALARM[/red][link=x]y[/link]",
    "terminal": "EVIL\x1b[31m\x1b]0;title\x07\u202eLIVE",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_shown_as_text_and_nothing_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "named.csv").write_text(GOOD.replace("BELLA", name), encoding="utf-8")
    assert on(tmp_path / "data", "load", tmp_path / "named.csv").code == 0
    table, rows = on(tmp_path / "data", "events"), on(tmp_path / "data", "events", "--json")
    for done in (table, rows):
        assert done.code == 0
        assert not any(c in done.out for c in "\x1b\x07\u202e")
    shown = "".join(line.strip() for line in table.out.splitlines())
    assert "ALARM" not in name or "[red]" in shown
    folder = tmp_path / "digest"
    assert on(tmp_path / "data", "digest", "--preview", "-o", folder).code == 0
    assert "<script" not in (folder / "digest.html").read_text(encoding="utf-8")


# words of the command → what is said; all of it is bad use
USE = {
    "no_such_format": (["load", "x.csv", "--format", "foo"], "'foo' is not one of"),
    "no_moment": (["events", "--from", "yesterday"], "--from 'yesterday' is no moment; write it like 2020-05-24"),
    "no_moment_to": (["replay", "--to", "2020-13-01"], "--to '2020-13-01' is no moment"),
    "no_such_kind": (["events", "--kind", "gapp"], "--kind 'gapp' is no kind of event; there are zone_visit"),
    "no_such_level": (["alerts", "list", "--level", "grave"], "'grave' is no level; there are critical"),
    "no_such_alert": (["alerts", "show", "ffff"], "no alert with an id that begins with 'ffff'"),
    "no_number": (["events", "--mmsi", "BELLA"], "--mmsi"),
    "no_such_command": (["laod", "x.csv"], "laod"),
    "nothing_to_load": (["load"], "PATH"),
    "no_such_zone": (["zones", "show", "ir_karg"], "there is no zone 'ir_karg'"),
    "no_such_scenario": (["synth", "lib5", "-o", "x.csv"], "lib5"),
    "no_such_database": (["--db", "mysql://x/y", "events"], "--db is no address of a database"),
}


@pytest.mark.parametrize(("words", "told"), USE.values(), ids=USE)
def test_bad_use_is_explained_with_exit_code_2(tmp_path: Path, good: Path, words: list[str], told: str) -> None:
    assert on(tmp_path / "data", "load", good).code == 0
    done = on(tmp_path / "data", *words)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


QUESTIONS = (
    ["events"],
    ["alerts", "list"],
    ["alerts", "show", "a"],
    ["status"],
    ["replay"],
    ["digest"],
    ["db", "upgrade"],
)


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_a_question_to_a_folder_without_data_says_what_to_do_and_makes_none(tmp_path: Path, words: list[str]) -> None:
    done = on(tmp_path / "nothing", *words)
    assert done.code == 2
    assert f"{tmp_path / 'nothing'} holds no data of Shipwatch; load a file with" in done.err
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("words", [["events"], ["load", "x.csv"]], ids=" ".join)
def test_a_data_folder_that_is_a_file_is_bad_use(good: Path, words: list[str]) -> None:
    done = on(good, *words)
    assert (done.code, done.err) == (2, f"error: {good} is a file; name a folder with --data-dir\n")


def test_a_data_folder_that_cannot_be_made_is_bad_use(good: Path) -> None:
    done = on(good / "data", "load", good)
    assert done.code == 2
    assert "cannot be made" in done.err


def test_a_busy_data_folder_is_left_alone(tmp_path: Path, good: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with FileLock(data_dir / "writing.lock"):
        done = on(data_dir, "load", good, "--wait", 0)
    assert done.code == 1
    assert f"another run is writing to {data_dir}; wait for it to end" in done.err
    assert [path.name for path in data_dir.iterdir()] == ["writing.lock"]
    assert on(data_dir, "load", good).code == 0


def change_version(data_dir: Path, version: str) -> None:
    with sqlite3.connect(data_dir / "shipwatch.db") as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))


@pytest.mark.parametrize("words", [["events"], ["load", "good.csv"], ["db", "upgrade"]], ids=" ".join)
def test_a_database_of_a_later_version_is_not_touched(tmp_path: Path, good: Path, words: list[str]) -> None:
    data_dir = tmp_path / "data"
    on(data_dir, "load", good)
    change_version(data_dir, "9999")
    done = on(data_dir, *words)
    assert done.code == 1
    assert "is of a later version (9999): install the Shipwatch that made it" in done.err
    change_version(data_dir, HEAD)
    assert on(data_dir, "db", "upgrade").out == f"database at {HEAD} already: nothing to do\n"


def test_a_database_that_is_none_is_named(tmp_path: Path, good: Path) -> None:
    on(tmp_path / "data", "load", good)
    (tmp_path / "data" / "shipwatch.db").write_bytes(b"this is no database" * 100)
    for extra in (tmp_path / "data").glob("shipwatch.db-*"):
        extra.unlink()
    done = on(tmp_path / "data", "events")
    assert done.code == 1
    assert "shipwatch.db cannot be used" in done.err


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path, good: Path) -> None:
    first, again = (on(tmp_path / "data", "load", good) for _ in range(2))
    assert (first.code, again.code) == (0, 0)
    assert "the same file was loaded on" in again.err
    assert "0 events written; alerts: none new or changed" in again.out


def test_a_wrong_format_names_the_right_one(tmp_path: Path, good: Path) -> None:
    done: Done = on(tmp_path / "data", "load", good, "--format", "dma")
    assert done.code == 1
    assert "good.csv: is in the format canonical, not dma; load it with --format auto" in done.err


def test_the_data_folder_may_be_named_in_the_environment(
    tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIPWATCH_DATA_DIR", str(tmp_path / "named"))
    assert shipwatch("load", good).code == 0
    assert (tmp_path / "named" / "shipwatch.db").exists()
