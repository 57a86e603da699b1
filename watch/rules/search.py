"""One rule's search through one table: which rows fit its parts, which are doubtful, and how a match is written."""

from __future__ import annotations

import numpy as np
import pandas as pd

from watch.geodesy import Ints
from watch.rules.forms import Duration, Level
from watch.rules.match import Hand, Match, StepMatch
from watch.rules.model import Rule, Verdict
from watch.rules.pattern import Choice
from watch.rules.table import EventTable, compile_where


class Search:
    """What the ways of matching share.

    Attributes
    ----------
    rule, table, as_of
        What is matched, on what, and the data's clock.
    as_of_us
        The same clock, microseconds since 1970.
    """

    def __init__(self, rule: Rule, table: EventTable, as_of: pd.Timestamp) -> None:
        self.rule, self.table, self.as_of = rule, table, as_of
        self.as_of_us = int(as_of.as_unit("us").asm8.astype(np.int64))
        self._doubtful_if = compile_where(rule.unknown_if)

    def doubtful(self, rows: Ints) -> Ints:
        """Return those of `rows` about which nothing can be told."""
        return self.table.holding(self._doubtful_if, rows) if self._doubtful_if else rows[:0]

    def ranks(self, choice: Choice, rows: Ints) -> dict[int, int]:
        """Return which alternative of a step each of `rows` fits first."""
        if len(choice.patterns) < 2:
            return {}
        ranks: dict[int, int] = {}
        for number, pattern in enumerate(choice.patterns):
            fitting = np.intersect1d(self.table.fitting(pattern), rows, assume_unique=True)
            ranks = {**dict.fromkeys(fitting.tolist(), number), **ranks}
        return ranks

    def step(self, step_id: str, choice: Choice, row: int) -> StepMatch:
        """Return a step with the event it took, and the first zone of it that the step means."""
        return StepMatch(step_id, self.table.event(row), self.zone_id(choice, row))

    def zone_id(self, choice: Choice, row: int) -> str | None:
        """Return the first zone of an event that is meant by the alternative it fits, None where it lies in none."""
        patterns = choice.patterns
        fitting = patterns if len(patterns) == 1 else [p for p in patterns if self.table.fits(row, p)]
        zones = (self.table.zone(row, pattern.zone) for pattern in fitting)
        return next((zone.zone_id for zone in zones if zone is not None), None)

    def match(
        self,
        verdict: Verdict,
        anchor: int,
        steps: tuple[StepMatch, ...],
        missing: tuple[str, ...] = (),
        unfilled: tuple[str, ...] = (),
        until_us: int | None = None,
        hands: tuple[Hand, ...] = (),
    ) -> Match:
        """Return a match about the ship of the first step."""
        return Match(
            rule_id=self.rule.id,
            verdict=verdict,
            level=_level(self.rule, verdict),
            vessel_id=str(steps[0].event["vessel_id"]),
            anchor_id=str(self.table.layout.column("event_id")[anchor]),
            steps=steps,
            missing=missing,
            unfilled=unfilled,
            until_at=None if until_us is None else pd.Timestamp(until_us, unit="us", tz="UTC"),
            as_of=self.as_of,
            hands=hands,
        )


def as_us(length: Duration | None) -> int:
    """Return a length of time in microseconds, 0 for none."""
    return round(length / pd.Timedelta("1us")) if length else 0


def _level(rule: Rule, verdict: Verdict) -> Level:
    if verdict == "unknown":
        return "informational"
    early = rule.match.sequence.early if rule.match.sequence else None
    return early.level if early and verdict in ("early", "lapsed") else rule.level
