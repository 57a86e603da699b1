"""Bringing a version of a watchlist into the database: in its place in time, once, and never when it has shrunk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from watch.errors import ConfigError, InputError
from watch.lease import holding
from watch.rules.vessel_lists import is_list_name
from watch.store.runs import note_health_daily
from watch.store.watchlists import (
    GOOD,
    REFUSED,
    Kept,
    add_version,
    mark_replaced,
    note_checked,
    read_kept,
    read_versions,
    replace_entries,
)
from watch.watchlists.entry import Entry, Reading, RowFault
from watch.watchlists.files import Files, read_files
from watch.watchlists.opensanctions import RISKS
from watch.watchlists.reading import AUTO, read_list
from watch.watchlists.versions import midnight, put_version, ships_lost, shrinks_too_much
from watch.wording import clean
from watch.workspace import Workspace

SHRINK_MOST = 0.1  # own: the longest cut of OFAC's list of ships in a year was 4 %
HEALTH_KIND = "watchlist"
_LEASE, _WAIT_S = "watchlists", 60.0
_FAULTS_KEPT = 20
_AHEAD = timedelta(days=2)  # own: lists are dated in their publisher's zone

#: The names that lists have from their form, where none is given.
NAMES = {
    "ofac-csv": "us-sdn",
    "ofac-advanced-xml": "us-sdn",
    "ofac-xml": "us-sdn",
    "opensanctions-maritime": "opensanctions",
    "opensanctions-simple": "opensanctions",
    "ftm-json": "opensanctions",
    "un-xml": "un-consolidated",
    "un-1718-csv": "un-1718",
}


@dataclass(frozen=True)
class Wanted:
    """How a file is to be brought in.

    Attributes
    ----------
    name
        Of the list; "" takes that of the form.
    form, risks
        As `reading.read_list` takes them.
    published_at
        The day of the version; None: as the file says, else the day of the import.
    shrink_most
        The share of ships that may be gone, from 0 to 1.
    fetched
        Whether the publisher serves the file today, so that it holds today whatever was known before.
    """

    name: str = ""
    form: str = AUTO
    risks: Collection[str] = RISKS
    published_at: date | None = None
    shrink_most: float = SHRINK_MOST
    fetched: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    status
        `good`, `refused`, or `known` where the file was in already and nothing changed.
    ships, added, gone
        Ships in the version, and those that the version before it lacks, or has and this one lacks.
    reason
        Why it was refused, or what was known.
    """

    name: str
    status: str
    format: str
    published_at: datetime
    ships: int
    added: int
    gone: int
    faults: tuple[RowFault, ...]
    others: int
    reason: str = ""


def import_list(ws: Workspace, path: Path, wanted: Wanted, at: datetime) -> Imported:
    """Bring a version of a list into the database and return what came of it; a refused one is noted there too.

    Parameters
    ----------
    ws
        The workspace.
    path
        A file, or a folder or zip with OFAC's tables.
    wanted
        How.
    at
        The time of this run.

    Raises
    ------
    InputError
        It cannot be read, or holds no ship; that is noted for a list that has a name.
    ConfigError
        The name cannot be one, or none is given and the form has none.
    """
    if wanted.name and not is_list_name(wanted.name):
        raise ConfigError(f"{wanted.name!r} is no name of a list: use small letters, digits and '-'")
    try:
        files = read_files(path)
        reading = read_list(path.name, files, wanted.form, wanted.risks)
    except InputError as error:
        _note_unreadable(ws, path, wanted, str(error), at)
        raise
    version = _Version(path, wanted, reading, _digest(files, wanted), at)
    with holding(ws.engine, _LEASE, wait_s=_WAIT_S), ws.engine.begin() as conn:
        done = version.bring_in(conn)
    vars(ws).pop("rules", None)  # they are read with the lists
    return done


class _Version:
    """A file on its way into the database."""

    def __init__(self, path: Path, wanted: Wanted, reading: Reading, sha256: str, at: datetime) -> None:
        self.path, self.wanted, self.reading, self.sha256, self.at = path, wanted, reading, sha256, at
        self.name = wanted.name or NAMES.get(reading.format, "") or _stem(path)
        if not self.name:
            raise ConfigError(f"say --name: a list in the form {reading.format} may be any")
        day = wanted.published_at or reading.published_at or at.astimezone(UTC).date()
        self.published_at = midnight(day)
        if self.published_at > at + _AHEAD:
            raise ConfigError(f"{path.name}: is dated {day}, which is yet to come; say --published with the right day")

    def bring_in(self, conn: Connection) -> Imported:
        versions = [v for v in read_versions(conn, self.name) if v["status"] == GOOD]
        known = self._known(conn, versions)
        kept = read_kept(conn, self.name)
        if known:
            return self._told("known", 0, 0, known)
        place, replaces = sum(day < self.published_at for day in kept.published), self.published_at in kept.published
        before = _entries_at(kept, place - 1)
        for older in [before, *([_entries_at(kept, place)] if replaces else [])]:
            if reason := shrinks_too_much(older, self.reading.entries, self.wanted.shrink_most):
                return self._refuse(conn, f"{reason}; nobody was delisted by it")
        runs = put_version(kept.runs, place, self.reading.entries, replaces=replaces)
        mark_replaced(conn, self.name, self.published_at)
        self._add(conn, GOOD, None)
        published = sorted({*kept.published, self.published_at})
        replace_entries(conn, self.name, Kept(published, runs))
        _, gone = ships_lost(before, self.reading.entries)
        _, added = ships_lost(self.reading.entries, before)
        return self._told(GOOD, added, gone)

    def _known(self, conn: Connection, versions: list[dict[str, Any]]) -> str:
        """Return why the file changes nothing, as a sentence; "" when it is news."""
        same = [v for v in versions if v["sha256"] == self.sha256]
        newest = versions[-1] if versions else None
        if newest in same and self.wanted.fetched:
            note_checked(conn, newest["version_id"], self.at)
            return f"unchanged since {newest['published_at']:%Y-%m-%d}"
        dated = self.wanted.published_at or self.reading.published_at or self.wanted.fetched
        found = [v for v in same if not dated or v["published_at"] == self.published_at]
        return f"is in already, as the version of {found[0]['published_at']:%Y-%m-%d}" if found else ""

    def _refuse(self, conn: Connection, reason: str) -> Imported:
        self._add(conn, REFUSED, reason)
        note_fault(conn, not_updated(self.name, f"{self.path.name} {reason}"), self.at)
        return self._told(REFUSED, 0, 0, f"{self.path.name} {reason}")

    def _add(self, conn: Connection, status: str, message: str | None) -> None:
        faults = [str(fault) for fault in self.reading.faults]
        row = {
            "list_name": self.name,
            "published_at": self.published_at,
            "imported_at": self.at,
            "file": self.path.name,
            "format": self.reading.format,
            "sha256": self.sha256,
            "entries": len(self.reading.entries),
            "status": status,
            "details": {"faults": len(faults), "first_faults": faults[:_FAULTS_KEPT], "others": self.reading.others},
            "message": message,
        }
        add_version(conn, row)

    def _told(self, status: str, added: int, gone: int, reason: str = "") -> Imported:
        reading = self.reading
        numbers = len({entry.ship for entry in reading.entries}), added, gone
        return Imported(
            self.name,
            status,
            reading.format,
            self.published_at,
            *numbers,
            reading.faults,
            reading.others,
            reason,
        )


def _note_unreadable(ws: Workspace, path: Path, wanted: Wanted, reason: str, at: datetime) -> None:
    """Keep a file that could not be read as a refused version of its list."""
    if not wanted.name:
        return
    row = {
        "list_name": wanted.name,
        "published_at": midnight(wanted.published_at or at.astimezone(UTC).date()),
        "imported_at": at,
        "file": path.name,
        "format": wanted.form,
        "sha256": "",
        "entries": 0,
        "status": REFUSED,
        "details": {},
        "message": reason,
    }
    with ws.engine.begin() as conn:
        add_version(conn, row)
        note_fault(conn, not_updated(wanted.name, reason), at)


def not_updated(name: str, reason: str) -> str:
    """Return as a sentence that a list stays as it was."""
    return f"the watchlist {name} was not updated: {clean(reason)}"


def note_fault(conn: Connection, message: str, at: datetime) -> None:
    """Note a fault of a list as health, once a day as long as it is the same."""
    note_health_daily(conn, HEALTH_KIND, message, at=at)


def _digest(files: Files, wanted: Wanted) -> str:
    """Return SHA-256 of all that a version follows from: the files, and which of their ships are wanted."""
    digest = hashlib.sha256(repr((wanted.form, sorted(wanted.risks))).encode())
    for name in sorted(files):
        digest.update(hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def _entries_at(kept: Kept, place: int) -> list[Entry]:
    return [run.entry for run in kept.runs if run.first <= place < run.last]


def _stem(path: Path) -> str:
    return path.stem if is_list_name(path.stem) else ""
