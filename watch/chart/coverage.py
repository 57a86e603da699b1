"""The picture of coverage: cells by the share of hours in which they were heard, and ships heard by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from watch.chart.base import GREY, INK, SHORE, draw_header, draw_rings, draw_scale, new_map, save_map
from watch.chart.frame import Frame, fit_frame
from watch.chart.key import key_corners, points_inside
from watch.chart.text import Box
from watch.coast import read_coast
from watch.coverage_map import CoverageMap
from watch.detect.coverage import cells, edges_deg
from watch.geodesy import Floats, Ints
from watch.wording import plural

#: From seldom to always heard: light to dark, told apart by eyes that see no red or green.
_COLOURS = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
_FROM_SHARE = (0.0, 0.1, 0.25, 0.5, 0.9)
_WORDS = ("under 10 %", "10 to 25 %", "25 to 50 %", "50 to 90 %", "90 % and more")
_ALPHA = 0.78
_OUTAGE = "#c0271d"
_SPAN_MIN_NM = 240.0  # own: enough coast to know where
_KEY_PX = (330.0, 292.0)
_ROW_PX = 22.0
_STRIP_PX = (46.0, 84.0)  # above the lower edge of the key, and how high


def draw_coverage(cmap: CoverageMap, outages: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the map as a PNG of 1200 x 750 pixels.

    Parameters
    ----------
    cmap
        The map.
    outages
        Those in its window, as `store.health.read_outages` gives them.
    path
        The file to write.
    """
    edges = edges_deg(cmap.cells["cell"].to_numpy(), cmap.cell_deg)
    south, north, west, east = edges
    frame, box = _choose_frame(np.concatenate([south, north]), np.concatenate([west, east]))
    figure, axes = new_map(frame)
    number = np.searchsorted(_FROM_SHARE, cmap.cells["heard_share"].to_numpy(), side="right") - 1
    for k, colour in enumerate(_COLOURS):
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": "white", "linewidth": 0.3, "alpha": _ALPHA}
        _draw_boxes(axes, frame, *(edge[number == k] for edge in edges), zorder=1.5, **style)
    lon, lat, starts = read_coast()  # again: the cells lie over the land
    draw_rings(axes, frame, lon, lat, starts, facecolor="none", edgecolor=SHORE, linewidth=0.6, zorder=1.6)
    _draw_outages(axes, frame, outages)
    lower_left = box[0] < 600 and box[1] < 300
    draw_scale(axes, frame, at_right=lower_left)
    _draw_key(axes, box, number, any(outages))
    _draw_strip(axes, box, cmap, outages)
    _head(figure, cmap)
    save_map(figure, path)


def _choose_frame(lat: Floats, lon: Floats) -> tuple[Frame, Box]:
    """Return a frame and a corner for the key that covers the fewest cells."""
    best: tuple[int, Frame, Box] | None = None
    for left, right in ((0.0, 0.0), (0.0, _KEY_PX[0] + 20), (_KEY_PX[0] + 20, 0.0)):
        frame = fit_frame(lat, lon, left, right, _SPAN_MIN_NM)
        x, y = frame.pixels(lat, lon)
        for box in key_corners(*_KEY_PX):
            covered = points_inside(box, x, y)
            if best is None or covered < best[0]:
                best = covered, frame, box
    if best is None:
        raise ValueError("no corner to choose from")
    return best[1], best[2]


def _draw_boxes(
    axes: Axes, frame: Frame, south: Floats, north: Floats, west: Floats, east: Floats, **style: Any
) -> None:
    if len(south):
        lon = np.stack([west, east, east, west, west], axis=1).ravel()
        lat = np.stack([south, south, north, north, south], axis=1).ravel()
        starts: Ints = np.arange(len(south)) * 5
        draw_rings(axes, frame, lon, lat, starts, **style)


def _draw_outages(axes: Axes, frame: Frame, outages: Sequence[Mapping[str, Any]]) -> None:
    """Draw the areas that fell silent as red frames; the whole feed has none."""
    areas = [a for outage in outages for a in outage["details"]["areas"] if a["lat"] is not None]
    for area in areas:
        lat, lon, size_deg = np.array([area["lat"]]), np.array([area["lon"]]), area["size_deg"]
        edges = edges_deg(cells(lat, lon, size_deg), size_deg)
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": _OUTAGE, "linewidth": 1.8, "linestyle": "--"}
        _draw_boxes(axes, frame, *edges, zorder=4, **style)


def _draw_key(axes: Axes, box: Box, number: Ints, outages: bool) -> None:
    left, low, right, top = box
    paper: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "linewidth": 0.8, "alpha": 0.94, "zorder": 9}
    axes.add_patch(Rectangle((left, low), right - left, top - low, **paper))
    words: dict[str, Any] = {"fontsize": 10, "color": INK, "va": "center", "zorder": 10, "parse_math": False}
    axes.text(left + 12, top - 16, "Share of hours with a ship heard", **(words | {"weight": "bold"}))
    for k, (colour, text) in enumerate(zip(_COLOURS, _WORDS, strict=True)):
        y = top - 40 - k * _ROW_PX
        axes.add_patch(Rectangle((left + 14, y - 7), 26, 14, facecolor=colour, alpha=_ALPHA, zorder=10))
        axes.text(left + 50, y, text, **words)
        axes.text(right - 14, y, plural(int((number == k).sum()), "cell"), **(words | {"ha": "right", "color": GREY}))
    if outages:
        axes.text(left + 12, low + 14, "red: an outage, far fewer ships than usual", **(words | {"color": _OUTAGE}))


def _draw_strip(axes: Axes, box: Box, cmap: CoverageMap, outages: Sequence[Mapping[str, Any]]) -> None:
    """Draw the ships heard in each hour as columns, from the first hour to the last."""
    left, low, right, _ = box
    begin, wide = left + 14, right - left - 28
    floor, tall = low + _STRIP_PX[0], _STRIP_PX[1]
    ships, at = cmap.hours["ships"].to_numpy(), cmap.hours["hour_at"]
    words: dict[str, Any] = {"fontsize": 9, "color": GREY, "zorder": 10, "parse_math": False}
    most = int(ships.max()) if len(ships) else 0
    axes.text(begin, floor + tall + 7, f"Ships heard in each hour, {most:,} at most", **(words | {"color": INK}))
    edge = begin + wide * np.arange(len(ships) + 1) / max(len(ships), 1)
    axes.stairs(floor + tall * ships / max(most, 1), edge, baseline=floor, fill=True, color="#3b528b", zorder=10)
    span = (cmap.to_at - cmap.from_at).total_seconds()
    for outage in outages:
        ends = [max(cmap.from_at, outage["start_at"]), min(cmap.to_at, outage["end_at"] or cmap.to_at)]
        x0, x1 = (begin + wide * (end - cmap.from_at).total_seconds() / span for end in ends)
        axes.add_patch(Rectangle((x0, floor), x1 - x0, tall, facecolor=_OUTAGE, alpha=0.35, zorder=11))
    axes.plot([begin, begin + wide], [floor, floor], color=GREY, linewidth=0.8, zorder=11)
    if len(at):
        axes.text(begin, floor - 14, f"{at.iloc[0]:%m-%d %H:%M}", **words)
        axes.text(begin + wide, floor - 14, f"{cmap.to_at:%m-%d %H:%M} UTC", **(words | {"ha": "right"}))


def _head(figure: Any, cmap: CoverageMap) -> None:
    hours = "each hour" if cmap.hour is None else f"hour {cmap.hour:02d} of each day, UTC"
    fixes = int(cmap.cells["fixes"].sum())
    below = f"{plural(cmap.ships, 'ship')} · {fixes:,} fixes · "
    below += f"{plural(len(cmap.cells), 'cell')} of {cmap.cell_deg:g}° with a ship in them"
    span = f"{cmap.from_at:%Y-%m-%d %H:%M} – {cmap.to_at:%Y-%m-%d %H:%M} UTC"
    draw_header(figure, "Coverage: where ships were heard", below, span, hours)
