"""What explains a rule about stored events: the events it needs, laid out for matching."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Connection

from watch.explain import Explainer
from watch.rematch import data_clock
from watch.rules.measures import load_measures
from watch.rules.model import Rule
from watch.rules.table import EventTable
from watch.rules.vessel_lists import VesselLists
from watch.store.events import read_events

if TYPE_CHECKING:
    from watch.workspace import Workspace


def make_explainer(
    conn: Connection, ws: Workspace, rule: Rule, lists: VesselLists, vessel_id: str | None = None
) -> Explainer:
    """Return what explains a rule; about a ship its own events are enough, about a cargo all are needed.

    Parameters
    ----------
    conn, ws
        The store, and its zones.
    rule, lists
        The rule, and the vessel lists that it may ask for.
    vessel_id
        The ship; None: any.
    """
    by_cargo = rule.match.sequence is not None and rule.match.sequence.by == "cargo"
    vessels = None if by_cargo or vessel_id is None else [vessel_id]
    table, _ = read_table(conn, ws, lists, lambda what, share: None, vessel_ids=vessels)
    return Explainer(rule, table, data_clock(conn), load_measures(), ws.world.zones.by_id.get)


def read_table(
    conn: Connection, ws: Workspace, lists: VesselLists, progress: Callable[[str, float], None], **wanted: Any
) -> tuple[EventTable, pd.Timestamp | None]:
    """Return stored events (`store.events.read_events`) laid out for matching, and when the first of them began."""
    events = read_events(conn, **wanted)
    progress("laying out events", 0.4)
    first_at = events["start_at"].min() if len(events) else None
    return EventTable(events, ws.world.zones.by_id.get, lists), first_at
