"""Small makers of rules and of event tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.rules.rule_zones import zone_of
from watch.columns import ATTRIBUTED_COLUMNS
from watch.rules.match import Match
from watch.rules.matcher import match_rule
from watch.rules.model import Rule
from watch.rules.table import Lists

LAST = pd.Timestamp("2020-12-31T00:00Z")

LOAD = {"id": "load", "event": "port_visit", "zone": {"country": "IR"}}
DARK = {"id": "dark", "event": "gap", "where": {"duration_h": ">=24"}}
ARRIVE = {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}}

#: Of cargoes.
IR, CN, VE = "ir_kharg", "cn_qingdao", "ve_jose"
LOST = {"lost_custody": {"event": "port_visit", "zone": {"country": "CN"}, "within": "30d"}}
STS = {"id": "sts", "event": "encounter", "where": {"looks_like": "transfer"}}
HANDED = {**STS, "transfer": True}
POSSIBLE = {"meetings": [{"event": "encounter"}, {"event": "possible_encounter"}]}
NO_CALL = {"not": [{"event": "port_visit", "zone": {"country": "CW"}, "between": ["load", "arrive"]}]}


def make_rule(match: dict[str, Any], **more: Any) -> Rule:
    head = {"id": "a-rule", "title": "A rule", "status": "stable", "level": "high", "description": "For a test."}
    return Rule.model_validate({**head, "match": match, **more})


def make_sequence(steps: list[dict[str, Any]], within: str = "120d", **more: Any) -> dict[str, Any]:
    return {"sequence": {"by": "vessel", "within": within, "steps": steps, **more}}


def make_cargo(steps: list[dict[str, Any]], within: str = "120d", **more: Any) -> dict[str, Any]:
    return {"sequence": {"by": "cargo", "within": within, "steps": steps, **more}}


def event(kind: str, at: str, zone: str | list[str] | None = None, **more: Any) -> dict[str, Any]:
    """Return an event; keys that are no columns go to its details. `hours=None` leaves it open."""
    zones = [zone] if isinstance(zone, str) else list(zone or [])
    hours = more.pop("hours", 1.0)
    start_at = pd.Timestamp(at, tz="UTC")
    columns = {k: more.pop(k) for k in list(more) if k in ATTRIBUTED_COLUMNS}
    imo = columns.get("imo", 9999802)
    name = " ".join(map(str, (kind, at, zones[:1], imo, *filter(None, [columns.get("other_imo")]))))
    return {
        "event_id": name,
        "kind": kind,
        "mmsi": 636990101,
        "start_at": start_at,
        "end_at": pd.NaT if hours is None else start_at + pd.Timedelta(hours=hours),
        "start_lat": 25.0,
        "start_lon": 57.0,
        "zone_id": zones[0] if zones else None,
        "details": {"zone_ids": zones, **({"confidence": 4} if kind == "port_visit" else {}), **more},
        "vessel_id": f"imo:{imo}",
        "imo": imo,
        "name": "SYNTH ONE",
        "flag": "LR",
        "type": "tanker",
        **columns,
    }


def meeting(at: str, zone: str, **more: Any) -> dict[str, Any]:
    other = {
        "other_mmsi": 636990202,
        "other_imo": 9999814,
        "other_vessel_id": "imo:9999814",
        "other_name": "SYNTH TWO",
        "other_flag": "PA",
        "other_type": "tanker",
    }
    kind = more.pop("kind", "encounter")
    return event(kind, at, zone, **{"looks_like": "transfer", "duration_h": 7.0, **other, **more})


def gap(at: str, zone: str | list[str] | None = None, hours: float = 48.0, **more: Any) -> dict[str, Any]:
    return event("gap", at, zone, hours=hours, duration_h=hours, **{"coverage": "heard", **more})


def who(ship: str, side: str = "") -> dict[str, Any]:
    """Return the columns of a synthetic ship called by a letter, or (`other_`) of it as a partner."""
    number = ord(ship) - ord("A") + 1
    known = {"mmsi": 636990000 + number, "imo": 9990000 + number, "vessel_id": ship, "name": f"SYNTH {ship}"}
    return {f"{side}{name}": value for name, value in {**known, "flag": "LR", "type": "tanker"}.items()}


def called(at: str, ship: str, zone: str, **more: Any) -> dict[str, Any]:
    return event("port_visit", at, zone, **{**who(ship), **more})


def loaded(day: str = "2020-01-01", ship: str = "A") -> dict[str, Any]:
    return called(day, ship, IR)


def landed(ship: str, day: str = "2020-03-01") -> dict[str, Any]:
    return called(day, ship, VE)


def met(at: str, ships: str, zone: str = "my_eopl", **more: Any) -> dict[str, Any]:
    """Return a meeting of two ships, such as `AB`."""
    return meeting(at, zone, **{**who(ships[0]), **who(ships[1], "other_"), **more})


def silent(at: str, ship: str, hours: float = 48.0, **more: Any) -> dict[str, Any]:
    return gap(at, hours=hours, **{**who(ship), **more})


def table(*events: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(events, columns=list(ATTRIBUTED_COLUMNS))


def run(rule: Rule, *events: dict[str, Any], as_of: pd.Timestamp = LAST, lists: Lists | None = None) -> list[Match]:
    return match_rule(rule, table(*events), as_of, zone_of, lists)


def at(day: str) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC")


def days(match: Match) -> dict[str, str]:
    return {step.step_id: f"{step.event['start_at']:%m-%d}" for step in match.steps}


def ships(match: Match) -> str:
    return "".join(str(hand.event["vessel_id"]) for hand in match.hands)
