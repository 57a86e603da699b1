"""The fold: what is known after a slice of time, out of what was known before it and the slice's positions.

The answer is defined as this fold over time, so every way of loading, batching or replaying computes the same. Any
cutting of time gives the same events: what can only be known later waits in the state.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from watch.columns import empty_frame
from watch.detect import (
    circle,
    coverage,
    encounter,
    formation,
    gap,
    hairpin,
    held,
    hours,
    jumps,
    loitering,
    on_land,
    outage,
    port_visit,
    segments,
    stale,
    zone_visit,
)
from watch.detect.events import concat_events
from watch.detect.tracks import Tracks, from_positions
from watch.detect.world import World
from watch.identity import IDENTITY_STATE, track_identities
from watch.params import Params
from watch.zones.lookup import zones_at

#: What is handed on from slice to slice: named frames, their columns and types, each sorted by its leading columns.
STATE: dict[str, dict[str, Any]] = {
    "segments": segments.SEGMENT_STATE,
    "hours": hours.HOUR_STATE,
    "silence": gap.TRACK_STATE,
    "presence": coverage.PRESENCE_STATE,
    "usual": coverage.USUAL_STATE,
    "blocks": outage.BLOCK_STATE,
    "outages": outage.OUTAGE_STATE,
    "zone_visits": zone_visit.ZONE_VISIT_STATE,
    "port_visits": port_visit.PORT_VISIT_STATE,
    "stopped": port_visit.STOPPED_STATE,
    "samples": encounter.SAMPLE_STATE,
    "pairs": encounter.PAIR_STATE,
    "loitering": loitering.LOITERING_STATE,
    "jumps": jumps.JUMP_STATE,
    "on_land": on_land.ON_LAND_STATE,
    "circles": circle.CIRCLE_STATE,
    "held": held.HELD_STATE,
    "hairpin_fixes": hairpin.HAIRPIN_FIX_STATE,
    "hairpins": hairpin.HAIRPIN_STATE,
    "stale_fixes": stale.STALE_FIX_STATE,
    "stale": stale.STALE_STATE,
    "formation_places": formation.FORMATION_PLACE_STATE,
    "formations": formation.FORMATION_STATE,
    "identities": IDENTITY_STATE,
}

State = dict[str, pd.DataFrame]

_VISITS = ("zone_visit", "port_visit", "possible_visit")  # these are about one zone and name it themselves


class Found(NamedTuple):
    """What a slice gave.

    Attributes
    ----------
    events
        Those that ended in it, `columns.EVENT_COLUMNS`.
    identities
        Those that changed in it, columns `identity.IDENTITY_STATE`.
    outages
        Those that ended in it, `outage.OUTAGE_COLUMNS`.
    state
        What the next slice has to know.
    """

    events: pd.DataFrame
    identities: pd.DataFrame
    outages: pd.DataFrame
    state: State


@dataclass(frozen=True)
class _Slice:
    """What every detector may look at."""

    tracks: Tracks
    segments: pd.DataFrame
    jumps: pd.DataFrame
    samples: pd.DataFrame
    state: State
    until_us: int
    world: World
    params: Params


_Part = tuple[pd.DataFrame, State]

_TYPES = {name: {c: pd.api.types.pandas_dtype(t) for c, t in columns.items()} for name, columns in STATE.items()}


@cache
def _nothing() -> State:
    return {name: empty_frame(columns) for name, columns in STATE.items()}


def empty_state() -> State:
    """Return what is known before the first position."""
    return {name: frame.copy() for name, frame in _nothing().items()}


def typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame of the state with its columns in their types; most have them already."""
    wrong = {column: kind for column, kind in _TYPES[name].items() if frame.dtypes[column] != kind}
    return frame.astype(wrong) if wrong else frame


def step(state: State, positions: pa.Table, statics: pa.Table, until_us: int, world: World, params: Params) -> Found:
    """Return the events that ended in a slice, the identities that changed in it, and the state after it.

    Parameters
    ----------
    state
        The state after the slice before.
    positions, statics
        The slice's rows, `columns.POSITIONS` (sorted by radio, time, place) and `columns.STATICS`.
    until_us
        End of the slice, microseconds since 1970; all rows lie before it.
    world, params
        Zones, ports and thresholds; the same through the whole fold.
    """
    tracks, segs, leaps = segments.cut_segments(from_positions(positions), state["segments"], params)
    samples, sampled = hours.sample_hours(tracks, state["hours"], until_us, params)
    now = _Slice(tracks, segs, leaps, samples, state, until_us, world, params)
    with ThreadPoolExecutor(1) as other:  # numpy and shapely let go of the interpreter for most of their time
        aside = other.submit(_ports_and_silences, now, statics)
        # one thread alone asks the zones: GEOS builds its prepared shapes at the first question, unguarded
        parts = _all_else(now)
    ports, (changes, known), outages = aside.result()
    new = {"segments": segs, "hours": sampled, "identities": known}
    for _, frames in (*parts, *ports):
        new |= frames
    events = place(concat_events([found for found, _ in (*parts, *ports)]), world)
    return Found(events, changes, outages, {name: typed(new[name], name) for name in STATE})


def _ports_and_silences(
    now: _Slice, statics: pa.Table
) -> tuple[list[_Part], tuple[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Return port visits and gaps, identities, and outages: what asks no zone and takes about half of the time."""
    calls = port_visit.detect_port_visits(now.tracks, now.world, now.state, now.until_us, now.params)
    heard, presence = coverage.hear(now.tracks, now.state, now.until_us, now.params)
    gaps, silence = gap.detect_gaps(
        now.tracks, now.segments, now.samples, heard, now.state["silence"], now.until_us, now.params
    )
    outages, failing = outage.find_outages(heard, now.state, now.until_us, now.params)
    identities = track_identities(statics, now.state["identities"], now.tracks, now.state["segments"])
    return [calls, (gaps, {"silence": silence} | presence | failing)], identities, outages


def _all_else(now: _Slice) -> list[_Part]:
    """Return what the other detectors find; those that ask the zones do so one after another."""
    tracks, samples, state, world, params = now.tracks, now.samples, now.state, now.world, now.params
    until = now.until_us
    alone = {
        "zone_visits": zone_visit.detect_zone_visits(tracks, world, state["zone_visits"], until, params),
        "loitering": loitering.detect_loitering(samples, world, state["loitering"], until, params),
        "on_land": on_land.detect_on_land(samples, world, state["on_land"], until, params),
        "circles": circle.detect_circles(samples, state["circles"], until, params),
        "held": held.detect_held(samples, state["held"], until, params),
    }
    several = [
        encounter.detect_encounters(tracks, world, state, until, params),
        jumps.detect_jumps(now.jumps, now.segments, state, until, params),
        hairpin.detect_hairpins(tracks, state, until, params),
        stale.detect_stale(tracks, state, until, params),
        formation.detect_formations(tracks, state, until, params),
    ]
    return [*((events, {name: frame}) for name, (events, frame) in alone.items()), *several]


def place(events: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the events with the zones that they began (and a gap ended) in; the most specific zone is theirs."""
    for ends, key in (("start", "zone_ids"), ("end", "end_zone_ids")):
        asked = ~events["kind"].isin(_VISITS) if ends == "start" else events["kind"] == "gap"
        rows = np.flatnonzero(asked & events[f"{ends}_lat"].notna())
        at = events.iloc[rows]
        found = zones_at(world.zones, at[f"{ends}_lat"], at[f"{ends}_lon"], at[f"{ends}_at"])
        for details, ids in zip(at["details"].tolist(), found, strict=True):
            details[key] = list(ids)
    zone = [z if isinstance(z, str) else next(iter(d.get("zone_ids", ())), None) for z, d in _zone_and_details(events)]
    return events.assign(zone_id=pd.array(zone, dtype="str"))


def _zone_and_details(events: pd.DataFrame) -> Any:
    return zip(events["zone_id"].tolist(), events["details"].tolist(), strict=True)


def to_tables(state: State) -> dict[str, pa.Table]:
    """Return the state as Arrow tables, to be stored."""
    return {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in state.items()}


def from_tables(tables: dict[str, pa.Table]) -> State:
    """Return the state out of Arrow tables; what an earlier version kept in another form begins anew."""
    state = empty_state()
    kept = {name: table for name, table in tables.items() if table.column_names == list(STATE.get(name, ()))}
    return state | {name: typed(table.to_pandas(), name) for name, table in kept.items()}


def in_world(state: State, world: World) -> State:
    """Return a state without the visits to zones that are no more."""
    visits = state["zone_visits"]
    known = visits["place"].isin(world.zone_ids)
    return state if known.all() else {**state, "zone_visits": visits[known].reset_index(drop=True)}
