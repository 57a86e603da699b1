"""Where an alert's steps lie, as people ask for it: by zone or by country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watch.zones.geofences import Zones


def areas_of(alert: Mapping[str, Any]) -> set[str]:
    """Return the ids of the zones in which an alert's steps lie, and the countries of these.

    Examples
    --------
    >>> sorted(areas_of({"steps": [{"zone": {"id": "sg_strait", "country": "MY/ID"}}, {"zone": None}]}))
    ['ID', 'MY', 'sg_strait']
    """
    zones = [step["zone"] for step in alert.get("steps") or () if step.get("zone")]
    return {name for zone in zones for name in (str(zone.get("id")), *countries_of(str(zone.get("country") or "")))}


def countries_of(country: str) -> list[str]:
    """Return the countries that a zone belongs to; a zone of several names them with strokes between.

    Examples
    --------
    >>> countries_of("MY/ID"), countries_of("")
    (['MY', 'ID'], [])
    """
    return [part for part in country.split("/") if part]


def known_areas(zones: Zones) -> set[str]:
    """Return all that can be asked for as an area: ids of zones, and countries."""
    return {area for zone in zones.by_id.values() for area in (zone.zone_id, *countries_of(zone.country))}
