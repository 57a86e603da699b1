"""Following cargoes from ship to ship: numbers in, numbers out; the definitions stand in `custody`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

import numpy as np

from watch.geodesy import Ints
from watch.rules.custody import Custody, Link
from watch.rules.soonest import Soonest
from watch.rules.walks import State, Walks, Ways


@dataclass(frozen=True)
class Followed:
    """One cargo's chain."""

    links: tuple[Link, ...]
    verdict: Literal["match", "early", "lapsed"]
    until_us: int


def follow_cargoes(c: Custody, first_rows: Ints, as_of_us: int) -> list[Followed]:
    """Return the chain of every cargo that is whole or speaks, by its first row."""
    walks, whole = Walks(c), Soonest(c, len(c.steps), c.least)
    may_end = whole.may_come(first_rows)
    ends = {row: chain for row in first_rows[may_end].tolist() if (chain := _whole(walks, whole, row))}
    found = list(ends.values())
    if c.early is not None:
        speaks = Soonest(c, c.early + 1, 1)
        rest = first_rows[speaks.may_come(first_rows) & ~np.isin(first_rows, list(ends))]
        found += [chain for row in rest.tolist() if (chain := _speaking(walks, speaks, row, as_of_us))]
    return _one_each(c, found)


def _one_each(c: Custody, found: list[Followed]) -> list[Followed]:
    """Return the cargoes without those that go on just as another one of the same ship, or only said what is whole."""
    best: dict[tuple[object, ...], Followed] = {}
    for chain in sorted(found, key=lambda f: (c.rank.get(f.links[0].row, 0), -f.links[0].row)):
        first = chain.links[0]
        best.setdefault((c.vessels[first.row], c.vessels[first.holder], *chain.links[1:]), chain)
    said = {way[:n] for way, chain in best.items() if chain.verdict == "match" for n in range(len(way) + 1)}
    kept = [chain for way, chain in best.items() if chain.verdict == "match" or way not in said]
    return sorted(kept, key=lambda f: f.links[0].row)


def _whole(walks: Walks, whole: Soonest, row: int) -> Followed | None:
    until_us = int(walks.c.start_us[row]) + walks.c.within_us
    goal = next(_goals(walks, whole, row, until_us), None)
    return Followed(goal.links[::-1], "match", until_us) if goal else None


def _speaking(walks: Walks, speaks: Soonest, row: int, as_of_us: int) -> Followed | None:
    """Return the chain that speaks before the end: the first one that may go on, or else the first one."""
    until_us = int(walks.c.start_us[row]) + walks.c.within_us
    lapsed, tried = None, Ways(walks)
    for goal in _goals(walks, speaks, row, until_us):
        if as_of_us <= until_us and _may_go_on(walks, tried, goal, until_us, as_of_us):
            return Followed(goal.links[::-1], "early", until_us)
        lapsed = lapsed or Followed(goal.links[::-1], "lapsed", until_us)
        if as_of_us > until_us:
            break
    return lapsed


def _goals(walks: Walks, soonest: Soonest, row: int, until_us: int) -> Iterator[State]:
    """Yield the chains that reach the goal: by their end, the number of ships, and their links from the last one."""
    first, limit = walks.first(row), soonest.limit(until_us)
    if first is None:
        return
    ways, queue, goals = Ways(walks), [(0, first)], list[State]()
    reached = 0
    while queue:
        bound, state = heappop(queue)
        if goals and bound > reached:
            yield from sorted(goals, key=lambda goal: goal.links)
            goals = []
        if state.steps == soonest.steps:
            goals.append(state)
            reached = bound
        elif not ways.beaten(state):
            for longer in walks.following(state, until_us):
                bound = soonest.bound(longer.steps, longer.ships, longer.links[0].holder)
                if bound <= limit and ways.admits(longer):
                    heappush(queue, (bound, longer))
    yield from sorted(goals, key=lambda goal: goal.links)


def _may_go_on(walks: Walks, tried: Ways, goal: State, until_us: int, as_of_us: int) -> bool:
    """Return whether a chain, or one that goes on from it, waits for what may still come.

    Those that were tried before, in vain, and all that can do no more are not tried again.
    """
    rest = [goal]
    while rest:
        state = rest.pop()
        if state.steps == len(walks.c.steps):
            continue
        limit_us = walks.c.limit_us(state.steps)
        is_late = limit_us is not None and as_of_us > state.asked_us + limit_us
        if not is_late and as_of_us < state.barred_us:
            return True
        rest += [longer for longer in walks.following(state, until_us) if tried.admits(longer)]
    return False
