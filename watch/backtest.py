"""Backtest: what a rule, or a draft of one, would have raised over stored events; pure, it sends and writes nothing.

Events are taken as they are known now: what became known of one later is not taken back, as a replay would.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from watch.alerts import build_alerts
from watch.columns import ALERT_LIFE
from watch.rules.matcher import match_table
from watch.rules.measures import Measure
from watch.rules.model import Rule
from watch.rules.near import NearGroup, Scope, near_misses
from watch.rules.table import EventTable
from watch.rules.zones import ZoneOf

Alert = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """How the alerts differ from the stored ones of the same rule and time, by their ids.

    Attributes
    ----------
    changed
        With what would be other.
    withdrawn
        Stored ones that are not raised.
    """

    new: tuple[str, ...]
    same: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class Backtest:
    """What a rule would have raised.

    Attributes
    ----------
    from_at, to_at
        The alerts begin in this half-open range.
    as_of
        Where the clock stood.
    events, vessels
        What was looked at.
    alerts
        In the form of `shipwatch alerts list --json`, the oldest first.
    near
        What nearly matched.
    against_stored
        The difference against what is stored.
    """

    rule_id: str
    from_at: pd.Timestamp
    to_at: pd.Timestamp
    as_of: pd.Timestamp
    events: int
    vessels: int
    alerts: tuple[Alert, ...]
    near: tuple[NearGroup, ...]
    against_stored: Difference

    def by(self, name: str) -> dict[str, int]:
        """Return how many alerts there are by `verdict`, `level` or `month` of their beginning."""
        values = (str(a["started_at"])[:7] if name == "month" else str(a[name]) for a in self.alerts)
        return dict(sorted(Counter(values).items()))

    @property
    def ships(self) -> int:
        """How many ships the alerts are about."""
        return len({alert["vessel"]["vessel_id"] for alert in self.alerts})


def backtest(
    rule: Rule,
    table: EventTable,
    stored: Iterable[Alert],
    measures: Mapping[str, Measure],
    zone_of: ZoneOf,
    from_at: pd.Timestamp,
    to_at: pd.Timestamp,
    as_of: pd.Timestamp,
    shown: int = 3,
) -> Backtest:
    """Return what a rule raises over a table of events.

    Parameters
    ----------
    rule
        The rule.
    table
        All events that begin before `to_at`; those before `from_at` are context.
    stored
        Alerts as stored, of any rule.
    measures, zone_of
        The legal measures, and the zone with an id.
    from_at, to_at
        Alerts and near misses that begin in this half-open range are told.
    as_of
        Where the clock stands.
    shown
        How many near misses of each kind are told.
    """
    made = build_alerts(rule, match_table(rule, table, as_of), measures, zone_of, table.lists)
    alerts = tuple(alert for alert in made if from_at <= pd.Timestamp(alert["started_at"]) < to_at)
    known = [a for a in stored if a["rule_id"] == rule.id and from_at <= pd.Timestamp(a["started_at"]) < to_at]
    near = near_misses(rule, table, as_of, Scope(from_at, to_at, shown=shown))
    return Backtest(
        rule_id=rule.id,
        from_at=from_at,
        to_at=to_at,
        as_of=as_of,
        events=int(table.layout.source.max(initial=-1)) + 1,
        vessels=len(table.vessel_ids),
        alerts=alerts,
        near=tuple(near),
        against_stored=compare(alerts, known),
    )


def compare(alerts: Sequence[Alert], stored: Iterable[Alert]) -> Difference:
    """Return how alerts differ from stored ones; what is withdrawn already counts as not stored.

    Examples
    --------
    >>> compare([{"alert_id": "a", "level": "low"}], [{"alert_id": "a", "level": "high", "status": "open"}]).changed
    {'a': ('level',)}
    """
    made = {str(a["alert_id"]): _content(a) for a in alerts}
    known = {str(a["alert_id"]): _content(a) for a in stored if a["status"] != "withdrawn"}
    both = [number for number in made if number in known]
    return Difference(
        new=tuple(number for number in made if number not in known),
        same=tuple(number for number in both if made[number] == known[number]),
        changed={number: _other(made[number], known[number]) for number in both if made[number] != known[number]},
        withdrawn=tuple(number for number in known if number not in made),
    )


def _other(one: Alert, other: Alert) -> tuple[str, ...]:
    return tuple(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def _content(alert: Alert) -> Any:
    """Return what a rule made of an alert, as it comes back out of a database."""
    return json.loads(json.dumps({k: v for k, v in alert.items() if k not in ALERT_LIFE}, default=str))


def window(
    from_at: datetime | None, to_at: datetime | None, first_at: pd.Timestamp | None, clock: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Return the range that is looked at, and where the clock stands: at its end, or where the data end.

    Parameters
    ----------
    from_at, to_at
        As asked; None for all.
    first_at
        When the first event began; None when there is none.
    clock
        The data's clock.
    """
    begin = pd.Timestamp(from_at) if from_at else first_at if first_at is not None else clock
    just_after = clock + pd.Timedelta(microseconds=1)
    end = min(pd.Timestamp(to_at), just_after) if to_at else just_after
    return begin.as_unit("us"), end.as_unit("us"), min(end, clock).as_unit("us")
