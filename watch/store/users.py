"""Users of the web page: who may look and who may decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from watch.errors import ConfigError
from watch.passwords import check_password, hash_password
from watch.store import schema

#: What users may do: a viewer looks, an analyst decides about alerts too.
ROLES = ("viewer", "analyst")

_USERS, _SESSIONS = schema.users, schema.sessions
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")


@dataclass(frozen=True)
class User:
    """A user; `password` is the hash, `changed_at` the last change of password or role."""

    name: str
    role: str
    password: str
    made_at: datetime
    changed_at: datetime


def user_name(text: str) -> str:
    """Return a user's name as it is kept: in small letters.

    Raises
    ------
    ConfigError
        It is none.

    Examples
    --------
    >>> user_name(" Ann.Lee ")
    'ann.lee'
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{text[:70]!r} is no name of a user: take letters, digits, '.', '_', '@' and '-', at most 64"
        )
    return name


def read_users(connection: Connection) -> list[User]:
    """Return all users by name."""
    return [User(**row) for row in connection.execute(select(_USERS).order_by(_USERS.c.name)).mappings()]


def read_user(connection: Connection, name: str) -> User | None:
    """Return a user; None when nobody has this name."""
    row = connection.execute(select(_USERS).where(_USERS.c.name == name)).mappings().first()
    return User(**row) if row else None


def has_users(connection: Connection) -> bool:
    """Return whether there is any user."""
    return connection.execute(select(_USERS.c.name).limit(1)).first() is not None


def add_user(connection: Connection, name: str, role: str, password: str, *, at: datetime) -> User:
    """Store a new user and return it.

    Raises
    ------
    ConfigError
        The name is taken, the role is none, or the password is not good enough.
    """
    known = check_new(connection, name, role)
    check_password(known, password)
    user = User(known, role, hash_password(password), at, at)
    connection.execute(_USERS.insert(), vars(user))
    return user


def check_new(connection: Connection, name: str, role: str) -> str:
    """Return the name of a user who may be made.

    Raises
    ------
    ConfigError
        The name is taken or none, or the role is none.
    """
    known = user_name(name)
    _check_role(role)
    if read_user(connection, known):
        raise ConfigError(f"there is a user {known} already; `shipwatch user passwd {known}` sets another password")
    return known


def set_password(connection: Connection, name: str, password: str, *, at: datetime) -> None:
    """Give a user another password, and end the sessions that the old one began.

    Raises
    ------
    ConfigError
        Nobody has this name, or the password is not good enough.
    """
    user = known_user(connection, name)
    check_password(user.name, password)
    end_sessions_of(connection, user.name)
    changed = {"password": hash_password(password), "changed_at": at}
    connection.execute(_USERS.update().where(_USERS.c.name == user.name).values(**changed))


def set_role(connection: Connection, name: str, role: str, *, at: datetime) -> None:
    """Give a user another role, and end the sessions of the old one.

    Raises
    ------
    ConfigError
        Nobody has this name, or there is no such role.
    """
    _check_role(role)
    user = known_user(connection, name)
    end_sessions_of(connection, user.name)
    connection.execute(_USERS.update().where(_USERS.c.name == user.name).values(role=role, changed_at=at))


def remove_user(connection: Connection, name: str) -> User:
    """Remove a user, end their sessions, and return who it was; what they decided stays in the history."""
    user = known_user(connection, name)
    end_sessions_of(connection, user.name)
    connection.execute(_USERS.delete().where(_USERS.c.name == user.name))
    return user


def keep_rehashed(connection: Connection, user: User, password: str) -> None:
    """Keep the same password under a hash of today's parameters, unless it was changed meanwhile."""
    same = (_USERS.c.name == user.name) & (_USERS.c.password == user.password)
    connection.execute(_USERS.update().where(same).values(password=hash_password(password)))


def end_sessions_of(connection: Connection, name: str) -> None:
    """End all sessions of a user."""
    connection.execute(_SESSIONS.delete().where(_SESSIONS.c.name == name))


def known_user(connection: Connection, name: str) -> User:
    """Return a user.

    Raises
    ------
    ConfigError
        Nobody has this name.
    """
    user = read_user(connection, user_name(name))
    if user is None:
        raise ConfigError(f"there is no user {user_name(name)}; `shipwatch user list` shows them")
    return user


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ConfigError(f"{role[:70]!r} is no role; there are {', '.join(ROLES)}")
