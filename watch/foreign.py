"""Events that others found: stored beside ours and marked as theirs. The fold and what is told from it never see them.

Rules, lists and alerts ask for all events of a vessel, whoever found them. What is derived (a possible visit in a gap,
a detour between two calls) is told from ours alone, since theirs would tell the same things twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from watch.attribution import attribute
from watch.columns import EVENT_COLUMNS
from watch.detect.world import World
from watch.fold import place
from watch.named import identities_of
from watch.params import DEFAULT
from watch.store.events import read_events, read_shared, rewrite_events, save_foreign_events
from watch.store.meta import read_meta, write_meta
from watch.store.runs import queue_vessels

_ZONES = "foreign_zones"  # meta: the zones in which the events of others were placed
_PLACED = ("zone_ids", "end_zone_ids")


def store_foreign(conn: Connection, found: Sequence[dict[str, Any]], world: World, origin: str) -> int:
    """Store events that somebody else found, and return how many there are; one that is known already is updated.

    Parameters
    ----------
    conn
        In a transaction.
    found
        As `readers.gfw.parse_event` gives them.
    world
        The zones in which they are placed.
    origin
        Who found them, in one word.
    """
    events = foreign_events(found, world, origin)
    if events.empty:
        return 0
    told = attribute(events, identities_of(conn, events), read_shared(conn))
    queue_vessels(conn, save_foreign_events(conn, told, origin))
    return len(events)


def foreign_events(found: Sequence[dict[str, Any]], world: World, origin: str) -> pd.DataFrame:
    """Return events that somebody else found, columns `columns.EVENT_COLUMNS`; of one with the same id, the last.

    Notes
    -----
    The id is a hash of who found it and of their id, so that the same event is one row however often it comes.
    """
    by_id = {_event_id(origin, one["their_id"]): one for one in found}
    rows = [{"event_id": event_id, "zone_id": None, **one} for event_id, one in sorted(by_id.items())]
    moment = pd.DatetimeTZDtype("us", "UTC")
    types: dict[str, Any] = {"mmsi": "int64", "other_mmsi": "Int64", "start_at": moment, "end_at": moment}
    types |= dict.fromkeys(("start_lat", "start_lon", "end_lat", "end_lon"), "float64")
    types |= dict.fromkeys(("event_id", "kind", "zone_id"), "str")
    columns = {name: pd.array([row[name] for row in rows], dtype=kind) for name, kind in types.items()}
    details = pd.Series([row["details"] for row in rows], dtype=object)
    return place_foreign(pd.DataFrame({**columns, "details": details})[list(EVENT_COLUMNS)], world)


def _event_id(origin: str, their_id: str) -> str:
    return hashlib.blake2b(f"{origin}|{their_id}".encode(), digest_size=10).hexdigest()


def place_foreign(events: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the events with our zones at their places; a call is at the nearest port within reach of its circle."""
    details = [{k: v for k, v in d.items() if k not in _PLACED} for d in events["details"]]
    calls = np.flatnonzero((events["kind"] == "port_visit").to_numpy() & events["start_lat"].notna().to_numpy())
    zone = np.full(len(events), None, dtype=object)
    zone[calls] = _ports(events.iloc[calls], world)
    bare = events.assign(zone_id=pd.array(zone, dtype="str"), details=pd.Series(details, events.index, dtype=object))
    return place(bare, world)


def _ports(calls: pd.DataFrame, world: World) -> list[str | None]:
    lat, lon = (calls[name].to_numpy(dtype=np.float64) for name in ("start_lat", "start_lon"))
    rows, ports, edge_m = world.port_index.near(lat, lon, DEFAULT.port_enter_m)
    near = edge_m <= DEFAULT.port_enter_m
    order = np.lexsort((ports, world.port_radius_m[ports], edge_m))  # as of our own calls
    nearest: dict[int, str] = {}
    for k in order[near[order]].tolist():
        nearest.setdefault(int(rows[k]), str(world.port_ids[ports[k]]))
    return [nearest.get(row) for row in range(len(calls))]


def place_anew(conn: Connection, world: World) -> None:
    """Place the stored events of others again if the zones are others than before."""
    if read_meta(conn, _ZONES) == world.zones.digest:
        return
    write_meta(conn, _ZONES, world.zones.digest)
    stored = read_events(conn, foreign=True)
    if len(stored):
        rewrite_events(conn, place_foreign(stored, world))
