"""What a digest has to tell to whom: each change once, of the alerts that somebody asked for and that are not silenced.

Whoever gets digests has a place in the history. An alert is *new* the first time it fits what they asked for,
*changed* when it differs from what they know, and *withdrawn* when its rule no longer raises it. One that is silenced
waits: it stays known as it was told last, and is told when the silence no longer covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from watch.alert_areas import areas_of
from watch.alert_life import STANDING
from watch.digest_view import by_gravity, changes_between, level_of
from watch.store.since import Standing

Alert = dict[str, Any]

_OUTSIDE = "It is no longer among what you asked for, and will not be told further."


@dataclass(frozen=True)
class Filters:
    """What somebody asked for; empty means all.

    Attributes
    ----------
    levels
        Of alerts.
    families
        Folders of rules.
    areas
        Ids of zones, or countries as two letters, in which a step lies.
    """

    levels: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    def fit(self, alert: Mapping[str, Any], families: Mapping[str, str]) -> bool:
        """Return whether an alert is among what was asked for; `families` names the family of each rule by its id.

        Examples
        --------
        >>> Filters(levels=("high",)).fit({"level": "low"}, {}), Filters().fit({}, {})
        (False, True)
        """
        if self.levels and level_of(alert) not in self.levels:
            return False
        if self.families and families.get(str(alert.get("rule_id")), "") not in self.families:
            return False
        return not self.areas or not areas_of(alert).isdisjoint(self.areas)


@dataclass
class Changes:
    """Alerts by what has become of them since the last digest.

    Attributes
    ----------
    waiting
        Silenced alerts that have something to tell: alert id → the place in the history up to which they are known,
        0 when they were never told.
    silenced
        How many alerts are left out because they are silenced.
    """

    new: list[Alert] = field(default_factory=list)
    changed: list[Alert] = field(default_factory=list)
    withdrawn: list[Alert] = field(default_factory=list)
    still_open: list[Alert] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    silenced: int = 0

    @property
    def told(self) -> bool:
        """Whether there is any news among them."""
        return bool(self.new or self.changed or self.withdrawn)


@dataclass(frozen=True)
class Place:
    """How far somebody was told.

    Attributes
    ----------
    seq
        The last row of the history that was told; None before the first digest.
    waiting
        As `Changes.waiting` of the last digest.
    filters, families
        What was asked for then, and the families of the rules then.
    """

    seq: int | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    families: Mapping[str, str] = field(default_factory=dict)


def sort_changes(
    standing: Standing,
    place: Place,
    filters: Filters,
    families: Mapping[str, str],
    is_silenced: Callable[[Alert], bool],
    zone: tzinfo = UTC,
) -> Changes:
    """Return what has become of every alert since a place in the history, the gravest first.

    Parameters
    ----------
    standing
        The alerts as they are and as they are known.
    place
        How far was told before.
    filters, families
        What is asked for now; the family of each rule by its id.
    is_silenced
        Whether an alert, as it is, is not to be told.
    zone
        In which times are told.
    """
    out = Changes()
    for alert in sorted(standing.alerts, key=by_gravity):
        known = standing.known.get(alert["alert_id"])
        fits = filters.fit(alert, {**place.families, **families})
        if known and _was_told(known, place, families):
            _sort_known(out, alert, known, fits, filters.fit(known, {**place.families, **families}), zone)
        elif fits and alert["status"] != "withdrawn":
            out.new.append({**alert, "changes": changes_between(known, alert, zone) if known else []})
    return _without_silenced(out, standing.known.keys(), place, is_silenced)


def _was_told(known: Alert, place: Place, families: Mapping[str, str]) -> bool:
    """Return whether somebody was told of an alert and was not told that it is withdrawn."""
    if known["status"] == "withdrawn":
        return False
    return known["alert_id"] in place.waiting or place.filters.fit(known, {**families, **place.families})


def _sort_known(out: Changes, alert: Alert, known: Alert, fits: bool, fitted: bool, zone: tzinfo) -> None:
    """Sort an alert that was told before; `fitted` says whether it is asked for as it was told."""
    what = changes_between(known, alert, zone)
    if not fits and not fitted:  # it was asked for then, and is not now
        return
    if alert["status"] == "withdrawn":
        out.withdrawn.append(alert)
    elif what:
        out.changed.append({**alert, "changes": what if fits else [*what, _OUTSIDE]})
    elif fits and alert["status"] in STANDING:
        out.still_open.append(alert)


def _without_silenced(
    out: Changes, known: Collection[str], place: Place, is_silenced: Callable[[Alert], bool]
) -> Changes:
    """Take out the silenced alerts; those with something to tell wait."""
    for alerts in (out.new, out.changed, out.withdrawn):
        silent = [alert["alert_id"] for alert in alerts if is_silenced(alert)]
        for alert_id in silent:
            told_before = alerts is not out.new and alert_id in known
            out.waiting[alert_id] = place.waiting.get(alert_id, place.seq or 0) if told_before else 0
        alerts[:] = [alert for alert in alerts if alert["alert_id"] not in out.waiting]
    open_ = [alert for alert in out.still_open if not is_silenced(alert)]
    out.silenced = len(out.waiting) + len(out.still_open) - len(open_)
    out.still_open[:] = open_
    return out
