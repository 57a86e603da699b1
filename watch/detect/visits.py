"""Visits: stays at a place put together from runs of fixes, across slices. Zone and port visits share this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.tracks import Tracks
from watch.geodesy import H_US, Bools, Floats, Ints
from watch.runs import changes

#: A stay, or a part of one: an unbroken run of a track's fixes at a place, or a leg that cut it.
VISIT_STATE: dict[str, Any] = {
    "key": np.int64,  # track
    "place": "str",
    "begin_us": np.int64,  # first fix of the stay as a run, which may come before the first that counts
    "first_us": np.int64,  # first fix inside
    "first_lat": np.float64,
    "first_lon": np.float64,
    "last_us": np.int64,  # last fix inside
    "last_lat": np.float64,
    "last_lon": np.float64,
    "touch_us": np.int64,  # last time that the place was touched at all
    "fixes": np.int64,
    "real": np.bool_,  # it counts as a visit: a fix lies inside, near enough
    "stay": np.bool_,  # fixes lie at the place; not so where only a leg cuts it
    "entered": np.bool_,  # a fix outside was heard shortly before
    "left": np.bool_,  # a fix outside was heard shortly after
    "outside": np.bool_,  # the track has gone on to a fix that is not part of this stay
}

_FIRST = ("first_us", "first_lat", "first_lon")
_LAST = ("last_us", "last_lat", "last_lon")
_ADD = {"sum": np.add, "min": np.minimum, "max": np.maximum}


def by_place(places: Ints) -> Ints:
    """Return the stable order by place; there are fewer than 65,536, which numpy sorts by radix."""
    return np.argsort(places.astype(np.uint16), kind="stable")


def runs(rows: Ints, places: Ints, tracks: Tracks, silence_us: int) -> tuple[Ints, Ints]:
    """Return where each run begins and ends in `rows`, which are sorted by place and row.

    A run is a stretch of consecutive rows of one track at one place with no silence longer than `silence_us`.

    Returns
    -------
    begin, end
        Indexes into `rows`: run i holds `rows[begin[i]:end[i]]`.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (np.diff(rows) != 1) | (np.diff(places) != 0)
    new |= tracks.first[rows] | (tracks.dt_us[rows] > silence_us)
    begin = np.flatnonzero(new)
    return begin, np.append(begin[1:], len(rows))


def run_ends(tracks: Tracks, first: Ints, last: Ints, silence_us: int) -> dict[str, Ints | Floats | Bools]:
    """Return the columns of `VISIT_STATE` that follow from the first and last row of each run.

    A run may begin with a carried row: then it goes on with a visit that is open already.
    """
    following = np.minimum(last + 1, len(tracks) - 1)
    follows = (last + 1 < len(tracks)) & ~tracks.first[following]
    return {
        "key": tracks.key[first],
        "begin_us": tracks.at_us[first],
        "first_us": tracks.at_us[first],
        "first_lat": tracks.lat[first],
        "first_lon": tracks.lon[first],
        "last_us": tracks.at_us[last],
        "last_lat": tracks.lat[last],
        "last_lon": tracks.lon[last],
        "touch_us": tracks.at_us[last],
        "fixes": last - first + 1 - tracks.carried[first],
        "entered": ~tracks.first[first] & (tracks.dt_us[first] <= silence_us),
        "left": follows & (tracks.dt_us[following] <= silence_us),
        "outside": follows,
    }


def join_visits(
    open_visits: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    merge_us: int,
    wait_us: int = 0,
    until_us: int,
    sums: dict[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the visits that are over, and those that are or may yet go on.

    Parameters
    ----------
    open_visits
        Visits open before the slice, columns `VISIT_STATE` and those of `sums`.
    parts
        Runs of this slice, with the same columns.
    merge_us
        A ship that is back within this time never left. A run that begins with the slice's carried fix begins
        where the open visit ends, so even 0 joins the two.
    wait_us
        The longest time from the beginning to the end of a part that is known only at its end, as a leg that cuts a
        zone: so long it may still come that the ship was back.
    until_us
        End of the slice.
    sums
        How further columns add up: "sum", "min" or "max".
    """
    both = pd.concat([open_visits, parts], ignore_index=True) if len(open_visits) else parts
    if not len(both):
        return both, both
    place = pd.factorize(both["place"], sort=True)[0]
    order = np.lexsort((both["touch_us"], both["begin_us"], place, both["key"]))
    both, place = both.iloc[order].reset_index(drop=True), place[order]
    key, begin_us, touch_us = (both[name].to_numpy() for name in ("key", "begin_us", "touch_us"))
    begins = changes(key, place)
    begins[1:] |= begin_us[1:] - touch_us[:-1] > merge_us
    start = np.flatnonzero(begins)
    visits = _add_up(both, start, sums or {})
    followed = np.append(~changes(key[start], place[start])[1:], False)
    over = followed | (visits["outside"] & (until_us - visits["touch_us"] > merge_us + wait_us))
    return visits[over].reset_index(drop=True), visits[~over].reset_index(drop=True)


def _add_up(parts: pd.DataFrame, start: Ints, sums: dict[str, str]) -> pd.DataFrame:
    """Return one row for the parts from each start to the next, which are sorted by their beginnings.

    It begins with its first part that counts, and ends with its last that is a stay; where none is, with any.
    """
    row, end = np.arange(len(parts)), np.append(start[1:], len(parts)) - 1
    real, stay = parts["real"].to_numpy(dtype=bool), parts["stay"].to_numpy(dtype=bool)
    first = np.minimum.reduceat(np.where(real, row, len(parts)), start)
    last = np.maximum.reduceat(np.where(stay, row, -1), start)
    first, last = np.where(first == len(parts), start, first), np.where(last < 0, end, last)
    rows = {**dict.fromkeys(_FIRST, first), **dict.fromkeys(_LAST, last), "left": end, "outside": end}
    how = {"touch_us": "max", "fixes": "sum", "real": "max", "stay": "max", **sums}
    columns = {name: parts[name].to_numpy()[at] for name, at in rows.items()}
    columns |= {name: _ADD[sum_].reduceat(parts[name].to_numpy(), start) for name, sum_ in how.items()}
    return parts.iloc[start].reset_index(drop=True).assign(**columns)


def told_visits(visits: pd.DataFrame, going_on: Bools, lengths: Sequence[str] = ()) -> pd.DataFrame:
    """Return open visits as they are told: of one that goes on, only what does not change with every fix.

    Parameters
    ----------
    visits
        Columns `VISIT_STATE`, and those named in `lengths`.
    going_on
        Which of them have no end yet: their length is told in steps, their fixes and last place not at all.
    lengths
        Columns with further lengths of time, in µs.
    """
    length_us = visits["last_us"].to_numpy() - visits["first_us"].to_numpy()
    told = {
        "last_us": np.where(going_on, visits["first_us"].to_numpy() + in_steps_us(length_us), visits["last_us"]),
        **{name: np.where(going_on, 0.0, visits[name]) for name in ("last_lat", "last_lon")},
        **{name: np.where(going_on, 0, visits[name]) for name in ("fixes", "begin_us", "touch_us")},
        **{name: np.where(going_on, False, visits[name]) for name in ("left", "outside")},
        **{name: np.where(going_on, in_steps_us(visits[name].to_numpy()), visits[name]) for name in lengths},
    }
    return visits.assign(**told, ended=~going_on)


#: own: how long a stay that goes on is said to have lasted: a ship at berth must not be news every ten minutes.
_STEPS_H = np.array([*range(6), *range(6, 24, 3), *range(24, 48, 6)])


def in_steps_us(length_us: Ints) -> Ints:
    """Return lengths of time down to a step: hours up to 6, then every 3 up to 24, every 6 up to 48, then days.

    Examples
    --------
    >>> (in_steps_us(np.array([0, 1.5, 8, 47, 71]) * 3_600_000_000) // 3_600_000_000).tolist()
    [0, 1, 6, 42, 48]
    """
    hours = np.asarray(length_us) // H_US
    step = _STEPS_H[np.searchsorted(_STEPS_H, np.minimum(hours, 47), side="right") - 1]
    return np.asarray(np.where(hours < 48, step, hours // 24 * 24) * H_US, dtype=np.int64)


def seen_at(visits: pd.DataFrame, as_of_us: int, silence_us: int) -> pd.Series[bool]:
    """Return which of the open visits are still going on at `as_of_us`."""
    return ~visits["outside"] & (as_of_us - visits["last_us"] <= silence_us)
