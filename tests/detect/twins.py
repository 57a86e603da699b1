"""Slow twins of the detectors: a few plain lines each, over lists of fixes, to hold the fast ones to."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import shapely

from watch.geodesy import distance_m
from watch.params import DEFAULT as P

Row = tuple[float, float, float, float]  # hours, lat, lon, sog_kn
Track = tuple[int, int]


def away_m(a: Row, b: Row) -> float:
    return float(distance_m(a[1], a[2], b[1], b[2]))


def segments(fixes: list[tuple[int, Row]]) -> dict[Track, list[Row]]:
    """Return the fixes of each radio and segment; `fixes` are sorted as in the lake."""
    out: dict[Track, list[Row]] = {}
    current: dict[int, int] = {}
    for mmsi, row in fixes:
        mine = [s for m, s in out if m == mmsi]

        def reach(seg: int, mmsi: int = mmsi, row: Row = row) -> bool:
            last = out[mmsi, seg][-1]
            return away_m(last, row) <= P.jump_slack_m + P.max_speed_kn * 1852 * (row[0] - last[0])

        if mine and not reach(current[mmsi]):
            stale = [s for s in mine if len(out[mmsi, s]) < 3 and row[0] - out[mmsi, s][-1][0] > 24]
            fits = [s for s in mine if s != current[mmsi] and s not in stale and reach(s)]
            nearest = min(fits, key=lambda s: (away_m(out[mmsi, s][-1], row), s), default=len(mine))
            current[mmsi] = nearest
        current.setdefault(mmsi, 0)
        out.setdefault((mmsi, current[mmsi]), []).append(row)
    return out


def not_fresh(seg: int, row: Row, samples: list[Row]) -> bool:
    """Return whether a sample is of a radio's first segment, or of one heard twelve hours before."""
    return seg == 0 or any(12 <= int(row[0]) - int(before[0]) <= 24 for before in samples)


def gaps(tracks: dict[Track, list[Row]]) -> list[tuple[int, float, float | None, int]]:
    """Return radio, start, end (None while open) and fixes in the 12 h before of each gap."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    radios = defaultdict(list)
    for mmsi, seg in tracks:
        radios[mmsi].append(seg)
    out: list[tuple[int, float, float | None, int]] = []
    for (mmsi, _), rows in tracks.items():
        for a, b in pairwise(rows):
            if b[0] - a[0] > P.gap_min_h:
                out.append((mmsi, a[0], b[0], fixes_12h(rows, a[0])))
        if as_of - rows[-1][0] > P.gap_min_h and (len(radios[mmsi]) == 1 or len(rows) >= 3):
            out.append((mmsi, rows[-1][0], None, fixes_12h(rows, rows[-1][0])))
    return out


def fixes_12h(rows: list[Row], at_h: float) -> int:
    """Return the fixes in the 12 whole hours that end with the hour of `at_h`."""
    return sum(int(at_h) - 12 < int(row[0]) <= int(at_h) and row[0] <= at_h for row in rows)


def port_visits(
    tracks: dict[Track, list[Row]], port: tuple[float, float, float]
) -> list[tuple[int, float, float | None, int]]:
    """Return radio, start, end (None while open) and confidence of each visit to a lone port (lat, lon, radius_m)."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    out = []
    for (mmsi, _), rows in tracks.items():
        edge = [max(0.0, float(distance_m(r[1], r[2], port[0], port[1])) - port[2]) for r in rows]
        rest = stopped(rows)
        i = 0
        while i < len(rows):
            j = i
            while j < len(rows) and edge[j] < P.port_exit_m and (j == i or rows[j][0] - rows[j - 1][0] <= 24):
                j += 1
            entry = next((k for k in range(i, j) if edge[k] <= P.port_enter_m), None)
            if entry is not None:
                came = i > 0 and rows[i][0] - rows[i - 1][0] <= 24
                ended = j < len(rows) or as_of - rows[j - 1][0] > 24
                left = j < len(rows) and rows[j][0] - rows[j - 1][0] <= 24
                confidence = 2 + came + left if any(rest[i:j]) else 1
                out.append((mmsi, rows[entry][0], rows[j - 1][0] if ended else None, confidence))
            i = max(j, i + 1)
    return out


def stopped(rows: list[Row]) -> list[bool]:
    """Return whether the ship lay at rest at each fix."""
    out, rest = [], False
    for k, (hours, _, _, sog) in enumerate(rows):
        speed = sog
        if sog != sog:
            dt = hours - rows[k - 1][0] if k else 0.0
            speed = away_m(rows[k - 1], rows[k]) / 1852 / dt if dt > 0 else float("nan")
            if k and dt == 0:
                metres = away_m(rows[k - 1], rows[k])
                speed = float("inf") if metres else float("nan")
        rest = True if speed <= P.stop_begin_kn else False if speed >= P.stop_end_kn else rest
        out.append(rest)
    return out


def encounters(tracks: dict[Track, list[Row]]) -> list[tuple[int, int, float, float]]:
    """Return both radios, start and end of each encounter, open or not, with no port anywhere near."""
    samples: dict[int, dict[Track, tuple[float, float]]] = defaultdict(dict)
    for track, rows in tracks.items():
        for a, b in pairwise(rows):
            dt = b[0] - a[0]
            if not 0 < dt <= P.encounter_reach_h:
                continue
            leg_kn = away_m(a, b) / 1852 / dt
            told = max(a[3], b[3]) if a[3] == a[3] and b[3] == b[3] else None
            slow = leg_kn < 2 if told is None else told < 2 and (dt < 1 / 6 or leg_kn < 2)
            for slot in range(int(a[0] * 6 + 1e-6) + 1, int(b[0] * 6 + 1e-6) + 1) if slow else ():
                f = (slot / 6 - a[0]) / dt
                dlon = (b[2] - a[2] + 540) % 360 - 180
                samples[slot][track] = (a[1] + f * (b[1] - a[1]), a[2] + f * dlon)
    met = defaultdict(list)
    for slot, at in sorted(samples.items()):
        for one in at:
            for two in at:
                if one[0] < two[0] and float(distance_m(*at[one], *at[two])) <= P.encounter_m:
                    met[one, two].append(slot)
    out = []
    for (one, two), slots in met.items():
        part = [slots[0]]
        for slot in [*slots[1:], None]:
            if slot is not None and slot - part[-1] <= 24:
                part.append(slot)
                continue
            if len(part) > 12:
                out.append((one[0], two[0], part[0] / 6, part[-1] / 6))
            part = [slot]
    return out


def zone_visits(tracks: dict[Track, list[Row]], shape: shapely.Geometry) -> list[tuple[int, float, float | None, bool]]:
    """Return radio, start, end (None while open) and whether only crossed, of each visit to a zone."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    out = []
    for (mmsi, _), rows in tracks.items():
        inside = [bool(shape.intersects(shapely.Point(r[2], r[1]))) for r in rows]
        parts: list[tuple[float, float, bool]] = []  # begin, end, a fix lies inside
        for k, row in enumerate(rows):
            if k and not inside[k] and not inside[k - 1] and _cuts(rows[k - 1], row, shape):
                parts.append((rows[k - 1][0], row[0], False))
            if inside[k] and k and inside[k - 1] and row[0] - rows[k - 1][0] <= 24:
                parts[-1] = (parts[-1][0], row[0], True)
            elif inside[k]:
                parts.append((row[0], row[0], True))
        visits: list[list[tuple[float, float, bool]]] = []
        for part in parts:
            if visits and part[0] - visits[-1][-1][1] <= P.zone_merge_h:
                visits[-1].append(part)
            else:
                visits.append([part])
        for n, visit in enumerate(visits):
            real = [part for part in visit if part[2]] or visit
            going_on = n + 1 == len(visits) and inside[-1] and as_of - rows[-1][0] <= 24
            out.append((mmsi, real[0][0], None if going_on else real[-1][1], not any(p[2] for p in visit)))
    return out


def _cuts(a: Row, b: Row, shape: shapely.Geometry) -> bool:
    known_way = b[0] - a[0] <= P.gap_min_h and away_m(a, b) >= P.crossed_min_leg_m
    return known_way and bool(shape.intersects(shapely.LineString([(a[2], a[1]), (b[2], b[1])])))
