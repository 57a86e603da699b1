"""Near misses, gathered by the one thing that was lacking; sentences are made only for those that are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from watch.geodesy import Bools, Ints
from watch.rules.asked import NearRows
from watch.rules.figures import moment_us
from watch.rules.match import Match
from watch.rules.table import EventTable

_SHOWN = 5
_ALL_TIME = (pd.Timestamp("1900-01-01T00:00Z"), pd.Timestamp("2200-01-01T00:00Z"))


@dataclass(frozen=True)
class NearMiss:
    """One that nearly matched.

    Attributes
    ----------
    vessel_id, name
        The ship; of a cargo the first one.
    at
        When it began.
    told
        What was and what is needed.
    away
        How far off: a share of what is asked; 1 where there is no measure, 2 where the value is not known.
    events
        Its events, each with the step it would be.
    """

    vessel_id: str
    name: str | None
    at: pd.Timestamp
    told: str
    away: float
    events: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class NearGroup:
    """All that failed by the same one thing.

    Attributes
    ----------
    step_id, lacks
        The step that asks it (nothing where the whole rule does), and what is asked, in words.
    count, ships
        How many nearly matched, and how many ships these are.
    nearest
        The nearest of them.
    """

    step_id: str
    lacks: str
    count: int
    ships: int
    nearest: tuple[NearMiss, ...]


@dataclass(frozen=True)
class Scope:
    """Which near misses are wanted.

    Attributes
    ----------
    from_at, to_at
        Those that begin in this half-open range.
    vessel_ids
        Those of these vessels; None for all.
    shown
        How many of each group are told.
    """

    from_at: pd.Timestamp = _ALL_TIME[0]
    to_at: pd.Timestamp = _ALL_TIME[1]
    vessel_ids: Collection[str] | None = None
    shown: int = _SHOWN

    def takes(self, match: Match) -> bool:
        """Return whether a match is wanted; that of a cargo with any of its ships."""
        ships = {match.vessel_id, *(str(hand.event["vessel_id"]) for hand in match.hands)}
        wanted = self.vessel_ids is None or not ships.isdisjoint(self.vessel_ids)
        return wanted and self.from_at <= match.steps[0].event["start_at"] < self.to_at

    def mask(self, table: EventTable, rows: Ints) -> Bools:
        """Return which of the rows are wanted."""
        start_us = table.start_us[rows]
        kept = (start_us >= moment_us(self.from_at)) & (start_us < moment_us(self.to_at))
        if self.vessel_ids is not None:
            numbers = [i for i, vessel_id in enumerate(table.vessel_ids) if vessel_id in self.vessel_ids]
            kept &= np.isin(table.vessels[rows], numbers)
        return np.asarray(kept)


@dataclass
class _Group:
    count: int = 0
    ships: set[str] = field(default_factory=set)
    tellers: list[tuple[float, pd.Timestamp, Callable[[], NearMiss]]] = field(default_factory=list)


class Groups:
    """Near misses by step and by what they lack."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._groups: dict[tuple[str, str], _Group] = {}
        self._chains: set[tuple[str, str, str]] = set()

    def add_events(self, table: EventTable, step_id: str, near: NearRows) -> None:
        """Add single events that lack the same thing, but those that a chain was added for."""
        asked = near.asked
        key = ("", f"ship: {asked.label}") if asked.of_ship else (step_id, asked.label)
        known = [event for step, thing, event in self._chains if (step, thing) == (key[0], asked.field)]
        rows = near.rows[self._scope.mask(table, near.rows)]
        rows = rows[~np.isin(table.layout.column("event_id")[rows].astype(str), known)]
        rows = rows[np.sort(np.unique(table.layout.source[rows], return_index=True)[1])]  # a meeting stands twice
        if not len(rows):
            return
        group = self._groups.setdefault(key, _Group())
        group.count += len(rows)
        group.ships |= {table.vessel_ids[v] for v in np.unique(table.vessels[rows])}
        far = asked.away(table, rows)
        for i in np.argsort(far, kind="stable")[: self._scope.shown].tolist():
            row, away = int(rows[i]), float(far[i])
            at = pd.Timestamp(int(table.start_us[row]), unit="us", tz="UTC")
            group.tellers.append((away, at, partial(near_event, table, step_id, near, row, away)))

    def add_chain(self, step_id: str, lacks: str, thing: str, match: Match, told: tuple[str, float]) -> None:
        """Add a chain that lacks one thing, once even where an event nearly fits two alternatives of a step."""
        event = next((s.event["event_id"] for s in match.steps if s.step_id == step_id), match.anchor_id)
        if (step_id, thing, str(event)) in self._chains:
            return
        self._chains.add((step_id, thing, str(event)))
        first = match.steps[0].event
        events = tuple((step.step_id, step.event) for step in match.steps)
        near = NearMiss(match.vessel_id, first["name"], first["start_at"], *told, events)
        group = self._groups.setdefault((step_id, lacks), _Group())
        group.count += 1
        group.ships.add(match.vessel_id)
        group.tellers.append((near.away, near.at, lambda: near))

    def found(self) -> list[NearGroup]:
        """Return the groups, the nearest first."""
        groups = [NearGroup(*key, g.count, len(g.ships), self._nearest(g)) for key, g in self._groups.items()]
        return sorted(groups, key=lambda g: (g.nearest[0].away if g.nearest else 0.0, -g.count, g.step_id, g.lacks))

    def _nearest(self, group: _Group) -> tuple[NearMiss, ...]:
        order = sorted(range(len(group.tellers)), key=lambda i: (*group.tellers[i][:2], i))
        return tuple(group.tellers[i][2]() for i in order[: self._scope.shown])


def near_event(table: EventTable, step_id: str, near: NearRows, row: int, away: float) -> NearMiss:
    """Return one event that nearly fits a step."""
    event = table.event(row)
    told = near.asked.told(table, row)
    return NearMiss(str(event["vessel_id"]), event["name"], event["start_at"], told, away, ((step_id, event),))


class Matched:
    """The time that each vessel spends in matches, and their events."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._events: set[str] = set()
        self._spans: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
        for match in matches:
            if match.verdict == "match":
                self._events |= {str(step.event["event_id"]) for step in match.steps}
                self._spans.setdefault(match.vessel_id, []).append(_span(match))

    def meets(self, match: Match) -> bool:
        """Return whether a match lies in the time of one of these, or shares an event with one."""
        begin_at, end_at = _span(match)
        beside = any(a <= end_at and begin_at <= b for a, b in self._spans.get(match.vessel_id, ()))
        return beside or any(str(step.event["event_id"]) in self._events for step in match.steps)


def _span(match: Match) -> tuple[pd.Timestamp, pd.Timestamp]:
    return match.steps[0].event["start_at"], match.steps[-1].event["start_at"]
