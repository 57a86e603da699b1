from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from tests.store.event_cases import HOSTILE
from watch.errors import Fault
from watch.store import schema
from watch.store.deliveries import add_delivery
from watch.store.loads import fail_load, find_load, finish_load, read_loads, start_load
from watch.store.meta import read_meta, write_meta
from watch.store.runs import (
    clear_queue,
    drop_health,
    finish_run,
    last_digest,
    note_health,
    note_health_daily,
    queue_vessels,
    read_health,
    read_queue,
    read_rule_faults,
    read_runs,
    replace_rule_faults,
    save_digest,
    start_run,
)
from watch.store.types import storable

AT = datetime(2020, 7, 12, 6, 5, 0, 1, tzinfo=UTC)
SHA = "ab" * 32


def begin(engine: Engine, sha256: str = SHA, name: str = "AIS_2020_05_03.zip") -> int:
    with engine.begin() as connection:
        return start_load(connection, sha256=sha256, name=name, format="noaa", size_bytes=9, at=AT)


def test_a_load_is_known_by_its_content_and_its_counts_add_up(engine: Engine) -> None:
    load_id = begin(engine)
    with engine.begin() as connection:
        finish_load(connection, load_id, at=AT, rows_read=10, positions=7, duplicates=2, rejects=1, details={"x": 1})
        load = find_load(connection, SHA)
        assert find_load(connection, "cd" * 32) is None
    assert load is not None
    assert (load.status, load.rows_read, load.positions, load.details, load.finished_at) == (
        "done",
        10,
        7,
        {"x": 1},
        AT,
    )


def test_counts_that_do_not_add_up_are_refused(engine: Engine) -> None:
    load_id = begin(engine)
    with (
        pytest.raises(ValueError, match=r"7 positions \+ 2 duplicates \+ 2 rejects are not 10 rows"),
        engine.begin() as c,
    ):
        finish_load(c, load_id, at=AT, rows_read=10, positions=7, duplicates=2, rejects=2)


def test_a_load_that_a_crash_or_fault_ended_keeps_its_number(engine: Engine) -> None:
    load_id = begin(engine)
    with engine.begin() as connection:
        fail_load(connection, load_id, at=AT, message="line 3: no header")
        assert [load.message for load in read_loads(connection)] == ["line 3: no header"]
    assert begin(engine, name="renamed.zip") == load_id
    assert begin(engine, "cd" * 32) != load_id
    with engine.connect() as connection:
        assert [(load.name, load.status, load.message) for load in read_loads(connection)] == [
            ("renamed.zip", "running", None),
            ("AIS_2020_05_03.zip", "running", None),
        ]


def test_hostile_file_and_rule_names_do_no_harm(engine: Engine) -> None:
    clean = [storable(word) for word in HOSTILE]
    for number, word in enumerate(HOSTILE):
        begin(engine, sha256=f"{number:064d}", name=word)
    with engine.begin() as connection:
        replace_rule_faults(connection, [Fault(word, 3, word, word) for word in HOSTILE], at=AT)
        for word in HOSTILE:
            note_health(connection, "feed", word, at=AT)
        assert [load.name for load in read_loads(connection)] == clean
        assert read_rule_faults(connection) == [Fault(word, 3, word, word) for word in clean]
        assert [row["message"] for row in read_health(connection)] == clean


def test_rule_faults_are_those_of_the_last_run(engine: Engine) -> None:
    with engine.begin() as connection:
        replace_rule_faults(connection, [Fault("b.yaml", 1, "id", "x"), Fault("a.yaml", 2, "", "y")], at=AT)
        assert [fault.file for fault in read_rule_faults(connection)] == ["b.yaml", "a.yaml"]
        replace_rule_faults(connection, [], at=AT)
        assert read_rule_faults(connection) == []


def test_runs_end_well_or_with_a_message(engine: Engine) -> None:
    with engine.begin() as connection:
        first, second = (start_run(connection, "load", at=AT) for _ in range(2))
        finish_run(connection, first, at=AT, figures={"details": {"files": 2}, "rows_read": 7})
        finish_run(connection, second, at=AT, status="failed", message="the disk is full")
        told = [(run["run_id"], run["status"], run["details"], run["message"]) for run in read_runs(connection)]
        assert read_runs(connection, limit=1)[0]["run_id"] == second
    assert told == [(second, "failed", {}, "the disk is full"), (first, "done", {"files": 2}, None)]


def test_a_vessel_waits_once_until_it_is_taken_off(engine: Engine) -> None:
    with engine.begin() as connection:
        queue_vessels(connection, ["imo:1", "imo:2", "imo:1"])
        queue_vessels(connection, {"imo:2", "mmsi:3"})
        clear_queue(connection, ["imo:1", "imo:9"])
        assert read_queue(connection) == {"imo:2", "mmsi:3"}


def test_health_is_told_in_order_of_time(engine: Engine) -> None:
    with engine.begin() as connection:
        note_health(connection, "feed", "later", at=AT + timedelta(hours=1))
        note_health(connection, "feed", "earlier", at=AT)
        assert [row["message"] for row in read_health(connection)] == ["earlier", "later"]
        assert [row["message"] for row in read_health(connection, AT + timedelta(microseconds=1))] == ["later"]


def test_the_last_digest_says_how_far_it_told(engine: Engine) -> None:
    with engine.begin() as connection:
        assert last_digest(connection) is None
        save_digest(connection, made_at=AT, as_of=None, last_seq=3, details={})
        digest_id = save_digest(connection, made_at=AT, as_of=AT, last_seq=5, details={"new": 2})
        save_digest(connection, made_at=AT, as_of=AT, last_seq=9, details={}, recipient="desk")
        shared = {"made_at": AT, "as_of": AT, "last_seq": 5, "details": {"new": 2}}
        told = {"digest_id": digest_id, "recipient": None, "after_id": None, **shared}
        assert last_digest(connection) == told


@pytest.mark.parametrize("value", [0, "text", [1, {"a": None}], {"at": "x"}, False])
def test_a_value_is_kept_under_its_name(engine: Engine, value: object) -> None:
    with engine.begin() as connection:
        write_meta(connection, "key", "before")
        write_meta(connection, "key", value)
        assert read_meta(connection, "key") == value
        assert read_meta(connection, "other") is None


def test_what_stays_the_same_is_noted_once_a_day(engine: Engine) -> None:
    with engine.begin() as connection:
        for hours in (0, 1, 19, 21, 22):
            note_health_daily(connection, "file", "cannot be read", at=AT + timedelta(hours=hours))
        note_health_daily(connection, "file", "is empty", at=AT + timedelta(hours=22))
        assert [row["message"] for row in read_health(connection)] == ["cannot be read", "cannot be read", "is empty"]


def test_old_notes_go_and_outages_stay(engine: Engine) -> None:
    with engine.begin() as connection:
        note_health(connection, "file", "old", at=AT)
        note_health(connection, "file", "of that moment", at=AT + timedelta(hours=1))
        outage = {"kind": "outage", "at": AT, "message": "old outage", "start_at": AT, "end_at": AT}
        connection.execute(schema.health.insert(), outage)
        assert drop_health(connection, AT + timedelta(hours=1)) == 1
        assert [row["message"] for row in read_health(connection)] == ["old outage", "of that moment"]


def test_an_error_of_the_database_shows_no_values(engine: Engine) -> None:
    """It goes into the log, the runs and the digest; a value may be a whole mail."""
    mail = {"recipient": "desk", "channel": "mail", "message_id": "<1>", "subject": "", "addresses": ()}
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        add_delivery(connection, 7, body=b"a whole mail", at=AT, **mail)
    assert "a whole mail" not in str(refused.value)
