"""The slow twin of positions on land: plain lists of fixes, one track after the other."""

from __future__ import annotations

from collections.abc import Callable

from tests.detect.twin_loitering import samples_of
from tests.detect.twins import Row, Track, not_fresh
from watch.params import DEFAULT as P

Found = tuple[int, float, float | None, int, float, bool]  # radio, start, end, samples, deepest in nm, moving


def on_land(tracks: dict[Track, list[Row]], inland_nm: Callable[[float, float], float]) -> list[Found]:
    """Return the spells on land of each track; `inland_nm(lat, lon)` says how deep a place lies."""
    as_of = max((row[0] for rows in tracks.values() for row in rows), default=0.0)
    out = []
    for (mmsi, seg), rows in tracks.items():
        spells: list[list[Row]] = []
        for row in samples_of(rows):
            if inland_nm(row[1], row[2]) > P.on_land_nm and not_fresh(seg, row, samples_of(rows)):
                if spells and row[0] - spells[-1][-1][0] <= P.on_land_merge_h + 1e-9:
                    spells[-1].append(row)
                else:
                    spells.append([row])
        for spell in spells:
            over = as_of - spell[-1][0] > P.on_land_merge_h - 1e-9
            under_way = sum(row[3] >= P.stop_end_kn for row in spell)
            if len(spell) >= P.on_land_min_samples:
                deepest = max(inland_nm(row[1], row[2]) for row in spell)
                end = spell[-1][0] if over else None
                out.append((mmsi, spell[0][0], end, len(spell), deepest, 2 * under_way >= len(spell)))
    return out
