"""The frame of a map: which part of the world it shows, and where a position lies in it in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from watch.geodesy import wrap_lon

Floats = NDArray[np.float64]

WIDTH_PX, HEIGHT_PX = 1200, 750
HEADER_PX = 78
MAP_PX = HEIGHT_PX - HEADER_PX
LAT_MAX_DEG = 84.0  # Mercator grows without bound towards the poles
SPAN_MIN_NM = 60.0  # own: less would show nothing but the drawing of the coast
_MARGIN = 0.13  # of the content on each side


@dataclass(frozen=True)
class Frame:
    """A Mercator view: `lon_deg` and `mercator_deg` of its middle, and degrees of longitude a pixel."""

    lon_deg: float
    mercator_deg: float
    deg_per_px: float

    def pixels(self, lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats]:
        """Return x and y of positions, whichever way round the Earth is nearer to the middle."""
        x = wrap_lon(np.asarray(lon, dtype=np.float64) - self.lon_deg) / self.deg_per_px + WIDTH_PX / 2
        return x, self.y(lat)

    def y(self, lat: ArrayLike) -> Floats:
        """Return the height of latitudes in pixels above the lower edge."""
        return np.asarray((mercator(lat) - self.mercator_deg) / self.deg_per_px + MAP_PX / 2)

    @property
    def lat_range(self) -> tuple[float, float]:
        """The latitudes of the lower and upper edges, in degrees."""
        half = MAP_PX / 2 * self.deg_per_px
        low, high = unmercator([self.mercator_deg - half, self.mercator_deg + half])
        return float(low), float(high)

    @property
    def lon_range(self) -> tuple[float, float]:
        """The longitudes of the left and right edges in degrees, running on past 180°."""
        half = min(WIDTH_PX / 2 * self.deg_per_px, 180.0)
        return self.lon_deg - half, self.lon_deg + half

    @property
    def lat_deg(self) -> float:
        """The latitude of the middle."""
        return float(unmercator([self.mercator_deg])[0])

    @property
    def nm_per_px(self) -> float:
        """Nautical miles a pixel at the latitude of the middle."""
        return float(self.deg_per_px * 60 * np.cos(np.radians(self.lat_deg)))


def mercator(lat: ArrayLike) -> Floats:
    """Return latitudes as heights on a Mercator plane whose unit is a degree of longitude."""
    phi = np.radians(np.clip(np.asarray(lat, dtype=np.float64), -LAT_MAX_DEG, LAT_MAX_DEG))
    return np.asarray(np.degrees(np.arctanh(np.sin(phi))))


def unmercator(height: ArrayLike) -> Floats:
    """Return heights on the Mercator plane as latitudes."""
    return np.asarray(np.degrees(np.arcsin(np.tanh(np.radians(np.asarray(height, dtype=np.float64))))))


def fit_frame(
    lat: ArrayLike,
    lon: ArrayLike,
    free_left_px: float = 0.0,
    free_right_px: float = 0.0,
    span_min_nm: float = SPAN_MIN_NM,
) -> Frame:
    """Return the frame that shows all positions, however they lie about 180°.

    Parameters
    ----------
    lat, lon : array_like
        Degrees; none at all gives the whole world.
    free_left_px, free_right_px : float
        Width to keep free of positions, for a key.
    span_min_nm : float
        How much of the sea to show at least, each way.

    Examples
    --------
    >>> fit_frame([0, 1], [179, -179]).lon_deg
    -180.0
    """
    lats, lons = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    if not len(lats):
        lats, lons = np.array([-70.0, 78.0]), np.array([-179.0, 179.0])
        return _frame(0.0, 358.0, lats, (0.0, 0.0), span_min_nm)
    centre, span = _arc(lons)
    return _frame(centre, span, lats, (free_left_px, free_right_px), span_min_nm)


def _frame(centre: float, span: float, lats: Floats, free_px: tuple[float, float], span_min_nm: float) -> Frame:
    left_px, right_px = free_px
    low, high = mercator([lats.min(), lats.max()])
    middle = float(unmercator((low + high) / 2))
    least = span_min_nm / 60 / np.cos(np.radians(middle))
    usable = WIDTH_PX - left_px - right_px
    wide = max(span, least) * (1 + 2 * _MARGIN) / usable
    tall = max(high - low, least) * (1 + 2 * _MARGIN) / MAP_PX
    per_px = min(max(wide, tall), 360.0 / WIDTH_PX)
    shift = (right_px - left_px) / 2 * per_px
    half = MAP_PX / 2 * per_px
    bound = float(mercator(LAT_MAX_DEG))
    height = float(np.clip((low + high) / 2, min(half - bound, 0), max(bound - half, 0)))
    return Frame(float(wrap_lon(centre + shift)), height, per_px)


def _arc(lon: Floats) -> tuple[float, float]:
    """Return the middle and the width of the shortest arc of longitudes that holds all of them."""
    ring = np.unique(lon % 360.0)
    gaps = np.diff(np.append(ring, ring[0] + 360.0))
    widest = int(gaps.argmax())
    span = 360.0 - float(gaps[widest])
    start = float(ring[(widest + 1) % len(ring)])
    return float(wrap_lon(start + span / 2)), span
