"""Leaps: the legs between two fixes of one radio that no hull could have sailed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from watch.columns import empty_frame
from watch.detect.tracks import Tracks
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, distance_m

#: A row a leap: the radio's fix `before` it, and the first fix in the new place.
JUMP_COLUMNS = {
    "mmsi": np.int64,
    "at_us": np.int64,
    "lat": np.float64,
    "lon": np.float64,
    "before_us": np.int64,
    "before_lat": np.float64,
    "before_lon": np.float64,
    "seg_from": np.int64,
    "seg_to": np.int64,
    "distance_m": np.float64,
    "implied_kn": np.float64,
    "from_stray": np.bool_,  # the fix before it was the outlier: the new place is nearer to the fix before that one
}
TICK_US = 1_000_000  # AIS tells time in whole seconds: less than one between two fixes is taken for one


def list_jumps(fixes: Tracks, seg: Ints, jump: Bools, before: pd.DataFrame) -> pd.DataFrame:
    """Return the marked legs, columns `JUMP_COLUMNS`, by radio and in the order they were made.

    Parameters
    ----------
    fixes
        One track a radio, legs measured from the fix before the slice.
    seg
        The segment of each fix.
    jump
        The fixes that end such a leg.
    before
        The last fix of each radio before the slice, a row for each of `fixes.starts`: `at_us`, `lat`, `lon`, `seg`,
        `prior_lat`, `prior_lon`; missing if there was none.
    """
    rows = np.flatnonzero(jump)
    if not len(rows):
        return empty_frame(JUMP_COLUMNS)
    radio = np.searchsorted(fixes.starts, rows, side="right") - 1
    lead, at, first = before.iloc[radio], np.maximum(rows - 1, 0), rows == fixes.starts[radio]
    out = pd.DataFrame(
        {
            "mmsi": fixes.mmsi[rows],
            "at_us": fixes.at_us[rows],
            "lat": fixes.lat[rows],
            "lon": fixes.lon[rows],
            "before_us": np.where(first, lead["at_us"], fixes.at_us[at]),
            "before_lat": np.where(first, lead["lat"], fixes.lat[at]),
            "before_lon": np.where(first, lead["lon"], fixes.lon[at]),
            "seg_from": np.where(first, lead["seg"], seg[at]),
            "seg_to": seg[rows],
            "distance_m": fixes.leg_m[rows],
        }
    )
    lasting_us = np.maximum(out["at_us"] - out["before_us"], TICK_US)
    out["implied_kn"] = out["distance_m"] / NM_M / (lasting_us / H_US)
    prior_lat, prior_lon = _prior(fixes, rows - 1, radio, jump, lead)
    strayed = distance_m(prior_lat, prior_lon, out["before_lat"], out["before_lon"])
    out["from_stray"] = distance_m(prior_lat, prior_lon, out["lat"], out["lon"]) < strayed
    return out.astype(JUMP_COLUMNS)


def prior_places(fixes: Tracks, jump: Bools, before: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return where each radio of the slice was one fix before its last; NaN if its last fix is the end of a leap."""
    return _prior(fixes, fixes.ends, np.arange(len(fixes.starts)), jump, before)


def _prior(fixes: Tracks, rows: Ints, radio: Ints, jump: Bools, lead: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the place of the fix before each row; a row before the slice stands for the radio's last fix, `lead`."""
    start, at = fixes.starts[radio], np.maximum(rows, 0)
    out = []
    for inside, last, prior in (
        (fixes.lat, lead["lat"], lead["prior_lat"]),
        (fixes.lon, lead["lon"], lead["prior_lon"]),
    ):
        here = np.where(rows > start, inside[np.maximum(rows - 1, 0)], last)
        out.append(np.where(rows < start, prior, np.where(jump[at], np.nan, here)))
    return out[0], out[1]
