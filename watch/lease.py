"""Leases: what one process at a time may do on one database, whatever machine it runs on.

On PostgreSQL a lease is an advisory lock of a session of its own, on SQLite a locked file beside the database: both
end by themselves with the process that held them, so that nobody waits for a dead one. The table `leases` says who
holds them; its `token` grows with each holder.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from watch.clock import now
from watch.errors import BusyError, DatabaseGoneError, StoreError
from watch.store import schema

_LEASES = schema.leases
_SPACE = 7_447_402  # any number that is ours alone on the server
_LOOK_AGAIN_S = 0.5  # own: how often a held lease is asked for again
#: own: a server notices within a minute that a holder's machine lost power, where Linux would keep its lock for two
#: hours (tcp_keepalive_time); PostgreSQL ignores it for holders on its own machine, whose end it sees at once.
_NOTICE = ("tcp_keepalives_idle = 20", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")


def holder_name() -> str:
    """Return how this process is named to others: its machine and number."""
    return f"{socket.gethostname()} process {os.getpid()}"


class Lease:
    """A lease that is held."""

    def __init__(self, name: str, session: Connection | None) -> None:
        self.name, self._session = name, session
        self._one_at_a_time, self._looked_s, self._lost = threading.Lock(), time.monotonic(), False

    def check(self) -> None:
        """Return if the lease is still held; asked often, it looks once in a while.

        Raises
        ------
        DatabaseGoneError
            The session that held it is gone, and another process may have it now.
        """
        with self._one_at_a_time:
            soon = time.monotonic() - self._looked_s < _LOOK_AGAIN_S
            if self._session is None or (soon and not self._lost):
                return
            self._looked_s = time.monotonic()
            self._look(self._session)

    def _look(self, session: Connection) -> None:
        with suppress(SQLAlchemyError, StoreError):
            if not self._lost:
                self._lost = True  # and stays so: a new connection would be made by itself, and hold nothing
                session.execute(text("SELECT 1"))
                self._lost = False
        if self._lost:
            raise DatabaseGoneError(
                f"the connection that held the lease '{self.name}' broke; what was finished is stored, "
                "and the next run goes on from there"
            )


@contextmanager
def holding(engine: Engine, name: str, *, wait_s: float = 0) -> Iterator[Lease]:
    """Hold a lease on a database.

    Parameters
    ----------
    engine
        The database.
    name
        What is held.
    wait_s
        How long to wait for another holder.

    Raises
    ------
    BusyError
        Another process holds it.
    """
    with _locked(engine, name, wait_s) as session:
        with engine.begin() as conn:
            _sign(conn, name)
        yield Lease(name, session)


def read_holder(conn: Connection, name: str) -> dict[str, Any] | None:
    """Return who held a lease last, and since when; None when nobody ever did."""
    row = conn.execute(select(_LEASES).where(_LEASES.c.name == name)).mappings().first()
    return dict(row) if row else None


def note_beat(conn: Connection, name: str, *, at: datetime) -> None:
    """Note that the holder of a lease is at work."""
    conn.execute(_LEASES.update().where(_LEASES.c.name == name).values(beat_at=at))


def is_held(engine: Engine, name: str) -> bool:
    """Return whether some process holds a lease now."""
    try:
        with _locked(engine, name, 0):
            return False
    except BusyError:
        return True


def _sign(conn: Connection, name: str) -> None:
    at = now()
    known = read_holder(conn, name)
    row = {"holder": holder_name(), "token": known["token"] + 1 if known else 1, "taken_at": at, "beat_at": at}
    if known:
        conn.execute(_LEASES.update().where(_LEASES.c.name == name).values(row))
    else:
        conn.execute(_LEASES.insert().values(name=name, **row))


def _locked(engine: Engine, name: str, wait_s: float) -> AbstractContextManager[Connection | None]:
    return (_in_session if engine.dialect.name == "postgresql" else _in_file)(engine, name, wait_s)


@contextmanager
def _in_file(engine: Engine, name: str, wait_s: float) -> Iterator[None]:
    database = engine.url.database
    if not database or database == ":memory:":  # nobody else can see it
        yield None
        return
    lock = FileLock(Path(f"{database}.{name}.lock"))
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise _busy(engine, name) from error
    try:
        yield None
    finally:
        lock.release()


@contextmanager
def _in_session(engine: Engine, name: str, wait_s: float) -> Iterator[Connection]:
    key = {"space": _SPACE, "name": zlib.crc32(name.encode()) - 2**31}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        for setting in _NOTICE:
            session.execute(text(f"SET {setting}"))
        deadline = time.monotonic() + wait_s
        while not session.execute(text("SELECT pg_try_advisory_lock(:space, :name)"), key).scalar():
            if time.monotonic() >= deadline:
                raise _busy(engine, name)
            time.sleep(_LOOK_AGAIN_S)
        try:
            yield session
        finally:
            _let_go(session, key)


def _let_go(session: Connection, key: dict[str, int]) -> None:
    """Give the lease back; a session that broke has lost it already, and is not used again."""
    try:
        session.execute(text("SELECT pg_advisory_unlock(:space, :name)"), key)
    except (SQLAlchemyError, StoreError):
        session.invalidate()


def _busy(engine: Engine, name: str) -> BusyError:
    with engine.connect() as conn:
        holder = read_holder(conn, name)
    who = f"{holder['holder']}, since {holder['taken_at']:%Y-%m-%d %H:%M} UTC" if holder else "another process"
    return BusyError(f"'{name}' is held by {who}; wait for it to end, or stop it")
