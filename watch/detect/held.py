"""Held places: a ship that says for hours that it moves and is heard from one and the same place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.box import BOX_STATE, BOX_SUMS, box_columns, box_spans
from watch.detect.hours import not_fresh
from watch.detect.spells import SPELL_STATE, join_spells, lasting_h
from watch.detect.windows import apart_m, full_windows, places_in, spoof_events, window_parts, window_us, within
from watch.geodesy import H_US, Ints, arc_m
from watch.params import Params

#: Windows held in one place, put together: the box around their places, and the speed told.
HELD_STATE: dict[str, Any] = {
    **SPELL_STATE,
    **BOX_STATE,
    "sum_deci_kn": np.int64,
    "status": np.int8,
}
_SUMS = {**BOX_SUMS, "sum_deci_kn": "sum", "status": "first"}


def detect_held(
    samples: pd.DataFrame, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the held places known to be over, and those that may go on.

    Parameters
    ----------
    samples
        One fix an hour, from `hours.sample_hours`.
    state
        Columns `HELD_STATE`.
    until_us
        End of the slice.
    params
        Those named `held_…`.

    Notes
    -----
    A place is held when the last four hourly fixes, over 2.5 h or more, all tell 2 kn or more and lie within 50 m of
    one another. The speed must be told: a status left at "under way" in a berth says nothing. The first
    hours of a segment that begins with a leap do not count: see `hours.not_fresh`.
    """
    count = params.held_fixes
    said = (samples["sog_kn"].to_numpy() >= params.held_min_kn) & not_fresh(samples, params)
    rows = full_windows(samples, said, count, params.held_span_h)
    rows = rows[window_us(samples, rows, count) >= params.held_min_h * H_US]
    rows = rows[apart_m(samples, rows, 1) <= params.held_m]  # most ships that say so do move
    rows = rows[within(samples, rows, count, params.held_m)]
    parts = pd.DataFrame({**window_parts(samples, rows, count), **_told(samples, rows, count)}).astype(HELD_STATE)
    over, still = join_spells(
        state,
        parts,
        merge_us=0,
        wait_us=(params.held_span_h + 1) * H_US,
        until_us=until_us,
        columns=HELD_STATE,
        sums=_SUMS,
    )
    return _events(over, True), still


def open_held(state: pd.DataFrame) -> pd.DataFrame:
    """Return the held places that may go on after the state."""
    return _events(state, False)


def _told(samples: pd.DataFrame, rows: Ints, count: int) -> dict[str, Any]:
    """Return the box around the places of each window, the speed told at its end and the status at its beginning."""
    places = places_in(samples, rows, count)
    box = box_columns(places.min(axis=1), places.max(axis=1))
    deci_kn = np.rint(samples["sog_kn"].to_numpy()[rows] * 10).astype(np.int64)
    return {**box, "sum_deci_kn": deci_kn, "status": samples["status"].to_numpy()[rows - count + 1]}


def _events(spells: pd.DataFrame, ended: bool) -> pd.DataFrame:
    facts = (
        lasting_h(spells),
        arc_m(box_spans(spells)),
        spells["sum_deci_kn"] / spells["samples"] / 10,
        spells["status"],
    )
    details = [
        {
            "duration_h": round(hours, 3),
            "extent_m": round(metres, 1),
            "told_kn": round(kn, 2),
            "nav_status": None if status < 0 else status,
        }
        for hours, metres, kn, status in zip(*(f.tolist() for f in facts), strict=True)
    ]
    return spoof_events("held", spells, ended, details)
