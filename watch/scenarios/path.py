"""Where a ship is at any moment, on great circles and at rest: pieces of way.

Moments are seconds since 1970 as floats, any number at once. Places are unit vectors, so 180° and the poles are
nothing special.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from watch.geodesy import EARTH_RADIUS_M, NM_M, Floats, unit_vectors

KN_M_S = NM_M / 3600.0
TIDE_S = 12.42 * 3600.0  # the moon's half day: a ship at anchor turns once with the tide


@dataclass(frozen=True)
class Motion:
    """Where a ship was, and how she moved, at each of n moments.

    Attributes
    ----------
    place
        (n, 3) unit vectors.
    sog_kn, cog_deg
        True speed and course over ground.
    """

    place: Floats
    sog_kn: Floats
    cog_deg: Floats


@dataclass(frozen=True)
class Way:
    """Great circles from way-point to way-point, each reached at its moment."""

    points: Floats
    at_s: Floats

    def motion(self, moment_s: Floats) -> Motion:
        """Return the motion at moments inside the way."""
        leg = np.clip(np.searchsorted(self.at_s, moment_s, side="right") - 1, 0, len(self.at_s) - 2)
        a, b = self.points[leg], self.points[leg + 1]
        share = (moment_s - self.at_s[leg]) / (self.at_s[leg + 1] - self.at_s[leg])
        angle = _angle(a, b)
        place = _slerp(a, b, angle, share)
        sog_kn: Floats = angle * EARTH_RADIUS_M / (self.at_s[leg + 1] - self.at_s[leg]) / KN_M_S
        return Motion(place, sog_kn, _bearing_deg(place, np.cross(np.cross(a, b), place)))


@dataclass(frozen=True)
class Swing:
    """A ship at rest, going round slowly with the tide; a radius of 0 is a ship made fast."""

    centre: Floats
    start_s: float
    radius_m: float
    phase_rad: float

    def motion(self, moment_s: Floats) -> Motion:
        """Return the motion at any moments from the start on; at the start she is at the centre."""
        turn = self.phase_rad + 2 * np.pi * (moment_s - self.start_s) / TIDE_S
        east_m = self.radius_m * (np.cos(turn) - np.cos(self.phase_rad))
        north_m = self.radius_m * (np.sin(turn) - np.sin(self.phase_rad))
        place = shift(np.broadcast_to(self.centre, (len(moment_s), 3)), east_m, north_m)
        sog_kn = np.full(len(moment_s), 2 * np.pi * self.radius_m / TIDE_S / KN_M_S)
        course_rad = -turn if self.radius_m else np.full(len(moment_s), -self.phase_rad)
        return Motion(place, sog_kn, np.degrees(course_rad) % 360.0)


def vector(place: tuple[float, float]) -> Floats:
    """Return one place in degrees as a unit vector of shape (3,)."""
    (only,) = unit_vectors([place[0]], [place[1]])
    return np.asarray(only)


def way_lengths_m(points: Floats) -> Floats:
    """Return the length of each leg between way-points.

    Examples
    --------
    >>> way_lengths_m(unit_vectors([0, 0], [179, -179])).round()
    array([222390.])
    """
    return np.asarray(_angle(points[:-1], points[1:]) * EARTH_RADIUS_M)


def shift(place: Floats, east_m: Floats, north_m: Floats) -> Floats:
    """Return places moved by small distances along the surface."""
    east, north = _compass(place)
    moved = place + (east * east_m[:, None] + north * north_m[:, None]) / EARTH_RADIUS_M
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _angle(a: Floats, b: Floats) -> Floats:
    """Return the angle between vectors, exact for small and for large ones."""
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))


def _slerp(a: Floats, b: Floats, angle: Floats, share: Floats) -> Floats:
    still = angle < 1e-12
    sine = np.where(still, 1.0, np.sin(angle))
    near = np.where(still, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    far = np.where(still, share, np.sin(share * angle) / sine)
    return np.asarray(a * near[:, None] + b * far[:, None])


def _bearing_deg(place: Floats, heading: Floats) -> Floats:
    """Return the compass bearing of tangent vectors at places."""
    east, north = _compass(place)
    to_east, to_north = np.sum(heading * east, axis=1), np.sum(heading * north, axis=1)
    return np.asarray(np.degrees(np.arctan2(to_east, to_north)) % 360.0)


def _compass(place: Floats) -> tuple[Floats, Floats]:
    """Return the unit vectors east and north at each place; at a pole east is along 90° E."""
    flat = np.hypot(place[:, 0], place[:, 1])
    pole = flat < 1e-12
    safe = np.where(pole, 1.0, flat)
    east = np.stack([-place[:, 1] / safe, np.where(pole, 1.0, place[:, 0] / safe), np.zeros(len(place))], axis=1)
    return east, np.cross(place, east)
