"""The site as an ASGI application: what answers which address, and what every answer goes through."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from watch.web import assets
from watch.web.access import AccessMiddleware
from watch.web.faults import HANDLERS
from watch.web.headers import HeadersMiddleware, VisitMiddleware, content_policy
from watch.web.pages import alert, alerts, api, health, login, replay, rules, silences, vessels
from watch.web.site import Site, template_environment

#: The modules that answer, each with its `ROUTES`.
PAGES = (alerts, alert, silences, replay, vessels, rules, health, login, api)
_GZIP_LEVEL = 4  # own: tracks shrink to a fifth; 9 takes three times as long for a twentieth more


def create_app(site: Site, hosts: Sequence[str]) -> Starlette:
    """Return the application.

    Parameters
    ----------
    site
        What the pages work on.
    hosts
        The names under which it may be asked for: a page of another site that gives its own name this machine's
        address would else read everything here.
    """
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(HeadersMiddleware, policy=content_policy(site.settings.web.tiles)),
        Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=_GZIP_LEVEL),
        Middleware(VisitMiddleware),
        Middleware(AccessMiddleware, site=site),
    ]
    app = Starlette(routes=_routes(), middleware=middleware, exception_handlers=HANDLERS)
    app.state.site = site
    app.state.templates = template_environment()
    return app


def _routes() -> list[BaseRoute]:
    return [
        Route("/", _home),
        *(route for page in PAGES for route in page.ROUTES),
        Mount("/static/leaflet", StaticFiles(directory=assets.leaflet_folder())),
        Mount("/static", StaticFiles(directory=assets.STATIC)),
    ]


async def _home(request: Request) -> RedirectResponse:
    return RedirectResponse("/alerts")
