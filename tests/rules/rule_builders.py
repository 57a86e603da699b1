"""Small makers of rules and of event tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.rules.rule_zones import zone_of
from watch.columns import ATTRIBUTED_COLUMNS
from watch.rules.match import Match
from watch.rules.matcher import match_rule
from watch.rules.model import Rule

LAST = pd.Timestamp("2020-12-31T00:00Z")


def make_rule(match: dict[str, Any], **more: Any) -> Rule:
    head = {"id": "a-rule", "title": "A rule", "status": "stable", "level": "high", "description": "For a test."}
    return Rule.model_validate({**head, "match": match, **more})


def make_sequence(steps: list[dict[str, Any]], within: str = "120d", **more: Any) -> dict[str, Any]:
    return {"sequence": {"by": "vessel", "within": within, "steps": steps, **more}}


def event(kind: str, at: str, zone: str | list[str] | None = None, **more: Any) -> dict[str, Any]:
    """Return an event; keys that are no columns go to its details. `hours=None` leaves it open."""
    zones = [zone] if isinstance(zone, str) else list(zone or [])
    hours = more.pop("hours", 1.0)
    start_at = pd.Timestamp(at, tz="UTC")
    columns = {k: more.pop(k) for k in list(more) if k in ATTRIBUTED_COLUMNS}
    imo = columns.get("imo", 9999802)
    name = f"{kind} {at} {zones[:1]} {imo}"
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
    return event("encounter", at, zone, **{"looks_like": "transfer", "duration_h": 7.0, **other, **more})


def gap(at: str, zone: str | list[str] | None = None, hours: float = 48.0, **more: Any) -> dict[str, Any]:
    return event("gap", at, zone, hours=hours, duration_h=hours, **{"coverage": "heard", **more})


def table(*events: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(events, columns=list(ATTRIBUTED_COLUMNS))


def run(rule: Rule, *events: dict[str, Any], as_of: pd.Timestamp = LAST) -> list[Match]:
    return match_rule(rule, table(*events), as_of, zone_of)


def days(match: Match) -> dict[str, str]:
    return {step.step_id: f"{step.event['start_at']:%m-%d}" for step in match.steps}
