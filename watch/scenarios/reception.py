"""When a ship is heard: by receivers on the coast at a thinned reporting interval, by satellites in bursts.

Receivers on the coast stand at the world's ports. Further out only a pass of a satellite hears the ship, for
a few minutes about every hour and a half, and misses her at times, though never three passes running: silences
of more than five hours are left to the scenario.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from watch.geodesy import EARTH_RADIUS_M, NM_M, Bools, Floats, Ints, unit_vectors
from watch.scenarios.model import Reports
from watch.scenarios.path import KN_M_S, Swing, way_lengths_m
from watch.scenarios.plan import Piece, Plan, seconds
from watch.searoute_data import read_searoute

RANGE_NM = 40.0  # own: 20 nm is typical (IALA), doubled because coasts between ports have receivers too
PASS_S = 5400.0  # a low orbit takes about 90 minutes (IALA)
PASS_JITTER_S = 480.0  # own: satellites of several orbits
PASS_HEARD = 0.65  # first-pass detection, 65-75 % with spectrum methods (IALA)
PASS_FIXES = 3
COAST_HEARD = 0.96  # own: a few reports are lost even near a receiver
#: ITU-R M.1371: seconds between reports by transponder, at rest and up to each speed.
INTERVALS_S = {
    "A": ((0.0, 180.0), (14.0, 10.0), (23.0, 6.0), (np.inf, 2.0)),
    "B": ((2.0, 180.0), (14.0, 30.0), (23.0, 15.0), (np.inf, 5.0)),
}


def hear(plan: Plan, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Return the moments at which a ship is heard, in whole seconds since 1970, and whether by satellite."""
    told = _told_moments(plan)
    heard = [_hear_piece(piece, plan.ship.reports, rng) for piece in plan.pieces if piece.heard]
    parts = [(told, _is_far(plan, told)), *heard]
    moments, first = np.unique(np.concatenate([m for m, _ in parts]), return_index=True)
    by_satellite = np.concatenate([s for _, s in parts])[first]
    keep = ~_is_silenced(plan, moments)
    return moments[keep], by_satellite[keep]


def report_interval_s(piece: Piece, reports: Reports) -> float:
    """Return the seconds between reports in a piece: the transponder's own interval, or the thinned one."""
    speed_kn = 0.0 if piece.rests or isinstance(piece.line, Swing) else _mean_kn(piece)
    own_s = next(s for kn, s in INTERVALS_S[reports.transponder] if speed_kn <= kn)
    thinned_min = reports.rest_min if piece.rests else reports.thin_min
    return max(own_s, thinned_min * 60.0)


def expected_fixes(plan: Plan) -> float:
    """Return at most about how many fixes a ship will have, to refuse what no machine can hold."""
    reports = plan.ship.reports
    least_s = PASS_S / PASS_FIXES
    heard = [p for p in plan.pieces if p.heard]
    return sum((p.end_s - p.start_s) / min(least_s, report_interval_s(p, reports)) for p in heard)


def _mean_kn(piece: Piece) -> float:
    if isinstance(piece.line, Swing):
        return 0.0
    return float(way_lengths_m(piece.line.points).sum()) / (piece.end_s - piece.start_s) / KN_M_S


def _hear_piece(piece: Piece, reports: Reports, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Return the moments a piece is heard, inside it, and whether by satellite."""
    coast = _coast_moments(piece, report_interval_s(piece, reports), rng)
    space = _pass_moments(piece, rng)
    if reports.satellite == "never":
        space = space[:0]
    elif reports.satellite == "only":
        coast = coast[:0]
    else:
        coast, space = coast[~_far_at(piece, coast)], space[_far_at(piece, space)]
    moments = np.concatenate([coast, space])
    by_satellite = np.arange(len(moments)) >= len(coast)
    inside = (moments >= np.ceil(piece.start_s)) & (moments < piece.end_s)
    return moments[inside], by_satellite[inside]


def _coast_moments(piece: Piece, step_s: float, rng: np.random.Generator) -> Ints:
    moments = np.arange(piece.start_s + step_s, piece.end_s, step_s)
    jittered = moments + rng.uniform(-step_s / 4, step_s / 4, len(moments))
    return np.asarray(np.round(jittered[rng.random(len(moments)) < COAST_HEARD]), dtype=np.int64)


def _pass_moments(piece: Piece, rng: np.random.Generator) -> Ints:
    starts = np.arange(piece.start_s + rng.uniform(0, PASS_S / 2), piece.end_s, PASS_S)
    starts += rng.uniform(-PASS_JITTER_S, PASS_JITTER_S, len(starts))
    heard = (rng.random(len(starts)) < PASS_HEARD) | (np.arange(len(starts)) % 3 == 0)
    offsets = np.cumsum(rng.uniform(60, 240, (len(starts), PASS_FIXES)), axis=1)
    return np.asarray(np.round((starts[:, None] + offsets)[heard].ravel()), dtype=np.int64)


def _told_moments(plan: Plan) -> Ints:
    """Return the moments a scenario names: where a piece begins, and where hearing ends or begins again."""
    heard = [p for p in plan.pieces if p.heard]
    if not heard:
        return np.zeros(0, dtype=np.int64)
    starts = {p.start_s for p in heard}
    ends = {p.end_s for p in heard} - starts
    begins, stops = np.ceil(sorted(starts)), np.floor(sorted(ends))
    silences = [seconds(at) for s in plan.ship.silences for at in (s.start, s.end)]
    told = np.unique(np.concatenate([begins, stops, np.round(silences)])).astype(np.int64)
    piece = np.searchsorted([p.start_s for p in heard], told, side="right") - 1
    return np.asarray(told[(piece >= 0) & (told <= np.array([p.end_s for p in heard])[piece])])


def _is_silenced(plan: Plan, moments: Ints) -> Bools:
    silenced = np.zeros(len(moments), dtype=bool)
    for silence in plan.ship.silences:
        silenced |= (moments > seconds(silence.start)) & (moments < seconds(silence.end))
    return silenced


def _is_far(plan: Plan, moments: Ints) -> Bools:
    if not len(moments) or plan.ship.reports.satellite != "far":
        return np.full(len(moments), plan.ship.reports.satellite == "only")
    return _beyond_coast(plan.motion(moments.astype(np.float64)).place)


def _far_at(piece: Piece, moments: Ints) -> Bools:
    """Return whether a ship is beyond the coast's receivers, looked up once an hour."""
    if isinstance(piece.line, Swing):
        return np.repeat(_beyond_coast(piece.line.centre[None, :]), len(moments))
    hours = np.arange(piece.start_s, piece.end_s, 3600.0)
    far = _beyond_coast(piece.line.motion(hours).place)
    at = np.clip(((moments - piece.start_s) // 3600.0).astype(np.int64), 0, len(hours) - 1)
    return np.asarray(far[at])


def _beyond_coast(place: Floats) -> Bools:
    reach = np.cos(RANGE_NM * NM_M / EARTH_RADIUS_M)
    blocks = np.array_split(place, max(1, len(place) // 2_000))
    return np.concatenate([(block @ _receivers().T).max(axis=1) < reach for block in blocks])


@cache
def _receivers() -> Floats:
    """Return the world's ports as unit vectors."""
    ports = read_searoute("ports.geojson", "receivers on the coast")
    lon_lat = np.array([f["geometry"]["coordinates"] for f in ports], dtype=np.float64)
    return unit_vectors(lon_lat[:, 1], lon_lat[:, 0])
