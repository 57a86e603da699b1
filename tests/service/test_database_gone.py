"""The database goes away while the service is at work or idle: the service goes on by itself when it is back."""

from __future__ import annotations

import random
import shutil
import signal
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from tests import chain_cases as cases
from tests.service.test_work import running, runs_of, settings, wait_for
from tests.store.test_team import stop_server
from watch import clock
from watch.lease import is_held
from watch.service.schedule import make_scheduler, plan, sync_jobs
from watch.settings import Settings
from watch.store.database import open_database
from watch.store.history import verify_history
from watch.store.schema import loads
from watch.workspace import Workspace

NO_UPDATE = """
CREATE TRIGGER broken BEFORE UPDATE ON apscheduler_jobs BEGIN SELECT RAISE(ABORT, 'the database is gone'); END
"""


def test_the_schedule_outlives_a_database_that_fails_between_handing_out_a_job_and_noting_it(tmp_path: Path) -> None:
    engine, fired = open_database(None, tmp_path), list[str]()
    planned = plan(Settings.model_validate({"run": {"every": "1h"}}))
    scheduler = make_scheduler(engine, fired.append)
    scheduler.jobstore_retry_interval = 0.01
    scheduler.start(paused=True)
    sync_jobs(scheduler, planned, clock.now())
    with engine.begin() as conn:
        conn.execute(text(NO_UPDATE))
    scheduler.resume()
    wait_for(lambda: fired.count("monitor") >= 2, "the job, which could not be noted, is handed out again")
    with engine.begin() as conn:
        conn.execute(text("DROP TRIGGER broken"))
    wait_for(lambda: scheduler.get_job("monitor").next_run_time > clock.now() + timedelta(minutes=30), "it is noted")
    scheduler.shutdown()
    engine.dispose()


def put(path: Path, folder: Path) -> None:
    """Put a file into a watched folder at once."""
    shutil.copy(path, folder / f"{path.name}.tmp")
    (folder / f"{path.name}.tmp").rename(folder / path.name)


def is_loaded(engine: Engine, files: int) -> bool:
    """Return whether so many files are loaded, and a run that began after that was done."""
    with engine.connect() as conn:
        done = [row.finished_at for row in conn.execute(loads.select().where(loads.c.status == "done"))]
    return len(done) == files and any(
        run["status"] == "done" and run["started_at"] >= max(done) for run in runs_of(engine)
    )


def stop_and_start(server: Any, engine: Engine) -> None:
    """Let a server be gone until the service is without its lease, or a moment longer."""
    stop_server(server)
    server.ensure_postgres_running()
    engine.dispose()


def check_outages(server: Any, tmp_path: Path, count: int) -> None:
    """Stop the server so many times while files come in: each file is loaded once, and runs follow one another."""
    chance, rows = random.Random(3), cases.sea_rows()
    (tmp_path / "files").mkdir()
    part = (cases.hours_of(rows) // 12).astype(int)
    files = [cases.write_rows(rows[part == n], tmp_path / "files" / f"{n:02d}.csv") for n in sorted(set(part))]
    url, config, log = server.get_uri(), settings(tmp_path), tmp_path / "run.log"
    engine = open_database(url, tmp_path)
    with running(tmp_path / "data", url, config, log) as process:
        wait_for(lambda: runs_of(engine), "a run")
        for number in range(count):
            put(files[number % len(files)], tmp_path / "in")
            process_waits(process, chance.random() * 2.5)
            stop_server(server)
            process_waits(process, chance.choice((0.0, 1.0, 12.0)))
            server.ensure_postgres_running()
            engine.dispose()
            wait_for(lambda n=number: is_loaded(engine, min(n + 1, len(files))), f"file {number} after the outage")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    runs = [run for run in runs_of(engine) if run["finished_at"]]
    assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(runs))
    assert {run["status"] for run in runs} <= {"done", "cut off", "failed"}
    with engine.connect() as conn:
        assert verify_history(conn) == []
    assert cases.rows_in_lake(Workspace(tmp_path / "data", url)) == sum(part < min(count, len(files)))
    assert b"Traceback" not in log.read_bytes()
    engine.dispose()


def process_waits(process: Any, seconds: float) -> None:
    """Let a process go on for a time; it must not end."""
    with pytest.raises(Exception, match="timed out"):
        process.wait(seconds)


@pytest.mark.soak
def test_a_server_that_goes_and_comes_back_finds_the_service_at_work_again(server: Any, tmp_path: Path) -> None:
    check_outages(server, tmp_path, 2)


@pytest.mark.soak
def test_a_server_that_goes_and_comes_back_again_and_again(server: Any, tmp_path: Path) -> None:
    check_outages(server, tmp_path, 25)


def test_a_lease_that_is_lost_while_nothing_is_due_is_noticed_and_taken_again(server: Any, tmp_path: Path) -> None:
    """Its session is ended by the server's administrator; the next job is due in an hour."""
    url, config, log = server.get_uri(), settings(tmp_path, "1h"), tmp_path / "run.log"
    engine = open_database(url, tmp_path)
    with running(tmp_path / "data", url, config, log) as process:
        wait_for(lambda: b"done job=monitor" in log.read_bytes(), "the first run is over")
        with engine.begin() as conn:
            conn.execute(text("UPDATE apscheduler_jobs SET next_run_time = next_run_time + 3600 WHERE id = 'deliver'"))
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        wait_for(lambda: log.read_bytes().count(b"at work") == 2, "it is at work again")
        assert is_held(engine, "scheduler")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert [run["status"] for run in runs_of(engine)] == ["done"]
    engine.dispose()
