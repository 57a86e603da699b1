"""Which ships a cargo may have come to, so that a rule by cargo is judged on the events of those ships alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from watch.rules.model import Rule
from watch.rules.pattern import Choice, Sequence
from watch.rules.search import as_us
from watch.rules.table import EventTable

#: Gives the events of some vessels.
ReadEvents = Callable[[Collection[str]], pd.DataFrame]
#: Gives the vessels that called at a place after a moment and until another.
ReadCallers = Callable[[str, datetime, datetime], Collection[str]]
LayOut = Callable[[pd.DataFrame], EventTable]


def place_member(zone_id: str) -> str:
    """Return under which name a place of lost custody is kept among the ships of a reach.

    Examples
    --------
    >>> place_member("cn_qingdao")
    'place:cn_qingdao'
    """
    return f"place:{zone_id}"


@dataclass
class Reach:
    """What one vessel's cargoes may have come to.

    Attributes
    ----------
    held_us
        For each vessel the earliest moment at which it may have held one of them.
    places
        Where custody of one may have been lost.
    """

    held_us: dict[str, int]
    places: set[str] = field(default_factory=set)

    @property
    def members(self) -> set[str]:
        """The vessels and places under one kind of name."""
        return self.held_us.keys() | {place_member(zone_id) for zone_id in self.places}


class Custodians:
    """Follows cargoes over the stored events, hand by hand, and keeps the events it read.

    Parameters
    ----------
    rules
        Rules by cargo.
    read_events, read_callers, lay_out
        Where events come from, and how they are laid out.
    """

    def __init__(
        self, rules: Iterable[Rule], read_events: ReadEvents, read_callers: ReadCallers, lay_out: LayOut
    ) -> None:
        self._sequences = [rule.match.sequence for rule in rules if rule.match.sequence]
        self._read_events, self._read_callers, self._lay_out = read_events, read_callers, lay_out
        self._edges: dict[str, list[tuple[int, str]]] = {}
        self._calls: dict[str, list[tuple[int, str, int]]] = {}
        self._callers: dict[tuple[str, int, int], Collection[str]] = {}
        self._read: list[pd.DataFrame] = []

    def beginnings(self, table: EventTable, vessel_ids: Collection[str]) -> dict[str, int]:
        """Return which of the vessels began a cargo, and when the first time, microseconds since 1970."""
        begun: dict[str, int] = {}
        for sequence in self._sequences:
            for row in table.rows(sequence.required[0])[::-1]:
                begun[table.vessel_ids[table.vessels[row]]] = int(table.start_us[row])
        return {vessel: at_us for vessel, at_us in begun.items() if vessel in vessel_ids}

    def follow(self, firsts: Collection[str]) -> dict[str, Reach]:
        """Return the reach of each of these vessels that began a cargo."""
        self._learn(firsts)
        begun = self.beginnings(self._lay_out(self.events()), firsts) if self._read else {}
        return {first: self._reach(first, at_us) for first, at_us in begun.items()}

    def events(self) -> pd.DataFrame:
        """Return all events read so far, each once."""
        return pd.concat(self._read, ignore_index=True).drop_duplicates("event_id", ignore_index=True)

    def _reach(self, first: str, at_us: int) -> Reach:
        reach, frontier = Reach({first: at_us}), {first}
        for _ in range(max(sequence.hands.most for sequence in self._sequences) - 1):
            self._learn(frontier)
            taken = [
                (other, us) for one in frontier for other, us in self._takers(one, reach.held_us[one], reach.places)
            ]
            frontier = set()
            for other, us in sorted(taken, key=lambda pair: pair[1]):
                if us < reach.held_us.get(other, us + 1):
                    reach.held_us[other] = us
                    frontier.add(other)
        self._learn(reach.held_us)
        return reach

    def _takers(self, vessel: str, since_us: int, places: set[str]) -> Iterator[tuple[str, int]]:
        yield from ((other, us) for us, other in self._edges.get(vessel, ()) if us >= since_us)
        for us, zone_id, within_us in self._calls.get(vessel, ()):
            if us >= since_us:
                places.add(zone_id)
                yield from ((other, us) for other in self._called(zone_id, us, within_us) if other != vessel)

    def _called(self, zone_id: str, after_us: int, within_us: int) -> Collection[str]:
        key = (zone_id, after_us, within_us)
        if key not in self._callers:
            after_at, until_at = (pd.Timestamp(us, unit="us", tz="UTC") for us in (after_us, after_us + within_us))
            self._callers[key] = self._read_callers(zone_id, after_at.to_pydatetime(), until_at.to_pydatetime())
        return self._callers[key]

    def _learn(self, vessels: Collection[str]) -> None:
        """Read the events of vessels not read yet, and whom they may have given a cargo to."""
        new = [vessel for vessel in sorted(vessels) if vessel not in self._edges]
        self._edges |= {vessel: [] for vessel in new}
        if not new:
            return
        events = self._read_events(new)
        self._read.append(events)
        table, wanted = self._lay_out(events), set(new)
        for sequence in self._sequences:
            self._learn_meetings(table, sequence, wanted)
            self._learn_calls(table, sequence, wanted)

    def _learn_meetings(self, table: EventTable, sequence: Sequence, wanted: set[str]) -> None:
        transfers = [step for step in sequence.required if step.transfer]
        for choice in (Choice(any_of=sequence.hands.meetings), *transfers):
            for row in table.rows(choice):
                twin = table.layout.twin[row]
                giver = table.vessel_ids[table.vessels[row]]
                if twin >= 0 and giver in wanted:
                    self._edges[giver].append((int(table.start_us[row]), table.vessel_ids[table.vessels[twin]]))

    def _learn_calls(self, table: EventTable, sequence: Sequence, wanted: set[str]) -> None:
        lost = sequence.hands.lost_custody
        for row, zone_id in lost_calls(table, sequence):
            vessel = table.vessel_ids[table.vessels[row]]
            if lost and vessel in wanted:
                call = (int(table.start_us[row]), zone_id, as_us(lost.within))
                self._calls.setdefault(vessel, []).append(call)


def lost_calls(table: EventTable, sequence: Sequence) -> Iterator[tuple[int, str]]:
    """Yield the calls at which custody of a cargo may be lost, each with its place."""
    rows = table.rows(sequence.hands.lost_custody) if sequence.hands.lost_custody else np.empty(0, np.int64)
    zones = table.layout.event_zones[table.layout.source[rows]]
    yield from ((int(row), str(zone)) for row, zone in zip(rows, zones, strict=True) if zone is not None)
