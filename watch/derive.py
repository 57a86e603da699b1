"""The timeline stage: events told from what ships did and declared, after the fold over positions.

Each function is pure and looks at the vessels it names alone, so that asking for all vessels at once (a replay) and
for those with news (a load) gives the same.
"""

from __future__ import annotations

import pandas as pd

from watch.attribution import Shared, attribute, shared_radios
from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import concat_events
from watch.detect.world import World
from watch.fold import place
from watch.params import Params
from watch.timeline.declared import declared_by_hull
from watch.timeline.destination_change import destination_changes
from watch.timeline.detour import detours
from watch.timeline.draught_change import draught_changes
from watch.timeline.gone_hulls import load_gone_hulls
from watch.timeline.identity_change import identity_changes
from watch.timeline.possible_encounter import possible_encounters_of
from watch.timeline.possible_visit import possible_visits


def told_from(
    events: pd.DataFrame, identities: pd.DataFrame, world: World, params: Params, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return all events, attributed: those of the fold and those told from them.

    Parameters
    ----------
    events
        Every event of the fold, `columns.EVENT_COLUMNS`.
    identities
        Every change of a declared identity, columns `identity.IDENTITY_STATE`.
    world, params
        Zones, ports and thresholds.
    as_of
        The data's clock.
    """
    shared = shared_radios(events)
    seen = attribute(events, identities, shared)
    return _in_order([seen, derive(seen, identities, shared, world, params, as_of)])


def derive(
    events: pd.DataFrame,
    identities: pd.DataFrame,
    shared: Shared,
    world: World,
    params: Params,
    as_of: pd.Timestamp,
    others: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the events that follow from the timelines of vessels, `columns.ATTRIBUTED_COLUMNS`.

    Parameters
    ----------
    events
        The attributed events of the fold, complete for the vessels in question.
    identities
        The changes of the radios of these vessels.
    shared
        Radios of several hulls.
    world, params, as_of
        As for `told_from`.
    others
        Gaps and loiterings of other vessels at the times of theirs, which these could have met.
    """
    declared = declared_by_hull(identities, shared)
    changes = [
        identity_changes(declared, events, load_gone_hulls(), params=params, as_of=as_of),
        draught_changes(declared, events, params=params),
        destination_changes(declared, events, world, params=params),
    ]
    told = place(concat_events(changes), world)
    near = events.iloc[:0] if others is None else others
    reach = [
        place(detours(events, world, params), world),
        possible_visits(events, world, params, as_of),
        possible_encounters_of(events, near, world, params, as_of),
    ]
    return _in_order([attribute(told, identities, shared), *reach])


def _in_order(frames: list[pd.DataFrame]) -> pd.DataFrame:
    some = [frame[list(ATTRIBUTED_COLUMNS)] for frame in frames if len(frame)]
    if not some:
        return frames[0]
    return pd.concat(some, ignore_index=True).sort_values(["start_at", "event_id"], ignore_index=True)
