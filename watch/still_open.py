"""Open events: what has not ended for certain, told from a state of the fold as it stands at the data's clock.

Most of them are visits that go on. They are told so that another fix changes nothing, and those that are told as they
were told last time need not be made again: a run costs what changed and not what is known.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.detect import (
    circle,
    encounter,
    formation,
    gap,
    hairpin,
    held,
    jumps,
    loitering,
    on_land,
    port_visit,
    stale,
    zone_visit,
)
from watch.detect.events import concat_events
from watch.detect.tracks import key_mmsi
from watch.detect.world import World
from watch.fold import State, place
from watch.params import Params

#: The kinds of which most open events are, and the table of the state that they are told from.
OPEN_VISITS = {"zone_visit": "zone_visits", "port_visit": "port_visits"}
_VISIT_EVENTS = {"zone_visit": zone_visit.zone_visit_events, "port_visit": port_visit.port_visit_events}


class Before(NamedTuple):
    """From what the open events were told last time.

    Attributes
    ----------
    state
        The tables of `OPEN_VISITS`.
    as_of_us
        The data's clock then.
    radios
        Those to be told anew although nothing of theirs changed.
    """

    state: State
    as_of_us: int
    radios: Collection[int]


def open_events(state: State, as_of_us: int, world: World, params: Params) -> pd.DataFrame:
    """Return the events that have not ended for certain, as they stand at `as_of_us`, the data's own clock."""
    return open_events_since(state, as_of_us, world, params, None)[0]


def open_events_since(
    state: State, as_of_us: int, world: World, params: Params, before: Before | None
) -> tuple[pd.DataFrame, set[str]]:
    """Return the open events without the visits that are told as before, and the ids of visits that are not any more.

    Parameters
    ----------
    state, as_of_us
        The last state, and the data's clock.
    world, params
        Those of the fold, and of `before`.
    before
        What they were told from last time; None to tell all.
    """
    found, gone = _open_others(state, as_of_us, world, params), set[str]()
    told = _told_visits(state, as_of_us, world, params)
    was = _told_visits(before.state, before.as_of_us, world, params) if before else {}
    for kind, visits in told.items():
        if before:
            other = _unlike(was[kind], visits)
            again = np.isin(key_mmsi(visits["key"].to_numpy()), np.fromiter(before.radios, np.int64))
            gone |= set(_VISIT_EVENTS[kind](was[kind][other[: len(was[kind])]])["event_id"])
            visits = visits[other[len(was[kind]) :] | again]
        found.append(_VISIT_EVENTS[kind](visits))
    events = place(concat_events(found), world)
    return events, gone - set(events["event_id"])


def _told_visits(state: State, as_of_us: int, world: World, params: Params) -> dict[str, pd.DataFrame]:
    return {
        "zone_visit": zone_visit.open_zone_visits(state["zone_visits"], world, as_of_us, params),
        "port_visit": port_visit.open_port_visits(state["port_visits"], as_of_us, params),
    }


def _unlike(some: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of two frames, one after the other, are in one of them alone."""
    return ~pd.concat([some, others], ignore_index=True).duplicated(keep=False).to_numpy()


def _open_others(state: State, as_of_us: int, world: World, params: Params) -> list[pd.DataFrame]:
    return [
        gap.open_gaps(state["segments"], state["silence"], as_of_us, params),
        encounter.open_encounters(state, as_of_us, params),
        loitering.open_loitering(state["loitering"], as_of_us, params),
        jumps.open_jumps(state, state["segments"], params),
        on_land.open_on_land(state["on_land"], as_of_us, params),
        circle.open_circles(state["circles"]),
        held.open_held(state["held"]),
        hairpin.open_hairpins(state["hairpins"], params),
        stale.open_stale(state["stale"], params),
        formation.open_formations(state, as_of_us, params),
    ]
