"""Vessels: found by any number or name they ever had, and the life of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.digest_view import by_gravity
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.store.since import data_clock
from watch.vessel_reading import find_vessels_asked, is_known, read_life, read_listings
from watch.views import public_events
from watch.watchlists.overview import found_view
from watch.web.event_rows import EVENT_VIEWS, event_view, shown_events
from watch.web.lanes import draw_timeline
from watch.web.links import vessel_link, vessel_replay
from watch.web.paging import page_of
from watch.web.site import render, site_of
from watch.web.vessel_rows import PAGE_ROWS, count_known, standing_vessels, vessel_rows, voyages_of
from watch.wording import as_utc

_ASKED_MAX = 120  # own: no name is longer
_EVENT_ROWS = 50


def list_vessels(request: Request) -> Response:
    """Answer with those that fit, with the one that fits, or without a question with those that have alerts."""
    site, text = site_of(request), request.query_params.get("q", "").strip()[:_ASKED_MAX]
    with site.ws.engine.connect() as conn:
        found = find_vessels_asked(conn, text) if text else list(standing_vessels(conn))
        if text and len(found) == 1:
            return RedirectResponse(vessel_link(found[0]), status_code=303)
        paging = page_of(request, len(found), PAGE_ROWS)
        rows = vessel_rows(conn, found[paging.first : paging.last])
        known, radios = count_known(conn)
    return render(
        request,
        "vessels.html.j2",
        q=text,
        link=vessel_link,
        rows=rows,
        found=len(found),
        paging=paging,
        known=known,
        radios=radios,
    )


def show_vessel(request: Request) -> Response:
    """Answer with the life of a vessel."""
    site, vessel_id = site_of(request), request.path_params["vessel_id"].casefold()
    with site.ws.engine.connect() as conn:
        if not is_known(conn, vessel_id):
            raise HTTPException(404, "No vessel with this id declared itself or did anything. Search for it by name.")
        life = read_life(conn, site.ws.lake, vessel_id)
        lists = [found_view(one) for one in read_listings(conn, site.ws, life)]
        events = list(public_events(read_events(conn, vessel_ids=[vessel_id]), site.ws.world.zones))
        alerts = sorted(read_alerts(conn, vessel_id=vessel_id), key=by_gravity)
        until_at = data_clock(conn) or site.now()
    kind = request.query_params.get("kind", "seen")
    shown = shown_events(events, kind)
    paging = page_of(request, len(shown), _EVENT_ROWS)
    return render(
        request,
        "vessel.html.j2",
        life=life,
        head=_head(life, events, until_at),
        lists=[_listed(entry, life, site.now()) for entry in lists],
        drawn=draw_timeline(life, events, alerts, until_at),
        voyages=voyages_of(events, vessel_id),
        events=[event_view(event, vessel_id, until_at) for event in shown[paging.first : paging.last]],
        kinds=[(name, words, len(shown_events(events, name))) for name, words in EVENT_VIEWS.items()],
        kind=kind,
        alerts=alerts,
        paging=paging,
        link=vessel_link,
        until_at=until_at,
    )


def _head(life: dict[str, Any], events: list[dict[str, Any]], until_at: datetime) -> dict[str, Any]:
    """Return when a vessel was heard first and last, and where its replay and its files are."""
    ends = [at for e in events for at in (e["start_at"], e["end_at"]) if at and not e["kind"].startswith("possible")]
    known = [at for at in (as_utc(text) for text in (life["first_declared_at"], life["last_declared_at"], *ends)) if at]
    first, last = (f(known, default=until_at) for f in (min, max))
    return {
        "first_at": first,
        "last_at": last,
        "replay": vessel_replay(life["vessel_id"], first, last),
        "track": f"/api/vessels/{quote(life['vessel_id'], safe=':')}/track.geojson",
        "events": f"/api/events.geojson?{urlencode({'vessel': life['vessel_id']})}",
    }


def _listed(entry: dict[str, Any], life: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return an entry of a list with what it says today, and whether the ship was heard while it stood there."""
    begin, end = as_utc(entry["listed_at"]), as_utc(entry["delisted_at"])
    last = as_utc(life["last_declared_at"])
    stands = (begin is None or begin <= now) and (end is None or end > now)
    later = bool(begin and last and begin > last)
    return {**entry, "stands": stands, "later": later}


ROUTES: tuple[BaseRoute, ...] = (
    Route("/vessels", list_vessels),
    Route("/vessels/{vessel_id:path}", show_vessel),
)
