"""Which rows belong to a vessel that a rule is about."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from watch.geodesy import Bools, Ints
from watch.rules.conditions import Condition, Term
from watch.rules.model import FlagSpec, VesselSpec
from watch.rules.table import EventTable, compile_where

#: first, last: the first or last required step; middle: no question is asked; any: a single event, every
#: question; flag: the flag alone.
When = Literal["first", "last", "middle", "any", "flag"]


def asked_at(step: int, steps: int) -> When:
    """Return which of the questions about the vessel are asked at a required step.

    Examples
    --------
    >>> [asked_at(i, 3) for i in range(3)]
    ['first', 'middle', 'last']
    >>> asked_at(0, 1)
    'any'
    """
    if steps == 1:
        return "any"
    return "first" if step == 0 else "last" if step == steps - 1 else "middle"


def vessel_rows(table: EventTable, vessel: VesselSpec, rows: Ints, when: When) -> Ints:
    """Return those of `rows` whose vessel, as it declared itself then, is one the rule is about.

    Notes
    -----
    A ship whose flag is not known has none of the flags in `none_of`, so it stays in.
    """
    if when in ("first", "any"):
        rows = table.holding(vessel_conditions(vessel), rows)
    flag = vessel.flag
    if flag is None:
        return rows
    if flag.at == "ever":
        return rows[_ever(table, flag)[table.vessels[rows]]] if when in ("first", "any") else rows
    if not (when in ("any", "flag") or flag.at == f"{when}_step"):
        return rows
    return rows[_fits(table, flag, rows)]


def vessel_conditions(vessel: VesselSpec) -> list[Condition]:
    """Return what the ship itself must be, its flag aside."""
    asked = (("type", vessel.type), ("imo", vessel.imo), ("mmsi", vessel.mmsi))
    return [*(one_of(name, values) for name, values in asked if values), *compile_where(vessel.where)]


def one_of(name: str, values: tuple[str, ...] | tuple[int, ...]) -> Condition:
    """Return the condition that a field is one of some values."""
    terms = (Term("==", v if isinstance(v, str) else float(v)) for v in values)
    return Condition(name, tuple((term,) for term in terms))


def flag_changes(table: EventTable) -> Ints:
    """Return the rows at which a vessel's flag is another than at its row before, as far as flags are known."""
    codes, _ = pd.factorize(table.layout.column("flag"))
    known = np.flatnonzero(codes >= 0)
    order = known[np.argsort(table.vessels[known], kind="stable")]
    same_vessel = np.diff(table.vessels[order]) == 0
    return np.sort(order[1:][same_vessel & (np.diff(codes[order]) != 0)])


def _ever(table: EventTable, flag: FlagSpec) -> Bools:
    """Return by vessel number whether the flag's conditions held at some time; `none_of` at no time."""
    count, rows = len(table.vessel_ids), np.arange(len(table))
    fits = np.ones(count, dtype=bool)
    if flag.any_of:
        fits &= _vessels_of(table, table.holding([one_of("flag", flag.any_of)], rows))
    if flag.none_of:
        fits &= ~_vessels_of(table, table.holding([one_of("flag", flag.none_of)], rows))
    if flag.changed is not None:
        fits &= _vessels_of(table, flag_changes(table)) == flag.changed
    return fits


def _vessels_of(table: EventTable, rows: Ints) -> Bools:
    return np.bincount(table.vessels[rows], minlength=len(table.vessel_ids)) > 0


def _fits(table: EventTable, flag: FlagSpec, rows: Ints) -> Bools:
    fits = np.ones(len(rows), dtype=bool)
    if flag.any_of:
        fits &= np.isin(rows, table.holding([one_of("flag", flag.any_of)], rows))
    if flag.none_of:
        fits &= ~np.isin(rows, table.holding([one_of("flag", flag.none_of)], rows))
    return fits
