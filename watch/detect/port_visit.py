"""Port visits: within 3 km of a port, terminal or anchorage until 4 km away, and whether the ship stopped there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.columns import empty_frame
from watch.detect.events import make_events
from watch.detect.tracks import NEVER, Tracks, forward_fill, key_mmsi, key_seg
from watch.detect.visits import VISIT_STATE, by_place, join_visits, run_ends, runs, seen_at, told_visits
from watch.detect.world import World
from watch.detect.zone_visit import visit_end, visit_start
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints
from watch.params import Params

#: Beside the stay: time stopped in it, and when the ship first was, or `NEVER`.
PORT_VISIT_STATE: dict[str, Any] = {**VISIT_STATE, "stop_us": np.int64, "stop_at_us": np.int64}
#: Whether each track lay stopped at its last fix: 1 stopped, 0 moving, -1 not known.
STOPPED_STATE = {"key": np.int64, "stopped": np.int8}

_SUMS = {"stop_us": "sum", "stop_at_us": "min"}


def detect_port_visits(
    tracks: Tracks, world: World, state: dict[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the port visits that ended in this slice, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    world
        The ports.
    state
        `port_visits` (`PORT_VISIT_STATE`) open before, and `stopped` (`STOPPED_STATE`).
    until_us
        End of the slice.
    params
        `port_enter_m`, `port_exit_m`, `stop_begin_kn`, `stop_end_kn`, `visit_silence_h`.

    Notes
    -----
    A ship enters a port where that is the nearest one, and a stop counts for the nearest alone, so that a ship at one
    berth of a crowded harbour calls at one port.
    Confidence: 4 came, stopped and left; 3 stopped, and came or left; 2 stopped; 1 passed through.
    """
    silence_us = round(params.visit_silence_h * H_US)
    stopped = _stopped(tracks, state["stopped"], params)
    parts = _stays(tracks, world, stopped, silence_us, params)
    over, still = join_visits(state["port_visits"], parts, merge_us=0, until_us=until_us, sums=_SUMS)
    still = still[list(PORT_VISIT_STATE)]
    new = {"port_visits": still, "stopped": _next_stopped(tracks, state["stopped"], stopped)}
    over = over[over["real"].to_numpy(dtype=bool)]
    return port_visit_events(over.assign(ended=True)), new


def open_port_visits(state: pd.DataFrame, as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the port visits that have not ended for certain as they are told; those that go on have no end.

    Columns `PORT_VISIT_STATE` and `ended`; `port_visit_events` makes the events.
    """
    shown = state[state["real"].to_numpy(dtype=bool)]
    going_on = seen_at(shown, as_of_us, round(params.visit_silence_h * H_US)).to_numpy()
    return told_visits(shown, going_on, ["stop_us"])


def _stopped(tracks: Tracks, state: pd.DataFrame, params: Params) -> np.ndarray:
    """Return 1 for each fix of a ship at rest, 0 for one that moves, -1 where neither was ever known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        leg_kn = tracks.leg_m / NM_M / (tracks.dt_us / H_US)
    speed_kn = np.where(np.isnan(tracks.sog_kn), leg_kn, tracks.sog_kn)
    marks = np.full(len(tracks), -1, dtype=np.int8)
    marks[speed_kn <= params.stop_begin_kn] = 1
    marks[speed_kn >= params.stop_end_kn] = 0
    lead = np.flatnonzero(tracks.carried)
    known = pd.Series(state["stopped"].to_numpy(), index=state["key"].to_numpy())
    marks[lead] = known.reindex(tracks.key[lead]).fillna(-1).to_numpy().astype(np.int8)
    return forward_fill(marks, tracks.first)


def _next_stopped(tracks: Tracks, state: pd.DataFrame, stopped: np.ndarray) -> pd.DataFrame:
    now = pd.DataFrame({"key": tracks.key[tracks.ends], "stopped": stopped[tracks.ends]})
    rest = state[~np.isin(state["key"].to_numpy(), now["key"].to_numpy())]
    both = pd.concat([rest, now], ignore_index=True) if len(rest) else now
    return both.astype(STOPPED_STATE).sort_values("key", ignore_index=True)


def _stays(tracks: Tracks, world: World, stopped: np.ndarray, silence_us: int, params: Params) -> pd.DataFrame:
    rows, ports, edge_m = world.port_index.near(tracks.lat, tracks.lon, params.port_exit_m)
    within = edge_m < params.port_exit_m
    rows, ports, edge_m = rows[within], ports[within], edge_m[within]
    nearest = _nearest(rows, ports, edge_m, world.port_radius_m)
    order = by_place(ports)
    rows, ports, edge_m, nearest = rows[order], ports[order], edge_m[order], nearest[order]
    begin, end = runs(rows, ports, tracks, silence_us)
    if not len(begin):
        return empty_frame(PORT_VISIT_STATE)
    entry, real = _entry(nearest & (edge_m <= params.port_enter_m), begin, end)
    columns = run_ends(tracks, rows[begin], rows[end - 1], silence_us)
    first = rows[entry]
    columns |= {
        "first_us": tracks.at_us[first],
        "first_lat": tracks.lat[first],
        "first_lon": tracks.lon[first],
    }
    columns |= _stops(tracks, rows, nearest & (stopped[rows] == 1) & ~tracks.carried[rows], begin)
    columns["stop_us"] = _stop_us(tracks, rows, nearest & (stopped[rows] == 1), begin)
    frame = pd.DataFrame({**columns, "place": world.port_ids[ports[begin]], "real": real, "stay": True})
    return frame[list(PORT_VISIT_STATE)]


def _nearest(rows: Ints, ports: Ints, edge_m: Floats, radius_m: Floats) -> Bools:
    """Return which pair of row and port is the row's nearest: least edge, then the smaller port, then its index."""
    out = np.ones(len(rows), dtype=bool)
    again = np.diff(rows, prepend=-1) == 0
    doubtful = np.flatnonzero(again | np.append(again[1:], False))  # rows near several ports; they come sorted
    order = doubtful[np.lexsort((ports[doubtful], radius_m[ports[doubtful]], edge_m[doubtful], rows[doubtful]))]
    out[order] = np.diff(rows[order], prepend=-1) > 0
    return out


def _entry(near: Bools, begin: Ints, end: Ints) -> tuple[Ints, Bools]:
    """Return for each run the index of its first fix near enough to enter (its first where none is), and whether."""
    at = np.where(near, np.arange(len(near)), len(near))
    first = np.minimum.reduceat(at, begin)
    real = first < end
    return np.where(real, first, begin), real


def _stops(tracks: Tracks, rows: Ints, at_rest: Bools, begin: Ints) -> dict[str, Ints]:
    when = np.where(at_rest, tracks.at_us[rows], NEVER)
    return {"stop_at_us": np.minimum.reduceat(when, begin)}


def _stop_us(tracks: Tracks, rows: Ints, at_rest: Bools, begin: Ints) -> Ints:
    """Return the time of each run spent between two fixes at rest, both at this port."""
    legs = np.zeros(len(rows), dtype=np.int64)
    both = at_rest[1:] & at_rest[:-1]
    legs[1:] = np.where(both, tracks.dt_us[rows[1:]], 0)
    legs[begin] = 0
    return np.add.reduceat(legs, begin)


def port_visit_events(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the events of visits, columns `PORT_VISIT_STATE` and `ended`."""
    ended = shown["ended"].to_numpy(dtype=bool)
    stopped = shown["stop_at_us"].to_numpy() != NEVER
    left = shown["left"].to_numpy(dtype=bool) & ended
    confidence = np.where(stopped, 2 + shown["entered"].to_numpy(dtype=np.int64) + left, 1)
    details: list[dict[str, Any]] = [
        {
            "confidence": c,
            "stop_h": round(s / H_US, 3),
            "stop_at": None if at == NEVER else pd.Timestamp(at, unit="us", tz="UTC").isoformat(),
            "entered": e,
            "left": x,
            "fixes": n if done else None,
            "zone_ids": [z],
        }
        for c, s, at, e, x, n, z, done in zip(
            confidence.tolist(),
            shown["stop_us"].tolist(),
            shown["stop_at_us"].tolist(),
            shown["entered"].tolist(),
            left.tolist(),
            shown["fixes"].tolist(),
            shown["place"].tolist(),
            ended.tolist(),
            strict=True,
        )
    ]
    return make_events(
        "port_visit",
        mmsi=key_mmsi(shown["key"].to_numpy()),
        seg=key_seg(shown["key"].to_numpy()),
        start=visit_start(shown),
        end=visit_end(shown, ended),
        details=details,
        zone_id=shown["place"].tolist(),
    )
