"""The events of all vessels, laid out so that a pattern is one vectorised question.

What a condition or a zone filter means is worked out once for all rules that ask it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from watch.geodesy import Bools, Floats, Ints
from watch.rules.conditions import Condition, parse_condition
from watch.rules.daylight import is_night
from watch.rules.event_zones import EventZones
from watch.rules.fields import COLUMNS, NUMBER, field_of
from watch.rules.layout import Layout
from watch.rules.pattern import Choice, Had, Pattern, ZoneFilter
from watch.rules.zones import Zone, ZoneOf, zone_fits
from watch.watchlists.matching import Found, Ship

#: A call of confidence 1 only passed the port by; it counts only when a rule asks for it.
PORT_VISIT_CONFIDENCE = parse_condition("confidence", NUMBER, ">=2")
_NUMBER_TYPES = (int, float, np.number)
_NO_ROWS = np.empty(0, dtype=np.int64)
_LISTS = {"lists": ("imo", "mmsi"), "other_lists": ("other_imo", "other_mmsi")}


class Lists(Protocol):
    """What the matcher needs of the vessel lists."""

    @property
    def digest(self) -> str:
        """A digest of all that they say."""

    def lists_on(self, imo: np.ndarray, mmsi: np.ndarray, at_us: Ints) -> np.ndarray:
        """Return for each ship and moment the names of the lists on which it stood, as tuples."""

    def listed_after(self, imo: int | None, mmsi: int | None, at: pd.Timestamp) -> dict[str, pd.Timestamp]:
        """Return the lists to which a ship came only after a moment, each with its first day then."""

    def resembling(self, ship: Ship, at: pd.Timestamp) -> list[Found]:
        """Return the entries whose name is like a ship's at a moment."""


class NoLists:
    """No ship stands on any list."""

    digest = ""

    def lists_on(self, imo: np.ndarray, mmsi: np.ndarray, at_us: Ints) -> np.ndarray:
        """Return an empty tuple for each ship."""
        return _objects(() for _ in imo)

    def listed_after(self, imo: int | None, mmsi: int | None, at: pd.Timestamp) -> dict[str, pd.Timestamp]:
        """Return nothing."""
        return {}

    def resembling(self, ship: Ship, at: pd.Timestamp) -> list[Found]:
        """Return nothing."""
        return []


@dataclass(frozen=True)
class RowsByVessel:
    """Rows split by vessel number."""

    rows: Ints
    starts: Ints

    def of(self, vessel: int) -> Ints:
        """Return the rows of one vessel, in order."""
        return self.rows[self.starts[vessel] : self.starts[vessel + 1]]


class EventTable:
    """All events to be matched; made once, asked by every rule.

    Parameters
    ----------
    events
        `columns.ATTRIBUTED_COLUMNS` of all vessels, in any order.
    zone_of
        The zone with an id, or None.
    lists
        The vessel lists, asked for the moment at which an event began.
    """

    def __init__(self, events: pd.DataFrame, zone_of: ZoneOf, lists: Lists | None = None) -> None:
        self.layout = Layout(events)
        self.start_us, self.end_us = self.layout.start_us, self.layout.end_us
        self.vessels, names = pd.factorize(self.layout.vessel_ids)
        self.vessel_ids: tuple[str, ...] = tuple(names)
        codes, kinds = pd.factorize(self.layout.kinds)
        self._of_kind = {str(kind): np.flatnonzero(codes == code) for code, kind in enumerate(kinds)}
        self._zones = EventZones(self.layout, zone_of)
        self.lists = lists or NoLists()
        self._columns: dict[str, np.ndarray] = {}
        self._masks: dict[tuple[str, Condition], Bools] = {}

    def __len__(self) -> int:
        return len(self.layout)

    def of_kind(self, kind: str) -> Ints:
        """Return the rows of one kind, in order."""
        return self._of_kind.get(kind, _NO_ROWS)

    def event(self, row: int) -> dict[str, Any]:
        """Return one event as plain values, None where nothing is known."""
        return self.layout.event(row)

    def value(self, name: str, row: int) -> Any:
        """Return one field of one event, None where it has none."""
        if name in COLUMNS or name == "night":
            found = self._column(name)[row]
        else:
            found = self.layout.detail(name, np.array([row]))[0]
        return None if not isinstance(found, tuple | list) and pd.isna(found) else found

    def rows(self, choice: Choice) -> Ints:
        """Return the rows that fit one of the patterns of a choice, in order."""
        found = [self.fitting(pattern) for pattern in choice.patterns]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found)) if found else _NO_ROWS

    def fitting(self, pattern: Pattern) -> Ints:
        """Return the rows that fit `pattern`, in order."""
        found = [self.of_kind(kind)[self._fits(kind, pattern)] for kind in dict.fromkeys(pattern.event)]
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def fits(self, row: int, pattern: Pattern) -> bool:
        """Return whether one row fits `pattern`."""
        kind = str(self.layout.kinds[row])
        if kind not in pattern.event or not (pattern.zone is None or self._zones.mask(pattern.zone)[row]):
            return False
        place = np.searchsorted(self.of_kind(kind), row)
        return all(self._mask(kind, condition)[place] for condition in pattern_conditions(kind, pattern))

    def _fits(self, kind: str, pattern: Pattern) -> Bools:
        rows = self.of_kind(kind)
        fits = np.ones(len(rows), dtype=bool)
        if pattern.zone is not None:
            fits &= self._zones.mask(pattern.zone)[rows]
        for condition in pattern_conditions(kind, pattern):
            fits &= self._mask(kind, condition)
        if pattern.other_had:
            fits[fits] = self._other_had(rows[fits], pattern.other_had)
        return fits

    def _other_had(self, rows: Ints, had: Had) -> Bools:
        """Return of which of these rows the other ship had done something no longer than a time before."""
        done = self.fitting(Pattern(event=had.event, zone=had.zone, where=had.where))
        order = done[np.argsort(self.vessels[done], kind="stable")]
        keys = list(zip(self.vessels[order].tolist(), self.start_us[order].tolist(), strict=True))
        within_us = round(had.within / pd.Timedelta("1us"))
        fits = np.zeros(len(rows), dtype=bool)
        for i, (row, twin) in enumerate(zip(rows.tolist(), self.layout.twin[rows].tolist(), strict=True)):
            if twin >= 0:
                other, met_us = int(self.vessels[twin]), int(self.start_us[row])
                last = bisect_right(keys, (other, met_us)) - 1
                fits[i] = last >= 0 and keys[last][0] == other and keys[last][1] >= met_us - within_us
        return fits

    def holds(self, kind: str, condition: Condition) -> Bools:
        """Return which of the rows of a kind hold a condition."""
        return self._mask(kind, condition)

    def inside(self, kind: str, wanted: ZoneFilter) -> Bools:
        """Return which of the rows of a kind began in a zone that the filter means."""
        return self._zones.mask(wanted)[self.of_kind(kind)]

    def holding(self, conditions: Iterable[Condition], rows: Ints) -> Ints:
        """Return those of `rows` for which every condition holds."""
        for condition in conditions:
            rows = rows[self._full_mask(condition)[rows]]
        return rows

    def _full_mask(self, condition: Condition) -> Bools:
        if ("", condition) not in self._masks:
            self._masks["", condition] = self._made_mask(condition)
        return self._masks["", condition]

    def _made_mask(self, condition: Condition) -> Bools:
        if condition.field in COLUMNS:
            return condition.holds(self._column(condition.field))
        mask = np.zeros(len(self), dtype=bool)
        for kind, rows in self._of_kind.items():
            mask[rows] = self._mask(kind, condition)
        return mask

    def _mask(self, kind: str, condition: Condition) -> Bools:
        """Return which of the rows of a kind hold a condition."""
        if condition.field in COLUMNS:
            return self._full_mask(condition)[self.of_kind(kind)]
        if (kind, condition) not in self._masks:
            self._masks[kind, condition] = condition.holds(self._values(kind, condition.field))
        return self._masks[kind, condition]

    def _values(self, kind: str, name: str) -> np.ndarray:
        if name == "night":
            return self._column(name)[self.of_kind(kind)]
        field, values = field_of(name), self.layout.detail(name, self.of_kind(kind))
        if field is not None and field.type == "number":
            return _numbers(values)
        return _objects(map(_word, values))

    def _column(self, name: str) -> np.ndarray:
        if name not in self._columns:
            self._columns[name] = self._made_column(name)
        return self._columns[name]

    def _made_column(self, name: str) -> np.ndarray:
        column = self.layout.column
        if name in _LISTS:
            imo, mmsi = (column(number) for number in _LISTS[name])
            found = self.lists.lists_on(imo, mmsi, self.start_us)
            return _unknown_where(np.isnan(imo) & np.isnan(mmsi), found)
        if name != "night":
            return column(name)
        over = np.where(self.end_us == np.iinfo(np.int64).max, self.start_us, self.end_us)
        middle_us = self.start_us + (over - self.start_us) // 2
        lat, lon = column("start_lat"), column("start_lon")
        return _unknown_where(np.isnan(lat) | np.isnan(lon), is_night(middle_us, lat, lon))

    def gap_h(self, row: int) -> float:
        """Return the length of a gap so far, 0 for any other event."""
        if self.layout.kinds[row] != "gap":
            return 0.0
        return float(np.nan_to_num(_numbers(self.layout.detail("duration_h", np.array([row])))[0]))

    def by_vessel(self, rows: Ints) -> RowsByVessel:
        """Return `rows` split by vessel, each part in order."""
        vessels = self.vessels[rows]
        order = np.argsort(vessels, kind="stable")
        starts = np.searchsorted(vessels[order], np.arange(len(self.vessel_ids) + 1))
        return RowsByVessel(rows[order], starts)

    def zone(self, row: int, wanted: ZoneFilter | None) -> Zone | None:
        """Return the first zone of a row that the filter means; its first known zone without a filter."""
        zones = self._zones.of(row)
        return next((z for z in zones if z is not None and (wanted is None or zone_fits(z, wanted))), None)


def compile_where(where: Mapping[str, object]) -> list[Condition]:
    """Return the conditions of a `where` block whose fields are known."""
    return [parse_condition(name, spec, raw) for name, raw in where.items() if (spec := field_of(name))]


def pattern_conditions(kind: str, pattern: Pattern) -> list[Condition]:
    """Return the conditions of a pattern on events of one kind; those on a call include that it is one."""
    conditions = compile_where(pattern.where)
    if kind == "port_visit" and "confidence" not in pattern.where:
        conditions.append(PORT_VISIT_CONFIDENCE)
    return conditions


def _unknown_where(mask: Bools, values: np.ndarray) -> np.ndarray:
    known = values.astype(object)
    known[mask] = None
    return known


def _objects(values: Iterable[Any]) -> np.ndarray:
    return np.fromiter(values, dtype=object)


def _numbers(values: list[Any]) -> Floats:
    """Return numbers; what is none is missing."""
    return np.fromiter((v if isinstance(v, _NUMBER_TYPES) else np.nan for v in values), float, len(values))


def _word(value: Any) -> Any:
    """Return a value by which an event may be asked for; lists of words as tuples, anything deeper is missing."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return value if isinstance(value, (str, np.bool_, *_NUMBER_TYPES)) else None
