"""How watchlists look from outside: the lists, their entries, and who may be a ship."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from watch.errors import ConfigError
from watch.paths import bundled
from watch.plain import iso
from watch.rules.vessel_lists import ENTRY_TYPES, FOLDER, load_vessel_lists
from watch.store.frames import to_records
from watch.watchlists.entry import imo_of
from watch.watchlists.matching import Found, Listed, Ship, Watch

_GOOD, _REFUSED = "good", "refused"
_DAY_S = 86_400


def overview(
    versions: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    """Return each list with its newest good version, its ships now, its versions, refused ones, and its age in days.

    Parameters
    ----------
    versions
        All imports.
    entries
        Those that stand on a list at `at`.
    at
        The time for which it is told.
    """
    ships = Counter(row["list_name"] for row in entries)
    by_list: dict[str, list[Mapping[str, Any]]] = {}
    for version in versions:
        by_list.setdefault(version["list_name"], []).append(version)
    return [_list_view(name, rows, ships[name], at) for name, rows in sorted(by_list.items())]


def _list_view(name: str, versions: Sequence[Mapping[str, Any]], ships: int, at: datetime) -> dict[str, Any]:
    good = [version for version in versions if version["status"] == _GOOD]
    got_at = max((good_until(version) for version in good), default=None)
    return {
        "list": name,
        "published_at": iso(good[-1]["published_at"]) if good else "",
        "ships": ships,
        "versions": len(good),
        "refused": sum(version["status"] == _REFUSED for version in versions),
        "age_d": (at - got_at).total_seconds() / _DAY_S if got_at else float("nan"),
    }


def good_until(version: Mapping[str, Any]) -> datetime:
    """Return when a version was last found at its publisher, or brought in."""
    imported_at: datetime = version["imported_at"]
    checked = version["details"].get("checked_at")
    return max(imported_at, datetime.fromisoformat(checked)) if checked else imported_at


def entry_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored entry as it goes out."""
    names = ("list_name", "entry_key", "imo", "mmsi", "name", "aliases", "callsign", "flag", "type", "programs")
    days = {name: iso(row[name]) for name in ("listed_at", "delisted_at")}
    told = {name: row["details"].get(name) for name in ("since", "remarks", "former_flags")}
    return {**{name: row[name] for name in names}, "name": row["name"] or "", **days, **told}


def found_view(found: Found) -> dict[str, Any]:
    """Return an entry that may be a ship as it goes out."""
    entry = found.entry
    return {
        "list": entry.list_name,
        "kind": found.kind,
        "score": found.score,
        "confirmed": found.confirmed,
        "ambiguous": found.ambiguous,
        "called": found.called or entry.name,
        "name": entry.name,
        "imo": entry.imo or None,
        "mmsi": entry.mmsi or None,
        "flag": entry.flag or None,
        "type": entry.type or None,
        "listed_at": iso(entry.listed_at),
        "delisted_at": iso(entry.delisted_at),
    }


def asked_ship(text: str) -> Ship:
    """Return the ship that somebody asks for: by IMO number, by MMSI, else by name.

    Examples
    --------
    >>> asked_ship("IMO 9074729").imo, asked_ship("636990101").mmsi, asked_ship("Synth One").name
    (9074729, 636990101, 'Synth One')

    Raises
    ------
    ConfigError
        It is empty, or a number that is neither: a slip must not look like a ship that nobody lists.
    """
    if imo := imo_of(text):
        return Ship(imo=imo)
    digits = re.fullmatch(r"(?a:(?:MMSI[: ]*)?(\d{9}))", text.strip(), re.IGNORECASE)
    if not text.strip():
        raise ConfigError("which ship? Give an IMO number, an MMSI or a name")
    if not digits and re.fullmatch(r"(?a:(?:IMO|MMSI)?[: ]*\d+)", text.strip(), re.IGNORECASE):
        told = "an IMO number has seven digits, of which the last checks the others; an MMSI has nine"
        raise ConfigError(f"{text.strip()[:40]!r} is neither: {told}")
    return Ship(mmsi=int(digits[1])) if digits else Ship(name=text)


def file_entries(own_rules: Path) -> list[Listed]:
    """Return the entries of the lists that lie as CSV beside the rules, to be searched like the imported ones."""
    lists = load_vessel_lists([bundled("rules") / FOLDER, own_rules / FOLDER])
    return [_file_entry(row) for row in to_records(lists.entries, list(ENTRY_TYPES))]


def _file_entry(row: Mapping[str, Any]) -> Listed:
    key = f"file/{row['imo'] or row['mmsi']}/{row['listed_at']:%Y-%m-%d}"
    ship = row["list_name"], key, row["imo"], row["mmsi"], row["name"]
    return Listed(*ship, (), "", "", row["listed_at"], row["delisted_at"])


def ships_of(life: Mapping[str, Any]) -> list[Ship]:
    """Return a vessel as it declared itself over time, a ship for each radio and name of its chain, each once."""
    links = [(link["mmsi"] or 0, link["name"] or "", link["flag"] or "", link["type"] or "") for link in life["chain"]]
    return [Ship(life["imo"] or 0, *link) for link in dict.fromkeys(links)]


def find_all(watch: Watch, ships: Iterable[Ship]) -> list[Found]:
    """Return the entries that are or may be a vessel under any of its names, each once, the surest first."""
    best: dict[int, Found] = {}
    for found in (found for ship in ships for found in watch.find(ship)):
        known = best.get(id(found.entry))
        if known is None or (found.confirmed, found.score) > (known.confirmed, known.score):
            best[id(found.entry)] = found
    return sorted(best.values(), key=lambda f: (not f.confirmed, -f.score, f.entry.list_name, f.entry.listed_at))
