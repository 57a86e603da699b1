"""A slow twin of detours, and builders of voyages as their events saw them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from tests.timeline.twin_reach import Place, silent, timeline
from watch.geodesy import distance_m
from watch.params import Params
from watch.seaway import open_seaway

#: Places at sea off ports, with the zone that a call there names.
PORTS: dict[str, tuple[str, Place]] = {
    "fujairah": ("ae_fujairah_anch", (25.2, 56.55)),
    "khor_fakkan": ("ae_khor_fakkan_anch", (25.4, 56.5)),
    "karachi": ("port_pkkhi", (24.7, 66.9)),
    "singapore": ("port_sgsin", (1.2, 103.85)),
    "ningbo": ("cn_ningbo_zhoushan", (29.9, 122.5)),
    "rotterdam": ("port_nlrtm", (52.0, 3.9)),
    "piraeus": ("port_grpir", (37.85, 23.6)),
    "los_angeles": ("port_uslax", (33.7, -118.2)),
    "yokohama": ("port_jpyok", (35.3, 139.7)),
    "houston": ("port_ushou", (29.3, -94.6)),
}
SEEN = ("port_visit", "zone_visit", "gap", "encounter", "loitering")


@dataclass(frozen=True)
class Stop:
    """A place where an event saw the ship, and for how long; `told` is what it says beside.

    She came there after `after_h` hours, or as long as it takes over the sea.
    """

    kind: str
    place: Place
    stay_h: float = 10.0
    told: dict[str, Any] = field(default_factory=dict)
    after_h: float | None = None


def port(name: str, confidence: int = 4, stay_h: float | None = 30.0) -> Stop:
    zone, place = PORTS[name]
    return Stop("port_visit", place, np.nan if stay_h is None else stay_h, {"zone_id": zone, "confidence": confidence})


def lies(
    lat: float, lon: float, kind: str = "loitering", stay_h: float = 10.0, after_h: float | None = None, **told: Any
) -> Stop:
    return Stop(kind, (lat, lon), stay_h, told, after_h)


def voyage(*stops: Stop, mmsi: int = 636990001, kn: float = 12.0, begin_h: float = 0.0, **ship: Any) -> pd.DataFrame:
    """Return the attributed events of a ship that sails from stop to stop by the least way over the sea."""
    hour, before, parts = begin_h, stops[0].place, []
    for stop in stops:
        sail_h = sea_nm(before, stop.place) / kn
        hour += sail_h if stop.after_h is None else stop.after_h
        end = None if np.isnan(stop.stay_h) else hour + stop.stay_h
        own = {name: value for name, value in stop.told.items() if name not in COLUMNS}
        row = silent(mmsi, hour, stop.place, end, stop.place if end else None, kind=stop.kind, **own)
        columns = {name: value for name, value in (stop.told | ship).items() if name in COLUMNS}
        parts.append(row.assign(**{name: _column(name, value) for name, value in columns.items()}))
        hour, before = end or hour, stop.place
    return timeline(*parts)


COLUMNS = ("zone_id", "type", "imo", "vessel_id", "other_vessel_id", "mmsi", "other_mmsi")


def _column(name: str, value: Any) -> Any:
    return pd.array([value], dtype="Int64" if name in ("imo", "other_mmsi") else None) if name != "mmsi" else value


def far_ways(events: pd.DataFrame, params: Params) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Return way and direct way of every detour by vessel and ports, ship by ship and leg by leg."""
    rows = events.to_dict("records")
    found = {}
    for vessel in {row["vessel_id"] for row in rows}:
        own = [r for r in rows if vessel in (r["vessel_id"], r["other_vessel_id"])]
        calls = [r for r in own if r["kind"] == "port_visit" and r["details"]["confidence"] >= 2]
        calls.sort(key=lambda r: (r["start_at"], r["event_id"]))
        for k, call in enumerate(calls[:-1]):
            then = calls[k + 1]
            still = any(pd.isna(c["end_at"]) or c["end_at"] > call["end_at"] for c in calls[:k])
            cargo = call["type"] in ("tanker", "cargo") or (call["type"] == "unknown" and pd.notna(call["imo"]))
            if still or not cargo or not call["end_at"] <= then["start_at"] or call["zone_id"] == then["zone_id"]:
                continue
            ways = _ways(own, call, then, params)
            if ways is not None:
                found[vessel, call["zone_id"], then["zone_id"]] = ways
    return found


def _ways(
    own: list[dict[Any, Any]], call: dict[Any, Any], then: dict[Any, Any], params: Params
) -> tuple[float, float] | None:
    spots = [(r[f"{end}_at"], r[f"{end}_lat"], r[f"{end}_lon"]) for r in own if r["kind"] in SEEN for end in ENDS]
    spots = sorted(s for s in spots if not pd.isna(s[0]) and call["end_at"] <= s[0] <= then["start_at"])
    doubts = [(r["start_at"], r["end_at"]) for r in own if r["kind"] in ("spoof", "interference")]
    doubted = [any(a <= s[0] and not s[0] > b for a, b in doubts) for s in spots]
    if doubted[0] or doubted[-1]:
        return None
    spots = [s for s, doubt in zip(spots, doubted, strict=True) if not doubt]
    kept = spots[:1]
    for spot in spots[1:-1]:
        if all(_straight_nm(spot, other) > params.detour_near_nm for other in (spots[0], spots[-1], kept[-1])):
            kept.append(spot)
    legs = [_leg_nm(a, b, params) for a, b in zip(kept, [*kept[1:], spots[-1]], strict=True)]
    direct_nm = sea_nm(spots[0][1:], spots[-1][1:])
    if None in legs or direct_nm <= params.destination_near_nm:
        return None
    way_nm = sum(nm for nm in legs if nm is not None)
    least_nm = max(params.detour_ratio * direct_nm, direct_nm + params.detour_extra_nm)
    return (way_nm, direct_nm) if way_nm >= least_nm else None


ENDS = ("start", "end")


@cache
def sea_nm(a: Place, b: Place) -> float:
    return float(open_seaway().between_nm(*a, *b)[0])


def _straight_nm(a: tuple[Any, float, float], b: tuple[Any, float, float]) -> float:
    return float(distance_m(*a[1:], *b[1:])) / 1852


def _leg_nm(a: tuple[Any, float, float], b: tuple[Any, float, float], params: Params) -> float | None:
    most_nm = (b[0] - a[0]) / pd.Timedelta(hours=1) * params.detour_most_kn
    straight, sea = _straight_nm(a, b), sea_nm(a[1:], b[1:])
    sure = sea * params.detour_sea_share - params.detour_round_nm if sea <= most_nm else 0.0
    return None if straight > most_nm else max(straight, sure)
