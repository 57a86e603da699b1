"""Numbers as a scene holds them: whole ones, each as its difference from the one before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from watch.geodesy import Ints
from watch.scene.fixes import Fixes

_SECOND_US = 1_000_000


def deltas(values: ArrayLike) -> list[int]:
    """Return whole numbers as the first one and the differences from each to the next.

    Examples
    --------
    >>> deltas([5, 7, 4]), deltas([])
    ([5, 2, -3], [])
    """
    whole = np.asarray(values, dtype=np.int64)
    return [int(d) for d in np.diff(whole, prepend=0).tolist()]


def whole(values: ArrayLike, scale: float) -> Ints:
    """Return numbers times `scale`, rounded; -1 for those that are missing."""
    scaled = np.rint(np.asarray(values, dtype=np.float64) * scale)
    return np.where(np.isfinite(scaled), scaled, -1).astype(np.int64)


def pack_track(fixes: Fixes, radios: list[int], thinned_m: float) -> dict[str, Any]:
    """Return a track of a scene.

    Parameters
    ----------
    fixes
        What is left of it.
    radios
        Those of the ship, to which `radio` counts.
    thinned_m
        The greatest error of leaving the others out, metres; 0 where every stored fix is there.
    """
    lon = whole(fixes.lon, 1e5)
    return {
        "n": len(fixes),
        "t": deltas(fixes.at_us // _SECOND_US),
        "lat": deltas(whole(fixes.lat, 1e5)),
        "lon": deltas(np.where(lon >= 18_000_000, lon - 36_000_000, lon)),
        "sog": whole(fixes.sog_kn, 10).tolist(),
        "cog": whole(np.mod(fixes.cog_deg, 360), 1).tolist(),
        "cut": np.flatnonzero(fixes.cut).tolist(),
        "radio": np.searchsorted(radios, fixes.mmsi).tolist() if len(radios) > 1 else None,
        "thinned_m": thinned_m,
    }
