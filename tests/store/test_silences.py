"""Silences: what they fit, for which time of the data, and that none is forgotten."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from tests.store.event_cases import HOSTILE
from tests.store.test_alerts import made_alert, save
from watch.errors import ConfigError
from watch.store import schema
from watch.store.history import last_row, read_history, read_silence_history, verify_history
from watch.store.silences import (
    Silence,
    add_silence,
    end_silence,
    last_evidence_at,
    read_silences,
    silenced_by,
)

AT = datetime(2020, 7, 12, 6, 5, 0, 1, tzinfo=UTC)
FROM, UNTIL = datetime(2020, 5, 1, tzinfo=UTC), datetime(2020, 6, 1, tzinfo=UTC)
FAMILIES = {"iran-venezuela": "venezuela"}
KHARG = {"id": "ir_kharg", "name": "Kharg", "country": "IR", "kind": "terminal"}


def silence(silence_id: int = 1, **changes: Any) -> Silence:
    made: dict[str, Any] = {
        "silence_id": silence_id,
        "scope": {"vessel": "imo:9999802"},
        "reason": "in dock",
        "author": "ann",
        "made_at": AT,
        "from_at": FROM,
        "until_at": UNTIL,
    }
    return Silence(**(made | changes))


def step(start_at: str, end_at: str | None = None, zone: dict[str, str] | None = None) -> dict[str, Any]:
    return {"id": "s", "event_id": "e", "kind": "gap", "start_at": start_at, "end_at": end_at, "zone": zone}


def add(engine: Engine, scope: dict[str, str], **changes: Any) -> Silence:
    asked: dict[str, Any] = {"reason": "in dock", "author": "ann", "from_at": FROM, "until_at": UNTIL, "at": AT}
    with engine.begin() as connection:
        return add_silence(connection, scope, **(asked | changes))


SCOPES = {
    "hull": ({"vessel": "imo:9999802"}, True),
    "radio": ({"vessel": "mmsi:636990101"}, True),
    "another_hull": ({"vessel": "imo:9999814"}, False),
    "rule": ({"rule": "iran-venezuela"}, True),
    "another_rule": ({"rule": "iran"}, False),
    "family": ({"family": "venezuela"}, True),
    "another_family": ({"family": "dark"}, False),
    "zone_of_a_step": ({"area": "ir_kharg"}, True),
    "country_of_a_step": ({"area": "IR"}, True),
    "one_of_the_countries_of_a_step": ({"area": "OM"}, True),
    "another_country": ({"area": "VE"}, False),
    "alert": ({"alert": "a1"}, True),
    "beginning_of_an_alert_is_not_it": ({"alert": "a"}, False),
    "level": ({"level": "critical"}, True),
    "another_level": ({"level": "low"}, False),
    "all_parts_fit": ({"vessel": "imo:9999802", "area": "IR", "level": "critical"}, True),
    "one_part_does_not": ({"vessel": "imo:9999802", "area": "IR", "level": "low"}, False),
}


@pytest.mark.parametrize(("scope", "fits"), SCOPES.values(), ids=SCOPES)
def test_a_silence_fits_what_is_all_that_it_asks(scope: dict[str, str], fits: bool) -> None:
    shared = {"id": "om_ir_strait", "name": "Strait", "country": "OM/IR", "kind": "chokepoint"}
    steps = [step("2020-05-02T00:00:00Z", None, shared), step("2020-05-03T04:10:00Z", "2020-05-04T00:00:00Z", KHARG)]
    alert = made_alert(steps=steps)
    found = silenced_by(alert, [silence(scope=scope)], FAMILIES)
    assert (found is not None) == fits


def test_a_rule_of_no_known_family_and_a_ship_without_a_number_fit_no_silence() -> None:
    nameless = made_alert(vessel={"vessel_id": "mmsi:1", "mmsi": None, "imo": None}, rule_id="gone")
    for scope in ({"family": ""}, {"family": "None"}, {"vessel": "imo:None"}, {"vessel": "mmsi:None"}):
        assert silenced_by(nameless, [silence(scope=scope)], FAMILIES) is None


TIMES = {
    "ends_inside": ([step("2020-04-01T00:00:00Z", "2020-05-20T00:00:00Z")], True),
    "ends_as_it_begins": ([step("2020-04-01T00:00:00Z", "2020-05-01T00:00:00Z")], True),
    "ends_before_it": ([step("2020-04-01T00:00:00Z", "2020-04-30T23:59:59Z")], False),
    "ends_as_it_ends": ([step("2020-05-10T00:00:00Z", "2020-06-01T00:00:00Z")], False),
    "open_and_begun_inside": ([step("2020-05-10T00:00:00Z")], True),
    "open_and_begun_before": ([step("2020-04-10T00:00:00Z")], False),
    "a_later_step_after_it": (
        [step("2020-05-10T00:00:00Z", "2020-05-11T00:00:00Z"), step("2020-07-01T00:00:00Z")],
        False,
    ),
    "the_longest_step_counts": (
        [step("2020-05-10T00:00:00Z", "2020-06-11T00:00:00Z"), step("2020-05-12T00:00:00Z", "2020-05-13T00:00:00Z")],
        False,
    ),
    "no_steps": ([], False),  # the start of the alert counts: 18 April
}


@pytest.mark.parametrize(("steps", "expected"), TIMES.values(), ids=TIMES)
def test_the_newest_evidence_decides_and_no_clock(steps: list[dict[str, Any]], expected: bool) -> None:
    assert (silenced_by(made_alert(steps=steps), [silence()]) is not None) == expected


def test_without_any_time_nothing_is_silenced() -> None:
    timeless = made_alert(steps=[], started_at=None)
    assert last_evidence_at(timeless) is None
    assert silenced_by(timeless, [silence()]) is None


def test_the_first_that_stands_is_named() -> None:
    alert = made_alert()
    many = [silence(3), silence(1, ended_at=AT, ended_by="bob"), silence(2)]
    found = silenced_by(alert, many)
    assert found is not None
    assert found.silence_id == 2


def test_many_silences_give_what_one_after_the_other_gives() -> None:
    """The twin asks each silence alone."""
    scopes = [{"level": "low"}, {"vessel": "imo:9999802", "rule": "x"}, {"rule": "iran-venezuela"}, {"area": "IR"}]
    many = [
        silence(n, scope=scopes[n % 4], from_at=FROM + timedelta(days=n), until_at=UNTIL + timedelta(days=2 * n))
        for n in range(40)
    ]
    for day in range(60):
        at = (FROM + timedelta(days=day)).isoformat()
        alert = made_alert(steps=[step(at, zone=KHARG if day % 3 else None)])
        alone = [s.silence_id for s in many if silenced_by(alert, [s])]
        found = silenced_by(alert, many)
        assert (found.silence_id if found else None) == min(alone, default=None)


def test_a_silence_is_stored_with_all_of_it_and_sealed(engine: Engine) -> None:
    save(engine, made_alert())
    made = add(engine, {"vessel": "imo:9999802", "level": "critical"})
    assert made == silence(made.silence_id, scope={"vessel": "imo:9999802", "level": "critical"})
    with engine.begin() as connection:
        ended = end_silence(connection, made.silence_id, author="bob", at=UNTIL)
    with engine.connect() as connection:
        assert read_silences(connection) == []
        assert read_silences(connection, ended=True) == [ended]
        assert (ended.ended_by, ended.ended_at) == ("bob", UNTIL)
        told = [(row["seq"], row["change"], row["actor"], row["status"]) for row in read_silence_history(connection)]
        assert told == [(2, "silenced", "ann", "standing"), (3, "unsilenced", "bob", "ended")]
        assert [row["seq"] for row in read_history(connection)] == [1]
        assert last_row(connection)[0] == 3
        assert verify_history(connection) == []


WRONG: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "of_everything": ({}, {}, "a silence of everything is no silence"),
    "of_an_unknown_part": ({"ship": "x"}, {}, "cannot ask for ship; it may for vessel, rule"),
    "an_empty_part": ({"vessel": " "}, {}, "a part of the scope is empty"),
    "no_reason": ({"rule": "x"}, {"reason": " "}, "needs a reason and an author"),
    "no_author": ({"rule": "x"}, {"author": ""}, "needs a reason and an author"),
    "ends_before_it_begins": ({"rule": "x"}, {"until_at": FROM}, "would end .* before it begins"),
    "an_endless_reason": ({"rule": "x"}, {"reason": "x" * 3_000}, "at most 2,000 characters"),
    "all_at_once": ({}, {"reason": "", "until_at": FROM}, "everything.*; a silence needs.*; it would end"),
}


@pytest.mark.parametrize(("scope", "changes", "message"), WRONG.values(), ids=WRONG)
def test_a_silence_that_makes_no_sense_is_refused(
    engine: Engine, scope: dict[str, str], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        add(engine, scope, **changes)
    with engine.connect() as connection:
        assert read_silences(connection, ended=True) == []
        assert last_row(connection) == (0, "0" * 64)


def test_ending_one_twice_or_none_is_refused(engine: Engine) -> None:
    made = add(engine, {"rule": "x"})
    with engine.begin() as connection:
        end_silence(connection, made.silence_id, author="bob", at=AT)
    with pytest.raises(ConfigError, match=f"silence {made.silence_id} was ended by bob"), engine.begin() as connection:
        end_silence(connection, made.silence_id, author="ann", at=AT)
    with pytest.raises(ConfigError, match="there is no silence 99"), engine.begin() as connection:
        end_silence(connection, 99, author="ann", at=AT)


def test_hostile_words_come_back_as_they_were(engine: Engine) -> None:
    for word in filter(str.strip, HOSTILE):
        made = add(engine, {"alert": word[:1_000]}, reason=word[:1_000], author=word[:100])
        assert made.reason.startswith(word[:4].strip().replace("\0", "\ufffd"))
    with engine.connect() as connection:
        assert verify_history(connection) == []


SILENCES, HISTORY = schema.silences, schema.alert_history


@pytest.mark.parametrize(
    ("forgery", "finding"),
    [
        pytest.param(update(SILENCES).values(reason="another"), "silence 1 differs", id="reason"),
        pytest.param(update(SILENCES).values(until_at=AT), "silence 1 differs", id="longer"),
        pytest.param(update(HISTORY).values(silence_id=2), r"row 1 .*\(silence 2\) was changed", id="another_silence"),
        pytest.param(update(HISTORY).values(note="so"), "row 1 .*was changed", id="a_note_added"),
        pytest.param(HISTORY.delete(), "ends at row 0, and row 2 was", id="history_removed"),
    ],
)
def test_tampering_shows(engine: Engine, forgery: Any, finding: str) -> None:
    add(engine, {"rule": "x"})
    add(engine, {"rule": "y"})
    with engine.begin() as connection:
        assert verify_history(connection) == []
        connection.execute(forgery)
        assert re.search(finding, "\n".join(verify_history(connection)))
