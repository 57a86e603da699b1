"""Encounters: two ships within 500 m of each other for two hours or more, both slow, away from ports.

Where each slow ship was is taken every ten minutes between its fixes, and pairs are looked for slot by slot with a
hash of cubes, so that neither 180° nor a pole nor a cell's edge hides a pair. A place between two fixes is known only
when the later fix is: slots wait in the state until that is certain, so midnight cuts nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.box import BOX_STATE, BOX_SUMS, box_columns, box_spans
from watch.detect.contacts import find_contacts
from watch.detect.events import NO_TIME, make_events
from watch.detect.tracks import Tracks, key_mmsi, key_seg
from watch.detect.world import World
from watch.geodesy import (
    EARTH_RADIUS_M,
    H_US,
    NM_M,
    Bools,
    Floats,
    Ints,
    from_unit_vectors,
    unit_vectors,
)
from watch.params import Params
from watch.runs import ranges

#: Slow ships away from ports at the ten-minute slots whose partners are not all known yet.
SAMPLE_STATE = {
    "slot": np.int64,
    "key": np.int64,
    "x": np.float64,
    "y": np.float64,
    "z": np.float64,
    "kn": np.float64,
    "moored": np.bool_,
}
#: Pairs that are or may yet be together, with the box around the places of the first of the two.
PAIR_STATE = {
    "key": np.int64,
    "other": np.int64,
    "first_slot": np.int64,
    "last_slot": np.int64,
    "first_x": np.float64,
    "first_y": np.float64,
    "first_z": np.float64,
    "last_x": np.float64,
    "last_y": np.float64,
    "last_z": np.float64,
    "slots": np.int64,
    "moored": np.int64,
    "min_m": np.float64,
    "sum_mm": np.int64,  # whole numbers, so that any order of adding gives the same
    "sum_milli_kn": np.int64,
    **BOX_STATE,
}
_HOW = {
    "first_slot": "min",
    "last_slot": "max",
    "first_x": "first",
    "first_y": "first",
    "first_z": "first",
    "last_x": "last",
    "last_y": "last",
    "last_z": "last",
    "slots": "sum",
    "moored": "sum",
    "min_m": "min",
    "sum_mm": "sum",
    "sum_milli_kn": "sum",
    **BOX_SUMS,
}
_MOORED = 5  # M.1371: navigational status


def detect_encounters(
    tracks: Tracks, world: World, state: dict[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the encounters known to be over, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    world
        Ports and transfer zones.
    state
        `samples` (`SAMPLE_STATE`) and `pairs` (`PAIR_STATE`).
    until_us
        End of the slice. Slots are settled up to `encounter_reach_h` before it.
    params
        Those named `encounter_…`.
    """
    samples = _join([state["samples"], _samples(tracks, world, params)], SAMPLE_STATE, ["slot", "key"])
    settled = (until_us - round(params.encounter_reach_h * H_US)) // _slot_us(params)
    ready = samples["slot"] <= settled
    over, pairs = _meet(samples[ready], state["pairs"], settled, params)
    waiting = samples[~ready].reset_index(drop=True)
    return _events(over, np.ones(len(over), dtype=bool), params), {"samples": waiting, "pairs": pairs}


def open_encounters(state: dict[str, pd.DataFrame], as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the encounters that may yet go on, with what is known of them at `as_of_us`."""
    now = as_of_us // _slot_us(params)
    over, pairs = _meet(state["samples"][state["samples"]["slot"] <= now], state["pairs"], now, params)
    both = pd.concat([over, pairs], ignore_index=True) if len(over) and len(pairs) else over if len(over) else pairs
    return _events(both, np.arange(len(both)) < len(over), params)


def _slot_us(params: Params) -> int:
    return params.encounter_grid_min * 60_000_000


def _join(frames: list[pd.DataFrame], dtypes: dict[str, Any], by: list[str]) -> pd.DataFrame:
    some = [f for f in frames if len(f)]
    both = pd.concat(some, ignore_index=True) if some else frames[0]
    return both.astype(dtypes).sort_values(by, ignore_index=True)


def _samples(tracks: Tracks, world: World, params: Params) -> pd.DataFrame:
    """Return where each slow ship away from ports was at each slot between two of its fixes."""
    row, slot = _slots(tracks, params)
    step = _slot_us(params)
    share = (slot * step - tracks.at_us[row - 1]) / tracks.dt_us[row]
    before = unit_vectors(tracks.lat[row - 1], tracks.lon[row - 1])
    v = before + share[:, None] * (unit_vectors(tracks.lat[row], tracks.lon[row]) - before)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    away = world.away_from_ports(*from_unit_vectors(v), params.encounter_port_m)
    row, slot, v = row[away], slot[away], v[away]
    return pd.DataFrame(
        {
            "slot": slot,
            "key": tracks.key[row],
            "x": v[:, 0],
            "y": v[:, 1],
            "z": v[:, 2],
            "kn": tracks.leg_m[row] / NM_M / (tracks.dt_us[row] / H_US),
            "moored": tracks.status[row] == _MOORED,
        }
    )


def _slots(tracks: Tracks, params: Params) -> tuple[Ints, Ints]:
    """Return the pairs of a slow leg's later row and a slot within the leg, its later end included."""
    step = _slot_us(params)
    number = tracks.at_us // step
    count = np.zeros(len(tracks), dtype=np.int64)
    count[1:] = number[1:] - number[:-1]
    count[tracks.first] = 0
    row = np.flatnonzero((count > 0) & (tracks.dt_us <= params.encounter_reach_h * H_US))
    row = row[_slow(tracks, row, params)]
    which, slot = ranges(number[row] - count[row] + 1, count[row])
    return row[which], slot


def _slow(tracks: Tracks, row: Ints, params: Params) -> Bools:
    """Return which legs were slow: by the speeds reported at both ends, and by the leg where it is long enough."""
    leg_kn = tracks.leg_m[row] / NM_M / (tracks.dt_us[row] / H_US)
    told = np.maximum(tracks.sog_kn[row - 1], tracks.sog_kn[row])  # NaN when either is not known
    short = tracks.dt_us[row] < _slot_us(params)  # over a short leg the GNSS error alone makes knots
    limit = params.encounter_max_kn
    return np.where(np.isnan(told), leg_kn < limit, (told < limit) & (short | (leg_kn < limit)))


def _meet(
    samples: pd.DataFrame, pairs: pd.DataFrame, settled: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs that have parted for good, and those that are or may yet be together."""
    met = _join([pairs, _pair_rows(samples, params)], PAIR_STATE, ["key", "other", "first_slot"])
    if not len(met):
        return met, met
    merge = round(params.encounter_merge_h * H_US) // _slot_us(params)
    same = (met["key"] == met["key"].shift()) & (met["other"] == met["other"].shift())
    group = (~(same & (met["first_slot"] - met["last_slot"].shift() <= merge))).cumsum()
    joined = met.groupby(group).agg({"key": "first", "other": "first", **_HOW})[list(PAIR_STATE)]
    over = joined["last_slot"] + merge < settled
    return joined[over].reset_index(drop=True), joined[~over].reset_index(drop=True).astype(PAIR_STATE)


def _pair_rows(samples: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return one row of `PAIR_STATE` for each contact."""
    met = find_contacts(samples, params.encounter_m)
    a, b = samples.iloc[met.a].reset_index(drop=True), samples.iloc[met.b].reset_index(drop=True)
    columns: dict[str, Any] = {
        "key": a["key"],
        "other": b["key"],
        "first_slot": a["slot"],
        "last_slot": a["slot"],
    }
    columns |= {f"{end}_{axis}": a[axis] for end in ("first", "last") for axis in "xyz"}
    place = a[["x", "y", "z"]].to_numpy()
    columns |= box_columns(place, place)
    columns |= {"slots": 1, "moored": (a["moored"] & b["moored"]).astype(np.int64)}
    columns |= {"min_m": met.metres, "sum_mm": np.rint(met.metres * 1000).astype(np.int64)}
    columns |= {"sum_milli_kn": np.rint(np.maximum(a["kn"], b["kn"]) * 1000).astype(np.int64)}
    return pd.DataFrame(columns)[list(PAIR_STATE)]


def _events(pairs: pd.DataFrame, ended: Bools, params: Params) -> pd.DataFrame:
    step = _slot_us(params)
    hours = (pairs["last_slot"] - pairs["first_slot"]).to_numpy() * step / H_US
    long = (pairs["slots"].to_numpy() - 1) * step / H_US >= params.encounter_min_h  # time apart does not count
    shown, ended = pairs[long], ended[long]
    details = _details(shown, hours[long], step)
    start_lat, start_lon = from_unit_vectors(shown[["first_x", "first_y", "first_z"]].to_numpy())
    end_lat, end_lon = from_unit_vectors(shown[["last_x", "last_y", "last_z"]].to_numpy())
    return make_events(
        "encounter",
        mmsi=key_mmsi(shown["key"].to_numpy()),
        seg=key_seg(shown["key"].to_numpy()),
        other_seg=key_seg(shown["other"].to_numpy()),
        start={"at_us": shown["first_slot"].to_numpy() * step, "lat": start_lat, "lon": start_lon},
        end={
            "at_us": np.where(ended, shown["last_slot"].to_numpy() * step, NO_TIME),
            "lat": np.where(ended, end_lat, np.nan),
            "lon": np.where(ended, end_lon, np.nan),
        },
        details=details,
        other_mmsi=key_mmsi(shown["other"].to_numpy()),
    )


def _details(pairs: pd.DataFrame, hours: Floats, step_us: int) -> list[dict[str, Any]]:
    count = pairs["slots"].to_numpy()
    facts = (
        hours,
        (count - 1) * step_us / H_US,
        pairs["min_m"].to_numpy(),
        pairs["sum_mm"].to_numpy() / count / 1000,
        pairs["sum_milli_kn"].to_numpy() / count / 1000,
        pairs["moored"].to_numpy() / count,
        box_spans(pairs) * EARTH_RADIUS_M,
    )
    return [
        {
            "duration_h": round(duration, 3),
            "together_h": round(together, 3),
            "min_distance_m": round(least, 1),
            "mean_distance_m": round(mean, 1),
            "mean_kn": round(kn, 2),
            "moored": share >= 0.5,
            "drift_m": round(drift, 1),
        }
        for duration, together, least, mean, kn, share, drift in zip(*(f.tolist() for f in facts), strict=True)
    ]
