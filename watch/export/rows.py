"""An alert and its steps as flat rows of plain values, which every table and map format begins from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watch.seen import seen_words
from watch.store.silences import last_evidence_at
from watch.store.types import iso
from watch.wording import KIND_WORDS, clean

Alert = Mapping[str, Any]
Row = dict[str, Any]


def alert_row(alert: Alert) -> Row:
    """Return what identifies an alert, where it stands and what it says, as clean text and numbers."""
    vessel, silence = alert["vessel"], alert.get("silenced") or {}
    last_at = last_evidence_at(alert)
    return {
        **{name: _text(alert.get(name)) for name in ("alert_id", "level", "status", "close_reason", "verdict")},
        **{name: _text(alert.get(name)) for name in ("rule_id", "title")},
        "ship": _text(vessel.get("name")),
        **{name: vessel.get(name) for name in ("imo", "mmsi")},
        **{name: _text(vessel.get(name)) for name in ("flag", "type", "vessel_id")},
        "started_at": alert.get("started_at"),
        "ended_at": alert.get("ended_at"),
        "last_evidence_at": iso(last_at) if last_at else None,
        **{name: alert.get(name) for name in ("raised_at", "updated_at", "version")},
        "silenced_until_at": silence.get("until_at"),
        "silenced_why": _text(silence.get("reason")),
        "summary": _text(alert.get("summary")),
        "measures": ", ".join(clean(m["measure_id"] if isinstance(m, Mapping) else m) for m in alert["measures"]),
        "red_flags": ", ".join(clean(f["code"] if isinstance(f, Mapping) else f) for f in alert["red_flags"]),
    }


def step_row(step: Alert) -> Row:
    """Return a step as clean text and numbers; without a zone its zone is empty."""
    zone = step.get("zone") or {}
    kind = clean(step.get("kind"))
    return {
        "step": clean(step.get("id")),
        "kind": kind,
        "what": KIND_WORDS.get(kind, kind),
        "seen": clean(seen_words(kind, step.get("details") or {})),
        "zone_id": _text(zone.get("id")),
        "zone": _text(zone.get("name")),
        "country": _text(zone.get("country")),
        "start_at": step.get("start_at"),
        "end_at": step.get("end_at"),
        **{name: step.get(name) for name in ("mmsi", "other_mmsi")},
        "event_id": clean(step.get("event_id")),
        **{name: step.get(name) for name in ("lat", "lon", "end_lat", "end_lon")},
    }


def _text(value: object) -> str | None:
    return clean(value) or None
