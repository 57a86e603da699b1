"""What became of a rule's alerts: by state and verdict, and how many of those decided about were right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from watch.store import schema

_ALERTS = schema.alerts
_RIGHT, _WRONG = "true_positive", ("false_positive", "benign")
VERDICTS = ("match", "early", "lapsed", "unknown")


@dataclass
class Hits:
    """Alerts counted by state, and closed ones by reason."""

    by_status: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def raised(self) -> int:
        """How many there ever were."""
        return self.by_status.total()

    @property
    def right(self) -> int:
        """How many were closed as a true positive."""
        return self.by_reason[_RIGHT]

    @property
    def decided(self) -> int:
        """How many were closed as right or wrong: duplicates and undetermined ones tell nothing of the rule."""
        return self.right + sum(self.by_reason[reason] for reason in _WRONG)

    def add(self, status: str, reason: str | None, count: int) -> None:
        """Count alerts in."""
        self.by_status[status] += count
        if reason and status == "closed":
            self.by_reason[reason] += count


def read_hits(conn: Connection) -> dict[str, dict[str, Hits]]:
    """Return the alerts counted by rule and verdict."""
    c = _ALERTS.c
    columns = c.rule_id, c.verdict, c.status, c.close_reason
    found: dict[str, dict[str, Hits]] = {}
    for rule_id, verdict, status, reason, count in conn.execute(select(*columns, func.count()).group_by(*columns)):
        found.setdefault(rule_id, {}).setdefault(verdict, Hits()).add(status, reason, count)
    return found


def together(some: Iterable[Hits]) -> Hits:
    """Return counts added up."""
    whole = Hits()
    for hits in some:
        whole.by_status.update(hits.by_status)
        whole.by_reason.update(hits.by_reason)
    return whole
