"""Formations: two radios that go the same way hour after hour, far from one another, as one track told twice would.

Where each track was on the whole hour is taken between its fixes; the way of an hour is metres east and metres north.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.spells import SPELL_STATE, join_spells
from watch.detect.tracks import Tracks, key_mmsi
from watch.detect.windows import spoof_events
from watch.geodesy import EARTH_RADIUS_M, H_US, NM_M, Floats, Ints, distance_m, wrap_lon
from watch.params import Params
from watch.runs import ranges

#: Where each track was on the whole hours whose company is not all known yet, and on the one before.
FORMATION_PLACE_STATE: dict[str, Any] = {"key": np.int64, "hour": np.int64, "lat": np.float64, "lon": np.float64}
#: Pairs that went the same way up to an hour; the place is that of the lower radio.
FORMATION_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "other": np.int64,
    "min_apart_m": np.float64,
    "max_apart_m": np.float64,
    "max_differ_m": np.float64,
    "sum_way_m": np.int64,
}
_CHUNK = 1 << 16  # rows that stay in the cache
_STRIP = 1 << 20  # metres: longer than any way of an hour
_SUMS = {
    "min_apart_m": "min",
    "max_apart_m": "max",
    "max_differ_m": "max",
    "sum_way_m": "sum",
}


def detect_formations(
    tracks: Tracks, state: dict[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the formations known to be over, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    state
        `formation_places` (`FORMATION_PLACE_STATE`) and `formations` (`FORMATION_STATE`).
    until_us
        End of the slice. A whole hour is settled an hour after it.
    params
        Those named `formation_…`.

    Notes
    -----
    Two radios are in formation when for six hours on end each goes 5 nm or more in the hour, the two ways differ by
    less than 50 m, and they are 1 to 20 nm apart by a distance that stays the same within 100 m.
    """
    settled = until_us // H_US - 1
    places = _places(tracks, state["formation_places"])
    ready = places[places["hour"] <= settled]
    over, still = _join(state["formations"], _alike(ready, params), settled)
    kept = places[places["hour"] >= settled].reset_index(drop=True)
    return _events(over, True, params), {"formation_places": kept, "formations": still}


def open_formations(state: dict[str, pd.DataFrame], as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the formations that may go on after `as_of_us`, with what is known of them then."""
    places = state["formation_places"]
    over, still = _join(state["formations"], _alike(places, params), as_of_us // H_US - 1)
    return pd.concat([_events(over, True, params), _events(still, False, params)], ignore_index=True)


def _places(tracks: Tracks, before: pd.DataFrame) -> pd.DataFrame:
    """Return where each track was on each whole hour that lies between two of its fixes, with those known before."""
    row = _past_the_hour(tracks.at_us)
    row = row[~tracks.first[row] & (tracks.dt_us[row] <= H_US)]
    hour = tracks.at_us[row] // H_US
    share = (hour * H_US - tracks.at_us[row - 1]) / tracks.dt_us[row]
    lat = tracks.lat[row - 1] + share * (tracks.lat[row] - tracks.lat[row - 1])
    lon = wrap_lon(tracks.lon[row - 1] + share * wrap_lon(tracks.lon[row] - tracks.lon[row - 1]))
    now = pd.DataFrame({"key": tracks.key[row], "hour": hour, "lat": lat, "lon": lon})
    if not len(before):
        return now
    return pd.concat([before, now], ignore_index=True).sort_values(["key", "hour"], ignore_index=True)


def _past_the_hour(at_us: Ints) -> Ints:
    """Return the rows that lie in another hour than the row before them, in chunks that fit the cache."""
    found = [np.zeros(0, dtype=np.int64)]
    for i in range(0, len(at_us), _CHUNK):
        hour = at_us[i : i + _CHUNK + 1] // H_US
        found.append(np.flatnonzero(hour[1:] != hour[:-1]) + i + 1)
    return np.concatenate(found)


def _ways(places: pd.DataFrame) -> tuple[Ints, Floats, Floats]:
    """Return the rows that end an hour known from end to end, and the metres east and north made good in it."""
    key, hour, lat, lon = (places[name].to_numpy() for name in FORMATION_PLACE_STATE)
    row = np.flatnonzero((key[1:] == key[:-1]) & (hour[1:] == hour[:-1] + 1)) + 1
    middle = np.radians((lat[row] + lat[row - 1]) / 2)
    east = np.radians(wrap_lon(lon[row] - lon[row - 1])) * np.cos(middle) * EARTH_RADIUS_M
    return row, east, np.radians(lat[row] - lat[row - 1]) * EARTH_RADIUS_M


def _alike(places: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a row of `FORMATION_STATE` for each pair and hour of like ways."""
    row, east, north = _ways(places)
    fast = np.hypot(east, north) >= params.formation_min_kn * NM_M
    row, east, north = row[fast], east[fast], north[fast]
    key, hour, lat, lon = (places[name].to_numpy() for name in FORMATION_PLACE_STATE)
    one, two = _near(hour[row], east, north, params.formation_differ_m)
    swap = key[row][one] > key[row][two]
    one, two = np.where(swap, two, one), np.where(swap, one, two)
    differ_m = np.hypot(east[one] - east[two], north[one] - north[two])
    a, b = row[one], row[two]
    apart = [distance_m(lat[a - back], lon[a - back], lat[b - back], lon[b - back]) for back in (1, 0)]
    nearest_m, farthest_m = np.minimum(*apart), np.maximum(*apart)
    good = (differ_m <= params.formation_differ_m) & (key_mmsi(key[a]) != key_mmsi(key[b]))
    good &= (nearest_m >= params.formation_min_nm * NM_M) & (farthest_m <= params.formation_max_nm * NM_M)
    a, b = a[good], b[good]
    return pd.DataFrame(
        {
            "key": key[a],
            "first_us": hour[a - 1] * H_US,
            "first_lat": lat[a - 1],
            "first_lon": lon[a - 1],
            "last_us": hour[a] * H_US,
            "last_lat": lat[a],
            "last_lon": lon[a],
            "samples": 1,
            "other": key[b],
            "min_apart_m": nearest_m[good],
            "max_apart_m": farthest_m[good],
            "max_differ_m": differ_m[good],
            "sum_way_m": np.rint(np.hypot(east, north)[one][good]),
        }
    ).astype(FORMATION_STATE)


def _near(hour: Ints, east: Floats, north: Floats, limit_m: float) -> tuple[Ints, Ints]:
    """Return the pairs of ways of one hour that end within `limit_m` of each other, and some that do not quite.

    Sorted by hour, strip of metres east and metres north, those near to a way stand together in its strip and the next.
    """
    strip = np.floor(east / limit_m).astype(np.int64) + _STRIP // 2
    place = ((hour << 20) + strip) * _STRIP + np.rint(north).astype(np.int64) + _STRIP // 2
    order = np.argsort(place, kind="stable")
    place = place[order]
    reach = math.ceil(limit_m) + 1
    after = np.arange(len(place)) + 1
    low, high = (np.searchsorted(place, place + _STRIP + by) for by in (-reach, reach + 1))
    here = ranges(after, np.searchsorted(place, place + reach, side="right") - after)
    one, two = zip(here, ranges(low, high - low), strict=True)
    return order[np.concatenate(one)], order[np.concatenate(two)]


def _join(pairs: pd.DataFrame, parts: pd.DataFrame, settled: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs that have parted, and those still alike in the last settled hour or one after it."""
    return join_spells(
        pairs,
        parts,
        merge_us=0,
        wait_us=0,
        until_us=settled * H_US,
        columns=FORMATION_STATE,
        sums=_SUMS,
        by=("key", "other"),
    )


def _events(pairs: pd.DataFrame, ended: bool, params: Params) -> pd.DataFrame:
    steady = pairs["max_apart_m"] - pairs["min_apart_m"] <= params.formation_drift_m
    shown = pairs[steady & (pairs["samples"] >= params.formation_min_h)]
    hours = shown["samples"]
    facts = (
        hours,
        shown["max_apart_m"] / NM_M,
        shown["max_apart_m"] - shown["min_apart_m"],
        shown["max_differ_m"],
        shown["sum_way_m"] / hours / NM_M,
    )
    details = [
        {
            "duration_h": float(n),
            "apart_nm": round(apart, 2),
            "apart_change_m": round(change, 1),
            "ways_differ_m": round(differ, 1),
            "mean_kn": round(kn, 2),
        }
        for n, apart, change, differ, kn in zip(*(f.tolist() for f in facts), strict=True)
    ]
    return spoof_events("formation", shown, ended, details, shown["other"].to_numpy())
