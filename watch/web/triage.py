"""What is decided about ticked alerts: all of them or none, and only as somebody has seen them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watch.alert_board import Told
from watch.alert_changes import changes_since
from watch.alert_life import BY_HAND, note_text
from watch.errors import ConfigError, ConflictError, ShipwatchError
from watch.moments import moment
from watch.silence_scope import begins
from watch.store.decisions import decide_alerts, seen_rows
from watch.store.history import deciding
from watch.store.silences import add_silence
from watch.web.asked import Asked, read_asked
from watch.web.numbers import VERSION_MAX, whole
from watch.web.site import Site, actor_of, render, site_of
from watch.web.told import telling


@dataclass(frozen=True)
class Decision:
    """What somebody wants done.

    Attributes
    ----------
    versions
        By alert, the version that was seen.
    """

    versions: Mapping[str, int]
    form: Mapping[str, str]
    actor: str
    site: Site
    told: Told


def decide(request: Request, form: FormData) -> Response:
    """Do what the form says to the alerts that are ticked, and show the same view again."""
    asked, site = read_asked(request.query_params), site_of(request)
    texts = {name: str(value) for name, value in form.multi_items()}
    versions: dict[str, int] = {}
    try:
        versions = _seen([str(value) for value in form.getlist("seen")])
        told = _do(Decision(versions, texts, actor_of(request).name, site, site.board.told()))
    except (ConflictError, ConfigError) as error:
        return _refused(request, asked, error, versions)
    return RedirectResponse(f"/alerts?{asked.here}&{told}", 303)


def _seen(ticked: list[str]) -> dict[str, int]:
    if not ticked:
        raise ConfigError("No alert was ticked: tick those that you mean, then decide.")
    found = {alert_id: whole(version, VERSION_MAX) for alert_id, _, version in (t.rpartition(":") for t in ticked)}
    versions = {alert_id: version for alert_id, version in found.items() if version is not None}
    if versions.keys() != found.keys():
        raise ConfigError("The form does not say which version of an alert was seen; load the list again.")
    return versions


def _do(decision: Decision) -> str:
    what = decision.form.get("do", "")
    if what == "silence":
        return _silence(decision)
    if what not in BY_HAND:
        raise ConfigError("The form does not say what to do; use one of its buttons.")
    reason = decision.form.get("reason", "") if what == "close" else ""
    if what == "close" and not reason:
        raise ConfigError("Choose a reason to close an alert.")
    note, at = note_text(decision.form.get("note")), decision.site.now()
    with deciding(decision.site.ws.engine) as conn:
        decide_alerts(conn, decision.versions, what, at=at, actor=decision.actor, reason=reason or None, note=note)
    return telling(what, len(decision.versions), reason)


def _silence(decision: Decision) -> str:
    form, site = decision.form, decision.site
    if not form.get("until", "").strip():
        raise ConfigError("Say until which date of the data to silence them.")
    until_at, alerts = moment(form["until"].strip(), "until"), [facts.alert for facts in decision.told.facts]
    with deciding(site.ws.engine) as conn:
        scopes = _scopes(decision, seen_rows(conn, decision.versions))
        for scope in scopes:
            from_at = begins(site.ws, conn, scope, alerts)
            add_silence(
                conn,
                scope,
                reason=form.get("why", ""),
                author=decision.actor,
                from_at=from_at,
                until_at=until_at or from_at,
                at=site.now(),
            )
    return telling("silence", len(scopes))


def _scopes(decision: Decision, rows: Mapping[str, RowMapping]) -> list[dict[str, str]]:
    """Return a scope for each alert or, when so asked, for each of their ships."""
    whom = decision.form.get("whom", "alerts")
    if whom not in ("alerts", "vessels"):
        raise ConfigError("Say whether the alerts or their ships are to be silenced.")
    if whom == "alerts":
        return [{"alert": alert_id} for alert_id in decision.versions]
    ships = dict.fromkeys(str(rows[alert_id]["vessel_id"]) for alert_id in decision.versions)
    return [{"vessel": ship} for ship in ships]


def _refused(request: Request, asked: Asked, error: ShipwatchError, versions: Mapping[str, int]) -> Response:
    """Return a page that says why nothing was done and, where somebody was faster, who did what."""
    stale = isinstance(error, ConflictError)
    changed: list[dict[str, Any]] = []
    if stale:
        site = site_of(request)
        with site.ws.engine.connect() as conn:
            changed = _changed(conn, site.board.told(), versions)
    return render(
        request,
        "alerts_refused.html.j2",
        status=409 if stale else 400,
        stale=stale,
        message=str(error),
        changed=changed,
        back=asked.here,
    )


def _changed(conn: Connection, told: Told, versions: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the alerts that are no longer as they were seen, each with what was done since."""
    alerts = [told.by_id[alert_id].alert for alert_id in versions if alert_id in told.by_id]
    stale = [alert for alert in alerts if alert["version"] != versions[alert["alert_id"]]]
    seen = [(alert, versions[alert["alert_id"]]) for alert in stale]
    return [
        {"alert": alert, "seen": version, "rows": changes_since(conn, alert["alert_id"], version)}
        for alert, version in seen
    ]
