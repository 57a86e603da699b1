"""Builders of what ships declare and do, for the tests of the timeline."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from tests.tracks import T0
from watch.attribution import attribute, shared_radios
from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import concat_events, make_events, no_events
from watch.detect.tracks import NO_TIME
from watch.detect.world import World
from watch.identity import FIELDS, IDENTITY_STATE
from watch.timeline.declared import Declared, declared_by_hull
from watch.zones.geofences import load_zones

T0_US = T0.value // 1000
TOLD = dict.fromkeys(IDENTITY_STATE)
_PLAIN = (str, int, float, bool, list, type(None))


@cache
def world() -> World:
    return World(load_zones())


def at_us(hour: float) -> int:
    return T0_US + round(hour * 3.6e9)


def identities(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return changes of identity; `hour` is hours after T0, what is not told is as this segment told it last."""
    known: dict[tuple[int, int], dict[str, Any]] = {}
    out = []
    for row in sorted(rows, key=lambda r: r["hour"]):
        key = (row["mmsi"], row.get("seg", 0))
        known[key] = known.get(key, {}) | {name: row[name] for name in FIELDS if row.get(name) is not None}
        place = {"lat": row.get("lat", 10.0), "lon": row.get("lon", 20.0)}
        seen_at = pd.Timestamp(at_us(row["hour"]), unit="us", tz="UTC")
        out.append(TOLD | known[key] | place | {"mmsi": key[0], "seg": key[1], "seen_at": seen_at})
    return pd.DataFrame(out, columns=list(IDENTITY_STATE)).astype(IDENTITY_STATE)


def event(kind: str, mmsi: int, start: float, end: float | None, **details: Any) -> pd.DataFrame:
    """Return an event of a radio; `zone_id` and `other_mmsi` are its own, all else its details."""
    zone_id, other = details.pop("zone_id", None), details.pop("other_mmsi", None)
    nowhere = end is None
    return make_events(
        kind,
        mmsi=[mmsi],
        start={"at_us": [at_us(start)], "lat": [10.0], "lon": [20.0]},
        end={"at_us": [NO_TIME if nowhere else at_us(end or 0.0)], "lat": [10.0], "lon": [20.0]},
        details=[details],
        zone_id=None if zone_id is None else [zone_id],
        other_mmsi=None if other is None else [other],
    )


def gap(mmsi: int, start: float, end: float | None = None, **details: Any) -> pd.DataFrame:
    return event("gap", mmsi, start, end, **details)


def call(mmsi: int, start: float, end: float | None, zone_id: str, confidence: int = 4) -> pd.DataFrame:
    return event("port_visit", mmsi, start, end, zone_id=zone_id, confidence=confidence)


def attributed(known: pd.DataFrame, *events: pd.DataFrame) -> pd.DataFrame:
    """Return events with the ships they belong to."""
    if not events:
        return no_events().reindex(columns=list(ATTRIBUTED_COLUMNS)).astype({"imo": "Int64"})
    looks = {"moored": False, "drift_m": 900.0}
    some = concat_events(list(events))
    some["details"] = [looks | d if k == "encounter" else d for k, d in zip(some["kind"], some["details"], strict=True)]
    return attribute(some, known)


def declared(known: pd.DataFrame, events: pd.DataFrame) -> Declared:
    """Return what was declared by hull, as the timeline stage builds it."""
    return declared_by_hull(known, shared_radios(events))


def of_kind(found: pd.DataFrame, *sub_kinds: str) -> list[tuple[float, int, dict[str, Any]]]:
    """Return hour, radio and details of the events of some sub-kinds, or of all; the details must be plain."""
    assert [v for d in found["details"] for v in d.values() if type(v) not in _PLAIN] == []
    rows = zip(found["start_at"], found["mmsi"].tolist(), found["details"].tolist(), strict=True)
    return [
        ((start.value // 1000 - T0_US) / 3.6e9, mmsi, details)
        for start, mmsi, details in rows
        if not sub_kinds or details["sub_kind"] in sub_kinds
    ]


def pairs(found: pd.DataFrame, sub_kind: str) -> list[tuple[Any, Any]]:
    """Return what was declared before and after, by time."""
    return [(d["before"], d["after"]) for _, _, d in of_kind(found, sub_kind)]
