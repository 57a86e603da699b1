"""Why a match is one: what was asked of each event, why no other event took its step, and why the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from watch.geodesy import Ints
from watch.rules.asked import Asked, asked_of
from watch.rules.chain import Chain, Rows, apart_words, when_words
from watch.rules.figures import choice_words, hours, moment_us, value_words
from watch.rules.match import Match
from watch.rules.model import Rule
from watch.rules.near import HANDS, step_asked
from watch.rules.pattern import Choice, Having, Sequence, Span
from watch.rules.search import Search, as_us
from watch.rules.unmet import event_words
from watch.rules.vessels import When, vessel_rows


class Fact(NamedTuple):
    """One thing that was asked of an event, and what it was."""

    asked: str
    needs: str
    was: str


class Other(NamedTuple):
    """An event that would fit a step too, and why it did not take it."""

    row: int
    why: str


@dataclass(frozen=True)
class Why:
    """Explains one match.

    Attributes
    ----------
    rule, rows, match
        What is explained, on the table that it was found in.
    others
        The events of the other matches of the rule, each with what to call its match.
    """

    rule: Rule
    rows: Rows
    match: Match
    others: Mapping[str, str]

    def facts(self, step_id: str, row: int) -> list[Fact]:
        """Return what a step asked of the event that took it."""
        choice, when = self._asked(step_id)
        table, kind = self.rows.table, str(self.rows.table.layout.kinds[row])
        for pattern in choice.patterns if choice else ():
            found = asked_of(kind, pattern, self.rule.vessel, when) if kind in pattern.event else []
            if found and all(_holds(self.rows, asked, kind, row, when) for asked in found):
                zone = table.zone(row, pattern.zone)
                place = zone.zone_id if zone else ""
                return [Fact(a.field, a.needs, place if a.zone else a.was(table, row)) for a in found]
        return []

    def _asked(self, step_id: str) -> tuple[Choice | None, When]:
        sequence = self.rule.match.sequence
        if sequence is None or step_id in {step.id for step in sequence.steps}:
            return step_asked(self.rule, step_id)
        is_call = any(h.step_id == step_id and h.custody == "port" for h in self.match.hands)
        if is_call or step_id.startswith("ashore"):
            return sequence.hands.lost_custody, "middle"
        return step_asked(self.rule, HANDS)

    def left_out(self, step_id: str) -> list[Other]:
        """Return the events of the ship that would fit a required step too, the nearest in time first."""
        sequence = self.rule.match.sequence
        if sequence is None or step_id not in {step.id for step in sequence.required}:
            return []
        chain = Chain(self.rows, sequence, self.match)
        table, taken = self.rows.table, chain.taken[step_id]
        choice, when = step_asked(self.rule, step_id)
        mine = self.rows.of_vessel(table.vessel_ids[table.vessels[taken]])
        fitting = vessel_rows(table, self.rule.vessel, self.rows.fitting(choice, mine), when)
        apart_us = np.abs(table.start_us[fitting] - table.start_us[taken])
        near = fitting[(apart_us <= as_us(sequence.within)) & (fitting != taken)]
        order = np.argsort(np.abs(table.start_us[near] - table.start_us[taken]), kind="stable")
        return [Other(int(row), self._why_not(chain, step_id, int(row))) for row in near[order]]

    def missed(self, step_id: str) -> list[Other]:
        """Return the events that fit a required step which has not come, later than those before it, and why not."""
        sequence = self.rule.match.sequence
        if sequence is None:
            return []
        chain, choice = Chain(self.rows, sequence, self.match), step_asked(self.rule, step_id)[0]
        start_us, last = self.rows.table.start_us, chain.taken[chain.required[-1]]
        ship = self.match.hands[-1].event["vessel_id"] if self.match.hands else self.match.vessel_id
        fitting = self.rows.fitting(choice, self.rows.of_vessel(str(ship)))
        later = fitting[(start_us[fitting] >= start_us[last]) & (fitting != last)].tolist()
        return [
            Other(row, why) for row in later if (why := self.doubts(row) or broken_by(chain.with_step(step_id, row)))
        ]

    def _why_not(self, chain: Chain, step_id: str, row: int) -> str:
        event_id = str(self.rows.table.event(row)["event_id"])
        used = next((step for step, taken in chain.taken.items() if taken == row), None)
        if used:
            return f"it took the step {used}"
        if event_id in self.others:
            return f"it stands in {self.others[event_id]}"
        if doubts := self.doubts(row):
            return f"{doubts}, which the rule calls doubtful"
        broken = broken_by(chain.with_step(step_id, row), step_id)
        return broken or self._less_wanted(chain, step_id, row)

    def _less_wanted(self, chain: Chain, step_id: str, row: int) -> str:
        """Return why an event that would do as well was not taken."""
        ids, is_later = chain.required, bool(self.rows.table.start_us[row] > chain.start_us(step_id))
        began = f"it began {'later' if is_later else 'earlier'}"
        if len(ids) == 1:
            return f"{began}; of those that wait at the same time the last is shown"
        ranks = self._ranks(step_id, row, chain.taken[step_id]) if step_id == ids[0] else (0, 0)
        if ranks[0] > ranks[1]:
            return "it fits an alternative that is written later; the first written counts"
        if step_id == ids[0] and not is_later:
            return f"{began}; the last {step_id} before {ids[1]} counts"
        if step_id == ids[-1] and is_later:
            return f"{began}; what ends first counts"
        if step_id in ids[1:-1] and is_later:
            return f"{began}; the first {step_id} after {ids[ids.index(step_id) - 1]} counts"
        return f"{began}; of all chains the one counts that ends first, then the one that begins last"

    def _ranks(self, step_id: str, *rows: int) -> tuple[int, ...]:
        choice, _ = step_asked(self.rule, step_id)
        found = Search(self.rule, self.rows.table, self.match.as_of).ranks(choice, np.unique(rows))
        return tuple(found.get(row, 0) for row in rows)

    def doubts(self, row: int) -> str:
        """Return what makes an event doubtful, in words; nothing when it is not."""
        table = self.rows.table
        if not len(Search(self.rule, table, self.match.as_of).doubtful(np.array([row]))):
            return ""
        told = (f"{name} was {value_words(name, table.value(name, row))}" for name in self.rule.unknown_if)
        return " and ".join(told)

    def verdict(self) -> list[str]:
        """Return why the verdict is what it is, in sentences."""
        return list(_verdict(self))


def broken_by(chain: Chain, step_id: str = "") -> str | None:
    """Return what forbids a chain, in words; None when nothing does.

    Parameters
    ----------
    chain
        The steps so far.
    step_id
        The step that is tried.
    """
    sequence, ids = chain.sequence, chain.required
    for before, after in pairwise(ids):
        if chain.start_us(after) < chain.start_us(before):
            return f"it began before {before}" if after == step_id else f"it began after {after}"
    limits = [(ids[0], ids[-1], sequence.within)] if sequence.within else []
    limits += [(a, b, s.within) for a, b in pairwise(ids) for s in sequence.required if s.id == b and s.within]
    for first, last, within in limits:
        was, limit, over = apart_words(chain, first, last, hours(within))
        if over > 0:
            return f"{last} came {was} after {first} then, needs {limit}"
    return next(_broken_spans(chain), None)


def _broken_spans(chain: Chain) -> Iterator[str]:
    for _, span in chain.sequence.spans:
        if not chain.knows(span):
            continue
        found = chain.of_span(span)
        if isinstance(span, Having):
            if len(found) < span.min:
                yield f"{len(found)} {choice_words(span)} {when_words(span)} then, needs {span.min} or more"
        elif len(found):
            yield f"{event_words(chain.rows, int(found[0]))} lies {when_words(span)} then, which `not` forbids"


def _holds(rows: Rows, asked: Asked, kind: str, row: int, when: When) -> bool:
    at = int(np.searchsorted(rows.table.of_kind(kind), row))
    return bool(asked.mask(rows.table, kind, when)[at])


def _verdict(why: Why) -> Iterator[str]:
    match, sequence = why.match, why.rule.match.sequence
    if match.verdict == "unknown":
        for step in match.steps:
            if doubts := why.doubts(why.rows.row(step.event)):
                yield f"{step.step_id}: {doubts}, so nobody can tell"
    if sequence is None:
        yield from _of_count(why)
        return
    chain = Chain(why.rows, sequence, match)
    if match.verdict in ("early", "lapsed"):
        yield from _waiting(chain, match)
    yield from _kept(chain, sequence)


def _of_count(why: Why) -> Iterator[str]:
    count, steps = why.rule.match.count, why.match.steps
    if count:
        what = f"different {count.distinct}s" if count.distinct else "events"
        days = (steps[-1].event["start_at"] - steps[0].event["start_at"]) / pd.Timedelta(days=1)
        within = f"{hours(count.within) / 24:g} d"
        yield f"{len(steps)} events in {days:.1f} d, needs {count.min} {what} in any {within}"


def _kept(chain: Chain, sequence: Sequence) -> Iterator[str]:
    """Yield which of the conditions on the whole are met."""
    ids = chain.required
    if sequence.within and len(ids) > 1:
        was, limit, _ = apart_words(chain, ids[0], ids[-1], hours(sequence.within))
        yield f"{ids[-1]} came {was} after {ids[0]}, needs {limit}"
    for _, span in sequence.spans:
        if chain.knows(span):
            found = len(chain.of_span(span))
            needs = f" (needs {span.min} or more)" if isinstance(span, Having) else ""
            yield f"{found or 'no'} {choice_words(span)} {when_words(span)}{needs}"


def _waiting(chain: Chain, match: Match) -> Iterator[str]:
    """Yield until when a chain waits for more, or why it waits no more."""
    until = f"{match.until_at:%Y-%m-%d %H:%M} UTC" if match.until_at is not None else "its end"
    missing = ", ".join(match.missing) or "what must not follow"
    if match.verdict == "early":
        yield f"waits for {missing} until {until}; the data's clock stands at {match.as_of:%Y-%m-%d %H:%M} UTC"
        return
    barred = list(_barring(chain, moment_us(match.as_of)))
    yield from barred or [f"{missing} did not come until {until}"]


def _barring(chain: Chain, as_of_us: int) -> Iterator[str]:
    """Yield what came that must not, while the chain waited."""
    sequence, order = chain.sequence, [step.id for step in chain.sequence.required]
    open_spans = [
        (s, s.between[0], s.between[1]) for s in sequence.not_ if s.between and s.between[1] not in chain.taken
    ]
    ends: list[tuple[Choice, str, str]] = [(sequence.until, order[0], order[-1])] if sequence.until else []
    for choice, first, last in [*open_spans, *ends]:
        if first in chain.taken:
            found = chain.inside(choice, chain.start_us(first), as_of_us)
            key = "not" if isinstance(choice, Span) else "until"
            if len(found):
                came = event_words(chain.rows, int(found[0]))
                yield f"{came} came after {first} and before {last}, which `{key}` rules out"
    yield from _broken_spans(chain)


def rows_between(rows: Rows, vessel_id: str, from_at: pd.Timestamp, to_at: pd.Timestamp) -> Ints:
    """Return the rows of a vessel that begin in a stretch of time, both ends included."""
    mine = rows.of_vessel(vessel_id)
    start_us = rows.table.start_us[mine]
    return mine[(start_us >= moment_us(from_at)) & (start_us <= moment_us(to_at))]
