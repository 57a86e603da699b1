"""Lists of OpenSanctions: the maritime CSV, the simple CSV of targets, and entities as FollowTheMoney JSON lines.

They hold ships for many reasons, also those that an inspection once held in port; `risks` says which are taken.

References
----------
OpenSanctions, "Maritime download" (columns `type, caption, imo, risk, …`) and FollowTheMoney's schema Vessel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from watch.watchlists.countries import country_of
from watch.watchlists.entry import Entry, Gathered, Reading, day_of, first, tidy, tidy_remarks
from watch.watchlists.files import table_rows

MARITIME = frozenset(("type", "caption", "imo", "risk", "id"))
SIMPLE = frozenset(("id", "schema", "name", "aliases", "identifiers", "dataset"))
#: Taken unless other words are asked for: ships under sanctions themselves.
RISKS = ("sanction",)
ALL_RISKS = "any"
_LINE_MAX = 4 << 20


def read_maritime(text: str, risks: Collection[str] = RISKS) -> Reading:
    """Return the ships of the maritime CSV that carry one of the risks.

    Raises
    ------
    csv.Error
        A cell has no end.
    """
    out = Gathered()
    for line, cells in table_rows(text, out.fault):
        if cells["type"].casefold() != "vessel" or not _wanted(_several(cells["risk"]), risks):
            out.others += 1
        else:
            entry = Entry(
                cells["id"],
                tidy(cells["caption"]),
                aliases=tuple(_several(cells.get("aliases", ""))),
                flag=country_of(first(_several(cells.get("flag", "")))),
                former_flags=tuple(_flags(_several(cells.get("flag", ""))[1:])),
                programs=tuple(tidy(p) for p in (*_several(cells["risk"]), *_several(cells.get("datasets", "")))),
                remarks=tidy_remarks(cells.get("url", "")),
            )
            out.add(line, entry, _several(cells["imo"]), _several(cells.get("mmsi", "")))
    return out.reading("opensanctions-maritime")


def read_simple(text: str) -> Reading:
    """Return the ships of the simple CSV of targets (`targets.simple.csv`).

    Raises
    ------
    csv.Error
        A cell has no end.
    """
    out = Gathered()
    for line, cells in table_rows(text, out.fault):
        if cells["schema"].casefold() != "vessel":
            out.others += 1
        else:
            numbers = _several(cells["identifiers"])
            programs = _several(cells.get("program_ids", "")) + _several(cells["dataset"])
            entry = Entry(
                cells["id"],
                tidy(cells["name"]),
                aliases=tuple(_several(cells["aliases"])),
                flag=country_of(first(_several(cells.get("countries", "")))),
                programs=tuple(map(tidy, programs)),
                remarks=tidy_remarks(cells.get("sanctions", "")),
            )
            imos = [number for number in numbers if number.upper().startswith("IMO")]
            out.add(line, entry, imos, [n for n in numbers if re.fullmatch(r"(?a:[2-7]\d{8})", n)])
    return out.reading("opensanctions-simple")


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _flags(words: Iterable[str]) -> list[str]:
    return [code for word in words if (code := country_of(word))]


def _wanted(have: Iterable[str], risks: Collection[str]) -> bool:
    return ALL_RISKS in risks or not set(risks).isdisjoint(have)


def read_ftm(text: str, risks: Collection[str] = RISKS) -> Reading:
    """Return the ships of FollowTheMoney JSON lines; sanctions inside a ship or beside it say since when."""
    out = Gathered()
    ships: list[tuple[int, dict[str, Any]]] = []
    listed: dict[str, list[dict[str, Any]]] = {}
    for line, thing in _things(text, out):
        if thing.get("schema") == "Sanction":
            for key in _texts(thing, "entity"):
                listed.setdefault(key, []).append(thing)
        elif thing.get("schema") == "Vessel" and _wanted(_texts(thing, "topics"), risks):
            ships.append((line, thing))
        else:
            out.others += 1
    for line, ship in ships:
        inside = [s for s in _values(ship, "sanctions") if isinstance(s, dict)]
        _add_vessel(out, line, ship, [*inside, *listed.get(str(ship.get("id")), [])])
    return out.reading("ftm-json")


def _things(text: str, out: Gathered) -> Iterable[tuple[int, dict[str, Any]]]:
    for line, words in enumerate(text.splitlines(), 1):
        if not words.strip():
            continue
        if len(words) > _LINE_MAX:
            out.fault(line, "is longer than any entity")
            continue
        try:
            thing = json.loads(words)
        except (ValueError, RecursionError):
            out.fault(line, "is no whole JSON")
            continue
        if isinstance(thing, dict) and isinstance(thing.get("properties"), dict) and thing.get("id"):
            yield line, thing
        else:
            out.fault(line, "is no entity with 'id' and 'properties'")


def _add_vessel(out: Gathered, line: int, ship: dict[str, Any], sanctions: list[dict[str, Any]]) -> None:
    begin = [day for s in sanctions for day in _days(s, "listingDate") or _days(s, "startDate")]
    ends = [max(days) for s in sanctions if (days := _days(s, "endDate"))]
    names = _texts(ship, "name")
    programs = [p for s in sanctions for name in ("programId", "program") for p in _texts(s, name)]
    more = [*_texts(ship, "topics"), *(str(d) for d in ship.get("datasets") or [] if isinstance(d, str))]
    entry = Entry(
        str(ship["id"]),
        tidy(str(ship.get("caption") or "") or first(names)),
        aliases=(*names, *_texts(ship, "previousName"), *_texts(ship, "alias"), *_texts(ship, "weakAlias")),
        callsign=tidy(first(_texts(ship, "callSign")), 12),
        flag=country_of(first(_texts(ship, "flag"))),
        former_flags=tuple(_flags(_texts(ship, "pastFlags"))),
        type=tidy(first(_texts(ship, "type"))),
        programs=tuple(dict.fromkeys(tidy(text) for text in (*programs, *more))),
        remarks=tidy_remarks(first(_texts(ship, "notes"))),
        listed_at=min(begin, default=None),
        delisted_at=max(ends) if ends and len(ends) == len(sanctions) else None,
    )
    out.add(line, entry, _texts(ship, "imoNumber"), _texts(ship, "mmsi"))


def _values(thing: dict[str, Any], name: str) -> list[Any]:
    properties = thing.get("properties")
    values = properties.get(name) if isinstance(properties, dict) else None
    return values if isinstance(values, list) else []


def _texts(thing: dict[str, Any], name: str) -> list[str]:
    return [value for value in _values(thing, name) if isinstance(value, str)]


def _days(thing: dict[str, Any], name: str) -> list[date]:
    return [day for text in _texts(thing, name) if (day := day_of(text))]
