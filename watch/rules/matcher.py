"""Whether rules fit what vessels did: events in, matches out; no store, clock or settings.

First every pattern is asked of the whole table at once; only vessels, or cargoes, that have candidates for all
the steps a rule needs are then looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from watch.rules.by_cargo import cargo_matches
from watch.rules.by_vessel import vessel_matches, waiting_us
from watch.rules.forms import midnight
from watch.rules.match import Match, StepMatch
from watch.rules.model import Rule
from watch.rules.search import Search
from watch.rules.singles import count_matches, single_matches
from watch.rules.table import EventTable, Lists
from watch.rules.zones import ZoneOf


def match_rules(
    rules: Iterable[Rule], events: pd.DataFrame, as_of: pd.Timestamp, zone_of: ZoneOf, lists: Lists | None = None
) -> list[Match]:
    """Return the matches of several rules on one table of events, which is laid out only once."""
    table = EventTable(events, zone_of, lists)
    return [match for rule in rules for match in match_table(rule, table, as_of)]


def match_rule(
    rule: Rule, events: pd.DataFrame, as_of: pd.Timestamp, zone_of: ZoneOf, lists: Lists | None = None
) -> list[Match]:
    """Return every match of one rule, ordered by first step, event and vessel.

    Parameters
    ----------
    events
        `columns.ATTRIBUTED_COLUMNS` of all vessels to be matched, in any order.
    as_of
        The data's clock, UTC: the time against which open windows are judged.
    zone_of
        The zone with an id, or None.
    lists
        The vessel lists.
    """
    return match_table(rule, EventTable(events, zone_of, lists), as_of)


def match_table(rule: Rule, table: EventTable, as_of: pd.Timestamp) -> list[Match]:
    """Return every match of one rule on a table that is already laid out."""
    search = Search(rule, table, as_of)
    sequence, count = rule.match.sequence, rule.match.count
    if sequence:
        found = cargo_matches(search, sequence) if sequence.by == "cargo" else vessel_matches(search, sequence)
    else:
        found = count_matches(search, count) if count else single_matches(search)
    kept = [m for m in found if _in_force(rule, m) and not _excepted(rule, m)]
    return sorted(kept, key=lambda m: (m.steps[0].event["start_at"], m.anchor_id, m.vessel_id))


def waiting_until(rule: Rule, table: EventTable, as_of: pd.Timestamp) -> dict[str, pd.Timestamp]:
    """Return the vessels about which a rule may judge otherwise with time alone, and when first.

    Notes
    -----
    What must not follow a step has not followed only once its time is over. Early alerts, which wait too, are not
    among these: whoever keeps them knows them.
    """
    sequence = rule.match.sequence
    if sequence is None or sequence.by == "cargo":
        return {}
    due = waiting_us(Search(rule, table, as_of), sequence)
    return {table.vessel_ids[vessel]: pd.Timestamp(us, unit="us", tz="UTC") for vessel, us in due.items()}


def _in_force(rule: Rule, match: Match) -> bool:
    """Return whether a match begins on a day on which the rule is meant."""
    begun_at = _first(rule, match).event["start_at"]
    too_early = rule.valid_from is not None and begun_at < midnight(rule.valid_from)
    too_late = rule.valid_to is not None and begun_at >= midnight(rule.valid_to)
    return not (too_early or too_late)


def _excepted(rule: Rule, match: Match) -> bool:
    first = _first(rule, match).event
    names = {match.vessel_id, f"imo:{first['imo']}", f"mmsi:{first['mmsi']}"}
    return any(e.vessel in names and first["start_at"] < midnight(e.until) for e in rule.exceptions)


def _first(rule: Rule, match: Match) -> StepMatch:
    """Return the first required step: an optional one never decides whether a rule fits."""
    sequence = rule.match.sequence
    first_id = sequence.required[0].id if sequence else match.steps[0].step_id
    return next(step for step in match.steps if step.step_id == first_id)
