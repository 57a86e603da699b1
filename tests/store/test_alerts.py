from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from tests.store.event_cases import HOSTILE
from watch.errors import ConfigError
from watch.store import schema
from watch.store.alerts import Saved, read_alerts, save_alerts
from watch.store.decisions import decide_alerts
from watch.store.history import read_history, verify_history

AT = datetime(2020, 7, 12, 6, 5, 0, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
RULE = "iran-venezuela"


def made_alert(alert_id: str = "a1", **changes: Any) -> dict[str, Any]:
    step = {
        "id": "dark",
        "event_id": "e2",
        "kind": "gap",
        "start_at": "2020-05-03T04:10:00Z",
        "zone": None,
        "lat": 25.1,
    }
    alert = {
        "alert_id": alert_id,
        "rule_id": RULE,
        "level": "critical",
        "verdict": "match",
        "vessel": {"vessel_id": "imo:9999802", "mmsi": 636990101, "imo": 9999802, "name": "MADE TANKER ONE"},
        "started_at": "2020-04-18T03:10:00Z",
        "ended_at": None,
        "steps": [step],
        "measures": [],
        "red_flags": ["US1a"],
        "summary": "MADE TANKER ONE has not been heard since",
    }
    return alert | changes


def save(engine: Engine, *alerts: dict[str, Any], at: datetime = AT, **scope: Any) -> Saved:
    with engine.begin() as connection:
        return save_alerts(connection, alerts, at=at, **({"rule_ids": [RULE]} | scope))


def stored(engine: Engine, **wanted: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return read_alerts(connection, **wanted)


def statuses(engine: Engine) -> dict[str, str]:
    return {alert["alert_id"]: alert["status"] for alert in stored(engine)}


def changes(engine: Engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        assert verify_history(connection) == []
        return [(row["alert_id"], row["change"], row["version"]) for row in read_history(connection)]


def decide(engine: Engine, what: str, reason: str | None = None, *alert_ids: str) -> None:
    seen = {alert["alert_id"]: alert["version"] for alert in stored(engine)}
    asked = {alert_id: seen.get(alert_id, 1) for alert_id in alert_ids or ("a1",)}
    with engine.begin() as connection:
        decide_alerts(connection, asked, what, at=AT, actor="ann", reason=reason, note="asked the desk")


def test_an_alert_comes_back_as_it_goes_out(engine: Engine) -> None:
    assert save(engine, made_alert()) == Saved(new=1, changed=0, withdrawn=0, unchanged=0)
    life = {"status": "open", "close_reason": None, "version": 1}
    moments = {"raised_at": "2020-07-12T06:05:00.000001Z", "updated_at": "2020-07-12T06:05:00.000001Z"}
    assert stored(engine) == [made_alert() | life | moments]


def test_moments_may_be_given_as_such(engine: Engine) -> None:
    save(engine, made_alert(started_at=datetime(2020, 4, 18, 3, 10, tzinfo=UTC), raised_at=LATER))
    assert save(engine, made_alert(), at=LATER).unchanged == 1
    assert stored(engine)[0]["raised_at"] == "2020-07-13T06:05:00.000001Z"


def test_saving_again_changes_nothing(engine: Engine) -> None:
    save(engine, made_alert())
    before = stored(engine)
    assert save(engine, made_alert(), at=LATER) == Saved(0, 0, 0, 1)
    assert stored(engine) == before
    assert changes(engine) == [("a1", "raised", 1)]


def test_new_evidence_changes_an_alert_and_keeps_when_it_was_raised(engine: Engine) -> None:
    save(engine, made_alert())
    assert save(engine, made_alert(level="high"), at=LATER) == Saved(0, 1, 0, 0)
    (alert,) = stored(engine)
    assert (alert["level"], alert["version"]) == ("high", 2)
    assert alert["raised_at"] < alert["updated_at"]
    assert changes(engine) == [("a1", "raised", 1), ("a1", "changed", 2)]


def test_what_is_no_longer_raised_is_withdrawn_and_comes_back(engine: Engine) -> None:
    save(engine, made_alert(), made_alert("a2"))
    assert save(engine, made_alert("a2")) == Saved(0, 0, 1, 1)
    assert statuses(engine) == {"a1": "withdrawn", "a2": "open"}
    assert save(engine, made_alert("a2")) == Saved(0, 0, 0, 1)
    assert save(engine, made_alert(), made_alert("a2")) == Saved(0, 1, 0, 1)
    assert changes(engine)[2:] == [("a1", "withdrawn", 2), ("a1", "reopened", 3)]


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        pytest.param({"vessel_ids": ["imo:9999802"]}, "withdrawn", id="this_vessel"),
        pytest.param({"vessel_ids": None}, "withdrawn", id="any_vessel"),
        pytest.param({"vessel_ids": ["imo:1"]}, "open", id="another_vessel"),
        pytest.param({"vessel_ids": []}, "open", id="no_vessel"),
        pytest.param({"rule_ids": ["another"]}, "open", id="another_rule"),
        pytest.param({"rule_ids": []}, "open", id="no_rule"),
    ],
)
def test_only_what_was_judged_is_withdrawn(engine: Engine, scope: dict[str, Any], status: str) -> None:
    save(engine, made_alert())
    save(engine, **scope)
    assert statuses(engine) == {"a1": status}


@pytest.mark.parametrize(
    ("what", "reason", "now", "expected"),
    [
        pytest.param("ack", None, {"steps": []}, "acknowledged", id="acknowledged_stays_so_on_new_steps"),
        pytest.param("ack", None, {"level": "high"}, "acknowledged", id="acknowledged_stays_so_on_a_lower_level"),
        pytest.param("ack", None, {"level": "critical"}, "open", id="acknowledged_opens_on_a_graver_level"),
        pytest.param("close", "benign", {"level": "critical"}, "open", id="closed_reopens_on_a_graver_level"),
        pytest.param("close", "benign", {"level": "medium"}, "open", id="closed_reopens_on_a_lower_level"),
        pytest.param("close", "benign", {"steps": []}, "open", id="closed_reopens_on_new_steps"),
        pytest.param("close", "benign", {"summary": "reworded"}, "closed", id="closed_stays_on_new_words"),
        pytest.param("close", "benign", {}, "closed", id="closed_stays_without_news"),
        pytest.param("close", "benign", {"verdict": "unknown"}, "open", id="closed_reopens_on_another_verdict"),
    ],
)
def test_what_people_decided_holds_until_new_evidence(
    engine: Engine, what: str, reason: str | None, now: dict[str, Any], expected: str
) -> None:
    save(engine, made_alert(level="high"))
    decide(engine, what, reason)
    save(engine, made_alert(**({"level": "high"} | now)), at=LATER)
    (alert,) = stored(engine)
    assert alert["status"] == expected
    assert alert["close_reason"] == (reason if expected == "closed" else None)
    assert changes(engine)[1] == ("a1", {"ack": "acknowledged", "close": "closed"}[what], 2)


@pytest.mark.parametrize(("steps", "expected"), [("as_they_were", "closed"), ("one_less", "open")])
def test_a_closed_warning_that_runs_out_is_no_news_unless_a_step_is(engine: Engine, steps: str, expected: str) -> None:
    save(engine, made_alert(level="medium", verdict="early"))
    decide(engine, "close", "benign")
    now = {"steps": []} if steps == "one_less" else {}
    save(engine, made_alert(level="low", verdict="lapsed", **now), at=LATER)
    assert [(alert["status"], alert["verdict"]) for alert in stored(engine)] == [(expected, "lapsed")]
    assert changes(engine)[-1] == ("a1", "changed" if expected == "closed" else "reopened", 3)


def test_a_closed_alert_that_is_withdrawn_keeps_in_its_history_why_it_was_closed(engine: Engine) -> None:
    save(engine, made_alert())
    decide(engine, "close", "benign")
    save(engine)
    assert [(alert["status"], alert["close_reason"]) for alert in stored(engine)] == [("withdrawn", None)]
    save(engine, made_alert())
    assert statuses(engine) == {"a1": "open"}
    with engine.connect() as connection:
        told = [(row["change"], row["reason"], row["note"]) for row in read_history(connection)]
    assert told == [
        ("raised", None, None),
        ("closed", "benign", "asked the desk"),
        ("withdrawn", "its rule no longer raises it; it was closed as benign", None),
        ("reopened", "its rule raises it again", None),
    ]


@pytest.mark.parametrize(
    ("alert_ids", "what", "reason", "message"),
    [
        (["none"], "close", "benign", "there is no alert none"),
        (["a1"], "close", None, "None is no reason to close"),
        (["a1"], "close", "bored", "'bored' is no reason to close"),
        (["a1"], "reopen", None, "alert a1 is open already"),
        (["a1", "gone"], "ack", None, "alert gone is withdrawn: its rule no longer raises it"),
    ],
)
def test_a_wrong_decision_is_explained_and_changes_no_alert(
    engine: Engine, alert_ids: list[str], what: str, reason: str | None, message: str
) -> None:
    save(engine, made_alert(), made_alert("gone"))
    save(engine, made_alert())
    before = changes(engine)
    with pytest.raises(ConfigError, match=message):
        decide(engine, what, reason, *alert_ids)
    assert changes(engine) == before


def test_all_faults_of_one_decision_are_told_at_once(engine: Engine) -> None:
    save(engine, made_alert(), made_alert("a2"), made_alert("a3"))
    decide(engine, "ack", None, "a1", "a2")
    with pytest.raises(ConfigError, match=r"alert a1 is acknowledged already\nalert a2 is acknowledged already"):
        decide(engine, "ack", None, "a1", "a2", "a3")
    assert statuses(engine) == {"a1": "acknowledged", "a2": "acknowledged", "a3": "open"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["a2", "a1"]),
        ({"alert_id": "a1"}, ["a1"]),
        ({"rule_id": RULE, "level": "low"}, ["a2"]),
        ({"status": "closed"}, []),
        ({"vessel_id": "imo:9999802"}, ["a1"]),
        ({"mmsi": 2}, ["a2"]),
        ({"imo": 9999802}, ["a1"]),
    ],
)
def test_alerts_are_found_by(engine: Engine, wanted: dict[str, Any], found: list[str]) -> None:
    other = {"vessel_id": "mmsi:2", "mmsi": 2, "imo": None}
    save(engine, made_alert(), made_alert("a2", vessel=other, level="low", started_at="2020-01-01T00:00:00Z"))
    assert [alert["alert_id"] for alert in stored(engine, **wanted)] == found


def test_hostile_words_come_back_as_they_were(engine: Engine) -> None:
    for number, word in enumerate(HOSTILE):
        vessel = {"vessel_id": f"mmsi:{number}", "mmsi": number, "imo": None, "name": word}
        save(engine, made_alert(f"a{number:02d}", vessel=vessel, summary=word), vessel_ids=[], actor=word)
    alerts = stored(engine)
    assert [alert["vessel"]["name"] for alert in alerts] == list(HOSTILE)
    assert [alert["summary"] for alert in alerts] == list(HOSTILE)
    assert len(changes(engine)) == len(HOSTILE)


HISTORY, ALERTS = schema.alert_history, schema.alerts
FIRST = update(HISTORY).where(HISTORY.c.seq == 1)
FORGED = {"level": "low"}


@pytest.mark.parametrize(
    ("forgery", "finding"),
    [
        pytest.param(FIRST.values(content=FORGED), "row 1 .*was changed", id="content"),
        pytest.param(FIRST.values(actor="bob"), "row 1 .*was changed", id="actor"),
        pytest.param(FIRST.values(at=LATER), "row 1 .*was changed", id="time"),
        pytest.param(FIRST.values(hash="0" * 64), "row 1 .*was changed", id="hash"),
        pytest.param(HISTORY.delete().where(HISTORY.c.seq == 2), "rows 2 to 2 .*missing", id="middle_removed"),
        pytest.param(HISTORY.delete().where(HISTORY.c.seq == 3), "ends at row 2, and row 3 was", id="end_removed"),
        pytest.param(HISTORY.delete(), "ends at row 0, and row 3 was", id="all_removed"),
        pytest.param(update(ALERTS).values(status="closed"), "alert a1 differs", id="alert_behind_its_history"),
        pytest.param(update(ALERTS).values(content=FORGED), "alert a1 differs", id="alert_rewritten"),
    ],
)
def test_tampering_shows(engine: Engine, forgery: Any, finding: str) -> None:
    save(engine, made_alert())
    save(engine, made_alert(level="high"))
    save(engine)
    with engine.begin() as connection:
        assert verify_history(connection) == []
        connection.execute(forgery)
        assert re.search(finding, "\n".join(verify_history(connection)))


def test_history_is_read_from_where_one_left_off(engine: Engine) -> None:
    save(engine, made_alert(), made_alert("a2"))
    save(engine, made_alert())
    with engine.connect() as connection:
        assert [row["change"] for row in read_history(connection, after_seq=2)] == ["withdrawn"]
        assert [row["version"] for row in read_history(connection, alert_id="a2")] == [1, 2]
