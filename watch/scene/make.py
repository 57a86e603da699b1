"""Puts a scene together: who is in it, where they were, what happened, and what lies about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from watch.case.rule import country_names
from watch.errors import ConfigError
from watch.scene.asked import Asked
from watch.scene.cast import names_of, neighbours_of, partners_of
from watch.scene.fixes import Fixes, read_fixes
from watch.scene.happenings import Event, records, told_events, told_gaps, unix_s
from watch.scene.neighbours import Near, moments_of, pack_background, read_near
from watch.scene.owners import Owners, read_owners
from watch.scene.ships import Ship, fitting_ships
from watch.scene.zones import scene_zones
from watch.store.events import read_events
from watch.vessel_reading import radios_of
from watch.wording import clean, plural
from watch.workspace import Workspace

FORMAT = 1
_BINS_MAX = 600  # own: the strip is about a thousand pixels wide


@dataclass(frozen=True)
class Scene:
    """All of a scene: its ships with every stored fix, and the rest as it goes out."""

    ships: list[Ship]
    rest: dict[str, Any]


@dataclass(frozen=True)
class _Found:
    """What the database tells of a scene."""

    main: list[str]
    others: list[str]
    events: list[Event]
    near: Near
    radios: set[int]
    owners: Owners
    notes: list[str]


def make_scene(ws: Workspace, asked: Asked, *, synthetic: bool = False) -> dict[str, Any]:
    """Return a scene as the page of the replay reads it, ready to be written as JSON.

    Raises
    ------
    ConfigError
        The ship that it is about was not heard in that time.
    """
    scene = gather_scene(ws, asked, synthetic=synthetic)
    return {**scene.rest, "ships": fitting_ships(scene.ships)}


def gather_scene(ws: Workspace, asked: Asked, *, synthetic: bool = False) -> Scene:
    """Return all that is stored about a scene.

    Raises
    ------
    ConfigError
        The ship that it is about was not heard in that time.
    """
    with ws.engine.connect() as conn:
        found = _find(ws, conn, asked)
    tracks = read_fixes(ws, [*found.main, *found.others], found.radios, found.owners, asked.from_at, asked.to_at)
    asked = _of_one_heard(asked, tracks)
    tracks = {asked.focus: tracks[asked.focus], **tracks}
    ships = [ship for vessel_id, parts in tracks.items() for ship in _ships(ws, asked, found, vessel_id, parts)]
    return Scene(ships, {**_frame(asked, ships), **_about(ws, asked, found, ships), "synthetic": synthetic})


def _find(ws: Workspace, conn: Connection, asked: Asked) -> _Found:
    named = [asked.focus, *asked.partners]
    events = read_events(conn, vessel_ids=named, from_at=asked.from_at, to_at=asked.to_at)
    main = [asked.focus, *partners_of(conn, asked, events)]
    told = records(
        _with_reach(conn, asked, read_events(conn, vessel_ids=main, from_at=asked.from_at, to_at=asked.to_at))
    )
    moments = moments_of(asked.focus, told, [step["event_id"] for step in asked.steps])
    near = read_near(ws, asked, moments, radios_of(conn, main))
    others = neighbours_of(conn, near, main)
    told += records(read_events(conn, kind="gap", vessel_ids=others, from_at=asked.from_at, to_at=asked.to_at))
    radios = radios_of(conn, [*main, *others])
    looked = f"ships near by were looked for at {len(moments) - near.skipped} of {len(moments)} moments"
    notes = [*asked.notes, *([looked] if near.skipped else [])]
    return _Found(main, others, told, near, radios, read_owners(conn, radios), notes)


def _with_reach(conn: Connection, asked: Asked, events: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the possible visits of gaps that began, and of which these were over, before the scene."""
    gaps = events[(events["kind"] == "gap") & (events["start_at"] < asked.from_at)]
    if gaps.empty:
        return events
    since_at, ships = gaps["start_at"].min().to_pydatetime(), gaps["vessel_id"].unique().tolist()
    before = read_events(conn, kind="possible_visit", vessel_ids=ships, from_at=since_at, to_at=asked.from_at)
    return pd.concat([events, before[~before["event_id"].isin(events["event_id"])]], ignore_index=True)


def _of_one_heard(asked: Asked, tracks: Mapping[str, Sequence[Fixes]]) -> Asked:
    """Return what is asked for about a ship that was heard: the first of several that are asked for alike."""
    heard = [v for v in (asked.focus, *asked.alike) if tracks.get(v)]
    if not heard:
        span = f"from {asked.from_at:%Y-%m-%d %H:%M} to {asked.to_at:%Y-%m-%d %H:%M} UTC"
        who = "no ship that something happened to was" if asked.alike else f"{clean(asked.focus)} was not"
        raise ConfigError(f"{who} heard {span}; name another vessel or stretch of time")
    return replace(asked, focus=heard[0])


def _ships(ws: Workspace, asked: Asked, found: _Found, vessel_id: str, parts: Sequence[Fixes]) -> list[Ship]:
    """Return the tracks of a vessel as ships of the scene: several where radios sounded side by side."""
    role = "focus" if vessel_id == asked.focus else "partner" if vessel_id in found.main else "neighbour"
    own = [e for e in found.events if vessel_id in (e["vessel_id"], e["other_vessel_id"])]
    ends = [t for e in own for t in (e["t"], e["end_t"]) if t is not None]
    kept_s = np.array(sorted(set(ends)), dtype=np.int64)
    gaps = told_gaps(vessel_id, own, unix_s(asked.clock_at) or 0, ws.world.zones, reach=role != "neighbour")
    ships = []
    for fixes in parts:
        radios = set(fixes.mmsi.tolist()) if len(parts) > 1 else None
        mine = [gap.scene for gap in gaps if radios is None or gap.mmsi in radios]
        ships.append(Ship(vessel_id, *names_of(vessel_id, fixes, found.owners), role, fixes, kept_s, mine))
    return ships


def _frame(asked: Asked, ships: Sequence[Ship]) -> dict[str, Any]:
    from_s, to_s = unix_s(asked.from_at) or 0, unix_s(asked.to_at) or 0
    return {
        "format": FORMAT,
        "title": plural(len({s.vessel_id for s in ships if s.role != "neighbour"}), "ship")
        if asked.alike
        else ships[0].label,
        "from_s": from_s,
        "to_s": to_s,
        "focus": 0,
        "alert": _alert(asked.alert),
        "density": _density(ships[0].fixes, from_s, to_s),
        "coast": None,
    }


def _alert(alert: Mapping[str, Any] | None) -> dict[str, str] | None:
    names = ("alert_id", "level", "status", "title", "summary")
    return {name: clean(alert.get(name)) for name in names} if alert else None


def _density(fixes: Fixes, from_s: int, to_s: int) -> dict[str, Any]:
    """Return how many fixes there are in each part of the time."""
    step_s = max(-(-(to_s - from_s) // _BINS_MAX), 60)
    counts = np.bincount((fixes.at_us // 1_000_000 - from_s) // step_s, minlength=-(-(to_s - from_s) // step_s))
    return {"t0": from_s, "step_s": step_s, "counts": counts.tolist()}


def _about(ws: Workspace, asked: Asked, found: _Found, ships: Sequence[Ship]) -> dict[str, Any]:
    """Return what happened and what lies about."""
    main = [ship for ship in ships if ship.role != "neighbour"]
    places = {ship.vessel_id: k for k, ship in reversed(list(enumerate(main)))}
    steps = {step["event_id"]: str(step["id"]) for step in asked.steps}
    events = told_events(found.events, places, steps, ws.world.zones)
    lat, lon = (np.concatenate([getattr(ship.fixes, name) for ship in main]) for name in ("lat", "lon"))
    return {
        "events": events,
        "zones": scene_zones(ws.world.zones, _named_zones(asked, events, main), lat, lon),
        "countries": _countries(ws, main),
        "background": pack_background(found.near),
        "notes": found.notes,
    }


def _named_zones(asked: Asked, events: Iterable[Mapping[str, Any]], ships: Iterable[Ship]) -> list[str]:
    steps = [(step.get("zone") or {}).get("id") for step in asked.steps]
    reach = [zone["zone_id"] for zone in _within_reach(ships)]
    return [z for z in (*steps, *(event["zone_id"] for event in events), *reach) if z]


def _within_reach(ships: Iterable[Ship]) -> list[dict[str, Any]]:
    return [zone for ship in ships for gap in ship.gaps if gap["reach"] for zone in gap["reach"]["zones"]]


def _countries(ws: Workspace, ships: Iterable[Ship]) -> dict[str, str]:
    """Return the names of the countries with places within reach, by their two letters."""
    names = country_names(ws.world.zones)
    there = sorted({zone["country"] for zone in _within_reach(ships)})
    return {country: "/".join(names.get(part, part) for part in country.split("/")) for country in there if country}
