"""Runs and ranges in sorted arrays: the two moves that vectorised steps are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from watch.geodesy import Bools, Ints


def changes(*columns: NDArray[Any]) -> Bools:
    """Return which rows differ from the one before in any column; the first does.

    Examples
    --------
    >>> changes(np.array([5, 5, 7]), np.array([1, 2, 2])).tolist()
    [True, True, True]
    >>> changes(np.array([], dtype=np.int64)).tolist()
    []
    """
    out = np.ones(len(columns[0]), dtype=bool)
    out[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    return out


def ranges(begin: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Return each number i as often as `count[i]` says, beside the numbers that count up from `begin[i]`.

    Examples
    --------
    >>> which, number = ranges(np.array([7, 0, 3]), np.array([2, 0, 1]))
    >>> which.tolist(), number.tolist()
    ([0, 0, 2], [7, 8, 3])
    """
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + np.repeat(begin - (np.cumsum(count) - count), count)
