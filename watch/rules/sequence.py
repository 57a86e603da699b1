"""Finding sequences in one vessel's timeline: numbers in, numbers out.

Rows are numbered in the order in which the timeline is read, so a smaller row is never later. The
definitions:

- A *chain* takes one row for each required step: different rows, each starting no earlier than the one
  before, the last no later than `within_us` after the first, with nothing forbidden between the steps an
  absence names.
- The next match is the chain that *ends first*; among those the one that *begins last* (the last call
  before leaving), with the first step's alternatives in order of preference; among those the one with the
  earliest steps between. After a match the search restarts after its last step's start.
- With `early`, every chain up to that step speaks. Chains whose last step lies in the time another one
  still waits in are one *group* with one identity, that of the group's first chain; a match takes over the
  group it grew from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

_BEFORE_ALL = np.iinfo(np.int64).min
_AFTER_ALL = np.iinfo(np.int64).max

Chain = tuple[int, ...]


@dataclass(frozen=True)
class Absent:
    """Rows that must not start strictly between the starts of two required steps (by number)."""

    first: int
    last: int
    rows: np.ndarray


@dataclass(frozen=True)
class Timeline:
    """One vessel's candidates for each required step, ascending, and the conditions on a chain.

    Attributes
    ----------
    start_us
        Start of every row of the table, microseconds.
    any_of
        Rows of which a whole chain must hold one; None when there is no such condition.
    early
        Number of the required step after which a chain speaks; None when it never speaks early.
    rank
        Which alternative of its step a row fits; a first step of a lower rank is preferred.
    """

    start_us: np.ndarray
    steps: Sequence[np.ndarray]
    within_us: int
    absent: Sequence[Absent] = ()
    any_of: frozenset[int] | None = None
    early: int | None = None
    rank: Mapping[int, int] = field(default_factory=dict)


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
    found: list[Found] = []
    after_us = _BEFORE_ALL
    while True:
        whole = _next_chain(line, after_us)
        until_us = int(line.start_us[whole[-1]]) if whole else _AFTER_ALL
        found += _speaking(line, whole, after_us, until_us, as_of_us)
        if whole is None:
            return found
        after_us = until_us


def _next_chain(line: Timeline, after_us: int) -> Chain | None:
    last = len(line.steps) - 1
    ends = _between(line, line.steps[last], after_us, _AFTER_ALL)
    return next((chain for e in ends if (chain := _chain_to(line, last, int(e), after_us))), None)


def _speaking(line: Timeline, whole: Chain | None, after_us: int, until_us: int, as_of_us: int) -> Iterator[Found]:
    if line.early is None:
        if whole:
            yield Found(whole, "match", whole[0], int(line.start_us[whole[0]]) + line.within_us, after_us)
        return
    for group in _groups(line, after_us, until_us):
        if whole and any(chain[-1] == whole[line.early] for chain in group):
            yield Found(whole, "match", group[0][0], int(line.start_us[whole[0]]) + line.within_us, after_us)
        else:
            yield _waiting(line, group, after_us, as_of_us)


def _groups(line: Timeline, after_us: int, until_us: int) -> list[list[Chain]]:
    """Return the chains up to the early step, those that wait at the same time together."""
    early = line.early or 0
    groups: list[list[Chain]] = []
    waits_until = _BEFORE_ALL
    for end in _between(line, line.steps[early], after_us, until_us):
        chain = _chain_to(line, early, int(end), after_us)
        if chain is None:
            continue
        if not groups or int(line.start_us[end]) > waits_until:
            groups.append([])
        groups[-1].append(chain)
        waits_until = max(waits_until, int(line.start_us[chain[0]]) + line.within_us)
    return groups


def _waiting(line: Timeline, group: list[Chain], after_us: int, as_of_us: int) -> Found:
    def until(chain: Chain) -> int:
        return int(line.start_us[chain[0]]) + line.within_us

    alive = [chain for chain in group if as_of_us <= until(chain) and not _barred(line, chain, as_of_us)]
    shown = alive[-1] if alive else group[-1]
    return Found(shown, "early" if alive else "lapsed", group[0][0], until(shown), after_us)


def _barred(line: Timeline, chain: Chain, as_of_us: int) -> bool:
    """Return whether something forbidden already followed, so that the chain can never become whole."""
    open_spans = [a for a in line.absent if a.first < len(chain) <= a.last]
    return any(_any_between(line, a.rows, chain[a.first], as_of_us + 1, chain) for a in open_spans)


def _chain_to(line: Timeline, last: int, end: int, after_us: int) -> Chain | None:
    """Return the best chain over the steps 0…last that ends with row `end`."""
    end_us = int(line.start_us[end])
    if last == 0:
        return (end,) if _any_held(line, (end,), last) else None
    earliest_us = max(after_us, end_us - line.within_us - 1)
    firsts = [int(row) for row in _between(line, line.steps[0], earliest_us, end_us)[::-1] if row != end]
    for first in sorted(firsts, key=lambda row: line.rank.get(row, 0)):
        if chain := _fill(line, (first,), last, end):
            return chain
    return None


def _fill(line: Timeline, chain: Chain, last: int, end: int) -> Chain | None:
    step = len(chain)
    if step == last:
        whole = (*chain, end)
        return whole if _allowed(line, whole) and _any_held(line, whole, last) else None
    rows = line.steps[step]
    for row in _between(line, rows, int(line.start_us[chain[-1]]) - 1, int(line.start_us[end])):
        longer = (*chain, int(row))
        if row == end or row in chain or not _allowed(line, longer):
            continue
        if filled := _fill(line, longer, last, end):
            return filled
    return None


def _allowed(line: Timeline, chain: Chain) -> bool:
    """Return whether nothing forbidden lies in the spans that the newest row closes."""
    end_us = int(line.start_us[chain[-1]])
    closed = [a for a in line.absent if a.last == len(chain) - 1]
    return not any(_any_between(line, a.rows, chain[a.first], end_us, chain) for a in closed)


def _any_between(line: Timeline, rows: np.ndarray, first: int, end_us: int, chain: Chain) -> bool:
    inside = _between(line, rows, int(line.start_us[first]), end_us - 1)
    return any(int(row) not in chain for row in inside)


def _any_held(line: Timeline, chain: Chain, last: int) -> bool:
    if line.any_of is None or last < len(line.steps) - 1:
        return True
    return not line.any_of.isdisjoint(chain)


def _between(line: Timeline, rows: np.ndarray, after_us: int, until_us: int) -> np.ndarray:
    """Return the rows that start after `after_us` and not after `until_us`."""
    starts = line.start_us[rows]
    return rows[np.searchsorted(starts, after_us, "right") : np.searchsorted(starts, until_us, "right")]
