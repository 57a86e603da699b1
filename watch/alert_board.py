"""All alerts as somebody decides about them: with the silence that each falls under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from watch.alert_filter import Facts, Kind
from watch.digest_view import by_gravity
from watch.errors import ConfigError
from watch.rule_families import rule_families
from watch.store.alert_rows import public_alert, rows_with_ids
from watch.store.alerts import read_alerts
from watch.store.history import goes_on_from, last_row
from watch.store.silences import Silence, read_silences, silenced_by
from watch.store.since import one_moment, touched_alerts
from watch.wording import clean
from watch.workspace import Workspace


def read_told(ws: Workspace, conn: Connection) -> list[dict[str, Any]]:
    """Return all alerts, the gravest first, each with the silence it falls under as `silenced`."""
    silences, families = read_silences(conn), rule_families(ws.own_rules)
    alerts = sorted(read_alerts(conn), key=by_gravity)
    return [_told(alert, silences, families) for alert in alerts]


def read_told_alert(ws: Workspace, conn: Connection, alert_id: str) -> dict[str, Any] | None:
    """Return an alert with the silence it falls under; None when there is none of this id."""
    found = read_alerts(conn, alert_id=alert_id)
    return _told(found[0], read_silences(conn), rule_families(ws.own_rules)) if found else None


def _told(alert: dict[str, Any], silences: Sequence[Silence], families: Mapping[str, str]) -> dict[str, Any]:
    silence = silenced_by(alert, silences, families) if silences else None
    return {**alert, "silenced": silence.brief() if silence else None}


@dataclass(frozen=True)
class Told:
    """All alerts at one moment.

    Attributes
    ----------
    facts
        The alerts as `read_told` returns them, the gravest first. They are shared: nobody may change them.
    families
        Family by rule id.
    silences
        Those that stand.
    seq, sealed
        Number and hash of the last row of the history at that moment.
    """

    facts: tuple[Facts, ...]
    families: dict[str, str]
    silences: list[Silence]
    seq: int
    sealed: str

    @cached_property
    def by_id(self) -> dict[str, Facts]:
        """The alerts by their ids."""
        return {facts.alert["alert_id"]: facts for facts in self.facts}

    @cached_property
    def kinds(self) -> dict[Kind, list[Facts]]:
        """The alerts by what many of them share."""
        found: dict[Kind, list[Facts]] = {}
        for facts in self.facts:
            found.setdefault(facts.kind, []).append(facts)
        return found

    @cached_property
    def standings(self) -> Counter[tuple[str, str, bool]]:
        """How many alerts there are by status, level, and whether they are silenced."""
        counts: Counter[tuple[str, str, bool]] = Counter()
        for kind, alike in self.kinds.items():
            counts[kind.status, kind.level, kind.silenced] += len(alike)
        return counts


class AlertBoard:
    """The alerts kept in memory, for those who ask often; many threads may ask at once.

    Notes
    -----
    What is read is what `read_told` would return. The history has a row for each change of an alert or a silence, so
    its end tells whether anything changed, and its rows which alerts have to be read again.
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = Lock()
        self._known: Told | None = None

    def read(self) -> list[dict[str, Any]]:
        """Return all alerts, the gravest first, each with the silence it falls under; nobody may change them."""
        return [facts.alert for facts in self.told().facts]

    def told(self) -> Told:
        """Return all alerts as they are now."""
        families = rule_families(self._ws.own_rules)
        with self._lock, one_moment(self._ws.engine) as conn:
            self._known = _told_now(conn, families, self._known)
            return self._known


def _told_now(conn: Connection, families: dict[str, str], known: Told | None) -> Told:
    """Return the alerts as they are, of which only those are read that changed since they were known."""
    end = last_row(conn)
    if known is not None and not goes_on_from(conn, known.seq, known.sealed):
        known = None  # another database was put in its place
    if known is not None and end == (known.seq, known.sealed) and families == known.families:
        return known
    silences = read_silences(conn)
    if known is None:
        alerts = {alert["alert_id"]: alert for alert in read_alerts(conn)}
        kept: dict[str, Facts] = {}
    else:
        rows = rows_with_ids(conn, touched_alerts(conn, known.seq))
        alerts = {alert_id: public_alert(row) for alert_id, row in rows.items()}
        same = (silences, families) == (known.silences, known.families)
        kept = {i: f if same else _judged(f, silences, families) for i, f in known.by_id.items() if i not in alerts}
    fresh = {alert_id: Facts(_told(alert, silences, families)) for alert_id, alert in alerts.items()}
    facts = sorted([*kept.values(), *fresh.values()], key=lambda facts: facts.sort_key("gravity"))
    return Told(tuple(facts), families, silences, *end)


def _judged(facts: Facts, silences: Sequence[Silence], families: Mapping[str, str]) -> Facts:
    """Return an alert with the silence that it falls under now."""
    told = _told(facts.alert, silences, families)
    return facts if told["silenced"] == facts.alert["silenced"] else Facts(told)


def named(alerts: Iterable[dict[str, Any]], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the alerts with these ids or beginnings of ids, each once, in the order asked.

    Raises
    ------
    ConfigError
        When a beginning fits none, or more than one; all faults are told at once.
    """
    known = {alert["alert_id"]: alert for alert in alerts}
    found: dict[str, dict[str, Any]] = {}
    faults = []
    for asked in ids:
        fitting = [alert_id for alert_id in known if alert_id.startswith(asked.strip().lower() or "?")]
        if len(fitting) == 1:
            found[fitting[0]] = known[fitting[0]]
        else:
            what = f"{len(fitting)} alerts" if fitting else "no alert"
            faults.append(f"{what} with an id that begins with {clean(asked)!r}")
    if faults:
        raise ConfigError("\n".join([*faults, "see `shipwatch alerts list`"]))
    return list(found.values())
