"""Judging: matches the rules over the events of some vessels and brings the stored alerts in line with them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection

from watch.cargo_reach import Custodians, lost_calls, place_member
from watch.errors import Fault
from watch.matching import Progress, match_all
from watch.rules.loader import RuleSet
from watch.rules.matcher import waiting_until
from watch.rules.model import Rule
from watch.rules.table import EventTable
from watch.store import runs
from watch.store.alerts import Saved, known_alerts, save_alerts
from watch.store.events import read_events
from watch.store.meta import read_meta, write_meta
from watch.store.waiting import read_callers, read_firsts, replace_reach, replace_waiting
from watch.zones.geofences import Zones

_STOPPED = "stopped_rules"  # meta: rules that raised too much, each with the digest of its text then


class _Judged(NamedTuple):
    """What some rules raise, and the vessels about which they were asked."""

    alerts: list[dict[str, Any]]
    rule_ids: set[str]
    vessel_ids: set[str]


def standing_rules(conn: Connection, rules: RuleSet) -> RuleSet:
    """Return the rules without those that once raised too much and have not been changed since; these are faults."""
    stopped = read_meta(conn, _STOPPED) or {}
    out = [rule for rule in rules.rules if stopped.get(rule.id, {}).get("digest") == _digest(rule)]
    faults = tuple(Fault(rule.id, 0, "alert.most", stopped[rule.id]["reason"]) for rule in out)
    return replace(rules, rules=tuple(r for r in rules.rules if r not in out), faults=(*rules.faults, *faults))


def judge(
    conn: Connection,
    rules: RuleSet,
    judged: set[str],
    scope: set[str],
    events: pd.DataFrame,
    as_of: pd.Timestamp,
    zones: Zones,
    at: datetime,
    progress: Progress,
) -> Saved:
    """Store what the rules raise for some vessels, and for the cargoes that may have come to them.

    Parameters
    ----------
    conn
        In a transaction.
    rules, judged
        The rules, and the ids of all that are judged, also of those that are gone and raise nothing any more.
    scope, events
        The vessels, and all their events.
    as_of
        The data's clock.
    zones
        The geofences.
    at
        The time of this run.
    progress
        Told how far it is.
    """
    by_cargo = tuple(rule for rule in rules.rules if _is_by_cargo(rule))
    about_ships = replace(rules, rules=tuple(rule for rule in rules.rules if rule not in by_cargo))
    cargo_ids = {rule.id for rule in by_cargo}
    table = EventTable(events, zones.by_id.get, rules.lists)
    found = match_all(about_ships, table, as_of, zones, progress)
    own = [a for a in found if a["vessel"]["vessel_id"] in scope]  # of others not all events are here
    ships = _Judged(own, judged - cargo_ids, scope)
    cargoes = _judge_cargoes(conn, replace(rules, rules=by_cargo), table, scope, as_of, zones, progress)
    stopped = _stop_floods(conn, rules.rules, [*ships.alerts, *cargoes.alerts], at)
    saved = [_save(conn, part, stopped, at) for part in (ships, cargoes)]
    replace_waiting(conn, scope, _due(about_ships.rules, table, as_of, scope))
    return Saved(*(sum(counts) for counts in zip(*saved, strict=True)))


def asks_of_partners(rules: RuleSet) -> bool:
    """Return whether a rule asks what the other ship of a meeting had done before."""
    choices = (choice for rule in rules.rules for _, choice in rule.choices())
    return any(pattern.other_had for choice in choices for pattern in choice.patterns)


def _is_by_cargo(rule: Rule) -> bool:
    return rule.match.sequence is not None and rule.match.sequence.by == "cargo"


def _judge_cargoes(
    conn: Connection,
    rules: RuleSet,
    table: EventTable,
    scope: set[str],
    as_of: pd.Timestamp,
    zones: Zones,
    progress: Progress,
) -> _Judged:
    """Match the rules by cargo on the events of all ships that the cargoes in question may have come to."""
    if not rules.rules:
        return _Judged([], set(), scope)
    custodians = Custodians(
        rules.rules,
        lambda vessels: read_events(conn, vessel_ids=vessels),
        lambda *asked: read_callers(conn, *asked),
        lambda some: EventTable(some, zones.by_id.get, rules.lists),
    )
    begun = custodians.beginnings(table, scope).keys()
    firsts = begun | read_firsts(conn, scope | _places(rules.rules, table, scope))
    reaches = custodians.follow(firsts)
    replace_reach(conn, firsts, {first: reach.members for first, reach in reaches.items()})
    rule_ids = {rule.id for rule in rules.rules}
    if not reaches:
        return _Judged([], rule_ids, scope | firsts)
    reached = EventTable(custodians.events(), zones.by_id.get, rules.lists)
    alerts = match_all(rules, reached, as_of, zones, progress)
    return _Judged([a for a in alerts if a["vessel"]["vessel_id"] in reaches], rule_ids, scope | firsts)


def _places(rules: Iterable[Rule], table: EventTable, scope: Collection[str]) -> set[str]:
    """Return the places of lost custody at which one of the vessels called."""
    sequences = [rule.match.sequence for rule in rules if rule.match.sequence]
    calls = [call for sequence in sequences for call in lost_calls(table, sequence)]
    return {place_member(zone) for row, zone in calls if table.vessel_ids[table.vessels[row]] in scope}


def _due(rules: Iterable[Rule], table: EventTable, as_of: pd.Timestamp, scope: Collection[str]) -> dict[str, datetime]:
    due: dict[str, datetime] = {}
    for rule in rules:
        for vessel, moment in waiting_until(rule, table, as_of).items():
            if vessel in scope:
                due[vessel] = min(moment.to_pydatetime(), due.get(vessel, moment.to_pydatetime()))
    return due


def _save(conn: Connection, part: _Judged, stopped: set[str], at: datetime) -> Saved:
    alerts = [alert for alert in part.alerts if alert["rule_id"] not in stopped]
    return save_alerts(conn, alerts, rule_ids=part.rule_ids - stopped, vessel_ids=part.vessel_ids, at=at)


def _stop_floods(conn: Connection, rules: Sequence[Rule], alerts: list[dict[str, Any]], at: datetime) -> set[str]:
    """Return the rules that would raise more new alerts than they may, and note it; their alerts stay as they are."""
    known = known_alerts(conn, {alert["alert_id"] for alert in alerts})
    new = pd.Series([alert["rule_id"] for alert in alerts if alert["alert_id"] not in known], dtype=object)
    counts = new.value_counts().to_dict()
    stopped = {rule.id: rule for rule in rules if counts.get(rule.id, 0) > rule.alert.most}
    notes = read_meta(conn, _STOPPED) or {}
    for rule in stopped.values():
        reason = (
            f"raised {counts[rule.id]:,} new alerts in one run, above its cap of {rule.alert.most:,}, and was stopped: "
            f"try `shipwatch rules backtest {rule.id}`, then narrow the rule or raise 'alert.most'"
        )
        notes[rule.id] = {"digest": _digest(rule), "reason": reason}
        runs.note_health(conn, "rule_stopped", f"{rule.id}: {reason}", at=at)
    if stopped:
        write_meta(conn, _STOPPED, notes)
        faults = [Fault(rule_id, 0, "alert.most", notes[rule_id]["reason"]) for rule_id in stopped]
        runs.replace_rule_faults(conn, [*runs.read_rule_faults(conn), *faults], at=at)
    return set(stopped)


def _digest(rule: Rule) -> str:
    return hashlib.sha256(repr(rule).encode()).hexdigest()[:16]
