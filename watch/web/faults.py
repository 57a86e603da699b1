"""What a browser is told when something is wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watch.errors import BusyError, ConfigError, ConflictError, DatabaseGoneError, ShipwatchError
from watch.web.headers import content_policy, protect
from watch.web.site import render, site_of

log = structlog.get_logger()

_CRASHED = "Something went wrong here; the log of `shipwatch serve` says what."
_BUSY = "It is busy, or its database does not answer. Try again in a minute; the log of `shipwatch serve` says more."

#: The status of an answer by fault; the first that fits.
_STATUS: tuple[tuple[type[ShipwatchError], int], ...] = (
    (ConflictError, 409),
    (BusyError, 503),
    (DatabaseGoneError, 503),
    (ConfigError, 400),
    (ShipwatchError, 500),
)


def tell_refused(request: Request, error: Exception) -> Response:
    """Answer what a page refused."""
    refused = error if isinstance(error, HTTPException) else HTTPException(500)
    return _answer(request, refused.status_code, str(refused.detail), getattr(refused, "headers", None))


def tell_fault(request: Request, error: Exception) -> Response:
    """Answer a fault that Shipwatch explains; one of the machine itself is explained to its owner alone."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("page not answered", path=request.scope["path"], reason=str(error))
        if site_of(request).needs_login:
            return _answer(request, status, _BUSY if status == HTTPStatus.SERVICE_UNAVAILABLE else _CRASHED)
    return _answer(request, status, str(error))


def tell_crash(request: Request, error: Exception) -> Response:
    """Answer a fault that nobody thought of: the log has it, the page does not."""
    log.error("page failed", path=request.scope["path"], exc_info=error)
    page = _answer(request, 500, _CRASHED)
    policy = content_policy(site_of(request).settings.web.tiles)
    protect(page.headers, request.scope, policy)  # it is answered outside of everything that would
    return page


def _answer(request: Request, status: int, message: str, headers: Any = None) -> Response:
    if request.scope["path"].startswith("/api/") or request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"error": message}, status_code=status, headers=headers)
    title = HTTPStatus(status).phrase
    page = render(request, "fault.html.j2", status=status, title=title, message=message)
    page.headers.update(headers or {})
    return page


HANDLERS = {HTTPException: tell_refused, ShipwatchError: tell_fault, Exception: tell_crash}
