"""The slow twin of positions on land: plain lists of fixes, one track after the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from tests.detect.twin_loitering import samples_of
from tests.detect.twins import Row, Track, away_m, not_fresh
from watch.params import DEFAULT as P

Found = tuple[int, float, float | None, int, float, bool]  # radio, start, end, samples, deepest in nm, moving


def on_land(tracks: dict[Track, list[Row]], inland_nm: Callable[[float, float], float]) -> list[Found]:
    """Return the spells on land of each track; `inland_nm(lat, lon)` says how deep a place lies."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    out = []
    for (mmsi, seg), rows in tracks.items():
        spells: list[list[Row]] = []
        samples = samples_of(rows)
        deep = [inland_nm(row[1], row[2]) > P.on_land_nm and not_fresh(seg, row, samples) for row in samples]
        stays = [keeps(samples, deep, k) for k in range(len(samples))]
        for row, there in zip(samples, deep, strict=True):
            if there:
                if spells and row[0] - spells[-1][-1][0] <= P.on_land_merge_h + 1e-9:
                    spells[-1].append(row)
                else:
                    spells.append([row])
        for spell in spells:
            over = as_of - spell[-1][0] > P.on_land_merge_h - 1e-9
            under_way = sum(row[3] >= P.stop_end_kn for row in spell)
            if any(stay and row in spell for row, stay in zip(samples, stays, strict=True)):
                deepest = max(inland_nm(row[1], row[2]) for row in spell)
                end = spell[-1][0] if over else None
                out.append((mmsi, spell[0][0], end, len(spell), deepest, 2 * under_way >= len(spell)))
    return out


def keeps(samples: list[Row], deep: list[bool], k: int) -> bool:
    """Return whether the samples that end with this one lie on land and in one area."""
    first = k - P.on_land_min_samples + 1
    window = samples[max(first, 0) : k + 1]
    near = all(away_m(a, b) <= P.on_land_area_nm * 1852 for a, b in combinations(window, 2))
    return (
        first >= 0 and all(deep[first : k + 1]) and int(window[-1][0]) - int(window[0][0]) <= P.on_land_span_h and near
    )
