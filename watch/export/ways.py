"""The way that an alert's steps mark out, as lines that no map draws around the wrong side of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

Point = tuple[float, float]
_DIGITS = 6  # a tenth of a metre, as RFC 7946 advises


def step_points(step: Mapping[str, Any]) -> list[Point]:
    """Return where a step began and, if it moved, ended, as (lon, lat) in degrees; nothing where that is unknown."""
    ends = ((step.get("lon"), step.get("lat")), (step.get("end_lon"), step.get("end_lat")))
    return _without_repeats([_point(lon, lat) for lon, lat in ends if lon is not None and lat is not None])


def alert_way(steps: Sequence[Mapping[str, Any]]) -> list[list[Point]]:
    """Return the way from step to step as lines of (lon, lat) in degrees, cut at 180°; none without two places.

    Examples
    --------
    >>> alert_way([{"lon": 179.0, "lat": 0.0}, {"lon": -179.0, "lat": 2.0}])
    [[(179.0, 0.0), (180.0, 1.0)], [(-180.0, 1.0), (-179.0, 2.0)]]
    >>> alert_way([{"lon": 10.0, "lat": 0.0}])
    []
    """
    points = _without_repeats([point for step in steps for point in step_points(step)])
    lines: list[list[Point]] = [points[:1]]
    for before, after in pairwise(points):
        if abs(after[0] - before[0]) > 180:
            lat = _lat_at_180(before, after)
            side = 180.0 if before[0] > 0 else -180.0
            lines[-1].append((side, lat))
            lines.append([(-side, lat)])
        lines[-1].append(after)
    return [line for kept in lines if len(line := _without_repeats(kept)) > 1]


def _lat_at_180(before: Point, after: Point) -> float:
    left, right = 180 - abs(before[0]), 180 - abs(after[0])
    share = left / (left + right) if left + right else 0.0
    return round(before[1] + share * (after[1] - before[1]), _DIGITS)


def _point(lon: float, lat: float) -> Point:
    return round(float(lon), _DIGITS), round(float(lat), _DIGITS)


def _without_repeats(points: Sequence[Point]) -> list[Point]:
    return [point for number, point in enumerate(points) if number == 0 or point != points[number - 1]]
