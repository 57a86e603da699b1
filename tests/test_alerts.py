"""Alerts say what was seen, under which measures, and what was not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.rules.rule_builders import event, gap, make_rule, make_sequence, meeting, run
from tests.rules.rule_zones import zone_of
from watch.alerts import build_alerts
from watch.rules.measures import load_measures
from watch.rules.vessel_lists import load_vessel_lists

RULE = make_rule(
    make_sequence(
        [
            {"id": "load", "event": "port_visit", "zone": {"country": "IR"}, "optional": True},
            {"id": "dark", "event": "gap", "zone": {"kind": "approach"}, "where": {"duration_h": ">=24"}},
            {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}},
        ],
        early={"after": "dark", "level": "medium"},
    ),
    level="critical",
    red_flags=["US1a"],
    measures=["US-IR-2018", "US-IR-IRISL-NPWMD", "UN-IR-SNAPBACK-2025"],
    runbook="Look at the draught.",
    alert={
        "summary": "{vessel} ({flag}) from {dark.zone}[ after {load.zone}][, reached {arrive.zone} on {arrive.day}]"
    },
)
DARK = gap("2020-05-05T06:00", ["om_200nm", "ir_approaches"], hours=240.0)
ARRIVE = event("port_visit", "2020-07-01T00:00", "ve_el_palito", hours=40)


def build(*events: dict, as_of: str = "2020-07-10") -> list[dict]:
    matches = run(RULE, *events, as_of=pd.Timestamp(as_of, tz="UTC"))
    return build_alerts(RULE, matches, load_measures(), zone_of)


def test_alert_of_a_whole_match() -> None:
    (alert,) = build(DARK, ARRIVE)
    assert {k: alert[k] for k in ("rule_id", "level", "status", "verdict", "started_at", "ended_at", "runbook")} == {
        "rule_id": "a-rule",
        "level": "critical",
        "status": "open",
        "verdict": "match",
        "started_at": "2020-05-05T06:00:00Z",
        "ended_at": "2020-07-02T16:00:00Z",
        "runbook": "Look at the draught.",
    }
    assert alert["vessel"] == {
        "vessel_id": "imo:9999802",
        "mmsi": 636990101,
        "imo": 9999802,
        "name": "SYNTH ONE",
        "flag": "LR",
        "type": "tanker",
    }
    assert [(s["id"], s["kind"], s["zone"]["country"]) for s in alert["steps"]] == [
        ("dark", "gap", "IR"),
        ("arrive", "port_visit", "VE"),
    ]
    assert alert["steps"][0]["zone"] == {
        "id": "ir_approaches",
        "name": zone_of("ir_approaches").name,
        "country": "IR",
        "kind": "approach",
    }
    assert alert["summary"].endswith("reached El Palito refinery on 2020-07-01")
    assert " after " not in alert["summary"]
    assert alert["red_flags"][0]["code"] == "US1a"


def test_measures_of_the_days_of_the_match() -> None:
    (alert,) = build(DARK, ARRIVE)
    told = [(m["measure_id"], m["begins_during"]) for m in alert["measures"]]
    assert told == [("US-IR-2018", None), ("US-IR-IRISL-NPWMD", "2020-06-08T00:00:00Z")]


def test_measures_of_a_lapsed_alert_stop_growing() -> None:
    at_its_end, years_later = build(DARK, as_of="2020-12-01")[0], build(DARK, as_of="2026-01-01")[0]
    assert years_later["verdict"] == "lapsed"
    assert at_its_end["measures"] == years_later["measures"]


def test_not_observed_names_silence_missing_arrival_and_unseen_optional_steps() -> None:
    (alert,) = build(DARK, as_of="2020-06-01")
    assert alert["not_observed"] == [
        "dark: no report received for 240.0 h from 2020-05-05T06:00:00Z: where it was is unknown",
        "load: nothing seen that fits (optional step)",
        "arrive: not seen yet; expected by 2020-09-02 06:00 UTC",
    ]
    assert alert["summary"].endswith("(early: arrive not seen yet, open until 2020-09-02)")


def test_open_silence_has_no_end() -> None:
    still_silent = {**DARK, "end_at": pd.NaT, "details": {**DARK["details"], "coverage": "unknown", "open": True}}
    (alert,) = build(still_silent, as_of="2020-06-01")
    assert alert["ended_at"] is None
    assert alert["not_observed"][:2] == [
        "dark: no report received for 240.0 h from 2020-05-05T06:00:00Z; still unheard when last looked:"
        " where it was is unknown",
        "dark: whether the area was heard at all then is not known for sure",
    ]


def test_same_alert_id_before_and_after_arrival_and_whatever_else_is_there() -> None:
    early, whole = build(DARK, as_of="2020-06-01")[0], build(DARK, ARRIVE)[0]
    call = event("port_visit", "2020-05-01", "ir_kharg")
    with_call = build(call, DARK, ARRIVE)[0]
    assert early["alert_id"] == whole["alert_id"] == with_call["alert_id"]
    assert [s["id"] for s in with_call["steps"]] == ["load", "dark", "arrive"]


def test_other_vessel_or_other_silence_is_another_alert() -> None:
    other_ship = {**DARK, "vessel_id": "imo:9999814", "imo": 9999814, "event_id": "another"}
    later = gap("2021-05-05T06:00", "ir_approaches", hours=240.0)
    ids = {alert["alert_id"] for alert in build(DARK, other_ship, later, as_of="2021-06-01")}
    assert len(ids) == 3


def test_alert_fits_json_without_nan() -> None:
    odd = {**DARK, "details": {**DARK["details"], "distance_nm": float("nan"), "implied_kn": None}, "name": None}
    (alert,) = build(odd, as_of="2020-06-01")
    text = json.dumps(alert, allow_nan=False)
    assert json.loads(text)["steps"][0]["details"]["distance_nm"] is None
    assert alert["summary"].startswith("imo:9999802 (LR)")


def test_hostile_name_is_no_template() -> None:
    named = {**DARK, "name": "{dark.zone}[{x}] {vessel.__class__}"}
    (alert,) = build(named, as_of="2020-06-01")
    assert alert["summary"].startswith("{dark.zone}[{x}] {vessel.__class__} (LR) from")


def test_ships_that_came_to_a_list_only_later_are_told_as_such(tmp_path: Path) -> None:
    """The ship of the rule was listed before, the partner of one meeting during, that of another after all this."""
    rows = ("9999802,,A,2018-01-01", "9999814,,B,2020-06-02", "9999826,,C,2021-01-01")
    (tmp_path / "us-sdn.csv").write_text(
        "imo,mmsi,name,listed_at,delisted_at,source,note\n" + "".join(f"{row},,s,\n" for row in rows)
    )
    rule = make_rule(make_sequence([{"id": i, "event": "encounter"} for i in ("one", "two")]))
    met = [
        meeting("2020-06-01", "my_eopl"),
        meeting("2020-06-05", "my_eopl", other_mmsi=636990303, other_imo=9999826, other_name=None, other_vessel_id="x"),
    ]
    matches = [m for m in run(rule, *met) if m.vessel_id == "imo:9999802"]
    (alert,) = build_alerts(rule, matches, load_measures(), zone_of, load_vessel_lists(tmp_path))
    assert [sentence for sentence in alert["not_observed"] if "listed" in sentence] == [
        "SYNTH TWO: not on us-sdn then; listed there from 2020-06-02, during this",
        "x: not on us-sdn then; listed there from 2021-01-01, after this",
    ]


def test_no_matches_no_alerts() -> None:
    assert build(ARRIVE) == []
