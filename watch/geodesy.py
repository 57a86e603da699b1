"""Distance on the sphere, in one place, right at 180° and at the poles.

A sphere of the mean Earth radius differs from the WGS-84 ellipsoid by at most 0.56 %; every threshold here is far
coarser than that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EARTH_RADIUS_M = 6_371_008.8  # IUGG mean radius
NM_M = 1852.0  # metres in a nautical mile, by definition
H_US = 3_600_000_000  # microseconds in an hour
DAY_US = 24 * H_US


def distance_m(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Return the great-circle distance in metres between points given in degrees.

    Examples
    --------
    >>> float(distance_m(0, 179.5, 0, -179.5).round())
    111195.0
    >>> distance_m([], [], [], []).size
    0
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_dphi = (phi2 - phi1) / 2
    half_dlam = np.radians(np.subtract(lon2, lon1)) / 2
    h = np.sin(half_dphi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_dlam) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))), dtype=np.float64)


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Return points in degrees as an (n, 3) array of unit vectors, where no seam or pole is special."""
    phi, lam = np.radians(np.asarray(lat, dtype=np.float64)), np.radians(np.asarray(lon, dtype=np.float64))
    c = np.cos(phi)
    return np.stack([c * np.cos(lam), c * np.sin(lam), np.sin(phi)], axis=-1)


def arc_m(chord: ArrayLike) -> Floats:
    """Return the distance in metres along the sphere between unit vectors that lie `chord` apart.

    Examples
    --------
    >>> float(arc_m(2.0).round()) == round(np.pi * EARTH_RADIUS_M)
    True
    """
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(np.asarray(chord) / 2, 1.0)))


def from_unit_vectors(v: Floats) -> tuple[Floats, Floats]:
    """Return latitude and longitude in degrees of (n, 3) vectors, which need not have length one."""
    return np.degrees(np.arctan2(v[:, 2], np.hypot(v[:, 0], v[:, 1]))), np.degrees(np.arctan2(v[:, 1], v[:, 0]))


def cube_keys(v: Floats, edge_m: float, offset: tuple[int, int, int] = (0, 0, 0)) -> Ints:
    """Return for each unit vector the key of the cube of `edge_m` that it lies in, moved by `offset` cubes.

    Points closer than `edge_m` lie in the same or in touching cubes, anywhere on Earth.
    """
    side = edge_m / EARTH_RADIUS_M
    half = 1 << 15
    ijk = np.floor(v / side).astype(np.int64) + np.asarray(offset, dtype=np.int64) + half
    return np.asarray((ijk[:, 0] << 32) | (ijk[:, 1] << 16) | ijk[:, 2], dtype=np.int64)


def wrap_lon(lon: ArrayLike) -> Floats:
    """Return longitudes brought into [-180, 180).

    Examples
    --------
    >>> wrap_lon([180.0, -190.0, 12.0]).tolist()
    [-180.0, 170.0, 12.0]
    """
    return np.asarray((np.asarray(lon, dtype=np.float64) + 180.0) % 360.0 - 180.0)
