"""Segments: stretches of a radio's positions that are surely one ship.

Two ships that share one MMSI, and a fix that lies impossibly far away, make an impossible leg. Each fix joins the
segment of the radio's fix before it; if no hull could have come from there, it joins the nearest other segment that
it could have come from, and else begins a new one. Only the past decides, so any cutting of time gives the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from watch.columns import empty_frame
from watch.detect.leaps import JUMP_COLUMNS, list_jumps, prior_places
from watch.detect.tracks import NEVER, Tracks, leg_lengths_m, track_key
from watch.geodesy import EARTH_RADIUS_M, H_US, NM_M, Bools, Floats, Ints, distance_m, unit_vectors
from watch.params import Params

#: The last fix of each segment; `latest` marks the one that holds the radio's latest fix.
SEGMENT_STATE = {
    "mmsi": np.int64,
    "seg": np.int64,
    "at_us": np.int64,
    "lat": np.float64,
    "lon": np.float64,
    "sog_kn": np.float32,
    "status": np.int8,
    "fixes": np.int64,  # counted up to `FEW_FIXES`, so that a state settles
    "firm_us": np.int64,  # when it had that many, `NEVER` before: what was known at any time can be asked later
    "latest": np.bool_,
    "prior_lat": np.float64,  # one fix before the radio's latest, if no leap lies between: was the latest a stray?
    "prior_lon": np.float64,
}
FEW_FIXES = 3  # a segment of fewer is taken for an error of reception …
_FEW_LAST_US = 24 * H_US  # … that nothing joins a day later


def cut_segments(fixes: Tracks, state: pd.DataFrame, params: Params) -> tuple[Tracks, pd.DataFrame, pd.DataFrame]:
    """Return the slice's fixes by segment, each led in by its last fix before, the segments' new state, and the jumps.

    Parameters
    ----------
    fixes
        One track a radio, from `tracks.from_positions`.
    state
        Segments known so far, columns `SEGMENT_STATE`.
    params
        `max_speed_kn`, `jump_slack_m`.

    Returns
    -------
    tracks, state, jumps
        The jumps follow `leaps.JUMP_COLUMNS`.
    """
    if not len(fixes):
        return fixes, state, empty_frame(JUMP_COLUMNS)
    before = _last_heard(fixes, state)
    _legs_from_before(fixes, before)
    seg = np.repeat(before["seg"].fillna(0).to_numpy().astype(np.int64), fixes.ends - fixes.starts + 1)
    jump = _impossible(fixes, before, params)
    radios = np.unique(fixes.mmsi[jump])
    mixed = np.zeros(len(fixes), dtype=bool)
    first, beyond = (np.searchsorted(fixes.mmsi, radios, side=side).tolist() for side in ("left", "right"))
    for linker, lo, hi in zip(_linkers(state, radios, params), first, beyond, strict=True):
        mixed[lo:hi] = True
        seg[lo:hi] = linker.link(fixes, lo, hi, jump)
    latest = track_key(fixes.mmsi[fixes.ends], seg[fixes.ends])
    jumps = list_jumps(fixes, seg, jump, before)
    prior = prior_places(fixes, jump, before)
    tracks = _by_segment(replace(fixes, seg=seg), np.flatnonzero(mixed))
    tracks = _lead_in(tracks, state)
    return tracks, _next_state(tracks, state, latest, prior), jumps


def _last_heard(fixes: Tracks, state: pd.DataFrame) -> pd.DataFrame:
    """Return the last fix before the slice of each of its radios, missing where there was none."""
    return state[state["latest"]].set_index("mmsi").reindex(fixes.mmsi[fixes.starts])


def _legs_from_before(fixes: Tracks, before: pd.DataFrame) -> None:
    """Measure the leg of each radio's first fix from its last fix before the slice; these fixes are ours to change."""
    first = fixes.starts
    fixes.leg_m[first] = distance_m(before["lat"], before["lon"], fixes.lat[first], fixes.lon[first])


def _impossible(fixes: Tracks, before: pd.DataFrame, params: Params) -> Bools:
    """Return the fixes that no hull could have reached from the radio's fix before."""
    earlier_us = pd.Series(before["at_us"].to_numpy(), index=fixes.starts)
    out = np.zeros(len(fixes), dtype=bool)
    far = np.flatnonzero(fixes.leg_m > params.jump_slack_m)  # NaN compares as False: nothing before, no jump
    since_us = np.where(fixes.first[far], earlier_us.reindex(far).fillna(0).to_numpy(np.int64), fixes.at_us[far - 1])
    out[far] = fixes.leg_m[far] > reach_m(fixes.at_us[far] - since_us, params)
    return out


def reach_m(dt_us: Ints, params: Params) -> Floats:
    """Return how far one hull can come in the time, with the slack for errors of place and clock."""
    return np.asarray(params.jump_slack_m + params.max_speed_kn * NM_M / H_US * dt_us)


@dataclass
class _Segment:
    """The last fix of a segment, and how many it has."""

    at_us: int
    place: list[float]  # unit vector
    fixes: int


@dataclass
class _Linker:
    """The segments of one radio while its fixes are told apart. It loops over jumps, never over positions."""

    segments: list[_Segment]
    current: int
    params: Params

    def link(self, fixes: Tracks, lo: int, hi: int, jump: Bools) -> Ints:
        """Return the segments of the rows lo…hi, which are all of this radio's."""
        cuts = np.unique(np.concatenate([[lo], lo + np.flatnonzero(jump[lo:hi]), [hi]]))
        first, last = cuts[:-1], cuts[1:] - 1
        chosen = [
            self._follow(first_us, begin, last_us, end, count, jumped)
            for first_us, begin, last_us, end, count, jumped in zip(
                fixes.at_us[first].tolist(),
                unit_vectors(fixes.lat[first], fixes.lon[first]).tolist(),
                fixes.at_us[last].tolist(),
                unit_vectors(fixes.lat[last], fixes.lon[last]).tolist(),
                (last - first + 1).tolist(),
                jump[first].tolist(),
                strict=True,
            )
        ]
        return np.repeat(np.array(chosen, dtype=np.int64), last - first + 1)

    def _follow(
        self, first_us: int, first: list[float], last_us: int, last: list[float], fixes: int, jumped: bool
    ) -> int:
        """Return the segment of a stretch without jumps, and remember where it ends."""
        if jumped:
            self.current = self._choose(first_us, first)
        if self.current == len(self.segments):
            self.segments.append(_Segment(last_us, last, 0))
        segment = self.segments[self.current]
        segment.at_us, segment.place, segment.fixes = last_us, last, segment.fixes + fixes
        return self.current

    def _choose(self, at_us: int, place: list[float]) -> int:
        """Return the nearest segment that this fix could belong to, or the number of a new one."""
        best, nearest = len(self.segments), 3.0  # no chord is longer than 2
        for number, segment in enumerate(self.segments):
            dt = at_us - segment.at_us
            away = math.dist(segment.place, place)
            stale = segment.fixes < FEW_FIXES and dt > _FEW_LAST_US
            if away < nearest and number != self.current and not stale and away <= self._reach(dt):
                best, nearest = number, away
        return best

    def _reach(self, dt_us: int) -> float:
        """Return how far apart, as unit vectors, two fixes of one hull can lie."""
        arc = (self.params.jump_slack_m + self.params.max_speed_kn * NM_M / H_US * dt_us) / EARTH_RADIUS_M
        return 2 * math.sin(min(arc, math.pi) / 2)


def _linkers(state: pd.DataFrame, radios: Ints, params: Params) -> Iterator[_Linker]:
    """Yield for each radio what is known of its segments; the state is sorted by radio and segment."""
    known = state[state["mmsi"].isin(radios)]
    first, beyond = (
        np.searchsorted(known["mmsi"].to_numpy(), radios, side=side).tolist() for side in ("left", "right")
    )
    places = unit_vectors(known["lat"], known["lon"]).tolist()
    facts = [*zip(known["at_us"].tolist(), places, known["fixes"].tolist(), strict=True)]
    latest = known["latest"].tolist()
    for lo, hi in zip(first, beyond, strict=True):
        current = latest.index(True, lo, hi) - lo if any(latest[lo:hi]) else 0
        yield _Linker([_Segment(*f) for f in facts[lo:hi]], current, params)


def _by_segment(tracks: Tracks, rows: Ints) -> Tracks:
    """Return the rows by radio, segment and time; only these, of radios with several segments, have to move."""
    if not len(rows):
        return tracks
    moved = tracks.move(rows, rows[np.lexsort((rows, tracks.seg[rows], tracks.mmsi[rows]))])
    moved.leg_m[rows] = leg_lengths_m(moved.lat[rows], moved.lon[rows])
    return moved


def _lead_in(tracks: Tracks, state: pd.DataFrame) -> Tracks:
    """Return the tracks with the last fix of each before this slice put in front, and first legs measured from it.

    The legs are changed in place: `cut_segments` has made them for itself.
    """
    known_key = track_key(state["mmsi"].to_numpy(), state["seg"].to_numpy())
    starts, key = tracks.starts, tracks.key[tracks.starts]
    at, has = _look_up(known_key, key)
    before = state.iloc[at[has]]
    n = len(before)
    lead = Tracks(
        mmsi=before["mmsi"].to_numpy(),
        seg=before["seg"].to_numpy(),
        at_us=before["at_us"].to_numpy(),
        lat=before["lat"].to_numpy(),
        lon=before["lon"].to_numpy(),
        sog_kn=before["sog_kn"].to_numpy(),
        status=before["status"].to_numpy(),
        carried=np.ones(n, dtype=bool),
        leg_m=np.full(n, np.nan),
    )
    led = tracks.insert(starts[has], lead) if n else tracks
    led.leg_m[led.first] = np.nan
    rows = np.flatnonzero(led.carried) + 1
    led.leg_m[rows] = distance_m(led.lat[rows - 1], led.lon[rows - 1], led.lat[rows], led.lon[rows])
    return led


def _look_up(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Return where each wanted key stands among the sorted keys, and whether it does."""
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return at, keys[at] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)


def _firm_us(tracks: Tracks, fixes: Ints) -> Ints:
    """Return when each track had `FEW_FIXES` fixes, those that it had before the slice counted; or `NEVER`."""
    row = tracks.starts + tracks.carried[tracks.starts] + FEW_FIXES - 1 - fixes
    return np.where(row <= tracks.ends, tracks.at_us[np.minimum(row, tracks.ends)], NEVER)


def _next_state(tracks: Tracks, state: pd.DataFrame, latest: Ints, prior: tuple[Floats, Floats]) -> pd.DataFrame:
    """Return the last fix of every segment after the slice, sorted by radio and segment."""
    ends, starts = tracks.ends, tracks.starts
    key = tracks.key[ends]
    old_key = track_key(state["mmsi"].to_numpy(), state["seg"].to_numpy())
    old_fixes, old_firm_us = np.zeros(len(key), dtype=np.int64), np.full(len(key), NEVER)
    at, has = _look_up(old_key, key)
    old_fixes[has], old_firm_us[has] = state["fixes"].to_numpy()[at[has]], state["firm_us"].to_numpy()[at[has]]
    heard = pd.DataFrame(
        {
            "mmsi": tracks.mmsi[ends],
            "seg": tracks.seg[ends],
            "at_us": tracks.at_us[ends],
            "lat": tracks.lat[ends],
            "lon": tracks.lon[ends],
            "sog_kn": tracks.sog_kn[ends],
            "status": tracks.status[ends],
            "fixes": np.minimum(old_fixes + (ends - starts + 1) - tracks.carried[starts], FEW_FIXES),
            "firm_us": np.where(old_fixes < FEW_FIXES, _firm_us(tracks, old_fixes), old_firm_us),
            "latest": np.isin(key, latest),
        }
    )
    heard.loc[heard["latest"], ["prior_lat", "prior_lon"]] = np.stack(prior, axis=1)
    rest = state[~np.isin(old_key, key)].copy()
    rest["latest"] = rest["latest"] & ~rest["mmsi"].isin(np.unique(tracks.mmsi)).to_numpy()
    rest.loc[~rest["latest"], ["prior_lat", "prior_lon"]] = np.nan
    out = pd.concat([rest, heard], ignore_index=True) if len(rest) else heard
    order = np.argsort(track_key(out["mmsi"].to_numpy(), out["seg"].to_numpy()))  # each is there once
    return out.astype(SEGMENT_STATE).iloc[order].reset_index(drop=True)
