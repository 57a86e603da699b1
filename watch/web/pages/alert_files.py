"""One alert as files: its map, its data for other programs, and the printable summary."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from watch.case.gather import gather_case
from watch.case.picture import PRINT, Pictures
from watch.store.since import data_clock
from watch.web.alert_words import named_alert
from watch.web.downloads import EXPORTS, as_file, export_file
from watch.web.site import site_of

_ID_CHARS = 8  # own: enough for the name of a file
_PICTURES = Pictures()


def draw(request: Request) -> Response:
    """Answer with the map of an alert."""
    site, alert = site_of(request), named_alert(request).alert
    with site.ws.engine.connect() as conn:
        as_of = data_clock(conn)
    with site.drawing.take():
        png = _PICTURES.map_of(site.ws, alert, as_of, synthetic=site.synthetic)
    return Response(png, media_type="image/png", headers={"cache-control": "private, max-age=300"})


def export(request: Request) -> Response:
    """Answer with an alert in one of the formats of `alerts export`."""
    alert, name = named_alert(request).alert, request.path_params["ending"]
    if name not in EXPORTS:
        raise HTTPException(404, f"An alert is exported as {', '.join(EXPORTS)}.")
    return export_file([alert], name, f"alert-{alert['alert_id'][:_ID_CHARS]}")


def summarise(request: Request) -> Response:
    """Answer with the printable summary of an alert."""
    from watch.case.summary import FORMS, draw_summary

    site, alert, name = site_of(request), named_alert(request).alert, request.path_params["ending"]
    if name not in FORMS:
        raise HTTPException(404, f"A summary is made as {' or '.join(FORMS)}.")
    case = gather_case(site.ws, alert["alert_id"])
    if case is None:
        raise HTTPException(404, f"Alert {alert['alert_id']} is there no more.")
    with site.drawing.take():
        png = _PICTURES.map_of(site.ws, case.alert, case.as_of, synthetic=site.synthetic, sharpness=PRINT)
        made = draw_summary(case, png, name, made_at=site.now(), synthetic=site.synthetic)
    return as_file(made, name, f"case-{alert['alert_id'][:_ID_CHARS]}", shown=True)


FILE_ROUTES: tuple[BaseRoute, ...] = (
    Route("/alerts/{alert_id}/map.png", draw),
    Route("/alerts/{alert_id}/export.{ending}", export),
    Route("/alerts/{alert_id}/summary.{ending}", summarise),
)
