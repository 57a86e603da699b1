"""Projection: the events that are still open, as they stand at the data's clock, out of the last state.

Most open events are visits that go on. Those that are told as they were told last time are not made again, so that a
run costs what changed and not what is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from watch.cells import microseconds
from watch.detect.outage import open_outages
from watch.fold import State, from_tables, typed
from watch.named import store_named
from watch.params import DEFAULT
from watch.still_open import OPEN_VISITS, Before, open_events_since
from watch.store.events import replace_open_events
from watch.store.health import replace_open_outages
from watch.store.meta import read_meta, write_meta
from watch.store.runs import queue_vessels
from watch.workspace import Workspace

PROJECTED = "projected"  # meta: the state, the data's clock and the zones that the open events were projected from


def unsettle(conn: Connection) -> Mapping[str, Any] | None:
    """Return what the open events were projected from, and note that slices change: after a crash nobody knows."""
    stood: Mapping[str, Any] | None = read_meta(conn, PROJECTED)
    if stood:
        write_meta(conn, PROJECTED, {**stood, "settled": False})
    return stood


def project(
    ws: Workspace,
    digest: str | None,
    newest: State | None,
    as_of: datetime,
    at: datetime,
    radios: Collection[int],
    stood: Mapping[str, Any] | None,
) -> int:
    """Store the events that are still open, as they stand at the data's clock; return how many were told anew.

    Parameters
    ----------
    ws
        The workspace.
    digest, newest
        The last state, and its content where it is at hand.
    as_of
        The data's clock.
    at
        The time of this run.
    radios
        Those whose declared identity changed since the last time.
    stood
        What the open events were projected from last time.
    """
    world = {"zones": ws.world.zones.digest, "params": repr(DEFAULT)}
    stands = {"state": digest, "as_of": as_of.isoformat(), **world, "settled": True}
    with ws.engine.begin() as conn:
        if digest is None or read_meta(conn, PROJECTED) == stands:
            return 0
    state = from_tables(ws.lake.load_state(digest)) if newest is None else newest
    before = _told_before(ws, stood, radios)
    events, gone = open_events_since(state, microseconds(as_of), ws.world, DEFAULT, before)
    with ws.engine.begin() as conn:
        replace_open_outages(conn, open_outages(state, DEFAULT), at=at)
        kinds = OPEN_VISITS if before else ()
        queue_vessels(conn, store_named(conn, events, lambda seen: replace_open_events(conn, seen, kinds, gone)))
        write_meta(conn, PROJECTED, stands)
    return len(events)


def _told_before(ws: Workspace, stood: Mapping[str, Any] | None, radios: Collection[int]) -> Before | None:
    """Return the visits that were open last time; None when a run died since, or zones or thresholds are others."""
    if not stood or not stood.get("settled") or stood["zones"] != ws.world.zones.digest:
        return None
    if stood.get("params") != repr(DEFAULT) or not ws.lake.has_state(stood["state"]):
        return None
    tables = ws.lake.load_state(stood["state"], OPEN_VISITS.values())
    as_of_us = microseconds(datetime.fromisoformat(stood["as_of"]))
    return Before({name: typed(table.to_pandas(), name) for name, table in tables.items()}, as_of_us, radios)
