"""Which alerts somebody wants to see, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watch.alert_areas import areas_of
from watch.digest_view import by_gravity
from watch.store.silences import last_evidence_at
from watch.wording import as_utc

Alert = Mapping[str, Any]

#: Ways to sort a list of alerts.
SORTS: dict[str, Callable[[Alert], Any]] = {
    "gravity": by_gravity,
    "start": lambda alert: (str(alert["started_at"]), alert["alert_id"]),
    "newest": lambda alert: (-_seconds(last_evidence_at(alert)), alert["alert_id"]),
    "changed": lambda alert: (-_seconds(as_utc(alert["updated_at"])), alert["alert_id"]),
    "ship": lambda alert: (
        str(alert["vessel"].get("name") or ""),
        str(alert["vessel"]["vessel_id"]),
        by_gravity(alert),
    ),
    "rule": lambda alert: (alert["rule_id"], by_gravity(alert)),
}


@dataclass(frozen=True)
class Wanted:
    """What an alert must be like; empty or None asks for nothing.

    Attributes
    ----------
    imo, mmsi
        Of the alert's ship, of one that carried its cargo, or (MMSI) of a radio in one of its steps.
    area
        Id of a zone, or a country as two letters, in which a step lies.
    since_at, until_at
        The alert's time, from its first step to its newest evidence, shares some of `[since_at, until_at)`; one that
        is still going on has no end.
    text
        Found in its summary, title, rule, or the names of its ships and zones; case does not matter.
    """

    statuses: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    rule_id: str | None = None
    family: str | None = None
    imo: int | None = None
    mmsi: int | None = None
    flag: str | None = None
    area: str | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    text: str | None = None
    silenced: bool | None = None


def filter_alerts(
    alerts: Iterable[dict[str, Any]], wanted: Wanted, families: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the alerts that are wanted, in the order given.

    Parameters
    ----------
    alerts
        In the form of `shipwatch alerts list --json`, with `silenced`.
    wanted
        What is asked of each.
    families
        Family by rule id.
    """
    return [alert for alert in alerts if _fits(alert, wanted, families) and _is_then(alert, wanted)]


def _fits(alert: Alert, wanted: Wanted, families: Mapping[str, str]) -> bool:
    asked: tuple[tuple[object, Callable[[], bool]], ...] = (
        (wanted.statuses, lambda: alert["status"] in wanted.statuses),
        (wanted.levels, lambda: alert["level"] in wanted.levels),
        (wanted.rule_id, lambda: alert["rule_id"] == wanted.rule_id),
        (wanted.family, lambda: families.get(alert["rule_id"]) == wanted.family),
        (wanted.imo, lambda: wanted.imo in _numbers(alert, "imo")),
        (wanted.mmsi, lambda: wanted.mmsi in _numbers(alert, "mmsi")),
        (wanted.flag, lambda: str(alert["vessel"].get("flag")).upper() == str(wanted.flag).upper()),
        (wanted.area, lambda: str(wanted.area).lower() in map(str.lower, areas_of(alert))),
        (wanted.text, lambda: str(wanted.text).casefold() in _text(alert)),
        (wanted.silenced is not None, lambda: (alert.get("silenced") is not None) == wanted.silenced),
    )
    return all(holds() for value, holds in asked if value)


def _is_then(alert: Alert, wanted: Wanted) -> bool:
    begun, last = as_utc(alert["started_at"]), last_evidence_at(alert)
    over = alert["ended_at"] is not None
    too_early = wanted.since_at is not None and over and last is not None and last < wanted.since_at
    too_late = wanted.until_at is not None and begun is not None and begun >= wanted.until_at
    return not (too_early or too_late)


def _numbers(alert: Alert, name: str) -> set[int | None]:
    return {ship.get(name) for ship in (alert["vessel"], *(alert.get("ships") or ()), *alert["steps"])}


def _text(alert: Alert) -> str:
    ships = [ship.get("name") for ship in (alert["vessel"], *(alert.get("ships") or ()), *alert["steps"])]
    zones = [step["zone"].get("name") for step in alert["steps"] if step.get("zone")]
    said = (alert.get("summary"), alert.get("title"), alert["rule_id"], *ships, *zones)
    return "\n".join(str(word) for word in said if word).casefold()


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
