"""The single-file report: a replay that needs no server and no network, with its story as plain text beneath."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from watch.alert_changes import change_rows
from watch.cells import EPOCH
from watch.digest_view import alert_view
from watch.geodesy import Floats, wrap_lon
from watch.parquet import Box
from watch.scene.asked import Asked
from watch.scene.inline import replay_inline, write_page
from watch.scene.land import land_in
from watch.scene.make import Scene, gather_scene
from watch.scene.report_words import gap_words
from watch.scene.ships import COARSER_M, NEIGHBOUR_M, packed_ships
from watch.store.history import read_history
from watch.wording import plural, span_words
from watch.workspace import Workspace

BYTES_MAX = 1_000_000
_WORDS_BYTES = 2_000  # own: what was left out, in sentences
_FIX_BYTES = 4  # no packed fix takes less
_BACKGROUND_MAX = 5_000  # own: more of other traffic is left out of a file that is sent around
_NEAR_DEG = 25.0  # own: a narrower view has the fine coast
_MARGIN = 0.35  # own: of the view, to be moved about in
_DECIDED = ("acknowledged", "closed", "reopened")
_EVENTS_MAX = 400  # own: more are counted


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes
    ----------
    text
        The page.
    policy
        The content policy that stands in it, to be sent with it as well.
    told
        What was left out, in sentences.
    """

    text: str
    policy: str
    told: tuple[str, ...]


def make_report(
    ws: Workspace, asked: Asked, made_at: datetime, *, synthetic: bool = False, bytes_max: int = BYTES_MAX
) -> Report:
    """Return a report as one page that holds all it shows.

    Parameters
    ----------
    ws, asked
        What to show.
    made_at
        The time, UTC.
    synthetic
        Whether the tracks are made ones.
    bytes_max
        How large it may be; tracks are thinned until it is not larger.

    Raises
    ------
    ConfigError
        The ship that it is about was not heard in that time.
    """
    scene = gather_scene(ws, asked, synthetic=synthetic)
    return write_report(scene, asked, made_at, bytes_max, _decisions(ws, asked))


def _decisions(ws: Workspace, asked: Asked) -> list[dict[str, Any]]:
    """Return what was decided about the alert, and when it was opened again, the oldest first."""
    if not asked.alert:
        return []
    with ws.engine.connect() as conn:
        rows = change_rows(read_history(conn, alert_id=asked.alert["alert_id"]))
    return [row for row in rows if row["change"] in _DECIDED]


def write_report(
    scene: Scene,
    asked: Asked,
    made_at: datetime,
    bytes_max: int = BYTES_MAX,
    decisions: Sequence[Mapping[str, Any]] = (),
) -> Report:
    """Return a report of what was gathered, with the rows of what was decided; the rest as in `make_report`."""
    rest = {**scene.rest, "background": _few(scene.rest["background"])}
    rest["coast"] = _land(scene)
    inline, story = replay_inline(), {**_story(scene, asked, made_at), "decisions": decisions}
    empty = write_page(inline, **story, packed="", told=())
    packed, told = _fitting(scene, rest, bytes_max - len(empty.encode()) - _WORDS_BYTES)
    told = (*told, *scene.rest["notes"])
    return Report(write_page(inline, **story, packed=packed, told=told), inline.header_policy, told)


def _few(background: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return background if background and len(background["lat"]) <= _BACKGROUND_MAX else None


def _story(scene: Scene, asked: Asked, made_at: datetime) -> dict[str, Any]:
    """Return what the page says in words."""
    events = scene.rest["events"]
    labels = [ship.label for ship in scene.ships]
    gaps, gaps_rest = gap_words(scene.ships, scene.rest["countries"])
    return {
        "title": scene.rest["title"],
        "synthetic": scene.rest["synthetic"],
        "alert": alert_view(asked.alert, asked.clock_at, {}) if asked.alert else None,
        "ships": [{"label": ship.label, "ids": ship.ids, "role": ship.role} for ship in scene.ships],
        "events": [{**e, "label": labels[e["ship"]], "when": _when(e)} for e in events[:_EVENTS_MAX]],
        "gaps": gaps,
        "gaps_rest": gaps_rest,
        "events_rest": len(events[_EVENTS_MAX:]),
        "span": span_words(asked.from_at, asked.to_at),
        "clock_at": asked.clock_at,
        "made_at": made_at,
    }


def _when(event: Mapping[str, Any]) -> str:
    start, end = (None if t is None else EPOCH + timedelta(seconds=t) for t in (event["t"], event["end_t"]))
    return span_words(start, end)


def _fitting(scene: Scene, rest: Mapping[str, Any], room: int) -> tuple[str, tuple[str, ...]]:
    """Return the scene as text that fits, or else as thin as it gets, and what was left out."""
    packed, told = "", ("",)
    for main_m, neighbour_m in _errors():
        ships = packed_ships(scene.ships, main_m, neighbour_m)
        left = sum(ship["track"]["n"] for ship in ships)
        if left * _FIX_BYTES > room and main_m < COARSER_M[-1]:
            continue
        packed, told = _packed({**rest, "ships": ships}), (_left_words(scene, ships, left),)
        if len(packed) <= room:
            break
    return packed, told


def _errors() -> Iterator[tuple[float, float]]:
    """Yield the errors to try: those of the ship and its partners, and those of its neighbours, in metres."""
    yield 0, NEIGHBOUR_M
    yield from ((most_m, max(2 * most_m, NEIGHBOUR_M)) for most_m in COARSER_M)


def _left_words(scene: Scene, ships: Sequence[Mapping[str, Any]], left: int) -> str:
    stored = sum(len(ship.fixes) for ship in scene.ships)
    if left == stored:
        return f"All {plural(stored, 'stored position')} of these ships are in this file."
    most_m = max(ship["track"]["thinned_m"] for ship in ships)
    return (
        f"Of {stored:,} stored positions of these ships {left:,} are in this file: each of the others lies at most "
        f"{most_m:,.0f} m from where the replay shows the ship at that moment."
    )


def _packed(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _land(scene: Scene) -> dict[str, Any]:
    box, near = view_of(scene)
    return land_in(box, near=near)


def view_of(scene: Scene) -> tuple[Box, bool]:
    """Return the box that holds the tracks with room to move about in, and whether it is narrow."""
    places = [(ship.fixes.lat, ship.fixes.lon) for ship in scene.ships]
    places += [(np.array([e["lat"]]), np.array([e["lon"]])) for e in scene.rest["events"] if e["lat"] is not None]
    lat, lon = (np.concatenate(column) for column in zip(*places, strict=True))
    west, wide = _span(lon)
    high = float(np.ptp(lat))
    room = max(wide, high, 2.0) * _MARGIN
    south, north = max(float(lat.min()) - room, -85.0), min(float(lat.max()) + room, 85.0)
    if wide + 2 * room >= 360:
        return (-180.0, south, 180.0, north), False
    sides = (float(side) for side in wrap_lon([west - room, west + wide + room]))
    west, east = sides
    return (west, south, east, north), max(wide, high) <= _NEAR_DEG


def _span(lon: Floats) -> tuple[float, float]:
    """Return where the narrowest span that holds all longitudes begins, and how wide it is."""
    ordered = np.unique(np.round(lon, 2))
    holes = np.diff(ordered, append=ordered[0] + 360)
    k = int(np.argmax(holes))
    return float(ordered[(k + 1) % len(ordered)]), float(360 - holes[k])
