"""The slow twin of loitering: plain lists of fixes, one track after the other, with the whole of time in view."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from tests.detect.twins import Row, Track, away_m
from watch.params import DEFAULT as P

Found = tuple[int, float, float | None, int, float]  # radio, start, end (None while open), samples, way in nm


def samples_of(rows: list[Row]) -> list[Row]:
    """Return the first fix of each hour."""
    return [row for k, row in enumerate(rows) if not k or int(rows[k - 1][0]) != int(row[0])]


def loitering(tracks: dict[Track, list[Row]], fits: Callable[[float, float], bool]) -> list[Found]:
    """Return the loitering of each track where `fits(lat, lon)` allows it."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    out = []
    for (mmsi, _), rows in tracks.items():
        samples = samples_of(rows)
        for spell in _spells(samples, fits):
            first, last = samples[spell[0]], samples[spell[-1]]
            hours = last[0] - first[0]
            way_nm = sum(away_m(a, b) for a, b in pairwise(samples[spell[0] : spell[-1] + 1])) / 1852
            left = samples[-1][0] - last[0] > P.loiter_merge_h + 1e-9
            over = left or as_of - last[0] > P.loiter_merge_h + P.loiter_leg_h - 1e-9
            slow = way_nm < P.loiter_max_kn * hours
            if slow and hours >= P.loiter_min_h - 1e-9 and len(spell) >= P.loiter_min_samples:
                out.append((mmsi, first[0], last[0] if over else None, len(spell), way_nm))
    return out


def _spells(samples: list[Row], fits: Callable[[float, float], bool]) -> list[list[int]]:
    """Return the numbers of the samples of each spell."""
    spells: list[list[int]] = []
    for k, (a, b) in enumerate(pairwise(samples)):
        hours = b[0] - a[0]
        slow = hours <= P.loiter_leg_h + 1e-9 and away_m(a, b) / 1852 / hours < P.loiter_max_kn
        reported = a[3] >= P.loiter_max_kn and b[3] >= P.loiter_max_kn
        if slow and not reported and fits(a[1], a[2]) and fits(b[1], b[2]):
            if spells and a[0] - samples[spells[-1][-1]][0] <= P.loiter_merge_h + 1e-9:
                spells[-1] += [n for n in (k, k + 1) if n > spells[-1][-1]]
            else:
                spells.append([k, k + 1])
    return spells
