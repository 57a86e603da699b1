"""Spans: stretches of time that the steps of a chain fix, and what may or must lie in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from watch.geodesy import Bools, Ints


@dataclass(frozen=True)
class SpanRows:
    """Some rows, and how many of them may or must lie in a stretch of time.

    Attributes
    ----------
    start_us
        Start of every row of the table.
    first, last
        Numbers of the required steps between which it lies, their starts left out. Where they are the same the
        stretch lies beside that step: from its start, which is left out, until `lasting_us` later, or, where that is
        negative, from so much earlier until its start, which is left out.
    rows
        The rows in question, ascending; those of the chain itself do not count.
    least
        How many must lie in it; 0: none may.
    end_us
        End of every row of the table: then what began earlier and only reaches into the stretch counts too. None:
        only starts count.
    own
        Whether the chain's own rows count too, and those that start with the last step.
    """

    start_us: Ints
    first: int
    last: int
    rows: Ints
    least: int = 0
    lasting_us: int = 0
    end_us: Ints | None = None
    own: bool = False

    @property
    def is_after(self) -> bool:
        """Whether it lies after a step, so that only the clock can close it."""
        return self.lasting_us > 0

    @property
    def closes_at(self) -> int | None:
        """The step with which it is known whether it holds; None when the clock must tell."""
        return None if self.is_after else self.last

    def end_of(self, chain: tuple[int, ...]) -> int:
        """Return the last moment of the stretch that a chain with the steps that fix it gives."""
        return self._stretch(chain)[1]

    def holds(self, chain: tuple[int, ...], as_of_us: int | None = None) -> bool:
        """Return whether a chain with the steps that fix it has what it asks.

        With a clock, nothing forbidden has come only when the clock has passed the end of the stretch.
        """
        after_us, until_us = self._stretch(chain)
        found = self._count(chain, after_us, until_us)
        if self.least:
            return found >= self.least
        return not found and (as_of_us is None or as_of_us > until_us)

    def is_broken(self, chain: tuple[int, ...], as_of_us: int) -> bool:
        """Return whether a chain of the first steps can no longer get what it asks, whatever comes."""
        if self.first >= len(chain):
            return False
        if self.is_after:
            after_us, until_us = self._stretch(chain)
            found = self._count(chain, after_us, min(until_us, as_of_us))
            return as_of_us > until_us and found < self.least if self.least else found > 0
        is_open = len(chain) <= self.last and not self.least
        return is_open and self._count(chain, int(self.start_us[chain[self.first]]), as_of_us) > 0

    def may_hold(self, first_us: Ints, last_us: int, steps: int) -> Bools:
        """Return for chains of so many steps between two moments whether they may have what it asks: a first look.

        It lies between their ends; as their own rows do not count, some that it lets pass do not hold.
        """
        ended = self._starts if self._ends is None else self._sorted_ends
        found = np.searchsorted(self._starts, last_us, "left") - np.searchsorted(ended, first_us, "right")
        return np.asarray(found >= self.least if self.least else found <= steps)

    @cached_property
    def _starts(self) -> Ints:
        return np.asarray(self.start_us[self.rows])

    @cached_property
    def _ends(self) -> Ints | None:
        return None if self.end_us is None else np.maximum(self.end_us[self.rows], self._starts)

    @cached_property
    def _sorted_ends(self) -> Ints:
        return np.sort(self._starts if self._ends is None else self._ends)

    def _stretch(self, chain: tuple[int, ...]) -> tuple[int, int]:
        """Return the moments after which, and until which (that one included), a row must start."""
        first_us, last_us = int(self.start_us[chain[self.first]]), int(self.start_us[chain[self.last]])
        if self.is_after:
            return first_us, first_us + self.lasting_us
        if self.lasting_us:
            return first_us + self.lasting_us - 1, first_us - 1
        return first_us, last_us if self.own else last_us - 1

    def _count(self, chain: tuple[int, ...], after_us: int, until_us: int) -> int:
        begins, ends = np.searchsorted(self._starts, (after_us, until_us), "right")
        rows = self.rows[begins:ends]
        if self._ends is not None:
            begun_us = after_us + 1 if self.lasting_us < 0 else after_us
            early = min(begins, ends)
            rows = np.append(self.rows[:early][self._ends[:early] > begun_us], rows)
        return len(rows) if self.own else sum(row not in chain for row in rows.tolist())
