"""Health: what is wrong, the age of the data by source, runs, warnings, refused rows, and where ships were heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from watch.errors import ConfigError
from watch.moments import moment
from watch.params import DEFAULT
from watch.service.status import as_it_stands, gather_status
from watch.store.loads import count_rows, newest_loads
from watch.store.runs import read_health, read_runs
from watch.store.slices import read_slices
from watch.web.coverage_shelf import DAYS, Coverage, Window
from watch.web.health_view import day_bars, lasting_fall, rejects_of, to_say
from watch.web.site import render, site_of

_RUNS_SHOWN = 15
_LOADS_SHOWN = 15
_REJECTS_SHOWN = 8
_WARNINGS_SHOWN = 100
_WORST = 10


def show_health(request: Request) -> Response:
    """Answer with how the installation stands."""
    site = site_of(request)
    at, ws = site.now(), site.ws
    status = gather_status(ws, site.settings, at)
    with ws.engine.connect() as conn:
        runs = [as_it_stands(run, status.writing) for run in read_runs(conn, limit=_RUNS_SHOWN)]
        warnings = read_health(conn)[: -_WARNINGS_SHOWN - 1 : -1]
        loads, counts = newest_loads(conn, _LOADS_SHOWN), count_rows(conn)
        refused = newest_loads(conn, _REJECTS_SHOWN, rejects=True)
        slices = read_slices(conn)
    return render(
        request,
        "health.html.j2",
        stands=status,
        sources=[(source, _age_h(at, source.newest_fix_at)) for source in status.sources],
        runs=runs,
        warnings=warnings,
        loads=loads,
        counts=counts,
        rejects=rejects_of(ws.lake, refused),
        bars=day_bars(slices),
        fall=lasting_fall(slices),
        to_say=to_say(status, runs, warnings),
        age_h=_age_h(at, status.newest_fix_at),
        backlog=[(what, count) for what, count in status.backlog.items() if count],
        days=DAYS,
    )


def _age_h(at: datetime, fix_at: datetime | None) -> float | None:
    return (at - fix_at).total_seconds() / 3600 if fix_at else None


def show_coverage(request: Request) -> Response:
    """Answer with the coverage of a window: its picture, figures, worst hours and outages."""
    found = _coverage(request)
    worst: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()}
        for row in found.cmap.worst_hours(_WORST, DEFAULT.outage_usual_min).to_dict("records")
    ]
    query = {name: value for name, value in request.query_params.items() if value}
    return render(
        request,
        "coverage.html.j2",
        cmap=found.cmap,
        outages=found.outages,
        worst=worst,
        heard_h=int((found.cmap.hours["ships"] > 0).sum()),
        often=int((found.cmap.cells["heard_share"] >= 0.5).sum()),
        fixes=int(found.cmap.cells["fixes"].sum()),
        picture=f"/health/coverage.png?{urlencode(query)}",
        asked={name: query.get(name, "") for name in ("from", "to", "hour")},
    )


def coverage_picture(request: Request) -> Response:
    """Answer with the map of a window as a PNG."""
    return Response(_coverage(request).png, media_type="image/png")


def _coverage(request: Request) -> Coverage:
    site, window = site_of(request), _window(request)
    with site.mapping.take():
        return site.coverage.of(window)


def _window(request: Request) -> Window:
    """Return the window that a query names: `from`, `to`, and an hour of the day."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("from", "to", "hour")}
    if asked["hour"] and asked["hour"] not in {str(hour) for hour in range(24)}:
        raise ConfigError(f"{asked['hour'][:20]!r} is no hour of the day; give 0 to 23")
    ends = (moment(asked[name] or None, name.capitalize()) for name in ("from", "to"))
    return next(ends), next(ends), int(asked["hour"]) if asked["hour"] else None


ROUTES: tuple[BaseRoute, ...] = (
    Route("/health", show_health),
    Route("/health/coverage", show_coverage),
    Route("/health/coverage.png", coverage_picture),
)
