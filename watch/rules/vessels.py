"""Which rows belong to a vessel that a rule is about."""

from __future__ import annotations

from typing import Literal

import numpy as np

from watch.rules.conditions import Condition, Term
from watch.rules.model import VesselSpec
from watch.rules.table import EventTable

#: first, last: the first or last required step; middle: no question is asked; any: a single event, every
#: question; flag: the flag alone.
When = Literal["first", "last", "middle", "any", "flag"]


def asked_at(step: int, steps: int) -> When:
    """Return which of the questions about the vessel are asked at a required step.

    Examples
    --------
    >>> [asked_at(i, 3) for i in range(3)]
    ['first', 'middle', 'last']
    """
    return "first" if step == 0 else "last" if step == steps - 1 else "middle"


def vessel_rows(table: EventTable, vessel: VesselSpec, rows: np.ndarray, when: When) -> np.ndarray:
    """Return those of `rows` whose vessel, as it declared itself then, is one the rule is about.

    Notes
    -----
    A ship whose flag is not known has none of the flags in `none_of`, so it stays in.
    """
    if when in ("first", "any"):
        rows = table.holding(_of_ship(vessel), rows)
    flag = vessel.flag
    if flag is None or not (when in ("any", "flag") or flag.at == f"{when}_step"):
        return rows
    if flag.any_of:
        rows = table.holding([_one_of("flag", flag.any_of)], rows)
    if flag.none_of:
        rows = np.setdiff1d(rows, table.holding([_one_of("flag", flag.none_of)], rows))
    return rows


def _of_ship(vessel: VesselSpec) -> list[Condition]:
    asked = (("type", vessel.type), ("imo", vessel.imo), ("mmsi", vessel.mmsi))
    return [_one_of(name, values) for name, values in asked if values]


def _one_of(name: str, values: tuple[str, ...] | tuple[int, ...]) -> Condition:
    terms = (Term("==", v if isinstance(v, str) else float(v)) for v in values)
    return Condition(name, tuple((term,) for term in terms))
