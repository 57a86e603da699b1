"""Sequences of one cargo: which rows may be its steps and hand-overs, and what is made of the chains found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from watch.geodesy import Ints
from watch.rules.by_vessel import early_step, step_rows
from watch.rules.custody import Calls, Custody, Forbidden, Link
from watch.rules.follow import Followed, follow_cargoes
from watch.rules.match import Custody as How
from watch.rules.match import Hand, Match, StepMatch
from watch.rules.model import Verdict
from watch.rules.pattern import Choice, Sequence
from watch.rules.search import Search, as_us

_HOW: dict[str, How] = {"encounter": "meeting", "possible_encounter": "possible meeting"}


def cargo_matches(search: Search, sequence: Sequence) -> Iterator[Match]:
    """Yield the matches of a sequence, cargo by cargo."""
    steps, _ = step_rows(search, sequence)
    if not all(len(rows) for rows in steps[: early_step(sequence) + 1]):
        return
    cargoes = _Cargoes(search, sequence)
    custody = cargoes.custody(steps)
    found = follow_cargoes(custody, steps[0], search.as_of_us)
    doubtful = search.doubtful(np.unique(np.concatenate([*steps, custody.meetings.rows])))
    if not len(doubtful):
        yield from (cargoes.match(chain, chain.verdict) for chain in found)
        return
    certain = [np.setdiff1d(rows, doubtful) for rows in steps]
    sure = follow_cargoes(_without(search, cargoes.custody(certain), doubtful), certain[0], search.as_of_us)
    yield from (cargoes.match(chain, chain.verdict) for chain in sure)
    told = {link.row for chain in sure for link in chain.links}
    for chain in found:
        rows = {link.row for link in chain.links}
        if told.isdisjoint(rows) and not rows.isdisjoint(doubtful.tolist()):
            yield cargoes.match(chain, "unknown")


def _without(search: Search, custody: Custody, doubtful: Ints) -> Custody:
    known = np.setdiff1d(custody.meetings.rows, doubtful)
    return replace(custody, meetings=search.table.by_vessel(known))


class _Cargoes:
    """The rows of all vessels that may be steps or hand-overs of a cargo, and how its chain is written."""

    def __init__(self, search: Search, sequence: Sequence) -> None:
        self.search, self.sequence = search, sequence
        table, order = search.table, {step.id: i for i, step in enumerate(sequence.required)}
        self.optional = {s.id: table.by_vessel(table.rows(s)) for s in sequence.steps if s.optional}
        meetings = table.rows(Choice(any_of=sequence.hands.meetings))
        self.meetings = meetings[table.layout.twin[meetings] >= 0]
        last = len(sequence.required) - 1
        spans = [(order[s.between[0]], order[s.between[1]], s) for s in sequence.not_ if s.between]
        ends = [(0, last, sequence.until)] if sequence.until else []
        self.forbidden = [Forbidden(a, b, table.by_vessel(table.rows(choice))) for a, b, choice in [*spans, *ends]]
        self.calls = self._calls()

    def custody(self, steps: list[Ints]) -> Custody:
        table, sequence = self.search.table, self.sequence
        return Custody(
            start_us=table.start_us,
            vessels=table.vessels,
            twin=table.layout.twin,
            steps=[table.by_vessel(rows) for rows in steps],
            transfers=[step.transfer for step in sequence.required],
            meetings=table.by_vessel(self.meetings),
            within_us=as_us(sequence.within),
            calls=self.calls,
            forbidden=self.forbidden,
            step_within_us=[as_us(step.within) or None for step in sequence.required],
            most=sequence.hands.most,
            least=sequence.hands.least,
            early=early_step(sequence) if sequence.early else None,
            rank=self.search.ranks(sequence.required[0], steps[0]),
        )

    def _calls(self) -> Calls | None:
        lost = self.sequence.hands.lost_custody
        if lost is None:
            return None
        table = self.search.table
        rows = table.rows(lost)
        places, _ = pd.factorize(table.layout.event_zones[table.layout.source[rows]])
        at_place = [rows[places == place] for place in range(places.max(initial=-1) + 1)]
        known = places >= 0
        place_of = dict(zip(rows[known].tolist(), places[known].tolist(), strict=True))
        return Calls(table.by_vessel(rows[known]), place_of, at_place, as_us(lost.within))

    def match(self, chain: Followed, verdict: Verdict) -> Match:
        """Return a chain as a match: its steps and hand-overs in order, and the ships with how each came by it."""
        required = self.sequence.required
        steps: list[StepMatch] = []
        hands: list[Hand] = []
        for link in chain.links:
            name = required[link.step].id if link.step >= 0 else f"hand{len(hands) + 1}"
            if not hands:
                hands.append(self._hand("loaded", name, link.row))
            if link.step < 0 or required[link.step].transfer:
                hands.append(self._hand(self._how(link), name, link.holder))
            steps += self._steps(link, name, len(hands))
        steps += self._optional_steps(chain)
        steps.sort(key=lambda s: s.event["start_at"])
        taken = {step.step_id for step in steps}
        missing = tuple(step.id for step in required if step.id not in taken)
        unfilled = tuple(step_id for step_id in self.optional if step_id not in taken)
        anchor = chain.links[0].row
        match = self.search.match(verdict, anchor, tuple(steps), missing, unfilled, chain.until_us, tuple(hands))
        return replace(match, vessel_id=str(hands[0].event["vessel_id"]))

    def _steps(self, link: Link, name: str, ship: int) -> list[StepMatch]:
        search = self.search
        if link.step >= 0:
            return [search.step(name, self.sequence.required[link.step], link.row)]
        here, there = (self._plain(row) for row in (link.row, link.holder))
        if self._how(link) != "port":
            return [StepMatch(name, *here)]
        return [StepMatch(f"ashore{ship}", *here), StepMatch(name, *there)]

    def _plain(self, row: int) -> tuple[dict[str, object], str | None]:
        zone = self.search.table.zone(row, None)
        return self.search.table.event(row), zone.zone_id if zone else None

    def _hand(self, how: How, step_id: str, row: int) -> Hand:
        return Hand(how, step_id, self.search.table.event(row))

    def _how(self, link: Link) -> How:
        return _HOW.get(str(self.search.table.layout.kinds[link.row]), "port")

    def _optional_steps(self, chain: Followed) -> list[StepMatch]:
        """Return the optional steps: between the required ones around each, on the ship that held the cargo then."""
        table, ids = self.search.table, [step.id for step in self.sequence.steps]
        number = {step.id: i for i, step in enumerate(self.sequence.required)}
        found = []
        for step in self.sequence.steps:
            if step.optional:
                after = max((number[i] for i in ids[: ids.index(step.id)] if i in number), default=-1)
                rows = self._held_rows(chain, step.id, after)
                if rows:
                    best = max(rows, key=lambda row: (table.gap_h(row), -row))
                    found.append(self.search.step(step.id, step, best))
        return found

    def _held_rows(self, chain: Followed, step_id: str, after: int) -> list[int]:
        """Return the rows that fit an optional step while a ship of the chain held the cargo, after a required step."""
        table, rows, used = self.search.table, self.optional[step_id], {link.row for link in chain.links}
        reached, inside = -1, []
        for link, following in zip(chain.links, [*chain.links[1:], None], strict=True):
            reached = link.step if link.step >= 0 else reached
            if reached != after:
                continue
            begin_us = max(table.start_us[link.row], table.start_us[link.holder])
            end_us = table.start_us[following.row] if following else chain.until_us
            mine = rows.of(int(table.vessels[link.holder]))
            held = mine[(table.start_us[mine] > begin_us) & (table.start_us[mine] <= end_us)]
            inside += [int(row) for row in held if int(row) not in used]
        return inside
