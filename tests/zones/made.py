"""Made geofences for the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely

from watch.zones.geofences import Zones, build_zones, read_zone_files

SQUARE = [[[10.0, 10.0], [11.0, 10.0], [11.0, 11.0], [10.0, 11.0], [10.0, 10.0]]]


def made_feature(zone_id: str = "made_one", shape: Any = None, **facts: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": SQUARE} if shape is None else json.loads(shapely.to_geojson(shape))
    return {
        "type": "Feature",
        "properties": {"id": zone_id, "name": "Made", "country": "IR", "kind": "sts_zone", **facts},
        "geometry": geometry,
    }


def write_features(path: Path, *features: Any, **head: Any) -> Path:
    lines = ",\n".join(json.dumps(feature) for feature in features)
    extra = "".join(f'"{key}": {json.dumps(value)}, ' for key, value in head.items())
    path.write_text(f'{{"type": "FeatureCollection", {extra}"features": [\n{lines}\n]}}\n', encoding="utf-8")
    return path


def made_zones(folder: Path, *features: dict[str, Any]) -> Zones:
    good, faults = read_zone_files([write_features(folder / "made.geojson", *features)])
    assert faults == []
    return build_zones(good)
