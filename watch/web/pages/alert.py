"""One alert: its story, the evidence, what it rests on, and the forms with which somebody decides about it."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.alert_life import CLOSE_REASONS, refusal
from watch.case.gather import gather_case
from watch.case.picture import map_words
from watch.case.unseen import verdict_words
from watch.errors import ConflictError
from watch.web.alert_forms import decide, silence
from watch.web.alert_words import around, day_after, gist, named_alert, stale_changes
from watch.web.forms import posted
from watch.web.links import alert_link, alert_replay
from watch.web.pages.alert_files import FILE_ROUTES
from watch.web.site import render, site_of
from watch.wording import clean

_DONE = {
    "ack": "Acknowledged.",
    "close": "Closed.",
    "reopen": "Open again.",
    "silence": "Silenced: it stays in the list, and no digest tells of it.",
}


def show(request: Request) -> Response:
    """Answer with the page of an alert."""
    site = site_of(request)
    facts = named_alert(request)
    alert_id: str = facts.alert["alert_id"]
    if request.path_params["alert_id"] != alert_id:
        return RedirectResponse(alert_link(alert_id), status_code=303)
    case = gather_case(site.ws, alert_id)
    if case is None:
        raise HTTPException(404, f"Alert {alert_id} is there no more.")
    before, after = around(site, alert_id)
    may = {what: refusal(case.alert["status"], what) for what in ("ack", "close", "reopen")}
    return render(
        request,
        "alert.html.j2",
        case=case,
        alert=case.alert,
        address=alert_link(alert_id),
        replay=lambda step=None: alert_replay(alert_id, step),
        may=may,
        reasons=CLOSE_REASONS,
        silence_until=day_after(case.as_of),
        map_words=map_words(case.view, case.story),
        gist=gist(case.rule),
        verdict=verdict_words(str(case.alert.get("verdict")), case.story),
        missing=[text for text in case.view["not_observed"] if ": not seen" in text],
        before=before,
        after=after,
        told=_DONE.get(request.query_params.get("done", ""), ""),
    )


def decided(request: Request, form: FormData) -> Response:
    """Take a decision about an alert, and show the alert as it is then."""
    facts = named_alert(request)
    alert_id: str = facts.alert["alert_id"]
    try:
        what = decide(request, alert_id, form)
    except ConflictError:
        return _stale(request, alert_id, form)
    return RedirectResponse(f"{alert_link(alert_id)}?done={what}", status_code=303)


def _stale(request: Request, alert_id: str, form: FormData) -> Response:
    """Tell who changed the alert since somebody looked at it; what was written is kept."""
    alert, changes = stale_changes(request, alert_id, str(form.get("version", "")))
    context: dict[str, Any] = {"alert": alert, "changes": changes, "address": alert_link(alert_id)}
    note = clean(form.get("note"))
    return render(request, "alert_stale.html.j2", status=409, note=note, **context)


def silenced(request: Request, form: FormData) -> Response:
    """Silence an alert or its vessel, and show the alert as it is then."""
    facts = named_alert(request)
    silence(request, facts.alert, form)
    return RedirectResponse(f"{alert_link(facts.alert['alert_id'])}?done=silence", status_code=303)


ROUTES: tuple[BaseRoute, ...] = (
    *FILE_ROUTES,
    Route("/alerts/{alert_id}", show),
    Route("/alerts/{alert_id}/decide", posted(decided), methods=["POST"]),
    Route("/alerts/{alert_id}/silence", posted(silenced), methods=["POST"]),
)
