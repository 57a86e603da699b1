"""How often somebody may guess a password: counted in the database, so that it holds over processes and restarts.

A try is counted for the name, for the address it comes from and for both, and noted before the password is looked at,
so that many at once count as many. A browser (or, for programs, an address) from which a user has logged in before is
counted by itself: whoever guesses at a colleague's name from elsewhere locks themselves out, and not the colleague.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, func, select, text

from watch.store import schema

WINDOW = timedelta(minutes=15)
_FAILED_MAX = 5  # own: of one name from one address, or of one known browser, in the window
_NAME_MAX = 20  # own: of one name: four addresses may guess at it before it waits
_ADDRESS_MAX = 20  # own: of one address: an office may stand behind it
KNOWN_FOR = timedelta(days=90)  # own

_TRIES = schema.login_tries


@dataclass(frozen=True)
class Guess:
    """Who tries to log in: the name as typed, the address of the machine, and the browser if it was here before."""

    name: str
    address: str
    device: str | None = None


@dataclass(frozen=True)
class Noted:
    """A try that was noted: the rows that count it, and how long to wait if there were too many, s."""

    try_ids: tuple[int, ...] = ()
    wait_s: int = 0


def note_try(connection: Connection, guess: Guess, *, at: datetime) -> Noted:
    """Count a try as failed, unless there were too many: then it is not looked at, and does not prolong the wait."""
    _hold(connection)
    connection.execute(_TRIES.delete().where(_TRIES.c.until_at <= at))
    limits = _limits(connection, guess)
    wait_s = max((_wait_s(connection, key, most, at) for key, most in limits), default=0)
    if wait_s:
        return Noted(wait_s=wait_s)
    return Noted(tuple(_add(connection, "failed", key, at, at + WINDOW) for key, _ in limits))


def forgive(connection: Connection, noted: Noted, guess: Guess, *, at: datetime) -> None:
    """Note that the password was right: the try no longer counts, and the browser is known from now on."""
    connection.execute(_TRIES.delete().where(_TRIES.c.try_id.in_(noted.try_ids)))
    if guess.device:
        key = _key("device", guess.name, guess.device)
        connection.execute(_TRIES.delete().where(_TRIES.c.key == key))
        _add(connection, "known", key, at, at + KNOWN_FOR)


def _limits(connection: Connection, guess: Guess) -> Sequence[tuple[str, int]]:
    own = _key("device", guess.name, guess.device or "")
    known = (_TRIES.c.key == own) & (_TRIES.c.kind == "known")
    if guess.device and connection.execute(select(_TRIES.c.try_id).where(known).limit(1)).first():
        return ((own, _FAILED_MAX),)
    return (
        (_key("both", guess.name, _whence(guess.address)), _FAILED_MAX),
        (_key("name", guess.name), _NAME_MAX),
        (_key("address", _whence(guess.address)), _ADDRESS_MAX),
    )


def _whence(address: str) -> str:
    """Return what stands for whoever has an address: with IPv6 a household has a network of 64 bits to itself.

    Examples
    --------
    >>> _whence("10.0.0.1"), _whence("2001:db8:1:2::7"), _whence("")
    ('10.0.0.1', '2001:db8:1:2::/64', '')
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else address


def _wait_s(connection: Connection, key: str, most: int, at: datetime) -> int:
    """Return how long it takes until fewer than `most` of the tries count, s."""
    failed = (_TRIES.c.key == key) & (_TRIES.c.kind == "failed")
    if connection.execute(select(func.count()).where(failed)).scalar_one() < most:
        return 0
    ends = select(_TRIES.c.until_at).where(failed).order_by(_TRIES.c.until_at.desc()).offset(most - 1).limit(1)
    until_at: datetime = connection.execute(ends).scalar_one()
    return max(1, round((until_at - at).total_seconds()))


def _add(connection: Connection, kind: str, key: str, at: datetime, until_at: datetime) -> int:
    row = {"kind": kind, "key": key, "at": at, "until_at": until_at}
    (number,) = connection.execute(_TRIES.insert().values(row)).inserted_primary_key or (0,)
    return int(number)


def _hold(connection: Connection) -> None:
    """Let one try at a time be counted; SQLite lets one write in any case."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE login_tries IN SHARE ROW EXCLUSIVE MODE"))


def _key(*parts: str) -> str:
    """Return what a try is counted under: a hash, for what is typed as a name may be a password."""
    return sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()
