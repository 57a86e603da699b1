"""The definitions of `watch.rules.sequence` written down naively: every combination of events is tried."""

from __future__ import annotations

from functools import cached_property, partial
from itertools import product

from watch.rules.chains import Timeline
from watch.rules.sequence import Found
from watch.rules.spans import SpanRows

Chain = tuple[int, ...]
_BEFORE_ALL, _AFTER_ALL = -(2**63), 2**63 - 1


def counted(span: SpanRows, chain: Chain, by_us: int = _AFTER_ALL) -> int:
    """Return how many of a span's rows lie in its stretch and began by a moment."""
    first_us, last_us = int(span.start_us[chain[span.first]]), int(span.start_us[chain[span.last]])
    if span.lasting_us > 0:
        edge_us, last_in_us = first_us, first_us + span.lasting_us
    elif span.lasting_us < 0:
        edge_us, last_in_us = first_us + span.lasting_us, first_us - 1
    else:
        edge_us, last_in_us = first_us, last_us if span.own else last_us - 1
    found = 0
    for row in span.rows.tolist():
        at_us = int(span.start_us[row])
        begins_in = edge_us < at_us or (at_us == edge_us and span.lasting_us < 0)
        reaches_in = span.end_us is not None and max(int(span.end_us[row]), at_us) > edge_us
        if at_us <= min(last_in_us, by_us) and (begins_in or reaches_in) and (span.own or row not in chain):
            found += 1
    return found


def end_of(span: SpanRows, chain: Chain) -> int:
    return int(span.start_us[chain[span.first]]) + span.lasting_us


class SlowMatcher:
    """All chains of a timeline, and what the definitions make of them."""

    def __init__(self, line: Timeline, as_of_us: int) -> None:
        self.line, self.as_of_us = line, as_of_us
        self.after = [span for span in line.spans if span.lasting_us > 0]
        self.beside = [span for span in line.spans if span.lasting_us <= 0]

    def at(self, row: int) -> int:
        return int(self.line.start_us[row])

    def found(self) -> list[Found]:
        found, after_us = [], _BEFORE_ALL
        while True:
            chains = [c for c in self.whole if self.at(c[0]) > after_us]
            whole = min(chains, key=self.preference, default=None)
            if self.line.early is not None:
                found += self.speaking(whole, after_us)
            elif whole:
                found.append(Found(whole, "match", whole[0], self.waits_until(whole), after_us))
            if whole is None:
                return found
            after_us = self.at(whole[0 if self.line.overlapping else -1])

    def chains(self, upto: int) -> list[Chain]:
        """Return every chain over the steps 0…upto, spans that the clock closes aside."""
        tried = product(*(step.tolist() for step in self.line.steps[: upto + 1]))
        return [chain for chain in tried if self.is_chain(chain)]

    def is_chain(self, chain: Chain) -> bool:
        at, line = [self.at(row) for row in chain], self.line
        if len(set(chain)) < len(chain) or at != sorted(at) or at[-1] - at[0] > line.within_us:
            return False
        limits = line.step_within_us or [None] * len(line.steps)
        if any(limits[i] is not None and at[i] - at[i - 1] > limits[i] for i in range(1, len(chain))):
            return False
        if len(chain) == len(line.steps) and line.any_of is not None and not line.any_of & set(chain):
            return False
        counts = [(span.least, counted(span, chain)) for span in self.beside if span.last < len(chain)]
        return all(count >= least if least else count == 0 for least, count in counts)

    @cached_property
    def whole(self) -> list[Chain]:
        return [
            chain
            for chain in self.chains(len(self.line.steps) - 1)
            if all(map(partial(self.is_known, chain), self.after))
        ]

    def is_known(self, chain: Chain, span: SpanRows) -> bool:
        if span.least:
            return counted(span, chain) >= span.least
        return counted(span, chain) == 0 and self.as_of_us > end_of(span, chain)

    def preference(self, chain: Chain) -> tuple[object, ...]:
        return chain[-1], self.line.rank.get(chain[0], 0), -chain[0], chain[1:-1]

    def waits_until(self, chain: Chain) -> int:
        ends = [end_of(span, chain) for span in self.after if span.first < len(chain)]
        return max([self.at(chain[0]) + self.line.within_us, *ends])

    def speaking(self, whole: Chain | None, after_us: int) -> list[Found]:
        until_us = self.at(whole[-1]) if whole else _AFTER_ALL
        begun_us = self.at(whole[0]) if whole and self.line.overlapping else _AFTER_ALL
        best: dict[int, Chain] = {}
        for chain in sorted(self.chains(self.line.early), key=self.preference):
            if after_us < self.at(chain[0]) <= begun_us and after_us < self.at(chain[-1]) <= until_us:
                best.setdefault(chain[-1], chain)
        groups: list[list[Chain]] = []
        for end in sorted(best):
            if groups and self.at(end) <= max(self.waits_until(c) for c in groups[-1]):
                groups[-1].append(best[end])
            else:
                groups.append([best[end]])
        return [self.told(group, whole, after_us) for group in groups]

    def told(self, group: list[Chain], whole: Chain | None, after_us: int) -> Found:
        anchor = group[0][0]
        if whole and whole[self.line.early] in [chain[-1] for chain in group]:
            return Found(whole, "match", anchor, self.waits_until(whole), after_us)
        alive = [chain for chain in group if self.hopes(chain)]
        if alive:
            return Found(alive[-1], "early", anchor, max(self.hopes(alive[-1])), after_us)
        return Found(group[-1], "lapsed", anchor, self.due(group[-1]), after_us)

    def due(self, chain: Chain) -> int:
        """Return until when the step after a chain may come."""
        due = [self.at(chain[0]) + self.line.within_us]
        if self.line.step_within_us and len(chain) < len(self.line.steps):
            limit_us = self.line.step_within_us[len(chain)]
            due += [] if limit_us is None else [self.at(chain[-1]) + limit_us]
        return min(due)

    def hopes(self, chain: Chain) -> list[int]:
        """Return until when each longer chain that begins with this one may become whole, if it still can."""
        longer = [c for k in range(len(chain), len(self.line.steps) + 1) for c in self.chains(k - 1)]
        return [hope for c in longer if c[: len(chain)] == chain and (hope := self.hope(c)) is not None]

    def hope(self, chain: Chain) -> int | None:
        for span in self.after:
            if span.first < len(chain):
                count = counted(span, chain, self.as_of_us)
                if span.least and self.as_of_us > end_of(span, chain) and count < span.least:
                    return None
                if not span.least and count:
                    return None
        if len(chain) == len(self.line.steps):
            return None if chain in self.whole else self.waits_until(chain)
        return self.due(chain) if self.as_of_us <= self.due(chain) and not self.is_barred(chain) else None

    def is_barred(self, chain: Chain) -> bool:
        """Return whether something forbidden came after a step of a chain, before the step that would close it."""
        return any(
            self.at(row) <= self.as_of_us
            and (self.at(row) > self.at(chain[span.first]) or self.reaches_in(span, row, chain))
            and (span.own or row not in chain)
            for span in self.beside
            if span.lasting_us == 0 and not span.least and span.first < len(chain) <= span.last
            for row in span.rows.tolist()
        )

    def reaches_in(self, span: SpanRows, row: int, chain: Chain) -> bool:
        return span.end_us is not None and int(span.end_us[row]) > self.at(chain[span.first])


def slow_sequences(line: Timeline, as_of_us: int) -> list[Found]:
    return SlowMatcher(line, as_of_us).found()
