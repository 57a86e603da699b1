"""Watchlists in the database: the versions that were brought in, and who stood on which list since when until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, select, update

from watch.rules.joined_lists import Listings
from watch.store import schema
from watch.store.frames import batches, insert_columns
from watch.store.types import iso
from watch.watchlists.entry import Entry
from watch.watchlists.matching import Listed, Watch
from watch.watchlists.versions import Run, Span, spans_of

_VERSIONS, _ENTRIES = schema.watchlist_versions, schema.watchlist_entries
#: How an import ended. A version that another one of the same day took the place of, and a refused one, say nothing.
GOOD, REPLACED, REFUSED = "good", "replaced", "refused"
_COLUMNS = [column.name for column in _ENTRIES.columns if column.name != "entry_id"]


class Kept(NamedTuple):
    """A list as it is kept: the days of its good versions in order, and its runs over them."""

    published: list[datetime]
    runs: list[Run]


def read_versions(connection: Connection, list_name: str | None = None) -> list[dict[str, Any]]:
    """Return the imports, of one list when given, by list, day of publication and order of import."""
    c = _VERSIONS.c
    query = select(_VERSIONS).order_by(c.list_name, c.published_at, c.version_id)
    found = connection.execute(query if list_name is None else query.where(c.list_name == list_name))
    return [dict(row) for row in found.mappings()]


def add_version(connection: Connection, row: dict[str, Any]) -> int:
    """Keep one import and return its number."""
    (number,) = connection.execute(_VERSIONS.insert().values(row)).inserted_primary_key or (0,)
    return int(number)


def mark_replaced(connection: Connection, list_name: str, published_at: datetime) -> None:
    """Note that the good version of a day is no longer what counts."""
    c = _VERSIONS.c
    of_day = (c.list_name == list_name) & (c.published_at == published_at) & (c.status == GOOD)
    connection.execute(update(_VERSIONS).where(of_day).values(status=REPLACED))


def note_checked(connection: Connection, version_id: int, at: datetime) -> None:
    """Note that a version was found unchanged at its publisher."""
    c = _VERSIONS.c
    details = connection.execute(select(c.details).where(c.version_id == version_id)).scalar_one()
    changed = update(_VERSIONS).where(c.version_id == version_id)
    connection.execute(changed.values(details={**details, "checked_at": iso(at)}))


def read_kept(connection: Connection, list_name: str) -> Kept:
    """Return a list as it is kept."""
    c = _VERSIONS.c
    query = select(c.published_at).where(c.list_name == list_name, c.status == GOOD).order_by(c.published_at)
    published = list(connection.execute(query).scalars())
    number = {at: i for i, at in enumerate(published)}
    rows = connection.execute(select(_ENTRIES).where(_ENTRIES.c.list_name == list_name)).mappings()
    runs = [
        Run(entry_of(row), number[_at(row["details"]["from"])], _number(number, row["details"]["until"]))
        for row in rows
    ]
    return Kept(published, runs)


def _number(number: dict[datetime, int], until: str | None) -> int:
    return len(number) if until is None else number[_at(until)]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def entry_of(row: Any) -> Entry:
    """Return the entry of a stored row."""
    details = row["details"]
    return Entry(
        row["entry_key"],
        row["name"] or "",
        row["imo"] or 0,
        row["mmsi"] or 0,
        tuple(row["aliases"]),
        row["callsign"] or "",
        row["flag"] or "",
        tuple(details.get("former_flags", ())),
        row["type"] or "",
        tuple(row["programs"]),
        details.get("remarks", ""),
        _day(details.get("listed_on")),
        _day(details.get("delisted_on")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def replace_entries(connection: Connection, list_name: str, kept: Kept) -> None:
    """Store the spans of a list in place of those stored; rows that stay the same are left alone."""
    c = _ENTRIES.c
    query = select(c.entry_id, *(c[name] for name in _COLUMNS)).where(c.list_name == list_name)
    stored = {_identity(row): row["entry_id"] for row in connection.execute(query).mappings()}
    wanted = {_identity(row): row for row in (_row(list_name, span) for span in spans_of(kept.runs, kept.published))}
    for some in batches([number for key, number in stored.items() if key not in wanted]):
        connection.execute(_ENTRIES.delete().where(c.entry_id.in_(some)))
    new = [row for key, row in wanted.items() if key not in stored]
    insert_columns(connection, _ENTRIES, {name: [row[name] for row in new] for name in _COLUMNS})


def _identity(row: Any) -> str:
    """Return all that a row says as one text."""
    return repr([row[name] for name in _COLUMNS if name != "details"]) + repr(sorted(row["details"].items()))


def _row(list_name: str, span: Span) -> dict[str, Any]:
    entry = span.entry
    details = {
        "from": iso(span.first_at),
        "until": iso(span.until_at) if span.until_at else None,
        "since": span.since,
        "listed_on": entry.listed_at.isoformat() if entry.listed_at else None,
        "delisted_on": entry.delisted_at.isoformat() if entry.delisted_at else None,
        "former_flags": list(entry.former_flags),
        "remarks": entry.remarks,
    }
    return {
        "list_name": list_name,
        "entry_key": entry.key,
        "imo": entry.imo or None,
        "mmsi": entry.mmsi or None,
        "name": entry.name or None,
        "aliases": list(entry.aliases),
        "callsign": entry.callsign or None,
        "flag": entry.flag or None,
        "type": entry.type or None,
        "programs": list(entry.programs),
        "listed_at": span.listed_at,
        "delisted_at": span.delisted_at,
        "details": {name: value for name, value in details.items() if value or name == "until"},
    }


def read_entries(
    connection: Connection,
    list_name: str | None = None,
    on_at: datetime | None = None,
    numbers: tuple[Sequence[int], Sequence[int]] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of the watchlists by list, key and time.

    Parameters
    ----------
    list_name
        Of this list only.
    on_at
        Those that stood on it at a moment.
    numbers
        IMO numbers and MMSIs, of which an entry has one.
    """
    c = _ENTRIES.c
    query = select(_ENTRIES).order_by(c.list_name, c.entry_key, c.listed_at, c.entry_id)
    if list_name is not None:
        query = query.where(c.list_name == list_name)
    if on_at is not None:
        query = query.where(c.listed_at <= on_at, c.delisted_at.is_(None) | (c.delisted_at > on_at))
    if numbers is not None:
        query = query.where(c.imo.in_(numbers[0]) | c.mmsi.in_(numbers[1]))
    return [dict(row) for row in connection.execute(query).mappings()]


def list_names(connection: Connection) -> set[str]:
    """Return the lists of which there is a good version."""
    c = _VERSIONS.c
    return set(connection.execute(select(c.list_name).where(c.status == GOOD).distinct()).scalars())


def read_listed(connection: Connection) -> list[Listed]:
    """Return all entries of all lists for the times in which they stood there, by list, key and time.

    Notes
    -----
    Of an entry that was reworded, each wording has its own time.
    """
    c = _ENTRIES.c
    names = ("list_name", "entry_key", "imo", "mmsi", "name", "aliases", "flag", "type", "listed_at", "delisted_at")
    query = select(*(c[name] for name in names)).where(c.delisted_at.is_(None) | (c.delisted_at > c.listed_at))
    rows = connection.execute(query.order_by(c.list_name, c.entry_key, c.listed_at, c.entry_id))
    return [
        Listed(of, key, imo or 0, mmsi or 0, name or "", tuple(aliases), flag or "", kind or "", begin, end)
        for of, key, imo, mmsi, name, aliases, flag, kind, begin, end in rows
    ]


def read_listings(connection: Connection) -> Listings:
    """Return what the lists say, as the rules ask for it."""
    listed = read_listed(connection)
    rows = _merged([one for one in listed if one.imo or one.mmsi])
    columns = ["imo", "mmsi", "name", "listed_at", "delisted_at", "list_name"]
    entries = pd.DataFrame(rows, columns=columns, dtype=object)
    return Listings(entries, frozenset(list_names(connection)), Watch(listed))


def _merged(listed: Iterable[Listed]) -> list[list[Any]]:
    """Return a row for each time of a ship on a list, also when its entry was reworded meanwhile."""
    out: list[list[Any]] = []
    before: Listed | None = None
    for one in listed:
        if before and before.delisted_at == one.listed_at and _ship(before) == _ship(one):
            out[-1][1:3], out[-1][4] = [one.mmsi, one.name], one.delisted_at
        else:
            out.append([one.imo, one.mmsi, one.name, one.listed_at, one.delisted_at, one.list_name])
        before = one
    return out


def _ship(one: Listed) -> tuple[Any, ...]:
    return one.list_name, one.key, one.imo or one.mmsi
