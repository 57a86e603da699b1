"""Logging in: whether a name and a password are a user's, and how often somebody may try."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from watch.passwords import is_outdated, is_password
from watch.store.login_tries import Guess, forgive, note_try
from watch.store.types import storable
from watch.store.users import User, keep_rehashed, read_user
from watch.web.site import Site
from watch.wording import lasting_words

log = structlog.get_logger()

WRONG = "Name or password is wrong."
_REMEMBERED_MAX = 256  # own: programs at work at once are fewer


@dataclass(frozen=True)
class Tried:
    """What came of a try: the user, or how long to wait, s; neither: name or password is wrong."""

    user: User | None = None
    wait_s: int = 0

    @property
    def told(self) -> str:
        """What whoever tried is told; the same for a name that nobody has."""
        return f"Too many tries. Wait {lasting_words(self.wait_s / 3600 + 1 / 60)}." if self.wait_s else WRONG


def try_login(site: Site, guess: Guess, password: str) -> Tried:
    """Return the user whose name and password these are, unless too many tries went before.

    Notes
    -----
    An unknown name takes as long as a known one. It is not logged: what was typed may be a password.
    """
    at = site.now()
    with site.ws.engine.begin() as conn:
        noted, user = note_try(conn, guess, at=at), read_user(conn, guess.name)
    known = {"user": user.name if user else "(unknown)", "address": guess.address}
    if noted.wait_s:
        log.warning("login refused: too many tries", **known)
        return Tried(wait_s=noted.wait_s)
    if not is_password(user.password if user else None, password) or user is None:
        log.warning("login failed", **known)
        return Tried()
    with site.ws.engine.begin() as conn:
        forgive(conn, noted, guess, at=at)
        if is_outdated(user.password):
            keep_rehashed(conn, user, password)
    log.info("login", **known)
    return Tried(user)


@dataclass
class BasicLogins:
    """Logins of programs, which send name and password with each request: the costly look at them is remembered."""

    site: Site
    _known: dict[bytes, tuple[str, str]] = field(default_factory=dict)

    def try_header(self, header: str, address: str) -> Tried:
        """Return the user of an `Authorization` header (HTTP Basic); a wrong one counts as a try."""
        name, password = _read_basic(header)
        key = hmac.digest(self.site.secret, header.encode("utf-8", "replace"), sha256)
        with self.site.ws.engine.connect() as conn:
            user = read_user(conn, name)
        if user and self._known.get(key) == (user.name, user.password):
            return Tried(user)
        tried = try_login(self.site, Guess(name, address, f"address {address}"), password)
        if tried.user:
            if len(self._known) >= _REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = (tried.user.name, tried.user.password)
        return tried


def _read_basic(header: str) -> tuple[str, str]:
    """Return name and password of a header; empty ones where it holds none.

    Examples
    --------
    >>> _read_basic("Basic QW5uOmE6Yg=="), _read_basic("Basic ?")
    (('ann', 'a:b'), ('', ''))
    """
    try:
        text = base64.b64decode(header.partition(" ")[2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, password = text.partition(":")
    return typed_name(name), password


def typed_name(text: str) -> str:
    """Return a name as it was typed in the form that users are kept under; too long a one is cut."""
    return storable(text).strip().lower()[:80]
