"""The named routes of `fixtures/routes.json`: way-points at sea for making tracks, not for navigation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from watch.paths import bundled

Place = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """Way-points in order, some of them with a name."""

    name: str
    points: tuple[Place, ...]
    marks: dict[str, int]

    def index(self, way_point: int | str) -> int:
        """Return the index of a way-point given by number (from the end when negative) or by name.

        Raises
        ------
        KeyError
            When the route has no such way-point.
        """
        if isinstance(way_point, str):
            return self.marks[way_point]
        if not -len(self.points) <= way_point < len(self.points):
            raise KeyError(way_point)
        return way_point % len(self.points)

    def between(self, start: int, end: int) -> tuple[Place, ...]:
        """Return the way-points from one to another, both included, backwards when `end` comes first."""
        if start <= end:
            return self.points[start : end + 1]
        return self.points[end : start + 1][::-1]


@cache
def routes() -> dict[str, Route]:
    """Return all named routes."""
    told = json.loads((bundled("fixtures") / "routes.json").read_text(encoding="utf-8"))
    return {
        name: Route(name, tuple((lat, lon) for lat, lon in r["points_lat_lon"]), r["marks"])
        for name, r in told["routes"].items()
    }
