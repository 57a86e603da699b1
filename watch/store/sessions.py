"""Sessions of the web page: who is logged in, known by the SHA-256 of a token that the browser alone has."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, or_, select

from watch.store import schema

IDLE_MAX = timedelta(hours=12)  # own: a working day, and nobody finds the page open on the next
AGE_MAX = timedelta(days=7)  # own
_TOKEN_BYTES = 32
_NOTE_EVERY = timedelta(minutes=30)  # own: looking at a page seldom waits for whoever writes

_USERS, _SESSIONS = schema.users, schema.sessions


@dataclass(frozen=True)
class Session:
    """Who a session is of, what they may do, and when they were seen last."""

    name: str
    role: str
    seen_at: datetime


def begin_session(connection: Connection, name: str, *, at: datetime) -> str:
    """Begin a session for a user and return its token; sessions that are over are swept."""
    connection.execute(_SESSIONS.delete().where(or_(*_over(at))))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {"token_sha256": _hash(token), "name": name, "begun_at": at, "seen_at": at}
    connection.execute(_SESSIONS.insert(), row)
    return token


def read_session(connection: Connection, token: str, *, at: datetime) -> Session | None:
    """Return the session of a token; None when it has none that lasts."""
    c = _SESSIONS.c
    mine = (c.token_sha256 == _hash(token)) & ~or_(*_over(at))
    query = select(c.name, _USERS.c.role, c.seen_at).join(_USERS, _USERS.c.name == c.name).where(mine)
    row = connection.execute(query).first()
    return Session(*row) if row else None


def is_to_note(session: Session, at: datetime) -> bool:
    """Return whether it is time to note that a session was used."""
    return at - session.seen_at > _NOTE_EVERY


def note_session(connection: Connection, token: str, *, at: datetime) -> None:
    """Note that a session was used."""
    connection.execute(_SESSIONS.update().where(_SESSIONS.c.token_sha256 == _hash(token)).values(seen_at=at))


def end_session(connection: Connection, token: str) -> None:
    """End the session of a token, if it has one."""
    connection.execute(_SESSIONS.delete().where(_SESSIONS.c.token_sha256 == _hash(token)))


def _over(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _SESSIONS.c.seen_at <= at - IDLE_MAX, _SESSIONS.c.begun_at <= at - AGE_MAX


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
