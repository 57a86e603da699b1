"""Analysts and runs at once on one database: nobody's decision is lost, and nobody overwrites another's."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from tests.store.test_alerts import AT, RULE, made_alert, save, stored
from watch.errors import BusyError, ConflictError, StoreError
from watch.store import database, schema
from watch.store.alert_rows import rows_with_ids, write_rows
from watch.store.alerts import save_alerts
from watch.store.decisions import decide_alerts
from watch.store.history import deciding, read_history, verify_history
from watch.store.meta import read_meta

ROUNDS = 20
RUNS = 8


def decide(engine: Engine, seen: dict[str, int], what: str, actor: str) -> str:
    """Decide as a command does, and return whether it was done."""
    try:
        with deciding(engine) as connection:
            decide_alerts(connection, seen, what, at=AT, actor=actor, reason="benign" if what == "close" else None)
    except ConflictError as error:
        return str(error)
    return "done"


def test_of_two_analysts_at_once_one_is_told_that_the_other_was_first(engine: Engine) -> None:
    names = [f"a{number:02d}" for number in range(ROUNDS)]
    save(engine, *map(made_alert, names))
    together = Barrier(2)

    def analyst(actor: str, what: str) -> list[str]:
        said = []
        for name in names:
            together.wait(60)
            said.append(decide(engine, {name: 1}, what, actor))
        return said

    with ThreadPoolExecutor(2) as pool:
        ann, bob = pool.submit(analyst, "ann", "close"), pool.submit(analyst, "bob", "ack")
    for name, of_ann, of_bob in zip(names, ann.result(), bob.result(), strict=True):
        assert sorted((of_ann == "done", of_bob == "done")) == [False, True]
        winner, loser = ("ann", of_bob) if of_ann == "done" else ("bob", of_ann)
        assert f"alert {name} was changed by {winner} at 2020-07-12T06:05:00.000001Z" in loser
    assert {alert["version"] for alert in stored(engine)} == {2}
    assert_whole(engine)


def test_decisions_made_during_runs_are_neither_lost_nor_in_their_way(engine: Engine) -> None:
    names = [f"a{number}" for number in range(6)]
    save(engine, *map(made_alert, names))
    over, decided_one, done, runs = Event(), Event(), Counter[str](), 0

    def analyst(actor: str) -> None:
        while not over.is_set():
            for alert in stored(engine):
                what = "close" if alert["status"] == "open" else "reopen"
                if decide(engine, {alert["alert_id"]: alert["version"]}, what, actor) == "done":
                    done[actor] += 1
                    decided_one.set()

    with ThreadPoolExecutor(2) as pool:
        analysts = [pool.submit(analyst, actor) for actor in ("ann", "bob")]
        try:
            while runs < RUNS:
                runs += 1
                decided_one.clear()
                run(engine, [made_alert(name, summary=f"said {runs}") for name in names])
                assert decided_one.wait(60)
        finally:
            over.set()
    for each in analysts:
        each.result()
    with engine.connect() as connection:
        decided = Counter(row["actor"] for row in read_history(connection))
    assert decided == done | Counter({"shipwatch": (runs + 1) * len(names)})
    assert {alert["summary"] for alert in stored(engine)} == {f"said {runs}"}
    assert_whole(engine)


def run(engine: Engine, alerts: list[dict[str, Any]]) -> None:
    """Store alerts as a run does: in a transaction that has read much before it writes."""
    with engine.begin() as connection:
        read_meta(connection, "matched")
        connection.execute(select(schema.alerts)).all()
        save_alerts(connection, alerts, rule_ids=[RULE], at=AT)


def test_who_decides_while_a_run_stores_is_told_what_the_run_changed(engine: Engine) -> None:
    save(engine, made_alert())
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            save_alerts(connection, [made_alert(level="high")], rule_ids=[RULE], at=AT)
            analyst = pool.submit(decide, engine, {"a1": 1}, "close", "ann")
        assert "changed by shipwatch" in analyst.result(60)
    assert stored(engine)[0]["level"] == "high"


def test_a_run_sees_what_was_decided_after_it_had_read(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """On PostgreSQL the run has read before the decision; on SQLite whoever may write is alone from the beginning."""
    save(engine, made_alert())
    another = database.open_database(database_url, tmp_path)
    reads = engine.begin() if engine.dialect.name == "postgresql" else engine.connect()
    with reads as connection:
        assert connection.execute(select(schema.alerts.c.status)).scalar() == "open"
        assert decide(another, {"a1": 1}, "close", "ann") == "done"
        if engine.dialect.name == "postgresql":
            save_alerts(connection, [made_alert(summary="reworded")], rule_ids=[RULE], at=AT)
    run(engine, [made_alert(summary="reworded")])
    (alert,) = stored(engine)
    assert (alert["status"], alert["close_reason"], alert["summary"]) == ("closed", "benign", "reworded")
    another.dispose()
    assert_whole(engine)


def test_who_writes_by_an_old_version_writes_nothing(engine: Engine) -> None:
    save(engine, made_alert(), made_alert("a2"))
    with engine.connect() as connection:
        old = rows_with_ids(connection, ["a1", "a2"])
    with engine.begin() as connection:
        connection.execute(update(schema.alerts).where(schema.alerts.c.alert_id == "a2").values(version=7))
    rows = [{**row, "version": 2, "level": "low", "change": "changed", "reason": None} for row in old.values()]
    with pytest.raises(StoreError, match="changed while they were being stored"), engine.begin() as connection:
        write_rows(connection, rows, "bob")
    assert [(alert["level"], alert["version"]) for alert in stored(engine)] == [("critical", 1), ("critical", 7)]


def test_who_waits_too_long_for_a_run_is_told_so(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(engine, made_alert())
    monkeypatch.setattr(database, "_SQLITE_SETTINGS", ("busy_timeout=50",))
    impatient = database.open_database(database_url, tmp_path)
    with engine.begin() as connection:
        save_alerts(connection, [made_alert(level="high")], rule_ids=[RULE], at=AT)
        with pytest.raises(BusyError, match="try again"), deciding(impatient, wait_s=0.05):
            pytest.fail("the run holds the alerts")
    impatient.dispose()


def assert_whole(engine: Engine) -> None:
    with engine.connect() as connection:
        assert verify_history(connection) == []
