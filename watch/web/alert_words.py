"""Which alert an address names, where it stands among the others, and the addresses that its page links to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request

from watch.alert_changes import change_rows
from watch.alert_filter import Facts
from watch.store.history import read_history
from watch.web.asked import whole
from watch.web.site import Site, site_of
from watch.wording import as_utc, clean, plural

_STANDING = ("open", "acknowledged")
_SILENCE_USUAL = timedelta(days=30)  # own: a month of the data
_SHOWN_MAX = 10


def named_alert(request: Request) -> Facts:
    """Return the one alert whose id, or beginning of it, the address names; none and several are told with 404."""
    told = site_of(request).board.told()
    asked = str(request.path_params["alert_id"]).lower()
    if asked in told.by_id:
        return told.by_id[asked]
    fitting = sorted(alert_id for alert_id in told.by_id if alert_id.startswith(asked))
    if len(fitting) == 1:
        return told.by_id[fitting[0]]
    if not fitting:
        raise HTTPException(404, f"There is no alert whose id begins with {clean(asked)[:40]}.")
    some = ", ".join(fitting[:_SHOWN_MAX]) + (" …" if len(fitting) > _SHOWN_MAX else "")
    raise HTTPException(404, f"{plural(len(fitting), 'alert')} begin with {clean(asked)[:40]}: {some}")


def around(site: Site, alert_id: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the alerts before and after one among those that wait for a decision, the gravest first."""
    alerts = site.board.read()
    waiting = [a for a in alerts if a["alert_id"] == alert_id or (a["status"] in _STANDING and not a["silenced"])]
    at = next(k for k, alert in enumerate(waiting) if alert["alert_id"] == alert_id)
    return (waiting[at - 1] if at else None), (waiting[at + 1] if at + 1 < len(waiting) else None)


def address_of(alert_id: str) -> str:
    """Return where the page of an alert is."""
    return f"/alerts/{quote(alert_id, safe='')}"


def replay_of(alert: Mapping[str, Any], at: Mapping[str, Any] | None = None) -> str:
    """Return where an alert is replayed; with a step or event, at its beginning and with its ship.

    Examples
    --------
    >>> replay_of({"alert_id": "3f2a"})
    '/replay?alert=3f2a'
    >>> replay_of({"alert_id": "3f2a"}, {"start_at": "2020-05-03T04:10:09Z", "vessel_id": "imo:9208124"})
    '/replay?alert=3f2a#t=2020-05-03T04:10Z&ship=imo:9208124'
    """
    query = urlencode({"alert": alert["alert_id"]})
    begun_at = as_utc(at["start_at"]) if at else None
    if at is None or begun_at is None:
        return f"/replay?{query}"
    ship = f"&ship={quote(str(at['vessel_id']), safe=':')}" if at.get("vessel_id") else ""
    return f"/replay?{query}#t={begun_at:%Y-%m-%dT%H:%MZ}{ship}"


def day_after(as_of: datetime | None) -> str:
    """Return the day to which a silence is proposed: a month after the data's clock."""
    return f"{as_of + _SILENCE_USUAL:%Y-%m-%d}" if as_of else ""


def gist(rule: Mapping[str, Any] | None) -> str:
    """Return the first sentence of what a rule says about itself.

    Examples
    --------
    >>> gist({"description": "A ship was silent. It is near to others."})
    'A ship was silent.'
    """
    text = clean(rule["description"]) if rule else ""
    first, end, _ = text.partition(". ")
    return first + end.strip()


def stale_changes(request: Request, alert_id: str, version: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return an alert as it is now and what was changed after a version of it."""
    site = site_of(request)
    seen = whole(version, 10**9) or 0
    with site.ws.engine.connect() as conn:
        rows = change_rows(read_history(conn, alert_id=alert_id))
    return site.board.told().by_id[alert_id].alert, [row for row in rows if row["version"] > seen]
