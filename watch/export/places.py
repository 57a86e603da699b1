"""Events and zones as GeoJSON (RFC 7946) with flat properties, as map programs like them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import shapely

from watch.export.tracks import Row, feature
from watch.seen import event_hours, seen_words
from watch.wording import KIND_WORDS, clean
from watch.zones.geofences import Zones

_DIGITS = 6
_TEXTS = (
    "event_id",
    "kind",
    "vessel_id",
    "name",
    "flag",
    "type",
    "start_at",
    "end_at",
    "other_vessel_id",
    "other_name",
)
_NUMBERS = ("mmsi", "imo", "other_mmsi", "other_imo", "end_lat", "end_lon")
_OF_ZONE = ("name", "country", "kind", "valid_from", "valid_to", "min_dwell_h", "source", "note")


def event_features(events: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield each event, in the form of `shipwatch events --json`, as a point where it began."""
    for event in events:
        zone, details = event["zone"] or {}, event["details"]
        told = {name: clean(event[name]) or None for name in _TEXTS} | {name: event[name] for name in _NUMBERS}
        seen = {"what": KIND_WORDS.get(event["kind"], event["kind"]), "seen": clean(seen_words(event["kind"], details))}
        where = {f"zone_{name}": clean(zone.get(name)) or None for name in ("id", "name", "country", "kind")}
        properties = {**told, **seen, **where, "hours": event_hours(details)}
        yield feature(_point(event["start_lon"], event["start_lat"]), properties, event["event_id"])


def zone_features(zones: Zones) -> Iterator[Row]:
    """Yield each zone as its polygons, outer rings against the clock."""
    shapes = shapely.orient_polygons(zones.table.geometry.to_numpy())
    for row, shape in zip(zones.table.to_dict("records"), shapes, strict=True):
        facts = {name: row[name] for name in _OF_ZONE}
        geometry = shapely.geometry.mapping(shapely.set_precision(shape, 10**-_DIGITS, mode="pointwise"))
        yield feature(_listed(geometry), {"zone_id": row["zone_id"], **facts}, row["zone_id"])


def _listed(geometry: Mapping[str, Any]) -> Row:
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def _point(lon: float | None, lat: float | None) -> Row | None:
    if lon is None or lat is None:
        return None
    return {"type": "Point", "coordinates": [round(lon, _DIGITS), round(lat, _DIGITS)]}
