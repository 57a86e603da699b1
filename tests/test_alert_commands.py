"""`shipwatch alerts` as analysts meet it: deciding, silencing, asking, exporting."""

from __future__ import annotations

import getpass
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, on
from sqlalchemy import update

from tests.alert_cases import CALL, made_alert, stored_in, three_alerts
from watch.store import schema
from watch.workspace import Workspace

ONE, TWO, THREE = "aaaa11110000", "aaaa22220000", "bbbb33330000"
BY = ("--by", "ann")
UNTIL = ("--until", "2020-12-01", "--reason", "in dock", *BY)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored_in(tmp_path / "data", three_alerts())


def alerts(data: Path, *args: str | int | Path) -> Done:
    return on(data, "alerts", *args)


def listed(data: Path, *args: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = alerts(data, "list", "--json", *args).rows
    return rows


def lives(data: Path) -> dict[str, tuple[str, int]]:
    return {alert["alert_id"]: (alert["status"], alert["version"]) for alert in listed(data)}


OPEN = {ONE: ("open", 1), TWO: ("open", 1), THREE: ("open", 1)}


def test_a_life_from_beginning_to_end(data: Path) -> None:
    assert alerts(data, "ack", "aaaa1", "B", *BY).out.startswith("2 alerts acknowledged, by ann\n")
    assert lives(data) == OPEN | {ONE: ("acknowledged", 2), THREE: ("acknowledged", 2)}
    done = alerts(data, "close", ONE, "--reason", "false_positive", "--note", "a tug beside it", *BY, "--json")
    assert [(row["status"], row["close_reason"], row["version"]) for row in done.rows] == [
        ("closed", "false_positive", 3)
    ]
    assert alerts(data, "reopen", ONE, "--by", "bob").code == 0
    stored_in(data, [made_alert(ONE, level="high"), *three_alerts()[1:]])
    told = [(row["actor"], row["what"]) for row in alerts(data, "history", ONE, "--json").rows]
    assert told == [
        ("shipwatch", "raised by shipwatch"),
        ("ann", "acknowledged by ann"),
        ("ann", "closed by ann as false positive: a tug beside it"),
        ("bob", "reopened by bob"),
        ("shipwatch", "changed by shipwatch: Level lowered from critical to high."),
    ]
    assert alerts(data, "verify").out.startswith("the history of alerts is whole: 8 rows\n")


REFUSED = {
    "a_beginning_that_fits_two": (["ack", "aaaa"], 2, "2 alerts with an id that begins with 'aaaa'"),
    "a_beginning_that_fits_none": (["ack", "zz"], 2, "no alert with an id that begins with 'zz'"),
    "an_empty_beginning": (["ack", ""], 2, "no alert with an id that begins with ''"),
    "one_of_several_is_wrong": (["ack", "aaaa1", "zz", "aaaa"], 2, "'zz'\n2 alerts with an id"),
    "open_again_what_is_open": (["reopen", "aaaa1", "b"], 2, f"alert {THREE} is open already\nalert {ONE} is open"),
    "no_such_reason": (["close", "aaaa1", "--reason", "bored"], 2, "'bored' is no reason"),
    "a_version_of_several": (["ack", "aaaa1", "b", "--version", "1"], 2, "--version speaks of one alert"),
    "an_old_version": (["ack", "aaaa1", "--version", "7"], 1, f"alert {ONE} was changed by shipwatch at 2020-07-12"),
    "a_nameless_decider": (["ack", "aaaa1", "--by", " "], 2, "say who decides with --by NAME"),
    "an_endless_note": (["ack", "aaaa1", "--note", "x" * 2_001], 2, "--note has 2,001 characters"),
}


@pytest.mark.parametrize(("args", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_decision_that_cannot_be_is_refused_and_changes_nothing(
    data: Path, args: list[str], code: int, message: str
) -> None:
    done = alerts(data, *args)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert lives(data) == OPEN


def test_a_withdrawn_alert_cannot_be_decided_about(data: Path) -> None:
    stored_in(data, three_alerts()[1:])
    done = alerts(data, "close", ONE, "--reason", "benign", *BY)
    assert done.code == 2
    assert f"alert {ONE} is withdrawn: its rule no longer raises it" in done.err


@pytest.mark.parametrize(
    ("environment", "args", "expected"),
    [
        pytest.param({"SHIPWATCH_USER": "desk 3"}, (), "desk 3", id="environment"),
        pytest.param({"SHIPWATCH_USER": "desk 3"}, BY, "ann", id="option_first"),
        pytest.param({"LOGNAME": "eve\x1b[31m"}, (), "eve[31m", id="login_made_harmless"),
    ],
)
def test_who_decides(
    data: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], args: tuple[str, ...], expected: str
) -> None:
    monkeypatch.delenv("SHIPWATCH_USER", raising=False)
    for name, value in environment.items():
        monkeypatch.setitem(os.environ, name, value)
    if "LOGNAME" in environment:
        assert getpass.getuser() == environment["LOGNAME"]
    alerts(data, "ack", ONE, *args)
    assert alerts(data, "history", ONE, "--json").rows[-1]["actor"] == expected


def test_a_silenced_alert_is_listed_with_its_silence(data: Path) -> None:
    done = alerts(data, "silence", "--vessel", "imo:9999802", *UNTIL, "--json")
    assert [(row["scope"], row["alerts"], row["state"]) for row in done.rows] == [
        ({"vessel": "imo:9999802"}, 1, "stands")
    ]
    silence = {"silence_id": 1, "reason": "in dock", "author": "ann", "until_at": "2020-12-01T00:00:00Z"}
    assert {alert["alert_id"]: alert["silenced"] for alert in listed(data)} == {ONE: silence, TWO: None, THREE: None}
    assert [alert["alert_id"] for alert in listed(data, "--silenced")] == [ONE]
    assert "silence" in alerts(data, "list").out.splitlines()[1].split()
    shown = alerts(data, "show", ONE).out
    assert "Silenced until 1 Dec 2020 00:00 UTC of the data by ann: in dock" in shown
    assert "raised by shipwatch" in shown


def test_a_life_with_long_notes_is_told_in_100_columns_and_cannot_colour_the_terminal(data: Path) -> None:
    alerts(data, "ack", ONE, "--note", "word " * 100 + "\x1b[31mEVIL\r\nfaked line", *BY)
    for command in ("show", "history"):
        lines = alerts(data, command, ONE).out.splitlines()
        assert max(map(len, lines)) <= 100
        assert all(line.isprintable() for line in lines)
        assert not any(line.startswith("faked") for line in lines)


def test_new_evidence_after_a_silence_is_told(data: Path) -> None:
    alerts(data, "silence", "--rule", CALL, *UNTIL)
    later = {**three_alerts()[1]["steps"][0], "end_at": "2020-12-01T00:00:00Z"}
    assert listed(data, "--silenced")[0]["alert_id"] == TWO
    stored_in(data, [three_alerts()[0], {**three_alerts()[1], "steps": [later]}, three_alerts()[2]])
    assert listed(data, "--silenced") == []


def test_a_silence_ended_by_hand_silences_no_longer_and_stays_on_record(data: Path) -> None:
    alerts(data, "silence", "--alert", "bbbb", *UNTIL)
    assert [alert["alert_id"] for alert in listed(data, "--silenced")] == [THREE]
    assert "silence 1 ended, by bob" in alerts(data, "unsilence", 1, "--by", "bob").out
    assert listed(data, "--silenced") == []
    assert alerts(data, "silences").out == "0 silences\n"
    (row,) = alerts(data, "silences", "--all", "--json").rows
    assert (row["state"], row["author"], row["ended_by"]) == ("ended", "ann", "bob")
    assert alerts(data, "unsilence", 1).code == 2


def test_a_silence_begins_so_that_what_is_there_falls_under_it(data: Path) -> None:
    (row,) = alerts(data, "silence", "--area", "ve", *UNTIL, "--json").rows
    assert (row["scope"], row["from_at"], row["alerts"]) == ({"area": "VE"}, "2020-06-17T20:06:57Z", 2)


SILLY = {
    "everything": ([], "a silence of everything is no silence"),
    "a_slip_in_a_family": (["--family", "listd"], "family 'listd' is not known; did you mean 'listed'?"),
    "an_unknown_rule": (["--rule", "=1+1"], "rule '=1+1' is not known"),
    "a_ship_without_a_kind": (["--vessel", "9999802"], "write imo:9208124 or mmsi:636990101"),
    "a_short_imo": (["--vessel", "imo:99998"], "write imo:9208124 or mmsi:636990101"),
    "an_unknown_area": (["--area", "atlantis"], "area 'atlantis' is no zone or country"),
    "an_unknown_level": (["--level", "grave"], "level 'grave' is not known"),
    "two_at_once": (["--level", "grave", "--vessel", "x"], "vessel 'x' is no ship"),
    "no_such_alert": (["--alert", "zz"], "no alert with an id that begins with 'zz'"),
    "over_before_it_begins": (["--alert", THREE, "--from", "2021-01-01"], "before it begins"),
}


@pytest.mark.parametrize(("args", "message"), SILLY.values(), ids=SILLY)
def test_a_silence_that_would_not_do_what_is_meant_is_refused(data: Path, args: list[str], message: str) -> None:
    done = alerts(data, "silence", *args, *UNTIL)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_silence_needs_an_end(data: Path) -> None:
    done = alerts(data, "silence", "--level", "low", "--reason", "x")
    assert done.code == 2
    assert "--until" in done.err


def test_a_hash_noted_before_is_still_found_until_the_history_is_rewritten(data: Path) -> None:
    noted = alerts(data, "verify").out.split()[-1]
    alerts(data, "ack", ONE, *BY)
    assert alerts(data, "verify", "--expect", noted).code == 0
    done = alerts(data, "verify", "--expect", "0" * 63 + "1")
    assert (done.code, done.out) == (1, "")
    assert "it was rewritten since that hash was noted" in done.err


def test_a_forged_history_is_found(data: Path) -> None:
    ws = Workspace(data)
    with ws.engine.begin() as conn:
        conn.execute(update(schema.alert_history).where(schema.alert_history.c.seq == 2).values(actor="bob"))
    ws.engine.dispose()
    done = alerts(data, "verify")
    assert (done.code, done.out) == (1, "")
    assert "fault: row 2 of the history of alerts" in done.err


def test_ids_are_as_long_as_they_must_be_to_tell_alerts_apart(data: Path) -> None:
    assert shown_ids(data) == [ONE[:8], TWO[:8], THREE[:8]]
    stored_in(data, [*three_alerts(), made_alert("aaaa1111000f")])
    assert shown_ids(data) == [ONE, "aaaa1111000f", TWO, THREE]


def shown_ids(data: Path) -> list[str]:
    return re.findall(r"[0-9a-f]{8,16}$", alerts(data, "list").out, re.MULTILINE)


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "geojson", "kml"])
def test_an_export_is_written_whole_in_the_form_of_its_name(data: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"alerts.{name}"
    file.write_text("of yesterday")
    done = alerts(data, "export", "-o", file, "--level", "high", "--level", "low")
    assert (done.code, done.out) == (0, "")
    assert "2 alerts written" in done.err
    text = file.read_bytes().decode("utf-8-sig")
    assert TWO in text
    assert ONE not in text
    assert text == alerts(data, "export", "--format", name, "--level", "high", "--level", "low").out
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--format", "xlsx"], "--format 'xlsx' is no format; there are json, jsonl, csv, geojson, kml"),
        (["-o", "no/such/folder/x.csv"], "cannot be written"),
        (["--status", "new"], "--status 'new' is no status; there are open, acknowledged"),
    ],
)
def test_an_export_that_cannot_be_is_explained(data: Path, args: list[str], message: str) -> None:
    done = alerts(data, "export", *args)
    assert done.code == 2
    assert message in done.err


def test_an_export_holds_what_a_list_holds(data: Path) -> None:
    alerts(data, "silence", "--level", "low", *UNTIL)
    assert json.loads(alerts(data, "export").out) == listed(data)
    assert [a["alert_id"] for a in json.loads(alerts(data, "export", "--not-silenced").out)] == [ONE, TWO]
