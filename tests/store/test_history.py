"""The seal of the history outlives upgrades, and people's notes are under it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, update

from tests.store.test_alerts import AT, made_alert, save
from watch.store import schema
from watch.store.database import connect, migrate
from watch.store.decisions import decide_alerts
from watch.store.history import find_hash, last_row, verify_history
from watch.store.meta import write_meta
from watch.store.types import iso, to_json

HISTORY = schema.alert_history


def write_as_before(connection: Connection) -> str:
    """Write an alert and its history as the version before notes and silences did; return the last hash."""
    content = made_alert()
    told = {"alert_id": "a1", "version": 1, "status": "open", "content": content}
    life = {"rule_id": "r", "vessel_id": "imo:9999802", "level": "critical", "verdict": "match", "raised_at": AT}
    connection.execute(schema.alerts.insert().values(**told, **life, updated_at=AT, evidence_digest="0" * 64))
    row: dict[str, Any] = {"seq": 1, **told, "at": AT, "change": "raised", "actor": "shipwatch", "reason": None}
    row |= {"prev_hash": "0" * 64}
    names = ("seq", "alert_id", "version", "at", "change", "actor", "status", "reason", "content", "prev_hash")
    sealed = [iso(AT) if name == "at" else row[name] for name in names]
    row |= {"hash": hashlib.sha256(to_json(sealed).encode()).hexdigest()}
    connection.execute(HISTORY.insert().values(row))
    write_meta(connection, "alert_history_head", {"seq": 1, "hash": row["hash"]})
    return str(row["hash"])


def test_a_history_of_an_earlier_version_is_whole_after_the_upgrade(blank_database_url: str, tmp_path: Path) -> None:
    engine = connect(blank_database_url, tmp_path)
    with engine.begin() as connection:
        migrate(connection, "0003")
        noted = write_as_before(connection)
    with engine.begin() as connection:
        migrate(connection, "head")
        assert "silence_id" in {column["name"] for column in inspect(connection).get_columns("alert_history")}
    with engine.begin() as connection:
        assert verify_history(connection) == []
        decide_alerts(connection, {"a1": 1}, "ack", at=AT, actor="ann", note="so it goes on")
    with engine.connect() as connection:
        assert verify_history(connection) == []
        assert (find_hash(connection, noted), last_row(connection)[0]) == (1, 2)
    engine.dispose()


@pytest.mark.parametrize("forged", [None, "another note"])
def test_a_note_cannot_be_changed_unseen(engine: Engine, forged: str | None) -> None:
    save(engine, made_alert())
    with engine.begin() as connection:
        decide_alerts(connection, {"a1": 1}, "close", at=AT, actor="ann", reason="benign", note="in dock")
        assert verify_history(connection) == []
        connection.execute(update(HISTORY).where(HISTORY.c.seq == 2).values(note=forged))
        assert "row 2 of the history of alerts (a1) was changed after it was written" in verify_history(connection)


def test_the_beginning_of_the_chain_is_always_in_it(engine: Engine) -> None:
    with engine.connect() as connection:
        assert last_row(connection) == (0, "0" * 64)
        assert find_hash(connection, "0" * 64) == 0
        assert find_hash(connection, "1" * 64) is None
