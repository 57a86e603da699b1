"""Explaining: which step took which event and why no other did, or how far a rule came about a ship and what it lacked.

Pure; the result holds plain values that fit JSON, moments as ISO texts in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from watch.alerts import alert_id, build_alerts
from watch.plain import iso, plain
from watch.rules.asked import place_words
from watch.rules.chain import Rows
from watch.rules.match import Match, StepMatch
from watch.rules.matcher import match_table
from watch.rules.measures import Measure
from watch.rules.model import Rule
from watch.rules.near import HANDS, NearGroup, NearMiss, Scope, near_misses, near_steps, step_asked
from watch.rules.relaxed import first_steps, whole_rule
from watch.rules.table import EventTable
from watch.rules.vessels import vessel_rows
from watch.rules.why import Why, rows_between
from watch.rules.zones import ZoneOf

_OTHERS_MAX = 5
_NEAR_MAX = 5
_OPTIONAL_MAX = 3
#: Of a stored alert, beside what matching says: its life, and what is the same on every screen.
_TOLD = ("summary", "measures", "red_flags", "not_observed", "inferred", "ships", "vessel", "runbook")

Explained = dict[str, Any]


class Explainer:
    """Explains what one rule makes of a table of events.

    Parameters
    ----------
    rule, table, as_of
        The rule, the events and the data's clock.
    measures, zone_of
        The legal measures, and the zone with an id.
    """

    def __init__(
        self,
        rule: Rule,
        table: EventTable,
        as_of: pd.Timestamp,
        measures: Mapping[str, Measure],
        zone_of: ZoneOf,
    ) -> None:
        self.rule, self.as_of, self.rows = rule, as_of, Rows(table)
        self._zone_of = zone_of
        found = match_table(rule, table, as_of)
        alerts = build_alerts(rule, found, measures, zone_of, table.lists)
        self.matches = {alert_id(rule.id, m.vessel_id, m.anchor_id): m for m in found}
        self.alerts = {alert["alert_id"]: alert for alert in alerts}

    def alert(self, number: str, stored: Mapping[str, Any] | None = None) -> Explained:
        """Return the explanation of an alert.

        Parameters
        ----------
        number
            Its id.
        stored
            The alert as it is stored, if it is.
        """
        life = {key: stored.get(key) if stored else None for key in ("status", "close_reason", "version", "raised_at")}
        head = {"alert_id": number, "rule_id": self.rule.id, "title": self.rule.title, **life}
        match = self.matches.get(number)
        if match is None:
            return {**head, **self._gone(stored or {})}
        alert = self.alerts[number]
        others = {
            str(step.event["event_id"]): f"the alert {other[:8]}"
            for other, found in self.matches.items()
            for step in (found.steps if other != number else ())
        }
        why = Why(self.rule, self.rows, match, others)
        return {
            **head,
            "level": match.level,
            "verdict": match.verdict,
            "why": why.verdict(),
            **{key: alert[key] for key in _TOLD},
            "steps": [self._step(why, step) for step in match.steps],
            "missing": [self._missing(why, step_id) for step_id in match.missing],
            "unfilled": [self._unfilled(match, step_id) for step_id in match.unfilled],
        }

    def vessel(self, vessel_id: str) -> Explained:
        """Return how far the rule came about a vessel, what nearly matched, and the alerts it raises about it."""
        groups = near_misses(self.rule, self.rows.table, self.as_of, Scope(vessel_ids={vessel_id}, shown=_NEAR_MAX))
        rows = self.rows.of_vessel(vessel_id)
        ids = [number for number, match in self.matches.items() if vessel_id in _ships(match)]
        told = ("alert_id", "verdict", "level", "started_at", "summary")
        return {
            "rule_id": self.rule.id,
            "title": self.rule.title,
            "vessel": self._vessel(vessel_id),
            "events": len(rows),
            "alerts": [{key: self.alerts[number][key] for key in told} for number in ids],
            "came": self._came(vessel_id),
            "steps": [self._sought(step_id, optional, rows) for step_id, optional in self._steps()],
            "near": public_near(groups),
        }

    def _gone(self, stored: Mapping[str, Any]) -> Explained:
        """Return what can be said of a stored alert that the rule no longer raises."""
        vessel_id = str((stored.get("vessel") or {}).get("vessel_id"))
        why = f"{'withdrawn' if stored.get('status') == 'withdrawn' else 'stored'}: the rule does not raise it any more"
        kept = {key: stored.get(key) for key in ("level", "verdict", *_TOLD)}
        return {
            **kept,
            "why": [why],
            "steps": stored.get("steps") or [],
            "missing": [],
            "unfilled": [],
            "now": self.vessel(vessel_id),
        }

    def _step(self, why: Why, step: StepMatch) -> Explained:
        row = self.rows.row(step.event)
        others = why.left_out(step.step_id)
        zone = self._zone_of(step.zone_id) if step.zone_id else None
        return {
            "id": step.step_id,
            **self._event(row),
            "zone": zone.public() if zone else None,
            "asked": [fact._asdict() for fact in why.facts(step.step_id, row)],
            "others": [{**self._event(other.row), "why": other.why} for other in others[:_OTHERS_MAX]],
            "others_in_all": len(others),
        }

    def _missing(self, why: Why, step_id: str) -> Explained:
        """Return which events fitted a step that has not come, and why they did not do."""
        found = why.missed(step_id)
        fits = [{**self._event(other.row), "why": other.why} for other in found[:_OTHERS_MAX]]
        return {**self._unfilled(why.match, step_id), "fits": fits, "fits_in_all": len(found)}

    def _unfilled(self, match: Match, step_id: str) -> Explained:
        """Return what nearly took a step for which nothing was seen."""
        sequence = self.rule.match.sequence
        within = sequence.within if sequence and sequence.within else pd.Timedelta(0)
        first, last = match.steps[0].event["start_at"], match.steps[-1].event["start_at"]
        mine = rows_between(self.rows, match.vessel_id, first - within, max(last, first + within))
        near = near_steps(self.rule, self.rows.table, step_id, mine)
        return {"id": step_id, "near": [_public_miss(miss) for miss in near[:_OPTIONAL_MAX]], "near_in_all": len(near)}

    def _steps(self) -> Iterable[tuple[str, bool]]:
        sequence = self.rule.match.sequence
        if sequence:
            hands = [(HANDS, False)] if sequence.by == "cargo" else []
            return [*((step.id, step.optional) for step in sequence.steps), *hands]
        return [(self.rule.step_ids[0], False)]

    def _sought(self, step_id: str, optional: bool, rows: np.ndarray) -> Explained:
        """Return which events of a vessel fit a step, and which nearly do."""
        choice, when = step_asked(self.rule, step_id)
        table = self.rows.table
        fitting = vessel_rows(table, self.rule.vessel, self.rows.fitting(choice, rows), when)
        near = near_steps(self.rule, table, step_id, rows)
        return {
            "id": step_id,
            "optional": optional,
            "fits": [self._event(int(row)) for row in fitting[:_NEAR_MAX]],
            "fits_in_all": len(fitting),
            "near": [_public_miss(miss) for miss in near[:_NEAR_MAX]],
            "near_in_all": len(near),
        }

    def _came(self, vessel_id: str) -> Explained:
        """Return the longest beginning of the sequence that the vessel has, the last one in time."""
        sequence = self.rule.match.sequence
        needed = len(sequence.required) if sequence else 1
        for count in range(needed if sequence else 0, 0, -1):
            part = whole_rule(self.rule) if count == needed else first_steps(self.rule, count)
            found = [m for m in match_table(part, self.rows.table, self.as_of) if vessel_id in _ships(m)]
            if found:
                steps = [{"id": s.step_id, **self._event(self.rows.row(s.event))} for s in found[-1].steps]
                return {"steps": steps, "reached": count, "needed": needed}
        return {"steps": [], "reached": 0, "needed": needed}

    def _vessel(self, vessel_id: str) -> Explained:
        """Return a vessel as it last declared itself."""
        fields = ("mmsi", "imo", "name", "flag", "type")
        rows = self.rows.of_vessel(vessel_id)[::-1]
        known = {
            name: next((v for row in rows if (v := self.rows.table.value(name, int(row))) is not None), None)
            for name in fields
        }
        whole = {name: int(v) if name in ("mmsi", "imo") and v is not None else v for name, v in known.items()}
        return {"vessel_id": vessel_id, **plain(whole)}

    def _event(self, row: int) -> Explained:
        event = self.rows.table.event(row)
        return {
            **{key: plain(event[key]) for key in ("event_id", "kind", "vessel_id", "name", "mmsi")},
            "start_at": iso(event["start_at"]),
            "end_at": iso(event["end_at"]),
            "place": place_words(self.rows.table, row),
            "lat": plain(event["start_lat"]),
            "lon": plain(event["start_lon"]),
        }


def public_near(groups: Iterable[NearGroup]) -> list[dict[str, Any]]:
    """Return groups of near misses as they go out."""
    return [
        {
            "step": group.step_id,
            "lacks": group.lacks,
            "count": group.count,
            "ships": group.ships,
            "nearest": [_public_miss(miss) for miss in group.nearest],
        }
        for group in groups
    ]


def _public_miss(miss: NearMiss) -> dict[str, Any]:
    steps = [
        {"id": step_id, "event_id": event["event_id"], "kind": event["kind"], "start_at": iso(event["start_at"])}
        for step_id, event in miss.events
    ]
    who = {"vessel_id": miss.vessel_id, "name": miss.name, "start_at": iso(miss.at)}
    return {**who, "told": miss.told, "away": miss.away, "steps": steps}


def _ships(match: Match) -> set[str]:
    return {match.vessel_id, *(str(hand.event["vessel_id"]) for hand in match.hands)}
