"""Zone visits: a ship inside a zone, from its first to its last fix there, or across it between two fixes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.events import NO_TIME, make_events
from watch.detect.spells import lasting_h
from watch.detect.tracks import Tracks, key_mmsi, key_seg
from watch.detect.visits import VISIT_STATE, by_place, join_visits, run_ends, runs, seen_at, told_visits
from watch.detect.world import World
from watch.geodesy import H_US, Ints
from watch.params import Params

ZONE_VISIT_STATE = VISIT_STATE


def detect_zone_visits(
    tracks: Tracks, world: World, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the zone visits that ended in this slice, and those still open (columns `ZONE_VISIT_STATE`).

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    world
        The zones.
    state
        Visits open before.
    until_us
        End of the slice.
    params
        `zone_merge_h`, `zone_dwell_h`, `visit_silence_h`, `crossed_min_leg_m`, `gap_min_h`.

    Notes
    -----
    A ship outside for at most `zone_merge_h` never left, so jitter at an edge is one visit. After a silence of more
    than `visit_silence_h` nobody can say that the ship stayed: a new visit begins. A leg counts as a crossing when
    both its ends lie outside, it is shorter in time than a gap, and longer than the zone is exact.
    """
    silence_us = round(params.visit_silence_h * H_US)
    parts = pd.concat(
        [_stays(tracks, world, silence_us), _crossings(tracks, world, silence_us, params)], ignore_index=True
    )
    merge_us, wait_us = round(params.zone_merge_h * H_US), round(params.gap_min_h * H_US)
    over, still = join_visits(state, parts, merge_us=merge_us, wait_us=wait_us, until_us=until_us)
    over = over[_counts(over, world, params)]
    return zone_visit_events(over.assign(ended=True)), still


def open_zone_visits(state: pd.DataFrame, world: World, as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the visits that have not ended for certain as they are told; those that go on have no end.

    Columns `ZONE_VISIT_STATE` and `ended`; `zone_visit_events` makes the events.
    """
    shown = state[_counts(state, world, params)]
    going_on = seen_at(shown, as_of_us, round(params.visit_silence_h * H_US)).to_numpy()
    return told_visits(shown, going_on)


def _stays(tracks: Tracks, world: World, silence_us: int) -> pd.DataFrame:
    rows, zones = world.zone_index.rows_in_zones(tracks.lat, tracks.lon)
    order = by_place(zones)
    rows, zones = rows[order], zones[order]
    begin, end = runs(rows, zones, tracks, silence_us)
    columns = run_ends(tracks, rows[begin], rows[end - 1], silence_us)
    return pd.DataFrame({**columns, "place": world.zone_ids[zones[begin]], "real": True, "stay": True})[
        list(ZONE_VISIT_STATE)
    ]


def _crossings(tracks: Tracks, world: World, silence_us: int, params: Params) -> pd.DataFrame:
    long = (tracks.leg_m >= params.crossed_min_leg_m) & (tracks.dt_us <= params.gap_min_h * H_US)
    to = np.flatnonzero(long & ~tracks.first)
    leg, zone = world.zone_index.legs_cutting_zones(
        tracks.lat[to - 1], tracks.lon[to - 1], tracks.lat[to], tracks.lon[to]
    )
    row = to[leg]
    outside = ~(_inside(world, tracks, row, zone) | _inside(world, tracks, row - 1, zone))
    row, zone = row[outside], zone[outside]
    columns = run_ends(tracks, row - 1, row, silence_us)
    columns |= {"fixes": np.zeros(len(row), dtype=np.int64), "outside": np.ones(len(row), dtype=bool)}
    columns |= {"entered": columns["outside"], "left": columns["outside"]}
    return pd.DataFrame({**columns, "place": world.zone_ids[zone], "real": False, "stay": False})[
        list(ZONE_VISIT_STATE)
    ]


def _inside(world: World, tracks: Tracks, row: Ints, zone: Ints) -> np.ndarray:
    """Return whether each row lies in the zone it is paired with."""
    rows, at = np.unique(row, return_inverse=True)
    hit_row, hit_zone = world.zone_index.rows_in_zones(tracks.lat[rows], tracks.lon[rows])
    n = len(world.zone_ids)
    return np.isin(at * n + zone, hit_row * n + hit_zone)


def _counts(visits: pd.DataFrame, world: World, params: Params) -> np.ndarray:
    """Return which visits lasted as long as their zone asks."""
    place, zones = pd.factorize(visits["place"])
    least_h = np.array([max(world.zones.get(z).min_dwell_h, params.zone_dwell_h) for z in zones], dtype=float)
    return np.asarray(lasting_h(visits) >= least_h[place])


def zone_visit_events(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the events of visits, columns `ZONE_VISIT_STATE` and `ended`."""
    ended, dwell_h = shown["ended"].to_numpy(dtype=bool), lasting_h(shown)
    details: list[dict[str, Any]] = [
        {
            "crossed": not r,
            "dwell_h": round(h, 3),
            "entered": e,
            "left": bool(o and x),
            "fixes": n if x else None,
            "zone_ids": [z],
        }
        for r, h, e, o, x, n, z in zip(
            shown["real"].tolist(),
            dwell_h.tolist(),
            shown["entered"].tolist(),
            shown["left"].tolist(),
            ended.tolist(),
            shown["fixes"].tolist(),
            shown["place"].tolist(),
            strict=True,
        )
    ]
    return make_events(
        "zone_visit",
        mmsi=key_mmsi(shown["key"].to_numpy()),
        seg=key_seg(shown["key"].to_numpy()),
        start=visit_start(shown),
        end=visit_end(shown, ended),
        details=details,
        zone_id=shown["place"].tolist(),
    )


def visit_start(visits: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the first fix of each visit."""
    return {name: visits[f"first_{part}"].to_numpy() for name, part in _ENDS}


def visit_end(visits: pd.DataFrame, ended: np.ndarray) -> dict[str, np.ndarray]:
    """Return the last fix of each visit that has ended, and nothing for the others."""
    out = {name: visits[f"last_{part}"].to_numpy() for name, part in _ENDS}
    return {k: np.where(ended, v, NO_TIME if k == "at_us" else np.nan) for k, v in out.items()}


_ENDS = (("at_us", "us"), ("lat", "lat"), ("lon", "lon"))
