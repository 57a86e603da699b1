"""What goes with every answer: headers that keep a browser from doing harm, and the cookie of a visit."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watch.web.forms import VISIT_COOKIE, new_visit

_NAME_MAX = 64  # own: a name of ours has 32 characters
_STATIC = ("/static/",)


def content_policy(tile_url: str | None = None) -> str:
    """Return what pages may load: from this site alone, and pictures of the tile server of the settings.

    Examples
    --------
    >>> "script-src 'self';" in content_policy()
    True
    """
    tiles = f" {urlsplit(tile_url).scheme}://{urlsplit(tile_url).netloc}" if tile_url else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
        f"img-src 'self' data:{tiles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def protect(headers: MutableHeaders, scope: Scope, policy: str) -> None:
    """Add to the headers of an answer what keeps a browser from doing harm, and what keeps it out of caches."""
    headers.setdefault("content-security-policy", policy)
    headers.setdefault("cache-control", "no-cache" if scope["path"].startswith(_STATIC) else "no-store")
    for name, value in _ALWAYS:
        headers[name] = value
    if scope["scheme"] == "https":
        headers["strict-transport-security"] = _TLS_ONLY


class HeadersMiddleware:
    """Adds the security headers to every answer, and keeps pages out of caches.

    An answer that has a policy of its own (a report, which holds its script in itself) keeps it.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), scope, self._policy)
            await send(message)

        await self._app(scope, receive, with_headers)


_ALWAYS: Sequence[tuple[str, str]] = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "geolocation=(), camera=(), microphone=()"),
)
_TLS_ONLY = "max-age=15552000"  # own: half a year


class VisitMiddleware:
    """Gives each visit a name in a cookie, over which the tokens of its forms are sealed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        known = request.cookies.get(VISIT_COOKIE, "")
        visit = known if 0 < len(known) <= _NAME_MAX else new_visit()
        scope.setdefault("state", {})["visit"] = visit

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and visit != known:
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie(VISIT_COOKIE, visit, secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, with_cookie)


def cookie(name: str, value: str, *, secure: bool, max_age_s: int | None = None, path: str = "/") -> str:
    """Return a cookie that scripts cannot read and forms of other sites cannot send, until the browser ends or as long.

    It is Lax and not Strict: a link in a mail to an alert has to arrive logged in. All that changes anything is a POST,
    with which no other site can send it, and carries a sealed token besides.
    """
    jar: SimpleCookie = SimpleCookie()
    jar[name] = value
    morsel: Any = jar[name]
    morsel.update({"path": path, "httponly": True, "samesite": "Lax", "secure": secure})
    if max_age_s is not None:
        morsel["max-age"] = max_age_s
    return str(morsel.OutputString())
