"""Replay: the page, the data that its scripts draw, and the same as a single file to take along.

The template of the page is given `scene_url`, `coast_url`, `alert_id`, `tiles`, `tiles_credit` and `replay_scripts`;
where nothing is named, `scene_url` is empty, and there are `alerts`, `count`, `first_at` and `clock`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.alert_life import STANDING
from watch.digest_view import level_of, short
from watch.errors import ConfigError
from watch.moments import moment
from watch.store.since import data_clock
from watch.store.slices import read_slices
from watch.web import assets
from watch.web.links import alert_replay
from watch.web.site import render, site_of

if TYPE_CHECKING:
    from watch.scene.asked import Asked
    from watch.workspace import Workspace

_ASKED = ("alert", "vessel", "from", "to")
_LEAST_DEG = 1e-6  # own: a tenth of a metre; nothing can be clipped to less
_TEXT_MAX = 120  # own: no name is longer
_ALERTS_MAX = 12  # own: a first look; the list has them all
_ODD = re.compile(r"[^A-Za-z0-9-]+")


def page(request: Request) -> Response:
    """Answer the page of a replay; where nothing is named, what there is to replay."""
    asked, web = request.query_params, site_of(request).settings.web
    if not asked.get("alert") and not asked.get("vessel"):
        return _start(request)
    query = urlencode({name: asked[name] for name in _ASKED if asked.get(name)})
    return render(
        request,
        "replay.html.j2",
        scene_url=f"/replay/scene.json?{query}",
        coast_url="/replay/coast.json",
        alert_id=asked.get("alert", ""),
        tiles=str(web.tiles or ""),
        tiles_credit=web.tiles_credit,
        replay_scripts=assets.REPLAY_SCRIPTS,
    )


def _start(request: Request) -> Response:
    """Answer the vessel that is looked for, else the gravest alerts and the time of the data."""
    from watch.vessel_reading import find_vessels_asked

    site, text = site_of(request), request.query_params.get("q", "").strip()[:_TEXT_MAX]
    if text:
        with site.ws.engine.connect() as conn:
            found = find_vessels_asked(conn, text)
        query = {"vessel": found[0]} if len(found) == 1 else {"q": text}
        return RedirectResponse(f"/{'replay' if 'vessel' in query else 'vessels'}?{urlencode(query)}", status_code=303)
    to_do = [a for a in site.board.read() if a["status"] in STANDING and not a["silenced"]]
    with site.ws.engine.connect() as conn:
        filled = [part.start_at for part in read_slices(conn) if part.positions]
        clock = data_clock(conn)
    alerts, first_at = [_brief(alert) for alert in to_do[:_ALERTS_MAX]], min(filled, default=None)
    return render(
        request, "replay.html.j2", scene_url="", alerts=alerts, count=len(to_do), first_at=first_at, clock=clock
    )


def _brief(alert: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "alert_id": alert["alert_id"],
        "level": level_of(alert),
        "ship": short(alert["vessel"].get("name")) or "Name not heard",
        "rule": alert.get("title") or alert["rule_id"],
        "started_at": alert["started_at"],
        "replay": alert_replay(alert["alert_id"]),
    }


def scene(request: Request) -> Response:
    """Answer the data of a replay."""
    from watch.scene.make import make_scene  # which imports the chain

    site = site_of(request)
    with site.replaying.take():
        return _json(make_scene(site.ws, _asked(site.ws, request.query_params), synthetic=site.synthetic))


def coast(request: Request) -> Response:
    """Answer the land in a box."""
    from watch.scene.land import land_in

    box, near = _box(request.query_params.get("box", "")), request.query_params.get("near") == "1"
    with site_of(request).replaying.take():
        return _json(land_in(box, near=near))


def report(request: Request) -> Response:
    """Answer a replay as a single file that plays without a server."""
    return _report(request, request.query_params)


def alert_report(request: Request) -> Response:
    """Answer the replay of an alert as a single file."""
    return _report(request, {"alert": request.path_params["alert_id"]})


def _report(request: Request, named: Mapping[str, str]) -> Response:
    from watch.scene.report import make_report

    site = site_of(request)
    with site.replaying.take():
        asked = _asked(site.ws, named)
        made = make_report(site.ws, asked, site.now(), synthetic=site.synthetic)
    name = _ODD.sub("-", asked.alert["alert_id"] if asked.alert else asked.focus).strip("-")
    headers = {
        "content-security-policy": made.policy,
        "content-disposition": f'inline; filename="shipwatch-{name}.html"',
    }
    return HTMLResponse(made.text, headers=headers)


def _asked(ws: Workspace, named: Mapping[str, str]) -> Asked:
    """Return what an address asks for."""
    from watch.scene.asked import ask_for_alert, ask_for_vessel

    if named.get("alert"):
        return ask_for_alert(ws, named["alert"])
    if not named.get("vessel"):
        raise ConfigError("name an alert or a vessel to replay")
    since_at, until_at = (moment(named.get(name) or None, name) for name in ("from", "to"))
    return ask_for_vessel(ws, _vessel_id(ws, named["vessel"]), since_at, until_at)


def _vessel_id(ws: Workspace, text: str) -> str:
    from watch.vessel_reading import find_vessels_asked

    with ws.engine.connect() as conn:
        found = find_vessels_asked(conn, text)
    if len(found) != 1:
        raise ConfigError(f"{len(found) or 'no'} vessels fit {text[:60]!r}; name one by its id, like imo:9208124")
    return found[0]


def _box(text: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"box {text[:60]!r} is none; write west,south,east,north in degrees") from error
    inside = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90
    if not inside or north - south < _LEAST_DEG or abs(east - west) < _LEAST_DEG:
        raise ConfigError(f"box {text[:60]!r} lies outside the world, is empty, or its south is not south of its north")
    return west, south, east, north


def _json(content: Any) -> Response:
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return Response(text, media_type="application/json")


ROUTES: tuple[BaseRoute, ...] = (
    Route("/replay", page),
    Route("/replay/scene.json", scene),
    Route("/replay/coast.json", coast),
    Route("/replay/report.html", report),
    Route("/alerts/{alert_id}/report.html", alert_report),
)
