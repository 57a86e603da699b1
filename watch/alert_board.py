"""All alerts as somebody decides about them: with the silence that each falls under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from watch.digest_view import by_gravity
from watch.errors import ConfigError
from watch.rule_families import rule_families
from watch.store.alerts import read_alerts
from watch.store.silences import read_silences, silenced_by
from watch.wording import clean
from watch.workspace import Workspace


def read_told(ws: Workspace, conn: Connection) -> list[dict[str, Any]]:
    """Return all alerts, the gravest first, each with the silence it falls under as `silenced`."""
    silences, families = read_silences(conn), rule_families(ws.own_rules)
    alerts = sorted(read_alerts(conn), key=by_gravity)
    found = ((alert, silenced_by(alert, silences, families)) for alert in alerts)
    return [{**alert, "silenced": silence.brief() if silence else None} for alert, silence in found]


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
