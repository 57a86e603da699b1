"""Draw `docs/img/rules/*.png`: what the words of a sequence mean on the events of a ship, and of a cargo.

Run as `.venv/bin/python -m scripts.draw_rule_steps`. The events are made; the days are counted from the first call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scripts.event_charts import save_picture
from watch.chart.base import GREY, GRID, INK
from watch.chart.track import SILENT, TRACK

OUT = Path(__file__).resolve().parents[1] / "docs" / "img" / "rules"
_WIDTH_PX, _DPI = 900, 100
_STEP, _OTHER, _FORBIDDEN, _EARLY, _WHOLE = "#cfe1f5", "#e9edf0", "#f6d9d5", "#f1e0c8", "#d5e8db"
_CARGO = "#1d6f42"


def _picture(tall_px: int, days: float, rows: float, title: str, below: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH_PX / _DPI, tall_px / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(10 / _WIDTH_PX, 1 - 17 / tall_px, title, va="center", fontsize=13, weight="bold", color=INK)
    figure.text(10 / _WIDTH_PX, 1 - 36 / tall_px, below, va="center", fontsize=9, color=GREY)
    axes = figure.add_axes((116 / _WIDTH_PX, 34 / tall_px, 770 / _WIDTH_PX, 1 - 92 / tall_px))
    axes.set(xlim=(-3, days), ylim=(rows, 0), yticks=[], xticks=range(0, int(days), 20))
    axes.set_xticklabels([f"day {day}" for day in range(0, int(days), 20)])
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_color(GRID)
    axes.tick_params(labelsize=8, colors=GREY, length=2)
    return figure, axes


def _say(axes: Axes, text: str, x: float, y: float, colour: str = INK, **more: Any) -> None:
    style = {"fontsize": 8.2, "va": "center", "ha": "left", "parse_math": False, "zorder": 6} | more
    axes.text(x, y, text, color=colour, **style)


def _row(axes: Axes, text: str, y: float) -> None:
    axes.annotate(
        text, (0, y), (-80, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        fontsize=7.8, color=GREY, va="center", annotation_clip=False,
    )  # fmt: skip


def _event(axes: Axes, begin: float, days: float, y: float, words: str, fill: str, above: str = "") -> None:
    axes.barh(y, days, 0.5, begin, color=fill, edgecolor=TRACK if fill == _STEP else GREY, linewidth=0.8, zorder=3)
    _say(axes, words, begin, y + 0.47 + 0.13 * words.count("\n"), GREY, fontsize=7.6)
    if above:
        _say(axes, above, begin, y - 0.45, TRACK, weight="bold")


def _span(axes: Axes, begin: float, end: float, y: float, words: str, colour: str, fill: str) -> None:
    axes.barh(y, end - begin, 0.36, begin, color=fill, edgecolor=colour, linewidth=0.8, zorder=3)
    _say(axes, words, begin + 1, y, colour)


def sequence() -> Figure:
    """Draw one ship's events with the steps, spans and verdicts of a rule on them."""
    figure, axes = _picture(
        430, 134, 7.6, "A sequence on one ship", "Blue: events that are steps of the match. Grey: other events."
    )
    _row(axes, "events of one ship", 0.9)
    _event(axes, 0, 3, 0.9, "call at Kharg", _OTHER)
    _event(axes, 14, 2.5, 0.9, "call at Kharg", _STEP, "load")
    _event(axes, 32, 16, 0.9, "gap of 16 days", _STEP, "dark (optional)")
    _event(axes, 60, 2.5, 0.9, "call at Jose", _STEP, "arrive")
    _event(axes, 78, 3, 0.9, "call at Curacao", _OTHER)
    _say(axes, "the last call before leaving counts,\nnot this one", 0, 2.05, GREY, fontsize=7.6)
    _row(axes, "within: 120d", 3.0)
    _span(axes, 14, 134, 3.0, "from the beginning of the first step; the last one must begin in it", INK, "white")
    _row(axes, "not … between:\n[load, arrive]", 4.0)
    _span(axes, 14.6, 59.4, 4.0, "no such event may begin in here", SILENT, _FORBIDDEN)
    _row(axes, "not … after: arrive,\nlasting: 30d", 5.0)
    _span(axes, 60.6, 90, 5.0, "nor in here", SILENT, _FORBIDDEN)
    _say(axes, "with this, the match waits until day 90", 92, 5.0, SILENT)
    _row(axes, "early: {after: load}", 6.0)
    _span(axes, 14, 60, 6.0, "verdict early", INK, _EARLY)
    _span(axes, 60, 134, 6.0, "verdict match", INK, _WHOLE)
    _row(axes, "… and if she\nnever arrives", 7.0)
    _span(axes, 14, 132.4, 7.0, "verdict early, until day 134: then lapsed", INK, _EARLY)
    return figure


def cargo() -> Figure:
    """Draw three ships, the way of a cargo over them, and which of their events count."""
    figure, axes = _picture(
        360,
        110,
        4.7,
        "A sequence by cargo",
        "Green: where the cargo is, with hands: {least: 3}. A step counts only on the ship that holds it.",
    )
    for y, ship in ((0.9, "first ship"), (2.4, "second ship"), (3.9, "third ship")):
        _row(axes, ship, y)
        axes.axhline(y, color=GRID, linewidth=1.0, zorder=1)
    way = [(4, 0.9), (30, 0.9), (30, 2.4), (52, 2.4), (52, 3.9), (84, 3.9)]
    axes.plot(*zip(*way, strict=True), color=_CARGO, linewidth=5, alpha=0.55, solid_joinstyle="round", zorder=2)
    _event(axes, 3, 2.5, 0.9, "call at Jose", _STEP, "load")
    _event(axes, 60, 2.5, 0.9, "call at Qingdao:\nshe holds it no more", _OTHER)
    _event(axes, 14, 2.5, 2.4, "call at Qingdao:\nshe does not hold it yet", _OTHER)
    _event(axes, 84, 2.5, 3.9, "call at Qingdao", _STEP, "arrive")
    for day, y, name in ((30, 0.9, "hand2"), (52, 2.4, "hand3")):
        for row in (y, y + 1.5):
            axes.barh(row, 2, 0.5, day - 1, color=_STEP, edgecolor=TRACK, linewidth=0.8, zorder=3)
        _say(axes, name, day + 1.6, y + 0.42, TRACK, weight="bold")
        _say(axes, "they lay side by side;\nthat cargo passed is inferred", day + 1.6, y + 0.86, GREY, fontsize=7.6)
    return figure


PICTURES = {"sequence": sequence, "cargo": cargo}


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        save_picture(draw(), OUT / f"{name}.png")
        print(OUT / f"{name}.png")
