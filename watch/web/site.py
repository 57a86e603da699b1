"""What every page needs: the workspace, the settings, who asks, and how a page is drawn."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from watch.clock import now
from watch.settings import Settings
from watch.web.assets import TEMPLATES
from watch.web.words import FILTERS
from watch.workspace import Workspace

#: The parts of the site, as its head shows them.
PARTS = (
    ("/alerts", "Alerts"),
    ("/replay", "Replay"),
    ("/vessels", "Vessels"),
    ("/rules", "Rules"),
    ("/health", "Health"),
)


@dataclass(frozen=True)
class Actor:
    """Who asks, and whether they may decide about alerts."""

    name: str
    may_decide: bool = True
    logged_in: bool = False


@dataclass(frozen=True)
class Site:
    """What the pages work on.

    Attributes
    ----------
    ws, settings
        The data, and what `shipwatch.toml` says.
    needs_login
        Whether nobody sees anything without a user's password.
    owner
        Who decides where no login is needed: the login of whoever started the server.
    secret
        Seals the tokens of forms; another after each start.
    now
        The clock.
    """

    ws: Workspace
    settings: Settings
    needs_login: bool = False
    owner: str = "analyst"
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    now: Callable[[], datetime] = now

    @property
    def synthetic(self) -> bool:
        """Whether the tracks are made ones."""
        from watch.demo import is_demo  # which imports the whole chain

        return is_demo(self.ws.data_dir)


def site_of(request: Request) -> Site:
    """Return the site that a request is to."""
    site: Site = request.app.state.site
    return site


def actor_of(request: Request) -> Actor:
    """Return who asks."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor or Actor(site_of(request).owner)


def template_environment() -> Environment:
    """Return how templates are read: everything is escaped, and a name that nobody gave is a fault."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request
        What it answers.
    template
        File in `templates`.
    status
        HTTP status.
    context
        What the template shows, beside what every page shows (`base.html.j2`).
    """
    from watch.web.forms import token_of

    site = site_of(request)
    environment: Environment = request.app.state.templates
    shared = {
        "parts": PARTS,
        "path": request.url.path,
        "actor": actor_of(request),
        "token": token_of(request),
        "synthetic": site.synthetic,
        "needs_login": site.needs_login,
    }
    return HTMLResponse(environment.get_template(template).render(shared | context), status_code=status)
