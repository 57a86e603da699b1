"""The chain in memory: what a set of positions gives, without lake, database or clock.

    read → normalise → store positions → segment → detect events → store events
    match rules → alerts → store alerts → digest / CLI

`jobs.py` walks the same steps with the lake and the database between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from watch.columns import POSITIONS, RAW, STATICS
from watch.derive import told_from
from watch.detect.events import concat_events
from watch.detect.world import World
from watch.fold import State, empty_state, step
from watch.merge import deduplicate
from watch.normalise import merge_statics, normalise
from watch.params import DEFAULT, Params
from watch.readers.batch import RawBatch, reject_table
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import make_scenario
from watch.still_open import open_events
from watch.zones.geofences import load_zones


@dataclass(frozen=True)
class Seen:
    """What the chain found.

    Attributes
    ----------
    events
        Attributed events, `columns.ATTRIBUTED_COLUMNS`, in order of time.
    identities
        Changes of declared identity.
    as_of
        The data's clock: the last fix.
    state
        The fold's state at the end.
    """

    events: pd.DataFrame
    identities: pd.DataFrame
    as_of: pd.Timestamp
    state: State


@cache
def bundled_world() -> World:
    """Return the zones and ports that travel with Shipwatch, indexed once a process."""
    return World(load_zones())


def see(
    positions: pa.Table,
    statics: pa.Table,
    world: World,
    params: Params = DEFAULT,
    cuts_us: Sequence[int] = (),
) -> Seen:
    """Return what the positions show, folded over slices that end at `cuts_us`; any cuts give the same.

    Parameters
    ----------
    positions, statics
        `columns.POSITIONS`, de-duplicated and sorted by radio, time and place, and `columns.STATICS`.
    world, params
        Zones, ports and thresholds.
    cuts_us
        Times in microseconds since 1970; without any, all is one slice.
    """
    at_us = positions.column("fix_at").cast(pa.int64()).to_numpy()
    seen_us = statics.column("seen_at").cast(pa.int64()).to_numpy()
    as_of_us = int(at_us.max()) if len(at_us) else 0
    ends = [c for c in sorted(set(cuts_us)) if c <= as_of_us] + [as_of_us + 1]
    state, events, identities = empty_state(), [], []
    begin = np.iinfo(np.int64).min
    for end in ends:
        now = positions.filter(pa.array((at_us >= begin) & (at_us < end)))
        told = statics.filter(pa.array((seen_us >= begin) & (seen_us < end)))
        found = step(state, now, told, end, world, params)
        events.append(found.events)
        identities.append(found.identities)
        state = found.state
        begin = end
    everything = concat_events([*events, open_events(state, as_of_us, world, params)])
    known = pd.concat(identities).sort_values(["mmsi", "seen_at"], kind="stable", ignore_index=True)
    as_of = pd.Timestamp(as_of_us, unit="us", tz="UTC")
    return Seen(told_from(everything, known, world, params, as_of), known, as_of, state)


def prepare(raw: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return positions and statics, ready for `see`, out of rows as a reader yields them (`columns.RAW`)."""
    lined = raw.append_column("line", pa.array(np.arange(1, len(raw) + 1), pa.int64())).cast(
        pa.schema([*(RAW.field(name) for name in raw.column_names), RAW.field("line")])
    )
    clean = normalise(RawBatch("made", lined, reject_table([], [], []), lambda rows: [""] * len(rows)))
    positions = clean.positions.append_column("load_id", pa.array([1] * len(clean.positions), pa.int32()))
    return deduplicate(positions.select(POSITIONS.names)), merge_statics([clean.statics]).select(STATICS.names)


@cache
def run_scenario(name: str) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return the attributed events of a made scenario, and its last fix."""
    rows = make_scenario(load_scenario(name))
    seen = see(*prepare(pa.Table.from_pandas(rows, preserve_index=False)), bundled_world())
    return seen.events, seen.as_of
