"""Whether it was night at a place and time."""

from __future__ import annotations

import numpy as np

from watch.geodesy import Bools, Floats, Ints

#: Civil twilight ends when the sun is this far below the horizon: hulls and hoses can no longer be seen without lamps.
NIGHT_SUN_DEG = -6.0
_J2000_US = 946_728_000_000_000  # 2000-01-01 12:00 UTC
_DAY_US = 86_400_000_000


def sun_altitude_deg(at_us: Ints, lat_deg: Floats, lon_deg: Floats) -> Floats:
    """Return how high the sun stood above the horizon, degrees, to about a hundredth of a degree, 1950 to 2050.

    Parameters
    ----------
    at_us
        Moments, microseconds since 1970 UTC.
    lat_deg, lon_deg
        Places; NaN gives NaN.

    References
    ----------
    Astronomical Almanac, low-precision formulas for the sun's apparent coordinates.

    Examples
    --------
    Noon at the meridian of Greenwich on the equator, at the equinox of 20 March 2020:

    >>> at_us = np.array([np.datetime64("2020-03-20T12:07", "us").astype("int64")])
    >>> bool(sun_altitude_deg(at_us, np.array([0.0]), np.array([0.0]))[0] > 89.5)
    True
    >>> sun_altitude_deg(np.array([], int), np.array([]), np.array([])).tolist()
    []
    """
    days = (at_us - _J2000_US) / _DAY_US
    anomaly = np.radians((357.528 + 0.9856003 * days) % 360)
    longitude = np.radians((280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)) % 360)
    tilt = np.radians(23.439 - 0.0000004 * days)
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    sidereal = np.radians((280.46062 + 360.98564737 * days + lon_deg) % 360)
    lat = np.radians(lat_deg)
    height = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(sidereal - right_ascension)
    return np.asarray(np.degrees(np.arcsin(np.clip(height, -1, 1))))


def is_night(at_us: Ints, lat_deg: Floats, lon_deg: Floats) -> Bools:
    """Return whether the sun was more than six degrees below the horizon; False where the place is not known."""
    return sun_altitude_deg(at_us, lat_deg, lon_deg) < NIGHT_SUN_DEG
