"""What ships declared, hull by hull, as arrays: where a known value changed, and how often it went back and forth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.attribution import Shared, hulls
from watch.detect.events import make_events
from watch.detect.tracks import NEVER, as_us
from watch.geodesy import H_US, Bools, Ints
from watch.identity import imo_is_valid
from watch.mids import is_ship
from watch.runs import changes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Declared:
    """Identities sorted by hull and time.

    Attributes
    ----------
    table
        The rows, columns `identity.IDENTITY_STATE`.
    hull
        One number a hull as far as the radio tells: the radio's, and its segment where several hulls share it.
    at_us
        When it was declared, microseconds since 1970.
    radios
        Those that are shared by several hulls, with the segments of each.
    """

    table: pd.DataFrame
    hull: Ints
    at_us: Ints
    radios: Shared

    def __len__(self) -> int:
        return len(self.hull)

    @cached_property
    def mmsi(self) -> Ints:
        """The radio's number of each row."""
        return self.table["mmsi"].to_numpy(dtype=np.int64)

    @cached_property
    def shared(self) -> Bools:
        """Whether the radio of each row is shared by several hulls."""
        return np.isin(self.mmsi, np.array([*self.radios], dtype=np.int64))

    @cached_property
    def first_row(self) -> Ints:
        """The first row of the hull of each row."""
        return np.searchsorted(self.hull, self.hull)

    @cached_property
    def imo(self) -> Ints:
        """The IMO number that stands for a hull, 0 where none or no valid one is declared."""
        number = self.table["imo"].fillna(0).to_numpy(dtype=np.int64)
        return np.where(imo_is_valid(self.table["imo"]), number, 0)

    @cached_property
    def successions(self) -> tuple[Ints, Ints]:
        """For each row where a radio takes up a valid IMO number that another declared last, that one's row and it."""
        rows = np.flatnonzero((self.imo > 0) & is_ship(self.mmsi))
        imo, hull = self.imo[rows], self.hull[rows]
        takes_up = changes(hull, imo)
        order = np.lexsort((rows, self.at_us[rows], imo))
        before, after = order[:-1], order[1:]
        other = self.mmsi[rows[before]] != self.mmsi[rows[after]]
        kept = (imo[before] == imo[after]) & other & takes_up[after]
        return rows[before[kept]], rows[after[kept]]

    def values(self, name: str) -> NDArray[np.object_]:
        """Return a column as Python objects."""
        return np.asarray(self.table[name].to_numpy(dtype=object))


def declared_by_hull(identities: pd.DataFrame, shared: Shared) -> Declared:
    """Return the identities by hull and time; `shared` as `attribution.shared_radios` gives it."""
    mmsi, seg = (identities[name].to_numpy(dtype=np.int64) for name in ("mmsi", "seg"))
    hull = hulls(identities["mmsi"], seg, shared)
    at_us = as_us(identities["seen_at"])
    order = np.lexsort((seg, mmsi, at_us, hull))
    sorted_already = bool((order[1:] > order[:-1]).all())
    table = identities if sorted_already else identities.iloc[order]
    return Declared(table.reset_index(drop=True), hull[order], at_us[order], shared)


def us_of(at: pd.Series[Any]) -> Ints:
    """Return moments as microseconds since 1970; a missing one is `NEVER`: it has not come yet."""
    return np.where(at.isna().to_numpy(), NEVER, as_us(at))


def iso(at_us: int) -> str:
    """Return a moment as the details of events tell it."""
    return (_EPOCH + timedelta(microseconds=int(at_us))).isoformat()


def codes_of(column: pd.Series[Any], key: Callable[[Any], Any]) -> Ints:
    """Return a number for each value, the same for values with the same key; -1 where it is missing or its key None."""
    codes, values = pd.factorize(column)
    keys = pd.factorize(np.array([*map(key, values), None], dtype=object))[0][:-1]
    return np.append(keys, -1)[codes].astype(np.int64)


def steps(declared: Declared, codes: Ints) -> tuple[Ints, Ints]:
    """Return the rows before and after each change of a hull's known value; a missing one is no value."""
    rows = np.flatnonzero(codes >= 0)
    same = declared.hull[rows[1:]] == declared.hull[rows[:-1]]
    at = np.flatnonzero(same & (codes[rows[1:]] != codes[rows[:-1]]))
    return rows[at], rows[at + 1]


def last_known(declared: Declared, codes: Ints) -> Ints:
    """Return for each row the hull's last row, itself included, with a known value; -1 where there is none."""
    known = np.maximum.accumulate(np.where(codes >= 0, np.arange(len(codes)), -1)) if len(codes) else codes
    return np.where(known >= declared.first_row, known, -1)


def steps_between_radios(declared: Declared, codes: Ints) -> tuple[Ints, Ints]:
    """Return the rows before and after each change of a hull's value that came with a radio's first declaration."""
    before, after = declared.successions
    known = last_known(declared, codes)[before]
    kept = (declared.first_row[after] == after) & (known >= 0) & (codes[after] >= 0)
    before, after = known[kept], after[kept]
    changed = codes[before] != codes[after]
    return before[changed], after[changed]


@dataclass(frozen=True)
class Told:
    """Changes that are told: rows before and after, how often they went back and forth, and until when."""

    before: Ints
    after: Ints
    times: list[int]
    until_us: list[int]

    def __len__(self) -> int:
        return len(self.times)

    def repeats(self, i: int) -> dict[str, Any]:
        """Return how often a change was seen, for the details of its event."""
        more = {"until_at": iso(self.until_us[i])} if self.times[i] > 1 else {}
        return {"times": self.times[i], **more}


def tell(declared: Declared, codes: Ints, pairs: Sequence[tuple[Ints, Ints]], within_h: float) -> Told:
    """Return the changes, those back and forth between the same two values as one.

    A change joins the one before it of the same hull and pair of values when that is at most `within_h` hours old.
    """
    before, after = (np.concatenate(part) for part in zip(*pairs, strict=True))
    lo, hi = np.minimum(codes[before], codes[after]), np.maximum(codes[before], codes[after])
    hull, at_us = declared.hull[after], declared.at_us[after]
    order = np.lexsort((after, at_us, hi, lo, hull))
    new = changes(hull[order], lo[order], hi[order])
    new[1:] |= np.diff(at_us[order]) > within_h * H_US
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(order))[: len(starts)]
    first, last = order[starts], order[ends - 1]
    return Told(before[first], after[first], (ends - starts).tolist(), at_us[last].tolist())


def change_events(
    kind: str, declared: Declared, rows: Ints, details: list[dict[str, Any]], other_mmsi: Ints | None = None
) -> pd.DataFrame:
    """Return events of a moment, each at one row of what was declared."""
    table = declared.table
    at = {name: table[name].to_numpy()[rows] for name in ("lat", "lon")} | {"at_us": declared.at_us[rows]}
    words = ("sub_kind", "before", "after")
    apart = ["|".join(str(d.get(word)) for word in words) for d in details]
    return make_events(
        kind,
        mmsi=declared.mmsi[rows],
        seg=table["seg"].to_numpy(dtype=np.int64)[rows],
        start=at,
        end=at,
        details=details,
        other_mmsi=other_mmsi,
        tell_apart=apart,
    )
