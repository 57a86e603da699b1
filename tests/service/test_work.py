"""The service as an operator runs it: processes of their own, on each kind of database."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from command_line import on, shipwatch
from sqlalchemy import Engine

from watch import clock
from watch.store.runs import mark_cut_off, read_health, read_runs, start_run
from watch.workspace import Workspace

MAIN = "from watch.cli import main; main()"
DEADLINE_S = 120
FOLDER = """
[run]
every = "{every}"
[[source]]
name = "dropbox"
kind = "folder"
path = "{path}"
settle = "0.001s"
"""


@contextmanager
def running(data: Path, url: str, config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `shipwatch run`; killed at the end if it still runs."""
    command = [sys.executable, "-c", MAIN, "--data-dir", data, "--db", url, "--config", config, "run"]
    with log.open("ab") as stream, subprocess.Popen(command, stderr=stream) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Wait until something holds; whoever waits in vain says for what."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"in vain: {what}"
        time.sleep(0.05)


def runs_of(engine: Engine, kind: str = "monitor") -> list[dict[str, Any]]:
    """Return the runs of a kind, the oldest first."""
    with engine.connect() as conn:
        return read_runs(conn, limit=1000, kind=kind)[::-1]


def settings(folder: Path, every: str = "1s") -> Path:
    """Write settings with a watched folder, and return their file."""
    (folder / "in").mkdir(exist_ok=True)
    file = folder / "shipwatch.toml"
    file.write_text(FOLDER.format(every=every, path=folder / "in"))
    return file


@pytest.mark.parametrize("database_url", (pytest.param("sqlite", marks=pytest.mark.soak), "postgresql"), indirect=True)
def test_of_two_schedulers_one_works_and_the_other_takes_over(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    config, data, logs = settings(tmp_path), tmp_path / "data", [tmp_path / "a.log", tmp_path / "b.log"]
    with running(data, database_url, config, logs[0]) as first:
        wait_for(lambda: len(runs_of(engine)) >= 2, "two runs")
        with running(data, database_url, config, logs[1]) as second:
            wait_for(lambda: b"standing by" in logs[1].read_bytes(), "the second stands by")
            before = len(runs_of(engine))
            wait_for(lambda: len(runs_of(engine)) >= before + 3, "three more runs")
            first.kill()
            first.wait()
            wait_for(lambda: runs_of(engine)[-1]["holder"].endswith(f" {second.pid}"), "the second takes over")
            second.send_signal(signal.SIGTERM)
            assert second.wait() == 0
    runs = [run for run in runs_of(engine) if run["finished_at"]]
    assert [int(who.split()[-1]) for who, _ in groupby(run["holder"] for run in runs)] == [first.pid, second.pid]
    assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(runs))


@pytest.mark.parametrize("database_url", ("sqlite", pytest.param("postgresql", marks=pytest.mark.soak)), indirect=True)
def test_sigterm_finishes_the_step_and_the_next_run_goes_on(engine: Engine, database_url: str, tmp_path: Path) -> None:
    config, data, log = settings(tmp_path), tmp_path / "data", tmp_path / "run.log"
    shipwatch("synth", "lib4-complete", "-o", tmp_path / "in" / "all.csv")
    with running(data, database_url, config, log) as process:
        wait_for(lambda: runs_of(engine), "a run")
        process.terminate()
        assert process.wait() == 0
    assert b"stopped" in log.read_bytes()
    assert runs_of(engine)[-1]["status"] != "running"
    again = shipwatch("--data-dir", data, "--db", database_url, "--config", config, "run", "--once")
    assert "error" not in again.err
    plain = tmp_path / "plain"
    assert on(plain, "load", tmp_path / "in" / "all.csv").code == 0
    assert alerts_of(data, database_url) == alerts_of(plain)


def alerts_of(data: Path, url: str | None = None) -> list[dict[str, Any]]:
    """Return the alerts without the time at which each was raised."""
    db = ["--db", url] if url else []
    found = shipwatch("--data-dir", data, *db, "alerts", "list", "--json").rows
    return sorted(({**a, "raised_at": "", "updated_at": ""} for a in found), key=lambda a: a["alert_id"])


def test_a_run_that_was_cut_off_is_told_and_done_again(tmp_path: Path) -> None:
    config, data = settings(tmp_path, "1h"), tmp_path / "data"
    engine = Workspace(data).engine
    with engine.begin() as conn:
        started_at = clock.now().replace(microsecond=0)
        start_run(conn, "monitor", at=started_at)
    done = shipwatch("--data-dir", data, "--config", config, "run", "--once")
    assert "done job=monitor" in done.err
    assert [run["status"] for run in runs_of(engine)] == ["cut off", "done"]
    with engine.begin() as conn:
        assert [h["message"] for h in read_health(conn) if h["kind"] == "run"] == [
            f"the run 'monitor' of {started_at:%Y-%m-%d %H:%M} UTC ended without notice;"
            " this run goes on from where it stood"
        ]
        assert mark_cut_off(conn, ["monitor"], at=started_at) == []
