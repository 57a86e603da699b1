"""Windows: the last few samples of a track judged together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.events import make_events
from watch.detect.spells import spell_end, spell_start
from watch.detect.tracks import key_mmsi, key_seg
from watch.geodesy import Bools, Floats, Ints, arc_m, distance_m, unit_vectors


def full_windows(samples: pd.DataFrame, marked: Bools, count: int, span_h: int) -> Ints:
    """Return the rows first heard in this slice that end `count` marked samples of one track within `span_h` hours.

    Parameters
    ----------
    samples
        As `hours.sample_hours` gives them.
    marked
        Which samples may be part of a window.
    count, span_h
        Samples of a window, and the hours that it may last.
    """
    back = count - 1
    if len(samples) <= back:
        return np.zeros(0, dtype=np.int64)
    key, hour = samples["key"].to_numpy(), samples["hour"].to_numpy()
    total = np.cumsum(marked)
    whole = (total[back:] - total[: len(total) - back] == back) & marked[: len(marked) - back]
    whole &= (key[back:] == key[: len(key) - back]) & (hour[back:] - hour[: len(hour) - back] <= span_h)
    return np.flatnonzero(whole & samples["news"].to_numpy()[back:]) + back


def window_rows(rows: Ints, count: int) -> Ints:
    """Return the (windows, count) rows of each window that ends at `rows`, in time.

    Examples
    --------
    >>> window_rows(np.array([4, 9]), 3).tolist()
    [[2, 3, 4], [7, 8, 9]]
    """
    return np.asarray(rows[:, None] + np.arange(1 - count, 1))


def window_us(samples: pd.DataFrame, rows: Ints, count: int) -> Ints:
    """Return the time from the first to the last sample of each window that ends at `rows`."""
    at_us = samples["at_us"].to_numpy()
    return np.asarray(at_us[rows] - at_us[rows - count + 1])


def apart_m(samples: pd.DataFrame, rows: Ints, back: int) -> Floats:
    """Return how far each row lies from the one `back` rows before it."""
    lat, lon = samples["lat"].to_numpy(), samples["lon"].to_numpy()
    return distance_m(lat[rows], lon[rows], lat[rows - back], lon[rows - back])


def places_in(samples: pd.DataFrame, rows: Ints, count: int) -> Floats:
    """Return the places of each window that ends at `rows`, in time, as (windows, count, 3) unit vectors."""
    each = window_rows(rows, count)
    return unit_vectors(samples["lat"].to_numpy()[each], samples["lon"].to_numpy()[each])


def within(samples: pd.DataFrame, rows: Ints, count: int, limit_m: float) -> Bools:
    """Return which windows hold no two places further apart than `limit_m`."""
    places = places_in(samples, rows, count)
    gaps = [np.linalg.norm(places[:, one] - places[:, other], axis=1) for one in range(count) for other in range(one)]
    return np.asarray(arc_m(np.max(gaps, axis=0, initial=0.0)) <= limit_m)


def window_parts(samples: pd.DataFrame, rows: Ints, count: int) -> dict[str, Any]:
    """Return the columns of `spells.SPELL_STATE` for the windows that end at `rows`."""
    begin = rows - count + 1
    ends = {"first": begin, "last": rows}
    columns = (("us", "at_us"), ("lat", "lat"), ("lon", "lon"))
    places = {f"{end}_{to}": samples[name].to_numpy()[at] for end, at in ends.items() for to, name in columns}
    return {"key": samples["key"].to_numpy()[rows], **places, "samples": np.ones(len(rows), dtype=np.int64)}


def spoof_events(
    sub_kind: str,
    spells: pd.DataFrame,
    ended: bool | Bools,
    details: Sequence[dict[str, Any]],
    other: Ints | None = None,
) -> pd.DataFrame:
    """Return one event a spell.

    Parameters
    ----------
    sub_kind
        What they are, told in the details.
    spells
        Columns `spells.SPELL_STATE` and more.
    ended
        Whether they are over: all of them, or each.
    details
        One dict an event, without the sub-kind.
    other
        The tracks of the partners.
    """
    key = spells["key"].to_numpy()
    return make_events(
        "spoof",
        mmsi=key_mmsi(key),
        start=spell_start(spells),
        end=spell_end(spells, np.broadcast_to(ended, len(spells))),
        details=[{"sub_kind": sub_kind, **facts} for facts in details],
        other_mmsi=None if other is None else key_mmsi(other),
        tell_apart=[sub_kind] * len(spells),
        seg=key_seg(key),
        other_seg=None if other is None else key_seg(other),
    )
