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
from watch.rules.optional import fill_optional
from watch.rules.pattern import Choice, Sequence
from watch.rules.search import Search, as_us
from watch.rules.table import RowsByVessel

_ALWAYS_US = np.iinfo(np.int64).max
_HOW: dict[str, How] = {"encounter": "meeting", "possible_encounter": "possible meeting"}


def cargo_matches(search: Search, sequence: Sequence) -> Iterator[Match]:
    """Yield the matches of a sequence, cargo by cargo."""
    steps, _ = step_rows(search, sequence)
    if not all(len(rows) for rows in steps[: early_step(sequence) + 1]):
        return
    cargoes = _Cargoes(search, sequence)
    found = follow_cargoes(cargoes.custody(steps), steps[0], search.as_of_us)
    doubtful = search.doubtful(np.unique(np.concatenate([*steps, *cargoes.rows])))
    if not len(doubtful):
        yield from (cargoes.match(chain, chain.verdict) for chain in found)
        return
    certain = _Cargoes(search, sequence, doubtful)
    known = [np.setdiff1d(rows, doubtful) for rows in steps]
    sure = follow_cargoes(certain.custody(known), known[0], search.as_of_us)
    yield from (certain.match(chain, chain.verdict) for chain in sure)
    told = {row for chain in sure for row in _rows(chain)}
    for chain in found:
        rows = _rows(chain)
        if told.isdisjoint(rows) and not rows.isdisjoint(doubtful.tolist()):
            yield cargoes.match(chain, "unknown")


def _rows(chain: Followed) -> set[int]:
    return {row for link in chain.links for row in (link.row, link.holder)}


class _Cargoes:
    """The rows of all vessels that may be steps or hand-overs of a cargo, and how its chain is written."""

    def __init__(self, search: Search, sequence: Sequence, without: Ints | None = None) -> None:
        self.search, self.sequence = search, sequence
        table, order = search.table, {step.id: i for i, step in enumerate(sequence.required)}

        def rows(choice: Choice | None) -> Ints:
            fitting = table.rows(choice) if choice else np.empty(0, np.int64)
            return fitting if without is None else np.setdiff1d(fitting, without)

        self.optional = {step.id: table.by_vessel(rows(step)) for step in sequence.steps if step.optional}
        meetings = rows(Choice(any_of=sequence.hands.meetings))
        self.meetings = meetings[table.layout.twin[meetings] >= 0]
        self.lost = rows(sequence.hands.lost_custody)
        last = len(sequence.required) - 1
        spans = [(order[s.between[0]], order[s.between[1]], s) for s in sequence.not_ if s.between]
        ends = [(0, last, sequence.until)] if sequence.until else []
        self.forbidden = [Forbidden(a, b, table.by_vessel(table.rows(choice))) for a, b, choice in [*spans, *ends]]

    @property
    def rows(self) -> list[Ints]:
        """The rows of hand-overs and of optional steps."""
        return [self.meetings, self.lost, *(rows.rows for rows in self.optional.values())]

    def custody(self, steps: list[Ints]) -> Custody:
        """Return what decides which chains there are."""
        table, sequence = self.search.table, self.sequence
        return Custody(
            start_us=table.start_us,
            vessels=table.vessels,
            twin=table.layout.twin,
            steps=[table.by_vessel(rows) for rows in steps],
            transfers=[step.transfer for step in sequence.required],
            meetings=table.by_vessel(self.meetings),
            within_us=as_us(sequence.within),
            calls=self._calls(),
            forbidden=self.forbidden,
            step_within_us=[as_us(step.within) or None for step in sequence.required],
            most=sequence.hands.most,
            least=sequence.hands.least,
            early=early_step(sequence) if sequence.early else None,
            rank=self.search.ranks(sequence.required[0], steps[0]),
        )

    def _calls(self) -> Calls | None:
        rows, lost, table = self.lost, self.sequence.hands.lost_custody, self.search.table
        if lost is None:
            return None
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
        """Return the optional steps, each on the ship that held the cargo then; before the first step on that ship."""
        table, sequence = self.search.table, self.sequence
        required = {sequence.required[link.step].id: link.row for link in chain.links if link.step >= 0}
        held = {step_id: self._held(chain, rows) for step_id, rows in self.optional.items()}
        filled = fill_optional(sequence, required, held, int(np.iinfo(np.int64).min), table)
        optional = [step for step in sequence.steps if step.id in filled and step.id not in required]
        return [self.search.step(step.id, step, filled[step.id]) for step in optional]

    def _held(self, chain: Followed, rows: RowsByVessel) -> Ints:
        """Return the rows that begin on a ship of the chain while it holds the cargo, and are not of the chain."""
        table, since_us, found = self.search.table, np.iinfo(np.int64).min, []
        for link in (*(link for link in chain.links if link.row != link.holder), None):
            holder = link.row if link else chain.links[-1].holder
            mine, until_us = rows.of(int(table.vessels[holder])), table.start_us[link.row] if link else _ALWAYS_US
            found.append(mine[(table.start_us[mine] >= since_us) & (table.start_us[mine] < until_us)])
            since_us = table.start_us[link.holder] if link else since_us
        return np.setdiff1d(np.concatenate(found), list(_rows(chain)))
