"""Forms that come back: sent by a page of ours, and by somebody who may.

A form carries a token that is sealed with the site's secret over the session, or over a cookie of the visit where
nobody logs in. Where the browser says which page sent it, that page must be ours too: other programs on this machine
share our cookies, whatever their port.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watch.web.site import actor_of, site_of

VISIT_COOKIE = "shipwatch_visit"
TOKEN_FIELD = "token"  # noqa: S105 - the name of a field, no secret
_FIELDS_MAX = 6_000  # own: five thousand ticked alerts, each with the version that was seen
_BODY_MAX = 1 << 20  # own
_BODY_MAX_S = 60.0  # own: a megabyte over a poor line

Handler = Callable[[Request, FormData], Response]


def token_of(request: Request) -> str:
    """Return the token for the forms of a page; `VisitMiddleware` has given the visit its name."""
    session: str = getattr(request.state, "session", "")
    over = f"session {session}" if session else f"visit {request.state.visit}"
    return hmac.new(site_of(request).secret, over.encode(), sha256).hexdigest()


def new_visit() -> str:
    """Return a name for a visit that nobody can guess."""
    return secrets.token_urlsafe(24)


def posted(handler: Handler, *, decides: bool = True) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that reads a form, checks where it comes from, and hands it to a function in a thread.

    Parameters
    ----------
    handler
        Answers; it may wait for the database.
    decides
        Whether only somebody who may decide about alerts may send it.
    """

    async def endpoint(request: Request) -> Response:
        if decides and not actor_of(request).may_decide:
            raise HTTPException(403, "You may look but not decide; ask for the role 'analyst'.")
        _check_origin(request)
        _check_size(request)
        form = await _read(request)
        if not hmac.compare_digest(str(form.get(TOKEN_FIELD, "")).encode(), token_of(request).encode()):
            raise HTTPException(403, "This page was too old to send anything. Go back, load it again, and repeat.")
        return await run_in_threadpool(handler, request, form)

    return endpoint


async def _read(request: Request) -> FormData:
    try:
        async with asyncio.timeout(_BODY_MAX_S):
            return await request.form(max_files=0, max_fields=_FIELDS_MAX, max_part_size=1 << 16)
    except TimeoutError as error:
        raise HTTPException(408, "The form did not arrive in time. Go back, and send it again.") from error


def _check_origin(request: Request) -> None:
    origin, url = request.headers.get("origin"), site_of(request).settings.web.url
    ours = {request.headers.get("host"), urlsplit(url).netloc if url else None}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise HTTPException(403, "Another site sent this form.")


def _check_size(request: Request) -> None:
    length = request.headers.get("content-length")
    if length is None or "transfer-encoding" in request.headers:
        raise HTTPException(411, "The form does not say how long it is.")
    if int(length) > _BODY_MAX:
        raise HTTPException(413, "The form is too large.")
