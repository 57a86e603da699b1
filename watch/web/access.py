"""Who may come in: everybody on this machine, and whoever has logged in where others can come."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from watch.errors import ShipwatchError
from watch.store.sessions import is_to_note, note_session, read_session
from watch.web.faults import tell_fault, tell_refused
from watch.web.login import BasicLogins, Tried
from watch.web.site import Actor, Site

SESSION_COOKIE = "shipwatch_session"
HOME = "/alerts"
#: What is there for somebody who has not logged in.
_OPEN = ("/login",)
_OPEN_FOLDERS = ("/static/",)
_API = ("/api", "/api/")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_TOKEN_MAX = 64  # own: a token of ours has 43 characters
_ADDRESS_MAX = 2_000  # own
_THROUGH_PROXY = (
    "This page is open to whoever uses this machine, and you come through a proxy. Set `behind_proxy = true` under "
    "[web] in shipwatch.toml, make a user with `shipwatch user add NAME`, and start `shipwatch serve` again."
)


class AccessMiddleware:
    """Lets in who may come, as `request.state.actor`, and sends the others to the login."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site, self._basic = app, site, BasicLogins(site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "http":
            refused = await run_in_threadpool(self._refuse, Request(scope))
            await (refused or self._app)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)

    def _refuse(self, request: Request) -> Response | None:
        """Return the answer to whom may not come in; None for all others."""
        path: str = request.scope["path"]  # `request.url` is put together with what is said of the host
        if _is_of_other_site(request):
            return tell_refused(request, HTTPException(403, "Another site asked for this; open it by a link."))
        if not self._site.needs_login:
            through_proxy = any(name in request.headers for name in _FORWARDED)
            return tell_refused(request, HTTPException(403, _THROUGH_PROXY)) if through_proxy else None
        if path.startswith(_OPEN_FOLDERS):
            return None
        try:
            if self._by_session(request) or path in _OPEN:
                return None
            if is_api(path) and request.headers.get("authorization", "").lower().startswith("basic "):
                return self._by_header(request)
        except ShipwatchError as error:
            return tell_fault(request, error)
        return _to_login(request)

    def _by_session(self, request: Request) -> bool:
        token = request.cookies.get(SESSION_COOKIE, "")
        if not 0 < len(token) <= _TOKEN_MAX:
            return False
        at, engine = self._site.now(), self._site.ws.engine
        with engine.connect() as conn:
            session = read_session(conn, token, at=at)
        if session is None:
            return False
        if is_to_note(session, at):
            with suppress(ShipwatchError), engine.begin() as conn:  # a busy database keeps nobody from looking
                note_session(conn, token, at=at)
        request.state.session = token
        request.state.actor = _actor(session.name, session.role)
        return True

    def _by_header(self, request: Request) -> Response | None:
        tried = self._basic.try_header(request.headers["authorization"], address_of(request))
        if tried.user is None:
            return _refused_program(tried)
        request.state.actor = _actor(tried.user.name, tried.user.role)
        return None


def _is_of_other_site(request: Request) -> bool:
    """Return whether a page of another site asks, and not by a link that somebody follows.

    It could not read the answer; but it could make this machine draw maps until it stands still.
    """
    asks = {name: request.headers.get(f"sec-fetch-{name}", "") for name in ("site", "mode", "dest")}
    follows = request.method in ("GET", "HEAD") and (asks["mode"], asks["dest"]) == ("navigate", "document")
    return asks["site"] in ("cross-site", "same-site") and not follows


def is_api(path: str) -> bool:
    """Return whether an address is one of the API, which programs ask."""
    return path == _API[0] or path.startswith(_API[1])


def address_of(request: Request) -> str:
    """Return the address of the machine that asks."""
    return request.client.host if request.client else ""


def own_path(text: str) -> str:
    r"""Return an address of ours to go on to; anything else is the list of alerts.

    Examples
    --------
    >>> [own_path(t) for t in ("/replay?alert=1", "//evil.example/", "https://evil.example/", "/\\evil.example", "")]
    ['/replay?alert=1', '/alerts', '/alerts', '/alerts', '/alerts']
    """
    plain = text.isprintable() and "\\" not in text and len(text) <= _ADDRESS_MAX
    ours = text.startswith("/") and not text.startswith("//") and urlsplit(text).path not in ("/login", "/logout")
    return text if plain and ours else HOME


def _actor(name: str, role: str) -> Actor:
    return Actor(name, may_decide=role == "analyst", logged_in=True)


def _to_login(request: Request) -> Response:
    """Send a person to the login, and tell a program or a form that there is need of one."""
    looks = request.method in ("GET", "HEAD")
    if looks and "text/html" in request.headers.get("accept", ""):
        asked = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(own_path(asked), safe='/')}", status_code=303)
    if is_api(request.scope["path"]):
        return _refused_program(Tried(), by_script="sec-fetch-mode" in request.headers)
    return tell_refused(request, HTTPException(401, "You are logged out. Log in, go back, and send it again."))


def _refused_program(tried: Tried, *, by_script: bool = False) -> Response:
    if tried.wait_s:
        headers = {"retry-after": str(tried.wait_s)}
        return JSONResponse({"error": tried.told}, status_code=429, headers=headers)
    # a browser would open a box for name and password over a page of ours
    headers = {} if by_script else {"www-authenticate": 'Basic realm="Shipwatch", charset="UTF-8"'}
    told = "Log in: a session of the web page, or HTTP Basic with name and password of a user."
    return JSONResponse({"error": told}, status_code=401, headers=headers)
