"""Vessel lists of both kinds as one: those of CSV files beside the rules, and imported watchlists of the same names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from watch.rules.vessel_lists import ENTRY_TYPES, VesselLists
from watch.watchlists.matching import Watch


@dataclass(frozen=True, eq=False)
class Listings:
    """What imported watchlists say.

    Attributes
    ----------
    entries
        Columns as `VesselLists.entries`.
    names
        The lists there are.
    watch
        All entries, also those without a number, to be searched by name.
    """

    entries: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ENTRY_TYPES)))
    names: frozenset[str] = frozenset()
    watch: Watch = field(default_factory=lambda: Watch(()))


def join_lists(files: VesselLists, imported: Listings) -> VesselLists:
    """Return the lists of files and the imported ones as one; a list that both have is asked in both.

    Notes
    -----
    A ship that a file has as still listed, and that the imported list of that name had and has no more, is delisted on
    the day of the latter. One that the imported list never had stays: the file may know her number and the list not.

    Examples
    --------
    >>> sorted(join_lists(VesselLists(), Listings(names=frozenset(["us-sdn"]))).names)
    ['us-sdn']
    """
    if not imported.names:
        return files
    ours, theirs = files.entries, _typed(imported.entries)
    both = pd.concat([_ended(ours, theirs), theirs], ignore_index=True).astype(ENTRY_TYPES)
    return replace(files, entries=both, names=files.names | imported.names, watch=imported.watch)


def _typed(entries: pd.DataFrame) -> pd.DataFrame:
    days = {name: pd.to_datetime(entries[name], utc=True) for name in ("listed_at", "delisted_at")}
    return entries.assign(**days).astype(ENTRY_TYPES)


def _ended(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return the entries of files with the ends that the imported lists know."""
    known = theirs.assign(ship=_ships(theirs)).groupby(["list_name", "ship"])["delisted_at"]
    ends = known.max()[known.count() == known.size()]  # none of their times is open
    keys = pd.MultiIndex.from_arrays([ours["list_name"], _ships(ours)])
    end_at = pd.Series(ends.reindex(keys).to_numpy(), index=ours.index)
    end_at = pd.to_datetime(end_at, utc=True)
    applies = ours["delisted_at"].isna() & (end_at > ours["listed_at"])
    return ours.assign(delisted_at=ours["delisted_at"].where(~applies, end_at))


def _ships(entries: pd.DataFrame) -> pd.Series:
    """Return which ship each entry means: her IMO number, or her MMSI, which has more digits."""
    return entries["imo"].where(entries["imo"] > 0, entries["mmsi"])
