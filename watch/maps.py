"""Static maps: one of an alert for the case file, and one of the zones.

Notes
-----
Everything is drawn in pixels of a Mercator frame, whose middle is chosen so that nothing is torn at 180°.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray

from watch.chart.base import GREY, draw_header, draw_scale, draw_shape, new_map, save_map
from watch.chart.frame import MAP_PX, WIDTH_PX, Frame, fit_frame
from watch.chart.key import draw_key, draw_marks, key_corners, key_rows, key_size_px, points_inside
from watch.chart.text import Box, Labels, drawable, shorten
from watch.chart.track import (
    OTHERS,
    TRACK,
    collect_silences,
    draw_ends,
    draw_silences,
    draw_track,
    label_silences,
)
from watch.wording import as_utc, clean
from watch.zones.geofences import Zone, Zones
from watch.zones.kinds import RANKS
from watch.zones.neighbours import zone_shape

Floats = NDArray[np.float64]
Alert = Mapping[str, Any]

ZONE = "#9c2b22"
_LEGEND = "dashed red: no AIS heard, way unknown"
_SPAN_MIN_NM = 240.0  # own: a ship that lay still is shown with enough coast to know where
_SMALL_PX = 9.0  # a smaller zone is drawn as a square


def draw_alert_map(
    alert: Alert,
    track: pd.DataFrame,
    gaps: pd.DataFrame,
    zones: Zones,
    path: Path,
    others: Mapping[str, pd.DataFrame] | None = None,
    sharpness: float = 1.0,
) -> None:
    """Write the map of an alert as a PNG of 1200 x 750 pixels.

    Parameters
    ----------
    alert
        As `alerts --json` shows it.
    track
        Fixes by time, with `fix_at`, `lat`, `lon`; where `mmsi` stands beside them, radios other than the alert's
        are drawn as other ships.
    gaps
        Gap events of the ship.
    zones
        Where the shapes of the steps' zones are looked up.
    path
        The file to write.
    others
        Further tracks, by the name to write beside them.
    sharpness
        How many times as many pixels there are each way.
    """
    own, rest = _split(alert, track)
    rest |= dict(others or {})
    silences = collect_silences(own, gaps)
    steps: Sequence[Alert] = alert.get("steps") or ()
    involved = _involved(steps, zones)
    places = [_places(own, steps, [p for s in silences for p in (s.start, s.end) if p]), *_tracks(rest)]
    lat, lon = np.concatenate([p[0] for p in places]), np.concatenate([p[1] for p in places])
    frame, key_box = _choose_frame(lat, lon, key_rows(alert))
    figure, axes = new_map(frame)
    labels = Labels(axes)
    _reserve(axes, frame, labels, key_box)
    drawn = {name: draw_track(axes, frame, t, OTHERS[k % 4]) for k, (name, t) in enumerate(rest.items())}
    middles = draw_silences(axes, frame, silences)
    x, y = draw_track(axes, frame, own, TRACK)
    labels.avoid(x, y)
    if len(x):
        draw_ends(axes, x, y, TRACK)
    draw_marks(axes, frame, steps, labels)
    label_silences(labels, middles)
    _draw_zones(axes, frame, zones, involved, labels)
    _label_others(axes, labels, drawn)
    if key_box:
        draw_key(axes, key_rows(alert), key_box)
    _head(figure, axes, alert, own)
    save_map(figure, path, sharpness)


def _split(alert: Alert, track: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the alert's own track and those of other radios."""
    mmsi = (alert.get("vessel") or {}).get("mmsi")
    if "mmsi" not in track or mmsi is None or not len(track):
        return track, {}
    others = {f"MMSI {m}": t for m, t in track[track["mmsi"] != mmsi].groupby("mmsi")}
    return track[track["mmsi"] == mmsi], others


def _involved(steps: Sequence[Alert], zones: Zones) -> dict[str, tuple[float, float] | None]:
    """Return the ids of the steps' zones that are known, with where the step was."""
    found: dict[str, tuple[float, float] | None] = {}
    for step in steps:
        zone_id = str((step.get("zone") or {}).get("id"))
        if zone_id in zones.by_id and zone_id not in found:
            found[zone_id] = None if step.get("lat") is None else (step["lat"], step["lon"])
    return found


def _places(own: pd.DataFrame, steps: Sequence[Alert], ends: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    points = [(s["lat"], s["lon"]) for s in steps if s.get("lat") is not None and s.get("lon") is not None]
    more = np.array([*points, *ends], dtype=np.float64).reshape(-1, 2)
    return np.append(own["lat"].to_numpy(), more[:, 0]), np.append(own["lon"].to_numpy(), more[:, 1])


def _tracks(others: Mapping[str, pd.DataFrame]) -> list[tuple[Floats, Floats]]:
    return [(t["lat"].to_numpy(), t["lon"].to_numpy()) for t in others.values()]


def _choose_frame(lat: Floats, lon: Floats, rows: Sequence[Any]) -> tuple[Frame, Box | None]:
    """Return a frame and a corner for the key that covers nothing; the map is moved aside where it must be."""
    if not rows:
        return fit_frame(lat, lon, span_min_nm=_SPAN_MIN_NM), None
    width, height = key_size_px(rows)
    best: tuple[int, Frame, Box] | None = None
    for left, right in ((0.0, 0.0), (0.0, width + 20), (width + 20, 0.0)):
        frame = fit_frame(lat, lon, left, right, _SPAN_MIN_NM)
        x, y = frame.pixels(lat, lon)
        for box in key_corners(width, height):
            covered = points_inside(box, x, y)
            if covered == 0:
                return frame, box
            if best is None or covered < best[0]:
                best = covered, frame, box
    return (best[1], best[2]) if best else (fit_frame(lat, lon, span_min_nm=_SPAN_MIN_NM), None)


def _reserve(axes: Axes, frame: Frame, labels: Labels, key_box: Box | None) -> None:
    lower_left = key_box is not None and key_box[0] < WIDTH_PX / 2 and key_box[1] < MAP_PX / 2
    labels.take(draw_scale(axes, frame, at_right=lower_left))
    if key_box:
        labels.take(key_box)


def _label_others(axes: Axes, labels: Labels, drawn: Mapping[str, tuple[Floats, Floats]]) -> None:
    for k, (name, (x, y)) in enumerate(drawn.items()):
        if len(x):
            draw_ends(axes, x, y, OTHERS[k % 4])
            middle = len(x) // 2
            labels.place(shorten(drawable(name), 10, 220), x[middle], y[middle], size=10, colour=OTHERS[k % 4])


def _draw_zones(
    axes: Axes,
    frame: Frame,
    zones: Zones,
    wanted: Mapping[str, tuple[float, float] | None],
    labels: Labels,
    focus: str | None = None,
) -> None:
    """Draw zones and write their names, the most specific first; a large one is named where the ship was."""
    for zone_id in sorted(wanted, key=lambda z: (z != focus, RANKS[zones.get(z).kind])):
        zone, (shape, middle) = zones.get(zone_id), zone_shape(zones, zone_id)
        anchor = wanted[zone_id] or middle if zone.kind.startswith(("waters", "approach")) else middle
        x, y = (float(v) for v in frame.pixels(*anchor))
        _draw_zone(axes, frame, zone, shape, (x, y), strong=focus in (None, zone_id))
        if 0 <= x <= WIDTH_PX and 0 <= y <= MAP_PX:
            labels.place(shorten(drawable(zone.name), 9.5, 330), x, y, size=9.5, colour=ZONE, away_px=10)


def _draw_zone(
    axes: Axes, frame: Frame, zone: Zone, shape: shapely.Geometry | None, at: tuple[float, float], *, strong: bool
) -> None:
    wide_px = 0.0 if shape is None else np.ptp(shapely.bounds(shape)[[1, 3]]) / frame.deg_per_px
    if shape is None or wide_px < _SMALL_PX:
        axes.plot(*at, "s", markersize=8, markerfacecolor="#e9b9b4", markeredgecolor=ZONE, zorder=5.5)
        return
    large = zone.kind.startswith(("waters", "approach"))
    fill = 0.09 if large else 0.18
    edge = {"linestyle": ":" if large else "--", "linewidth": 1.5 if strong else 0.8, "edgecolor": ZONE}
    # waters lie under the land, so that only their sea side shows
    draw_shape(axes, frame, shape, facecolor=(0.75, 0.2, 0.15, fill), zorder=0.6 if large else 3, **edge)


def _head(figure: Any, axes: Axes, alert: Alert, track: pd.DataFrame) -> None:
    vessel = alert.get("vessel") or {}
    name = clean(vessel.get("name")) or f"MMSI {vessel.get('mmsi', 'unknown')}"
    number = f"IMO {vessel['imo']}" if vessel.get("imo") else f"MMSI {vessel.get('mmsi', 'unknown')}"
    short = clean(alert.get("alert_id"))[:10]
    title = shorten(drawable(f"{short} · {name[:40]} · {number}"), 16, 800, "bold")
    words = [clean(alert.get(key)) for key in ("title", "level")]
    below = " · ".join(w for w in (words[0] or clean(alert.get("rule_id")), words[1]) if w)
    made = bool(alert.get("synthetic") or alert.get("scenario"))
    below = shorten(drawable(("SYNTHETIC DATA · " if made else "") + below), 10, 780)
    draw_header(figure, title, below, _period(alert, track), _LEGEND)
    if made:
        style: dict[str, Any] = {"fontsize": 64, "color": GREY, "alpha": 0.13, "weight": "bold", "rotation": 20}
        axes.text(WIDTH_PX / 2, MAP_PX / 2, "SYNTHETIC", ha="center", va="center", zorder=9, **style)


def _period(alert: Alert, track: pd.DataFrame) -> str:
    """Return from when to when the map shows the ship."""
    moments = [as_utc(s.get(key)) for s in alert.get("steps") or () for key in ("start_at", "end_at")]
    if len(track):
        ends = pd.to_datetime(track["fix_at"], utc=True)
        moments += [ends.min().to_pydatetime(), ends.max().to_pydatetime()]
    known = sorted(m for m in moments if m)
    if not known:
        return "time unknown"
    if known[0].date() == known[-1].date():
        return f"{known[0]:%Y-%m-%d %H:%M} – {known[-1]:%H:%M} UTC"
    return f"{known[0]:%Y-%m-%d %H:%M} – {known[-1]:%Y-%m-%d %H:%M} UTC"


def draw_zones_map(zones: Zones, path: Path, focus: str | None = None) -> None:
    """Write a map of all zones, or of one and what lies about it, as a PNG of 1200 x 750 pixels.

    Raises
    ------
    KeyError
        When there is no zone `focus`.
    """
    if focus is None:
        _draw_world(zones, path)
        return
    zone, (shape, middle) = zones.get(focus), zone_shape(zones, focus)
    corners = np.array([middle[::-1]]) if shape is None else shapely.get_coordinates(shape)
    frame = fit_frame(corners[:, 1], corners[:, 0])
    figure, axes = new_map(frame)
    labels = Labels(axes)
    _reserve(axes, frame, labels, None)
    _draw_ports(axes, frame, zones)
    (south, north), (west, east) = frame.lat_range, frame.lon_range
    near = [z for z in _near(zones, (west, south, east, north)) if RANKS[zones.get(z).kind] <= RANKS[zone.kind]]
    _draw_zones(axes, frame, zones, dict.fromkeys([focus, *near]), labels, focus)
    draw_header(figure, f"{zone.zone_id} · {zone.name}", f"{zone.kind} · {zone.country}", "dots: world ports")
    save_map(figure, path)


def _near(zones: Zones, bounds: tuple[float, float, float, float]) -> list[str]:
    west, south, east, north = bounds
    views = [shapely.box(west + turn, south, east + turn, north) for turn in (-360, 0, 360)]
    shapes = zones.table.geometry.to_numpy()
    seen = np.any([shapely.intersects(shapes, view) for view in views], axis=0)
    return [str(z) for z in zones.table.loc[seen, "zone_id"]]


def _draw_ports(axes: Axes, frame: Frame, zones: Zones) -> None:
    world = zones.ports[zones.ports["kind"] == "world_port"]
    x, y = frame.pixels(world["lat"].to_numpy(), world["lon"].to_numpy())
    axes.plot(x, y, ".", color="#5b6670", markersize=2.6 if frame.deg_per_px > 0.1 else 6, zorder=4)


def _draw_world(zones: Zones, path: Path) -> None:
    frame = fit_frame([], [])
    figure, axes = new_map(frame)
    for kind, colour in (("waters_200nm", "#cfe3d6"), ("waters_12nm", "#7fb59a")):
        for shape in zones.table.loc[zones.table["kind"] == kind].geometry:
            draw_shape(axes, frame, shape, facecolor=colour, edgecolor="#5f8f7a", linewidth=0.35, zorder=0.5)
    _draw_ports(axes, frame, zones)
    own = zones.table[~zones.table["kind"].str.startswith(("waters", "approach"))]
    middles = shapely.centroid(own.geometry.to_numpy())
    x, y = frame.pixels(shapely.get_y(middles), shapely.get_x(middles))
    axes.plot(x, y, "s", markersize=6, markerfacecolor="#e9b9b4", markeredgecolor=ZONE, zorder=6)
    states = int((zones.table["kind"] == "waters_200nm").sum())
    draw_header(
        figure,
        "Zones of Shipwatch",
        f"red squares: {len(own)} places · green: approximate 12 nm and 200 nm waters of {states} states "
        f"and territories · dots: {int((zones.ports['kind'] == 'world_port').sum())} world ports",
        "Natural Earth coasts; not for navigation",
    )
    save_map(figure, path)
