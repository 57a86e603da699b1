"""Whether rules fit what vessels did: events in, matches out; no store, clock or settings.

First every step is asked of the whole table at once; only vessels that have candidates for all the steps a
rule needs are then looked at one by one (`sequence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.rules.model import Choice, ExceptionSpec, Level, Rule, Sequence, Verdict, midnight
from watch.rules.optional import fill_optional
from watch.rules.sequence import Absent, Found, Timeline, find_sequences
from watch.rules.table import EventTable, RowsByVessel, compile_where
from watch.rules.vessels import asked_at, vessel_rows
from watch.rules.zones import ZoneOf


@dataclass(frozen=True)
class StepMatch:
    """One step and the event it took, with the zone the step is about."""

    step_id: str
    event: dict[str, Any]
    zone_id: str | None


@dataclass(frozen=True)
class Match:
    """A rule that fits one vessel.

    Attributes
    ----------
    anchor_id
        The event that gives the alert its identity: the first required step's event; with `early` the one
        with which the alert first spoke.
    missing
        Ids of the required steps that have not come, in order.
    unfilled
        Ids of the optional steps for which nothing was seen.
    until_at
        Until when a sequence may still become whole; None for a single event.
    as_of
        The data's clock when this was judged.
    """

    rule_id: str
    verdict: Verdict
    level: Level
    vessel_id: str
    anchor_id: str
    steps: tuple[StepMatch, ...]
    missing: tuple[str, ...]
    unfilled: tuple[str, ...]
    until_at: pd.Timestamp | None
    as_of: pd.Timestamp


def match_rules(rules: Iterable[Rule], events: pd.DataFrame, as_of: pd.Timestamp, zone_of: ZoneOf) -> list[Match]:
    """Return the matches of several rules on one table of events, which is laid out only once."""
    table = EventTable(events, zone_of)
    return [match for rule in rules for match in match_table(rule, table, as_of)]


def match_rule(rule: Rule, events: pd.DataFrame | EventTable, as_of: pd.Timestamp, zone_of: ZoneOf) -> list[Match]:
    """Return every match of one rule, ordered by first step, event and vessel.

    Parameters
    ----------
    events
        `columns.ATTRIBUTED_COLUMNS` of all vessels to be matched, in any order; or an `EventTable` of them,
        made once for many rules.
    as_of
        The data's clock, UTC: the time against which open windows are judged.
    zone_of
        The zone with an id, or None.
    """
    table = events if isinstance(events, EventTable) else EventTable(events, zone_of)
    return match_table(rule, table, as_of)


def match_table(rule: Rule, table: EventTable, as_of: pd.Timestamp) -> list[Match]:
    """Return every match of one rule on a table that is already laid out."""
    search = _Search(rule, table, as_of)
    matches = search.sequences(rule.match.sequence) if rule.match.sequence else search.singles()
    kept = [m for m in matches if not _excepted(rule.exceptions, m)]
    return sorted(kept, key=lambda m: (m.steps[0].event["start_at"], m.anchor_id, m.vessel_id))


class _Search:
    """One rule's search through one table."""

    def __init__(self, rule: Rule, table: EventTable, as_of: pd.Timestamp) -> None:
        self.rule, self.table, self.as_of = rule, table, as_of
        self.as_of_us = int(as_of.as_unit("us").asm8.astype(np.int64))
        self.unknown_conditions = compile_where(rule.unknown_if)
        self.rank: dict[int, int] = {}

    def rows(self, choice: Choice, vessels: np.ndarray | None = None) -> np.ndarray:
        """Return the rows that fit a step or absence, of some vessels (a mask by vessel) or of all."""

        def keep(rows: np.ndarray) -> np.ndarray:
            return rows if vessels is None else rows[vessels[self.table.vessels[rows]]]

        found = [self.table.fitting(pattern, keep) for pattern in choice.patterns]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    def _ranks(self, choice: Choice, rows: np.ndarray) -> dict[int, int]:
        """Return which alternative of a step each of `rows` fits first."""
        ranks: dict[int, int] = {}
        for number, pattern in enumerate(choice.patterns):
            fitting = self.table.fitting(pattern, lambda of_kind: np.intersect1d(of_kind, rows))
            ranks = {**dict.fromkeys(fitting.tolist(), number), **ranks}
        return ranks

    def unknown(self, rows: np.ndarray) -> np.ndarray:
        """Return those of `rows` about which nothing can be told."""
        return self.table.holding(self.unknown_conditions, rows) if self.unknown_conditions else rows[:0]

    def singles(self) -> Iterator[Match]:
        """Yield the matches of a rule on single events."""
        choice = self.rule.match
        rows = vessel_rows(self.table, self.rule.vessel, self.rows(choice), "any")
        rows = rows[np.sort(np.unique(self.table.event_codes[rows], return_index=True)[1])]
        unknown = frozenset(self.unknown(rows).tolist())
        for group in self._grouped(rows):
            known = [row for row in group if row not in unknown]
            verdict: Verdict = "match" if known else "unknown"
            steps = tuple(self._step(choice.id, choice, row) for row in known or group)
            yield self._match(verdict, group[0], steps, (), (), None)

    def _grouped(self, rows: np.ndarray) -> Iterator[list[int]]:
        window = self.rule.alert.group_within
        if window is None:
            yield from ([int(row)] for row in rows)
            return
        split = self.table.by_vessel(rows)
        for vessel in np.unique(self.table.vessels[rows]):
            mine = split.of(int(vessel))
            apart = np.diff(self.table.start_us[mine]) > window / pd.Timedelta("1us")
            yield from (part.tolist() for part in np.split(mine, np.flatnonzero(apart) + 1) if len(part))

    def sequences(self, sequence: Sequence) -> Iterator[Match]:
        """Yield the matches of a sequence, vessel by vessel."""
        needed = sequence.required
        speaks = _early_index(sequence)
        vessels: np.ndarray | None = None
        rows: list[np.ndarray] = []
        for i, step in enumerate(needed):
            fitting = self.rows(step, vessels)
            fitting = vessel_rows(self.table, self.rule.vessel, fitting, asked_at(i, len(needed)))
            rows.append(fitting)
            if i <= speaks:
                vessels = np.bincount(self.table.vessels[fitting], minlength=len(self.table.vessel_ids)) > 0
        if vessels is None or not vessels.any():
            return
        self.rank = self._ranks(needed[0], rows[0])
        split = self.table.by_vessel
        optional = {step.id: split(self.rows(step, vessels)) for step in sequence.steps if step.optional}
        absent = [split(self.rows(absence, vessels)) for absence in sequence.not_]
        required = [split(fitting) for fitting in rows]
        for vessel in np.flatnonzero(vessels):
            yield from self._vessel(sequence, int(vessel), required, absent, optional)

    def _vessel(
        self,
        sequence: Sequence,
        vessel: int,
        rows: list[RowsByVessel],
        absent: list[RowsByVessel],
        optional: dict[str, RowsByVessel],
    ) -> Iterator[Match]:
        steps, extras = [r.of(vessel) for r in rows], {k: r.of(vessel) for k, r in optional.items()}
        barring = [r.of(vessel) for r in absent]
        line = self._timeline(sequence, steps, barring)
        doubtful = self.unknown(np.unique(np.concatenate([*steps, *extras.values()])))
        if not len(doubtful):
            for found in find_sequences(line, self.as_of_us):
                yield self._from_found(sequence, found, extras, found.verdict)
            return
        sure_line = self._timeline(sequence, [np.setdiff1d(s, doubtful) for s in steps], barring)
        sure = find_sequences(sure_line, self.as_of_us)
        sure_extras = {k: np.setdiff1d(r, doubtful) for k, r in extras.items()}
        for found in sure:
            yield self._from_found(sequence, found, sure_extras, found.verdict)
        for found in find_sequences(line, self.as_of_us):
            if np.isin(found.rows, doubtful).any() and not any(self._meets(found, other) for other in sure):
                yield self._from_found(sequence, found, extras, "unknown")

    def _meets(self, one: Found, other: Found) -> bool:
        start = self.table.start_us
        return bool(start[one.rows[0]] <= start[other.rows[-1]] and start[other.rows[0]] <= start[one.rows[-1]])

    def _timeline(self, sequence: Sequence, steps: list[np.ndarray], absent: list[np.ndarray]) -> Timeline:
        order = {step.id: i for i, step in enumerate(sequence.required)}
        spans = [
            Absent(order[a.between[0]], order[a.between[1]], rows)
            for a, rows in zip(sequence.not_, absent, strict=True)
        ]
        flag = self.rule.vessel.flag
        any_of = None
        if flag and flag.at == "any_step":
            every = np.unique(np.concatenate(steps))
            any_of = frozenset(vessel_rows(self.table, self.rule.vessel, every, "flag").tolist())
        within_us = round((sequence.within or pd.Timedelta(0)) / pd.Timedelta("1us"))
        early = order[sequence.early.after] if sequence.early else None
        return Timeline(self.table.start_us, steps, within_us, spans, any_of, early, self.rank)

    def _from_found(self, sequence: Sequence, found: Found, optional: dict[str, np.ndarray], verdict: Verdict) -> Match:
        required = sequence.required
        taken = {step.id: row for step, row in zip(required, found.rows, strict=False)}
        taken = fill_optional(sequence, taken, optional, found, self.table)
        steps = tuple(self._step(step.id, step, taken[step.id]) for step in sequence.steps if step.id in taken)
        missing = tuple(step.id for step in required[len(found.rows) :])
        unfilled = tuple(step.id for step in sequence.steps if step.optional and step.id not in taken)
        return self._match(verdict, found.anchor, steps, missing, unfilled, _moment(found.until_us))

    def _step(self, step_id: str, choice: Choice, row: int) -> StepMatch:
        event = self.table.event(row)
        for pattern in choice.patterns:
            zone = self.table.zone(row, pattern.zone)
            if zone is not None and event["kind"] in pattern.event:
                return StepMatch(step_id, event, zone.zone_id)
        return StepMatch(step_id, event, None)

    def _match(
        self,
        verdict: Verdict,
        anchor: int,
        steps: tuple[StepMatch, ...],
        missing: tuple[str, ...],
        unfilled: tuple[str, ...],
        until_at: pd.Timestamp | None,
    ) -> Match:
        return Match(
            rule_id=self.rule.id,
            verdict=verdict,
            level=_level(self.rule, verdict),
            vessel_id=str(steps[0].event["vessel_id"]),
            anchor_id=str(self.table.event(anchor)["event_id"]),
            steps=steps,
            missing=missing,
            unfilled=unfilled,
            until_at=until_at,
            as_of=self.as_of,
        )


def _early_index(sequence: Sequence) -> int:
    required = [step.id for step in sequence.required]
    return required.index(sequence.early.after) if sequence.early else len(required) - 1


def _level(rule: Rule, verdict: Verdict) -> Level:
    if verdict == "unknown":
        return "informational"
    early = rule.match.sequence.early if rule.match.sequence else None
    return early.level if early and verdict in ("early", "lapsed") else rule.level


def _excepted(exceptions: tuple[ExceptionSpec, ...], match: Match) -> bool:
    first = match.steps[0].event
    names = {match.vessel_id, f"imo:{first['imo']}", f"mmsi:{first['mmsi']}"}
    return any(e.vessel in names and first["start_at"] < midnight(e.until) for e in exceptions)


def _moment(us: int) -> pd.Timestamp:
    return pd.Timestamp(us, unit="us", tz="UTC")
