"""Pieces of the pictures of `docs/events.md`: header, small maps with coast, tracks, times and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from PIL import Image

from watch.chart.base import GREY, GRID, INK, LAND, SEA, SHORE, degree_words
from watch.chart.track import SILENT, TRACK
from watch.coast import read_coast
from watch.geodesy import NM_M, distance_m
from watch.params import DEFAULT

WIDTH_PX, HEIGHT_PX = 900, 560
_DPI, _COLOURS = 100, 192
_HEAD_PX = 46
_QUIET_H = 3.0  # a line over a longer silence would look like a track
_STEPS_DEG = (1 / 60, 1 / 30, 1 / 12, 1 / 6, 1 / 4, 1 / 2, 1, 2, 5, 10)
_BARS_NM = (0.5, 1, 2, 5, 10, 20, 50, 100)
Box = tuple[float, float, float, float]  # left, low, wide, tall, in pixels
BELOW_HEAD: Box = (0, 0, WIDTH_PX, HEIGHT_PX - _HEAD_PX)
ZONE = "#9c2b22"
Place = tuple[float, float]  # latitude, longitude


def new_picture(title: str, below: str) -> Figure:
    """Return an empty picture with its header."""
    figure = Figure(figsize=(WIDTH_PX / _DPI, HEIGHT_PX / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for text, x, y, side, size, weight, colour in (
        (title, 10, 17, "left", 13, "bold", INK),
        (below, 10, 36, "left", 9, "normal", GREY),
        ("SYNTHETIC TRACK · times UTC", WIDTH_PX - 10, 17, "right", 9, "bold", SILENT),
    ):
        at = (x / WIDTH_PX, 1 - y / HEIGHT_PX)
        figure.text(*at, text, ha=side, va="center", fontsize=size, weight=weight, color=colour, parse_math=False)
    return figure


def save_picture(figure: Figure, path: Path) -> None:
    """Write a picture with as many colours as it needs."""
    figure.savefig(path, format="png", dpi=_DPI, metadata={"Software": None})
    Image.open(path).convert("RGB").quantize(_COLOURS).save(path, optimize=True)


def plain_axes(figure: Figure, box: Box) -> Axes:
    """Return axes for a diagram in a box of the picture."""
    left, low, wide, tall = box
    axes = figure.add_axes((left / WIDTH_PX, low / HEIGHT_PX, wide / WIDTH_PX, tall / HEIGHT_PX), facecolor="white")
    axes.spines[:].set_color(GRID)
    axes.tick_params(labelsize=8, colors=GREY, length=2)
    return axes


def new_map(figure: Figure, box: Box, centre: Place, tall_nm: float, *, size: float = 8.0, grid: bool = True) -> Axes:
    """Return axes in degrees about a place, so many miles from top to bottom, with land, graticule and scale."""
    axes = plain_axes(figure, box)
    lat, lon = centre
    half_lat = tall_nm / 120
    half_lon = half_lat * box[2] / box[3] / np.cos(np.radians(lat))
    axes.set(xlim=(lon - half_lon, lon + half_lon), ylim=(lat - half_lat, lat + half_lat), facecolor=SEA)
    axes.set(xticks=[], yticks=[])
    _draw_land(axes)
    if grid:
        _draw_graticule(axes, size)
    _draw_scale(axes, tall_nm, box, size)
    return axes


def _draw_land(axes: Axes) -> None:
    lon, lat, starts = read_coast()
    ends = np.append(starts[1:], len(lon))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    seen = (np.maximum.reduceat(lat, starts) >= south) & (np.minimum.reduceat(lat, starts) <= north)
    seen &= (np.maximum.reduceat(lon, starts) >= west) & (np.minimum.reduceat(lon, starts) <= east)
    for a, b in zip(starts[seen], ends[seen], strict=True):
        codes = np.full(b - a, Outline.LINETO, dtype=np.uint8)
        codes[0], codes[-1] = Outline.MOVETO, Outline.CLOSEPOLY
        outline = Outline(np.column_stack([lon[a:b], lat[a:b]]), codes)
        axes.add_artist(PathPatch(outline, facecolor=LAND, edgecolor=SHORE, linewidth=0.6, zorder=1))


def _draw_graticule(axes: Axes, size: float) -> None:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    step = next((s for s in _STEPS_DEG if (east - west) / s <= 6), _STEPS_DEG[-1])
    words: dict[str, Any] = {"fontsize": size, "color": GREY, "zorder": 3, "clip_on": True}
    for k in range(int(np.ceil(west / step)), int(np.floor(east / step)) + 1):
        axes.axvline(k * step, color=GRID, linewidth=0.6, zorder=2)
        axes.annotate(degree_words(k * step, "EW"), (k * step, south), (2, 2), textcoords="offset points", **words)
    for k in range(int(np.ceil(south / step)), int(np.floor(north / step)) + 1):
        axes.axhline(k * step, color=GRID, linewidth=0.6, zorder=2)
        axes.annotate(degree_words(k * step, "NS"), (west, k * step), (2, 2), textcoords="offset points", **words)


def _draw_scale(axes: Axes, tall_nm: float, box: Box, size: float) -> None:
    length_nm = max((nm for nm in _BARS_NM if nm <= tall_nm * box[2] / box[3] / 4), default=_BARS_NM[0])
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    length = length_nm / 60 / np.cos(np.radians((south + north) / 2))
    x, y = east - length - 0.03 * (east - west), south + 0.05 * (north - south)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2.5, solid_capstyle="butt", zorder=9)
    word = f"{length_nm:g} nm"
    axes.annotate(word, (x + length / 2, y), (0, 3), textcoords="offset points", ha="center", fontsize=size, zorder=9)


def draw_track(axes: Axes, rows: pd.DataFrame, colour: str = TRACK, *, dots: float = 3.0, width: float = 1.4) -> None:
    """Draw the fixes of one ship; a way of which nothing is known, or that no hull can make, is dashed red."""
    rows = rows.sort_values("fix_at")
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    hours = (rows["fix_at"].diff() / pd.Timedelta(hours=1)).to_numpy()[1:]
    nm = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) / NM_M
    torn = (hours > _QUIET_H) | (nm > DEFAULT.max_speed_kn * hours + DEFAULT.jump_slack_m / NM_M)
    begin = np.append(0, np.flatnonzero(torn) + 1)
    for a, b in zip(begin, np.append(begin[1:], len(rows)), strict=True):
        axes.plot(lon[a:b], lat[a:b], "-", color=colour, linewidth=width, zorder=5)
        axes.plot(lon[a:b], lat[a:b], ".", color=colour, markersize=dots, zorder=5)
    for k in np.flatnonzero(torn):
        draw_silence(axes, (lat[k], lon[k]), (lat[k + 1], lon[k + 1]))


def draw_silence(axes: Axes, start: Place, end: Place) -> None:
    """Draw a way that nobody heard."""
    axes.plot([start[1], end[1]], [start[0], end[0]], color=SILENT, linestyle=(0, (4, 3)), linewidth=1.5, zorder=4)


def draw_shape(axes: Axes, shape: shapely.Geometry, colour: str = ZONE, fill: float = 0.10, **style: Any) -> None:
    """Draw polygons given in degrees."""
    for part in shapely.get_parts(shape):
        lonlat = shapely.get_coordinates(shapely.get_exterior_ring(part))
        axes.fill(lonlat[:, 0], lonlat[:, 1], facecolor=colour, alpha=fill, zorder=2)
        axes.plot(
            lonlat[:, 0], lonlat[:, 1], color=colour, **{"linewidth": 1.0, "linestyle": "--", "zorder": 3, **style}
        )


def draw_ring(axes: Axes, place: Place, radius_m: float, colour: str = ZONE, **style: Any) -> None:
    """Draw a circle on the sea."""
    turn = np.linspace(0, 2 * np.pi, 181)
    lat, lon = place
    wide = radius_m / NM_M / 60
    y, x = lat + wide * np.sin(turn), lon + wide * np.cos(turn) / np.cos(np.radians(lat))
    axes.plot(x, y, color=colour, **{"linewidth": 1.0, "linestyle": "--", "zorder": 3, **style})


def draw_mark(axes: Axes, place: Place, colour: str = INK, shape: str = "o", size: float = 7.0) -> None:
    """Mark a place."""
    axes.plot(place[1], place[0], shape, color=colour, markersize=size, markeredgecolor="white", zorder=7)


def write(
    axes: Axes, text: str, place: Place, by: tuple[float, float], *, colour: str = INK, size: float = 8.5
) -> None:
    """Write a text so many points from a place of the map, without a line."""
    halo = [withStroke(linewidth=2.5, foreground="white", alpha=0.9)]
    side = "left" if by[0] > 0 else "right" if by[0] < 0 else "center"
    style: dict[str, Any] = {"ha": side, "va": "center", "fontsize": size, "color": colour, "path_effects": halo}
    axes.annotate(text, (place[1], place[0]), by, textcoords="offset points", zorder=8, parse_math=False, **style)


def note(axes: Axes, lines: Sequence[str], place: Place, corner: tuple[float, float], *, size: float = 8.5) -> None:
    """Write what was found in a box with a line to its place.

    Parameters
    ----------
    lines
        The first one is the kind.
    place
        Latitude and longitude that the box speaks of.
    corner
        Where its upper left corner is, in pixels from the upper left of the axes.
    """
    frame = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": SILENT, "linewidth": 1.0}
    arrow = {"arrowstyle": "-", "color": SILENT, "linewidth": 1.0}
    style: dict[str, Any] = {"ha": "left", "va": "top", "fontsize": size, "color": INK, "linespacing": 1.35}
    style |= {"bbox": frame, "arrowprops": arrow, "zorder": 9, "parse_math": False}
    top = axes.get_window_extent().height
    at = (corner[0], top - corner[1])
    axes.annotate("\n".join(lines), (place[1], place[0]), at, textcoords="axes pixels", **style)


def told(details: Mapping[str, Any], *names: str) -> list[str]:
    """Return details as lines of a note."""
    return [f"{name}  {_word(details[name])}" for name in names]


def _word(value: Any) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def clock(at: Any) -> str:
    """Return a moment as the pictures write it."""
    moment = pd.Timestamp(at)
    return "still open" if pd.isna(moment) else f"{moment.day} {moment:%b %H:%M}"


def place_at(rows: pd.DataFrame, at: Any) -> Place:
    """Return where the fix nearest in time was."""
    row = rows.iloc[int((rows["fix_at"] - pd.Timestamp(at)).abs().to_numpy().argmin())]
    return float(row["lat"]), float(row["lon"])
