"""The numbered steps of an alert: marks on the map and the key that explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from watch.chart.base import GREY, INK
from watch.chart.frame import MAP_PX, WIDTH_PX, Frame
from watch.chart.text import Box, Floats, Labels, drawable, shorten, text_width_px
from watch.wording import KIND_WORDS, as_utc, lasting_words

_SIZE = 10.0
_LINE_PX = 21.0
_WORDS_PX = 420.0
_ROWS_MAX = 12
_MARK_PX = 20.0
_EDGE_PX = 10.0


@dataclass(frozen=True)
class Row:
    """One line of the key."""

    number: str
    time: str
    words: str
    colour: str = INK


def key_rows(alert: Mapping[str, Any]) -> list[Row]:
    """Return a line for each step of an alert; of very many, the last line says how many are left out."""
    steps: Sequence[Mapping[str, Any]] = alert.get("steps") or ()
    own = (alert.get("vessel") or {}).get("mmsi")
    rows = [
        Row(str(n), _time(step), shorten(drawable(_words(step, own)), _SIZE, _WORDS_PX))
        for n, step in enumerate(steps, start=1)
    ]
    if len(rows) <= _ROWS_MAX:
        return rows
    return [*rows[: _ROWS_MAX - 1], Row("", "", f"… and {len(rows) - _ROWS_MAX + 1} more steps", GREY)]


def _time(step: Mapping[str, Any]) -> str:
    at = as_utc(step.get("start_at"))
    return f"{at:%Y-%m-%d %H:%M}" if at else "time unknown"


def _words(step: Mapping[str, Any], own_mmsi: object) -> str:
    """Return what a step was: kind, how long for a silence, zone, and the radio if it is another ship's."""
    words = KIND_WORDS.get(str(step.get("kind")), str(step.get("kind")))
    start_at, end_at = as_utc(step.get("start_at")), as_utc(step.get("end_at"))
    if step.get("kind") == "gap" and start_at:
        words = f"No AIS {lasting_words((end_at - start_at).total_seconds() / 3600)}" if end_at else "Not heard since"
    zone = step.get("zone") or {}
    where = f" · {zone['name']}" if zone.get("name") else ""
    other = f" (MMSI {step['mmsi']})" if step.get("mmsi") and own_mmsi and step["mmsi"] != own_mmsi else ""
    return f"{words}{where}{other}"


def key_size_px(rows: Sequence[Row]) -> tuple[float, float]:
    """Return width and height of the box."""
    return sum(_columns_px(rows)) + 4 * _EDGE_PX, len(rows) * _LINE_PX + _EDGE_PX


def _columns_px(rows: Sequence[Row]) -> tuple[float, float, float]:
    return (
        max(text_width_px(row.number, _SIZE, "bold") for row in rows),
        max(text_width_px(row.time, _SIZE) for row in rows),
        max(text_width_px(row.words, _SIZE) for row in rows),
    )


def key_corners(width: float, height: float) -> tuple[Box, ...]:
    """Return the boxes it may stand in: upper right, upper left, lower right, lower left."""
    left, right = 8.0, WIDTH_PX - 8 - width
    low, high = 26.0, MAP_PX - 8 - height
    spots = ((right, high), (left, high), (right, low), (left, low))
    return tuple((x, y, x + width, y + height) for x, y in spots)


def points_inside(box: Box, x: Floats, y: Floats) -> int:
    """Return how many points a box would cover."""
    left, low, right, top = box
    return int(((x > left - 12) & (x < right + 12) & (y > low - 12) & (y < top + 12)).sum())


def draw_key(axes: Axes, rows: Sequence[Row], box: Box) -> None:
    """Write the key into its box."""
    left, low, right, top = box
    patch = FancyBboxPatch(
        (left, low), right - left, top - low, boxstyle="round,pad=0,rounding_size=5", fc="white", ec="#c9d2da"
    )
    patch.set(zorder=10, alpha=0.95)
    axes.add_patch(patch)
    numbers, times, _ = _columns_px(rows)
    columns = (left + _EDGE_PX, left + 2 * _EDGE_PX + numbers, left + 3 * _EDGE_PX + numbers + times)
    for k, row in enumerate(rows):
        y = top - _EDGE_PX / 2 - (k + 0.5) * _LINE_PX
        for x, text, weight in zip(
            columns, (row.number, row.time, row.words), ("bold", "normal", "normal"), strict=True
        ):
            style: dict[str, Any] = {"fontsize": _SIZE, "color": row.colour, "weight": weight, "va": "center"}
            axes.text(x, y, text, zorder=11, parse_math=False, **style)


def draw_marks(axes: Axes, frame: Frame, steps: Sequence[Mapping[str, Any]], labels: Labels) -> None:
    """Draw the numbers of the steps where they began; steps in one place share a mark."""
    for x, y, numbers in _clusters(frame, steps):
        text = _numbers(numbers)
        box: dict[str, Any] = {"boxstyle": "round,pad=0.28", "facecolor": INK, "edgecolor": "white", "linewidth": 1.2}
        style: dict[str, Any] = {"fontsize": 9.5, "color": "white", "weight": "bold", "ha": "center", "va": "center"}
        axes.text(x, y, text, bbox=box, zorder=7, parse_math=False, **style)
        half = text_width_px(text, 9.5, "bold") / 2 + 6
        labels.take((x - half, y - 11, x + half, y + 11))


def _clusters(frame: Frame, steps: Sequence[Mapping[str, Any]]) -> list[tuple[float, float, list[int]]]:
    found: list[tuple[float, float, list[int]]] = []
    for number, step in enumerate(steps, start=1):
        if step.get("lat") is None or step.get("lon") is None:
            continue
        x, y = (float(v) for v in frame.pixels(step["lat"], step["lon"]))
        near = [c for c in found if abs(c[0] - x) < _MARK_PX * 1.6 and abs(c[1] - y) < _MARK_PX]
        if near:
            near[0][2].append(number)
        else:
            found.append((x, y, [number]))
    return found


def _numbers(numbers: list[int]) -> str:
    """Return numbers as people write them.

    Examples
    --------
    >>> _numbers([1]), _numbers([1, 2]), _numbers([1, 2, 3]), _numbers([1, 3])
    ('1', '1, 2', '1–3', '1, 3')
    """
    run = numbers == list(range(numbers[0], numbers[-1] + 1))
    return f"{numbers[0]}–{numbers[-1]}" if run and len(numbers) > 2 else ", ".join(map(str, numbers))
