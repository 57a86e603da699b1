"""What a form about one alert asks for, checked and done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from watch.alert_life import BY_HAND, CLOSE_REASONS, note_text
from watch.errors import ConfigError
from watch.moments import moment
from watch.silence_scope import make_silence
from watch.store.decisions import decide_alerts
from watch.store.history import deciding
from watch.web.numbers import VERSION_MAX, whole
from watch.web.site import actor_of, site_of


def decide(request: Request, alert_id: str, form: FormData) -> str:
    """Return what was done with an alert, which is stored with who did it.

    Raises
    ------
    ConfigError
        The form asks for nothing that may be done.
    ConflictError
        Somebody changed the alert since the version that the form names.
    """
    what, reason = (str(form.get(name, "")).strip() for name in ("what", "reason"))
    note, version = note_text(str(form.get("note", ""))), whole(str(form.get("version", "")), VERSION_MAX)
    faults = [f"{what!r} is nothing that can be done with an alert"] if what not in BY_HAND else []
    faults += ["the form does not say which version was seen"] if version is None else []
    if what == "close" and reason not in CLOSE_REASONS:
        faults.append("choose why the alert is closed")
    if faults:
        raise ConfigError("\n".join(faults))
    site, actor = site_of(request), actor_of(request).name
    with deciding(site.ws.engine) as conn:
        why = reason if what == "close" else None
        decide_alerts(conn, {alert_id: version or 0}, what, at=site.now(), actor=actor, reason=why, note=note)
    return what


def silence(request: Request, alert: Mapping[str, Any], form: FormData) -> None:
    """Silence an alert, or all of its vessel, until a day of the data.

    Raises
    ------
    ConfigError
        The form does not say what, until when, and why.
    """
    site, author = site_of(request), actor_of(request).name
    what, until, reason = (str(form.get(name, "")).strip() for name in ("scope", "until", "reason"))
    scopes = {"alert": str(alert["alert_id"]), "vessel": str(alert["vessel"]["vessel_id"])}
    if what not in scopes:
        raise ConfigError("say whether this alert or its vessel is to be silenced")
    make_silence(
        site.ws,
        {what: scopes[what]},
        until_at=moment(until or None, "until"),
        reason=reason,
        author=author,
        at=site.now(),
        told=site.board.read(),
    )
