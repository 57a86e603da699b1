"""Hairpins: a ship turns back on its own way, more than once, and loses no speed in the turn.

A hull that turns about slows down or swings wide, so that the legs around the turn come out short. Of 46 reversals of
fast boats in the real sets none had a slowest leg of more than 0.86 times the fastest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.spells import SPELL_STATE, join_spells, lasting_h
from watch.detect.tracks import Tracks
from watch.detect.windows import spoof_events, window_rows
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, distance_m, wrap_lon
from watch.params import Params

_LEGS = 4  # out, out to the turn, back from it, back
_CHUNK = 1 << 14  # rows that stay in the cache

#: The last fixes of tracks on a fast leg: what a turn in the next slice looks back at.
HAIRPIN_FIX_STATE: dict[str, Any] = {
    "key": np.int64,
    "at_us": np.int64,
    "lat": np.float64,
    "lon": np.float64,
    "leg_m": np.float64,
}
#: Turns of one track, each within a day of the one before.
HAIRPIN_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "min_turn_deg": np.float64,
    "min_speed_kept": np.float64,
    "sum_milli_kn": np.int64,
}
Columns = dict[str, np.ndarray]
_SUMS = {"min_turn_deg": "min", "min_speed_kept": "min", "sum_milli_kn": "sum"}


def detect_hairpins(
    tracks: Tracks, state: dict[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the hairpins known to be over, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    state
        `hairpin_fixes` (`HAIRPIN_FIX_STATE`) and `hairpins` (`HAIRPIN_STATE`).
    until_us
        End of the slice.
    params
        Those named `hairpin_…`.

    Notes
    -----
    Four legs follow one another, each at 10 kn or more over 300 m or more within 3 min; between the second and the
    third the course turns by 150° or more, and the slowest is no slower than 0.9 times the fastest. One of these may
    be a small boat thrown about; two within a day are an event.
    """
    seam = _seam(tracks, state["hairpin_fixes"])
    parts = pd.concat([_turns(_columns(tracks), params), _turns(seam, params)], ignore_index=True)
    over, still = join_spells(
        state["hairpins"],
        parts.astype(HAIRPIN_STATE),
        merge_us=round(params.hairpin_merge_h * H_US),
        wait_us=0,
        until_us=until_us,
        columns=HAIRPIN_STATE,
        sums=_SUMS,
    )
    fixes = _next_fixes(tracks, seam, until_us, params)
    return _events(over, True, params), {"hairpin_fixes": fixes, "hairpins": still}


def open_hairpins(state: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the hairpins that another turn may follow after the state."""
    return _events(state, False, params)


def _columns(tracks: Tracks) -> Columns:
    return {name: getattr(tracks, name) for name in ("key", "at_us", "lat", "lon", "leg_m")}


def _seam(tracks: Tracks, fixes: pd.DataFrame) -> Columns:
    """Return the fixes kept from before with the first three of this slice behind them, by track."""
    starts, ends = tracks.starts, tracks.ends
    known = tracks.carried[starts] & np.isin(tracks.key[starts], fixes["key"].to_numpy())
    rows = (starts + known)[:, None] + np.arange(_LEGS - 1)
    rows = rows[rows <= ends[:, None]]
    both = {name: np.concatenate([fixes[name].to_numpy(), now[rows]]) for name, now in _columns(tracks).items()}
    order = np.argsort(both["key"], kind="stable")
    seam = {name: values[order] for name, values in both.items()}
    seam["leg_m"][np.diff(seam["key"], prepend=-1) != 0] = np.nan  # the fix that it was measured from is not here
    return seam


def _turns(fixes: Columns, params: Params) -> pd.DataFrame:
    """Return the rows of `HAIRPIN_STATE` for each turn that keeps its speed."""
    rows = _candidates(fixes, params)
    at_us, lat, lon, leg_m = (fixes[name] for name in ("at_us", "lat", "lon", "leg_m"))
    legs = window_rows(rows, _LEGS)
    hours = (at_us[legs] - at_us[legs - 1]) / H_US
    kn = leg_m[legs] / NM_M / np.where(hours > 0, hours, np.nan)
    kept = kn.min(axis=1, initial=np.inf) / kn.max(axis=1, initial=0.0)
    chord = distance_m(lat[rows - 3], lon[rows - 3], lat[rows - 1], lon[rows - 1])
    turn = _turned_deg(leg_m[rows - 2], leg_m[rows - 1], chord)
    good = (hours.max(axis=1, initial=0.0) <= params.hairpin_leg_min / 60) & (kept >= params.hairpin_speed_kept)
    good &= (kn.min(axis=1, initial=np.inf) >= params.hairpin_min_kn) & (turn >= params.hairpin_turn_deg)
    ends = {"first": rows[good] - _LEGS, "last": rows[good]}
    mean_kn = leg_m[legs].sum(axis=1) / NM_M / np.maximum(hours.sum(axis=1), 1e-9)
    return pd.DataFrame(
        {
            "key": fixes["key"][rows[good]],
            **{f"{end}_us": at_us[at] for end, at in ends.items()},
            **{f"{end}_lat": lat[at] for end, at in ends.items()},
            **{f"{end}_lon": lon[at] for end, at in ends.items()},
            "samples": 1,
            "min_turn_deg": turn[good],
            "min_speed_kept": kept[good],
            "sum_milli_kn": np.rint(mean_kn[good] * 1000).astype(np.int64),
        }
    )


def _candidates(fixes: Columns, params: Params) -> Ints:
    """Return the rows that end four long legs, with the course turned by more than 90° amid them."""
    long = fixes["leg_m"] >= params.hairpin_leg_m  # NaN compares as False: the legs are of one track
    n = len(long)
    if n <= _LEGS:
        return np.zeros(0, dtype=np.int64)
    four = long[4:] & long[3:-1] & long[2:-2] & long[1:-3]
    return np.flatnonzero(four & _turns_back(fixes["lat"], fixes["lon"])[1:-1]) + _LEGS


def _turns_back(lat: Floats, lon: Floats) -> Bools:
    """Return which fixes but the first and last may lie in a turn of more than 90°: none that does is missed.

    The products of steps north and steps east tell, whatever the latitude shortens the steps east by.
    """
    out = np.empty(len(lat) - 2, dtype=bool)
    for i in range(0, len(out), _CHUNK):
        j = min(i + _CHUNK, len(out))
        north, east = (place[i + 1 : j + 2] - place[i : j + 1] for place in (lat, lon))
        if east.max() > 180 or east.min() < -180:
            east = wrap_lon(east)
        over_north = north[1:] * north[:-1]
        both = over_north + east[1:] * east[:-1]
        np.less(np.minimum(over_north, both, out=both), 0, out=out[i:j])
    return out


def _turned_deg(before_m: Floats, after_m: Floats, chord_m: Floats) -> Floats:
    """Return by how much the course turns between two legs whose far ends lie `chord_m` apart."""
    cosine = (chord_m**2 - before_m**2 - after_m**2) / np.maximum(2 * before_m * after_m, 1e-9)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _next_fixes(tracks: Tracks, seam: Columns, until_us: int, params: Params) -> pd.DataFrame:
    """Return the last four fixes of each track whose last leg was long and may have another behind it."""
    starts, ends = tracks.starts, tracks.ends
    full = ends - starts + 1 >= _LEGS
    last = window_rows(ends[full], _LEGS)
    new = {name: values[last.ravel()] for name, values in _columns(tracks).items()}
    keys = seam["key"]
    end_of = np.flatnonzero(np.diff(keys, append=-1) != 0)
    place = np.searchsorted(keys[end_of], keys)
    rest = (end_of[place] - np.arange(len(keys)) < _LEGS) & ~np.isin(keys, tracks.key[ends[full]])
    fixes = pd.DataFrame({name: np.concatenate([new[name], seam[name][rest]]) for name in HAIRPIN_FIX_STATE})
    fixes = fixes.astype(HAIRPIN_FIX_STATE).sort_values("key", kind="stable", ignore_index=True)
    tail = fixes.drop_duplicates("key", keep="last")
    young = until_us - tail["at_us"] <= params.hairpin_leg_min * H_US / 60
    going = tail["key"][young & (tail["leg_m"] >= params.hairpin_leg_m)]
    return fixes[fixes["key"].isin(going)].reset_index(drop=True)


def _events(spells: pd.DataFrame, ended: bool, params: Params) -> pd.DataFrame:
    shown = spells[spells["samples"] >= params.hairpin_turns]
    facts = (
        lasting_h(shown),
        shown["samples"],
        shown["min_turn_deg"],
        shown["min_speed_kept"],
        shown["sum_milli_kn"] / shown["samples"] / 1000,
    )
    details = [
        {
            "duration_h": round(hours, 3),
            "turns": turns,
            "turned_deg": round(turn, 1),
            "speed_kept": round(kept, 3),
            "mean_kn": round(kn, 2),
        }
        for hours, turns, turn, kept, kn in zip(*(f.tolist() for f in facts), strict=True)
    ]
    return spoof_events("hairpin", shown, ended, details)
