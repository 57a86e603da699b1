"""What else befalls an unattended store: small files, a full disk, days that come late, a clock that is set back."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from command_line import shipwatch
from sqlalchemy import select

from tests import chain_cases as cases
from tests.chain_cases import Stored, hours_of, load, stored, write_rows
from watch import clock
from watch.detect.world import World
from watch.reporting import make_digest
from watch.rules.loader import RuleSet
from watch.store.history import verify_history
from watch.store.runs import read_health, read_runs
from watch.store.schema import digests, metadata
from watch.workspace import Workspace

SOAK_KILLS = int(os.environ.get("SHIPWATCH_KILLS", "100"))
#: A process whose world is the small sea, with files that may not grow beyond a size.
CHILD = """
import json, resource, sys
from pathlib import Path
import watch.pipeline, watch.staging, watch.workspace
from watch.detect.world import World
from watch.zones.geofences import load_zones
said = json.loads(sys.argv.pop(1))
watch.pipeline.bundled_world = lambda: World(load_zones(Path(said["sea"])))
watch.workspace.bundled = lambda name: Path(said["rules"])
if said["spill"]:
    watch.staging._SPILL_BYTES = 0
if said["most_kb"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (said["most_kb"] << 10,) * 2)
from watch.cli import main
main()
"""
FULL = {"while_a_file_is_staged": True, "while_it_is_merged": pytest.param(False, marks=pytest.mark.soak)}


@dataclass(frozen=True)
class Sea:
    """The small sea with its rules, in folders and as they are known here."""

    folder: Path
    world: World
    rules: RuleSet

    def store(self, folder: Path, url: str | None = None) -> Workspace:
        """Return a store that knows this sea."""
        return cases.workspace(folder, url, self.world, self.rules)

    def start(self, ws: Workspace, *words: str | Path, most_kb: int = 0, spill: bool = False) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        said = {
            "sea": f"{self.folder}/sea",
            "rules": f"{self.folder}/rules",
            "most_kb": most_kb,
            "spill": spill,
        }
        database = ["--db", ws.db_url] if ws.db_url else []
        named = ["--data-dir", str(ws.data_dir), *database, *map(str, words)]
        command = [sys.executable, "-c", CHILD, json.dumps(said), *named]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Sea:
    folder = tmp_path_factory.mktemp("sea")
    (folder / "sea").mkdir()
    world = cases.make_sea(folder / "sea")
    return Sea(folder, world, cases.make_rules(folder / "rules", world))


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The small sea in files of half a day, in order of time but for one that comes three days late."""
    folder, rows = tmp_path_factory.mktemp("pieces"), cases.sea_rows()
    rows = rows[hours_of(rows) < 108]
    part = (hours_of(rows) // 12).astype(int)
    paths = [write_rows(rows[part == number], folder / f"{number:02d}.csv") for number in sorted(set(part))]
    paths.insert(8, paths.pop(2))
    return paths


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, pieces: list[Path], sea: Sea) -> Stored:
    ws = sea.store(tmp_path_factory.mktemp("unbroken"))
    load(ws, sorted(pieces))
    assert stored(ws).alerts
    return stored(ws)


def check_kills(folder: Path, pieces: list[Path], sea: Sea, unbroken: Stored, count: int) -> None:
    """Load the small files one after another, each killed now and then, until as many kills hit; begin anew each time
    all are in.
    """
    chance, killed, stores = random.Random(7), 0, 0
    longest_s = 5.0
    while killed < count:
        ws, stores = sea.store(folder / str(stores)), stores + 1
        for path in pieces:
            begun_s = os.times().elapsed
            while True:
                process = sea.start(ws, "load", path)
                try:
                    process.communicate(timeout=longest_s * chance.uniform(0.3, 1.6))
                    assert process.returncode == 0
                    longest_s = 0.7 * longest_s + 0.3 * (os.times().elapsed - begun_s)
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    killed += 1
                    begun_s = os.times().elapsed
        assert stored(ws) == unbroken
        with ws.engine.connect() as conn:
            assert verify_history(conn) == []
        raised = pd.Series([row["alert_id"] for row in cases.history(ws) if row["change"] == "raised"])
        assert raised.value_counts().max() == 1
        ws.engine.dispose()


@pytest.mark.soak
def test_killed_again_and_again_between_small_files_it_ends_as_unbroken(
    tmp_path: Path, pieces: list[Path], sea: Sea, unbroken: Stored
) -> None:
    check_kills(tmp_path, pieces, sea, unbroken, SOAK_KILLS)


def test_small_files_with_one_three_days_late_and_a_clock_set_back_end_as_unbroken(
    tmp_path: Path, pieces: list[Path], sea: Sea, unbroken: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock goes a day ahead, then two days back: runs keep their order, nothing is raised or told twice."""
    at = datetime(2026, 11, 22, 6, tzinfo=UTC)
    clocks = [at, at + timedelta(days=1), at - timedelta(days=1)]
    parts = [pieces[k * 3 : k * 3 + 3] for k in range(3)]
    monkeypatch.setattr("watch.reporting.draw_maps", lambda *_, **__: ({}, []))
    for moment, part in zip(clocks, parts, strict=True):
        monkeypatch.setattr(clock, "_wall", lambda moment=moment: moment)
        ws = sea.store(tmp_path)
        load(ws, part)
        make_digest(ws, tmp_path / "digest", moment, cases.quiet, keep=True)
        ws.engine.dispose()
    ws = sea.store(tmp_path)
    assert stored(ws) == unbroken
    with ws.engine.connect() as conn:
        assert verify_history(conn) == []
        loads = [r for r in reversed(read_runs(conn)) if r["kind"] == "load"]
        told = [details["counts"] for details in conn.execute(select(digests.c.details)).scalars()]
    assert [(r["status"], r["started_at"]) for r in loads] == [("done", moment) for moment in clocks]
    assert sum(counts["new"] - counts["withdrawn"] for counts in told) == len(unbroken.alerts)
    raised = [row for row in cases.history(ws) if row["change"] == "raised"]
    assert len({row["alert_id"] for row in raised}) == len(raised)
    assert {row["at"] for row in raised} <= set(clocks)


@pytest.mark.parametrize("most_kb", [40, pytest.param(500, marks=pytest.mark.soak)])
def test_a_disk_that_is_full_is_told_and_the_next_run_makes_it_good(
    most_kb: int, tmp_path: Path, pieces: list[Path], sea: Sea, unbroken: Stored
) -> None:
    """No file may grow beyond a limit: of the database and its journal first."""
    ws = sea.store(tmp_path)
    load(ws, pieces[:1])
    process = sea.start(ws, "load", *pieces[1:], most_kb=most_kb)
    out, err = process.communicate()
    assert process.returncode == 1, out
    assert "Traceback" not in err
    assert "error: the disk of the database" in err
    load(ws, pieces)
    assert stored(ws) == unbroken


@pytest.fixture
def postgresql_url(postgresql_database: str) -> str:
    """A database whose files the limit of our process does not meet."""
    with psycopg.connect(postgresql_database) as connection:
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
    return postgresql_database


@pytest.mark.parametrize("spill", FULL.values(), ids=FULL.keys())
def test_a_full_disk_of_the_data_folder_is_told_as_such_and_blames_no_file(
    spill: bool, postgresql_url: str, tmp_path: Path, pieces: list[Path], sea: Sea, unbroken: Stored
) -> None:
    """The database lies elsewhere; positions wait on the disk from the first on, as those of a large file do."""
    ws = sea.store(tmp_path, postgresql_url)
    process = sea.start(ws, "load", *pieces, most_kb=1, spill=spill)
    out, err = process.communicate()
    assert process.returncode == 1, out
    assert f"error: the disk of {ws.data_dir}" in err
    assert " takes nothing more" in err
    assert "cannot be read" not in out + err
    with ws.engine.connect() as conn:
        (run,) = read_runs(conn)
        assert (run["status"], read_health(conn)) == ("failed", [])
    if not spill:  # how it is made good is the same for both
        load(ws, pieces)
        assert stored(ws) == unbroken
    ws.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # two folders have two files of SQLite
def test_two_loads_on_two_folders_of_one_server_one_says_that_the_other_is_at_work(
    database_url: str, tmp_path: Path, pieces: list[Path], sea: Sea
) -> None:
    one, other = (sea.store(tmp_path / name, database_url) for name in ("one", "other"))
    with one.writing():
        done = shipwatch("--data-dir", other.data_dir, "--db", database_url, "load", pieces[0], "--wait", "0")
    assert done.code == 1
    assert "'writer' is held by" in done.err
    one.engine.dispose()
