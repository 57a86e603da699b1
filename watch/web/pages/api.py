"""The API: what the pages show, as JSON and GeoJSON for programs; it is only read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from watch.alert_filter import SORTS
from watch.alert_life import STATUSES
from watch.columns import EVENT_KINDS
from watch.digest_view import LEVELS
from watch.web import api_answers as answers
from watch.web.openapi import LIMIT, Endpoint, describe
from watch.web.query import Parameter, read_query
from watch.web.site import render, site_of

_LINES_AT_ONCE = 200  # own: items that are sent together
_JSON, _LINES, _GEOJSON = "application/json", "application/x-ndjson", "application/geo+json"

_ALERT_ID = Parameter("alert_id", "An alert's id, or the first characters of it.")
_VESSEL_ID = Parameter(
    "vessel_id", "A vessel's id, as imo:9208124 or mmsi:636990101, or what one vessel alone is called."
)
_IMO = Parameter("imo", "IMO number of a ship, on either side of a meeting.", "whole", most=9_999_999)
_MMSI = Parameter("mmsi", "MMSI of a radio, on either side of a meeting.", "whole")
_ALERTS = (
    Parameter("status", "Only these; may be given several times.", "word", STATUSES, many=True),
    Parameter("level", "Only these; may be given several times.", "word", LEVELS, many=True),
    Parameter("rule", "Id of a rule."),
    Parameter("family", "Family of rules: their folder."),
    Parameter("flag", "Flag of the ship, as two letters."),
    Parameter("type", "What the ship is, as tanker."),
    Parameter("area", "Id of a zone, or a country as two letters, in which a step lies."),
    Parameter("text", "In summary, title, rule, ships or zones; case does not matter."),
    _IMO,
    _MMSI,
    Parameter("from", "With evidence at or after this moment.", "moment"),
    Parameter("before", "Begun before this moment.", "moment"),
    Parameter("silenced", "Only silenced ones, only the others, or both.", "word", ("any", "yes", "no")),
)
_SORT = Parameter("sort", "In which order.", "word", tuple(SORTS), default="gravity")
_EVENTS = (
    Parameter("kind", "One kind of event.", "word", EVENT_KINDS),
    _MMSI,
    _IMO,
    Parameter("vessel", "A vessel's id, on either side of a meeting."),
    Parameter("from", "Events that end at or after this moment.", "moment"),
    Parameter("to", "Events that begin before this moment.", "moment"),
)
_TRACK = (
    Parameter("from", "Fixes at or after this moment.", "moment"),
    Parameter("to", "Fixes before this moment.", "moment"),
    Parameter("points", "Each fix as a point too, with its time and speed.", "yes", default=False),
)
_RUNS = (Parameter("kind", "One kind of run, as load or monitor."), Parameter("status", "As done, failed or running."))

#: All that there is; of two that fit an address the first one answers.
ENDPOINTS = (
    Endpoint(
        "/api/alerts",
        "Alerts, the gravest first: all, those closed and withdrawn too.",
        answers.alerts,
        "list",
        "Alert",
        parameters=(*_ALERTS, _SORT),
        key=lambda alert: str(alert["alert_id"]),
    ),
    Endpoint(
        "/api/alerts.geojson",
        "The same on a map: a point for each step, a line from step to step.",
        answers.alert_places,
        "features",
        parameters=_ALERTS,
    ),
    Endpoint("/api/alerts/{alert_id}", "One alert.", answers.alert, "object", "Alert", places=(_ALERT_ID,)),
    Endpoint(
        "/api/alerts/{alert_id}/history",
        "Who did what with an alert and when, and what new evidence brought.",
        answers.changes,
        "list",
        "Change",
        places=(_ALERT_ID,),
        key=lambda row: str(row["seq"]),
    ),
    Endpoint(
        "/api/events",
        "Events: what ships were seen to do, the oldest first.",
        answers.events,
        "list",
        "Event",
        parameters=_EVENTS,
        key=answers.event_key,
    ),
    Endpoint(
        "/api/events.geojson",
        "The same on a map, each as a point where it began.",
        answers.event_places,
        "features",
        parameters=_EVENTS,
    ),
    Endpoint(
        "/api/vessels",
        "Vessels that a number or a name fits, old ones too.",
        answers.vessels,
        "list",
        "Candidate",
        parameters=(Parameter("q", "IMO number, MMSI, id, or a name or part of one.", required=True),),
        key=lambda row: str(row["vessel_id"]),
    ),
    Endpoint(
        "/api/vessels/{vessel_id}/track.geojson",
        "The track of a vessel on a map, cut at silences and at 180°.",
        answers.track,
        "features",
        places=(_VESSEL_ID,),
        parameters=_TRACK,
    ),
    Endpoint(
        "/api/vessels/{vessel_id}",
        "The life of a vessel: names, flags, radios, lists.",
        answers.vessel,
        "object",
        "Vessel",
        places=(_VESSEL_ID,),
    ),
    Endpoint("/api/zones.geojson", "The zones that rules speak of, as polygons.", answers.zones, "features"),
    Endpoint("/api/rules", "The rules in force.", answers.rules, "list", "Rule", key=lambda rule: str(rule["rule_id"])),
    Endpoint(
        "/api/runs",
        "Runs of jobs with their figures, the last first.",
        answers.runs,
        "list",
        "Run",
        parameters=_RUNS,
        key=lambda run: str(run["run_id"]),
    ),
    Endpoint("/api/status", "How the installation stands.", answers.status, "object", "Status"),
)


def _endpoint(endpoint: Endpoint) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        asked = {**request.path_params, **read_query(endpoint.asked, request.query_params)}
        found = endpoint.answer(site_of(request), asked)
        if endpoint.form == "object":
            return Response(_text(found), media_type=_JSON)
        if endpoint.form == "features":
            return StreamingResponse(_collection(_begun(found)), media_type=_GEOJSON)
        if _wants_lines(request, asked):
            return StreamingResponse(_lines(_begun(islice(found, asked["limit"]))), media_type=_LINES)
        return Response(_text(_page(request, endpoint, found, asked["limit"] or LIMIT)), media_type=_JSON)

    return answer


def _page(request: Request, endpoint: Endpoint, found: Iterator[dict[str, Any]], limit: int) -> dict[str, Any]:
    items = list(islice(found, limit + 1))
    more = len(items) > limit
    query = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
    on = urlencode([*query, ("after", endpoint.key(items[limit - 1]))]) if more else ""
    return {"items": items[:limit], "next": f"{request.url.path}?{on}" if more else None}


def _wants_lines(request: Request, asked: dict[str, Any]) -> bool:
    return (asked["format"] or ("jsonl" if _LINES in request.headers.get("accept", "") else "json")) == "jsonl"


def _begun(items: Iterator[Any]) -> Iterator[Any]:
    """Return items of which the first is made: what is wrong with the question is told before the answer begins."""
    first = list(islice(items, 1))
    return chain(first, items)


def _lines(items: Iterable[Any]) -> Iterator[str]:
    waiting = iter(items)
    while some := list(islice(waiting, _LINES_AT_ONCE)):
        yield "".join(f"{_text(item)}\n" for item in some)


def _collection(features: Iterable[Any]) -> Iterator[str]:
    waiting, before = iter(features), ""
    yield '{"type": "FeatureCollection", "features": ['
    while some := list(islice(waiting, _LINES_AT_ONCE)):
        yield before + ",\n".join(map(_text, some))
        before = ",\n"
    yield "]}\n"


def _text(value: Any) -> str:
    return json.dumps(value, default=str)


def _show(request: Request) -> Response:
    """Answer with the list of what there is to ask."""
    return render(request, "api.html.j2", endpoints=ENDPOINTS)


def _described(request: Request) -> Response:
    described = describe(ENDPOINTS, needs_login=site_of(request).needs_login)
    return Response(_text(described), media_type=_JSON)


def _path(endpoint: Endpoint) -> str:
    return endpoint.path.replace("{vessel_id}", "{vessel_id:path}")


ROUTES: tuple[BaseRoute, ...] = (
    Route("/api", _show),
    Route("/api/openapi.json", _described),
    *(Route(_path(endpoint), _endpoint(endpoint)) for endpoint in ENDPOINTS),
)
