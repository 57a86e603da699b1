"""`shipwatch rules explain` and `rules backtest` as a person meets them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, on

from tests.proof_cases import DRAFT, draft, events, raised, read, ship, store
from tests.rules.rule_builders import event, gap, meeting
from watch.rules.model import Rule

CARGO = """
id: passed-on
title: From Iran by way of a second ship to Venezuela
status: experimental
level: high
description: A cargo leaves Iran, changes ships and reaches Venezuela.
match:
  sequence:
    by: cargo
    within: 120d
    steps:
      - {id: load, event: port_visit, zone: {country: IR}}
      - {id: arrive, event: port_visit, zone: {country: VE}}
    hands: {least: 2}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""
OFTEN = """
id: often-met
title: Three meetings in a month
status: experimental
level: low
description: A ship meets three others.
match: {count: {event: encounter, min: 3, within: 30d}}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""
HOSTILE = "[red]A\x1b[31mB[/red]"


def extra() -> list[dict[str, Any]]:
    """Return a cargo that is handed over in a meeting, and one whose meeting is no transfer."""
    first, second = (
        ship(2, imo=9074729, mmsi=422000001, name="GIVER"),
        ship(3, imo=9208124, mmsi=538000001, name="TAKER"),
    )
    other = {f"other_{key}": value for key, value in second.items()} | {"other_vessel_id": "imo:9208124"}
    return [
        event("port_visit", "2020-06-01", "ir_kharg", **first),
        meeting("2020-06-20", "my_eopl", **first, **other),
        event("port_visit", "2020-07-20", "ve_el_palito", **second),
        event("port_visit", "2020-08-01", "ir_kharg", **ship(1, imo=9105073, mmsi=422000002, name=HOSTILE)),
    ]


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    return read(draft(tmp_path_factory.mktemp("rule")))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, rule: Rule) -> Path:
    """A data folder with the alerts of the draft stored, one of them withdrawn since."""
    rows = [*events(), *extra()]
    gone = {**raised(rule, rows)[0], "alert_id": "ffff00000000aaaa"}
    folder = store(tmp_path_factory.mktemp("data"), rows, [*raised(rule, rows), gone])
    return store(folder, rows, raised(rule, rows))


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draft(tmp_path_factory.mktemp("draft"))


@pytest.fixture(scope="module")
def tried(data: Path, drafted: Path) -> Done:
    return on(data, "rules", "backtest", drafted)


def number(rule: Rule, name: str) -> str:
    """Return the id of the alert about a ship."""
    return next(a["alert_id"] for a in raised(rule, [*events(), *extra()]) if a["vessel"]["name"] == name)


def test_backtest_of_a_draft_tells_counts_alerts_near_misses_and_the_difference(tried: Done) -> None:
    assert tried.code == 0
    for told in (
        "21 events of 8 vessels",
        "to 2020-12-01 00:00 UTC; the clock stands",
        "4 alerts about 4 ships",
        "verdict  lapsed 2, match 1, unknown 1",
        "SYNTH 1 left Kharg Island",
        "gap was 11.5 h, needs >= 12 h",
        "arrive came 150 d after load, needs <= 120 d",
        "Against what is stored: 0 new, 4 same, 0 changed, 0 would be withdrawn",
        "Nothing was sent, nothing was written.",
    ):
        assert told in tried.out
    assert max(map(len, tried.out.splitlines())) <= 100
    assert tried.err == ""


def test_backtest_as_json_is_one_object(data: Path, drafted: Path) -> None:
    (found,) = on(data, "rules", "backtest", drafted, "--from", "2020-01-05", "--to", "2020-06-01", "--json").rows
    assert (found["from_at"], found["to_at"], found["as_of"]) == (
        "2020-01-05T00:00:00Z",
        "2020-06-01T00:00:00Z",
        "2020-06-01T00:00:00Z",
    )
    assert found["by"]["verdict"] == {"match": 1, "unknown": 1}
    assert [a["vessel"]["name"] for a in found["alerts"]] == ["SYNTH 5", "SYNTH 1"]
    assert found["near"] == []
    assert set(found["against_stored"]) == {"new", "same", "changed", "withdrawn"}
    assert found["seconds"] > 0


def test_backtest_shows_what_a_draft_would_change(data: Path, tmp_path: Path) -> None:
    text = (
        DRAFT.replace('">=12h"', '">=10h"').replace("country: IR", "id: ir_kharg").replace("country: CN", "country: KP")
    )
    (found,) = on(data, "rules", "backtest", draft(tmp_path, text), "--json").rows
    against = found["against_stored"]
    assert [len(against[key]) for key in ("new", "same", "changed", "withdrawn")] == [1, 4, 0, 0]
    screen = on(data, "rules", "backtest", draft(tmp_path, text.replace("tanker", "cargo"))).out
    assert "0 alerts about 0 ships" in screen
    assert "0 new, 0 same, 0 changed, 4 would be withdrawn" in screen


def test_a_draft_with_faults_prints_them_and_exits_2(data: Path, tmp_path: Path) -> None:
    file = draft(tmp_path, DRAFT.replace("within: 120d", "wihtin: 120d").replace("level: high", "level: hi"))
    for command in (["backtest", file], ["explain", file, "9999802"]):
        done = on(data, "rules", *command)
        assert done.code == 2
        assert f"{file}:5: level: 'hi' is not one of" in done.err
        assert "unknown key 'wihtin'; did you mean 'within'?" in done.err
        assert done.out == ""


ASKED: dict[str, tuple[list[str], str]] = {
    "no_such_file": (["backtest", "nowhere.yaml"], "nowhere.yaml: does not exist"),
    "no_such_rule": (["backtest", "irisl-cargo-voyag"], "did you mean 'irisl-cargo-voyage'?"),
    "no_moment": (["backtest", "irisl-cargo-voyage", "--from", "May"], "--from 'May' is no moment"),
    "an_empty_range": (
        ["backtest", "irisl-cargo-voyage", "--from", "2020-05-01", "--to", "2020-04-01"],
        "nothing lies from 2020-05-01 00:00 to 2020-04-01 00:00 UTC",
    ),
    "no_such_ship": (["explain", "irisl-cargo-voyage", "1234567"], "no vessel"),
}


@pytest.mark.parametrize(("command", "told"), ASKED.values(), ids=ASKED)
def test_bad_use_is_explained(data: Path, command: list[str], told: str) -> None:
    done = on(data, "rules", *command)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_neither_command_writes_to_the_database(data: Path, drafted: Path, rule: Rule) -> None:
    def bytes_of() -> dict[str, str]:
        files = (path for path in sorted(data.rglob("*")) if path.is_file() and path.name.startswith("shipwatch.db"))
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = bytes_of()
    assert "shipwatch.db" in before
    assert on(data, "rules", "backtest", drafted).code == 0
    assert on(data, "rules", "explain", drafted, number(rule, "SYNTH 1")).code == 0
    assert on(data, "rules", "explain", drafted, "9999814").code == 0
    assert bytes_of() == before


def explained(data: Path, file: Path, about: str) -> str:
    done = on(data, "rules", "explain", file, about)
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 100
    return " ".join(done.out.split())


def test_explain_an_alert(data: Path, drafted: Path, rule: Rule) -> None:
    told = explained(data, drafted, number(rule, "SYNTH 1")[:6])
    for part in (
        "SYNTH 1 (imo:9999802, LR tanker): high, match, open",
        "arrive came 46 d after load, needs <= 120 d",
        "no port_visit in a zone with country CN between load and arrive",
        "dark gap SYNTH 1 2020-01-20 00:00 2020-01-21 06:00 no known zone (25.00, 57.00)",
        "load zone ir_kharg a zone with country IR",
        "dark duration_h 30 h >= 12 h",
        "type tanker tanker",
        "load port_visit 2020-01-01 00:00 ir_kharg it began earlier; the last load before dark counts",
        "arrive port_visit 2020-03-09 00:00 ve_jose it began later; what ends first counts",
        "met nothing came near",
        "US-VE-PDVSA USA oil sector throughout",
        "met: nothing seen that fits (optional step)",
    ):
        assert part in told


VERDICTS = {
    "the_time_is_over": (
        "SYNTH 3",
        ["arrive did not come until 2020-05-02 00:00 UTC", "arrive came 150 d after load then"],
    ),
    "something_forbidden_came": (
        "SYNTH 4",
        [
            "port_visit at cn_qingdao on 2020-03-01 came after load and before arrive, which `not` rules out",
            "called at cn_qingdao, needs a zone with country VE",
        ],
    ),
    "nobody_can_tell": ("SYNTH 5", ["dark: coverage was lost, so nobody can tell"]),
}


@pytest.mark.parametrize(("name", "parts"), VERDICTS.values(), ids=VERDICTS)
def test_explain_why_a_verdict(data: Path, drafted: Path, rule: Rule, name: str, parts: list[str]) -> None:
    told = explained(data, drafted, number(rule, name))
    assert [part for part in parts if part not in told] == []


def test_explain_an_alert_that_waits(data: Path, tmp_path: Path, rule: Rule) -> None:
    file = draft(tmp_path, DRAFT.replace("within: 120d", "within: 400d"))
    (found,) = on(data, "rules", "explain", file, number(rule, "SYNTH 3"), "--json").rows
    assert found["verdict"] == "match"
    waiting = draft(tmp_path, DRAFT.replace("within: 120d", "within: 400d").replace("country: VE", "country: KP"))
    told = explained(data, waiting, number(rule, "SYNTH 3"))
    assert "waits for arrive until 2021-02-06 00:00 UTC; the data's clock stands at 2020-12-01 00:00 UTC" in told


def test_explain_a_withdrawn_alert_tells_what_the_rule_makes_of_the_ship_now(data: Path, drafted: Path) -> None:
    told = explained(data, drafted, "ffff")
    assert "withdrawn: the rule does not raise it any more" in told
    assert "What the rule makes of the ship now" in told


def test_explain_as_json(data: Path, drafted: Path, rule: Rule) -> None:
    (found,) = on(data, "rules", "explain", drafted, number(rule, "SYNTH 1"), "--json").rows
    load = found["steps"][0]
    assert (load["id"], load["event_id"], load["zone"]["id"]) == (
        "load",
        "port_visit 2020-01-15 ['ir_kharg'] 9999802",
        "ir_kharg",
    )
    assert {"asked": "flag", "needs": "LR at the first step", "was": "LR"} in load["asked"]
    assert load["others_in_all"] == 1
    assert [m["measure_id"] for m in found["measures"]] == ["US-VE-PDVSA"]


SHIPS = {"an_imo_number": "9999814", "an_mmsi": "636990102", "an_id": "imo:9999814"}


@pytest.mark.parametrize("about", SHIPS.values(), ids=SHIPS)
def test_explain_a_ship_about_which_the_rule_says_nothing(data: Path, drafted: Path, about: str) -> None:
    told = explained(data, drafted, about)
    for part in (
        "SYNTH 2 (imo:9999814, LR tanker): 3 events, 0 alerts",
        "Came as far as 1 of 3 required steps",
        "load 1 1 2020-01-02 ir_kharg",
        "dark 2020-01-20 00:00 gap was 11.5 h, needs >= 12 h",
        "Would be an alert but for one thing step since (UTC)",
        "dark 2020-01-02 00:00 gap was 11.5 h, needs >= 12 h",
    ):
        assert part in told


def test_explain_a_ship_of_which_nothing_fits(data: Path, drafted: Path) -> None:
    told = explained(data, drafted, "imo:9208124")
    assert "Came as far as 0 of 3 required steps" in told
    assert "more than one thing is lacking, or one by far" in told


def test_explain_a_ship_with_alerts_names_them(data: Path, drafted: Path, rule: Rule) -> None:
    assert f"high match 2020-01-15 {number(rule, 'SYNTH 1')[:8]} SYNTH 1 left" in explained(data, drafted, "9999802")


def test_explain_a_cargo_that_is_not_stored(data: Path, tmp_path: Path) -> None:
    file = draft(tmp_path, CARGO, "passed-on")
    (found,) = on(data, "rules", "backtest", file, "--json").rows
    (alert,) = found["alerts"]
    told = explained(data, file, alert["alert_id"])
    for part in (
        "high, match",
        "hand2 looks_like transfer transfer",
        "GIVER (imo:9074729, LR tanker) loaded load",
        "TAKER (imo:9208124, PA tanker) meeting hand2",
        "that cargo passed between them is inferred",
    ):
        assert part in told
    (lone,) = found["near"]
    assert (lone["step"], lone["lacks"], lone["ships"]) == ("hands", "2 ships or more", 3)
    assert {miss["told"] for miss in lone["nearest"]} == {"passed through 1 ship, needs 2 or more"}
    taker = explained(data, file, "imo:9208124")
    assert "Came as far as 2 of 2 required steps" in taker
    assert "load port_visit GIVER 2020-06-01 00:00" in taker
    assert "hands 1 0 2020-06-20 my_eopl" in taker


def test_explain_a_count(data: Path, tmp_path: Path) -> None:
    told = explained(data, draft(tmp_path, OFTEN, "often-met"), "imo:9074729")
    assert "event 1 0 2020-06-20 my_eopl" in told
    often = OFTEN.replace("min: 3", "min: 2").replace("event: encounter", "event: [encounter, port_visit]")
    file = draft(tmp_path, often, "often-met")
    (found,) = on(data, "rules", "explain", file, "imo:9074729", "--json").rows
    assert [a["verdict"] for a in found["alerts"]] == ["match"]
    why = explained(data, file, found["alerts"][0]["alert_id"])
    assert "2 events in 19.0 d, needs 2 events in any 30 d" in why


def test_names_from_the_air_cannot_write_to_the_screen(data: Path, tmp_path: Path) -> None:
    out = on(data, "rules", "explain", draft(tmp_path, CARGO, "passed-on"), "imo:9105073").out
    assert "[red]A?[31mB[/red]" in out
    assert "\x1b" not in out


def test_a_gap_of_another_ship_has_no_part_in_the_story(data: Path, drafted: Path) -> None:
    (found,) = on(data, "rules", "explain", drafted, "imo:9999814", "--json").rows
    assert {one["vessel_id"] for step in found["steps"] for one in step["fits"]} == {"imo:9999814"}
    assert gap("2020-01-20", hours=11.5, **ship(2))["event_id"] in {
        step["event_id"] for group in found["near"] for miss in group["nearest"] for step in miss["steps"]
    }
