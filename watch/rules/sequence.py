"""Finding sequences in one vessel's timeline: numbers in, numbers out.

Rows are numbered in the order in which the timeline is read, so a smaller row is never later. The
definitions:

- A *chain* takes one row for each required step: different rows, each starting no earlier than the one
  before, the last no later than `within_us` after the first, each no later than its own `within` after the
  one before; and every *span* holds.
- A *span* is a stretch of time fixed by one or two steps, and how many of some rows may or must lie in it.
  Where it lies after a step, that nothing came is known only when the clock has passed its end.
- The next match is the chain that *ends first*; among those the one that *begins last* (the last call
  before leaving), with the first step's alternatives in order of preference; among those the one with the
  earliest steps between. After a match the search restarts after its last (or first) step's start.
- With `early`, every chain up to that step speaks: of those that end with the same row the one that begins
  last, as above. It waits until `within_us` after its first step, and to the end of spans after its steps.
  Chains whose last step lies in the time another one still waits in are one *group* with one identity, that
  of the group's first chain; a match takes over the group it grew from. Where the search goes on after the
  first step of a match, the chains that begin after it speak in the next round.
- A group shows its latest chain that may still become whole: nothing forbidden has come, and the next step
  can still come in time, or all have come and only the clock must tell. Without one it has lapsed, and shows
  its latest chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from watch.rules.chains import AFTER_ALL, BEFORE_ALL, Chain, Search, Timeline


@dataclass(frozen=True)
class Found:
    """One alert's worth: its rows by required step, its identity, and until when more may come."""

    rows: Chain
    verdict: Literal["match", "early", "lapsed"]
    anchor: int
    until_us: int
    after_us: int


def find_sequences(line: Timeline, as_of_us: int) -> list[Found]:
    """Return every match of a vessel and, with `early`, every group that is not whole (yet)."""
    return _Sequences(line, as_of_us).found()


class _Sequences:
    """The search along one timeline at one time of the clock."""

    def __init__(self, line: Timeline, as_of_us: int) -> None:
        self.line, self.as_of_us = line, as_of_us
        self._known = line.likely(lambda span, at_us: span.may_hold(at_us, at_us, as_of_us if span.is_after else None))
        self._hoped = line.likely(
            lambda span, at_us: span.may_come(at_us, as_of_us) if span.is_after else span.may_hold(at_us, at_us)
        )
        self._longest_us = max((span.lasting_us for span in line.after_spans), default=0)

    def found(self) -> list[Found]:
        found: list[Found] = []
        after_us = BEFORE_ALL
        while True:
            whole = self._next_chain(after_us)
            found += self._speaking(whole, after_us)
            if whole is None:
                return found
            after_us = int(self.line.start_us[whole[0] if self.line.overlapping else whole[-1]])

    def _next_chain(self, after_us: int) -> Chain | None:
        last, search = self.line.last, Search(self._known, after_us)
        ends = self._known.between(last, after_us, AFTER_ALL)
        return next((chain for end in ends if (chain := search.best(last, int(end), self._is_known))), None)

    def _is_known(self, chain: Chain) -> bool:
        """Return whether nothing can come any more that a whole chain must not have after its steps."""
        return all(span.holds(chain, self.as_of_us) for span in self.line.after_spans)

    def _speaking(self, whole: Chain | None, after_us: int) -> Iterator[Found]:
        line = self.line
        if line.early is None:
            if whole:
                yield Found(whole, "match", whole[0], line.waits_until_us(whole), after_us)
            return
        begun_us = int(line.start_us[whole[0]]) if whole and line.overlapping else AFTER_ALL
        ended_us = int(line.start_us[whole[-1]]) if whole else AFTER_ALL
        for group in _groups(Search(line, after_us, begun_us), line.early, ended_us):
            if whole and any(chain[-1] == whole[line.early] for chain in group):
                yield Found(whole, "match", group[0][0], line.waits_until_us(whole), after_us)
            else:
                yield self._waiting(group, after_us)

    def _waiting(self, group: list[Chain], after_us: int) -> Found:
        for chain in reversed(group):
            hope_us = self._hope_us(chain)
            if hope_us is not None:
                return Found(chain, "early", group[0][0], hope_us, after_us)
        return Found(group[-1], "lapsed", group[0][0], self.line.due_us(group[-1]), after_us)

    def _hope_us(self, chain: Chain) -> int | None:
        """Return until when a chain may become whole, None when it no longer can."""
        line, as_of_us = self.line, self.as_of_us
        if as_of_us > int(line.start_us[chain[0]]) + line.within_us + self._longest_us:
            return None
        is_broken = any(span.is_broken(chain, as_of_us) for span in line.spans)
        if len(chain) > line.last:
            return None if is_broken or self._is_known(chain) else line.waits_until_us(chain)
        due_us = line.due_us(chain)
        hopes = [due_us] if as_of_us <= due_us and not is_broken else []
        is_limited = any(line.step_within_us)
        if line.after_spans or (len(chain) < line.last and (is_limited or not hopes)):
            longer = ((*chain, row) for row in self._hoped.after(chain, due_us))
            found = (self._hope_us(one) for one in longer if line.is_allowed(one))
            hopes += [hope_us for hope_us in found if hope_us is not None]
        return max(hopes, default=None)


def _groups(search: Search, early: int, until_us: int) -> list[list[Chain]]:
    """Return the chains up to the early step, those that wait at the same time together."""
    groups: list[list[Chain]] = []
    waits_until_us = BEFORE_ALL
    for end in search.line.between(early, search.after_us, until_us).tolist():
        chain = search.best(early, end, lambda _: True)
        if chain is None:
            continue
        if not groups or search.line.start_us[end] > waits_until_us:
            groups.append([])
        groups[-1].append(chain)
        waits_until_us = max(waits_until_us, search.line.waits_until_us(chain))
    return groups
