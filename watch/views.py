"""How events look from outside: the agreed JSON, and rows for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from watch.plain import plain
from watch.rules.model import Rule
from watch.seen import lasting_and_seen
from watch.wording import zone_words
from watch.zones.geofences import Zones

#: Columns of an event as they go out; `zone` and `details` follow.
_PUBLIC = (
    "event_id",
    "kind",
    "vessel_id",
    "mmsi",
    "imo",
    "name",
    "flag",
    "type",
    "start_at",
    "end_at",
    "start_lat",
    "start_lon",
    "end_lat",
    "end_lon",
    "zone_id",
    "other_vessel_id",
    "other_mmsi",
    "other_imo",
    "other_name",
)


def public_events(events: pd.DataFrame, zones: Zones) -> Iterator[dict[str, Any]]:
    """Yield each event as a dict of plain values: times as ISO text in UTC, missing as None."""
    columns = [events[c].tolist() for c in _PUBLIC]
    for values, details in zip(zip(*columns, strict=True), events["details"].tolist(), strict=True):
        out = {name: plain(value) for name, value in zip(_PUBLIC, values, strict=True)}
        zone_id = out["zone_id"]
        yield {**out, "zone": public_zone(zones, zone_id), "details": details}


def public_zone(zones: Zones, zone_id: str | None) -> dict[str, str] | None:
    """Return a zone as it goes out; one that is no longer configured keeps its id."""
    if zone_id is None:
        return None
    zone = zones.by_id.get(zone_id)
    return zone.public() if zone else {"id": zone_id, "name": zone_id, "country": "", "kind": ""}


def public_rule(rule: Rule, file: str) -> dict[str, Any]:
    """Return a rule as lists of rules show it."""
    facts = {"level": rule.level, "status": rule.status, "title": rule.title, "tests": len(rule.tests)}
    return {"rule_id": rule.id, **facts, "file": file}


def brief_event(event: dict[str, Any]) -> list[str]:
    """Return a public event as the cells of one row: start, end, kind, ship, zone or partner, what was seen."""
    zone = event["zone"]
    where = event["other_name"] or event["other_mmsi"] or zone_words(zone)
    ship = event["name"] or f"MMSI {event['mmsi']}"
    return [
        _short(event["start_at"]),
        _short(event["end_at"]),
        event["kind"],
        ship,
        str(where or ""),
        lasting_and_seen(event["kind"], event["details"]),
    ]


def _short(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else "open"
