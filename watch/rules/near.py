"""What nearly matched: events, and chains of them, that a rule would take if it asked one thing less.

    near_misses(rule, table, as_of)   over the whole table, by the one thing that was lacking
    near_steps(rule, table, step_id)  the events that nearly fit one step, whatever the others are

A sequence is near when all of it but one thing is there. One that speaks early is near, too, when it would have spoken
but for one thing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from watch.geodesy import Bools, Ints
from watch.rules.asked import NearRows, near_rows
from watch.rules.by_vessel import early_step
from watch.rules.chain import Rows
from watch.rules.figures import moment_us
from watch.rules.forms import midnight
from watch.rules.matcher import match_table
from watch.rules.model import Rule
from watch.rules.near_groups import Groups, Matched, NearGroup, NearMiss, Scope, near_event
from watch.rules.pattern import Choice
from watch.rules.relaxed import first_steps, relaxed_rules, whole_rule
from watch.rules.search import Search
from watch.rules.table import EventTable
from watch.rules.unmet import HANDS
from watch.rules.vessels import When, asked_at, vessel_rows

__all__ = ["HANDS", "NearGroup", "NearMiss", "Scope", "near_misses", "near_steps", "step_asked"]


def near_misses(rule: Rule, table: EventTable, as_of: pd.Timestamp, scope: Scope | None = None) -> list[NearGroup]:
    """Return what nearly matched, by what it lacked, the nearest first.

    Parameters
    ----------
    rule
        The rule.
    table
        The events.
    as_of
        The data's clock.
    scope
        Which are wanted; default all.

    Notes
    -----
    What lies in the time of a match about the same vessel, or shares an event with one, is no near miss; nor is what
    is doubtful besides.
    """
    asked = scope or Scope()
    groups = Groups(asked)
    for target in _targets(rule):
        if not (target.match.sequence or target.match.count):
            _add_events(target, table, as_of, groups)
        _add_chains(target, table, as_of, asked, groups)
    return groups.found()


def near_steps(rule: Rule, table: EventTable, step_id: str, rows: Ints | None = None) -> list[NearMiss]:
    """Return the events that fit a step but for one thing, whatever the other steps are, the nearest first.

    Parameters
    ----------
    rule
        The rule.
    table
        The events.
    step_id
        A step, required or optional, the event of a rule without a sequence, or `HANDS`: the hand-overs of a cargo.
    rows
        Look only at these.
    """
    choice, when = step_asked(rule, step_id)
    found: list[tuple[float, int, NearRows]] = []
    for near in near_rows(table, choice, rule.vessel, when):
        mine = near.rows if rows is None else np.intersect1d(near.rows, rows)
        far = near.asked.away(table, mine)
        found += [(away, row, near) for away, row in zip(far.tolist(), mine.tolist(), strict=True)]
    return [near_event(table, step_id, near, row, away) for away, row, near in sorted(found, key=lambda f: f[:2])]


def step_asked(rule: Rule, step_id: str) -> tuple[Choice, When]:
    """Return what a step asks for, and which questions about the ship are asked with it."""
    sequence = rule.match.sequence
    if sequence is None:
        return rule.match.count or rule.match, "any"
    if step_id == HANDS and sequence.by == "cargo":
        return Choice(any_of=sequence.hands.meetings), "middle"
    step = next(step for step in sequence.steps if step.id == step_id)
    if step.optional:
        return step, "middle"
    return step, asked_at(sequence.required.index(step), len(sequence.required))


def _targets(rule: Rule) -> Iterator[Rule]:
    """Yield the rules whose near misses are wanted: the whole, and what must be there for it to speak early."""
    yield whole_rule(rule)
    sequence = rule.match.sequence
    if sequence and sequence.early:
        yield first_steps(rule, early_step(sequence) + 1)


def _add_events(rule: Rule, table: EventTable, as_of: pd.Timestamp, groups: Groups) -> None:
    """Add the events that a rule on single events would take but for one thing."""
    search = Search(rule, table, as_of)
    fitting = vessel_rows(table, rule.vessel, table.rows(rule.match), "any")
    taken = np.unique(table.layout.source[fitting])  # of a meeting the other side may be what fits
    for near in near_rows(table, rule.match, rule.vessel, "any"):
        rows = np.setdiff1d(near.rows, search.doubtful(near.rows))
        rows = rows[~np.isin(table.layout.source[rows], taken) & _standing(rule, table, rows)]
        groups.add_events(table, rule.match.id, near._replace(rows=rows))


def _standing(rule: Rule, table: EventTable, rows: Ints) -> Bools:
    """Return which rows lie in the time for which the rule is meant, of ships that it does not leave out."""
    start_us = table.start_us[rows]
    stands = np.ones(len(rows), dtype=bool)
    if rule.valid_from:
        stands &= start_us >= moment_us(midnight(rule.valid_from))
    if rule.valid_to:
        stands &= start_us < moment_us(midnight(rule.valid_to))
    for exception in rule.exceptions:
        column, number = exception.vessel.split(":")
        named = table.layout.column(column)[rows] == int(number)
        stands &= ~(named & (start_us < moment_us(midnight(exception.until))))
    return stands


def _add_chains(rule: Rule, table: EventTable, as_of: pd.Timestamp, scope: Scope, groups: Groups) -> None:
    """Add what the rule would take if one thing were not asked of the whole of it."""
    rows, matched = Rows(table), Matched(match_table(rule, table, as_of))
    for relaxed in relaxed_rules(rule):
        for match in match_table(relaxed.rule, table, as_of):
            wanted = match.verdict == "match" and scope.takes(match) and not matched.meets(match)
            if wanted and (told := relaxed.tell(rows, match)):
                groups.add_chain(relaxed.step_id, relaxed.label, relaxed.thing, match, told)
