"""Silences: the gaps in which a ship could have gone somewhere or met somebody, as plain columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.tracks import as_us
from watch.detect.world import World
from watch.geodesy import H_US, Floats, Ints
from watch.params import Params

_SECOND_US = 1_000_000
_NEVER_H = 1e8
_OWN = ("vessel_id", "imo", "name", "flag", "type", "ship_type", "length_m")
_OTHER = ("vessel_id", "imo", "name", "flag", "type", "length_m")


def silences(
    events: pd.DataFrame, types: Collection[str], min_h: float, params: Params, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return the gaps of at least `min_h` hours of ships of some types.

    Parameters
    ----------
    events
        `columns.ATTRIBUTED_COLUMNS`.
    types
        Words of `identity.SHIP_TYPES`.
    min_h
        The least length in hours; a gap that is open lasts up to `as_of`.
    params
        Those named `reach_…_kn`.
    as_of
        The data's clock.

    Returns
    -------
    DataFrame
        Columns `row` (of `events`), `event_id, mmsi, vessel_id, open, off_us, off_lat, off_lon, on_us, on_lat, on_lon,
        speed_kn, coverage, draught_change_m`; while a gap is open `on_us` is `as_of` and the place after it is missing.
    """
    rows = np.flatnonzero((events["kind"] == "gap") & events["type"].isin(list(types)))
    gaps = events.iloc[rows]
    still = gaps["end_at"].isna().to_numpy()
    out = pd.DataFrame(
        {
            "row": rows,
            **{name: gaps[name].to_numpy() for name in ("event_id", "mmsi", "vessel_id")},
            "open": still,
            "off_us": as_us(gaps["start_at"]),
            "off_lat": gaps["start_lat"].to_numpy(),
            "off_lon": gaps["start_lon"].to_numpy(),
            "on_us": np.where(still, as_of.value // 1000, as_us(gaps["end_at"])),
            "on_lat": gaps["end_lat"].to_numpy(),
            "on_lon": gaps["end_lon"].to_numpy(),
            "speed_kn": reach_kn(gaps["type"], params),
            "coverage": [d.get("coverage") for d in gaps["details"]],
            "draught_change_m": [draught_change_m(d) for d in gaps["details"]],
        }
    )
    return out[out["on_us"] - out["off_us"] >= round(min_h * H_US)].reset_index(drop=True)


def reach_kn(types: pd.Series[Any], params: Params) -> Floats:
    """Return the speed that a ship of each type can keep up."""
    known = {"tanker": params.reach_tanker_kn, "cargo": params.reach_cargo_kn}
    return np.asarray(types.map(known).fillna(params.reach_other_kn), dtype=np.float64)


def draught_change_m(details: dict[str, Any]) -> float:
    """Return how much deeper a ship lay after an event than before, NaN when it did not say."""
    change = details.get("draught_change_m")
    return float("nan") if change is None else float(change)


def sailing_us(nm: Floats, speed_kn: Floats) -> Ints:
    """Return how long ways take, to the second; those without end or to nowhere take some thousand years."""
    hours = np.minimum(np.nan_to_num(nm / speed_kn, nan=_NEVER_H, posinf=_NEVER_H), _NEVER_H)
    seconds = np.rint(hours * 3600)
    return np.asarray(seconds.astype(np.int64) * _SECOND_US)


def at_sea(lat: Floats, lon: Floats, world: World, params: Params) -> NDArray[np.bool_]:
    """Return which places lie further than `encounter_port_m` from any port, or in a transfer zone.

    A place that is missing lies nowhere.
    """
    out = np.isfinite(lat)
    out[out] = world.away_from_ports(lat[out], lon[out], params.encounter_port_m)
    return out


def with_ships(told: pd.DataFrame, events: pd.DataFrame, own: Ints, other: Ints | None = None) -> pd.DataFrame:
    """Return new events with the ships of the events they are told from, `columns.ATTRIBUTED_COLUMNS`.

    Parameters
    ----------
    told
        `columns.EVENT_COLUMNS`.
    events
        The attributed events that they are told from.
    own, other
        For each new event the row of `events` that names its ship, and that which names its partner.
    """
    mine = {name: events[name].iloc[own].array for name in _OWN}
    if other is None:
        theirs = {f"other_{n}": events[f"other_{n}"].iloc[:0].reindex(range(len(told))).array for n in _OTHER}
    else:
        theirs = {f"other_{name}": events[name].iloc[other].array for name in _OTHER}
    return told.assign(**mine, **theirs)[list(ATTRIBUTED_COLUMNS)]
