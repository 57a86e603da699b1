"""Silences: which there are, what each keeps from being told, and making and ending one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.digest_view import LEVELS, short
from watch.errors import ConfigError
from watch.moments import moment
from watch.silence_rows import silence_rows
from watch.silence_scope import make_silence
from watch.store.history import deciding
from watch.store.silences import SCOPE_PARTS, end_silence, read_silences
from watch.store.since import data_clock
from watch.web.facets import labels_of
from watch.web.forms import posted
from watch.web.numbers import whole
from watch.web.site import actor_of, render, site_of
from watch.web.told import telling, told_words

_PARTS = {
    "vessel": "imo:9208124 or mmsi:636990101",
    "alert": "an id, or the first characters of it",
    "area": "a zone by its id, or a country as VE",
}
_FIELDS = (*SCOPE_PARTS, "from", "until", "reason")
_ORDER = ("stands", "over", "ended")
_NUMBER_MAX = 10**9  # own: beyond any list


def silences(request: Request) -> Response:
    """Answer the list; what the address names is filled into the form for a new one."""
    return _page(request, {name: request.query_params.get(name, "") for name in _FIELDS})


def _page(request: Request, given: dict[str, str], fault: str = "") -> Response:
    site = site_of(request)
    told = site.board.told()
    with site.ws.engine.connect() as conn:
        clock = data_clock(conn)
        rows = silence_rows(read_silences(conn, ended=True), (facts.alert for facts in told.facts), clock)
    rules, families = labels_of(told)["rule"], told.families
    rules |= {rule_id: rule.title for rule_id, rule in site.shelf.now().rules.items()}
    titles = {rule_id: rules.get(rule_id, rule_id) for rule_id in families}
    return render(
        request,
        "silences.html.j2",
        status=400 if fault else 200,
        rows=sorted(rows, key=lambda row: (_ORDER.index(row["state"]), -row["silence_id"])),
        given=given,
        fault=fault,
        written=_PARTS,
        choices={
            "rule": dict(sorted(titles.items(), key=lambda item: item[1].casefold())),
            "family": {family: family for family in sorted(set(families.values()))},
            "level": {level: level for level in LEVELS},
        },
        clock=clock,
        names=_names(facts.alert for facts in told.facts),
        told=told_words(request.query_params),
    )


def _names(alerts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the ships of alerts are called, by the ids of ships and of alerts."""
    named: dict[str, str] = {}
    for alert in alerts:
        name = short(alert["vessel"].get("name"))
        named |= {alert["vessel"]["vessel_id"]: name, alert["alert_id"]: name}
    return named


def make(request: Request, form: FormData) -> Response:
    """Make a silence; what is wrong is told beside the form, which keeps what was written."""
    site = site_of(request)
    given = {name: str(form.get(name, "")).strip() for name in _FIELDS}
    try:
        made = make_silence(
            site.ws,
            {part: given[part] for part in SCOPE_PARTS if given[part]},
            until_at=moment(given["until"] or None, "until"),
            from_at=moment(given["from"] or None, "from"),
            reason=given["reason"],
            author=actor_of(request).name,
            at=site.now(),
            told=site.board.read(),
        )
    except ConfigError as error:
        return _page(request, given, str(error))
    return RedirectResponse(f"/silences?{telling('silence', 1)}#silence-{made.silence_id}", 303)


def end(request: Request, form: FormData) -> Response:
    """End a silence now: what it kept back is told with the next digest."""
    site, number = site_of(request), whole(request.path_params["silence_id"], _NUMBER_MAX)
    try:
        with deciding(site.ws.engine) as conn:
            end_silence(conn, number or 0, author=actor_of(request).name, at=site.now())
    except ConfigError as error:
        return _page(request, dict.fromkeys(_FIELDS, ""), str(error))
    return RedirectResponse(f"/silences?{telling('end', 1)}#silence-{number}", 303)


ROUTES: tuple[BaseRoute, ...] = (
    Route("/silences", silences),
    Route("/silences/make", posted(make), methods=["POST"]),
    Route("/silences/{silence_id}/end", posted(end), methods=["POST"]),
)
