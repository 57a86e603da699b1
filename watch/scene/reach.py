"""What a ship could have reached while nothing was heard of it: a ring on the sphere, and the zones in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from watch.geodesy import EARTH_RADIUS_M, NM_M, Floats, distance_m, from_unit_vectors, unit_vectors

_POINTS = 72  # own: every five degrees; corners can hardly be seen
_HALVINGS = 26  # to less than a metre
_QUARTER_M = EARTH_RADIUS_M * np.pi / 2

Place = tuple[float, float]


def reach_ring(off: Place, on: Place | None, way_m: float) -> tuple[list[list[float]] | None, str]:
    """Return the ring of the places that lie just within reach, and a note where it has none.

    Those are the places `p` with distance(off, p) + distance(p, on) = `way_m`.

    Parameters
    ----------
    off, on
        Latitude and longitude, degrees, of the last fix before and the first after; `on` is None while nothing came.
    way_m
        The way that the ship could have made.

    Returns
    -------
    ring, note
        Longitude and latitude, degrees, the first corner once more at the end. Longitudes run on past 180°.

    Examples
    --------
    >>> reach_ring((0.0, 0.0), (0.0, 10.0), 1000.0)
    (None, 'the way from end to end takes more than this speed')
    """
    if on is not None and float(distance_m(*off, *on)) > way_m:
        return None, "the way from end to end takes more than this speed"
    if way_m / (1 if on is None else 2) >= _QUARTER_M:
        return None, "more than half of the globe"
    if any(_sum_m(off, on, np.array([pole]), np.array([0.0]))[0] <= way_m for pole in (-90.0, 90.0)):
        return None, "as far as a pole"
    lat, lon = _ring(off, on, way_m)
    lon = np.degrees(np.unwrap(np.radians(lon)))
    corners = np.round(np.column_stack([lon, lat]), 4).tolist()
    return [*corners, corners[0]], ""


def _ring(off: Place, on: Place | None, way_m: float) -> tuple[Floats, Floats]:
    """Return the corners, each found by halving on its bearing from the middle."""
    start = _middle(off, on or off)
    bearing = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    low, high = np.zeros(_POINTS), np.full(_POINTS, np.pi)
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        inside = _sum_m(off, on, *_along(start, bearing, half)) <= way_m
        low, high = np.where(inside, half, low), np.where(inside, high, half)
    return _along(start, bearing, low)


def _sum_m(off: Place, on: Place | None, lat: Floats, lon: Floats) -> Floats:
    out = distance_m(*off, lat, lon)
    return out if on is None else out + distance_m(lat, lon, *on)


def _middle(one: Place, other: Place) -> Floats:
    middle = unit_vectors([one[0], other[0]], [one[1], other[1]]).sum(axis=0)
    middle_deg = np.stack(from_unit_vectors(middle[None, :])).ravel()
    return np.asarray(middle_deg, dtype=np.float64)


def _along(start: Floats, bearing: Floats, arc: Floats) -> tuple[Floats, Floats]:
    """Return where one comes from a place on each bearing after each arc, in radians."""
    phi, lam = np.radians(start)
    sin_lat = np.sin(phi) * np.cos(arc) + np.cos(phi) * np.sin(arc) * np.cos(bearing)
    lat = np.arcsin(np.clip(sin_lat, -1, 1))
    east = np.arctan2(np.sin(bearing) * np.sin(arc) * np.cos(phi), np.cos(arc) - np.sin(phi) * sin_lat)
    return np.degrees(lat), np.degrees(lam + east)


def way_m(speed_kn: float, hours: float) -> float:
    """Return how far a ship comes, metres."""
    return speed_kn * hours * NM_M


def zone_reach(visit: dict[str, Any], zone: dict[str, str] | None, from_s: int) -> dict[str, Any]:
    """Return a zone within reach as a scene tells it.

    Parameters
    ----------
    visit
        The details of its `possible_visit`.
    zone
        As it goes out; None when it is not configured any more.
    from_s
        The earliest that the ship can be there, seconds since 1970.
    """
    zone = zone or {"id": "", "name": "", "country": ""}
    return {
        "zone_id": zone["id"],
        "name": zone["name"],
        "country": zone["country"],
        "from_s": from_s,
        "way_nm": visit.get("out_nm"),
        "was_there": bool(visit.get("was_there")),
        "stay_h": visit.get("stay_h"),
        "needed_kn": visit.get("needed_kn"),
    }
