"""What goes wrong with a database, told so that a person can act on it, and never with a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from watch.errors import BusyError, DatabaseGoneError, StoreError

_NO_ACCESS = "42501"
_DISK_FULL = {"53100", "SQLITE_FULL"}
_DISK_FAILS = "SQLITE_IOERR"
_IN_THE_WAY = {"40001", "40P01", "55P03"}  # serialisation, deadlock, a lock that was not given
_SHUT_DOWN = {"57P01", "57P02", "57P03"}
# codes of SQLite: https://www.sqlite.org/rescode.html
_SQLITE_IN_THE_WAY = {"SQLITE_BUSY", "SQLITE_LOCKED"}


def explain_errors(engine: Engine) -> None:
    """Let every error of an engine that is the database's own, and no slip of a statement, be one of ours."""
    event.listen(engine, "handle_error", _translate)


def _translate(context: ExceptionContext) -> BaseException | None:
    error = context.sqlalchemy_exception
    if context.is_pre_ping or context.engine is None or not isinstance(error, DBAPIError):
        return None
    lost = context.is_disconnect or context.connection is None or _code(error) in _SHUT_DOWN
    if lost and isinstance(error, OperationalError):
        return DatabaseGoneError(_unusable(context.engine.url, error))
    return _known_trouble(context.engine.url, error)


def _known_trouble(url: URL, error: DBAPIError) -> StoreError | None:
    """Return the error in our words; None for one that the caller has to judge, such as a key that is there twice."""
    code = _code(error)
    if code in _IN_THE_WAY or code.startswith(tuple(_SQLITE_IN_THE_WAY)):
        return BusyError(
            f"the database {shown(url)} is being written to by others, and this had to give way; nothing of it is"
            " stored: try again in a minute"
        )
    if code in _DISK_FULL:
        return StoreError(
            f"the disk of the database {shown(url)} is full; what was finished is stored: make room, then run it again"
        )
    if code.startswith(_DISK_FAILS):
        return StoreError(
            f"the disk of the database {shown(url)} cannot be used: {reason(url, error)}; see whether it is full or"
            " damaged, then run it again: what was finished is stored"
        )
    if code == _NO_ACCESS:
        return StoreError(f"the database {shown(url)} refuses: {reason(url, error)}; ask its owner to grant the right")
    if isinstance(error, OperationalError):
        return StoreError(_unusable(url, error))
    return None


def _code(error: DBAPIError) -> str:
    """Return the code of an error: five characters of PostgreSQL, or SQLite's name of it."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or "")


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn whatever goes wrong with a database into an error that a person can act on."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_unusable(url, error)) from None


def _unusable(url: URL, error: SQLAlchemyError) -> str:
    advice = "check that it runs, that the address is right and that you may use it"
    return f"the database {shown(url)} cannot be used: {reason(url, error)}; {advice}"


def reason(url: URL, error: SQLAlchemyError) -> str:
    """Return what a driver says of an error, on one line and without the password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = " ".join(str(cause).split())
    for secret in _secrets(url):
        said = said.replace(secret, "***")
    return said


def _secrets(url: URL) -> list[str]:
    words = [url.password, *(value for key, value in url.query.items() if "pass" in key)]
    return [str(word) for word in words if word]


def shown(url: URL) -> str:
    """Return a database's address as it may be shown to anybody."""
    hidden = url.set(query={key: "***" if "pass" in key else value for key, value in url.query.items()})
    return hidden.render_as_string(hide_password=True)
