"""The definitions of `watch.rules.custody` written down naively: every walk of a cargo is tried."""

from __future__ import annotations

from collections.abc import Iterator

from watch.rules.custody import Custody, Forbidden, Link
from watch.rules.follow import Followed

Walk = tuple[Link, ...]


class SlowCustody:
    """All walks of the cargoes of a world, and what the definitions make of them."""

    def __init__(self, c: Custody, as_of_us: int) -> None:
        self.c, self.as_of_us = c, as_of_us

    def at(self, row: int) -> int:
        return int(self.c.start_us[row])

    def ship(self, row: int) -> int:
        return int(self.c.vessels[row])

    def found(self, first_rows: list[int]) -> list[Followed]:
        chains = [chain for row in first_rows if (chain := self.of(row))]
        chains.sort(key=lambda f: (self.c.rank.get(f.links[0].row, 0), -f.links[0].row))
        best: dict[tuple[object, ...], Followed] = {}
        for chain in chains:
            best.setdefault(self.how_it_goes_on(chain), chain)
        whole = [key for key, chain in best.items() if chain.verdict == "match"]
        kept = [
            chain
            for key, chain in best.items()
            if chain.verdict == "match" or not any(other[: len(key)] == key for other in whole)
        ]
        return sorted(kept, key=lambda f: f.links[0].row)

    def how_it_goes_on(self, chain: Followed) -> tuple[object, ...]:
        first = chain.links[0]
        return self.ship(first.row), self.ship(first.holder), *chain.links[1:]

    def of(self, row: int) -> Followed | None:
        walks = list(self.walks(row))
        until_us = self.at(row) + self.c.within_us
        if whole := [walk for walk in walks if self.is_whole(walk)]:
            return Followed(min(whole, key=self.preference), "match", until_us)
        if self.c.early is None:
            return None
        speaking = [w for w in walks if w[-1].step == self.c.early and not self.is_spoilt(w, self.at(w[-1].row))]
        for walk in sorted(speaking, key=self.preference):
            if any(longer[: len(walk)] == walk and self.may_go_on(longer) for longer in walks):
                return Followed(walk, "early", until_us)
        return Followed(min(speaking, key=self.preference), "lapsed", until_us) if speaking else None

    def walks(self, row: int) -> Iterator[Walk]:
        if not self.c.transfers[0]:
            yield from self.from_here((Link(row, row, 0),), self.at(row) + self.c.within_us)
        elif self.takes_over((), row, int(self.c.twin[row])):
            yield from self.from_here((Link(int(self.c.twin[row]), row, 0),), self.at(row) + self.c.within_us)

    def from_here(self, walk: Walk, until_us: int) -> Iterator[Walk]:
        yield walk
        if self.steps(walk) < len(self.c.steps):
            for link in self.next_links(walk):
                if self.at(walk[-1].holder) <= self.at(link.row) and self.at(link.holder) <= until_us:
                    yield from self.from_here((*walk, link), until_us)

    def next_links(self, walk: Walk) -> Iterator[Link]:
        c, ship, step = self.c, self.ship(walk[-1].holder), self.steps(walk)
        used = {row for link in walk for row in link[:2]}
        for row in c.steps[step].of(ship).tolist():
            if row in used or self.is_late(walk, row):
                continue
            if not c.transfers[step]:
                yield Link(row, row, step)
            elif self.takes_over(walk, row, int(c.twin[row])):
                yield Link(int(c.twin[row]), row, step)
        for row, other in self.passes(ship):
            passes_on = row not in used or row in walk[-1][:2]
            if passes_on and other not in used and self.takes_over(walk, row, other):
                yield Link(other, row, -1)

    def passes(self, ship: int) -> Iterator[tuple[int, int]]:
        c = self.c
        yield from ((row, int(c.twin[row])) for row in c.meetings.of(ship).tolist())
        if c.calls:
            for row in c.calls.by_vessel.of(ship).tolist():
                for other in c.calls.at_place[c.calls.place_of[row]].tolist():
                    if 0 < self.at(other) - self.at(row) <= c.calls.within_us:
                        yield row, other

    def takes_over(self, walk: Walk, row: int, other: int) -> bool:
        """Return whether another ship takes the cargo over, not the one from which it just came."""
        passed = [link for link in walk if link.row != link.holder]
        came_from = self.ship(passed[-1].row) if passed else None
        return other >= 0 and self.ship(other) not in (self.ship(row), came_from) and self.ships(walk) < self.c.most

    def is_late(self, walk: Walk, row: int) -> bool:
        step = self.steps(walk)
        limit_us = self.c.step_within_us[step] if self.c.step_within_us else None
        asked_us = max(self.at(link.row) for link in walk if link.step >= 0)
        return limit_us is not None and self.at(row) - asked_us > limit_us

    def steps(self, walk: Walk) -> int:
        return sum(link.step >= 0 for link in walk)

    def ships(self, walk: Walk) -> int:
        return 1 + sum(link.row != link.holder for link in walk)

    def is_whole(self, walk: Walk) -> bool:
        whole = self.steps(walk) == len(self.c.steps) and self.ships(walk) >= self.c.least
        return whole and not self.is_spoilt(walk, self.at(walk[-1].row))

    def is_spoilt(self, walk: Walk, by_us: int) -> bool:
        """Return whether something forbidden happened before a moment on the ship that held the cargo."""
        return any(self.spoils(span, walk, by_us) for span in self.c.forbidden)

    def spoils(self, span: Forbidden, walk: Walk, by_us: int) -> bool:
        starts = {link.step: self.at(link.row) for link in walk if link.step >= 0}
        if span.first not in starts:
            return False
        begun_us, end_us = starts[span.first], min(starts.get(span.last, by_us), by_us)
        own = {row for link in walk for row in link[:2]}
        return any(
            begun_us < self.at(row) < end_us and row not in own
            for ship, since_us, to_us in self.custody(walk)
            for row in span.rows.of(ship).tolist()
            if since_us <= self.at(row) < to_us
        )

    def custody(self, walk: Walk) -> Iterator[tuple[int, int, int]]:
        """Yield each ship with the times from which and until which it held the cargo."""
        ship, since_us = self.ship(walk[0].row), self.at(walk[0].row)
        for link in walk:
            if link.row != link.holder:
                yield ship, since_us, self.at(link.row)
                ship, since_us = self.ship(link.holder), self.at(link.holder)
        yield ship, since_us, 2**63 - 1

    def may_go_on(self, walk: Walk) -> bool:
        """Return whether a walk may still become a whole chain by what comes after the clock."""
        if self.steps(walk) == len(self.c.steps) or self.as_of_us > self.at(walk[0].row) + self.c.within_us:
            return False
        return not self.is_late_now(walk) and not self.is_spoilt(walk, self.as_of_us + 1)

    def is_late_now(self, walk: Walk) -> bool:
        limit_us = self.c.step_within_us[self.steps(walk)] if self.c.step_within_us else None
        asked_us = max(self.at(link.row) for link in walk if link.step >= 0)
        return limit_us is not None and self.as_of_us - asked_us > limit_us

    def preference(self, walk: Walk) -> tuple[object, ...]:
        return self.at(walk[-1].row), self.ships(walk), walk[::-1]


def slow_cargoes(c: Custody, first_rows: list[int], as_of_us: int) -> list[Followed]:
    return SlowCustody(c, as_of_us).found(first_rows)
