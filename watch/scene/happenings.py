"""The events of a scene, with words ready to be shown, and the gaps of each ship with what it could have reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from watch.digest_view import short
from watch.params import DEFAULT
from watch.plain import plain
from watch.scene.reach import reach_ring, way_m, zone_reach
from watch.seen import lasting_and_seen
from watch.timeline.silences import reach_kn
from watch.views import public_zone
from watch.wording import KIND_WORDS, clean, lasting_words, zone_words
from watch.zones.geofences import Zones

_H_S = 3600
#: What follows from other events is shown where an alert speaks of it; a gap tells of the zones within reach.
_DERIVED = ("possible_visit", "possible_encounter")

Event = dict[str, Any]


class Gap(NamedTuple):
    """A gap of a radio, as a scene tells it."""

    mmsi: int
    scene: dict[str, Any]


def records(events: pd.DataFrame) -> list[Event]:
    """Return events as dicts of plain values; moments as whole seconds since 1970."""
    rows = [{str(name): plain(value) for name, value in row.items()} for row in events.to_dict("records")]
    return [{**row, "t": unix_s(row["start_at"]), "end_t": unix_s(row["end_at"])} for row in rows]


def unix_s(at: datetime | str | None) -> int | None:
    """Return a moment as seconds since 1970.

    Examples
    --------
    >>> unix_s("1970-01-02T00:00:00Z"), unix_s(None)
    (86400, None)
    """
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return None if moment is None else int(moment.timestamp())


def told_events(
    events: Sequence[Event], ships: Mapping[str, int], steps: Mapping[str, str], zones: Zones
) -> list[dict[str, Any]]:
    """Return the events of the ships of a scene, in order of time.

    Parameters
    ----------
    events
        Of `records`.
    ships
        The place of each vessel among the ships of the scene.
    steps
        Id of an event → the step of the alert that it is.
    zones
        Where the names of zones are looked up.
    """
    wanted = [e for e in events if e["event_id"] in steps or e["kind"] not in _DERIVED]
    told = [_told(e, ships, steps.get(e["event_id"]), zones) for e in wanted if _side(e, ships)]
    return sorted(told, key=lambda e: (e["t"], e["event_id"]))


def _side(event: Event, ships: Mapping[str, int]) -> str | None:
    """Return on which side of an event the first ship of the scene stands: `mine`, `theirs`, or None."""
    one, other = (ships.get(event[name] or "") for name in ("vessel_id", "other_vessel_id"))
    if one is None and other is None:
        return None
    return "theirs" if one is None or (other is not None and other < one) else "mine"


def _told(event: Event, ships: Mapping[str, int], step: str | None, zones: Zones) -> dict[str, Any]:
    mine = _side(event, ships) == "mine"
    own, other = ("", "other_") if mine else ("other_", "")
    met = event["other_vessel_id"] and (short(event[f"{other}name"]) or f"MMSI {event[f'{other}mmsi']}")
    return {
        "event_id": event["event_id"],
        "ship": ships[event[f"{own}vessel_id"]],
        "kind": event["kind"],
        "what": KIND_WORDS.get(event["kind"], clean(event["kind"])),
        "where": zone_words(public_zone(zones, event["zone_id"])),
        "seen": lasting_and_seen(event["kind"], event["details"]),
        "t": event["t"],
        "end_t": event["end_t"],
        **_ends(event),
        "other": met or None,
        "step": step,
        "zone_id": event["zone_id"],
    }


def _ends(event: Event) -> dict[str, float | None]:
    places = {"lat": "start_lat", "lon": "start_lon", "end_lat": "end_lat", "end_lon": "end_lon"}
    return {name: None if event[key] is None else round(event[key], 5) for name, key in places.items()}


def told_gaps(vessel_id: str, events: Iterable[Event], clock_s: int, zones: Zones, *, reach: bool) -> list[Gap]:
    """Return the gaps of a vessel by radio, with what it could have reached in each.

    Parameters
    ----------
    vessel_id
        The vessel.
    events
        Of `records`: its gaps, and the possible visits that follow from them.
    clock_s
        The data's clock, up to which an open gap lasts.
    zones
        Where the names of zones are looked up.
    reach
        Whether to tell what it could have reached.
    """
    own = [e for e in events if e["vessel_id"] == vessel_id]
    visits: dict[str, list[Event]] = {}
    for event in own:
        if event["kind"] == "possible_visit":
            visits.setdefault(str(event["details"].get("gap_id")), []).append(event)
    gaps = [e for e in own if e["kind"] == "gap"]
    found = ((gap, visits.get(gap["event_id"], [])) for gap in gaps)
    return [Gap(gap["mmsi"], _gap(gap, there, clock_s, zones, reach=reach)) for gap, there in found]


def _gap(gap: Event, visits: list[Event], clock_s: int, zones: Zones, *, reach: bool) -> dict[str, Any]:
    hours = ((clock_s if gap["end_t"] is None else gap["end_t"]) - gap["t"]) / _H_S
    return {
        "event_id": gap["event_id"],
        "t": gap["t"],
        "end_t": gap["end_t"],
        **_ends(gap),
        "hours": round(hours, 1),
        "coverage": gap["details"].get("coverage") or "unknown",
        "reach": _reach(gap, visits, hours, zones) if reach and gap["start_lat"] is not None else None,
    }


def _reach(gap: Event, visits: list[Event], hours: float, zones: Zones) -> dict[str, Any]:
    told_kn = [v["details"]["speed_kn"] for v in visits if v["details"].get("speed_kn")]
    speed_kn = told_kn[0] if told_kn else float(reach_kn(pd.Series([gap["type"]]), DEFAULT)[0])
    on = None if gap["end_lat"] is None else (gap["end_lat"], gap["end_lon"])
    ring, why = reach_ring((gap["start_lat"], gap["start_lon"]), on, way_m(speed_kn, hours))
    so_far = " so far" if gap["end_t"] is None else ""
    note = f"{speed_kn:.0f} kn for {lasting_words(hours)}{so_far}: {speed_kn * hours:,.0f} nm"
    ranked = sorted(visits, key=lambda v: (v["details"].get("rank") or 0, v["zone_id"] or ""))
    return {
        "kn": speed_kn,
        "ring": ring,
        "note": f"{note}, {why}" if why else note,
        "zones": [zone_reach(v["details"], public_zone(zones, v["zone_id"]), v["t"]) for v in ranked],
    }
