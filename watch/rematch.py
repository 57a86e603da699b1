"""Rematch: brings stored alerts in line with stored events, for the vessels whose events or identity changed.

The queue of vessels outlives a crash; it is emptied in the transaction that stores their alerts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection

from watch.attribution import attribute, numbers_of, requested_radio, vessels_named
from watch.derive import derive
from watch.foreign import place_anew
from watch.judge import asks_of_partners, judge, standing_rules
from watch.matching import Progress
from watch.named import identities_of, radios_of
from watch.params import DEFAULT
from watch.projection import PROJECTED
from watch.rules.loader import RuleSet
from watch.rules.measures import load_measures
from watch.store import runs
from watch.store.alerts import Saved, read_alerts
from watch.store.events import (
    read_events,
    read_met,
    read_shared,
    read_silences,
    read_vessel_ids,
    replace_derived_events,
    rewrite_events,
)
from watch.store.identities import radios_of_hulls, read_identities, read_identities_since
from watch.store.meta import read_meta, write_meta
from watch.store.waiting import read_due
from watch.timeline.gone_hulls import load_gone_hulls
from watch.workspace import Workspace

_MATCHED = "matched"  # meta: the rules and zones, and the data's clock, that the stored alerts stand at


class Judged(NamedTuple):
    """What came of a queue: the events told from timelines, and the alerts."""

    told: int
    alerts: Saved


def rematch(ws: Workspace, at: datetime, progress: Progress) -> Judged:
    """Tell what follows from the timelines of the vessels in the queue, match the rules over them, store the alerts.

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
        judged = _queue_the_changed(conn, ws)
        rules = standing_rules(conn, ws.rules)
        runs.replace_rule_faults(conn, rules.faults, at=at)
        queue = runs.read_queue(conn)
        if not queue:
            return Judged(0, Saved(0, 0, 0, 0))
        radios = {entry: mmsi for entry in queue if (mmsi := requested_radio(entry)) is not None}
        vessels = queue - radios.keys() | _reattribute(conn, set(radios.values()))
        progress("following the vessels", 0.0)
        told, scope, events = _timelines(conn, ws, vessels)
        events = _with_partners(conn, rules, scope, events)
        stopped = {rule.id for rule in ws.rules.rules} - {rule.id for rule in rules.rules}
        clock, zones = data_clock(conn), ws.world.zones
        saved = judge(conn, rules, judged - stopped, scope, events, clock, zones, at, progress)
        runs.clear_queue(conn, queue)
    return Judged(told, saved)


def _with_partners(conn: Connection, rules: RuleSet, scope: set[str], events: pd.DataFrame) -> pd.DataFrame:
    """Return the events with those of the ships that the vessels met, where a rule asks what these had done."""
    partners = read_met(conn, scope) - scope if asks_of_partners(rules) else set()
    if not partners:
        return events
    both = pd.concat([events, read_events(conn, vessel_ids=partners)], ignore_index=True)
    return both.drop_duplicates("event_id").sort_values(["start_at", "event_id"], ignore_index=True)


def _timelines(conn: Connection, ws: Workspace, vessels: set[str]) -> tuple[int, set[str], pd.DataFrame]:
    """Tell anew what follows from these timelines.

    Returns
    -------
    told, scope, events
        How many events that gave, the vessels with those they met, and all events of these.
    """
    vessels, radios, shared = _whole(conn, vessels)
    scope = vessels | read_met(conn, vessels)
    seen = read_events(conn, vessel_ids=scope, derived=False, foreign=False)
    own = seen[seen["vessel_id"].isin(vessels) | seen["other_vessel_id"].isin(vessels)]
    identities = read_identities(conn, radios | radios_of(own))
    told = derive(own, identities, shared, ws.world, DEFAULT, data_clock(conn), read_silences(conn, own))
    told = told[told["vessel_id"].isin(vessels) | told["other_vessel_id"].isin(vessels)]
    met = (replace_derived_events(conn, vessels, told) | _sides(told)) - scope
    more = [read_events(conn, vessel_ids=met, derived=False)] if met else []
    theirs = read_events(conn, vessel_ids=scope, foreign=True)  # nothing is told from these
    everything = [seen, theirs, *more, read_events(conn, vessel_ids=scope | met, derived=True)]
    both = pd.concat([frame for frame in everything if len(frame)] or [seen], ignore_index=True)
    return (
        len(told),
        scope | met,
        both.drop_duplicates("event_id").sort_values(["start_at", "event_id"], ignore_index=True),
    )


def _whole(conn: Connection, vessels: set[str]) -> tuple[set[str], set[int], dict[int, tuple[int, ...]]]:
    """Return the vessels with those that share a radio with them, their radios, and which radios are shared."""
    shared = read_shared(conn)
    imos, named = numbers_of(vessels)
    radios = named | radios_of_hulls(conn, imos)
    beside = read_events(conn, mmsis=radios & shared.keys(), derived=False)
    return vessels | _sides(beside), radios, shared


def data_clock(conn: Connection) -> pd.Timestamp:
    """Return the time of the last fix that the stored events stand at."""
    stands = read_meta(conn, PROJECTED)
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
    if before:
        since = pd.Timestamp(before["as_of"]) - pd.Timedelta(hours=DEFAULT.gap_min_h)  # who was silent is known now
        recent = vessels_named(read_identities_since(conn, since.to_pydatetime()))
        runs.queue_vessels(conn, recent | {f"imo:{imo}" for imo in load_gone_hulls()["imo"]})
    standing = [alert for alert in read_alerts(conn) if alert["status"] != "withdrawn"]
    if now["rules"] != before.get("rules"):
        place_anew(conn, ws.world)
        runs.queue_vessels(conn, read_vessel_ids(conn) | {alert["vessel"]["vessel_id"] for alert in standing})
        return rules | {alert["rule_id"] for alert in standing} - {Path(f.file).stem for f in ws.rules.faults}
    clock_hung = {alert["vessel"]["vessel_id"] for alert in standing if _hangs_on_the_clock(alert)}
    runs.queue_vessels(conn, clock_hung | read_due(conn, data_clock(conn).to_pydatetime()))
    return rules


def _digest(ws: Workspace) -> str:
    """Return a digest of all that alerts are made of besides events: rules, measures and zones."""
    made_of = [*map(repr, ws.rules.rules), *map(repr, load_measures().values()), ws.world.zones.digest]
    made_of.append(ws.rules.lists.digest)
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def _hangs_on_the_clock(alert: Mapping[str, Any]) -> bool:
    """Return whether an alert can change with time alone: one that waits, or whose last event is not over."""
    return alert["verdict"] == "early" or alert["ended_at"] is None


def _reattribute(conn: Connection, mmsis: set[int]) -> set[str]:
    """Give the events of radios whose declared identity changed to the right vessel; return all vessels concerned."""
    if not mmsis:
        return set()
    before = _sides(read_events(conn, mmsis=mmsis, derived=True))
    events = read_events(conn, mmsis=mmsis, derived=False)
    before |= _sides(events)
    again = attribute(events, identities_of(conn, events), read_shared(conn))
    rewrite_events(conn, again)
    return before | _sides(again)


def _sides(events: pd.DataFrame) -> set[str]:
    """Return the vessels on either side of the events."""
    return {*events["vessel_id"].dropna(), *events["other_vessel_id"].dropna()}
