"""Slow twins of coverage and outages: plain loops over fixes (mmsi, hours, lat, lon)."""

from __future__ import annotations

from functools import cache
from statistics import median

import numpy as np

from watch.detect.coverage import around, cells, middles_deg
from watch.params import DEFAULT as P

Heard = dict[tuple[int, int], set[int]]  # by cell or block, and hour


def heard_by(fixes: list[tuple[int, float, float, float]], size_deg: float) -> Heard:
    out: Heard = {}
    lat, lon = np.array([f[2:] for f in fixes], dtype=float).reshape(-1, 2).T
    for fix, cell in zip(fixes, cells(lat, lon, size_deg).tolist(), strict=True):
        out.setdefault((cell, int(fix[1])), set()).add(fix[0])
    return out


def coverage(heard: Heard, mmsi: int, hours: float, lat: float, lon: float) -> str:
    """Return whether others were heard around a ship after its last fix."""
    place = {int(c) for c in around(np.array([lat]), np.array([lon]), P.coverage_cell_deg)[0]}
    hour, after_h = int(hours), P.coverage_after_h

    def most(begin: int, end: int, *, usual: bool) -> int:
        sizes = []
        for h in range(begin, end):
            ships = [heard.get((c, h), set()) for c in place]
            sizes.append(
                sum(len(s) if len(s) >= 3 else 0 for s in ships) if usual else sum(len(s - {mmsi}) for s in ships)
            )
        return max(sizes)

    before = most(hour - after_h, hour + 1, usual=False)
    after = most(hour + 1, hour + 1 + after_h, usual=False)
    left = []
    for day in range(1, P.usual_days + 1):
        then = hour - 24 * day
        many = most(then - after_h, then + 1, usual=True)
        if many >= 3:
            left.append(most(then + 1, then + 1 + after_h, usual=True) / many)
    expected = before * min(1.0, median(left) if left else 1.0)
    if after < P.coverage_lost_share * before and after < P.coverage_lost_share * expected:
        return "lost" if expected >= 3 else "unknown"
    return "heard" if after else "unknown"


def outages(fixes: list[tuple[int, float, float, float]], as_of_h: float) -> set[tuple[int, int, int | None]]:
    """Return block (-1 for the whole feed), first hour, and the hour after the last (None while open)."""
    heard: Heard = {}
    for (cell, hour), ships_there in heard_by(fixes, P.coverage_cell_deg).items():  # a block is made of whole cells
        lat, lon = middles_deg(np.array([cell]), P.coverage_cell_deg)
        heard.setdefault((int(cells(lat, lon, P.outage_block_deg)[0]), hour), set()).update(ships_there)
    blocks = {block for block, _ in heard}
    begin, end = min((int(f[1]) for f in fixes), default=0), int(as_of_h)

    @cache
    def feed(hour: int) -> int:
        return sum(len(heard.get((b, hour), ())) for b in blocks)

    @cache
    def ships(block: int, hour: int) -> int:
        return feed(hour) if block == -1 else len(heard.get((block, hour), ()))

    @cache
    def silent(block: int, hour: int) -> bool:
        days = [hour - 24 * d for d in range(1, P.usual_days + 1) if feed(hour - 24 * d) > 0]
        if len(days) < P.usual_min_days:
            return False
        usual = median(n if n >= 3 else 0 for n in (ships(block, h) for h in days))
        few = usual >= P.outage_usual_min and ships(block, hour) < P.coverage_lost_share * usual
        return few and (block == -1 or not silent(-1, hour))

    out = set()
    for block in {*blocks, -1}:
        run = 0
        for hour in range(begin, end + 1):
            if hour < end and silent(block, hour):
                run += 1
                continue
            if run >= P.outage_min_h:
                out.add((block, hour - run, None if hour == end else hour))
            run = 0
    return out
