"""Replay: the same chain over the past, on a frozen clock, held against what is stored. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from watch.columns import ALERT_LIFE
from watch.derive import told_from
from watch.detect.events import concat_events
from watch.fold import empty_state, open_events, step
from watch.judge import standing_rules
from watch.matching import Progress, match_all
from watch.params import DEFAULT
from watch.refold import microseconds, midnight, newest_fix, slice_end
from watch.rules.table import EventTable
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.views import public_events
from watch.workspace import Workspace


@dataclass(frozen=True)
class Differences:
    """How two sets of rows with ids differ."""

    only_replayed: int
    only_stored: int
    different: int
    equal: int


@dataclass(frozen=True)
class Replayed:
    """What a replay found; the differences are None where the clock stood before the last stored fix."""

    as_of: datetime
    events: pd.DataFrame
    alerts: list[dict[str, Any]]
    event_differences: Differences | None
    alert_differences: Differences | None

    @property
    def equal(self) -> bool:
        """Whether the replay gave what is stored; True where there is nothing to compare."""
        both = (self.event_differences, self.alert_differences)
        return all(d is None or d.only_replayed + d.only_stored + d.different == 0 for d in both)


def replay(ws: Workspace, from_at: datetime | None, to_at: datetime | None, progress: Progress) -> Replayed:
    """Return what the chain finds in the stored positions of `[from_at, to_at)`.

    Parameters
    ----------
    ws
        The workspace.
    from_at, to_at
        The window; None for all. Only a replay of everything can be held against what is stored.
    progress
        Told how far it is.
    """
    last_at = newest_fix(ws)
    begin = from_at or datetime(1970, 1, 1, tzinfo=UTC)
    end = min(to_at, last_at + timedelta(microseconds=1)) if to_at else last_at + timedelta(microseconds=1)
    events, identities, as_of = _fold_window(ws, begin, end, progress)
    seen = told_from(events, identities, ws.world, DEFAULT, pd.Timestamp(as_of))
    with ws.engine.connect() as conn:
        rules = standing_rules(conn, ws.rules)
    table = EventTable(seen, ws.world.zones.by_id.get, rules.lists)
    alerts = match_all(rules, table, pd.Timestamp(as_of), ws.world.zones, progress)
    if from_at is not None or end <= last_at:
        return Replayed(as_of, seen, alerts, None, None)
    with ws.engine.connect() as conn:
        stored, raised = read_events(conn), read_alerts(conn)
    zones = ws.world.zones
    event_differences = _compare(
        {e["event_id"]: e for e in public_events(seen, zones)}, {e["event_id"]: e for e in public_events(stored, zones)}
    )
    live = {a["alert_id"]: _without_life(a) for a in raised if a["status"] != "withdrawn"}
    return Replayed(
        as_of, seen, alerts, event_differences, _compare({a["alert_id"]: _without_life(a) for a in alerts}, live)
    )


def _fold_window(
    ws: Workspace, begin: datetime, end: datetime, progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame, datetime]:
    """Return the events and identities of a window, day by day from nothing, and its last fix."""
    state, events, identities, as_of_us = empty_state(), [], [], 0
    days = [d for d in ws.lake.days() if begin < midnight(d) + timedelta(days=1) and midnight(d) < end]
    k = 0
    while k < len(days):
        progress("replaying", k / len(days))
        last = slice_end(ws, days, k)
        since, until = max(begin, midnight(days[k])), min(end, midnight(days[last]) + timedelta(days=1))
        positions, statics = ws.lake.read_positions(since, until), ws.lake.read_statics(since, until)
        found = step(state, positions, statics, microseconds(until), ws.world, DEFAULT)
        events.append(found.events)
        identities.append(found.identities)
        state = found.state
        as_of_us = max(as_of_us, int(state["segments"]["at_us"].max()) if len(state["segments"]) else 0)
        k = last + 1
    known = pd.concat(identities, ignore_index=True) if identities else empty_state()["identities"]
    everything = concat_events([*events, open_events(state, as_of_us, ws.world, DEFAULT)])
    return everything, known, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=as_of_us)


def _without_life(alert: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in alert.items() if k not in ALERT_LIFE}


def _compare(replayed: Mapping[str, Any], stored: Mapping[str, Any]) -> Differences:
    both = replayed.keys() & stored.keys()
    equal = sum(replayed[key] == stored[key] for key in both)
    return Differences(
        len(replayed.keys() - stored.keys()), len(stored.keys() - replayed.keys()), len(both) - equal, equal
    )
