"""Small made scenes for the replay, in the form that `watch/scene/` writes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

FROM_S = 1_588_464_000  # 2020-05-03T00:00Z
HOUR_S = 3600


def deltas(values: Sequence[float], scale: float = 1.0) -> list[int]:
    """Return the first value and the differences, as whole numbers."""
    whole = [round(value * scale) for value in values]
    return whole[:1] + [b - a for a, b in pairwise(whole)]


def made_ship(label: str, way: Sequence[tuple[float, float]], **more: Any) -> dict[str, Any]:
    """Return a ship that is heard each hour, at these places (longitude, latitude)."""
    lon, lat = zip(*way, strict=True)
    hours = [FROM_S + HOUR_S * i for i in range(len(way))]
    track = {
        "n": len(way),
        "t": deltas(hours),
        "lat": deltas(lat, 1e5),
        "lon": deltas(lon, 1e5),
        "sog": [123] * len(way),
        "cog": [90] * len(way),
        "cut": [],
        "radio": None,
        "thinned_m": 0.0,
    }
    ship = {"vessel_id": "imo:9300000", "label": label, "ids": "IMO 9300000", "role": "focus", "radios": [636000001]}
    return ship | {"track": track, "gaps": []} | more


def made_scene(*ships: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a scene of these ships, a day long, with nothing else in it."""
    scene = {
        "format": 1,
        "title": "Made scene",
        "synthetic": True,
        "from_s": FROM_S,
        "to_s": FROM_S + 24 * HOUR_S,
        "focus": 0,
        "alert": None,
        "ships": list(ships),
        "events": [],
        "zones": [],
        "density": {"t0": FROM_S, "step_s": HOUR_S, "counts": [1] * 24},
        "background": None,
        "coast": None,
    }
    return scene | more


def made_event(hour: float, what: str, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    """Return an event of the first ship."""
    at = {"t": round(FROM_S + HOUR_S * hour), "end_t": None, "lat": lat, "lon": lon, "end_lat": None, "end_lon": None}
    told = {"event_id": f"{what}{hour}", "ship": 0, "kind": "loitering", "what": what, "where": "", "seen": ""}
    return told | at | {"other": None, "step": None, "zone_id": None} | more
