"""One alert as files: its map, its data for other programs, and the printable summary."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from watch.case.gather import gather_case
from watch.case.picture import PRINT, Pictures
from watch.export import FORMATS
from watch.store.since import data_clock
from watch.web.alert_words import named_alert
from watch.web.site import site_of

_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "pdf": "application/pdf",
    "png": "image/png",
}
_ID_CHARS = 8  # own: enough for the name of a file
_PICTURES = Pictures()


def draw(request: Request) -> Response:
    """Answer with the map of an alert."""
    site, alert = site_of(request), named_alert(request).alert
    with site.ws.engine.connect() as conn:
        as_of = data_clock(conn)
    png = _PICTURES.map_of(site.ws, alert, as_of, synthetic=site.synthetic)
    return Response(png, media_type=_TYPES["png"], headers={"cache-control": "private, max-age=300"})


def export(request: Request) -> Response:
    """Answer with an alert in one of the formats of `alerts export`."""
    alert, name = named_alert(request).alert, request.path_params["ending"]
    if name not in FORMATS or name not in _TYPES:
        raise HTTPException(404, f"An alert is exported as {', '.join(n for n in FORMATS if n in _TYPES)}.")
    text = ("\ufeff" if name == "csv" else "") + FORMATS[name]([alert])  # without it Excel takes another alphabet
    return _file(text.encode(), alert["alert_id"], name, "alert")


def summarise(request: Request) -> Response:
    """Answer with the printable summary of an alert."""
    from watch.case.summary import FORMS, draw_summary

    site, alert, name = site_of(request), named_alert(request).alert, request.path_params["ending"]
    if name not in FORMS:
        raise HTTPException(404, f"A summary is made as {' or '.join(FORMS)}.")
    case = gather_case(site.ws, alert["alert_id"])
    if case is None:
        raise HTTPException(404, f"Alert {alert['alert_id']} is there no more.")
    png = _PICTURES.map_of(site.ws, case.alert, case.as_of, synthetic=site.synthetic, sharpness=PRINT)
    made = draw_summary(case, png, name, made_at=site.now(), synthetic=site.synthetic)
    return _file(made, alert["alert_id"], name, "case", inline=True)


def _file(content: bytes, alert_id: str, ending: str, kind: str, *, inline: bool = False) -> Response:
    how = "inline" if inline else "attachment"
    named = {"content-disposition": f'{how}; filename="{kind}-{alert_id[:_ID_CHARS]}.{ending}"'}
    return Response(content, media_type=_TYPES[ending], headers=named)


FILE_ROUTES: tuple[BaseRoute, ...] = (
    Route("/alerts/{alert_id}/map.png", draw),
    Route("/alerts/{alert_id}/export.{ending}", export),
    Route("/alerts/{alert_id}/summary.{ending}", summarise),
)
