"""Sheets of paper: text that wraps, a picture, and pages that follow one another, as PDF or PNG."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.image import imread, imsave
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from watch.chart.base import GREY, GRID, INK
from watch.chart.text import drawable, text_width_px

_WIDTH_PT, _HEIGHT_PT = 595.28, 841.89  # ISO 216, A4
_MARGIN_PT = 40.0  # own: what a hole punch needs
_TOP_PT = 30.0
_LOW_PT = 20.0
_FOOT_PT = 26.0
_DPI = 150
_PX_PT = 72 / 100  # `text_width_px` counts a hundred pixels an inch
_LEADING = 1.27
_SEARCHABLE = ("-liga",)  # readers of PDF take the letters "fl" and "fi" drawn as one for another letter
_LOCK = threading.Lock()  # matplotlib's settings are one for all threads


class Sheet:
    """Pages of A4 that are filled from the top.

    Parameters
    ----------
    pages_max
        How many there may be; what does not fit is counted in `left_out_lines`.
    """

    def __init__(self, pages_max: int = 2) -> None:
        self.left_out_lines = 0
        self._pages_max = pages_max
        self._pages: list[Figure] = []
        self._y_pt = 0.0
        self._turn()

    @property
    def width_pt(self) -> float:
        """How wide a line may be."""
        return _WIDTH_PT - 2 * _MARGIN_PT

    def space(self, height_pt: float) -> None:
        """Leave room, but not at the top of a page."""
        if self._y_pt < _top():
            self._y_pt -= height_pt

    def text(
        self,
        text: object,
        *,
        size: float = 8.0,
        weight: str = "normal",
        colour: str = INK,
        indent_pt: float = 0.0,
        mark: str = "",
        keep_pt: float = 0.0,
    ) -> None:
        """Write a text over as many lines as it needs, with a mark in front of the first.

        Parameters
        ----------
        keep_pt
            Room that must be below it, so that a heading does not stand alone at the end of a page.
        """
        height_pt = size * _LEADING
        for number, line in enumerate(wrap(drawable(text), size, weight, self.width_pt - indent_pt)):
            if not self._room(height_pt + (keep_pt if number == 0 else 0.0)):
                self.left_out_lines += 1
                continue
            self._y_pt -= height_pt
            if mark and number == 0:
                self._write(drawable(mark), indent_pt - 14, size, "bold", colour)
            self._write(line, indent_pt, size, weight, colour)

    def heading(self, text: str) -> None:
        """Write the heading of a part."""
        self.space(5.5)
        self.text(text, size=9.0, weight="bold", keep_pt=14)
        self.space(1)

    def picture(self, png: bytes, cut_top: float = 0.0, width: float = 1.0) -> None:
        """Set a picture over a share of the page's width, without a share of its own height at the top."""
        pixels = np.asarray(imread(io.BytesIO(png)))
        pixels = pixels[round(len(pixels) * cut_top) :]
        width_pt = self.width_pt * width
        height_pt = width_pt * pixels.shape[0] / pixels.shape[1]
        self._room(height_pt)
        self._y_pt -= height_pt
        left = (_WIDTH_PT - width_pt) / 2 / _WIDTH_PT
        box = (left, self._y_pt / _HEIGHT_PT, width_pt / _WIDTH_PT, height_pt / _HEIGHT_PT)
        axes = self._pages[-1].add_axes(box)
        axes.imshow(pixels, aspect="auto", interpolation="antialiased")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(GRID)

    def close(self, foot: str, below: str) -> None:
        """Write the foot of each page: a line, the page's number, and a smaller line below."""
        left, right = _MARGIN_PT / _WIDTH_PT, 1 - _MARGIN_PT / _WIDTH_PT
        for number, page in enumerate(self._pages, 1):
            y = (_LOW_PT + _FOOT_PT - 4) / _HEIGHT_PT
            page.add_artist(Line2D([left, right], [y, y], color=GRID, linewidth=0.8))
            words = f"page {number} of {len(self._pages)}"
            rows = ((left, 13, foot, "left", 7.0), (right, 13, words, "right", 7.0), (left, 4, below, "left", 6.2))
            for x, up_pt, text, side, size in rows:
                style: dict[str, Any] = {"fontsize": size, "color": GREY, "ha": side, "parse_math": False}
                page.text(x, (_LOW_PT + up_pt - 3) / _HEIGHT_PT, drawable(text), **style).set_fontfeatures(_SEARCHABLE)

    def water_mark(self, word: str) -> None:
        """Draw a word large and pale across each page; it is no text, so that nobody copies it with the rest."""
        letters = TextPath((0, 0), word, size=80, prop=FontProperties(weight="bold"))
        for page in self._pages:
            turned = Affine2D().rotate_deg(38).translate(110, 40).scale(1 / 72) + page.dpi_scale_trans
            page.add_artist(PathPatch(letters, facecolor=GREY, edgecolor="none", alpha=0.07, transform=turned))

    def pdf(self, title: str, made_at: datetime) -> bytes:
        """Return the pages as PDF whose text can be searched and copied."""
        out, facts = io.BytesIO(), {"Title": drawable(title), "Creator": "Shipwatch", "CreationDate": made_at}
        with _LOCK, mpl.rc_context({"pdf.fonttype": 42}), PdfPages(out, metadata=facts) as pdf:
            for page in self._pages:
                pdf.savefig(page)
        return out.getvalue()

    def png(self) -> bytes:
        """Return the pages as one picture, one below the other."""
        drawn = []
        for page in self._pages:
            shot = io.BytesIO()
            page.savefig(shot, format="png", dpi=_DPI)
            shot.seek(0)
            drawn.append(np.asarray(imread(shot))[:, :, :3])
        out, facts = io.BytesIO(), {"Software": None}  # bytes that depend on nothing but what is shown
        imsave(out, np.vstack(drawn), format="png", metadata=cast(Any, facts))
        return out.getvalue()

    def _room(self, height_pt: float) -> bool:
        """Return whether there is room on this page, or a next one that was begun for it."""
        if self._y_pt - height_pt >= _LOW_PT + _FOOT_PT:
            return True
        if len(self._pages) == self._pages_max:
            return False
        self._turn()
        return True

    def _turn(self) -> None:
        size_in = (_WIDTH_PT / 72, _HEIGHT_PT / 72)
        self._pages.append(Figure(figsize=size_in, dpi=_DPI, facecolor="white"))
        self._y_pt = _top()

    def _write(self, line: str, indent_pt: float, size: float, weight: str, colour: str) -> None:
        x, y = (_MARGIN_PT + indent_pt) / _WIDTH_PT, (self._y_pt + size * 0.3) / _HEIGHT_PT
        style: dict[str, Any] = {"fontsize": size, "weight": weight, "color": colour, "parse_math": False}
        self._pages[-1].text(x, y, line, va="baseline", **style).set_fontfeatures(_SEARCHABLE)


def _top() -> float:
    return _HEIGHT_PT - _TOP_PT


def wrap(text: str, size: float, weight: str, width_pt: float) -> list[str]:
    """Return a text as lines that are no wider; a word that is wider is cut.

    Examples
    --------
    >>> wrap("one two", 8.5, "normal", 25.0), wrap("", 8.5, "normal", 25.0)
    (['one', 'two'], [])
    """
    lines: list[str] = []
    for word in _words(text.split(), size, weight, width_pt):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width_pt(longer, size, weight) <= width_pt:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _words(words: Sequence[str], size: float, weight: str, width_pt: float) -> Iterator[str]:
    for word in words:
        part = ""
        for letter in word if _width_pt(word, size, weight) > width_pt else ():
            if part and _width_pt(part + letter, size, weight) > width_pt:
                yield part
                part = ""
            part += letter
        yield part or word


def _width_pt(text: str, size: float, weight: str) -> float:
    return text_width_px(text, size, weight) * _PX_PT
