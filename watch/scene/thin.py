"""Thinning: leaves out the fixes that a straight way between their neighbours tells as well.

The error is that of the moving ship: how far a fix that was left out lies from where the replay shows the ship at that
moment, on a straight line of the map (Mercator) and at an even speed between the fixes that stayed.
"""

from __future__ import annotations

import numpy as np

from watch.geodesy import EARTH_RADIUS_M, Bools, Floats, Ints
from watch.runs import ranges
from watch.scene.fixes import Fixes

_LEG_MAX_US = 3 * 3_600_000_000  # own: a fix to look at every three hours, however still a ship lies
_STEEPEST_DEG = 85.0  # where maps end


def thin(fixes: Fixes, most_m: float, kept: Bools) -> Fixes:
    """Return a track without the fixes that lie within `most_m` of the way between those that stay.

    Parameters
    ----------
    fixes
        By time.
    most_m
        The greatest error, metres.
    kept
        Which fixes stay in any case, beside the ends of each stretch that is not cut.

    Notes
    -----
    Every other fix that is left is looked at, and leaves when all that lies between its neighbours stays within
    `most_m` of the way between them; again until hardly any leaves. So each error is measured and none adds up.
    """
    if len(fixes) < 3:
        return fixes
    firm = kept | fixes.cut
    firm[:-1] |= fixes.cut[1:]
    firm[[0, -1]] = True
    x_m, y_m, scale = _plane(fixes.lat, fixes.lon)
    left, idle, odd = np.arange(len(fixes)), 0, 1
    while idle < 2 and len(left) > 2:
        gone = _leaving(left, odd, firm, fixes.at_us, x_m, y_m, scale * most_m)
        idle = idle + 1 if len(gone) * 200 < len(left) else 0
        left, odd = np.delete(left, gone), 3 - odd
    return fixes.take(left)


def _plane(lat: Floats, lon: Floats) -> tuple[Floats, Floats, Floats]:
    """Return places in metres on Mercator's map of the equator, and how many of them a metre at each place is."""
    phi = np.radians(np.clip(lat, -_STEEPEST_DEG, _STEEPEST_DEG))
    x_m = np.unwrap(np.radians(lon)) * EARTH_RADIUS_M
    return x_m, np.arcsinh(np.tan(phi)) * EARTH_RADIUS_M, 1 / np.cos(phi)


def _leaving(left: Ints, odd: int, firm: Bools, at_us: Ints, x_m: Floats, y_m: Floats, most_m: Floats) -> Ints:
    """Return which of the fixes that are left may leave, out of every other one."""
    asked = np.arange(odd, len(left) - 1, 2)
    before, after = left[asked - 1], left[asked + 1]
    may = ~firm[left[asked]] & (at_us[after] - at_us[before] <= _LEG_MAX_US)
    asked, before, after = asked[may], before[may], after[may]
    if not len(asked):
        return asked
    count = after - before - 1
    leg, row = ranges(before + 1, count)
    a, b = before[leg], after[leg]
    part = (at_us[row] - at_us[a]) / np.maximum(at_us[b] - at_us[a], 1)
    off_m = np.hypot(x_m[a] + part * (x_m[b] - x_m[a]) - x_m[row], y_m[a] + part * (y_m[b] - y_m[a]) - y_m[row])
    wide = np.maximum.reduceat(off_m / most_m[row], np.cumsum(count) - count)
    return np.asarray(asked[wide <= 1.0])
