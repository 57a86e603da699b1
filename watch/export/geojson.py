"""Alerts as GeoJSON (RFC 7946): a point for each step, and a line from step to step for each alert."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from watch.export.rows import Row, alert_row, step_row
from watch.export.ways import Point, alert_way, step_points

_OF_ALERT = ("alert_id", "level", "status", "rule_id", "ship", "imo", "flag")
_PLACES = ("lat", "lon", "end_lat", "end_lon")


def to_geojson(alerts: Sequence[dict[str, Any]]) -> str:
    r"""Return alerts as a FeatureCollection with flat properties; `feature` says `step` or `alert`.

    Examples
    --------
    >>> to_geojson([])
    '{"type": "FeatureCollection", "features": []}\n'
    """
    features = [feature for alert in alerts for feature in alert_features(alert)]
    return json.dumps({"type": "FeatureCollection", "features": features}) + "\n"


def alert_features(alert: dict[str, Any]) -> Iterator[Row]:
    """Yield the features of an alert: its steps, then itself."""
    row = alert_row(alert)
    for number, step in enumerate(alert["steps"], 1):
        points = step_points(step)
        told = {name: value for name, value in step_row(step).items() if name not in _PLACES}
        yield _feature(
            f"{row['alert_id']}-{number}",
            {"type": "Point", "coordinates": points[0]} if points else None,
            {"feature": "step", **{name: row[name] for name in _OF_ALERT}, **told},
        )
    yield _feature(row["alert_id"], _geometry(alert_way(alert["steps"])), {"feature": "alert", **row})


def _geometry(lines: list[list[Point]]) -> Row | None:
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines} if lines else None


def _feature(feature_id: str, geometry: Row | None, properties: Row) -> Row:
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties}
