"""Made alerts for the tests of lists, exports and commands, and a folder that holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from watch.store.alerts import save_alerts
from watch.workspace import Workspace

AT = datetime(2020, 7, 12, 6, 5, tzinfo=UTC)
DARK, CALL = "iran-venezuela-liberian-tanker-dark", "sanctioned-terminal-call"
KHARG = {"id": "ir_kharg", "name": "Kharg terminal", "country": "IR", "kind": "terminal"}
PALITO = {"id": "ve_el_palito", "name": "El Palito refinery", "country": "VE", "kind": "terminal"}


def made_step(start_at: str, end_at: str | None, lon: float, lat: float, **changes: Any) -> dict[str, Any]:
    """A step at a place, of one radio."""
    step = {
        "id": "call",
        "event_id": "e1",
        "kind": "port_visit",
        "mmsi": 636990101,
        "name": None,
        "other_mmsi": None,
        "zone": None,
        "start_at": start_at,
        "end_at": end_at,
        "lat": lat,
        "lon": lon,
        "end_lat": lat,
        "end_lon": lon,
        "details": {},
    }
    return step | changes


def made_alert(alert_id: str, **changes: Any) -> dict[str, Any]:
    """An alert as the rules make them: loaded at Kharg, not heard for ten days, arrived in Venezuela."""
    alert = {
        "alert_id": alert_id,
        "rule_id": DARK,
        "title": "Tanker, unheard on the way",
        "level": "critical",
        "verdict": "match",
        "vessel": {
            "vessel_id": "imo:9999802",
            "mmsi": 636990101,
            "imo": 9999802,
            "name": "MADE TANKER ONE",
            "flag": "LR",
            "type": "tanker",
        },
        "ships": [],
        "started_at": "2020-05-01T00:00:00Z",
        "ended_at": "2020-06-17T20:06:57Z",
        "steps": [
            made_step("2020-05-01T00:00:00Z", "2020-05-02T12:00:00Z", 50.3, 29.2, id="load", zone=KHARG),
            {
                **made_step("2020-05-03T04:10:00Z", "2020-05-13T04:10:00Z", 56.5, 25.1, id="dark", kind="gap"),
                **{"end_lat": -12.5, "end_lon": 46.25},
            },
            made_step("2020-06-17T16:33:27Z", "2020-06-17T20:06:57Z", -68.12, 10.5, id="arrive", zone=PALITO),
        ],
        "measures": [{"measure_id": "US-IR-2018"}, {"measure_id": "US-VE-PDVSA"}],
        "red_flags": [{"code": "US1a", "text": "…"}],
        "summary": "MADE TANKER ONE (LR) was not heard for 240 h",
        "not_observed": ["dark: no report received for 240.0 h"],
        "inferred": [],
        "runbook": "Ask for pictures.",
    }
    return alert | changes


def three_alerts() -> list[dict[str, Any]]:
    """A grave one with three steps, a later one of another ship and rule, and a low one still going on."""
    other = {"vessel_id": "imo:9999814", "mmsi": 422999001, "imo": 9999814, "name": "MADE TANKER TWO", "flag": "IR"}
    unnumbered = {"vessel_id": "mmsi:210990001", "mmsi": 210990001, "imo": None, "name": None, "flag": "CY"}
    call = made_step("2020-06-20T00:00:00Z", "2020-06-21T00:00:00Z", -68.1, 10.5, zone=PALITO, mmsi=422999001)
    waits = made_step("2020-03-01T00:00:00Z", None, 104.6, 1.4, id="gap", kind="gap", mmsi=210990001)
    return [
        made_alert("aaaa11110000", ended_at="2020-06-17T20:06:57Z"),
        made_alert(
            "aaaa22220000",
            **{
                "rule_id": CALL,
                "level": "high",
                "vessel": {**other, "type": "tanker"},
                "summary": "called at El Palito",
            },
            **{"steps": [call], "started_at": call["start_at"], "ended_at": call["end_at"], "title": "Call"},
        ),
        made_alert(
            "bbbb33330000",
            **{"rule_id": "gap-while-others-heard", "level": "low", "vessel": {**unnumbered, "type": None}},
            **{"steps": [waits], "started_at": waits["start_at"], "ended_at": None, "summary": "not heard since"},
        ),
    ]


def stored_in(folder: Path, alerts: list[dict[str, Any]], at: datetime = AT) -> Path:
    """Store alerts as a run does that judged all their rules, and return the data folder."""
    ws = Workspace(folder)
    rules = {DARK, CALL, *(alert["rule_id"] for alert in three_alerts())}
    with ws.engine.begin() as conn:
        save_alerts(conn, alerts, rule_ids=rules, at=at)
    ws.engine.dispose()
    return folder
