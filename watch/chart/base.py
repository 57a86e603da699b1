"""What every map stands on: header, sea, land, graticule and scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import ArrayLike, NDArray

from watch.chart.frame import HEADER_PX, HEIGHT_PX, MAP_PX, WIDTH_PX, Frame
from watch.chart.text import drawable
from watch.coast import read_coast
from watch.geodesy import Floats, Ints
from watch.runs import ranges

SEA, LAND, SHORE, GRID = "#dfeaf3", "#f4f0e8", "#9aa3aa", "#b8c6d2"
INK, GREY = "#14181c", "#5b6670"
_DPI = 100
_STEPS_DEG = (1 / 12, 1 / 6, 1 / 4, 1 / 2, 1, 2, 5, 10, 20, 30)
_BARS_NM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def new_map(frame: Frame) -> tuple[Figure, Axes]:
    """Return a figure with land and graticule; its axes count pixels from the lower left of the map."""
    figure = Figure(figsize=(WIDTH_PX / _DPI, HEIGHT_PX / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, MAP_PX / HEIGHT_PX), facecolor=SEA)
    axes.set(xlim=(0, WIDTH_PX), ylim=(0, MAP_PX), xticks=[], yticks=[])
    axes.spines[:].set_color(GRID)
    _draw_land(axes, frame)
    _draw_graticule(axes, frame)
    return figure, axes


def save_map(figure: Figure, path: Path, sharpness: float = 1.0) -> None:
    """Write the figure as a PNG whose bytes depend on nothing but what it shows; for print, with more pixels."""
    figure.savefig(path, format="png", dpi=_DPI * sharpness, metadata={"Software": None})


def draw_header(figure: Figure, title: str, below: str, right: str, right_below: str = "") -> None:
    """Write the title line, the smaller line under it, and what stands at the right."""
    top, low = 1 - 0.43 * HEADER_PX / HEIGHT_PX, 1 - 0.79 * HEADER_PX / HEIGHT_PX
    rows = (
        (title, 0.012, top, "left", 16, "bold", INK),
        (below, 0.012, low, "left", 10, "normal", GREY),
        (right, 0.988, top, "right", 11, "normal", GREY),
        (right_below, 0.988, low, "right", 10, "normal", GREY),
    )
    for text, x, y, side, size, weight, colour in rows:
        figure.text(
            x,
            y,
            drawable(text),
            ha=side,
            va="center",
            fontsize=size,
            weight=weight,
            color=colour,
            parse_math=False,
        )


def _draw_land(axes: Axes, frame: Frame) -> None:
    lon, lat, starts = read_coast()
    draw_rings(axes, frame, lon, lat, starts, facecolor=LAND, edgecolor=SHORE, linewidth=0.6, zorder=1)


def draw_shape(axes: Axes, frame: Frame, shape: shapely.Geometry, **style: Any) -> None:
    """Draw polygons given in degrees."""
    rings = shapely.get_rings(shapely.orient_polygons(join_at_seam(shapely.get_parts(shape))))
    lonlat, count = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings)
    draw_rings(axes, frame, lonlat[:, 0], lonlat[:, 1], np.cumsum(count) - count, **style)


def join_at_seam(parts: ArrayLike) -> NDArray[np.object_]:
    """Return polygons that were cut at 180° in one piece, running on past it."""
    polygons = np.asarray(parts, dtype=object)
    spans = shapely.bounds(polygons)
    west, east = spans[:, 0] <= -180, spans[:, 2] >= 180
    if not (west & ~east).any() or not (east & ~west).any():
        return polygons
    moved = shapely.transform(polygons[west & ~east], lambda xy: np.add(xy, (360.0, 0.0)))
    joined = shapely.get_parts(shapely.union_all([*moved, *polygons[east & ~west]]))
    return np.asarray([*polygons[west == east], *joined], dtype=object)


def draw_rings(axes: Axes, frame: Frame, lon: Floats, lat: Floats, starts: Ints, **style: Any) -> None:
    """Draw rings that stand one behind the other, wherever round the Earth the map shows them."""
    low, high = np.minimum.reduceat(lat, starts), np.maximum.reduceat(lat, starts)
    left, right = np.minimum.reduceat(lon, starts), np.maximum.reduceat(lon, starts)
    ends = np.append(starts[1:], len(lon))
    (south, north), (begin, end) = frame.lat_range, frame.lon_range
    for turn in (-360.0, 0.0, 360.0):
        seen = (high >= south) & (low <= north) & (right + turn >= begin) & (left + turn <= end)
        if seen.any():
            # add_patch would walk every corner in Python to widen the axes, whose limits are fixed
            axes.add_artist(PathPatch(_outline(frame, lon + turn, lat, starts[seen], ends[seen]), **style))


def _outline(frame: Frame, lon: Floats, lat: Floats, starts: Ints, ends: Ints) -> Outline:
    """Return rings as one path, without corners that fall on the same pixel."""
    count = ends - starts
    _, at = ranges(starts, count)
    x = (lon[at] - frame.lon_deg) / frame.deg_per_px + WIDTH_PX / 2
    corners = np.column_stack([x, frame.y(lat[at])])
    codes = np.full(len(at), Outline.LINETO, dtype=np.uint8)
    codes[np.cumsum(count) - count] = Outline.MOVETO
    codes[np.cumsum(count) - 1] = Outline.CLOSEPOLY
    half_px = np.round(corners * 2)
    moved = np.append(True, (half_px[1:] != half_px[:-1]).any(axis=1)) | (codes != Outline.LINETO)
    return Outline(corners[moved], codes[moved])


def _draw_graticule(axes: Axes, frame: Frame) -> None:
    (south, north), (west, east) = frame.lat_range, frame.lon_range
    step = next((s for s in _STEPS_DEG if (east - west) / s <= 8), _STEPS_DEG[-1])
    style: dict[str, Any] = {"color": GRID, "linewidth": 0.7, "zorder": 2}
    words: dict[str, Any] = {"fontsize": 9, "color": GREY, "parse_math": False, "zorder": 3}
    for k in range(int(np.ceil(west / step)), int(np.floor(east / step)) + 1):
        x = float((k * step - frame.lon_deg) / frame.deg_per_px + WIDTH_PX / 2)
        axes.axvline(x, **style)
        if 30 < x < WIDTH_PX - 45:
            axes.text(x + 4, 6, degree_words(k * step, "EW"), **words)
    for k in range(int(np.ceil(south / step)), int(np.floor(north / step)) + 1):
        y = float(frame.y(k * step))
        axes.axhline(y, **style)
        if 30 < y < MAP_PX - 14:
            axes.text(6, y + 3, degree_words(k * step, "NS"), **words)


def degree_words(degrees: float, sides: str) -> str:
    """Return a meridian or parallel as charts name it.

    Examples
    --------
    >>> degree_words(57.5, "EW"), degree_words(-190.0, "EW"), degree_words(0, "NS"), degree_words(180, "EW")
    ("57°30'E", '170°E', '0°', '180°')
    """
    if sides == "EW":
        degrees = (degrees + 180) % 360 - 180
    whole, minutes = divmod(round(abs(degrees) * 60), 60)
    side = "" if whole == minutes == 0 or whole == 180 else sides[int(degrees < 0)]
    return f"{whole}°{f'{minutes:02d}' + chr(39) if minutes else ''}{side}"


def draw_scale(axes: Axes, frame: Frame, *, at_right: bool = False) -> tuple[float, float, float, float]:
    """Draw a bar of whole nautical miles, true at the middle of the map; return its box in pixels."""
    length_nm = max((nm for nm in _BARS_NM if nm / frame.nm_per_px <= 230), default=_BARS_NM[0])
    length = length_nm / frame.nm_per_px
    left = WIDTH_PX - 34 - length if at_right else 36.0
    axes.plot([left, left + length], [38, 38], color=INK, linewidth=3, solid_capstyle="butt", zorder=9)
    words = f"{length_nm} nm at {degree_words(round(frame.lat_deg), 'NS')}"
    axes.text(left + length / 2, 44, words, ha="center", fontsize=9.5, color=INK, zorder=9, parse_math=False)
    return left - 12, 28, left + max(length, 90) + 12, 62
