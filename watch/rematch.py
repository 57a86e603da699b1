"""Rematch: brings stored alerts in line with stored events, for the vessels whose events or identity changed.

The queue of vessels outlives a crash; it is emptied in the transaction that stores their alerts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from watch.alerts import build_alerts
from watch.identity import attribute, requested_radio
from watch.refold import radios_of
from watch.rules.loader import RuleSet
from watch.rules.matcher import match_rule
from watch.rules.measures import load_measures
from watch.rules.table import EventTable
from watch.store import runs
from watch.store.alerts import Saved, read_alerts, save_alerts
from watch.store.events import read_events, read_met, read_vessel_ids, rewrite_events
from watch.store.identities import read_identities
from watch.store.meta import read_meta, write_meta
from watch.workspace import Workspace
from watch.zones.geofences import Zones

Progress = Callable[[str, float], None]
_MATCHED = "matched"  # meta: the rules and zones, and the data's clock, that the stored alerts stand at
_AS_OF = "projected"


def rematch(ws: Workspace, at: datetime, progress: Progress) -> Saved:
    """Match the rules over the vessels in the queue, store the alerts, and return how many are new or changed.

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
        runs.replace_rule_faults(conn, ws.rules.faults, at=at)
        judged = _queue_the_changed(conn, ws)
        queue = runs.read_queue(conn)
        if not queue:
            return Saved(0, 0, 0, 0)
        radios = {entry: mmsi for entry in queue if (mmsi := requested_radio(entry)) is not None}
        vessels = queue - radios.keys() | _reattribute(conn, set(radios.values()))
        scope = vessels | read_met(conn, vessels)
        found = match_all(ws.rules, read_events(conn, vessel_ids=scope), data_clock(conn), ws.world.zones, progress)
        alerts = [a for a in found if a["vessel"]["vessel_id"] in scope]  # of others not all events are here
        saved = save_alerts(conn, alerts, rule_ids=judged, vessel_ids=scope, at=at)
        runs.clear_queue(conn, queue)
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


def _queue_the_changed(conn: Connection, ws: Workspace) -> set[str]:
    """Queue every vessel when rules or zones are others, and those that the clock concerns; return the judged rules.

    A rule whose file is gone is judged to raise nothing; of one whose file is broken nobody can tell.
    """
    rules, clock = {rule.id for rule in ws.rules.rules}, data_clock(conn).isoformat()
    now = {"rules": _digest(ws), "as_of": clock}
    before = read_meta(conn, _MATCHED) or {}
    if now == before:
        return rules
    write_meta(conn, _MATCHED, now)
    standing = [alert for alert in read_alerts(conn) if alert["status"] != "withdrawn"]
    if now["rules"] != before.get("rules"):
        runs.queue_vessels(conn, read_vessel_ids(conn) | {alert["vessel"]["vessel_id"] for alert in standing})
        return rules | {alert["rule_id"] for alert in standing} - {Path(f.file).stem for f in ws.rules.faults}
    runs.queue_vessels(conn, {alert["vessel"]["vessel_id"] for alert in standing if _hangs_on_the_clock(alert)})
    return rules


def _digest(ws: Workspace) -> str:
    """Return a digest of all that alerts are made of besides events: rules, measures and zones."""
    made_of = [*map(repr, ws.rules.rules), *map(repr, load_measures().values()), ws.world.zones.digest]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def _hangs_on_the_clock(alert: Mapping[str, Any]) -> bool:
    """Return whether an alert can change with time alone: one that waits, or whose last event is not over."""
    return alert["verdict"] == "early" or alert["ended_at"] is None


def _reattribute(conn: Connection, mmsis: set[int]) -> set[str]:
    """Give the events of radios whose declared identity changed to the right vessel; return all vessels concerned."""
    if not mmsis:
        return set()
    events = read_events(conn, mmsis=mmsis)
    before = _sides(events)
    again = attribute(events, read_identities(conn, radios_of(events)))
    rewrite_events(conn, again)
    return before | _sides(again)


def _sides(events: pd.DataFrame) -> set[str]:
    """Return the vessels on either side of the events."""
    return {*events["vessel_id"].dropna(), *events["other_vessel_id"].dropna()}
