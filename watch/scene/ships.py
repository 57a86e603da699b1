"""The ships of a scene with their tracks, which may be thinned as the reader needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from watch.geodesy import Ints
from watch.scene.fixes import Fixes
from watch.scene.pack import pack_track
from watch.scene.thin import thin

NEIGHBOUR_M = 100.0  # own: a berth away, and a few pixels in a narrow view
_FIXES_MAX = 60_000  # own: of the ship and its partners; more than a browser should have to wait for
#: The errors tried one after the other, metres, until what is left is little enough.
COARSER_M = (10.0, 20.0, 30.0, 50.0, 70.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1_000.0, 2_000.0, 5_000.0)


@dataclass(frozen=True)
class Ship:
    """A ship of a scene, before its track is packed.

    Attributes
    ----------
    vessel_id, label, ids, role
        Who it is, and as what it is there: focus, partner or neighbour.
    fixes
        Where it was.
    kept_s
        Times, seconds since 1970, whose fixes are not left out: the ends of its events.
    gaps
        Its gaps as a scene tells them.
    """

    vessel_id: str
    label: str
    ids: str
    role: str
    fixes: Fixes
    kept_s: Ints
    gaps: list[dict[str, Any]]

    def packed(self, most_m: float) -> dict[str, Any]:
        """Return the ship as a scene holds it, thinned to an error of at most `most_m` metres; 0 for every fix."""
        kept = np.isin(self.fixes.at_us // 1_000_000, self.kept_s)
        fixes = thin(self.fixes, most_m, kept) if most_m else self.fixes
        radios = [int(m) for m in np.unique(self.fixes.mmsi)]
        return {
            "vessel_id": self.vessel_id,
            "label": self.label,
            "ids": self.ids,
            "role": self.role,
            "radios": radios,
            "track": pack_track(fixes, radios, most_m if len(fixes) < len(self.fixes) else 0),
            "gaps": self.gaps,
        }


def packed_ships(ships: Sequence[Ship], main_m: float, neighbour_m: float = NEIGHBOUR_M) -> list[dict[str, Any]]:
    """Return ships as a scene holds them, the neighbours thinned to another error than the rest."""
    return [ship.packed(neighbour_m if ship.role == "neighbour" else main_m) for ship in ships]


def fitting_ships(ships: Sequence[Ship]) -> list[dict[str, Any]]:
    """Return ships as the page of a replay reads them: thinned where there is too much to draw; neighbours last."""
    main = [ship for ship in ships if ship.role != "neighbour"]
    packed: list[dict[str, Any]] = []
    for most_m in (0.0,) if sum(len(ship.fixes) for ship in main) <= _FIXES_MAX else COARSER_M:
        packed = [ship.packed(most_m) for ship in main]
        if sum(ship["track"]["n"] for ship in packed) <= _FIXES_MAX:
            break
    return packed + [ship.packed(NEIGHBOUR_M) for ship in ships if ship.role == "neighbour"]
