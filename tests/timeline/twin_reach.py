"""Slow twins of possible visits and possible encounters, and builders of the events that they look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

from tests.tracks import T0
from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import NO_TIME, concat_events, make_events
from watch.detect.world import World
from watch.geodesy import distance_m, from_unit_vectors, unit_vectors
from watch.identity import flags_of
from watch.params import DEFAULT as P
from watch.pipeline import bundled_world
from watch.seaway import great_circle_nm, open_seaway
from watch.zones.lookup import zones_at

Place = tuple[float, float]
T0_US = T0.value // 1000
KN = {"tanker": P.reach_tanker_kn, "cargo": P.reach_cargo_kn}


def us(hours: float) -> int:
    return T0_US + round(hours * 3.6e9)


def moment(hours: float) -> pd.Timestamp:
    return T0 + pd.Timedelta(hours=hours)


def silent(
    mmsi: int,
    off_h: float,
    off: Place,
    on_h: float | None = None,
    on: Place | None = None,
    *,
    kind: str = "gap",
    type: str = "tanker",
    vessel_id: str | None = None,
    **details: Any,
) -> pd.DataFrame:
    """Return one attributed gap (or loitering) in hours after T0, open without an end."""
    lat, lon = on or (np.nan, np.nan)
    end = {"at_us": [NO_TIME if on_h is None else us(on_h)], "lat": [lat], "lon": [lon]}
    start = {"at_us": [us(off_h)], "lat": [off[0]], "lon": [off[1]]}
    told = make_events(kind, mmsi=[mmsi], start=start, end=end, details=[{"coverage": "heard", **details}])
    ship = {
        "vessel_id": vessel_id or f"mmsi:{mmsi}",
        "imo": pd.array([None], dtype="Int64"),
        "name": f"SHIP {mmsi}",
        "flag": flags_of(np.array([mmsi])),
        "type": type,
        "ship_type": pd.array([80], dtype="Int64"),
        "length_m": 180.0,
    }
    words = ("other_vessel_id", "other_name", "other_flag", "other_type")
    other = {**{name: pd.array([None], dtype="str") for name in words}, "other_length_m": np.nan}
    out = told.assign(**ship, **other, other_imo=pd.array([None], dtype="Int64"))[list(ATTRIBUTED_COLUMNS)]
    return out.astype(dict.fromkeys(("vessel_id", "name", "flag", "type"), "str"))


def timeline(*events: pd.DataFrame) -> pd.DataFrame:
    """Return events as one table in order of time."""
    if not events:
        return silent(1, 0, (0, 0)).iloc[:0]
    return concat_events(events)


def sail_s(nm: float, kn: float) -> int:
    return round(min(nm / kn, 1e8) * 3600)


def visits(events: pd.DataFrame, world: World, as_of: pd.Timestamp) -> set[tuple[str, str, pd.Timestamp, Any]]:
    """Return gap, zone, earliest arrival and latest departure (None while open) of every possible visit."""
    found = set()
    for gap in events.to_dict("records"):
        still = pd.isna(gap["end_at"])
        end_at = as_of if still else gap["end_at"]
        kn = KN.get(gap["type"], P.reach_other_kn)
        long_enough = end_at - gap["start_at"] >= pd.Timedelta(hours=P.possible_visit_min_h)
        if gap["kind"] != "gap" or gap["type"] not in ("tanker", "cargo", "other", "unknown") or not long_enough:
            continue
        for zone in world.zones.table.to_dict("records"):
            if zone["kind"] in ("waters_12nm", "waters_200nm", "chokepoint", "transit", "approach"):
                continue
            arrive = gap["start_at"] + pd.Timedelta(seconds=sail_s(_to(gap, "start", zone), kn))
            depart = end_at if still else end_at - pd.Timedelta(seconds=sail_s(_to(gap, "end", zone), kn))
            stay_h = 0 if still else P.possible_visit_stay_h
            if depart - arrive >= pd.Timedelta(hours=stay_h):
                found.add((gap["event_id"], zone["zone_id"], arrive, None if still else depart))
    return found


def _to(gap: dict[Any, Any], end: str, zone: dict[Any, Any]) -> float:
    shape = np.array([zone["geometry"]], dtype=object)
    return float(open_seaway().to_shapes_nm(gap[f"{end}_lat"], gap[f"{end}_lon"], shape, np.array([0]))[0])


def prism(shape: shapely.Geometry, off: Place, on: Place, hours: float, kn: float) -> float:
    """Return the hours left in a zone by brute force over points of its border, along great circles."""
    x, y = shapely.get_coordinates(shapely.segmentize(shape.exterior, 0.002)).T
    out, back = (distance_m(*p, y, x).min() / 1852 * (not shape.covers(shapely.Point(p[::-1]))) for p in (off, on))
    return float(hours - (out + back) / kn)


def _there(gap: dict[Any, Any], at: Place, as_of: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    kn = KN.get(gap["type"], P.reach_other_kn)

    def sail(end: str) -> pd.Timedelta:
        nm = float(distance_m(gap[f"{end}_lat"], gap[f"{end}_lon"], *at)) / 1852
        return pd.Timedelta(seconds=sail_s(nm, kn))

    until = as_of if pd.isna(gap["end_at"]) else gap["end_at"] - sail("end")
    return gap["start_at"] + sail("start"), until


def meetings(events: pd.DataFrame, as_of: pd.Timestamp) -> set[tuple[str, str, pd.Timestamp, Any]]:
    """Return both events' ids (the lower radio's first), and from when until when (None while open) they could meet."""
    cargo = [e for e in events.to_dict("records") if e["type"] in ("tanker", "cargo", "unknown")]
    rows = [e for e in cargo if e["type"] != "unknown" or pd.notna(e["imo"])]
    least = pd.Timedelta(hours=P.possible_visit_min_h)
    gaps = [e for e in rows if e["kind"] == "gap" and _end(e, as_of) - e["start_at"] >= least]
    waits = [e for e in rows if e["kind"] == "loitering"]
    pairs = [(a, b) for i, a in enumerate(gaps) for b in gaps[i + 1 :]] + [(a, b) for a in gaps for b in waits]
    found = set()
    for a, b in pairs:
        span = _span(a, b, as_of) if a["mmsi"] != b["mmsi"] and a["vessel_id"] != b["vessel_id"] else None
        if span:
            one, two = sorted((a, b), key=lambda e: e["mmsi"])
            still = pd.isna(a["end_at"]) and pd.isna(b["end_at"])
            found.add((one["event_id"], two["event_id"], span[0], None if still else span[1]))
    return found


def _end(event: dict[Any, Any], as_of: pd.Timestamp) -> pd.Timestamp:
    return as_of if pd.isna(event["end_at"]) else event["end_at"]


def _span(a: dict[Any, Any], b: dict[Any, Any], as_of: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    near_h = pd.Timedelta(hours=P.possible_encounter_near_h)
    for end, name in (("start", "start_at"), ("end", "end_at")):
        if b["kind"] == "loitering":
            begin, stop = (
                (b["start_at"] - near_h, _end(b, as_of)) if end == "start" else (b["start_at"], _end(b, as_of) + near_h)
            )
            spots = [_middle((b["start_lat"], b["start_lon"]), (b["end_lat"], b["end_lon"]))]
            close = not pd.isna(a[name]) and begin <= a[name] <= stop and _near(_at(a, end), spots[0])
        else:
            spots = [_at(a, end), _at(b, end), _middle(_at(a, end), _at(b, end))]
            close = not pd.isna(a[name]) and not pd.isna(b[name])
            close = close and abs(a[name] - b[name]) <= near_h and _near(spots[0], spots[1])
        close = close and _open_sea(_at(a, end)) and _open_sea(spots[0] if b["kind"] == "loitering" else _at(b, end))
        spans = [_common(a, b, spot, as_of) for spot in spots if _open_sea(spot)] if close else []
        spans = [s for s in spans if s[1] - s[0] >= pd.Timedelta(hours=P.possible_encounter_min_h)]
        if spans:
            return min(spans, key=lambda s: s[0])
    return None


def _common(a: dict[Any, Any], b: dict[Any, Any], at: Place, as_of: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    one = _there(a, at, as_of)
    two = (b["start_at"], _end(b, as_of)) if b["kind"] == "loitering" else _there(b, at, as_of)
    return max(one[0], two[0]), min(one[1], two[1])


def _at(event: dict[Any, Any], end: str) -> Place:
    return event[f"{end}_lat"], event[f"{end}_lon"]


def _middle(a: Place, b: Place) -> Place:
    b = a if pd.isna(b[0]) else b
    lat, lon = from_unit_vectors(unit_vectors([a[0]], [a[1]]) + unit_vectors([b[0]], [b[1]]))
    return float(lat[0]), float(lon[0])


@cache
def _open_sea(at: Place) -> bool:
    world = bundled_world()
    kinds = [world.zones.get(z).kind for z in zones_at(world.zones, *at)[0]]
    ports = world.zones.ports
    quays = ports[ports["kind"].str.split("_").map(lambda words: bool({"port", "terminal"} & set(words)))]
    return any("sts" in k for k in kinds) or bool(
        (distance_m(*at, quays["lat"], quays["lon"]) > P.encounter_port_m).all()
    )


def _near(a: Place, b: Place) -> bool:
    return bool(np.isfinite(open_seaway().between_nm(*a, *b, P.possible_encounter_near_nm)[0]))


def circle_bound_nm(at: Place, shape: shapely.Geometry) -> float:
    return float(great_circle_nm(np.array([at[0]]), np.array([at[1]]), np.array([shape], dtype=object))[0, 0])


def told(events: pd.DataFrame, ids: Sequence[str]) -> set[tuple[Any, ...]]:
    """Return the found events in the form of the twins; `ids` names the details that hold the events' ids."""
    ends = [None if pd.isna(t) else t for t in events["end_at"]]
    rows = zip(events["details"], events["start_at"], ends, strict=True)
    return {(*(next(d[i] for i in name.split("|") if i in d) for name in ids), start, end) for d, start, end in rows}
