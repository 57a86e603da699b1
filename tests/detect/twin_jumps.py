"""The slow twin of the jumps: plain loops over all fixes of all radios, with the whole of time in view."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from tests.detect import twins
from watch.detect.coverage import around, cells
from watch.geodesy import distance_m
from watch.params import DEFAULT as P

H = 3_600_000_000
Place = tuple[float, float]
Found = tuple[int, str, int, int | None, int]  # radio, sub-kind, start, end, jumps


@dataclass
class Fix:
    at: int
    place: Place
    seg: int
    landing: bool = False


@dataclass
class Leap:
    before: Fix
    after: Fix

    @property
    def pair(self) -> tuple[int, int]:
        return min(self.before.seg, self.after.seg), max(self.before.seg, self.after.seg)

    def far(self, nm: float) -> bool:
        return away_m(self.before.place, self.after.place) >= nm * 1852


@dataclass
class Episode:
    mmsi: int
    over: int  # settles just after
    pairs: dict[tuple[int, int], list[Leap]] = field(default_factory=lambda: defaultdict(list))


def away_m(a: Place, b: Place) -> float:
    return float(distance_m(*a, *b))


def radios(table: pd.DataFrame) -> dict[int, list[Fix]]:
    """Return the fixes of each radio in order, with the segments that the segments' twin gives them."""
    at = table["fix_at"].astype("int64").tolist()
    rows = list(zip(table["mmsi"].tolist(), table["lat"], table["lon"], at, strict=True))
    told = [(m, (t / H, la, lo, float(i))) for i, (m, la, lo, t) in enumerate(rows)]
    seg_of = {int(r[3]): seg for (_, seg), own in twins.segments(told).items() for r in own}
    out: dict[int, list[Fix]] = defaultdict(list)
    for i, (m, la, lo, t) in enumerate(rows):
        fix = Fix(t, (la, lo), seg_of[i])
        fix.landing = bool(out[m]) and out[m][-1].seg != fix.seg
        out[m].append(fix)
    return out


def leaps(fixes: list[Fix]) -> list[Leap]:
    """Return the leaps of a radio, but for those that only lead back from one stray fix."""
    out = []
    for k, (a, b) in enumerate(pairwise(fixes)):
        prior = fixes[k - 1] if k and not a.landing else None
        back = prior and away_m(prior.place, b.place) < away_m(prior.place, a.place)
        if b.landing and not back:
            out.append(Leap(a, b))
    return out


def found(table: pd.DataFrame) -> list[Found]:
    """Return every event of the jumps of all fixes, those that are not over with no end."""
    fixes = radios(table)
    as_of = max((f.at for own in fixes.values() for f in own), default=0)
    merge = round(P.spoof_merge_h * H)
    thirds = {
        (m, s): at[2] if len(at := [f.at for f in own if f.seg == s]) > 2 else as_of * 9
        for m, own in fixes.items()
        for s in {f.seg for f in own}
    }
    episodes = []
    for mmsi, own in fixes.items():
        for leap in leaps(own):
            if not episodes or episodes[-1].mmsi != mmsi or leap.after.at > episodes[-1].over:
                episodes.append(Episode(mmsi, 0))
            episodes[-1].pairs[leap.pair].append(leap)
            episodes[-1].over = leap.after.at + merge
    out: list[Found] = []
    for e in episodes:
        kinds = judge(e, episodes, thirds, merge)
        for kind in sorted({k for k in kinds.values() if k}):
            mine = sorted((x for p, k in kinds.items() if k == kind for x in e.pairs[p]), key=lambda x: x.after.at)
            if kind == "bridge":
                mine = sorted((x for own in e.pairs.values() for x in own), key=lambda x: x.after.at)
            end = mine[-1].after.at if as_of >= e.over else None
            out.append((e.mmsi, kind.replace("bridge", "impossible_speed"), mine[0].before.at, end, len(mine)))
    return out


def judge(
    e: Episode, episodes: list[Episode], thirds: dict[tuple[int, int], int], merge: int
) -> dict[tuple[int, int], str]:
    """Return what each pair of places of an episode means, or nothing."""

    def firm(o: Episode, pair: tuple[int, int], by: int) -> bool:
        return all(thirds[o.mmsi, s] <= by for s in pair)

    def ships(pair: tuple[int, int]) -> int:
        onset = e.pairs[pair][0]
        if not onset.far(P.interference_min_nm):
            return 1
        near = set(around(*as_arrays(onset.before.place), P.interference_cell_deg)[0].tolist())
        return 1 + len(
            {
                o.mmsi
                for o in episodes
                for p, own in o.pairs.items()
                if o.mmsi != e.mmsi
                and abs(own[0].after.at - onset.after.at) <= P.interference_h * H
                and own[0].far(P.interference_min_nm)
                and firm(o, p, onset.after.at + merge)
                and int(cells(*as_arrays(own[0].before.place), P.interference_cell_deg)[0]) in near
            }
        )

    pairs = [p for p in e.pairs if firm(e, p, e.over)]
    if not pairs:
        return {next(iter(e.pairs)): bridge(e, thirds)}
    crowds = [e.pairs[p][0].after.at for p in pairs if ships(p) >= P.interference_ships]
    out = {}
    for p in pairs:
        far = any(x.far(P.spoof_min_nm) for x in e.pairs[p])
        often = len(e.pairs[p]) >= (P.shared_jumps if far else P.shared_near_jumps)
        together = bool(crowds) and e.pairs[p][0].after.at >= min(crowds)
        out[p] = "jumps_together" if together else "shared_mmsi" if often else "impossible_speed" if far else ""
    explained = {"jumps_together", "shared_mmsi"} & set(out.values())
    return {p: k for p, k in out.items() if not (explained and k == "impossible_speed")}


def bridge(e: Episode, thirds: dict[tuple[int, int], int]) -> str:
    """Return whether an episode leads over strays alone from one place to another that is out of reach."""
    order = sorted((x for own in e.pairs.values() for x in own), key=lambda x: x.after.at)
    whole = Leap(order[0].before, order[-1].after)
    real = whole.pair[0] != whole.pair[1] and all(thirds[e.mmsi, s] <= e.over for s in whole.pair)
    hours = (whole.after.at - whole.before.at) / H
    reach_m = P.jump_slack_m + P.max_speed_kn * 1852 * hours
    far = away_m(whole.before.place, whole.after.place) > reach_m and whole.far(P.spoof_min_nm)
    return "bridge" if real and far else ""


def as_arrays(place: Place) -> tuple[np.ndarray, np.ndarray]:
    return np.array([place[0]]), np.array([place[1]])
