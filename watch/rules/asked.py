"""What a rule asks of one event, thing by thing, and which events fail by one thing alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from watch.geodesy import Bools, Floats, Ints
from watch.rules.conditions import Condition
from watch.rules.fields import COLUMNS, field_of
from watch.rules.figures import away, condition_words, flag_words, told_apart, value_words, zone_words
from watch.rules.model import FlagSpec, VesselSpec
from watch.rules.pattern import Choice, Pattern, ZoneFilter
from watch.rules.table import EventTable, pattern_conditions
from watch.rules.vessels import When, vessel_conditions, vessel_rows

_NOBODY = VesselSpec()  # asks nothing of the ship
_PARTLY = 0.5  # how far off a zone is that has one of the two things which are asked of it
_RECKONED = frozenset({"night", "lists", "other_lists"})  # words and yes or no: nothing to measure
_BEGAN = {"port_visit": "called at", "zone_visit": "was in", "encounter": "met in"}


@dataclass(frozen=True)
class Asked:
    """One thing that is asked of an event: one field, the zone, or the flag of its ship.

    Attributes
    ----------
    field
        The field, or `zone`, or `flag`.
    condition, zone, flag
        What it must be; one of the three.
    of_ship
        Whether the rule's `vessel` asks it, not the step.
    """

    field: str
    condition: Condition | None = None
    zone: ZoneFilter | None = None
    flag: FlagSpec | None = None
    of_ship: bool = False

    @property
    def needs(self) -> str:
        """What it must be, in words."""
        if self.condition:
            return condition_words(self.condition)
        return zone_words(self.zone) if self.zone else flag_words(self.flag) if self.flag else ""

    @property
    def label(self) -> str:
        """What is asked, in words: the same for all that fail by it."""
        return self.needs if self.zone else f"{self.field} {self.needs}"

    def mask(self, table: EventTable, kind: str, when: When) -> Bools:
        """Return which of the rows of a kind have it."""
        if self.condition:
            return table.holds(kind, self.condition)
        if self.zone:
            return table.inside(kind, self.zone)
        rows = table.of_kind(kind)
        return np.isin(rows, vessel_rows(table, _NOBODY.model_copy(update={"flag": self.flag}), rows, when))

    def was(self, table: EventTable, row: int) -> str:
        """Return what it was, in words: the zone, or the value with its unit."""
        if self.zone:
            return place_words(table, row)
        value = table.value(self.field, row)
        return told_apart(value_words(self.field, value), value_words(self.field, value, exact=True), self.needs)

    def told(self, table: EventTable, row: int) -> str:
        """Return what an event that fails by it was, and what is needed."""
        kind = str(table.layout.kinds[row])
        if self.zone:
            began = _BEGAN.get(kind, f"{kind} began in")
            return f"{began} {self.was(table, row)}, needs {self.needs}"
        if table.value(self.field, row) is None:
            return f"{self.field} is not known, needs {self.needs}"
        what = kind if self.field == "duration_h" else self.field
        return f"{what} was {self.was(table, row)}, needs {self.needs}"

    def away(self, table: EventTable, rows: Ints) -> Floats:
        """Return how far events are from it: a share of what is asked, 1 where there is no measure."""
        if self.condition:
            return away(self.condition, _values(table, self.field, rows))
        far, kinds = np.ones(len(rows)), table.layout.kinds[rows]
        for partly in _without_one(self.zone) if self.zone else ():
            for kind in dict.fromkeys(kinds.tolist()):
                of_kind = np.flatnonzero(kinds == kind)
                at = np.searchsorted(table.of_kind(kind), rows[of_kind])
                far[of_kind[table.inside(kind, partly)[at]]] = _PARTLY
        return far


class NearRows(NamedTuple):
    """Rows of one kind of event that fail by the same one thing alone."""

    asked: Asked
    rows: Ints


def asked_of(kind: str, pattern: Pattern, vessel: VesselSpec, when: When) -> list[Asked]:
    """Return all that a pattern and the rule's `vessel` ask of an event of one kind."""
    found = [Asked("zone", zone=pattern.zone)] if pattern.zone else []
    found += [Asked(c.field, condition=c) for c in pattern_conditions(kind, pattern)]
    if when in ("first", "any"):
        found += [Asked(c.field, condition=c, of_ship=True) for c in vessel_conditions(vessel)]
    if vessel.flag and _asks_flag(vessel.flag, when):
        found.append(Asked("flag", flag=vessel.flag, of_ship=True))
    return found


def near_rows(table: EventTable, choice: Choice, vessel: VesselSpec, when: When) -> Iterator[NearRows]:
    """Yield the rows that would fit a step but for one thing; a row that nearly fits two patterns counts once."""
    told = vessel_rows(table, vessel, table.rows(choice), when)
    for pattern in choice.patterns:
        for kind in dict.fromkeys(pattern.event):
            rows, found = table.of_kind(kind), asked_of(kind, pattern, vessel, when)
            lacking = np.array([~asked.mask(table, kind, when) for asked in found]).reshape(len(found), len(rows))
            one = (lacking.sum(axis=0) == 1) & ~np.isin(rows, told)
            told = np.concatenate([told, rows[one]])
            alone = ((asked, rows[one & lack]) for asked, lack in zip(found, lacking, strict=True))
            yield from (NearRows(asked, some) for asked, some in alone if len(some))


def place_words(table: EventTable, row: int) -> str:
    """Return where an event began: the first zone it is in, or its position."""
    zone = table.zone(row, None)
    if zone is not None:
        return zone.zone_id
    event = table.event(row)
    if event["start_lat"] is None or event["start_lon"] is None:
        return "a place that is not known"
    return f"no known zone ({event['start_lat']:.2f}, {event['start_lon']:.2f})"


def _asks_flag(flag: FlagSpec, when: When) -> bool:
    if flag.at == "ever":
        return when in ("first", "any")
    return when in ("any", "flag") or flag.at == f"{when}_step"


def _values(table: EventTable, field: str, rows: Ints) -> np.ndarray:
    if field in _RECKONED:
        return np.full(len(rows), "", dtype=object)
    if field in COLUMNS:
        return np.asarray(table.layout.column(field)[rows])
    spec, values = field_of(field), table.layout.detail(field, rows)
    if spec is not None and spec.type == "number":
        return np.array(values, dtype=float)
    return np.fromiter(values, dtype=object, count=len(rows))


def _without_one(zone: ZoneFilter) -> Iterator[ZoneFilter]:
    """Yield filters that ask one thing less of a zone, and still ask something."""
    for part in (zone, *zone.any_of):
        if part.country and part.kind:
            yield part.model_copy(update={"kind": None})
            yield part.model_copy(update={"country": None})
