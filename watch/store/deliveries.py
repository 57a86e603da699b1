"""The outbox: messages that wait, are claimed by one who sends them, and are sent or have failed.

A claim and the beginning of a try are one transaction, and so are the end of the try and what becomes of the message.
Only one process at a time sends (the lease `outbox`), so whoever holds it knows that a claim of another was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from watch.errors import ConfigError
from watch.store import schema

_DELIVERIES, _TRIES, _DIGESTS = schema.deliveries, schema.delivery_tries, schema.digests
_LISTED = [column for column in _DELIVERIES.columns if column.name != "body"]


@dataclass(frozen=True)
class Claimed:
    """A message that is ours to send, and the try that has begun.

    Attributes
    ----------
    tries
        How many tries were begun, this one included.
    refusals
        How many of the earlier ones were refused.
    """

    delivery_id: int
    try_id: int
    recipient: str
    channel: str
    message_id: str
    subject: str
    addresses: tuple[str, ...]
    body: bytes
    made_at: datetime
    tries: int
    refusals: int


def add_delivery(
    connection: Connection,
    digest_id: int,
    *,
    recipient: str,
    channel: str,
    message_id: str,
    subject: str,
    addresses: Sequence[str],
    body: bytes,
    at: datetime,
) -> int:
    """Put a message into the outbox and return its number; in the transaction in which its digest is noted."""
    row = {"recipient": recipient, "channel": channel, "message_id": message_id, "subject": subject, "body": body}
    begun = {"digest_id": digest_id, "status": "pending", "tries": 0, "made_at": at, "next_try_at": at}
    insert = _DELIVERIES.insert().values(**row, **begun, addresses=list(addresses))
    (number,) = connection.execute(insert).inserted_primary_key or (0,)
    return int(number)


def due_deliveries(connection: Connection, at: datetime, recipient: str | None = None) -> list[int]:
    """Return the numbers of the messages whose time has come, in the order in which they were made."""
    due = (_DELIVERIES.c.status == "pending") & (_DELIVERIES.c.next_try_at <= at)
    if recipient is not None:
        due &= _DELIVERIES.c.recipient == recipient
    return list(
        connection.execute(select(_DELIVERIES.c.delivery_id).where(due).order_by(_DELIVERIES.c.delivery_id)).scalars()
    )


def claim(connection: Connection, delivery_id: int, holder: str, at: datetime) -> Claimed | None:
    """Claim a message and note that a try begins; None when another was faster."""
    mine = (_DELIVERIES.c.delivery_id == delivery_id) & (_DELIVERIES.c.status == "pending")
    values = {"status": "claimed", "claimed_by": holder, "claimed_at": at, "tries": _DELIVERIES.c.tries + 1}
    if connection.execute(_DELIVERIES.update().where(mine).values(**values)).rowcount != 1:
        return None
    begun = {"delivery_id": delivery_id, "began_at": at, "outcome": "running"}
    (try_id,) = connection.execute(_TRIES.insert().values(begun)).inserted_primary_key or (0,)
    row = connection.execute(select(_DELIVERIES).where(_DELIVERIES.c.delivery_id == delivery_id)).mappings().one()
    refused = (_TRIES.c.delivery_id == delivery_id) & (_TRIES.c.outcome == "refused")
    refusals = connection.execute(select(func.count()).where(refused)).scalar()
    names = ("delivery_id", "recipient", "channel", "message_id", "subject", "body", "made_at", "tries")
    return Claimed(
        **{name: row[name] for name in names},
        try_id=int(try_id),
        addresses=tuple(row["addresses"]),
        refusals=refusals or 0,
    )


def settle(
    connection: Connection,
    claimed: Claimed,
    *,
    outcome: str,
    status: str,
    at: datetime,
    next_try_at: datetime | None = None,
    message: str = "",
    addresses: Sequence[str] = (),
) -> bool:
    """Note how a try ended and what becomes of the message; False when it was taken for cut off meanwhile."""
    open_ = (_TRIES.c.try_id == claimed.try_id) & _TRIES.c.ended_at.is_(None)
    ended = _TRIES.update().where(open_).values(ended_at=at, outcome=outcome, message=message or None)
    if connection.execute(ended).rowcount != 1:
        return False
    values: dict[str, Any] = {"status": status, "message": message or None, "addresses": list(addresses)}
    values |= {"claimed_by": None, "claimed_at": None}
    values |= {"sent_at": at} if status == "sent" else {}
    values |= {"next_try_at": next_try_at} if next_try_at is not None else {}
    mine = _DELIVERIES.c.delivery_id == claimed.delivery_id
    connection.execute(_DELIVERIES.update().where(mine).values(**values))
    return True


def take_over(connection: Connection, at: datetime, wait: Callable[[int], timedelta]) -> list[dict[str, Any]]:
    """Give back to the outbox what somebody claimed and never finished; return those messages.

    `wait` says how long to wait after so many tries. Only the holder of the lease may call this: then whoever claimed
    them is gone.
    """
    claimed = list(read_deliveries(connection, status="claimed"))
    for row in claimed:
        open_ = (_TRIES.c.delivery_id == row["delivery_id"]) & _TRIES.c.ended_at.is_(None)
        message = f"{row['claimed_by']} ended without notice; nobody knows whether it was taken"
        connection.execute(_TRIES.update().where(open_).values(ended_at=at, outcome="cut off", message=message))
        next_try_at = at + wait(row["tries"])
        again = {
            "status": "pending",
            "next_try_at": next_try_at,
            "claimed_by": None,
            "claimed_at": None,
            "message": message,
        }
        connection.execute(_DELIVERIES.update().where(_DELIVERIES.c.delivery_id == row["delivery_id"]).values(**again))
    return claimed


def revive(connection: Connection, recipient: str, *, since_at: datetime, tries_max: int, at: datetime) -> int:
    """Let messages that failed be tried again, now that one to the same recipient got through; return how many."""
    failed = (_DELIVERIES.c.recipient == recipient) & (_DELIVERIES.c.status == "failed")
    worth = failed & (_DELIVERIES.c.made_at >= since_at) & (_DELIVERIES.c.tries < tries_max)
    worth &= func.length(_DELIVERIES.c.body) > 0
    return int(connection.execute(_DELIVERIES.update().where(worth).values(status="pending", next_try_at=at)).rowcount)


def retry_delivery(connection: Connection, delivery_id: int, at: datetime) -> None:
    """Let a message that waits or has failed be tried at once.

    Raises
    ------
    ConfigError
        There is none of this number, it was sent, it is being sent, or its content is kept no longer.
    """
    row = connection.execute(select(_DELIVERIES).where(_DELIVERIES.c.delivery_id == delivery_id)).mappings().first()
    if row is None:
        raise ConfigError(f"there is no delivery {delivery_id}; `shipwatch deliveries list` shows them")
    if row["status"] not in ("pending", "failed"):
        raise ConfigError(f"delivery {delivery_id} is {row['status']}; only one that waits or failed is tried again")
    if not row["body"]:
        raise ConfigError(
            f"the content of delivery {delivery_id} is kept no longer; `shipwatch alerts list` has its alerts"
        )
    mine = _DELIVERIES.c.delivery_id == delivery_id
    connection.execute(_DELIVERIES.update().where(mine).values(status="pending", next_try_at=at))


def read_deliveries(
    connection: Connection, *, status: str | None = None, recipient: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return deliveries without their content, the latest first."""
    query = select(*_LISTED, func.length(_DELIVERIES.c.body).label("size_bytes"))
    query = query.order_by(_DELIVERIES.c.delivery_id.desc()).limit(limit)
    for name, value in (("status", status), ("recipient", recipient)):
        query = query if value is None else query.where(_DELIVERIES.c[name] == value)
    return [dict(row) for row in connection.execute(query).mappings()]


def read_tries(connection: Connection, delivery_id: int) -> list[dict[str, Any]]:
    """Return the tries of a delivery in order."""
    query = select(_TRIES).where(_TRIES.c.delivery_id == delivery_id).order_by(_TRIES.c.try_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def read_body(connection: Connection, delivery_id: int) -> bytes:
    """Return the very bytes of a message; empty when there is none of this number or it is kept no longer."""
    query = select(_DELIVERIES.c.body).where(_DELIVERIES.c.delivery_id == delivery_id)
    return bytes(connection.execute(query).scalar() or b"")


def drop_bodies(connection: Connection, before_at: datetime) -> int:
    """Forget the content of messages that were sent or failed and were made before a moment; return how many."""
    over = _DELIVERIES.c.status.in_(("sent", "failed")) & (_DELIVERIES.c.made_at < before_at)
    full = over & (func.length(_DELIVERIES.c.body) > 0)
    return int(connection.execute(_DELIVERIES.update().where(full).values(body=b"")).rowcount)


def noted_as(delivery_id: int) -> str:
    """Return how the health of the data begins to speak of a delivery that failed."""
    return f"delivery {delivery_id}"


def was_noted(connection: Connection, delivery_id: int) -> bool:
    """Return whether it was noted that a delivery failed: one that fails again is told once."""
    health = schema.health
    same = (health.c.kind == "delivery") & health.c.message.startswith(f"{noted_as(delivery_id)} ")
    return connection.execute(select(health.c.health_id).where(same).limit(1)).scalar() is not None
