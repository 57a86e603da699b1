"""Which alerts somebody wants to see, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

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
    vessel_type
        What its ship is, as `tanker`.
    text
        Found in its summary, title, rule, or the names and numbers of its ships or the names of its zones; case does
        not matter.
    """

    statuses: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    rule_id: str | None = None
    family: str | None = None
    imo: int | None = None
    mmsi: int | None = None
    flag: str | None = None
    vessel_type: str | None = None
    area: str | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    text: str | None = None
    silenced: bool | None = None


class Kind(NamedTuple):
    """What many alerts have in common, so that it need be judged and counted once for all of them."""

    status: str
    level: str
    rule_id: str
    flag: str
    vessel_type: str
    areas: frozenset[str]
    silenced: bool


#: Fields of `Wanted` that ask for what all alerts of a kind share.
OF_KIND = ("statuses", "levels", "rule_id", "family", "flag", "vessel_type", "area", "silenced")


@dataclass(frozen=True)
class Facts:
    """An alert with what is asked of it again and again, worked out once when it is first asked for.

    Attributes
    ----------
    alert
        In the form of `shipwatch alerts list --json`, with `silenced`.
    """

    alert: dict[str, Any]
    _keys: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def begun_at(self) -> datetime | None:
        """When its first step began."""
        return as_utc(self.alert["started_at"])

    @cached_property
    def last_at(self) -> datetime | None:
        """When its newest evidence was seen."""
        return last_evidence_at(self.alert)

    @cached_property
    def zones(self) -> dict[str, str]:
        """Names of the zones in which its steps lie, by id."""
        zones = [step["zone"] for step in self.alert["steps"] if step.get("zone")]
        return {str(zone.get("id")): str(zone.get("name") or zone.get("id")) for zone in zones}

    @cached_property
    def areas(self) -> frozenset[str]:
        """Ids of these zones, and their countries."""
        return frozenset(areas_of(self.alert))

    @cached_property
    def areas_lower(self) -> frozenset[str]:
        """The same in lower case."""
        return frozenset(map(str.lower, self.areas))

    @cached_property
    def kind(self) -> Kind:
        """All of it that many alerts share."""
        alert, vessel = self.alert, self.alert["vessel"]
        ship = (str(vessel.get("flag") or ""), str(vessel.get("type") or ""))
        return Kind(alert["status"], alert["level"], alert["rule_id"], *ship, self.areas, alert["silenced"] is not None)

    @cached_property
    def text(self) -> str:
        """All that a text is looked for in, case folded."""
        ships = _ships(self.alert)
        named = [ship.get(name) for ship in ships for name in ("name", "imo", "mmsi")]
        said = (self.alert.get("summary"), self.alert.get("title"), self.alert["rule_id"], *named, *self.zones.values())
        return "\n".join(str(word) for word in said if word).casefold()

    def sort_key(self, sort: str) -> Any:
        """Return where it stands in one of `SORTS`."""
        if sort not in self._keys:
            self._keys[sort] = SORTS[sort](self.alert)
        return self._keys[sort]


Check = Callable[[Facts], bool]


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
    asked = checks(wanted, families).values()
    return [facts.alert for facts in map(Facts, alerts) if all(holds(facts) for holds in asked)]


def checks(wanted: Wanted, families: Mapping[str, str]) -> dict[str, Check]:
    """Return for each field of `Wanted` that asks for something what tells whether an alert is so.

    Examples
    --------
    >>> list(checks(Wanted(flag="LR", silenced=False), {}))
    ['flag', 'silenced']
    """
    flag, area, text = (str(value or "") for value in (wanted.flag, wanted.area, wanted.text))
    known: dict[str, Check] = {
        "statuses": lambda facts: facts.alert["status"] in wanted.statuses,
        "levels": lambda facts: facts.alert["level"] in wanted.levels,
        "rule_id": lambda facts: facts.alert["rule_id"] == wanted.rule_id,
        "family": lambda facts: families.get(facts.alert["rule_id"]) == wanted.family,
        "imo": lambda facts: wanted.imo in _numbers(facts.alert, "imo"),
        "mmsi": lambda facts: wanted.mmsi in _numbers(facts.alert, "mmsi"),
        "flag": lambda facts: str(facts.alert["vessel"].get("flag")).upper() == flag.upper(),
        "vessel_type": lambda facts: facts.alert["vessel"].get("type") == wanted.vessel_type,
        "area": lambda facts: area.lower() in facts.areas_lower,
        "since_at": lambda facts: not _is_over_before(facts, wanted.since_at),
        "until_at": lambda facts: not _begins_at_or_after(facts, wanted.until_at),
        "text": lambda facts: text.casefold() in facts.text,
        "silenced": lambda facts: (facts.alert.get("silenced") is not None) == wanted.silenced,
    }
    return {name: check for name, check in known.items() if getattr(wanted, name) not in (None, (), "")}


def _is_over_before(facts: Facts, since_at: datetime | None) -> bool:
    over = facts.alert["ended_at"] is not None and facts.last_at is not None
    return over and since_at is not None and facts.last_at is not None and facts.last_at < since_at


def _begins_at_or_after(facts: Facts, until_at: datetime | None) -> bool:
    return until_at is not None and facts.begun_at is not None and facts.begun_at >= until_at


def _ships(alert: Alert) -> list[Mapping[str, Any]]:
    return [alert["vessel"], *(alert.get("ships") or ()), *alert["steps"]]


def _numbers(alert: Alert, name: str) -> set[int | None]:
    return {ship.get(name) for ship in _ships(alert)}


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
