"""Which alert an address names, where it stands among the others, and what its page says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from watch.alert_changes import changes_since
from watch.alert_filter import Facts
from watch.alert_life import STANDING
from watch.web.numbers import VERSION_MAX, whole
from watch.web.site import Site, site_of
from watch.wording import clean, plural

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
    waiting = [a for a in alerts if a["alert_id"] == alert_id or (a["status"] in STANDING and not a["silenced"])]
    at = next(k for k, alert in enumerate(waiting) if alert["alert_id"] == alert_id)
    return (waiting[at - 1] if at else None), (waiting[at + 1] if at + 1 < len(waiting) else None)


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
    with site.ws.engine.connect() as conn:
        rows = changes_since(conn, alert_id, whole(version, VERSION_MAX) or 0)
    return site.board.told().by_id[alert_id].alert, rows
