"""What a browser makes of a scene, to be held against what is stored."""

from __future__ import annotations

from itertools import accumulate
from typing import Any


def decoded(track: dict[str, Any]) -> list[tuple[int, float, float]]:
    """Return time, latitude and longitude of each fix of a packed track."""
    t, lat, lon = (list(accumulate(track[name])) for name in ("t", "lat", "lon"))
    assert len(t) == len(lat) == len(lon) == len(track["sog"]) == len(track["cog"]) == track["n"]
    return [(at, y / 1e5, x / 1e5) for at, y, x in zip(t, lat, lon, strict=True)]


def ship_of(scene: dict[str, Any], vessel_id: str) -> dict[str, Any]:
    """Return the one ship of a scene that is this vessel."""
    (found,) = [ship for ship in scene["ships"] if ship["vessel_id"] == vessel_id]
    return dict(found)
