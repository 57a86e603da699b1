"""Stale repeats: fixes of hours ago are sent once more with new times.

A ship under way hardly ever comes back to the same metre at the same tenth of a knot: one such repeat is chance,
several at one lag are a recording. Only fixes whose place falls in one class of 32 are kept. A fix falls in the same
class whenever it is sent, so of both tellings the same share is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.box import BOX_STATE, BOX_SUMS, box_columns, box_spans
from watch.detect.spells import SPELL_STATE, join_spells, lasting_h
from watch.detect.tracks import Tracks
from watch.detect.windows import spoof_events
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, arc_m, unit_vectors
from watch.params import Params

#: The chosen fixes of the last days.
STALE_FIX_STATE: dict[str, Any] = {
    "key": np.int64,
    "at_us": np.int64,
    "lat": np.float64,
    "lon": np.float64,
    "sog_kn": np.float32,
}
#: Repeats of one track at one lag, put together: the lag of the last of them and the box around their places.
STALE_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "first_lag_us": np.int64,
    "last_lag_us": np.int64,
    "sum_lag_s": np.int64,
    **BOX_STATE,
}
_SUMS = {"first_lag_us": "first", "last_lag_us": "last", "sum_lag_s": "sum", **BOX_SUMS}
_GOLDEN = 0.6180339887498949  # no two near places have one sum of latitude and so much of longitude
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 times it: every bit of a number moves the upper half of the product
_CHUNK = 1 << 14  # rows that stay in the cache


def detect_stale(
    tracks: Tracks, state: dict[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the stale repeats known to be over, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    state
        `stale_fixes` (`STALE_FIX_STATE`) and `stale` (`STALE_STATE`).
    until_us
        End of the slice.
    params
        Those named `stale_…`.

    Notes
    -----
    A fix under way repeats an earlier one of its track when place and speed are the same to the last digit and nothing
    like it was heard in between. Three or more that follow one another at one lag of an hour or more, and that lie
    more than 1 km apart, are an event: then the ship was away from each of the places in between.
    """
    chosen = _chosen(tracks, params)
    before = state["stale_fixes"]
    fixes = pd.concat([before, chosen], ignore_index=True) if len(before) else chosen
    over, still = join_spells(
        state["stale"],
        _repeats(fixes, len(before), params),
        merge_us=round(params.stale_merge_h * H_US),
        wait_us=0,
        until_us=until_us,
        columns=STALE_STATE,
        sums=_SUMS,
        parted=lambda repeats: _other_lag(repeats, params),
    )
    kept = fixes[fixes["at_us"] >= until_us - round(params.stale_back_h * H_US)]
    kept = kept.sort_values(["key", "at_us"], kind="stable", ignore_index=True)
    return _events(over, True, params), {"stale_fixes": kept, "stale": still}


def open_stale(state: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the stale repeats that may go on after the state."""
    return _events(state, False, params)


def _chosen(tracks: Tracks, params: Params) -> pd.DataFrame:
    """Return the fixes under way whose place falls in the class that is kept."""
    rows = _of_class(tracks.lat, tracks.lon, ~(tracks.sog_kn < params.stale_min_kn), params.stale_one_in)
    rows = rows[~tracks.carried[rows]]
    silent = np.isnan(tracks.sog_kn[rows])
    hours = np.maximum(tracks.dt_us[rows], 1) / H_US
    rows = rows[~silent | (tracks.leg_m[rows] >= params.stale_min_kn * NM_M * hours)]
    return pd.DataFrame({name: getattr(tracks, name)[rows] for name in STALE_FIX_STATE})


def _of_class(lat: Floats, lon: Floats, asked: Bools, one_in: int) -> Ints:
    """Return which of the rows asked for fall in the class, in chunks that fit the cache."""
    found = [np.zeros(0, dtype=np.int64)]
    for i in range(0, len(lat), _CHUNK):
        rows = np.flatnonzero(asked[i : i + _CHUNK]) + i
        found.append(rows[_mixed(lat[rows], lon[rows]) % np.uint64(one_in) == 0])
    return np.concatenate(found)


def _mixed(lat: Floats, lon: Floats) -> np.ndarray:
    """Return a number for each place that looks like chance and is the same for the same place."""
    bits = (lat + lon * _GOLDEN).view(np.uint64)
    return np.asarray(bits * _ODD >> np.uint64(32))


def _repeats(fixes: pd.DataFrame, before: int, params: Params) -> pd.DataFrame:
    """Return the rows of `STALE_STATE` for each fix of this slice, behind row `before`, that repeats an earlier one."""
    key, at_us, lat, lon, sog = (fixes[name].to_numpy() for name in STALE_FIX_STATE)
    told = np.where(np.isnan(sog), np.float32(-1), sog)
    alike = _mixed(lat, lon) ^ (key.astype(np.uint64) << np.uint64(20)) ^ _mixed(told.astype(np.float64), lat)
    order = np.argsort(alike, kind="stable")  # the rows of each track come in order of time
    old, new = order[:-1], order[1:]
    same = (key[old] == key[new]) & (lat[old] == lat[new]) & (lon[old] == lon[new]) & (told[old] == told[new])
    lag_us = at_us[new] - at_us[old]
    far = (lag_us >= params.stale_min_lag_h * H_US) & (lag_us <= params.stale_back_h * H_US)
    good = same & far & (new >= before)
    rows, lag_us = new[good], lag_us[good]
    place = unit_vectors(lat[rows], lon[rows])
    ends = {
        f"{end}_{part}": side[rows]
        for end in ("first", "last")
        for part, side in zip(("us", "lat", "lon"), (at_us, lat, lon), strict=True)
    }
    lags = {"first_lag_us": lag_us, "last_lag_us": lag_us, "sum_lag_s": np.rint(lag_us / 1e6)}
    box = box_columns(place, place)
    return pd.DataFrame({"key": key[rows], **ends, "samples": 1, **lags, **box}).astype(STALE_STATE)


def _other_lag(repeats: pd.DataFrame, params: Params) -> Bools:
    """Return which repeats but the first have another lag than the one before."""
    before, lag = repeats["last_lag_us"].to_numpy()[:-1], repeats["first_lag_us"].to_numpy()[1:]
    return np.asarray(np.abs(lag - before) > params.stale_lag_s * 1e6)


def _events(spells: pd.DataFrame, ended: bool, params: Params) -> pd.DataFrame:
    extent_m = arc_m(box_spans(spells))
    good = (spells["samples"].to_numpy() >= params.stale_repeats) & (extent_m > params.stale_apart_m)
    shown = spells[good]
    facts = (
        lasting_h(shown),
        shown["samples"],
        shown["sum_lag_s"] / shown["samples"] / 3600,
        extent_m[good] / NM_M,
    )
    details = [
        {"duration_h": round(hours, 3), "repeats": n, "lag_h": round(lag, 3), "extent_nm": round(extent, 2)}
        for hours, n, lag, extent in zip(*(f.tolist() for f in facts), strict=True)
    ]
    return spoof_events("stale_repeat", shown, ended, details)
