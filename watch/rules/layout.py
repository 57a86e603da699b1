"""Events as timelines: which rows there are, in which order, and what each column of them holds.

A meeting stands twice, once for each ship; rows are in the order in which a timeline is read (start, event,
ship). Columns are made when they are first asked for, so that rules pay only for what they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from watch.columns import ATTRIBUTED_COLUMNS
from watch.geodesy import Bools, Floats, Ints

#: Kinds of event that two ships share.
MEETINGS = frozenset({"encounter", "possible_encounter"})
WHOLE_NUMBERS = frozenset({"mmsi", "imo", "ship_type", "other_mmsi", "other_imo"})
_NUMBERS = WHOLE_NUMBERS | {"length_m", "other_length_m", "start_lat", "start_lon", "end_lat", "end_lon"}
_PAIRED = frozenset(c.removeprefix("other_") for c in ATTRIBUTED_COLUMNS if c.startswith("other_"))
_MOMENTS = ("start_at", "end_at")
_ONE_SIDED = ("draught_",)
_ORDER = [(name, "ascending") for name in ("start", "event", "mmsi")]


class Layout:
    """The rows of all timelines over a table of events, each event once.

    Attributes
    ----------
    source
        Which event each row tells.
    mirrored
        Whether the row tells it as the other ship saw it.
    start_us
        When it began, microseconds since 1970.
    """

    def __init__(self, events: pd.DataFrame) -> None:
        self._frame = events.reindex(columns=list(ATTRIBUTED_COLUMNS)).reset_index(drop=True)
        self._moments = {m: pd.DatetimeIndex(pd.to_datetime(self._frame[m], utc=True)).as_unit("us") for m in _MOMENTS}
        self._made: dict[str, np.ndarray] = {}
        begun_us = self._moments["start_at"].asi8
        paired = self._frame["kind"].isin(MEETINGS) & self._frame["other_mmsi"].notna()
        source = np.concatenate([np.arange(len(self._frame)), np.flatnonzero(paired)])
        mirrored = np.arange(len(source)) >= len(self._frame)
        mmsi = np.where(mirrored, self._numbers("other_mmsi")[source], self._numbers("mmsi")[source])
        ids = pa.array(self._frame["event_id"].astype(str).to_numpy(object), pa.string())
        keys = {"start": begun_us[source], "event": ids.take(pa.array(source)), "mmsi": mmsi}
        order = pc.sort_indices(pa.table(keys), sort_keys=_ORDER).to_numpy()
        order = order[~_told_before({**keys, "mirrored": mirrored}, order)]
        self.source: Ints = source[order]
        self.mirrored = mirrored[order]
        self.start_us: Ints = begun_us[self.source]

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def end_us(self) -> Ints:
        """When each row's event ended; the largest number while it is not over."""
        ended = self._moments["end_at"]
        own = np.where(ended.notna(), ended.asi8, np.iinfo(np.int64).max)
        return np.asarray(own[self.source])

    @cached_property
    def details(self) -> np.ndarray:
        """The details of each event (not row), as dictionaries."""
        return np.fromiter((d if isinstance(d, dict) else {} for d in self._frame["details"]), dtype=object)

    @cached_property
    def event_kinds(self) -> np.ndarray:
        """The kind of each event (not row)."""
        return self._objects("kind")

    @cached_property
    def event_zones(self) -> np.ndarray:
        """The own zone of each event (not row), None where it has none."""
        return self._objects("zone_id")

    @cached_property
    def kinds(self) -> np.ndarray:
        """The kind of each row."""
        return self.event_kinds[self.source]

    @cached_property
    def vessel_ids(self) -> np.ndarray:
        """The vessel of each row; one that is not resolved goes by its radio."""
        ids = self._swapped("vessel_id", self._objects)
        for row in np.flatnonzero(pd.isna(ids)):
            ids[row] = f"mmsi:{self.column('mmsi')[row]:.0f}"
        return ids

    @cached_property
    def twin(self) -> Ints:
        """For each row that of the same meeting on the other ship's timeline; -1 where there is none."""
        twin = np.full(len(self), -1)
        order = np.argsort(self.source, kind="stable")
        same = np.flatnonzero(np.diff(self.source[order]) == 0)
        twin[order[same]], twin[order[same + 1]] = order[same + 1], order[same]
        return twin

    def column(self, name: str) -> np.ndarray:
        """Return a column by row: numbers with NaN, or objects with None, where nothing is known."""
        if name not in self._made:
            kind = self._numbers if name in _NUMBERS else self._objects
            self._made[name] = self._swapped(name, kind)
        return self._made[name]

    def detail(self, name: str, rows: Ints) -> list[Any]:
        """Return a field out of the details of some rows, each as the row's own ship saw it."""
        events, other = self.source[rows], mirrored_name(name)
        found = [d.get(name) for d in self.details[events]]
        if other != name:
            for i in np.flatnonzero(self.mirrored[rows]):
                found[i] = self.details[events[i]].get(other)
        return found

    def event(self, row: int) -> dict[str, Any]:
        """Return one row as plain values, None where nothing is known."""
        values = {name: self._value(name, row) for name in ATTRIBUTED_COLUMNS if name != "details"}
        details = self.details[self.source[row]]
        return {
            **values,
            "vessel_id": self.vessel_ids[row],
            "details": _mirrored_details(details) if self.mirrored[row] else details,
        }

    def _value(self, name: str, row: int) -> Any:
        if name in _MOMENTS:
            moment = self._moments[name][self.source[row]]
            return None if pd.isna(moment) else moment
        value = self.column(name)[row]
        if pd.isna(value):
            return None
        return int(value) if name in WHOLE_NUMBERS else value

    def _swapped(self, name: str, values_of: Any) -> np.ndarray:
        """Return a column by row; a mirrored row takes the other ship's side of it."""
        own = values_of(name)[self.source]
        other = _other_side(name)
        if other != name and self.mirrored.any():
            own[self.mirrored] = values_of(other)[self.source[self.mirrored]] if other else _missing(own)
        return np.asarray(own)

    def _numbers(self, name: str) -> Floats:
        return pd.to_numeric(self._frame[name], errors="coerce").to_numpy(float, na_value=np.nan)

    def _objects(self, name: str) -> np.ndarray:
        column = self._frame[name].astype(object)
        return column.where(column.notna(), None).to_numpy(object)


def _told_before(keys: Mapping[str, Any], order: Ints) -> Bools:
    """Return which rows, in this order, are the same as the one before in all keys."""
    told_before = np.ones(len(order), dtype=bool)
    told_before[:1] = False
    for values in keys.values():
        column = pa.array(values).take(pa.array(order))
        same = pc.fill_null(pc.equal(column[1:], column[:-1]), False)
        told_before[1:] &= same.to_numpy(zero_copy_only=False)
    return told_before


def mirrored_name(name: str) -> str:
    """Return under which name the other ship's side of a field stands in the details.

    Examples
    --------
    >>> mirrored_name("draught_change_m"), mirrored_name("other_draught_change_m"), mirrored_name("duration_h")
    ('other_draught_change_m', 'draught_change_m', 'duration_h')
    """
    if name.startswith(_ONE_SIDED):
        return f"other_{name}"
    own = name.removeprefix("other_")
    return own if own != name and own.startswith(_ONE_SIDED) else name


def _mirrored_details(details: Mapping[str, Any]) -> dict[str, Any]:
    return {mirrored_name(name): value for name, value in details.items()}


def _other_side(name: str) -> str:
    """Return the column of the other ship; nothing when the event does not tell it."""
    if name.startswith("other_"):
        return name.removeprefix("other_")
    if name in _PAIRED:
        return f"other_{name}"
    return "" if name == "ship_type" else name


def _missing(values: np.ndarray) -> Any:
    return np.nan if values.dtype.kind == "f" else None
