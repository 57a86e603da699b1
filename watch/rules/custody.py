"""The custody of a cargo: what decides which ships it may pass through.

The definitions:

- A *hand-over* is a meeting of the ship that holds the cargo with another, or, where custody is lost, a call of it
  at a place where another ship calls later, within so long. From the start of the meeting, or of its own call, on
  the other ship holds the cargo.
- A *chain* takes one row for each required step, each on the timeline of the ship that holds the cargo then, and
  any number of hand-overs between them; each starts no earlier than the one before, the last step no later than
  `within_us` after the first, and a step no later than its own limit after the step before. A cargo never goes
  straight back to the ship it came from.
- All rows of a chain are different, those of both ships; but a call by which a ship came by the cargo, or a step,
  may also be the event by which it passes it on.
- Something *forbidden* starts strictly between two steps on a ship that holds the cargo, and is no row of the chain.
  A ship holds it from the start of the event by which it came by it until that of the one by which it passes it on.
- Of each first step's row the chain that *ends first* counts; among those the one with the fewest ships, then the
  one whose ships came by it first, asked from the last link backwards. Of rows of one ship after which a cargo goes
  the same way the preferred alternative counts, then the last one.
- With `early`, a chain speaks at that step: of those that may still become whole the one that came there first.
  Without one it has lapsed, and is the one that came there first. A chain may still become whole as long as it, or
  one that goes on from it, waits: the next step is not late, and nothing forbidden has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watch.geodesy import Ints
from watch.rules.table import RowsByVessel


class Link(NamedTuple):
    """One element of a chain.

    Attributes
    ----------
    holder
        The event on the timeline of the ship that holds the cargo afterwards: by which it came by it, or the step.
    row
        The event on the timeline of the ship that held the cargo before; the same where none took over.
    step
        The number of the required step; -1 for a hand-over that is no step.
    """

    holder: int
    row: int
    step: int


@dataclass(frozen=True)
class Forbidden:
    """Rows that must not start between two required steps, on whichever ship holds the cargo."""

    first: int
    last: int
    rows: RowsByVessel


@dataclass(frozen=True)
class Calls:
    """Calls at which custody may be lost, and where and for how long a later one may take over."""

    by_vessel: RowsByVessel
    place_of: Mapping[int, int]
    at_place: Sequence[Ints]
    within_us: int


@dataclass(frozen=True)
class Custody:
    """All that decides which chains there are.

    Attributes
    ----------
    start_us, vessels
        Start and vessel number of every row of the table.
    twin
        For the row of a meeting that of the other ship.
    steps
        Rows of each required step, by vessel.
    transfers
        For each required step whether it hands the cargo to the other ship.
    meetings, calls
        Rows by which a cargo may pass.
    step_within_us
        For each step the longest time since the step before it, or None.
    most, least
        Ships in a chain.
    early
        Number of the required step after which a chain speaks; None when it never speaks early.
    rank
        Which alternative of the first step a row fits.
    """

    start_us: Ints
    vessels: Ints
    twin: Ints
    steps: Sequence[RowsByVessel]
    transfers: Sequence[bool]
    meetings: RowsByVessel
    within_us: int
    calls: Calls | None = None
    forbidden: Sequence[Forbidden] = ()
    step_within_us: Sequence[int | None] = ()
    most: int = 5
    least: int = 1
    early: int | None = None
    rank: Mapping[int, int] = field(default_factory=dict)

    def limit_us(self, step: int) -> int | None:
        """Return the longest time from the step before to a step, None where there is no limit or no such step."""
        return self.step_within_us[step] if step < len(self.step_within_us) else None
