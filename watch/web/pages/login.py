"""Logging in and out."""

from __future__ import annotations

import secrets

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.store.login_tries import KNOWN_FOR, Guess
from watch.store.sessions import AGE_MAX, begin_session, end_session
from watch.web.access import SESSION_COOKIE, address_of, own_path
from watch.web.forms import VISIT_COOKIE, new_visit, posted
from watch.web.headers import cookie
from watch.web.login import Tried, try_login, typed_name
from watch.web.site import actor_of, render, site_of

_DEVICE_COOKIE = "shipwatch_known"
_DEVICE_MAX = 64  # own: one of ours has 43 characters
_PASSWORD_MAX = 1_024  # own: more is no password of ours


def _page(request: Request) -> Response:
    site, next_ = site_of(request), own_path(request.query_params.get("next", ""))
    if actor_of(request).logged_in or not site.needs_login:
        return RedirectResponse(next_, status_code=303)
    return _form(request, next_, "")


def _form(request: Request, next_: str, name: str, tried: Tried | None = None) -> Response:
    status = 200 if tried is None else 429 if tried.wait_s else 403
    told = tried.told if tried else ""
    page = render(request, "login.html.j2", status=status, next=next_, name=name, told=told)
    if tried and tried.wait_s:
        page.headers["retry-after"] = str(tried.wait_s)
    return page


def _log_in(request: Request, form: FormData) -> Response:
    site, next_ = site_of(request), own_path(str(form.get("next", "")))
    if not site.needs_login:
        return RedirectResponse(next_, status_code=303)
    name = typed_name(str(form.get("name", "")))
    known = request.cookies.get(_DEVICE_COOKIE, "")[:_DEVICE_MAX]
    device = known or secrets.token_urlsafe(32)
    guess = Guess(name, address_of(request), device)
    tried = try_login(site, guess, str(form.get("password", ""))[:_PASSWORD_MAX])
    if tried.user is None:
        return _form(request, next_, name, tried)
    with site.ws.engine.begin() as conn:
        end_session(conn, request.cookies.get(SESSION_COOKIE, ""))
        token = begin_session(conn, tried.user.name, at=site.now())
    secure = request.url.scheme == "https"
    answer = RedirectResponse(next_, status_code=303)
    for made in (
        cookie(SESSION_COOKIE, token, secure=secure, max_age_s=int(AGE_MAX.total_seconds())),
        cookie(_DEVICE_COOKIE, device, secure=secure, max_age_s=int(KNOWN_FOR.total_seconds()), path="/login"),
        cookie(VISIT_COOKIE, new_visit(), secure=secure),  # so that no form from before can be sent after
    ):
        answer.headers.append("set-cookie", made)
    return answer


def _log_out(request: Request, form: FormData) -> Response:
    site, secure = site_of(request), request.url.scheme == "https"
    with site.ws.engine.begin() as conn:
        end_session(conn, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse("/login" if site.needs_login else "/alerts", status_code=303)
    answer.headers.append("set-cookie", cookie(SESSION_COOKIE, "", secure=secure, max_age_s=0))
    answer.headers.append("set-cookie", cookie(VISIT_COOKIE, new_visit(), secure=secure))
    return answer


ROUTES: tuple[BaseRoute, ...] = (
    Route("/login", _page),
    Route("/login", posted(_log_in, decides=False), methods=["POST"]),
    Route("/logout", posted(_log_out, decides=False), methods=["POST"]),
)
