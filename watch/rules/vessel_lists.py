"""Vessel lists: CSV files of ships by name of the list, asked for the day of an event.

A list is a file `lists/<name>.csv` with the columns `list_rows.COLUMNS`; a ship stands on it from `listed_at` until
before `delisted_at` (days, UTC; empty: still listed).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File

import numpy as np
import pandas as pd

from watch.errors import Fault
from watch.geodesy import Ints
from watch.paths import bundled
from watch.rules.conditions import ANY, NONE
from watch.rules.findings import file_fault
from watch.rules.list_rows import row_faults, rows_of
from watch.rules.yamlfile import YamlError, read_bytes
from watch.watchlists.matching import Found, Ship, Watch

FOLDER = "lists"
MAX_BYTES = 32 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: Columns of `VesselLists.entries` and their types.
ENTRY_TYPES = {
    "imo": "int64",
    "mmsi": "int64",
    "name": "object",
    "listed_at": "datetime64[us, UTC]",
    "delisted_at": "datetime64[us, UTC]",
    "list_name": "object",
}
_STILL = np.iinfo(np.int64).max
_NAME_MAX = 60


@dataclass(frozen=True, eq=False)
class VesselLists:
    """All vessel lists.

    Attributes
    ----------
    entries
        A row for each ship and list: `imo`, `mmsi` (0 where not known), `name`, `listed_at`, `delisted_at` (NaT while
        listed), `list_name`.
    names
        The lists there are, also those without a ship.
    faults
        What is wrong in the files; the rows it concerns are left out.
    broken
        The lists that could not be read to their end, or hold no ship: who is on them is not known, and nobody is
        delisted by them.
    watch
        The entries of imported watchlists, which are searched by name too.
    """

    entries: pd.DataFrame = field(default_factory=lambda: _entries([]))
    names: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    broken: frozenset[str] = frozenset()
    watch: Watch = field(default_factory=lambda: Watch(()))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all lists; another one means that they have changed."""
        text = self.entries.to_csv(index=False) + "\n".join(sorted(self.names))
        named = "\n".join(map(repr, self.watch.entries))
        return hashlib.sha256(f"{text}{named}".encode()).hexdigest()

    def lists_on(self, imo: np.ndarray, mmsi: np.ndarray, at_us: Ints) -> np.ndarray:
        """Return for each ship and moment the names of the lists on which it stood then, as tuples, sorted.

        Parameters
        ----------
        imo, mmsi
            Numbers of each ship; NaN or 0 where not known.
        at_us
            Moments, microseconds since 1970 UTC.

        Notes
        -----
        An entry with an IMO number is found by that alone, since MMSIs pass from ship to ship; one without by MMSI.

        Examples
        --------
        >>> VesselLists().lists_on(np.array([9074729.0]), np.array([np.nan]), np.array([0])).tolist()
        [()]
        """
        result = np.empty(len(at_us), dtype=object)
        result[:] = [()] * len(at_us)
        hits = [self._hits(column, numbers, at_us) for column, numbers in (("imo", imo), ("mmsi", mmsi))]
        found = pd.concat(hits).drop_duplicates().sort_values(["row", "list_name"])
        rows, starts = np.unique(found["row"].to_numpy(np.int64), return_index=True)
        for row, names in zip(rows, np.split(found["list_name"].to_numpy(object), starts[1:]), strict=False):
            result[row] = tuple(names)
        return result

    def listed_after(self, imo: int | None, mmsi: int | None, at: pd.Timestamp) -> dict[str, pd.Timestamp]:
        """Return the lists on which a ship did not stand at a moment and came later, each with its first day then.

        Parameters
        ----------
        imo, mmsi
            Its numbers; None or 0 where not known. They are looked up as in `lists_on`.
        at
            The moment.

        Examples
        --------
        >>> VesselLists().listed_after(9074729, None, pd.Timestamp("2020-05-03", tz="UTC"))
        {}
        """
        at_us = at.value // 1000
        rows = [row for column, number in (("imo", imo), ("mmsi", mmsi)) if number for row in self._of(column, number)]
        stood = {name for begin_us, end_us, name in rows if begin_us <= at_us < end_us}
        later = sorted({(begin_us, name) for begin_us, _, name in rows if begin_us > at_us and name not in stood})
        return {name: pd.Timestamp(begin_us, unit="us", tz="UTC") for begin_us, name in reversed(later)}

    def resembling(self, ship: Ship, at: pd.Timestamp) -> list[Found]:
        """Return the entries of imported lists that a ship's name is like at a moment; none confirms who she is.

        Examples
        --------
        >>> VesselLists().resembling(Ship(name="SYNTH ONE"), pd.Timestamp("2020-05-03", tz="UTC"))
        []
        """
        moment = at.to_pydatetime()
        return [found for found in self.watch.like(ship) if found.entry.stands(moment)] if ship.name else []

    def _of(self, column: str, wanted: int) -> Iterator[tuple[int, int, str]]:
        """Yield the entries found by one number: first moment, end, list."""
        number, begin_us, end_us, names = self._keyed[column]
        low, high = np.searchsorted(number, [wanted, wanted + 1])
        yield from zip(begin_us[low:high].tolist(), end_us[low:high].tolist(), names[low:high], strict=True)

    def _hits(self, column: str, numbers: np.ndarray, at_us: Ints) -> pd.DataFrame:
        """Return rows and lists of the ships that are found by one column."""
        number, begin_us, end_us, names = self._keyed[column]
        wanted = np.nan_to_num(np.asarray(numbers, dtype=float)).astype(np.int64)
        low, high = np.searchsorted(number, wanted, "left"), np.searchsorted(number, wanted, "right")
        count = np.where(wanted > 0, high - low, 0)
        row = np.repeat(np.arange(len(wanted)), count)
        entry = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + low[row]
        listed = (begin_us[entry] <= at_us[row]) & (at_us[row] < end_us[entry])
        return pd.DataFrame({"row": row[listed], "list_name": names[entry[listed]]})

    @cached_property
    def _keyed(self) -> dict[str, tuple[Ints, Ints, Ints, np.ndarray]]:
        """The entries that are found by each column, sorted by it: number, first moment, end, list."""
        by_imo = self.entries["imo"] > 0
        parts = {"imo": self.entries[by_imo], "mmsi": self.entries[~by_imo]}
        return {column: _sorted_by(part.sort_values(column), column) for column, part in parts.items()}


def _sorted_by(entries: pd.DataFrame, column: str) -> tuple[Ints, Ints, Ints, np.ndarray]:
    begin_us, end_us = (pd.DatetimeIndex(entries[c]).as_unit("us").asi8 for c in ("listed_at", "delisted_at"))
    still = entries["delisted_at"].isna().to_numpy()
    names = entries["list_name"].to_numpy(object)
    return entries[column].to_numpy(np.int64), begin_us, np.where(still, _STILL, end_us), names


def load_vessel_lists(folder: File | Iterable[File] | None = None) -> VesselLists:
    """Return the vessel lists of one folder of CSV files, or of several; a bad row never takes a good one with it.

    Parameters
    ----------
    folder
        Default: the lists that travel with Shipwatch.
    """
    folders = [folder or bundled("rules") / FOLDER] if folder is None or isinstance(folder, File) else list(folder)
    faults: list[Fault] = []
    rows: list[dict[str, object]] = []
    first: dict[str, str] = {}
    broken: set[str] = set()
    for file in (file for each in folders for file in sorted(each.glob("*.csv"))):
        label = str(file.relative_to(folders[0].parent.parent) if file.parent == folders[0] else file)
        if not is_list_name(file.stem):
            faults.append(file_fault(label, 0, "is no name of a list: use small letters, digits and '-'"))
        elif file.stem in first:
            faults.append(file_fault(label, 0, f"{first[file.stem]} is a list of the same name; rename one of them"))
        else:
            first[file.stem] = label
            good, wrong, whole = _read_list(file, label)
            rows += good
            faults += wrong
            broken |= set() if whole else {file.stem}
    return VesselLists(_entries(rows), frozenset(first), tuple(faults), frozenset(broken))


def is_list_name(name: str) -> bool:
    """Return whether a list may be called so.

    Examples
    --------
    >>> is_list_name("us-sdn"), is_list_name("any"), is_list_name("US SDN")
    (True, False, False)
    """
    return bool(_NAME.fullmatch(name)) and len(name) <= _NAME_MAX and name not in (ANY, NONE)


def _read_list(file: File, label: str) -> tuple[list[dict[str, object]], list[Fault], bool]:
    """Return the entries of a list, what is wrong in it, and whether it was read to its end and holds a ship."""
    good: list[dict[str, object]] = []
    faults: list[Fault] = []
    try:
        for line, cells in rows_of(_bytes(file)):
            wrong = [("", cells)] if isinstance(cells, str) else list(row_faults(cells))
            faults += [file_fault(label, line, reason, key) for key, reason in wrong]
            good += [] if wrong or isinstance(cells, str) else [_entry(cells, file.stem)]
    except YamlError as error:
        faults.append(file_fault(label, error.line, error.reason))
        return good, faults, False
    if not good:
        faults.append(file_fault(label, 0, "holds no ship that can be read; put its last good copy back, or remove it"))
    return good, faults, bool(good)


def _bytes(file: File) -> bytes:
    data = read_bytes(file, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise YamlError(0, f"is larger than {MAX_BYTES // 1024**2} MB")
    return data


def _entries(rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = {name: pd.Series([row[name] for row in rows], dtype=object) for name in ENTRY_TYPES}
    days = {name: pd.to_datetime(columns[name], utc=True, format="%Y-%m-%d") for name in ("listed_at", "delisted_at")}
    return pd.DataFrame({**columns, **days}).astype(ENTRY_TYPES)


def _entry(cells: dict[str, str], list_name: str) -> dict[str, object]:
    return {
        "imo": int(cells["imo"] or 0),
        "mmsi": int(cells["mmsi"] or 0),
        "name": cells["name"],
        "listed_at": cells["listed_at"],
        "delisted_at": cells["delisted_at"] or None,
        "list_name": list_name,
    }
