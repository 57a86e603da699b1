"""Loitering: a ship that hardly moves for hours, far from the shore or in a zone known for transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.box import BOX_STATE, BOX_SUMS, box_columns, box_spans
from watch.detect.events import make_events
from watch.detect.spells import SPELL_STATE, join_spells, lasting_h, spell_end, spell_start
from watch.detect.tracks import key_mmsi, key_seg, leg_lengths_m
from watch.detect.world import World
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, arc_m, unit_vectors
from watch.params import Params

#: Spells of loitering, with the box around the samples.
LOITERING_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "path_mm": np.int64,  # whole numbers, so that any order of adding gives the same
    "shore_nm": np.float64,
    "in_transfer_zone": np.int8,
    **BOX_STATE,
}
_SUMS = {"path_mm": "sum", "shore_nm": "min", "in_transfer_zone": "max", **BOX_SUMS}


def detect_loitering(
    samples: pd.DataFrame, world: World, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the loitering known to be over, and the spells that may yet go on (columns `LOITERING_STATE`).

    Parameters
    ----------
    samples
        One fix of each track an hour, as `hours.sample_hours` gives them. Asks the zones: main thread only.
    world
        The shore and the transfer zones.
    state
        Spells open before.
    until_us
        End of the slice.
    params
        Those named `loiter_…`.

    Notes
    -----
    Between two samples of a track at most `loiter_leg_h` apart, a ship is slow when it came forward at less than
    `loiter_max_kn` and did not report that much at both. Slow legs with both ends far from the shore or in a transfer
    zone make a spell; a leg of at most `loiter_merge_h` between two of them does not part them, and its way counts.
    Of that a spell is loitering which lasted `loiter_min_h`, has `loiter_min_samples`, and whose mean is below
    `loiter_max_kn`.
    """
    merge_us, leg_us = (round(h * H_US) for h in (params.loiter_merge_h, params.loiter_leg_h))
    over, still = join_spells(
        state,
        _slow_legs(samples, world, params),
        merge_us=merge_us,
        wait_us=leg_us,
        until_us=until_us,
        columns=LOITERING_STATE,
        sums=_SUMS,
    )
    gone = _gone(still, samples, merge_us)
    over = pd.concat([over, still[gone]], ignore_index=True) if gone.any() else over
    return _events(over, np.ones(len(over), dtype=bool), params), still[~gone].reset_index(drop=True)


def open_loitering(state: pd.DataFrame, as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the loitering that has not ended for certain; one not heard of since for longer than a leg is over."""
    wait_us = round((params.loiter_merge_h + params.loiter_leg_h) * H_US)
    return _events(state, (as_of_us - state["last_us"] > wait_us).to_numpy(), params)


def _gone(spells: pd.DataFrame, samples: pd.DataFrame, merge_us: int) -> Bools:
    """Return which spells cannot go on, since their track was sampled elsewhere too long after them."""
    key, at_us = samples["key"].to_numpy(), samples["at_us"].to_numpy()
    row = np.searchsorted(key, spells["key"].to_numpy(), side="right") - 1
    found = row >= 0
    found[found] = key[row[found]] == spells["key"].to_numpy()[found]
    gone = found.copy()
    gone[found] = at_us[row[found]] - spells["last_us"].to_numpy()[found] > merge_us
    return gone


@dataclass(frozen=True)
class _Legs:
    """Legs from each sample to the next; the arrays are as long as the samples, and a leg stands at its end."""

    path_mm: Ints
    slow: Bools
    short: Bools


def _slow_legs(samples: pd.DataFrame, world: World, params: Params) -> pd.DataFrame:
    """Return one part of a spell for each slow leg in the right place that ends in this slice."""
    at_us, lat, lon = (samples[name].to_numpy() for name in ("at_us", "lat", "lon"))
    legs = _legs(samples, params)
    shore_nm, zone, fits = _places(lat, lon, legs.slow, world, params)
    slow = legs.slow & fits & _before(fits)
    goes_on = _before(slow)
    bridged = legs.short & ~slow & goes_on  # a short way between two slow legs
    path_mm = legs.path_mm + np.where(_before(bridged), np.roll(legs.path_mm, 1), 0)
    to = np.flatnonzero(slow & samples["news"].to_numpy())
    v0, v1 = unit_vectors(lat[to - 1], lon[to - 1]), unit_vectors(lat[to], lon[to])
    columns: dict[str, Any] = {
        "key": samples["key"].to_numpy()[to],
        **{f"first_{name}": column[to - 1] for name, column in (("us", at_us), ("lat", lat), ("lon", lon))},
        **{f"last_{name}": column[to] for name, column in (("us", at_us), ("lat", lat), ("lon", lon))},
        "samples": np.where(goes_on[to], 1, 2),
        "path_mm": path_mm[to],
        "shore_nm": np.minimum(shore_nm[to - 1], shore_nm[to]),
        "in_transfer_zone": (zone[to - 1] | zone[to]).astype(np.int8),
        **box_columns(np.minimum(v0, v1), np.maximum(v0, v1)),
    }
    return pd.DataFrame(columns).astype(LOITERING_STATE)


def _legs(samples: pd.DataFrame, params: Params) -> _Legs:
    key, at_us = samples["key"].to_numpy(), samples["at_us"].to_numpy()
    same = np.zeros(len(samples), dtype=bool)
    same[1:] = key[1:] == key[:-1]
    dt_us = np.where(same, np.diff(at_us, prepend=at_us[:1]), 0)
    metres = leg_lengths_m(samples["lat"].to_numpy(), samples["lon"].to_numpy())
    path_mm = np.rint(np.where(same, metres, 0.0) * 1000).astype(np.int64)
    sog = samples["sog_kn"].to_numpy(dtype=np.float64)
    reported = (sog >= params.loiter_max_kn) & _before(sog >= params.loiter_max_kn)
    slow = path_mm < params.loiter_max_kn * NM_M * 1000 * (dt_us / H_US)
    joined = same & (dt_us <= params.loiter_leg_h * H_US)
    return _Legs(path_mm, joined & slow & ~reported, same & (dt_us <= params.loiter_merge_h * H_US))


def _places(lat: Floats, lon: Floats, slow: Bools, world: World, params: Params) -> tuple[Floats, Bools, Bools]:
    """Return the distance to the shore, whether in a transfer zone, and whether a ship can loiter there.

    Only the ends of slow legs are looked at.
    """
    after = np.append(slow[1:], False)[: len(slow)]
    rows = np.flatnonzero(slow | after)
    shore_nm = np.full(len(lat), np.nan)
    shore_nm[rows] = world.shore.distance_nm(lat[rows], lon[rows])
    hit, zone = world.zone_index.rows_in_zones(lat[rows], lon[rows])
    in_zone = np.zeros(len(lat), dtype=bool)
    in_zone[rows[hit[world.transfer_zones[zone]]]] = True
    return shore_nm, in_zone, in_zone | (shore_nm >= params.loiter_shore_nm)


def _before(marks: Bools) -> Bools:
    """Return the mark of the row before each row."""
    return np.append(False, marks[:-1])[: len(marks)]


def _events(spells: pd.DataFrame, ended: Bools, params: Params) -> pd.DataFrame:
    hours = lasting_h(spells)
    path_nm = spells["path_mm"].to_numpy() / 1000 / NM_M
    loiters = (hours >= params.loiter_min_h) & (path_nm < params.loiter_max_kn * hours)
    loiters &= (spells["samples"] >= params.loiter_min_samples).to_numpy()
    shown, ended = spells[loiters], ended[loiters]
    key = shown["key"].to_numpy()
    return make_events(
        "loitering",
        mmsi=key_mmsi(key),
        seg=key_seg(key),
        start=spell_start(shown),
        end=spell_end(shown, ended),
        details=_details(shown, hours[loiters], path_nm[loiters]),
    )


def _details(spells: pd.DataFrame, hours: Floats, path_nm: Floats) -> list[dict[str, Any]]:
    drift_nm = arc_m(box_spans(spells)) / NM_M
    columns = [spells[name].to_numpy() for name in ("shore_nm", "in_transfer_zone", "samples")]
    rows = zip(*(c.tolist() for c in (hours, path_nm, drift_nm, *columns)), strict=True)
    return [
        {
            "duration_h": round(duration, 3),
            "mean_kn": round(path / duration, 2),
            "distance_nm": round(path, 2),
            "drift_nm": round(drift, 2),
            "shore_nm": round(shore, 1),
            "in_transfer_zone": bool(zone),
            "samples": count,
        }
        for duration, path, drift, shore, zone, count in rows
    ]
