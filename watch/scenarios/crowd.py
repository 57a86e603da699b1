"""Innocent ships around a place: a crowd of a scenario as single ships."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from watch.geodesy import NM_M, from_unit_vectors
from watch.scenarios.model import Act, Crowd, Hold, Sail, Ship
from watch.scenarios.path import KN_M_S, shift, vector, way_lengths_m

GOLDEN_RAD = np.pi * (3.0 - np.sqrt(5.0))  # the angle of a sunflower's seeds keeps ships evenly apart
TURN_ROUND_H = 3.0  # own: a coaster's rest at the end of a trip

Place = tuple[float, float]


def crowd_ships(crowd: Crowd) -> list[Ship]:
    """Return the ships of a crowd, evenly spread over its circle."""
    homes = _spread(crowd.around, crowd)
    ends = _spread(crowd.towards, crowd) if crowd.towards else homes
    return [_ship(crowd, i, homes[i], ends[i]) for i in range(crowd.ships)]


def _spread(centre: Place, crowd: Crowd) -> list[Place]:
    seed = np.arange(crowd.ships)
    radius_m = crowd.radius_nm * NM_M * np.sqrt((seed + 0.5) / crowd.ships)
    middle = np.broadcast_to(vector(centre), (crowd.ships, 3))
    turn = seed * GOLDEN_RAD
    lat, lon = from_unit_vectors(shift(middle, radius_m * np.cos(turn), radius_m * np.sin(turn)))
    return [(float(a), float(o)) for a, o in zip(lat, lon, strict=True)]


def _ship(crowd: Crowd, i: int, home: Place, end: Place) -> Ship:
    acts = _coasting(crowd, home, end) if crowd.how == "coasting" else [_stay(crowd, crowd.how)]
    return Ship(
        name=f"{crowd.name} {i + 1}",
        mmsi=crowd.mmsi_from + i,
        ship_type=crowd.ship_type,
        length_m=crowd.length_m,
        beam_m=crowd.beam_m,
        draught_m=crowd.draught_m,
        at=crowd.start,
        position=home,
        reports=crowd.reports,
        acts=tuple(acts),
    )


def _stay(crowd: Crowd, how: str) -> Act:
    return Act(hold=Hold.model_validate({"until": crowd.end, "as": how}))


def _coasting(crowd: Crowd, home: Place, end: Place) -> list[Act]:
    """Return trips to and fro until the crowd leaves; what is left of the time is spent at anchor."""
    way = np.stack([vector(home), vector(end)])
    trip_h = float(way_lengths_m(way)[0]) / (crowd.speed_kn * KN_M_S) / 3600.0
    trips = int((crowd.end - crowd.start) / timedelta(hours=trip_h + TURN_ROUND_H))
    acts: list[Act] = []
    for trip in range(trips):
        goal = home if trip % 2 else end
        acts += [Act(sail=Sail(to=goal, speed_kn=crowd.speed_kn)), Act(hold=Hold(hours=TURN_ROUND_H))]
    return [*acts, _stay(crowd, "anchored")]
