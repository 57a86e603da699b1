"""Draws where ships were heard and where they were not."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from watch.chart.frame import WIDTH_PX, Frame
from watch.chart.text import Labels
from watch.geodesy import H_US
from watch.params import DEFAULT
from watch.wording import as_utc, lasting_words

Floats = NDArray[np.float64]

TRACK, SILENT = "#0b6bcb", "#c0271d"
OTHERS = ("#7a3e9d", "#2b7a4b", "#a35b00", "#4a5a68")
_DASHES = (0, (4, 3))
_LABELS_MAX = 12


@dataclass(frozen=True)
class Silence:
    """A time without AIS and the way across it; without an end while it lasts."""

    start_at: datetime
    end_at: datetime | None
    start: tuple[float, float]
    end: tuple[float, float] | None

    @property
    def words(self) -> str:
        """What the map says of it."""
        if self.end_at is None:
            return f"no AIS since {self.start_at:%Y-%m-%d}"
        return f"no AIS {lasting_words((self.end_at - self.start_at).total_seconds() / 3600)}"

    @property
    def length_h(self) -> float:
        """How long it is; one that still lasts counts as the longest."""
        return np.inf if self.end_at is None else (self.end_at - self.start_at).total_seconds() / 3600


def collect_silences(track: pd.DataFrame, gaps: pd.DataFrame) -> list[Silence]:
    """Return the gaps, and the silences of the track that no gap tells of, the longest first."""
    told = [_told(row) for row in gaps.to_dict("records")]
    starts = {silence.start_at.replace(microsecond=0) for silence in told}
    seen = [s for s in _seen(track) if s.start_at.replace(microsecond=0) not in starts]
    return sorted([*told, *seen], key=lambda s: (-s.length_h, s.start_at))


def _told(gap: Mapping[Hashable, Any]) -> Silence:
    start_at = as_utc(pd.Timestamp(gap["start_at"]).to_pydatetime())
    ended = not pd.isna(gap["end_at"]) and not pd.isna(gap["end_lat"])
    end_at = as_utc(pd.Timestamp(gap["end_at"]).to_pydatetime()) if ended else None
    end = (float(gap["end_lat"]), float(gap["end_lon"])) if ended else None
    if start_at is None:
        raise ValueError("a gap without a start")
    return Silence(start_at, end_at, (float(gap["start_lat"]), float(gap["start_lon"])), end)


def _seen(track: pd.DataFrame) -> list[Silence]:
    cuts = np.flatnonzero(_silent(track))
    lat, lon = track["lat"].to_numpy(), track["lon"].to_numpy()
    at = [moment.to_pydatetime() for moment in pd.to_datetime(track["fix_at"], utc=True).iloc[[*cuts, *(cuts + 1)]]]
    return [Silence(at[k], at[k + len(cuts)], (lat[i], lon[i]), (lat[i + 1], lon[i + 1])) for k, i in enumerate(cuts)]


def _silent(track: pd.DataFrame) -> NDArray[np.bool_]:
    """Return for each fix but the last whether more than a gap's time passes before the next."""
    at = pd.to_datetime(track["fix_at"], utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    past_us = np.diff(at.astype(np.int64)).astype(np.float64)
    return np.asarray(past_us > DEFAULT.gap_min_h * H_US, dtype=np.bool_)


def draw_track(axes: Axes, frame: Frame, track: pd.DataFrame, colour: str) -> tuple[Floats, Floats]:
    """Draw a track sorted by time, broken where the ship was not heard, and return its points in pixels."""
    if track.empty:
        return np.array([]), np.array([])
    x, y = frame.pixels(track["lat"].to_numpy(), track["lon"].to_numpy())
    torn = _silent(track) | (np.abs(np.diff(x)) > 180 / frame.deg_per_px)
    half_px = np.round(np.column_stack([x, y]) * 2)
    moved = np.append(True, (half_px[1:] != half_px[:-1]).any(axis=1)) | np.append(torn, True) | np.append(True, torn)
    piece = np.append(0, np.cumsum(torn))[moved]
    points = np.column_stack([x, y])[moved]
    pieces = np.split(points, np.flatnonzero(np.diff(piece)) + 1)
    lines = LineCollection([p for p in pieces if len(p) > 1], colors=colour, linewidths=2.2, zorder=5)
    lines.set_capstyle("round")
    axes.add_collection(lines)
    axes.plot(points[:, 0], points[:, 1], ".", color=colour, markersize=3.2, zorder=5)
    return points[:, 0], points[:, 1]


def draw_ends(axes: Axes, x: Floats, y: Floats, colour: str) -> None:
    """Mark where a track begins (dot) and where it was last heard (triangle)."""
    axes.plot(x[:1], y[:1], "o", color=colour, markersize=8, markeredgecolor="white", zorder=6)
    axes.plot(x[-1:], y[-1:], "^", color=colour, markersize=9, markeredgecolor="white", zorder=6)


def draw_silences(axes: Axes, frame: Frame, silences: list[Silence]) -> list[tuple[Silence, float, float]]:
    """Draw silences dashed, and return each with the point that its words belong to, in pixels."""
    middles = []
    for silence in silences:
        (x0, x1), (y0, y1) = _way(frame, silence)
        world = 360 / frame.deg_per_px
        x1 -= world * np.round((x1 - x0) / world)
        turns = (0.0,) if 0 <= x1 <= WIDTH_PX else (0.0, -world if x1 > x0 else world)
        for turn in turns:
            axes.plot([x0 + turn, x1 + turn], [y0, y1], color=SILENT, linestyle=_DASHES, linewidth=2, zorder=4)
        if silence.end is None:
            axes.plot([x0], [y0], "x", color=SILENT, markersize=9, markeredgewidth=2.2, zorder=6)
        middles.append((silence, (x0 + x1) / 2 % world if turns[1:] else (x0 + x1) / 2, (y0 + y1) / 2))
    return middles


def _way(frame: Frame, silence: Silence) -> tuple[tuple[float, float], tuple[float, float]]:
    end = silence.end or silence.start
    x, y = frame.pixels([silence.start[0], end[0]], [silence.start[1], end[1]])
    return (float(x[0]), float(x[1])), (float(y[0]), float(y[1]))


def label_silences(labels: Labels, middles: list[tuple[Silence, float, float]]) -> None:
    """Write how long the longest silences lasted."""
    for silence, x, y in middles[:_LABELS_MAX]:
        labels.place(silence.words, x, y, size=10, colour=SILENT, weight="bold")
