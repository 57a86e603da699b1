"""What every page needs: the workspace, the settings, who asks, and how a page is drawn."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from watch.alert_board import AlertBoard
from watch.clock import now
from watch.errors import ShipwatchError
from watch.settings import Settings
from watch.web.assets import TEMPLATES
from watch.web.coverage_shelf import CoverageShelf
from watch.web.rule_shelf import RuleShelf
from watch.web.turns import Turns
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
    drawing, mapping, replaying, testing
        Turns at what takes seconds. Together they leave a part of the forty threads to the other pages, however many
        ask, and few enough are at work that their tables fit into memory.
    """

    ws: Workspace
    settings: Settings
    needs_login: bool = False
    owner: str = "analyst"
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    now: Callable[[], datetime] = now
    drawing: Turns = field(init=False, default_factory=lambda: Turns("drawing maps", at_once=1, waiting_max=8))
    mapping: Turns = field(init=False, default_factory=lambda: Turns("maps of coverage", at_once=1, waiting_max=4))
    replaying: Turns = field(init=False, default_factory=lambda: Turns("reading tracks", at_once=2, waiting_max=8))
    testing: Turns = field(init=False, default_factory=lambda: Turns("testing rules", at_once=1, waiting_max=2))

    @cached_property
    def board(self) -> AlertBoard:
        """The alerts, kept in memory and brought up to date by whoever asks."""
        return AlertBoard(self.ws)

    @cached_property
    def shelf(self) -> RuleShelf:
        """The rules, read again when their files have changed."""
        return RuleShelf(self.ws, self.now)

    @cached_property
    def coverage(self) -> CoverageShelf:
        """Coverage maps and their pictures, kept for as long as the data stays as it is."""
        return CoverageShelf(self.ws)

    def warm(self) -> None:
        """Read what takes seconds the first time, so that nobody waits for it; a fault is told to whoever asks."""
        with suppress(ShipwatchError, SQLAlchemyError):
            self.board.read()
            self.shelf.now()
            _ = self.ws.world  # zones and geopandas, which the first map needs

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
    """Return who asks; nobody, where a login is needed and there is none."""
    actor: Actor | None = getattr(request.state, "actor", None)
    site = site_of(request)
    return actor or (Actor("", may_decide=False) if site.needs_login else Actor(site.owner))


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
