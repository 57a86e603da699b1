"""Finding a ship on watchlists: by IMO number, by MMSI, and by a name like hers, which never confirms itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from watch.watchlists.names import joined, numbers_in, plain_name

Kind = Literal["imo", "mmsi", "name"]

# own, set by the pairs of tests/watchlists/test_matching.py: a letter more or less in a name of eight is shown,
# two are not
NAME_LEAST = 86
_SHORT = 5  # letters; of shorter names one letter is another name
_FORMER = 2  # points less for a former or other name,
_FLAG = 4  # for another flag, which ships change,
_TYPE = 9  # and for another type, which they do not
SHOWN_LEAST = 80
AMBIGUOUS_WITHIN = 5
_RADIO_ALONE = 90  # the same MMSI, and the list knows an IMO number that the ship has not told
_BLOCK = 256

_TYPE_WORDS = {
    "tanker": ("tanker", "oil", "chemical", "lpg", "lng", "gas carrier", "vlcc"),
    "cargo": ("cargo", "bulk", "container", "ro-ro", "roll", "carrier", "reefer", "livestock"),
    "passenger": ("passenger", "ferry", "cruise"),
    "fishing": ("fishing", "trawler", "fish"),
    "tug": ("tug", "tow"),
}


@dataclass(frozen=True)
class Ship:
    """A ship as she declares herself; 0 and "" where she does not."""

    imo: int = 0
    mmsi: int = 0
    name: str = ""
    flag: str = ""
    type: str = ""


@dataclass(frozen=True)
class Listed:
    """An entry of a list for the time in which it stood there."""

    list_name: str
    key: str
    imo: int
    mmsi: int
    name: str
    aliases: tuple[str, ...]
    flag: str
    type: str
    listed_at: datetime
    delisted_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Return whether it stood on the list at a moment."""
        return self.listed_at <= at and (self.delisted_at is None or at < self.delisted_at)


@dataclass(frozen=True)
class Found:
    """An entry that may be a ship.

    Attributes
    ----------
    kind, score
        What was alike, and how much, up to 100.
    confirmed
        Whether the numbers say so; a name never does.
    ambiguous
        Whether other ships fit the name as well, or nearly.
    called
        The name of the entry that is like the ship's.
    """

    entry: Listed
    kind: Kind
    score: int
    confirmed: bool = False
    ambiguous: bool = False
    called: str = ""


class Watch:
    """Entries of lists, laid out to be searched.

    Parameters
    ----------
    entries
        Of all lists.
    """

    def __init__(self, entries: Iterable[Listed]) -> None:
        self.entries = tuple(entries)
        self._near = lru_cache(maxsize=10_000)(self._search)

    def find(self, ship: Ship) -> list[Found]:
        """Return the entries that are or may be a ship, the surest first."""
        sure = list(self._by_number(ship))
        taken = {id(found.entry) for found in sure}
        near = [found for found in self.like(ship) if id(found.entry) not in taken]
        return sorted([*sure, *near], key=lambda f: (not f.confirmed, -f.score, f.entry.list_name, f.entry.listed_at))

    def like(self, ship: Ship) -> list[Found]:
        """Return the entries whose name is like a ship's and whose numbers do not speak against her."""
        near = self._near(plain_name(ship.name), bool(ship.imo))
        scored = [_scored(entry, base, called, former, ship) for entry, base, called, former in near]
        best: dict[int, Found] = {}
        for found in sorted(scored, key=lambda f: f.score):
            if found.score >= SHOWN_LEAST and not _same_number(ship, found.entry):
                best[id(found.entry)] = found
        return _with_ambiguity(sorted(best.values(), key=lambda f: -f.score))

    def _by_number(self, ship: Ship) -> Iterator[Found]:
        for entry in self._numbered["imo"].get(ship.imo, ()) if ship.imo else ():
            yield Found(entry, "imo", 100, confirmed=True)
        for entry in self._numbered["mmsi"].get(ship.mmsi, ()) if ship.mmsi else ():
            if not entry.imo:
                yield Found(entry, "mmsi", 100, confirmed=True)
            elif not ship.imo:
                yield Found(entry, "mmsi", _RADIO_ALONE)

    @cached_property
    def _numbered(self) -> dict[str, dict[int, list[Listed]]]:
        out: dict[str, dict[int, list[Listed]]] = {"imo": defaultdict(list), "mmsi": defaultdict(list)}
        for entry in self.entries:
            out["imo"][entry.imo].append(entry)
            out["mmsi"][entry.mmsi].append(entry)
        return out

    @cached_property
    def _names(self) -> tuple[_Names, _Names]:
        """All names, and those of entries without an IMO number: a ship that tells one can only be these by name."""
        return _Names(self.entries), _Names([entry for entry in self.entries if not entry.imo])

    def _search(self, plain: str, has_imo: bool) -> tuple[tuple[Listed, int, str, bool], ...]:
        return tuple(self._names[has_imo].near([plain])[0])


class _Names:
    """The names of entries, each once, with those who bear it."""

    def __init__(self, entries: Iterable[Listed]) -> None:
        self.bearers: dict[str, list[tuple[Listed, str, bool]]] = defaultdict(list)
        for entry in entries:
            for name in (entry.name, *entry.aliases):
                plain = plain_name(name)
                if plain:
                    self.bearers[plain].append((entry, name, name != entry.name))
        self.plain = list(self.bearers)
        self.joined = [joined(plain) for plain in self.plain]

    def near(self, names: Sequence[str]) -> list[list[tuple[Listed, int, str, bool]]]:
        """Return for each plain name those who bear one like it: entry, score, their name, whether a former one."""
        out: list[list[tuple[Listed, int, str, bool]]] = [[] for _ in names]
        if not self.plain:
            return out
        for start in range(0, len(names), _BLOCK):
            some = names[start : start + _BLOCK]
            scores = cdist(
                [joined(name) for name in some],
                self.joined,
                scorer=fuzz.ratio,
                score_cutoff=NAME_LEAST,
                dtype=np.uint8,
            )
            for row, column in zip(*np.nonzero(scores), strict=True):
                if _may_be(some[row], self.plain[column], int(scores[row, column])):
                    bearers = self.bearers[self.plain[column]]
                    out[start + row] += [(e, int(scores[row, column]), name, former) for e, name, former in bearers]
        return out


def _may_be(one: str, other: str, score: int) -> bool:
    """Return whether names that are like one another may be of one ship: sisters differ by their numbers."""
    if numbers_in(one) != numbers_in(other):
        return joined(one) == joined(other) != ""
    return score == 100 or min(len(joined(one)), len(joined(other))) >= _SHORT


def _same_number(ship: Ship, entry: Listed) -> bool:
    """Return whether a number says already that the entry is the ship."""
    return entry.imo == ship.imo if entry.imo else bool(entry.mmsi) and entry.mmsi == ship.mmsi


def _scored(entry: Listed, base: int, called: str, former: bool, ship: Ship) -> Found:
    kind = type_of(entry.type)
    less = _FORMER * former
    less += _FLAG * bool(ship.flag and entry.flag and ship.flag != entry.flag)
    less += _TYPE * bool(kind and ship.type in _TYPE_WORDS and kind != ship.type)
    return Found(entry, "name", base - less, called=called)


def _with_ambiguity(found: list[Found]) -> list[Found]:
    """Mark the best when they are of several ships."""
    top = [f for f in found if f.score > found[0].score - AMBIGUOUS_WITHIN]
    several = len({f.entry.imo or (f.entry.list_name, f.entry.key) for f in top}) > 1
    return [replace(f, ambiguous=several and f in top) for f in found]


def type_of(words: str) -> str:
    """Return a list's type of ship as a word of `identity.SHIP_TYPES`, "" where it cannot be told.

    Examples
    --------
    >>> type_of("Crude Oil Tanker"), type_of("Bulk Carrier"), type_of("")
    ('tanker', 'cargo', '')
    """
    low = words.casefold()
    return next((kind for kind, signs in _TYPE_WORDS.items() if any(sign in low for sign in signs)), "")
