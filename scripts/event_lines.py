"""Pictures of what ships declared over time: identities, draughts, destinations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.event_charts import clock, new_picture, plain_axes, told
from scripts.event_ships import T0
from scripts.event_tracks import see_case
from watch.chart.base import GREY, INK
from watch.chart.track import OTHERS, SILENT, TRACK
from watch.identity import ship_type_words

_BAR = {"left": 112, "low": 34, "wide": 776, "tall": 470}
_IN_ORDER = (636990441, 671990442, 312990443, 720990444, 217990445, 636990446, 636990447, 636990448)
_FILLS = ("#cfe1f5", "#e4d6ee", "#d5e8db", "#f1e0c8")


def hours_of(at: Any) -> float:
    """Return a moment as hours of the picture."""
    return float((pd.Timestamp(at) - T0) / pd.Timedelta(hours=1))


def _time_axes(picture: Figure, last_h: float, rows: int) -> Axes:
    axes = plain_axes(picture, (_BAR["left"], _BAR["low"], _BAR["wide"], _BAR["tall"]))
    days = np.arange(0, last_h + 1, 24)
    axes.set(xlim=(-2, last_h + 2), ylim=(rows, 0), yticks=[], xticks=days)
    axes.set_xticklabels([f"{(T0 + pd.Timedelta(hours=float(h))):%d %b}" for h in days])
    axes.grid(axis="x", color="#dde3e8", linewidth=0.7)
    axes.set_axisbelow(True)
    return axes


def _label(axes: Axes, text: str, y: float, colour: str = GREY) -> None:
    axes.annotate(
        text, (0, y), (-78, 0), xycoords=("axes fraction", "data"), textcoords="offset points", **_words(colour)
    )


def _words(colour: str, size: float = 8.0) -> dict[str, Any]:
    return {"fontsize": size, "color": colour, "va": "center", "parse_math": False, "annotation_clip": False}


def _bar(axes: Axes, begin_h: float, end_h: float, y: float, text: str, fill: str, tall: float = 0.3) -> None:
    axes.barh(y, end_h - begin_h, tall, begin_h, color=fill, edgecolor="white", zorder=3)
    axes.annotate(text, (begin_h, y), (4, 0), textcoords="offset points", zorder=4, **_words(INK, 7.8))


def _box(axes: Axes, lines: list[str], at: tuple[float, float], by: tuple[float, float]) -> None:
    frame = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": SILENT, "linewidth": 1.0}
    style: dict[str, Any] = {"bbox": frame, "arrowprops": {"arrowstyle": "-", "color": SILENT}, "zorder": 9}
    axes.annotate(
        "\n".join(lines), at, by, textcoords="offset points", ha="left", linespacing=1.35, **style, **_words(INK)
    )


def _spells(rows: pd.DataFrame, columns: list[str]) -> list[tuple[float, float, Any]]:
    """Return from when to when a ship declared the same, and its first row then."""
    told = rows.sort_values("fix_at")
    words = told[columns].fillna("").astype(str)
    changed = (words != words.shift()).any(axis=1)
    groups = [group for _, group in told.groupby(changed.cumsum())]
    return [(hours_of(g["fix_at"].iloc[0]), hours_of(g["fix_at"].iloc[-1]), g.iloc[0]) for g in groups]


def identity_change() -> Figure:
    """Draw what each radio declared, and the changes found."""
    rows, seen = see_case("identity_change")
    picture = new_picture(
        "identity_change", "What eight radios declare (bars), and what is found in it (red), by sub_kind"
    )
    radios = _IN_ORDER
    axes = _time_axes(picture, hours_of(rows["fix_at"].max()), len(radios))
    changes = seen.events[seen.events["kind"] == "identity_change"]
    for k, mmsi in enumerate(radios):
        _label(axes, f"MMSI {mmsi}", k + 0.3, INK)
        own = rows[rows["mmsi"] == mmsi]
        if mmsi == _IN_ORDER[-1]:
            _bar(axes, 0, 148, k + 0.3, "MADE EIGHT and MADE NINE take turns, 630 nm apart", _FILLS[3])
        else:
            for n, (begin, end, row) in enumerate(_spells(own, ["name", "callsign", "imo", "ship_type"])):
                _bar(axes, begin, end, k + 0.3, _declared(row), _FILLS[n % 3])
        for at, some in changes[changes["mmsi"] == mmsi].groupby("start_at"):
            words = ", ".join(sorted(_change(details) for details in some["details"]))
            at_h = hours_of(at)
            axes.plot(at_h, k + 0.56, "^", color=SILENT, markersize=5, zorder=5)
            late = at_h > 100
            side: dict[str, Any] = {"ha": "right" if late else "left", "zorder": 5}
            spot = (148.0 if late else at_h, k + 0.78)
            axes.annotate(words, spot, (0, 0), textcoords="offset points", **side, **_words(SILENT, 7.8))
    return picture


def _declared(row: Any) -> str:
    sign = f" · {row['callsign']}" if isinstance(row["callsign"], str) else ""
    words = f" · {ship_type_words(pd.Series([row['ship_type']], dtype='Int64'))[0]}" if not sign else ""
    return f"{row['name']}{sign} · IMO {row['imo']:.0f}{words}"


def _change(details: dict[str, Any]) -> str:
    sub_kind, before, after = (details.get(name) for name in ("sub_kind", "before", "after"))
    match sub_kind:
        case "shared_mmsi":
            return f"shared_mmsi, {details['jumps']} jumps"
        case "flag" | "type":
            return f"{sub_kind} {before} → {after}"
        case "mid_landlocked" | "mid_unallocated":
            return f"{sub_kind} {after}"
        case "gone_hull":
            return f"gone_hull ({details['gone_name']}, {details['status']})"
        case _:
            return str(sub_kind)


def draught_change() -> Figure:
    """Draw the draught a ship declared, and what lay between two of them."""
    rows, seen = see_case("draught_change")
    picture = new_picture(
        "draught_change", "A tanker (244 x 42 m) loads at a terminal; later she is silent for two days"
    )
    last_h = hours_of(rows["fix_at"].max())
    axes = plain_axes(picture, (60, 150, 828, 350))
    axes.set(xlim=(-2, last_h + 2), ylim=(18.5, 4.5), xticks=np.arange(0, last_h + 1, 24), xticklabels=[])
    axes.set_ylabel("declared draught, metres", fontsize=8.5, color=GREY)
    axes.grid(color="#e4e9ed", linewidth=0.7)
    for begin, end, row in _spells(rows, ["draught_m"]):
        axes.plot([begin, end], [row["draught_m"]] * 2, color=TRACK, linewidth=2.5, solid_capstyle="butt")
        axes.annotate(
            f"{row['draught_m']} m",
            ((begin + end) / 2, row["draught_m"]),
            (0, 8),
            textcoords="offset points",
            **_words(TRACK, 9),
        )
    for n, event in enumerate(seen.events[seen.events["kind"] == "draught_change"].itertuples()):
        facts, at = event.details, hours_of(event.start_at)
        axes.plot(
            [at, at], [facts["draught_before_m"], facts["draught_after_m"]], color=SILENT, linewidth=1.2, linestyle=":"
        )
        axes.plot(at, facts["draught_after_m"], "o", color=SILENT, markersize=6, zorder=6)
        lines = [f"draught_change {clock(event.start_at)}", f"draught_change_m  {facts['draught_change_m']:+.1f}"]
        lines += [f"tonnes  {facts['tonnes_min']:,} – {facts['tonnes_max']:,}"]
        lines += [f"barrels  {facts['barrels_min']:,} – {facts['barrels_max']:,}"]
        lines += [*told(facts, "ballast_possible"), f"between  {', '.join(facts['between'])}"]
        _box(axes, lines, (at, facts["draught_after_m"]), ((-133, 25), (-250, -30))[n])
    low = plain_axes(picture, (60, 34, 828, 104))
    low.set(xlim=(-2, last_h + 2), ylim=(2, 0), yticks=[0.5, 1.5], yticklabels=["port\nvisit", "gap"])
    low.set_xticks(np.arange(0, last_h + 1, 24))
    low.set_xticklabels([f"{(T0 + pd.Timedelta(hours=float(h))):%d %b}" for h in np.arange(0, last_h + 1, 24)])
    for y, kind in ((0.5, "port_visit"), (1.5, "gap")):
        for event in seen.events[seen.events["kind"] == kind].itertuples():
            if event.details.get("confidence", 4) >= 2:
                end = last_h if pd.isna(event.end_at) else hours_of(event.end_at)
                _bar(low, hours_of(event.start_at), end, y, _told_of(event), _FILLS[kind == "gap"], 0.55)
    return picture


def _told_of(event: Any) -> str:
    return f"not heard for {event.details['duration_h']:.0f} h" if event.kind == "gap" else str(event.zone_id)


def destination_change() -> Figure:
    """Draw the destinations that a ship declared, and the port she called at."""
    rows, seen = see_case("destination_change")
    picture = new_picture(
        "destination_change", "A tanker declares one destination after another, and calls at none of them"
    )
    axes = _time_axes(picture, hours_of(rows["fix_at"].max()), 5)
    _label(axes, "declared\ndestination", 0.5, INK)
    for n, (begin, end, row) in enumerate(_spells(rows, ["destination"])):
        _bar(axes, begin, end, 0.5, f"“{row['destination']}”", _FILLS[n % 3])
    _label(axes, "port visit", 1.5, INK)
    for visit in seen.events[seen.events["kind"] == "port_visit"].itertuples():
        if visit.details["confidence"] >= 3:
            _bar(axes, hours_of(visit.start_at), hours_of(visit.end_at), 1.5, visit.zone_id, OTHERS[1] + "55")
    spots = {"changed": (0.66, [(-110, -150), (-40, -245)]), "contradicted": (1.66, [(20, -120)])}
    changes = seen.events[seen.events["kind"] == "destination_change"].sort_values("start_at")
    for sub_kind, some in changes.groupby(changes["details"].map(lambda d: d["sub_kind"])):
        y, by = spots[str(sub_kind)]
        for event, place in zip(some.itertuples(), by, strict=True):
            axes.plot(hours_of(event.start_at), y, "^", color=SILENT, markersize=6, zorder=6)
            _box(axes, _destination_lines(event), (hours_of(event.start_at), y), place)
    axes.annotate(
        "“AE FJR” and “FUJAIRAH”\nare one place: no change",
        (1, 0.9),
        (0, 0),
        textcoords="offset points",
        **_words(GREY),
    )
    return picture


def _destination_lines(event: Any) -> list[str]:
    names = ("before", "after", "after_country", "after_zone", "country_changed", "unknown")
    if event.details["sub_kind"] == "contradicted":
        names = ("declared", "declared_country", "reached_zone", "reached_country", "country_differs", "reached_later")
    return [f"{event.details['sub_kind']}  {clock(event.start_at)}", *told(event.details, *names)]
