"""The picture of the ways in which a position cannot be true, a small map for each."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from scripts.event_charts import clock, draw_mark, draw_track, new_map, new_picture, plain_axes, told
from scripts.event_maps import found
from scripts.event_tracks import see_case
from watch.chart.base import GREY
from watch.chart.track import OTHERS, SILENT, TRACK

_PANELS: dict[str, tuple[tuple[float, float], float]] = {
    "impossible_speed": ((23.9, 58.3), 460),
    "on_land": ((27.2, 55.2), 190),
    "circle": ((24.655, 58.82), 22),
    "hairpin": ((24.5005, 59.575), 13),
    "formation": ((23.32, 61.2), 150),
    "held": ((24.27, 59.9), 40),
    "stale_repeat": ((24.66, 59.35), 76),
}


def spoof() -> Figure:
    """Draw a small map for each way in which a position cannot be true."""
    picture = new_picture("spoof", "Seven ways in which a track cannot be a hull's, by sub_kind")
    wide, tall = 225, 257
    rows, seen = see_case("spoof")
    for k, (sub_kind, (centre, size_nm)) in enumerate(_PANELS.items()):
        event = found(seen.events, "spoof", sub_kind=sub_kind)
        own = rows[rows["mmsi"].isin([event.mmsi, event.other_mmsi])]
        box = (wide * (k % 4) + 3, tall * (1 - k // 4) + 3, wide - 6, tall - 6)
        axes = new_map(picture, box, centre, size_nm, size=6.5, grid=False)
        for colour, (_, ship) in zip((TRACK, OTHERS[0]), own.groupby("mmsi"), strict=False):
            draw_track(axes, ship, colour, dots=2.0, width=1.0)
        draw_mark(axes, (event.start_lat, event.start_lon), SILENT, size=5)
        style: dict[str, Any] = {"transform": axes.transAxes, "zorder": 9}
        axes.text(0.03, 0.96, sub_kind, va="top", fontsize=9, weight="bold", **style)
        axes.text(0.03, 0.88, f"from {clock(event.start_at)}", va="top", fontsize=7, color=GREY, **style)
        frame = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": SILENT, "linewidth": 0.8}
        axes.text(0.04, 0.05, "\n".join(told(event.details, *_shown(event.details))), fontsize=7.5, bbox=frame, **style)
    _spoof_key(picture, (wide * 3 + 3, 3, wide - 6, tall - 6))
    return picture


def _shown(details: dict[str, Any]) -> list[str]:
    """Return the details that a small map has room for."""
    left_out = ("sub_kind", "segment", "returned", "nav_status", "zone_ids")
    return [name for name in details if name not in left_out and not name.endswith(("_lat", "_lon"))][:5]


def _spoof_key(picture: Figure, box: tuple[float, float, float, float]) -> None:
    axes = plain_axes(picture, box)
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    words = (
        "red dot: where the event begins",
        "dashed red: no fix, way unknown",
        "circle: judged by one fix an hour",
        "hairpin: 15 kn on every leg",
        "formation: two radios, one way",
        "held: it says 11 kn all the time",
        "stale_repeat: a day later the same\nfixes again; 1 in 32 is compared",
    )
    for k, text in enumerate(words):
        axes.text(0.05, 0.92 - 0.125 * k, text, fontsize=7.5, color=GREY, va="top")
