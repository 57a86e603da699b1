"""Replay: the same chain over the past, on a frozen clock, held against what is stored. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from watch.cells import microseconds
from watch.columns import ALERT_LIFE, EVENT_COLUMNS
from watch.derive import told_from
from watch.detect.events import concat_events
from watch.fold import empty_state, from_tables, step
from watch.judge import standing_rules
from watch.matching import Progress, match_all
from watch.params import DEFAULT
from watch.refold import newest_fix, steps
from watch.rules.table import EventTable
from watch.still_open import open_events
from watch.store import slices
from watch.store.alerts import read_alerts
from watch.store.events import read_events, read_slice_events
from watch.store.identities import read_identities_before
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
    told = told_from(events, identities, ws.world, DEFAULT, pd.Timestamp(as_of))
    with ws.engine.connect() as conn:
        rules = standing_rules(conn, ws.rules)
        seen = _with_foreign(told, read_events(conn, foreign=True), from_at, to_at)
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


def _with_foreign(
    told: pd.DataFrame, foreign: pd.DataFrame, from_at: datetime | None, to_at: datetime | None
) -> pd.DataFrame:
    """Return the events with those that others found and that began in the window: they are given, not replayed."""
    inside = pd.Series(True, index=foreign.index)
    if from_at is not None:
        inside &= foreign["start_at"] >= pd.Timestamp(from_at)
    if to_at is not None:
        inside &= foreign["start_at"] < pd.Timestamp(to_at)
    some = [frame for frame in (told, foreign[inside]) if len(frame)]
    both = pd.concat(some, ignore_index=True) if some else told
    return both.sort_values(["start_at", "event_id"], ignore_index=True)


def _fold_window(
    ws: Workspace, begin: datetime, end: datetime, progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame, datetime]:
    """Return the events and identities of a window, step by step from nothing, and its last fix."""
    state, events, identities, as_of_us = empty_state(), [], [], 0
    with ws.engine.connect() as conn:
        kept_from, tiles = slices.kept_from(conn), slices.read_slices(conn)
        if begin < kept_from and (digest := next((t.state_digest for t in tiles if t.end_at == kept_from), None)):
            state = from_tables(ws.lake.load_state(digest))  # what was seen before is kept, its positions are not
            events.append(read_slice_events(conn, kept_from)[list(EVENT_COLUMNS)])
            identities.append(read_identities_before(conn, kept_from))
    tiles = [t for t in tiles if max(begin, kept_from) < t.end_at and t.start_at < end]
    for since_at, until_at in steps(tiles):
        progress("replaying", (since_at - tiles[0].start_at) / (tiles[-1].end_at - tiles[0].start_at))
        since, until = max(begin, since_at), min(end, until_at)
        positions, statics = ws.lake.read_positions(since, until), ws.lake.read_statics(since, until)
        found = step(state, positions, statics, microseconds(until), ws.world, DEFAULT)
        events.append(found.events)
        identities.append(found.identities)
        state = found.state
        as_of_us = max(as_of_us, int(state["segments"]["at_us"].max()) if len(state["segments"]) else 0)
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
