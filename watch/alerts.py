"""Turning matches into alerts: what was seen, where, under which measures, and what could not be seen.

Pure: when an alert was raised is added by the store. All moments are ISO texts in UTC, all values fit JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from watch.evidence import VESSEL_FIELDS, inferred, listed_later, not_observed, resembles_listed, ship_of
from watch.plain import iso, plain
from watch.rules.match import Match, StepMatch, match_span
from watch.rules.measures import Measure, load_red_flags, measures_in_force
from watch.rules.model import Rule
from watch.rules.summary import fill_summary
from watch.rules.table import Lists, NoLists
from watch.rules.zones import ZoneOf
from watch.wording import position_words

_ID_CHARS = 16


def alert_id(rule_id: str, vessel_id: str, event_id: str) -> str:
    """Return the id of the alert that a rule raises about a vessel, from the event with which it began.

    Examples
    --------
    >>> alert_id("a-rule", "imo:9999802", "e1") == alert_id("a-rule", "imo:9999802", "e1")
    True
    """
    text = "\x1f".join((rule_id, vessel_id, event_id))
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_CHARS]


def build_alerts(
    rule: Rule,
    matches: Iterable[Match],
    measures: Mapping[str, Measure],
    zone_of: ZoneOf,
    lists: Lists | None = None,
) -> list[dict[str, Any]]:
    """Return an alert for each match of `rule`, in the form that `alerts --json` prints.

    Parameters
    ----------
    matches
        What `match_rule` returned for this rule.
    measures
        `load_measures()`.
    zone_of
        The zone with an id, or None.
    lists
        The vessel lists; with them an alert says which of its ships were listed only later.
    """
    flags, known = load_red_flags(), lists or NoLists()
    return [_alert(rule, match, measures, flags, zone_of, known) for match in matches]


def _alert(
    rule: Rule, match: Match, measures: Mapping[str, Measure], flags: Mapping[str, str], zone_of: ZoneOf, lists: Lists
) -> dict[str, Any]:
    steps = [_step(step, zone_of) for step in match.steps]
    vessel = _vessel(match)
    start_at, end_at = match_span(match)
    return {
        "alert_id": alert_id(rule.id, match.vessel_id, match.anchor_id),
        "rule_id": rule.id,
        "title": rule.title,
        "level": match.level,
        "status": "open",
        "verdict": match.verdict,
        "vessel": vessel,
        "ships": [ship_of(hand) for hand in match.hands],
        "started_at": steps[0]["start_at"],
        "ended_at": _ended_at(steps),
        "steps": steps,
        "measures": measures_in_force(rule.measures, measures, start_at, end_at),
        "red_flags": [{"code": code, "text": flags[code]} for code in rule.red_flags if code in flags],
        "summary": _summary(rule, match, vessel, steps),
        "not_observed": [*not_observed(match, steps), *listed_later(match, lists), *resembles_listed(match, lists)],
        "inferred": inferred(match),
        "runbook": rule.runbook,
    }


def _vessel(match: Match) -> dict[str, Any]:
    """Return the vessel as it declared itself at the first step; what it left out there, from later steps."""
    events = [step.event for step in match.steps if step.event["vessel_id"] == match.vessel_id]
    known = {name: next((e[name] for e in events if e[name] is not None), None) for name in VESSEL_FIELDS}
    return {"vessel_id": match.vessel_id, **{name: plain(value) for name, value in known.items()}}


def _step(step: StepMatch, zone_of: ZoneOf) -> dict[str, Any]:
    event = step.event
    zone = zone_of(step.zone_id) if step.zone_id else None
    return {
        "id": step.step_id,
        "event_id": event["event_id"],
        "kind": event["kind"],
        "mmsi": plain(event["mmsi"]),
        "name": plain(event["name"]),
        "other_mmsi": plain(event["other_mmsi"]),
        "zone": zone.public() if zone else None,
        "start_at": iso(event["start_at"]),
        "end_at": iso(event["end_at"]),
        "lat": plain(event["start_lat"]),
        "lon": plain(event["start_lon"]),
        "end_lat": plain(event["end_lat"]),
        "end_lon": plain(event["end_lon"]),
        "details": plain(event["details"]),
    }


def _ended_at(steps: list[dict[str, Any]]) -> str | None:
    return max((s["end_at"] for s in steps), default=None) if all(s["end_at"] for s in steps) else None


def _summary(rule: Rule, match: Match, vessel: Mapping[str, Any], steps: list[dict[str, Any]]) -> str:
    values = {
        "vessel": str(vessel["name"] or match.vessel_id),
        "flag": str(vessel["flag"] or "flag unknown"),
        "type": str(vessel["type"] or "ship"),
        "ships": str(len(match.hands) or 1),
    }
    for step, taken in zip(steps, match.steps, strict=True):  # of events that are counted the first speaks for all
        values = {f"{step['id']}.{name}": text for name, text in _step_words(step, taken).items()} | values
    return f"{fill_summary(rule.alert.summary, values)}{_verdict_words(match)}"


def _step_words(step: Mapping[str, Any], taken: StepMatch) -> dict[str, str]:
    zone, hours = step["zone"] or {}, _hours(step["details"])
    return {
        "zone": zone.get("name") or position_words(step["lat"], step["lon"]),
        "country": zone.get("country") or "",
        "at": f"{step['start_at'][:16].replace('T', ' ')} UTC",
        "day": step["start_at"][:10],
        "hours": f"{hours:.0f}" if hours is not None else "",
        "ship": str(taken.event["name"] or taken.event["vessel_id"]),
        "other": str(taken.event["other_name"] or taken.event["other_mmsi"] or ""),
    }


def _verdict_words(match: Match) -> str:
    if match.verdict == "match":
        return ""
    if match.verdict == "unknown":
        return " (cannot be told: too little was received)"
    until = f"{match.until_at:%Y-%m-%d}" if match.until_at is not None else ""
    if not match.missing:
        return f" (early: open until {until})" if match.verdict == "early" else " (lapsed)"
    missing = ", ".join(match.missing)
    if match.verdict == "early":
        return f" (early: {missing} not seen yet, open until {until})"
    return f" (lapsed: {missing} not seen by {until})"


def _hours(details: Mapping[str, Any]) -> float | None:
    hours = [details[name] for name in ("duration_h", "stop_h", "dwell_h") if details.get(name) is not None]
    return float(hours[0]) if hours else None
