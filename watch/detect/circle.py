"""Circles: a ship that goes round and round on one circle for hours, rounder than a hull is ever steered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.spells import SPELL_STATE, join_spells, lasting_h
from watch.detect.windows import apart_m, full_windows, places_in, spoof_events, window_parts, window_rows, window_us
from watch.geodesy import EARTH_RADIUS_M, H_US, NM_M, Bools, Floats, Ints, from_unit_vectors
from watch.params import Params

#: Windows on a circle, put together; what their fits gave adds up in whole numbers.
CIRCLE_STATE: dict[str, Any] = {
    **SPELL_STATE,
    "centre_lat": np.float64,
    "centre_lon": np.float64,
    "sum_radius_m": np.int64,
    "sum_residual_ppm": np.int64,
}
_SUMS = {"centre_lat": "first", "centre_lon": "first", "sum_radius_m": "sum", "sum_residual_ppm": "sum"}


def detect_circles(
    samples: pd.DataFrame, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the circles known to be over, and those that may go on.

    Parameters
    ----------
    samples
        One fix an hour, from `hours.sample_hours`.
    state
        Columns `CIRCLE_STATE`.
    until_us
        End of the slice.
    params
        Those named `circle_…`.

    Notes
    -----
    A ship circles when its last 8 hourly fixes, or its last 16, lie on a circle of 0.5 to 20 nm, none further than
    110° from the next, while it says that it moves or has moved. Six of them must lie in directions of their own, or
    the speed told must be that along the circle: so one is seen too whose turn takes four hours, with fixes at the
    same four places again and again. A turn of three or two hours leaves three or two places, and is not seen.
    """
    moving = _moving(samples, params)
    found = [_on_circle(samples, moving, count, params) for count in (params.circle_fixes, 2 * params.circle_fixes)]
    parts = pd.concat(found, ignore_index=True).astype(CIRCLE_STATE)
    over, still = join_spells(
        state,
        parts,
        merge_us=0,
        wait_us=(params.circle_span_h + 1) * H_US,
        until_us=until_us,
        columns=CIRCLE_STATE,
        sums=_SUMS,
    )
    return _events(over, True), still


def open_circles(state: pd.DataFrame) -> pd.DataFrame:
    """Return the circles that may go on after the state."""
    return _events(state, False)


def _moving(samples: pd.DataFrame, params: Params) -> Bools:
    """Return which samples are of a ship under way: by the speed told, or by the way since the sample before."""
    sog = samples["sog_kn"].to_numpy()
    moving = np.asarray(sog >= params.circle_min_kn)
    ask = np.flatnonzero(np.isnan(sog[1:])) + 1
    key, hour, at_us = (samples[name].to_numpy() for name in ("key", "hour", "at_us"))
    known_h = params.sample_back_h - params.circle_span_h  # no cut of time takes away a sample so shortly before
    ask = ask[(key[ask] == key[ask - 1]) & (hour[ask] - hour[ask - 1] <= known_h)]
    hours = (at_us[ask] - at_us[ask - 1]) / H_US
    moving[ask] = apart_m(samples, ask, 1) >= params.circle_min_kn * NM_M * hours
    return moving


def _on_circle(samples: pd.DataFrame, moving: Bools, count: int, params: Params) -> pd.DataFrame:
    """Return the windows of `count` samples that lie on a circle, as rows of `CIRCLE_STATE`."""
    rows = full_windows(samples, moving, count, params.circle_span_h)
    for back in (count - 1, count // 2):  # most ships are away from where they were: no need to fit
        rows = rows[apart_m(samples, rows, back) <= 2.2 * params.circle_max_nm * NM_M]
    rows = rows[window_us(samples, rows, count) >= params.circle_min_h * H_US]
    places = places_in(samples, rows, count)
    centre, radius, residual, bearing = fit_circles(places)
    radius_nm = radius * EARTH_RADIUS_M / NM_M
    good = (radius_nm >= params.circle_min_nm) & (radius_nm <= params.circle_max_nm)
    good &= (residual <= params.circle_residual) & _open_nowhere(bearing, params)
    good &= _many_directions(bearing, params) | _steered(samples, rows, bearing, radius_nm, params)
    lat, lon = from_unit_vectors(centre[good])
    fits = {
        "centre_lat": lat,
        "centre_lon": lon,
        "sum_radius_m": np.rint(radius_nm[good] * NM_M).astype(np.int64),
        "sum_residual_ppm": np.rint(residual[good] * 1e6).astype(np.int64),
    }
    return pd.DataFrame({**window_parts(samples, rows[good], count), **fits})


def fit_circles(places: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the circle of least algebraic squares through each window of places.

    Parameters
    ----------
    places
        (windows, places, 3) unit vectors, near to one another.

    Returns
    -------
    centre, radius, residual, bearing
        Unit vectors; radii in Earth radii, NaN where no circle fits; mean distance from the circle as a share of the
        radius; the direction of each place from the centre in degrees.

    Notes
    -----
    The plane touches the Earth amid the places, so neither 180° nor a pole is special. Each place gives a linear
    equation in the circle's centre and radius (Kåsa 1976).
    """
    middle = places.mean(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    east = np.cross(np.eye(3)[np.abs(middle).argmin(axis=1)], middle)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    north = np.cross(middle, east)
    x, y = (np.sum(places * axis[:, None, :], axis=2) for axis in (east, north))
    x0, y0, radius = _solve(x, y)
    dx, dy = x - x0[:, None], y - y0[:, None]
    residual = np.sqrt(np.mean((np.hypot(dx, dy) - radius[:, None]) ** 2, axis=1)) / radius
    centre = middle + x0[:, None] * east + y0[:, None] * north
    return centre, radius, residual, np.degrees(np.arctan2(dy, dx))


def _solve(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return centre and radius of the circle through places whose mean is 0, 0; NaN for places on a line."""
    xx, xy, yy = (np.sum(product, axis=1) for product in (x * x, x * y, y * y))
    square = x * x + y * y
    right_x, right_y = np.sum(square * x, axis=1) / 2, np.sum(square * y, axis=1) / 2
    spread = xx * yy - xy * xy
    spread = np.where(spread > 1e-9 * (xx + yy) ** 2, spread, np.nan)
    x0, y0 = (right_x * yy - right_y * xy) / spread, (right_y * xx - right_x * xy) / spread
    return x0, y0, np.sqrt(x0 * x0 + y0 * y0 + (xx + yy) / x.shape[1])


def _steps(bearing: Floats) -> Floats:
    """Return the angles between neighbouring directions."""
    around = np.sort(bearing, axis=1)
    return np.diff(around, axis=1, append=around[:, :1] + 360.0)


def _open_nowhere(bearing: Floats, params: Params) -> Bools:
    """Return which windows look from the centre in all directions."""
    return np.asarray(_steps(bearing).max(axis=1, initial=0.0) <= params.circle_open_deg)


def _many_directions(bearing: Floats, params: Params) -> Bools:
    """Return which windows look in so many directions of their own that calls at a few places cannot make them."""
    return np.asarray((_steps(bearing) >= params.circle_own_deg).sum(axis=1) >= params.circle_directions)


def _steered(samples: pd.DataFrame, rows: Ints, bearing: Floats, radius_nm: Floats, params: Params) -> Bools:
    """Return in which windows the way by the speed told is, from sample to sample, the way along the circle.

    This tells a circle that comes back to the same few places each turn from straight ways between these places.
    """
    window = window_rows(rows, bearing.shape[1])
    sog_kn = samples["sog_kn"].to_numpy(dtype=np.float64)[window]
    hours = np.diff(samples["at_us"].to_numpy()[window], axis=1) / H_US
    told_deg = np.degrees((sog_kn[:, 1:] + sog_kn[:, :-1]) / 2 * hours / radius_nm[:, None])
    turned_deg = np.diff(bearing, axis=1)
    off = [np.abs((told_deg - sense * turned_deg + 180) % 360 - 180).mean(axis=1) for sense in (1, -1)]
    return np.asarray(np.minimum(*off) <= params.circle_agree_deg)


def _events(spells: pd.DataFrame, ended: bool) -> pd.DataFrame:
    told = ("samples", "sum_radius_m", "sum_residual_ppm", "centre_lat", "centre_lon")
    details = [
        {
            "duration_h": round(duration, 3),
            "radius_nm": round(radius / n / NM_M, 3),
            "residual_percent": round(ppm / n / 1e4, 3),
            "centre_lat": round(lat, 5),
            "centre_lon": round(lon, 5),
        }
        for duration, n, radius, ppm, lat, lon in zip(
            lasting_h(spells).tolist(), *(spells[name].tolist() for name in told), strict=True
        )
    ]
    return spoof_events("circle", spells, ended, details)
