"""Text on maps: only what the font can draw, never markup, and never over other text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

from watch.chart.frame import MAP_PX, WIDTH_PX
from watch.wording import clean

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, low, right, top in pixels
_PX_PER_POINT = 100 / 72
_GAP_PX = 3.0
_HINTING = 1.04  # own: letters set on whole pixels come out a little wider than their outlines


def drawable(text: object) -> str:
    r"""Return text from outside as one line in which every character has a shape in the font.

    Examples
    --------
    >>> drawable("BAD$\\frac{NAME\n\u4e2d")
    'BAD$\\frac{NAME ?'
    """
    shapes = _shapes()
    return "".join(c if ord(c) in shapes else "?" for c in clean(text))


@lru_cache(maxsize=1)
def _shapes() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


@lru_cache(maxsize=512)
def text_width_px(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a text comes out."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size, weight=weight), False)
    return float(width) * _PX_PER_POINT * _HINTING


def shorten(text: str, size: float, width_px: float, weight: str = "normal") -> str:
    """Return a text cut to a width, with an ellipsis where something is missing."""
    if text_width_px(text, size, weight) <= width_px:
        return text
    while text and text_width_px(text + "…", size, weight) > width_px:
        text = text[:-1]
    return text.rstrip() + "…"


class Labels:
    """Places texts beside points so that none covers another; one that finds no room is left out."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._boxes: list[Box] = []
        self._lines: list[Box] = []

    def take(self, box: Box) -> None:
        """Keep a box of the map free of texts."""
        self._boxes.append(box)

    def avoid(self, x: Floats, y: Floats) -> None:
        """Keep texts off the points of a line where there is room beside it."""
        coarse = np.unique(np.round(np.column_stack([x, y]) / 8), axis=0) * 8
        self._lines += [(a - 4, b - 4, a + 4, b + 4) for a, b in coarse if 0 <= a <= WIDTH_PX and 0 <= b <= MAP_PX]

    def place(
        self, text: str, x: float, y: float, *, size: float, colour: str, weight: str = "normal", away_px: float = 8
    ) -> bool:
        """Write a text near a point, and say whether there was room."""
        words = drawable(text)
        wide, tall = text_width_px(words, size, weight), size * _PX_PER_POINT * 1.15
        spots = np.array(_places(x, y, wide, tall, away_px))
        ends = np.add(spots, (wide, tall))
        boxes = np.column_stack([spots - _GAP_PX, ends + _GAP_PX])
        free = _on_map(boxes) & ~_meet(boxes, self._boxes)
        clear = free & ~_meet(boxes, self._lines)
        best = clear if clear.any() else free
        if not best.any():
            return False
        first = int(best.argmax())
        self._write(words, (float(spots[first, 0]), float(spots[first, 1])), size, colour, weight)
        left, low, right, top = (float(side) for side in boxes[first])
        self._boxes.append((left, low, right, top))
        return True

    def _write(self, words: str, at: tuple[float, float], size: float, colour: str, weight: str) -> None:
        halo = [withStroke(linewidth=3, foreground="white", alpha=0.85)]
        style: dict[str, Any] = {"fontsize": size, "color": colour, "weight": weight, "path_effects": halo}
        self._axes.text(at[0], at[1] + 2, words, zorder=8, parse_math=False, **style)


def _places(x: float, y: float, wide: float, tall: float, away: float) -> list[tuple[float, float]]:
    """Return lower left corners to try: right, left, above, below, the corners, then the same further out."""
    spots: list[tuple[float, float]] = []
    for d in (away, away + 14, away + 30, away + 52, away + 80):
        right, left, above, below = x + d, x - d - wide, y + d / 2, y - d / 2 - tall
        spots += [(right, y - tall / 2), (left, y - tall / 2), (x - wide / 2, y + d), (x - wide / 2, y - d - tall)]
        spots += [(right, above), (right, below), (left, above), (left, below)]
    return spots


def _on_map(boxes: Floats) -> NDArray[np.bool_]:
    left, low, right, top = boxes.T
    inside = (left >= 4) & (right <= WIDTH_PX - 4) & (low >= 22) & (top <= MAP_PX - 4)
    return np.asarray(inside, dtype=np.bool_)


def _meet(boxes: Floats, others: list[Box]) -> NDArray[np.bool_]:
    """Return which boxes overlap any of the others."""
    if not others:
        return np.zeros(len(boxes), dtype=np.bool_)
    a, b = boxes[:, None, :], np.array(others)[None, :, :]
    apart = (a[..., 0] >= b[..., 2]) | (b[..., 0] >= a[..., 2]) | (a[..., 1] >= b[..., 3]) | (b[..., 1] >= a[..., 3])
    return np.asarray((~apart).any(axis=1), dtype=np.bool_)
