"""The names a rule may use: measures, red flags, zones, vessel lists, scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from watch.rules.pattern import ZoneFilter
from watch.rules.zones import Zone, kind_words, zone_fits


class Zones(Protocol):
    """What the checks need of the geofences: all of them by id."""

    @property
    def by_id(self) -> Mapping[str, Zone]:
        """The zone with each id."""


@dataclass(frozen=True)
class Names:
    """The names a rule may use; without zones, lists or scenarios their names are not checked."""

    measures: frozenset[str] = frozenset()
    red_flags: frozenset[str] = frozenset()
    vessel_lists: frozenset[str] | None = None
    scenarios: frozenset[str] | None = None
    broken_lists: frozenset[str] = frozenset()
    zones: Mapping[str, Zone] = field(default_factory=dict, repr=False)

    def with_zones(self, zones: Zones) -> Names:
        """Return these names and those of the zones."""
        return replace(self, zones=zones.by_id)

    @cached_property
    def zone_kinds(self) -> frozenset[str]:
        """The kinds of zones there are, and their words."""
        return frozenset(word for _, kind in self._examples for word in kind_words(kind))

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries of the zones there are."""
        return frozenset(part for country, _ in self._examples for part in country.split("/"))

    @cached_property
    def country_codes(self) -> dict[str, str]:
        """The code of each country whose waters are a zone, by its name in capitals."""
        waters = (zone for zone in self.zones.values() if zone.kind == "waters_12nm")
        return {zone.name.partition(",")[0].upper(): zone.country for zone in waters}

    @cached_property
    def _examples(self) -> dict[tuple[str, str], Zone]:
        """One zone of each country and kind: a filter without ids fits all such zones or none."""
        return {(zone.country, zone.kind): zone for zone in self.zones.values()}

    def fits_a_zone(self, wanted: ZoneFilter) -> bool:
        """Return whether there is a zone that the filter means; true where zones are not known."""
        named = (self.zones[zone_id] for zone_id in _ids(wanted) if zone_id in self.zones)
        examples = self._examples.values()
        return not self.zones or any(zone_fits(z, wanted) for z in named) or any(zone_fits(z, wanted) for z in examples)


def _ids(wanted: ZoneFilter) -> Iterator[str]:
    yield from wanted.id or ()
    for other in wanted.any_of:
        yield from _ids(other)
