"""Contacts: which ships were close to one another in the same slot of time.

A hash of cubes finds them: two places closer than a cube's edge lie in the same or in touching cubes, so neither 180°
nor a pole nor a cube's face hides a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from watch.detect.tracks import key_mmsi
from watch.geodesy import Floats, Ints, arc_m, cube_keys
from watch.runs import ranges

#: The cubes that touch a cube, one of each opposite pair.
_HALF = [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if (i, j, k) > (0, 0, 0)]


@dataclass(frozen=True)
class Contacts:
    """Pairs of samples of one slot that lie close together."""

    a: Ints
    b: Ints
    metres: Floats


def find_contacts(samples: pd.DataFrame, limit_m: float) -> Contacts:
    """Return every pair of samples of one slot and two radios that lie within `limit_m`, the lower radio first.

    Parameters
    ----------
    samples
        Columns `slot`, `key` (track) and `x`, `y`, `z` (unit vector).
    limit_m
        The greatest distance in metres, at least 200.
    """
    v = samples[["x", "y", "z"]].to_numpy()
    slot = samples["slot"].to_numpy()
    slot = (slot - slot.min()).astype(np.uint64) << np.uint64(48) if len(slot) else slot.astype(np.uint64)
    here = slot | cube_keys(v, limit_m).astype(np.uint64)
    order = np.argsort(here, kind="stable")
    found = [_same_cube(here[order])]
    for offset in _HALF:
        there = slot | cube_keys(v, limit_m, offset).astype(np.uint64)
        found.append(_other_cube(here[order], there))
    a, b = (np.concatenate(side) for side in zip(*found, strict=True))
    a_same, n = order[found[0][0]], len(found[0][0])
    a = np.concatenate([a_same, a[n:]])
    b = order[b]
    metres = arc_m(np.linalg.norm(v[a] - v[b], axis=1))
    radio = key_mmsi(samples["key"].to_numpy())
    close = (metres <= limit_m) & (radio[a] != radio[b])
    a, b, metres = a[close], b[close], metres[close]
    swap = radio[a] > radio[b]
    return Contacts(np.where(swap, b, a), np.where(swap, a, b), metres)


def _same_cube(keys: np.ndarray) -> tuple[Ints, Ints]:
    """Return all pairs of places in sorted `keys` that hold the same key."""
    end = np.searchsorted(keys, keys, side="right")
    after = np.arange(len(keys)) + 1
    return ranges(after, end - after)


def _other_cube(keys: np.ndarray, wanted: np.ndarray) -> tuple[Ints, Ints]:
    """Return the pairs of a row of `wanted` and a place in sorted `keys` that hold the same key."""
    begin = np.searchsorted(keys, wanted, side="left")
    count = np.searchsorted(keys, wanted, side="right") - begin
    return ranges(begin, count)
