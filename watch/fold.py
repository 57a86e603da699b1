"""The fold: what is known after a slice of time, out of what was known before it and the slice's positions.

The answer is defined as this fold over time, so every way of loading, batching or replaying computes the same. Any
cutting of time gives the same events: what can only be known later waits in the state.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from watch.detect import coverage, encounter, gap, port_visit, segments, zone_visit
from watch.detect.events import concat_events
from watch.detect.tracks import Tracks, from_positions
from watch.detect.world import World
from watch.identity import IDENTITY_STATE, track_identities
from watch.params import Params
from watch.zones.lookup import zones_at

#: What is handed on from slice to slice: named frames, their columns and types, each sorted by its leading columns.
STATE: dict[str, dict[str, Any]] = {
    "segments": segments.SEGMENT_STATE,
    "silence": gap.TRACK_STATE,
    "hourly": gap.HOURLY_STATE,
    "presence": coverage.PRESENCE_STATE,
    "zone_visits": zone_visit.ZONE_VISIT_STATE,
    "port_visits": port_visit.PORT_VISIT_STATE,
    "stopped": port_visit.STOPPED_STATE,
    "samples": encounter.SAMPLE_STATE,
    "pairs": encounter.PAIR_STATE,
    "identities": IDENTITY_STATE,
}

State = dict[str, pd.DataFrame]


def empty_state() -> State:
    """Return what is known before the first position."""
    return {name: pd.DataFrame({c: pd.Series(dtype=t) for c, t in columns.items()}) for name, columns in STATE.items()}


def step(
    state: State, positions: pa.Table, statics: pa.Table, until_us: int, world: World, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame, State]:
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
    tracks, segs = segments.cut_segments(from_positions(positions), state["segments"], params)
    with ThreadPoolExecutor(1) as other:  # numpy and shapely let go of the interpreter for most of their time
        aside = other.submit(_without_zones, tracks, segs, statics, state, until_us, world, params)
        # one thread alone asks the zones: GEOS builds its prepared shapes at the first question, unguarded
        zones, visited = zone_visit.detect_zone_visits(tracks, world, state["zone_visits"], until_us, params)
        meetings, met = encounter.detect_encounters(tracks, world, state, until_us, params)
    (ports, called), (gaps, silent), (changes, known) = aside.result()
    new = {"segments": segs, "zone_visits": visited, "identities": known} | silent | called | met
    events = place(concat_events([gaps, zones, ports, meetings]), world)
    return events, changes, {name: new[name].astype(columns) for name, columns in STATE.items()}


def _without_zones(
    tracks: Tracks,
    segs: pd.DataFrame,
    statics: pa.Table,
    state: State,
    until_us: int,
    world: World,
    params: Params,
) -> tuple[tuple[pd.DataFrame, State], tuple[pd.DataFrame, State], tuple[pd.DataFrame, pd.DataFrame]]:
    """Return what the detectors give that ask no zone: port visits, gaps, identities."""
    return (
        port_visit.detect_port_visits(tracks, world, state, until_us, params),
        gap.detect_gaps(tracks, segs, state, until_us, params),
        track_identities(statics, state["identities"]),
    )


def open_events(state: State, as_of_us: int, world: World, params: Params) -> pd.DataFrame:
    """Return the events that have not ended for certain, as they stand at `as_of_us`, the data's own clock."""
    found = [
        gap.open_gaps(state["segments"], state["silence"], as_of_us, params),
        zone_visit.open_zone_visits(state["zone_visits"], world, as_of_us, params),
        port_visit.open_port_visits(state["port_visits"], as_of_us, params),
        encounter.open_encounters(state, as_of_us, params),
    ]
    return place(concat_events(found), world)


def place(events: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the events with the zones that they began (and a gap ended) in; the most specific zone is theirs."""
    for ends, key in (("start", "zone_ids"), ("end", "end_zone_ids")):
        kinds = ("gap", "encounter") if ends == "start" else ("gap",)
        rows = np.flatnonzero(events["kind"].isin(kinds) & events[f"{ends}_lat"].notna())
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
    """Return the state out of Arrow tables."""
    return {name: tables[name].to_pandas().astype(columns) for name, columns in STATE.items()}
