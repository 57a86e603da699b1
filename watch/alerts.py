"""Turning matches into alerts: what was seen, where, under which measures, and what could not be seen.

Pure: when an alert was raised is added by the store. All moments are ISO texts in UTC, all values fit JSON.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from watch.rules.matcher import Match, StepMatch
from watch.rules.measures import Measure, load_red_flags, measures_in_force
from watch.rules.model import Rule
from watch.rules.summary import fill_summary
from watch.rules.zones import ZoneOf

_ID_CHARS = 16
_VESSEL_FIELDS = ("mmsi", "imo", "name", "flag", "type")


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
    rule: Rule, matches: Iterable[Match], measures: Mapping[str, Measure], zone_of: ZoneOf
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
    """
    flags = load_red_flags()
    return [_alert(rule, match, measures, flags, zone_of) for match in matches]


def _alert(
    rule: Rule, match: Match, measures: Mapping[str, Measure], flags: Mapping[str, str], zone_of: ZoneOf
) -> dict[str, Any]:
    steps = [_step(step, zone_of) for step in match.steps]
    vessel = _vessel(match)
    start_at, end_at = _span(match)
    return {
        "alert_id": alert_id(rule.id, match.vessel_id, match.anchor_id),
        "rule_id": rule.id,
        "title": rule.title,
        "level": match.level,
        "status": "open",
        "verdict": match.verdict,
        "vessel": vessel,
        "started_at": steps[0]["start_at"],
        "ended_at": _ended_at(steps),
        "steps": steps,
        "measures": measures_in_force(rule.measures, measures, start_at, end_at),
        "red_flags": [{"code": code, "text": flags[code]} for code in rule.red_flags if code in flags],
        "summary": _summary(rule, match, vessel, steps),
        "not_observed": not_observed(match, steps),
        "runbook": rule.runbook,
    }


def _vessel(match: Match) -> dict[str, Any]:
    """Return the vessel as it declared itself at the first step; what it left out there, from later steps."""
    events = [step.event for step in match.steps]
    known = {name: next((e[name] for e in events if e[name] is not None), None) for name in _VESSEL_FIELDS}
    return {"vessel_id": match.vessel_id, **{name: plain(value) for name, value in known.items()}}


def _step(step: StepMatch, zone_of: ZoneOf) -> dict[str, Any]:
    event = step.event
    zone = zone_of(step.zone_id) if step.zone_id else None
    return {
        "id": step.step_id,
        "event_id": event["event_id"],
        "kind": event["kind"],
        "mmsi": plain(event["mmsi"]),
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


def _span(match: Match) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the time whose measures are wanted: an open match lasts until it can no longer be whole."""
    start_at = min(step.event["start_at"] for step in match.steps)
    latest = max(step.event["end_at"] or match.as_of for step in match.steps)
    if match.missing:
        latest = max(latest, match.as_of)
    if match.until_at is not None:
        latest = min(latest, max(match.until_at, match.steps[-1].event["start_at"]))
    return start_at, max(start_at, latest)


def _ended_at(steps: list[dict[str, Any]]) -> str | None:
    return max((s["end_at"] for s in steps), default=None) if all(s["end_at"] for s in steps) else None


def _summary(rule: Rule, match: Match, vessel: Mapping[str, Any], steps: list[dict[str, Any]]) -> str:
    values = {
        "vessel": str(vessel["name"] or match.vessel_id),
        "flag": str(vessel["flag"] or "flag unknown"),
        "type": str(vessel["type"] or "ship"),
    }
    for step, taken in zip(steps, match.steps, strict=True):
        values |= {f"{step['id']}.{name}": text for name, text in _step_words(step, taken).items()}
    return f"{fill_summary(rule.alert.summary, values)}{_verdict_words(match)}"


def _step_words(step: Mapping[str, Any], taken: StepMatch) -> dict[str, str]:
    zone, hours = step["zone"] or {}, _hours(step["details"])
    return {
        "zone": zone.get("name") or f"{step['lat']:.2f}, {step['lon']:.2f}",
        "country": zone.get("country") or "",
        "at": f"{step['start_at'][:16].replace('T', ' ')} UTC",
        "day": step["start_at"][:10],
        "hours": f"{hours:.0f}" if hours is not None else "",
        "other": str(taken.event["other_name"] or taken.event["other_mmsi"] or ""),
    }


def _verdict_words(match: Match) -> str:
    if match.verdict == "match":
        return ""
    if match.verdict == "unknown":
        return " (cannot be told: too little was received)"
    until = f"{match.until_at:%Y-%m-%d}" if match.until_at is not None else ""
    missing = ", ".join(match.missing)
    if match.verdict == "early":
        return f" (early: {missing} not seen yet, open until {until})"
    return f" (lapsed: {missing} not seen by {until})"


def _hours(details: Mapping[str, Any]) -> float | None:
    hours = [details[name] for name in ("duration_h", "stop_h", "dwell_h") if details.get(name) is not None]
    return float(hours[0]) if hours else None


def not_observed(match: Match, steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what the data could not show, in sentences: silences, open ends, steps that were not seen."""
    told = [sentence for step in steps for sentence in _unseen(step)]
    told += [f"{name}: nothing seen that fits (optional step)" for name in match.unfilled]
    if match.missing:
        until = f" by {match.until_at:%Y-%m-%d %H:%M} UTC" if match.until_at is not None else ""
        ended = "not seen" if match.verdict == "lapsed" else "not seen yet; expected"
        told += [f"{name}: {ended}{until}" for name in match.missing]
    return told


def _unseen(step: Mapping[str, Any]) -> list[str]:
    details, name = step["details"], step["id"]
    told = []
    if step["kind"] == "gap":
        hours = details.get("duration_h")
        length = f"for {hours:.1f} h" if hours is not None else "for an unknown time"
        since = "; still unheard when last looked" if step["end_at"] is None else ""
        told.append(f"{name}: no report received {length} from {step['start_at']}{since}: where it was is unknown")
        if details.get("coverage") != "heard":
            told.append(f"{name}: whether the area was heard at all then is not known for sure")
    elif step["end_at"] is None:
        told.append(f"{name}: its end was not seen")
    if step["kind"] == "port_visit" and (details.get("confidence") or 0) < 4:
        told.append(
            f"{name}: arrival, stop and departure were not all seen (confidence {details.get('confidence')} of 4)"
        )
    if details.get("crossed"):
        told.append(f"{name}: no report from inside the zone, only the way between two reports crosses it")
    return told


def iso(moment: Any) -> str | None:
    """Return a moment as text in UTC, None for a missing one.

    Examples
    --------
    >>> iso(pd.Timestamp("2020-05-05T06:00Z"))
    '2020-05-05T06:00:00Z'
    """
    if moment is None or pd.isna(moment):
        return None
    stamp = pd.Timestamp(moment)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.strftime("%Y-%m-%dT%H:%M:%S" + (".%fZ" if stamp.microsecond else "Z"))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: None for anything missing, no numpy types, no infinities."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        return iso(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
