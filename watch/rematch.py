"""Rematch: brings stored alerts in line with stored events, for the vessels whose events or identity changed.

The queue of vessels outlives a crash; it is emptied in the transaction that stores their alerts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from watch.alerts import build_alerts
from watch.identity import attribute, radio_of
from watch.refold import radios_of
from watch.rules.loader import RuleSet
from watch.rules.matcher import match_rule
from watch.rules.measures import load_measures
from watch.rules.table import EventTable
from watch.store import runs
from watch.store.alerts import Saved, save_alerts
from watch.store.events import read_vessel_ids, read_events, rewrite_events
from watch.store.identities import read_identities
from watch.store.meta import read_meta, write_meta
from watch.workspace import Workspace
from watch.zones.geofences import Zones

Progress = Callable[[str, float], None]
_RULES = "rules"  # meta: the rules that the stored alerts were raised by
_AS_OF = "projected"


def rematch(ws: Workspace, at: datetime, progress: Progress) -> Saved:
    """Match the rules over the vessels in the queue, store the alerts, and return how many are new, changed, …

    Parameters
    ----------
    ws
        The workspace.
    at
        The time of this run, kept with each change of an alert.
    progress
        Told how far it is.
    """
    with ws.engine.begin() as conn:
        _queue_all_if_rules_changed(conn, ws.rules)
        queue = runs.read_queue(conn)
        if not queue:
            return Saved(0, 0, 0, 0)
        vessels = queue | _reattribute(conn, {mmsi for v in queue if (mmsi := radio_of(v))})
        scope = vessels | _sides(read_events(conn, vessel_ids=vessels))
        found = match_all(ws.rules, read_events(conn, vessel_ids=scope), data_clock(conn), ws.world.zones, progress)
        alerts = [a for a in found if a["vessel"]["vessel_id"] in scope]  # of others not all events are here
        saved = save_alerts(conn, alerts, rule_ids=[r.id for r in ws.rules.rules], vessel_ids=scope, at=at)
        runs.clear_queue(conn, queue)
        runs.replace_rule_faults(conn, ws.rules.faults, at=at)
    return saved


def match_all(
    rules: RuleSet, events: pd.DataFrame, as_of: pd.Timestamp, zones: Zones, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Return the alerts that the rules raise over these events; pure, and so the same live and in a replay."""
    measures, table = load_measures(), EventTable(events, zones.by_id.get)
    out: list[dict[str, Any]] = []
    for number, rule in enumerate(rules.rules):
        if progress:
            progress("matching rules", number / len(rules.rules))
        out += build_alerts(rule, match_rule(rule, table, as_of, zones.by_id.get), measures, zones.by_id.get)
    return out


def data_clock(conn: Connection) -> pd.Timestamp:
    """Return the time of the last fix that the stored events stand at."""
    stands = read_meta(conn, _AS_OF)
    return pd.Timestamp(stands["as_of"] if stands else "1970-01-01T00:00Z")


def _queue_all_if_rules_changed(conn: Connection, rules: RuleSet) -> None:
    digest = hashlib.sha256("\n".join(repr(rule) for rule in rules.rules).encode()).hexdigest()
    if read_meta(conn, _RULES) != digest:
        runs.queue_vessels(conn, read_vessel_ids(conn))
        write_meta(conn, _RULES, digest)


def _reattribute(conn: Connection, mmsis: set[int]) -> set[str]:
    """Give the events of radios whose declared identity changed to the right vessel; return all vessels concerned."""
    events = read_events(conn, mmsis=mmsis)
    before = _sides(events)
    again = attribute(events, read_identities(conn, radios_of(events)))
    rewrite_events(conn, again)
    return before | _sides(again)


def _sides(events: pd.DataFrame) -> set[str]:
    """Return the vessels on either side of the events."""
    return {*events["vessel_id"].dropna(), *events["other_vessel_id"].dropna()}
