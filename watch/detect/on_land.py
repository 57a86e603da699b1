"""Positions on land: a track that stays further inland than the coast is uncertain, where no ship can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.hours import not_fresh
from watch.detect.spells import SPELL_STATE, join_spells, lasting_h
from watch.detect.windows import full_windows, spoof_events, within
from watch.detect.world import World
from watch.geodesy import H_US, NM_M, Bools
from watch.params import Params

#: Spells on land.
ON_LAND_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "deepest_nm": np.float64,
    "moving": np.int64,  # samples that report way
    "stays": np.int64,  # 1 where several in a row keep to one area
}
_SUMS = {"deepest_nm": "max", "moving": "sum", "stays": "max"}


def detect_on_land(
    samples: pd.DataFrame, world: World, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the spells on land known to be over, and those that may yet go on (columns `ON_LAND_STATE`).

    Parameters
    ----------
    samples
        One fix of each track an hour, as `hours.sample_hours` gives them.
    world
        The shore; no zone is asked.
    state
        Spells open before.
    until_us
        End of the slice.
    params
        Those named `on_land_…`, `stop_end_kn`.

    Notes
    -----
    A sample is on land when it lies more than `on_land_nm` from the sea, from every lake and from the band of miles
    about every river and canal that is known. Such samples, none more than `on_land_merge_h` after the one before,
    make a spell, and a spell is an event when `on_land_min_samples` of it in a row, four by default and within
    `on_land_span_h`, lie no further apart than `on_land_area_nm`: a way across land in a line is not told, for it may
    follow a river that is not known. The first hours of a segment that begins with a leap do not count: see
    `hours.not_fresh`.
    """
    merge_us = round(params.on_land_merge_h * H_US)
    parts = _on_land(samples, world, params)
    over, still = join_spells(
        state, parts, merge_us=merge_us, wait_us=0, until_us=until_us, columns=ON_LAND_STATE, sums=_SUMS
    )
    return _events(over, np.ones(len(over), dtype=bool)), still


def open_on_land(state: pd.DataFrame, as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the spells on land that have not ended for certain; those that may go on at `as_of_us` have no end."""
    return _events(state, (as_of_us - state["last_us"] > params.on_land_merge_h * H_US).to_numpy())


def _on_land(samples: pd.DataFrame, world: World, params: Params) -> pd.DataFrame:
    """Return a part of a spell for each of the slice's samples that lies on land."""
    inland_nm = -world.shore.distance_nm(samples["lat"].to_numpy(), samples["lon"].to_numpy())
    deep = (inland_nm > params.on_land_nm) & not_fresh(samples, params)
    count = params.on_land_min_samples
    stays = full_windows(samples, deep, count, params.on_land_span_h)
    stays = stays[within(samples, stays, count, params.on_land_area_nm * NM_M)]
    rows = np.flatnonzero(deep & samples["news"].to_numpy())
    there = samples.iloc[rows]
    ends = {f"{end}_{to}": there[name] for end in ("first", "last") for to, name in _PLACE}
    facts = {"samples": 1, "deepest_nm": inland_nm[rows], "moving": there["sog_kn"] >= params.stop_end_kn}
    parts = pd.DataFrame({"key": there["key"], **ends, **facts, "stays": np.isin(rows, stays)})
    return parts[list(ON_LAND_STATE)].astype(ON_LAND_STATE).reset_index(drop=True)


_PLACE = (("us", "at_us"), ("lat", "lat"), ("lon", "lon"))


def _events(spells: pd.DataFrame, ended: Bools) -> pd.DataFrame:
    many = (spells["stays"] > 0).to_numpy()
    shown = spells[many]
    return spoof_events("on_land", shown, ended[many], _details(shown))


def _details(spells: pd.DataFrame) -> list[dict[str, Any]]:
    columns = (lasting_h(spells), *(spells[name].to_numpy() for name in ("deepest_nm", "samples", "moving")))
    return [
        {
            "duration_h": round(duration, 3),
            "deepest_nm": round(deepest, 1),
            "samples": count,
            "moving": 2 * moving >= count,
        }
        for duration, deepest, count, moving in zip(*(c.tolist() for c in columns), strict=True)
    ]
