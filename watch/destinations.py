"""Where a declared destination lies: free text to a port or country, or openly to none.

A text is looked up as a name of our own list, of a geofence, of a world port, of another zone or of a country, and as a
UN/LOCODE; first as it stands and then without words that name no place. What could lie in two countries is ambiguous
and is not guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from watch.destination_text import Said, place_words, plain, read_text, words_that
from watch.detect.world import World
from watch.geodesy import NM_M, distance_m
from watch.paths import bundled
from watch.zones.geofences import Zone

_CACHED_TEXTS = 100_000  # bounds the memory; a year of the world's honest traffic declares fewer
#: Former country codes that lists of ports still use.
_FORMER = {"AN": ("CW", "SX", "BQ"), "CS": ("RS", "ME"), "UK": ("GB",)}

Places = frozenset[tuple[str | None, str]]  # zone, country
_NOWHERE: Places = frozenset()
Words = tuple[str, ...]


@dataclass(frozen=True)
class Destination:
    """What a declared destination says.

    Attributes
    ----------
    zone_ids
        The ports it may be, all of one country; exactly one where it is told.
    country
        The country's ISO code, several joined with `/` where a zone has them; None where it is not told.
    unknown
        Whether the crew says that it does not know or tell.
    ambiguous
        Whether the text could be several places and does not say which.
    key
        The same for texts that say the same.
    """

    zone_ids: tuple[str, ...]
    country: str | None
    unknown: bool
    ambiguous: bool
    key: str

    @property
    def zone_id(self) -> str | None:
        """The port, where there is only one that it can be."""
        return self.zone_ids[0] if len(self.zone_ids) == 1 else None


def same_country(one: str, other: str) -> bool:
    """Return whether two country codes, or several joined with `/`, have a state in common.

    Examples
    --------
    >>> same_country("IR/OM", "OM"), same_country("AN", "CW"), same_country("VE", "CO")
    (True, True, False)
    """
    return one == other or bool(_states(one) & _states(other))


def _states(country: str) -> set[str]:
    codes = country.split("/")
    return {*codes, *(new for code in codes for new in _FORMER.get(code, ()))}


class Gazetteer:
    """Finds the places that texts name, among the zones and ports of a world."""

    def __init__(self, world: World) -> None:
        zones = world.zones.by_id
        called_at = set(world.zones.ports["zone_id"])
        self._country = {zone_id: zone.country for zone_id, zone in zones.items()}
        self._states = {code for country in self._country.values() for code in country.split("/")}
        self._countries = _country_names(zones)
        ports = {z: zone for z, zone in zones.items() if zone.kind == "world_port"}
        fences = {z: zone for z, zone in zones.items() if z in called_at and z not in ports}
        others = {z: zone for z, zone in zones.items() if z not in called_at and not zone.kind.startswith("waters")}
        self._names = _names(others) | _names(ports) | _names(fences) | self._listed("place")
        coded = {z.removeprefix("port_").upper(): frozenset([(z, zone.country)]) for z, zone in ports.items()}
        self._codes: dict[str, Places] = {**coded, **self._listed("code")}
        self._circles = _circles(world)
        self.read = lru_cache(maxsize=_CACHED_TEXTS)(self._read)

    def _listed(self, kind: str) -> dict[str, Places]:
        """Return the places of our own list; a zone that this world does not have is left out of its place."""
        known = self._country
        return {
            row["name"]: frozenset([(row["zone_id"] if row["zone_id"] in known else None, row["country"])])
            for row in _own_list()
            if row["kind"] == kind
        }

    def country_of(self, zone_id: str) -> str | None:
        """Return the country of a zone."""
        return self._country.get(zone_id)

    def near(self, zone_id: str, other: str, within_nm: float) -> bool:
        """Return whether two places lie so near that they may be one port area; unknown ones lie near nothing."""
        if zone_id == other:
            return True
        if zone_id not in self._circles or other not in self._circles:
            return False
        (lat, lon, radius_m), (lat2, lon2, radius2_m) = self._circles[zone_id], self._circles[other]
        return bool(distance_m(lat, lon, lat2, lon2) - radius_m - radius2_m <= within_nm * NM_M)

    def _read(self, text: str) -> Destination:
        """Return what a declared destination says; texts are read once."""
        said = read_text(text)
        found = [self._find(words, said.route) for words in said.parts]
        places = _NOWHERE.union(*found)
        countries = {country for _, country in places}
        ambiguous = bool(places) and (said.to_and_fro or len(found) > 1 or len(countries) > 1)
        if ambiguous or not places:
            return Destination((), None, said.unknown, ambiguous, _key(said, ()))
        zones = tuple(sorted(z for z, _ in places if z))
        return Destination(zones, countries.pop(), said.unknown, False, _key(said, zones))

    def _find(self, words: Words, route: bool) -> Places:
        """Return the places that some words name: as they stand, then without those that name no place."""
        kept = place_words(words)
        for some in (words,) if kept == words else (words, kept):
            if found := self._exact(some) or self._code(some, route) or self._with_country(some):
                return found
        return _NOWHERE

    def _exact(self, words: Words) -> Places:
        name = " ".join(words)
        country, places = self._countries.get(name), self._names.get(name, _NOWHERE)
        if country is None:
            return places
        # a town may have the name of a country elsewhere: the country is meant
        return frozenset(p for p in places if same_country(p[1], country)) or frozenset([(None, country)])

    def _code(self, words: Words, route: bool) -> Places:
        """Return the place of a UN/LOCODE; its country alone where the form shows what it is and no list has it."""
        code = "".join(words)
        if len(code) != 5 or [len(w) for w in words] not in ([5], [2, 3]):
            return _NOWHERE
        if code in self._codes:
            return self._codes[code]
        sure = route or (len(words) == 2 and words[0] not in words_that("english"))
        return frozenset([(None, code[:2])]) if sure and code.isalpha() and code[:2] in self._states else _NOWHERE

    def _with_country(self, words: Words) -> Places:
        """Return the places of a name that has its country, or its state in the USA, before or behind it."""
        for k in range(1, min(4, len(words))):
            for word, rest in ((words[-k:], words[:-k]), (words[:k], words[k:])):
                if wanted := self._qualifiers(" ".join(word)):
                    places = self._exact(rest) or self._exact(place_words(rest))
                    found = (frozenset(p for p in places if same_country(p[1], land)) for land in wanted)
                    if some := next(filter(None, found), None):
                        return some
        return _NOWHERE

    def _qualifiers(self, word: str) -> list[str]:
        """Return the countries that a word beside a name may stand for."""
        country = self._countries.get(word) or (word if word in self._states else None)
        return [*([country] if country else []), *(["US"] if word in words_that("us_state") else [])]


@lru_cache(maxsize=4)
def gazetteer_of(world: World) -> Gazetteer:
    """Return the gazetteer of a world, built once for each."""
    return Gazetteer(world)


def _key(said: Said, zones: Words) -> str:
    return "?" * said.unknown + (",".join(zones) or "+".join("".join(words) for words in said.parts))


def _names(zones: Mapping[str, Zone]) -> dict[str, Places]:
    """Return the places by each way of writing their names."""
    found: dict[str, set[tuple[str | None, str]]] = {}
    for zone_id, zone in zones.items():
        for way in _ways(zone.name):
            found.setdefault(way, set()).add((zone_id, zone.country))
    return {name: frozenset(places) for name, places in found.items()}


def _ways(name: str) -> Iterable[str]:
    """Return how a zone's name may be written: whole or a part of it, with and without words that name no place."""
    for part in (name, *re.split(r"[/()+]|, ", name)):
        words = tuple(plain(part).split())
        yield from {way for way in (" ".join(words), " ".join(place_words(words))) if len(way) > 2}


def _country_names(zones: Mapping[str, Zone]) -> dict[str, str]:
    """Return country codes by name, out of the names of the waters and our own list."""
    waters = {plain(zone.name.split(",")[0]): zone.country for zone in zones.values() if zone.kind == "waters_12nm"}
    return waters | {row["name"]: row["country"] for row in _own_list() if row["kind"] == "country"}


@lru_cache(maxsize=1)
def _own_list() -> tuple[dict[str, str], ...]:
    with (bundled("rules") / "destinations.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _circles(world: World) -> dict[str, tuple[float, float, float]]:
    """Return the places as circles: ports as they are, other zones about the middle of their bounds."""
    zones = world.zones
    table = zones.table[~zones.table["zone_id"].isin(zones.ports["zone_id"])]
    west, south, east, north = table.geometry.bounds.to_numpy(dtype=np.float64).T
    half_m: NDArray[np.float64] = distance_m(south, west, north, east) / 2
    middles = zip(table["zone_id"], (south + north) / 2, (west + east) / 2, half_m, strict=True)
    ports = zip(*(zones.ports[name] for name in ("zone_id", "lat", "lon", "radius_m")), strict=True)
    return {zone_id: (lat, lon, radius_m) for some in (middles, ports) for zone_id, lat, lon, radius_m in some}
