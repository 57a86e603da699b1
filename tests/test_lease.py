"""Leases: one holder at a time on each kind of database, and none when the holder is dead."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from watch.errors import BusyError, StoreError
from watch.lease import holding, is_held, read_holder
from watch.store.database import open_database

HOLD = """
import sys
from pathlib import Path
from watch.lease import holding
from watch.store.database import open_database
with holding(open_database(sys.argv[1], Path()), "scheduler"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lease `scheduler`."""
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_one_process_at_a_time_holds_a_lease(engine: Engine, database_url: str) -> None:
    with another_process(database_url) as other:
        assert is_held(engine, "scheduler")
        with pytest.raises(BusyError, match=f"process {other.pid}, since"), holding(engine, "scheduler"):
            pass
        with holding(engine, "writer"):
            assert is_held(engine, "writer")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_a_dead_holder_keeps_nobody_waiting(engine: Engine, database_url: str, end: signal.Signals) -> None:
    with another_process(database_url) as other:
        other.send_signal(end)
        other.wait()
        with holding(engine, "scheduler", wait_s=10):
            pass


def test_who_waits_takes_over(engine: Engine, database_url: str) -> None:
    with another_process(database_url) as other:
        assert other.stdin is not None
        other.stdin.close()
        with holding(engine, "scheduler", wait_s=30), engine.connect() as conn:
            holder = read_holder(conn, "scheduler")
    assert holder is not None
    assert holder["token"] == 2
    assert str(other.pid) not in holder["holder"]


def test_a_lease_is_free_again_after_use(engine: Engine) -> None:
    for _ in range(3):
        with holding(engine, "scheduler") as lease:
            lease.check()
    assert not is_held(engine, "scheduler")


def test_a_lost_session_is_noticed(postgresql_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watch.lease._LOOK_AGAIN_S", 0)
    engine = open_database(postgresql_database, tmp_path)
    ours = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    with holding(engine, "scheduler") as lease:
        lease.check()
        with engine.connect() as conn:
            conn.execute(text(ours))
        with pytest.raises(StoreError, match="lease 'scheduler' broke"):
            lease.check()
    engine.dispose()
