"""Spells: unbroken stretches of samples that show the same thing, put together across slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from watch.columns import empty_frame
from watch.detect.events import NO_TIME
from watch.geodesy import H_US, Bools, Floats, Ints
from watch.runs import changes

#: A spell: where and when it began, and was last seen. Detectors add columns of their own.
SPELL_STATE: dict[str, Any] = {
    "key": np.int64,  # track
    "first_us": np.int64,
    "first_lat": np.float64,
    "first_lon": np.float64,
    "last_us": np.int64,
    "last_lat": np.float64,
    "last_lon": np.float64,
    "samples": np.int64,
}
_HOW = {
    "first_us": "first",
    "first_lat": "first",
    "first_lon": "first",
    "last_us": "last",
    "last_lat": "last",
    "last_lon": "last",
    "samples": "sum",
}


def join_spells(
    open_spells: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    merge_us: int,
    wait_us: int,
    until_us: int,
    columns: Mapping[str, Any],
    sums: Mapping[str, str] | None = None,
    by: Sequence[str] = ("key",),
    parted: Callable[[pd.DataFrame], Bools] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the spells that are over, and those that may yet go on.

    Parameters
    ----------
    open_spells
        Spells open before the slice.
    parts
        What this slice adds: a row a marked sample or leg, `first_…` its beginning and `last_…` its end, `samples`
        how many it counts for; the same columns as the spells.
    merge_us
        Parts of one track that begin at most this long after the end of the spell belong to it.
    wait_us
        The longest time from the beginning of a part to its end. A part that ends so long after `merge_us` may still
        begin within it, so a spell is over when nothing was added for longer than both together.
    until_us
        End of the slice.
    columns
        The columns and types of the spells: `SPELL_STATE` and the detector's own.
    sums
        How the detector's own columns add up (`sum`, `min`, `max`); whole numbers, so that any cutting gives the same.
    by
        The columns that are the same throughout a spell: its track, and the partner's.
    parted
        Given the rows by `by` and time, tells which of them but the first do not go on with the one before; beside
        `merge_us`, none by default.
    """
    some = [frame for frame in (open_spells, parts) if len(frame)]
    if not some:
        return empty_frame(columns), empty_frame(columns)
    both = pd.concat(some, ignore_index=True).sort_values([*by, "last_us", "first_us"], ignore_index=True)
    new = changes(*(both[name].to_numpy() for name in by))
    new[1:] |= both["first_us"].to_numpy()[1:] - both["last_us"].to_numpy()[:-1] > merge_us
    if parted is not None:
        new[1:] |= parted(both)
    how = {**dict.fromkeys(by, "first"), **_HOW, **(sums or {})}
    spells = both.groupby(np.cumsum(new)).agg(how)[list(columns)].astype(dict(columns))
    over = (until_us - spells["last_us"] > merge_us + wait_us).to_numpy()
    return spells[over].reset_index(drop=True), spells[~over].reset_index(drop=True)


def lasting_h(spells: pd.DataFrame) -> Floats:
    """Return how many hours each spell or stay lasted."""
    return np.asarray((spells["last_us"].to_numpy() - spells["first_us"].to_numpy()) / H_US)


def spell_start(spells: pd.DataFrame) -> dict[str, Ints | Floats]:
    """Return where each spell began, as `make_events` takes it."""
    return {name: spells[f"first_{part}"].to_numpy() for name, part in _ENDS}


def spell_end(spells: pd.DataFrame, ended: np.ndarray) -> dict[str, Ints | Floats]:
    """Return where each spell that is over was last seen, and nothing for the others."""
    out = {name: spells[f"last_{part}"].to_numpy() for name, part in _ENDS}
    return {k: np.where(ended, v, NO_TIME if k == "at_us" else np.nan) for k, v in out.items()}


_ENDS = (("at_us", "us"), ("lat", "lat"), ("lon", "lon"))
