"""An entry of a watchlist, and the numbers and texts that lists write in their own ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from watch.identity import PLACEHOLDER_IMOS

# own limits: longer than any real one, and short enough that a hostile file fills no disk
_NAME_MAX = 120
_REMARKS_MAX = 2_000
_ALIASES_MAX = 60
_KEY_MAX = 120
ENTRIES_MAX = 200_000
FAULTS_MAX = 500

_IMO = re.compile(r"(?:IMO)?[\s:.#-]*(?:NO\.?|NUMBER)?[\s:.#-]*(\d+)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", re.DOTALL)
_NOTHING = frozenset(("", "-0-", "na", "n/a", "none", "null", "unknown", "-", "tbd"))


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row of a list: its line (0: the file as a whole, or unknown) and a reason."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True)
class Entry:
    """A ship as one list names it.

    Attributes
    ----------
    key
        How the list itself calls the entry.
    imo, mmsi
        Numbers; 0 where the list says none, or none that can be one.
    aliases
        Other and former names.
    flag, former_flags
        ISO codes of two letters; "" where the list says none that is known.
    type, programs, remarks
        In the list's own words.
    listed_at, delisted_at
        Days, where the list itself says them.
    """

    key: str
    name: str = ""
    imo: int = 0
    mmsi: int = 0
    aliases: tuple[str, ...] = ()
    callsign: str = ""
    flag: str = ""
    former_flags: tuple[str, ...] = ()
    type: str = ""
    programs: tuple[str, ...] = ()
    remarks: str = ""
    listed_at: date | None = None
    delisted_at: date | None = None

    @property
    def ship(self) -> str:
        """Which ship is meant, whatever the list calls the entry: by IMO number, else MMSI, else key."""
        return f"imo:{self.imo}" if self.imo else f"mmsi:{self.mmsi}" if self.mmsi else f"key:{self.key}"


@dataclass(frozen=True)
class Reading:
    """What a file says.

    Attributes
    ----------
    format
        One of `reading.FORMATS`.
    entries
        Ships, one for each key.
    faults
        Rows that could not be read, or not in full.
    published_at
        The day of the list where the file says it.
    others
        Rows that are no ships, or ships that were not asked for.
    """

    format: str
    entries: tuple[Entry, ...] = ()
    faults: tuple[RowFault, ...] = ()
    published_at: date | None = None
    others: int = 0


@dataclass
class Gathered:
    """Entries and faults while a file is read."""

    entries: dict[str, Entry] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    others: int = 0
    unsaid: int = 0

    def fault(self, line: int, reason: str) -> None:
        """Keep what is wrong in a row; beyond `FAULTS_MAX` only counted."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(RowFault(line, tidy(reason, 300)))
        else:
            self.unsaid += 1

    def add(self, line: int, entry: Entry, imos: Iterable[str] = (), mmsis: Iterable[str] = ()) -> None:
        """Keep a ship with the numbers that the list writes for it; one of several IMO numbers is several ships."""
        numbers = dict.fromkeys(self._numbers(line, entry, imos))
        radios = dict.fromkeys(self._radios(line, entry, mmsis))
        whole = replace(entry, key=tidy(entry.key, _KEY_MAX), aliases=_aliases(entry))
        ships = [replace(whole, imo=imo, mmsi=next(iter(radios), 0)) for imo in numbers]
        ships = ships or [replace(whole, mmsi=mmsi) for mmsi in radios] or [whole]
        if not (whole.name or ships[0].imo or ships[0].mmsi):
            self.fault(line, "names no ship: it has neither name nor number")
            return
        for ship in ships:
            other = "" if ship is ships[0] else f"/{ship.imo or ship.mmsi}"
            self._keep(line, replace(ship, key=f"{ship.key}{other}"))

    def _keep(self, line: int, ship: Entry) -> None:
        known = self.entries.get(ship.key)
        if known is not None and known != ship:
            self.fault(line, f"is a second entry with the key '{ship.key}'; the first is kept")
        elif len(self.entries) >= ENTRIES_MAX:
            self.fault(line, f"is beyond {ENTRIES_MAX:,} ships; the rest is left out")
        else:
            self.entries[ship.key] = ship

    def _numbers(self, line: int, entry: Entry, texts: Iterable[str]) -> Iterator[int]:
        for text in dict.fromkeys(texts):
            imo = imo_of(text)
            if imo:
                yield imo
            elif not is_nothing(text):
                known = f"; '{entry.name}' is kept by name" if entry.name else ""
                self.fault(line, f"'{text}' is no IMO number: seven digits, of which the last checks the others{known}")

    def _radios(self, line: int, entry: Entry, texts: Iterable[str]) -> Iterator[int]:
        for text in dict.fromkeys(texts):
            mmsi = mmsi_of(text)
            if mmsi:
                yield mmsi
            elif not is_nothing(text):
                self.fault(line, f"'{text}' of '{entry.name or entry.key}' is no MMSI: nine digits")

    def reading(self, form: str, published_at: date | None = None) -> Reading:
        """Return all that was gathered."""
        if self.unsaid:
            self.faults.append(RowFault(0, f"{self.unsaid:,} more rows could not be read in full"))
        return Reading(form, tuple(self.entries.values()), tuple(self.faults), published_at, self.others)


def _aliases(entry: Entry) -> tuple[str, ...]:
    names = dict.fromkeys(tidy(alias, _NAME_MAX) for alias in entry.aliases)
    return tuple(name for name in names if name and name != entry.name)[:_ALIASES_MAX]


def tidy(text: str | None, most: int = _NAME_MAX) -> str:
    r"""Return a text in one line without control characters, cut to a length; "" for what lists write for nothing.

    Examples
    --------
    >>> tidy("  SYNTH\x00 ONE\n"), tidy("-0- "), tidy(None)
    ('SYNTH ONE', '', '')
    """
    if text is None or text.strip() == "-0-":
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most].strip()


def tidy_remarks(text: str | None) -> str:
    """Return remarks as `tidy` does, at their own length."""
    return tidy(text, _REMARKS_MAX)


def is_nothing(text: str | None) -> bool:
    """Return whether a cell says that there is nothing to say."""
    return text is None or text.strip().casefold() in _NOTHING


def imo_of(text: str) -> int:
    """Return the IMO number that a text writes, or 0 when it is none.

    Examples
    --------
    >>> imo_of("IMO 9074729"), imo_of("9074729"), imo_of("IMO 15411"), imo_of("")
    (9074729, 9074729, 0, 0)
    """
    found = _IMO.fullmatch(text.strip()) if text.isascii() else None
    number = int(found[1]) if found and len(found[1]) == 7 else 0
    return number if _is_formed(number) else 0


def _is_formed(number: int) -> bool:
    """Return what `identity.imo_is_valid` says of one number; a list has them one by one."""
    check = sum(int(digit) * weight for digit, weight in zip(str(number), range(7, 1, -1), strict=False)) % 10
    return number >= 1_000_000 and check == number % 10 and number not in PLACEHOLDER_IMOS


def mmsi_of(text: str) -> int:
    """Return the MMSI that a text writes, or 0 when it is none.

    Examples
    --------
    >>> mmsi_of("636990101"), mmsi_of("Call sign"), mmsi_of("000000000")
    (636990101, 0, 0)
    """
    digits = text.strip().removeprefix("MMSI").strip()
    return int(digits) if re.fullmatch(r"(?a:\d{9})", digits) else 0


def day_of(text: str | None) -> date | None:
    """Return a day written 2026-11-20, with or without a time, from 1900 on; None when there is none.

    Examples
    --------
    >>> day_of("2026-11-20T02:00:03Z"), day_of("11/20/2026")
    (datetime.date(2026, 11, 20), None)
    """
    found = _DAY.fullmatch(text.strip()) if text and text.isascii() else None
    return ymd(*found.groups()) if found else None


def ymd(year: str | None, month: str | None, day: str | None) -> date | None:
    """Return a day from its three parts; None when it does not exist or lies outside 1900–2199."""
    try:
        found = date(int(year or ""), int(month or "1"), int(day or "1"))
    except ValueError:
        return None
    return found if 1900 <= found.year < 2200 else None


def first(texts: Sequence[str]) -> str:
    """Return the first text, or nothing.

    Examples
    --------
    >>> first([])
    ''
    """
    return next(iter(texts), "")
