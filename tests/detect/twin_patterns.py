"""Slow twins of the detectors of patterns: plain lines over the fixes of each track, to hold the fast ones to."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np

from tests.detect.twins import Row, Track, away_m, not_fresh
from watch.params import Params

Tracks = dict[Track, list[Row]]
Spell = tuple[int, float, float, int]  # mmsi, first and last hour, how many parts


def hourly(rows: list[Row]) -> list[Row]:
    """Return the first row of each hour."""
    return [row for k, row in enumerate(rows) if k == 0 or int(row[0]) != int(rows[k - 1][0])]


def joined(mmsi: int, parts: list[tuple[float, float]], merge_h: float = 0.0) -> list[Spell]:
    """Return the parts, sorted by their ends, put together where one begins before the last one is over."""
    out: list[list[float]] = []
    for begin, end in sorted(parts, key=lambda part: (part[1], part[0])):
        if out and begin - out[-1][1] <= merge_h + 1e-9:
            out[-1][1:] = [end, out[-1][2] + 1]
        else:
            out.append([begin, end, 1])
    return [(mmsi, begin, end, int(n)) for begin, end, n in out]


def circles(tracks: Tracks, p: Params) -> list[Spell]:
    out = []
    for (mmsi, _), rows in tracks.items():
        samples, parts = hourly(rows), []
        for count in (p.circle_fixes, 2 * p.circle_fixes):
            for k in range(count - 1, len(samples)):
                window = samples[k - count + 1 : k + 1]
                before = samples[k - count] if k >= count else None
                steps = list(pairwise([before, *window]))
                hours = int(window[-1][0]) - int(window[0][0])
                moves = all(under_way(a, b, p.circle_min_kn, p.sample_back_h - p.circle_span_h) for a, b in steps)
                long = window[-1][0] - window[0][0] >= p.circle_min_h
                if moves and long and hours <= p.circle_span_h and round_about(window, p):
                    parts.append((window[0][0], window[-1][0]))
        out += joined(mmsi, parts)
    return out


def under_way(before: Row | None, row: Row, least_kn: float, known_h: float = math.inf) -> bool:
    if row[3] == row[3]:
        return row[3] >= least_kn
    if before is None or int(row[0]) - int(before[0]) > known_h:
        return False
    return away_m(before, row) >= least_kn * 1852 * (row[0] - before[0])


def round_about(window: list[Row], p: Params) -> bool:
    """Return whether the places lie all round on one circle, fitted in a plane of degrees, east shortened."""
    lat0, lon0 = window[0][1], window[0][2]
    east = 111_195 * math.cos(math.radians(np.mean([row[1] for row in window])))
    x = np.array([((row[2] - lon0 + 540) % 360 - 180) * east for row in window])
    y = np.array([(row[1] - lat0) * 111_195 for row in window])
    matrix = np.stack([2 * x, 2 * y, np.ones(len(x))], axis=1)
    if np.linalg.matrix_rank(matrix, tol=1.0) < 3:
        return False
    (x0, y0, c), *_ = np.linalg.lstsq(matrix, x * x + y * y)
    radius = math.sqrt(c + x0 * x0 + y0 * y0)
    off = math.sqrt(np.mean((np.hypot(x - x0, y - y0) - radius) ** 2))
    around = sorted(math.degrees(math.atan2(b - y0, a - x0)) for a, b in zip(x, y, strict=True))
    steps = [b - a for a, b in pairwise([*around, around[0] + 360])]
    fits = p.circle_min_nm <= radius / 1852 <= p.circle_max_nm and off <= p.circle_residual * radius
    own = sum(step >= p.circle_own_deg for step in steps)
    known = own >= p.circle_directions or steered(window, (x0, y0), radius, list(zip(x, y, strict=True)), p)
    return fits and known and max(steps) <= p.circle_open_deg


def steered(
    window: list[Row], centre: tuple[float, float], radius: float, places: list[tuple[float, float]], p: Params
) -> bool:
    """Return whether the speed told is, on average, that along the circle, one way round or the other."""
    bearing = [math.degrees(math.atan2(b - centre[1], a - centre[0])) for a, b in places]
    off: dict[int, list[float]] = {1: [], -1: []}
    for k in range(1, len(window)):
        way_m = (window[k][3] + window[k - 1][3]) / 2 * 1852 * (window[k][0] - window[k - 1][0])
        for sense, found in off.items():
            wrong = math.degrees(way_m / radius) - sense * (bearing[k] - bearing[k - 1])
            found.append(abs((wrong + 180) % 360 - 180))
    return min(float(np.mean(found)) for found in off.values()) <= p.circle_agree_deg


def held(tracks: Tracks, p: Params) -> list[Spell]:
    out = []
    for (mmsi, seg), rows in tracks.items():
        samples, parts = hourly(rows), []
        for k in range(p.held_fixes - 1, len(samples)):
            window = samples[k - p.held_fixes + 1 : k + 1]
            long = window[-1][0] - window[0][0] >= p.held_min_h
            heard = int(window[-1][0]) - int(window[0][0]) <= p.held_span_h
            still = all(away_m(a, b) <= p.held_m for a, b in combinations(window, 2))
            said = all(row[3] >= p.held_min_kn and not_fresh(seg, row, samples) for row in window)
            if long and heard and still and said:
                parts.append((window[0][0], window[-1][0]))
        out += joined(mmsi, parts)
    return out


def hairpins(tracks: Tracks, p: Params) -> list[Spell]:
    out = []
    for (mmsi, _), rows in tracks.items():
        parts = []
        for k in range(4, len(rows)):
            five = rows[k - 4 : k + 1]
            metres = [away_m(a, b) for a, b in pairwise(five)]
            hours = [b[0] - a[0] for a, b in pairwise(five)]
            if min(hours) <= 0 or max(hours) > p.hairpin_leg_min / 60 + 1e-9 or min(metres) < p.hairpin_leg_m:
                continue
            kn = [m / 1852 / h for m, h in zip(metres, hours, strict=True)]
            cosine = (away_m(five[1], five[3]) ** 2 - metres[1] ** 2 - metres[2] ** 2) / (2 * metres[1] * metres[2])
            turn = math.degrees(math.acos(min(1.0, max(-1.0, cosine))))
            if min(kn) >= max(p.hairpin_min_kn, p.hairpin_speed_kept * max(kn)) and turn >= p.hairpin_turn_deg:
                parts.append((five[0][0], five[4][0]))
        out += [spell for spell in joined(mmsi, parts, p.hairpin_merge_h) if spell[3] >= p.hairpin_turns]
    return out


def stale(tracks: Tracks, p: Params) -> list[Spell]:
    """Return the runs of repeats when every fix is kept (`stale_one_in` = 1)."""
    out = []
    for (mmsi, _), rows in tracks.items():
        last: dict[tuple[float, ...], float] = {}
        runs: list[list[tuple[Row, float]]] = []
        for before, row in pairwise([None, *rows]):
            if not under_way(before, row, p.stale_min_kn):
                continue
            fix = (row[1], row[2], row[3] if row[3] == row[3] else -1.0)
            lag = row[0] - last.get(fix, math.nan)
            last[fix] = row[0]
            if not p.stale_min_lag_h - 1e-9 <= lag <= p.stale_back_h + 1e-9:
                continue
            if not (
                runs
                and row[0] - runs[-1][-1][0][0] <= p.stale_merge_h
                and abs(lag - runs[-1][-1][1]) * 3600 <= p.stale_lag_s + 1e-3
            ):
                runs.append([])
            runs[-1].append((row, lag))
        for run in runs:
            apart = max(away_m(a[0], b[0]) for a in run for b in run)
            if len(run) >= p.stale_repeats and apart > p.stale_apart_m:
                out.append((mmsi, run[0][0][0], run[-1][0][0], len(run)))
    return out


def formations(tracks: Tracks, p: Params) -> list[tuple[int, int, float, float]]:
    """Return both radios and the first and last whole hour of each formation."""
    places = {track: whole_hours(rows) for track, rows in tracks.items()}
    out = []
    for (a, at_a), (b, at_b) in combinations(sorted(places.items()), 2):
        like = [h for h in sorted(at_a) if a[0] != b[0] and same_way(at_a, at_b, h, p)]
        run: list[int] = []
        for hour in [*like, None]:
            if hour is not None and (not run or hour == run[-1] + 1):
                run.append(hour)
                continue
            apart = [away_m(at_a[h], at_b[h]) for h in range(run[0] - 1, run[-1] + 1)] if run else []
            if len(run) >= p.formation_min_h and max(apart) - min(apart) <= p.formation_drift_m:
                out.append((a[0], b[0], run[0] - 1.0, float(run[-1])))
            run = [] if hour is None else [hour]
    return out


def whole_hours(rows: list[Row]) -> dict[int, Row]:
    """Return where the ship was on each whole hour between two fixes at most an hour apart."""
    out = {}
    for a, b in pairwise(rows):
        hour = int(b[0] + 1e-9)
        if int(a[0] + 1e-9) < hour and b[0] - a[0] <= 1 + 1e-9:
            f = (hour - a[0]) / (b[0] - a[0])
            east = (b[2] - a[2] + 540) % 360 - 180
            out[hour] = (float(hour), a[1] + f * (b[1] - a[1]), (a[2] + f * east + 540) % 360 - 180, math.nan)
    return out


def same_way(at_a: dict[int, Row], at_b: dict[int, Row], hour: int, p: Params) -> bool:
    if not all(h in at for at in (at_a, at_b) for h in (hour - 1, hour)):
        return False
    ways = [way_m(at[hour - 1], at[hour]) for at in (at_a, at_b)]
    apart = [away_m(at_a[h], at_b[h]) / 1852 for h in (hour - 1, hour)]
    fast = min(math.hypot(*way) for way in ways) >= p.formation_min_kn * 1852
    near = p.formation_min_nm <= min(apart) and max(apart) <= p.formation_max_nm
    return fast and near and math.dist(*ways) <= p.formation_differ_m


def way_m(a: Row, b: Row) -> tuple[float, float]:
    """Return the metres made good east and north."""
    east = math.radians((b[2] - a[2] + 540) % 360 - 180) * math.cos(math.radians((a[1] + b[1]) / 2))
    return east * 6_371_008.8, math.radians(b[1] - a[1]) * 6_371_008.8
