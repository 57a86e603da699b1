"""The pictures of `docs/events.md` that are maps; every number on them is read from the events."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scripts.event_charts import (
    BELOW_HEAD,
    ZONE,
    clock,
    draw_mark,
    draw_ring,
    draw_shape,
    draw_track,
    new_map,
    new_picture,
    note,
    place_at,
    plain_axes,
    told,
    write,
)
from scripts.event_tracks import see_case
from watch.chart.base import GREY
from watch.chart.track import OTHERS, SILENT, TRACK
from watch.geodesy import distance_m
from watch.params import DEFAULT
from watch.pipeline import bundled_world
from watch.timeline.voyages import SEEN_KINDS
from watch.zones.neighbours import zone_shape

Row = Any


def found(events: pd.DataFrame, kind: str, **wanted: Any) -> Row:
    """Return the one event of a kind with such columns or details."""
    rows = [
        row
        for row in events[events["kind"] == kind].itertuples()
        if all(getattr(row, k, row.details.get(k)) == v for k, v in wanted.items())
    ]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} events {kind} {wanted}")
    return rows[0]


def _start(event: Row) -> tuple[float, float]:
    return event.start_lat, event.start_lon


def _end(event: Row) -> tuple[float, float]:
    return event.end_lat, event.end_lon


def _span(event: Row) -> str:
    return f"{clock(event.start_at)} → {clock(event.end_at)}"


def _lines(event: Row, *names: str) -> list[str]:
    """Return the note of an event: its kind, its time, and details."""
    return [event.kind, _span(event), *told(event.details, *names)]


def _zone(name: str) -> Any:
    return zone_shape(bundled_world().zones, name)[0]


def _ends(axes: Axes, event: Row, words: tuple[str, str], sides: tuple[tuple[float, float], ...]) -> None:
    """Mark the places of both ends of an event, with their times."""
    for place, at, word, by in zip(
        (_start(event), _end(event)), (event.start_at, event.end_at), words, sides, strict=True
    ):
        draw_mark(axes, place, SILENT)
        write(axes, f"{word} {clock(at)}".strip(), place, by)


def zone_visit() -> Figure:
    """Draw a stay in a zone, and a way across it."""
    rows, seen = see_case("zone_visit")
    picture = new_picture("zone_visit", "One ship lies in a transfer zone; another crosses it between two fixes")
    axes = new_map(picture, BELOW_HEAD, (1.52, 104.85), 76)
    draw_shape(axes, _zone("my_eopl"))
    write(axes, "zone my_eopl", (1.17, 104.83), (0, 0), colour=ZONE)
    for colour, (mmsi, ship) in zip((TRACK, OTHERS[0]), rows.groupby("mmsi"), strict=True):
        draw_track(axes, ship, colour)
        write(axes, f"MMSI {mmsi}", place_at(ship, ship["fix_at"].iloc[4]), (8, 8), colour=colour)
    stay = found(seen.events, "zone_visit", zone_id="my_eopl", crossed=False)
    _ends(axes, stay, ("first fix inside", "last fix inside"), ((10, 4), (10, 4)))
    note(axes, _lines(stay, "dwell_h", "entered", "left", "fixes"), (1.305, 104.875), (30, 390))
    cut = found(seen.events, "zone_visit", zone_id="my_eopl", crossed=True)
    _ends(axes, cut, ("fix before", "fix after"), ((10, 6), (10, 6)))
    note(axes, _lines(cut, "crossed", "dwell_h", "fixes"), (1.72, 104.87), (620, 40))
    return picture


def port_visit() -> Figure:
    """Draw a call at a port."""
    rows, seen = see_case("port_visit")
    call = found(seen.events, "port_visit", confidence=4)
    port = bundled_world().zones.ports.set_index("zone_id").loc[call.zone_id]
    picture = new_picture("port_visit", "A tanker comes to a port, lies there for a day and a half, and leaves")
    axes = new_map(picture, BELOW_HEAD, (14.875, -23.50), 14)
    place, radius_m = (port["lat"], port["lon"]), port["radius_m"]
    for wide_m, word, dash, by in (
        (radius_m, "circle of the port", "-", 0.0),
        (radius_m + DEFAULT.port_enter_m, f"enters within {DEFAULT.port_enter_m / 1000:.0f} km of it", "--", -0.016),
        (radius_m + DEFAULT.port_exit_m, f"left when {DEFAULT.port_exit_m / 1000:.0f} km away", ":", 0.016),
    ):
        draw_ring(axes, place, wide_m, linestyle=dash)
        write(axes, word, (place[0] + by, place[1] - wide_m / 107_600), (-4, 0), colour=ZONE, size=8)
    draw_track(axes, rows)
    _ends(axes, call, ("first fix", "last fix"), ((-10, -6), (10, 6)))
    stop = place_at(rows, call.details["stop_at"])
    draw_mark(axes, stop, SILENT, "s", 9)
    lines = [
        *_lines(call, "confidence", "stop_h"),
        f"stop_at  {clock(call.details['stop_at'])}",
        f"zone {call.zone_id}",
    ]
    note(axes, lines, stop, (660, 60))
    return picture


def gap() -> Figure:
    """Draw a silence while others are heard."""
    rows, seen = see_case("gap")
    event = found(seen.events, "gap", mmsi=636990404, open=False)
    picture = new_picture("gap", "One ship is not heard for 29 hours; five others near her last fix are")
    axes = new_map(picture, BELOW_HEAD, (24.5, 59.2), 190)
    for mmsi, ship in rows.groupby("mmsi"):
        draw_track(axes, ship, TRACK if mmsi == event.mmsi else OTHERS[3], width=1.4 if mmsi == event.mmsi else 0.8)
    write(axes, "five other ships,\nheard throughout", (24.25, 57.6), (0, -12), colour=OTHERS[3])
    _ends(axes, event, ("last fix", "next fix"), ((16, 34), (10, 12)))
    names = ("duration_h", "coverage", "distance_nm", "implied_kn", "fixes_12h", "off_sog_kn")
    note(axes, _lines(event, *names), (24.58, 58.98), (480, 40))
    return picture


def encounter() -> Figure:
    """Draw two ships side by side, and how far apart they were."""
    rows, seen = see_case("encounter")
    event = found(seen.events, "encounter")
    picture = new_picture("encounter", "Two tankers drift side by side in a transfer zone")
    left, low, _, tall = BELOW_HEAD
    axes = new_map(picture, (left, low, 570, tall), (24.50, 57.40), 12, size=7.5)
    ships = dict(iter(rows.groupby("mmsi")))
    for colour, (mmsi, ship), by in zip((OTHERS[0], TRACK), ships.items(), ((14, 6), (-14, 6)), strict=True):
        draw_track(axes, ship, colour)
        ahead = event.start_at - pd.Timedelta(minutes=60)
        write(axes, f"MMSI {mmsi}", place_at(ship, ahead), by, colour=colour)
    _ends(axes, event, ("", ""), ((14, 8), (12, 4)))
    names = ("together_h", "min_distance_m", "mean_kn", "drift_m", "moored", "looks_like")
    note(axes, _lines(event, *names), (24.507, 57.375), (90, 370))
    graph = plain_axes(picture, (640, 70, 245, tall - 110))
    one, two = (ship.set_index("fix_at")[["lat", "lon"]] for ship in ships.values())
    both = one.join(two.set_axis(["lat_2", "lon_2"], axis=1), how="inner")
    apart_m = distance_m(*(both[c].to_numpy() for c in ("lat", "lon", "lat_2", "lon_2")))
    graph.semilogy((both.index - rows["fix_at"].min()) / pd.Timedelta(hours=1), apart_m, color=TRACK, linewidth=1.4)
    graph.yaxis.set_major_formatter(FuncFormatter(lambda metres, _: f"{metres:,.0f}"))
    graph.axhline(DEFAULT.encounter_m, color=SILENT, linestyle="--", linewidth=1.0)
    graph.text(
        11.5,
        DEFAULT.encounter_m * 1.08,
        f"encounter_m {DEFAULT.encounter_m:.0f}",
        fontsize=8,
        color=SILENT,
        ha="center",
    )
    graph.set_title("metres between them", fontsize=9, color=GREY)
    graph.set_xlabel("hours of 1 March, UTC", fontsize=8, color=GREY)
    return picture


def loitering() -> Figure:
    """Draw a ship that drifts far from the shore."""
    rows, seen = see_case("loitering")
    event = found(seen.events, "loitering")
    picture = new_picture("loitering", "A tanker on passage lies drifting for 31 hours, more than 20 nm from the shore")
    axes = new_map(picture, BELOW_HEAD, (14.05, -23.3), 130)
    draw_track(axes, rows)
    _ends(axes, event, ("", ""), ((-8, 10), (-8, -12)))
    names = ("duration_h", "mean_kn", "distance_nm", "drift_nm", "shore_nm", "in_transfer_zone", "samples")
    note(axes, _lines(event, *names), (13.66, -23.18), (620, 40))
    write(axes, "arrives at 11 kn", (13.45, -22.3), (10, 6), colour=TRACK)
    return picture


def interference() -> Figure:
    """Draw many ships that leap to one place together."""
    rows, seen = see_case("interference")
    events = seen.events[seen.events["kind"] == "interference"].sort_values("start_at")
    picture = new_picture(
        "interference", "Seven ships leap to one place within half an hour, and are back five hours later"
    )
    axes = new_map(picture, BELOW_HEAD, (34.1, 34.4), 150)
    for k, (_, ship) in enumerate(rows.groupby("mmsi")):
        draw_track(axes, ship, (TRACK, *OTHERS)[k % 5], dots=2.0, width=1.0)
    for row in events.itertuples():
        draw_mark(axes, _start(row), SILENT, size=5)
    write(axes, "last fix before the leap", (34.70, 33.78), (-2, 12), colour=SILENT)
    write(axes, "after the return", (34.68, 34.4), (10, 0), colour=GREY)
    first = events.iloc[0]
    lines = [f"interference, an event for each of {len(events)} ships", f"the first from {clock(first['start_at'])}"]
    lines += told(first["details"], "ships", "jumps", "distance_nm", "to_lat", "to_lon")
    note(axes, lines, (33.83, 35.49), (640, 60))
    return picture


def possible_visit() -> Figure:
    """Draw what a silent ship could have reached."""
    rows, seen = see_case("possible_visit")
    events = seen.events[seen.events["kind"] == "possible_visit"]
    silence = found(seen.events, "gap", open=False)
    picture = new_picture(
        "possible_visit", "Zones that a tanker could have reached and come back from in a gap of 52 hours"
    )
    axes = new_map(picture, BELOW_HEAD, (25.85, 57.3), 320)
    draw_track(axes, rows)
    _ends(axes, silence, ("last fix", "next fix"), ((8, 12), (-2, -18)))
    ranked = sorted(events.itertuples(), key=lambda e: e.details["rank"])
    for event in ranked:
        draw_shape(axes, _zone(event.zone_id), fill=0.25, linewidth=0.7, linestyle="-")
        write(axes, str(event.details["rank"]), _start(event), (0, 0), colour="#7a1d16", size=9)
    names = ("rank", "way_nm", "detour_nm", "stay_h", "needed_kn", "specificity")
    for event, corner in ((ranked[0], (60, 365)), (ranked[-1], (25, 12))):
        lines = _lines(event, *names)
        note(axes, [f"{lines[0]}  {event.zone_id}", f"at most {lines[1]}", *lines[2:]], _start(event), corner)
    words = f"numbers: rank among the {ranked[0].details['reachable']} zones in reach"
    write(axes, words, (27.4, 59.4), (0, 0), colour="#7a1d16")
    return picture


def possible_encounter() -> Figure:
    """Draw two silent ships that could have met."""
    rows, seen = see_case("possible_encounter")
    event = found(seen.events, "possible_encounter")
    picture = new_picture(
        "possible_encounter", "Two tankers are silent near each other; one comes out deeper, the other less deep"
    )
    axes = new_map(picture, BELOW_HEAD, (24.45, 58.8), 150)
    for colour, (mmsi, ship), side in zip((OTHERS[0], TRACK), rows.groupby("mmsi"), (1, -1), strict=True):
        draw_track(axes, ship, colour)
        silence = found(seen.events, "gap", mmsi=mmsi, open=False)
        before, after = ship.drop_duplicates("draught_m")["draught_m"].tolist()
        draw_mark(axes, _start(silence), colour)
        draw_mark(axes, _end(silence), colour, "^")
        words = f"MMSI {mmsi}\nlast fix {clock(silence.start_at)}, draught {before} m"
        write(axes, words, _start(silence), (14 * side, 14), colour=colour)
        write(
            axes, f"next fix {clock(silence.end_at)}, draught {after} m", _end(silence), (14 * side, -12), colour=colour
        )
    draw_mark(axes, _start(event), SILENT, "*", 12)
    shown = [name for name in event.details if name not in ("zone_ids", "open") and not name.endswith("_id")]
    lines = _lines(event, *shown)
    note(axes, [lines[0], f"at most {lines[1]}", *lines[2:]], _start(event), (25, 270))
    return picture


def detour() -> Figure:
    """Draw a voyage by a long way round, and the places that it is reckoned from."""
    rows, seen = see_case("detour")
    event = found(seen.events, "detour")
    picture = new_picture(
        "detour", "A tanker goes from Fujairah to Karachi by the Gulf of Aden, where she drifts for a day"
    )
    axes = new_map(picture, BELOW_HEAD, (19.0, 59.0), 1020)
    draw_track(axes, rows, dots=0.0)
    under_way = seen.events[seen.events["kind"].isin(SEEN_KINDS)]
    for end in ("start", "end"):
        there = under_way[under_way[f"{end}_at"].between(event.start_at, event.end_at)]
        for place in zip(there[f"{end}_lat"], there[f"{end}_lon"], strict=True):
            draw_mark(axes, place, TRACK, size=5)
    axes.plot([event.start_lon, 60.0, event.end_lon], [event.start_lat, 24.9, event.end_lat], ":", color=ZONE, zorder=4)
    write(axes, f"direct_nm {event.details['direct_nm']:.0f}", (25.0, 62.5), (0, -10), colour=ZONE)
    write(axes, "dots: where events saw her", (19.4, 61.0), (4, 0), colour=TRACK)
    _ends(axes, event, ("leaves", "comes"), ((-10, 10), (10, 8)))
    names = ("way_nm", "direct_nm", "extra_nm", "ratio", "needed_kn", "canal_avoided", "from_country", "to_country")
    note(axes, [*_lines(event, *names), f"via  {', '.join(event.details['via'])}"], (13.0, 51.4), (640, 270))
    return picture
