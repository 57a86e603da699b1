"""The events of all vessels, laid out so that a pattern is one vectorised question.

An encounter stands twice, once for each ship; rows are in the order in which a timeline is read (start,
event, ship).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS
from watch.rules.conditions import Condition, parse_condition
from watch.rules.fields import COLUMNS, NUMBER, field_of
from watch.rules.model import Pattern, ZoneFilter
from watch.rules.zones import Zone, ZoneOf, zone_fits

#: A call of confidence 1 only passed the port by; it counts only when a rule asks for it.
PORT_VISIT_CONFIDENCE = parse_condition("confidence", NUMBER, ">=2")
_SWAPPED = tuple(c.removeprefix("other_") for c in ATTRIBUTED_COLUMNS if c.startswith("other_"))
_WHOLE_NUMBERS = ("mmsi", "imo", "ship_type", "other_mmsi", "other_imo")
_MOMENTS = ("start_at", "end_at")
_NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class ZonesOf:
    """Which zones each row lies in: parallel arrays of row and zone number, and where each row begins."""

    rows: np.ndarray
    codes: np.ndarray
    zones: tuple[Zone | None, ...]
    starts: np.ndarray


@dataclass(frozen=True)
class RowsByVessel:
    """Rows split by vessel number."""

    rows: np.ndarray
    starts: np.ndarray

    def of(self, vessel: int) -> np.ndarray:
        """Return the rows of one vessel, in order."""
        return self.rows[self.starts[vessel] : self.starts[vessel + 1]]


class EventTable:
    """All events to be matched; made once, asked by every rule."""

    def __init__(self, events: pd.DataFrame, zone_of: ZoneOf) -> None:
        self._frame = _timeline_rows(events)
        frame = self._frame
        self.start_us = pd.DatetimeIndex(frame["start_at"]).as_unit("us").asi8
        self.vessels, names = pd.factorize(frame["vessel_id"])
        self.vessel_ids: tuple[str, ...] = tuple(names)
        self.event_codes = pd.factorize(frame["event_id"])[0]
        kinds = frame["kind"].to_numpy(object)
        self._of_kind = {str(kind): np.flatnonzero(kinds == kind) for kind in pd.unique(kinds)}
        self._details = frame["details"].to_numpy(object)
        self._zones = _zones_of(frame, zone_of)

    def __len__(self) -> int:
        return len(self._frame)

    def of_kind(self, kind: str) -> np.ndarray:
        """Return the rows of one kind, in order."""
        return self._of_kind.get(kind, _NO_ROWS)

    def event(self, row: int) -> dict[str, Any]:
        """Return one event as plain values, None where nothing is known."""
        return {str(name): _plain(value) for name, value in self._frame.iloc[row].to_dict().items()}

    def values(self, name: str, rows: np.ndarray) -> list[Any]:
        """Return the field `name` of some rows, None where an event has none."""
        if name in COLUMNS:
            return list(self._frame[name].to_numpy(object)[rows])
        return [details.get(name) for details in self._details[rows]]

    def fitting(self, pattern: Pattern, keep: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the rows that fit `pattern`, among those `keep` lets through."""
        found = [self._fitting_kind(kind, pattern, keep) for kind in dict.fromkeys(pattern.event)]
        return np.sort(np.concatenate(found)) if found else _NO_ROWS

    def _fitting_kind(self, kind: str, pattern: Pattern, keep: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        rows = keep(self.of_kind(kind))
        if pattern.zone is not None:
            rows = rows[np.isin(rows, self._rows_in(pattern.zone))]
        conditions = compile_where(pattern.where)
        if kind == "port_visit" and "confidence" not in pattern.where:
            conditions = [*conditions, PORT_VISIT_CONFIDENCE]
        return self.holding(conditions, rows)

    def holding(self, conditions: list[Condition], rows: np.ndarray) -> np.ndarray:
        """Return those of `rows` for which every condition holds."""
        for condition in conditions:
            if len(rows):
                rows = rows[condition.holds(self.values(condition.field, rows))]
        return rows

    def gap_h(self, row: int) -> float:
        """Return the length of a gap so far, 0 for any other event."""
        is_gap = self._frame["kind"].iat[row] == "gap"
        return float(self._details[row].get("duration_h") or 0.0) if is_gap else 0.0

    def by_vessel(self, rows: np.ndarray) -> RowsByVessel:
        """Return `rows` split by vessel, each part in order."""
        vessels = self.vessels[rows]
        order = np.argsort(vessels, kind="stable")
        starts = np.searchsorted(vessels[order], np.arange(len(self.vessel_ids) + 1))
        return RowsByVessel(rows[order], starts)

    def _rows_in(self, wanted: ZoneFilter) -> np.ndarray:
        fits = np.array([z is not None and zone_fits(z, wanted) for z in self._zones.zones], dtype=bool)
        if not fits.any():
            return _NO_ROWS
        return np.unique(self._zones.rows[fits[self._zones.codes]])

    def zone(self, row: int, wanted: ZoneFilter | None) -> Zone | None:
        """Return the first zone of a row that the filter means; its first known zone without a filter."""
        low, high = self._zones.starts[row], self._zones.starts[row + 1]
        zones = [self._zones.zones[code] for code in self._zones.codes[low:high]]
        return next((z for z in zones if z is not None and (wanted is None or zone_fits(z, wanted))), None)


def compile_where(where: Mapping[str, object]) -> list[Condition]:
    """Return the conditions of a `where` block whose fields are known."""
    return [parse_condition(name, spec, raw) for name, raw in where.items() if (spec := field_of(name))]


def _timeline_rows(events: pd.DataFrame) -> pd.DataFrame:
    frame = events.reindex(columns=list(ATTRIBUTED_COLUMNS))
    for name in _MOMENTS:
        frame[name] = pd.to_datetime(frame[name], utc=True)
    frame = frame.astype({name: object for name in ATTRIBUTED_COLUMNS if name not in _MOMENTS})
    pairs = frame[(frame["kind"] == "encounter") & frame["other_mmsi"].notna()]
    both = pd.concat([frame, _mirrored(pairs)], ignore_index=True) if len(pairs) else frame
    for name in _WHOLE_NUMBERS:
        both[name] = pd.to_numeric(both[name], errors="coerce").astype("Int64").astype(object)
    both["vessel_id"] = both["vessel_id"].where(both["vessel_id"].notna(), "mmsi:" + both["mmsi"].astype(str))
    both["details"] = both["details"].map(lambda d: d if isinstance(d, dict) else {})
    return both.sort_values(["start_at", "event_id", "mmsi"], ignore_index=True)


def _mirrored(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return each meeting as the other ship saw it; what is known of one side only moves with its side."""
    swap = {name: f"other_{name}" for name in _SWAPPED}
    seen = pairs.rename(columns={**swap, **{other: own for own, other in swap.items()}})
    seen["ship_type"] = None
    seen["details"] = pairs["details"].map(_mirrored_details)
    return seen[list(pairs.columns)]


def _mirrored_details(details: object) -> dict[str, Any]:
    known = details if isinstance(details, dict) else {}
    own = {f"other_{name}": value for name, value in known.items() if name.startswith("draught_")}
    partner = {n.removeprefix("other_"): v for n, v in known.items() if n.startswith("other_draught_")}
    rest = {n: v for n, v in known.items() if not n.startswith(("draught_", "other_draught_"))}
    return {**rest, **own, **partner}


def _zones_of(frame: pd.DataFrame, zone_of: ZoneOf) -> ZonesOf:
    lists = [
        _zone_list(kind, own, details)
        for kind, own, details in zip(frame["kind"], frame["zone_id"], frame["details"], strict=True)
    ]
    counts = np.fromiter((len(ids) for ids in lists), dtype=np.int64, count=len(lists))
    starts = np.concatenate([[0], np.cumsum(counts)])
    flat = pd.Series([zone_id for ids in lists for zone_id in ids], dtype=object)
    codes, names = pd.factorize(flat)
    rows = np.repeat(np.arange(len(lists)), counts)
    return ZonesOf(rows, codes, tuple(zone_of(str(name)) for name in names), starts)


def _zone_list(kind: str, own: object, details: Mapping[str, Any]) -> list[str]:
    """Return the zones an event may be asked for: a visit of a zone is about that zone only."""
    first = [own] if isinstance(own, str) else []
    if kind == "zone_visit":
        return first
    return list(dict.fromkeys([*first, *(details.get("zone_ids") or ())]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return value
    return None if pd.isna(value) else value
