"""The outbox, emptied: each message is claimed, tried, and settled as soon as the other side has answered.

A message goes out with the same bytes and the same Message-ID each time. One that was given to a server and whose
answer was never stored (the process was killed in between) goes out again: SMTP has no way to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from watch import clock
from watch.delivery import channels
from watch.delivery.outcome import Outcome
from watch.errors import BusyError, StoreError
from watch.lease import holder_name, holding
from watch.settings import Settings
from watch.store import deliveries as store
from watch.store.runs import note_health
from watch.wording import moment_words
from watch.workspace import Workspace

LEASE = "outbox"
LEASE_WAIT_S = 60.0  # own: as long as a person waits for another process that is sending
#: own: a server that asks to come back later (greylisting) often means a minute or five; then ever less often.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
#: own: a refusal is seldom a mistake that mends itself; four tries over five hours.
_REFUSED_WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4))
_GIVE_UP = timedelta(days=5)  # RFC 5321, 4.5.4.1: four to five days at least
_REVIVE = timedelta(days=30)  # own: older news is no news
_TRIES_MAX = 60  # own: five days at the longest wait are twenty-six
_AT_ONCE = 3  # own: tries that were cut off and go on at once; what kills the process each time must not do so for ever
_STORE_WAIT_S = 300.0  # own: a database that restarts is back in a minute


@dataclass
class Sent:
    """What became of the messages that were due; `faults` are sentences."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    cut_off: int = 0
    faults: list[str] = field(default_factory=list)


def retry_wait(tries: int) -> timedelta:
    """Return how long to wait after so many tries.

    Examples
    --------
    >>> [str(retry_wait(n)) for n in (1, 2, 5, 50)]
    ['0:01:00', '0:02:00', '0:16:00', '6:00:00']
    """
    doubled: timedelta = _FIRST_WAIT * 2 ** min(max(tries - 1, 0), 16)
    return min(doubled, _LONGEST_WAIT)


def send_outbox(
    ws: Workspace,
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    *,
    recipient: str | None = None,
    wait_s: float = 0,
) -> Sent:
    """Send what is due and return what became of it; nothing when another process is sending.

    Parameters
    ----------
    ws
        The workspace.
    settings
        With the mail server and the recipients.
    now
        The clock.
    recipient
        Only what is for them; None: for all.
    wait_s
        How long to wait for another process that is sending.
    """
    told = Sent()
    with ExitStack() as held:
        try:
            lease = held.enter_context(holding(ws.engine, LEASE, wait_s=wait_s))
        except BusyError:
            return told
        with ws.engine.begin() as conn:
            told.cut_off = len(store.take_over(conn, now(), _wait_after_cut))
        with ws.engine.connect() as conn:
            due = store.due_deliveries(conn, now(), recipient)
        for delivery_id in due:
            lease.check()
            _send(ws, settings, delivery_id, now, told)
    return told


def _wait_after_cut(tries: int) -> timedelta:
    return timedelta() if tries <= _AT_ONCE else retry_wait(tries)


def _send(ws: Workspace, settings: Settings, delivery_id: int, now: Callable[[], datetime], told: Sent) -> None:
    with ws.engine.begin() as conn:
        claimed = store.claim(conn, delivery_id, holder_name(), now())
    if claimed is None:
        return

    def settle(outcome: Outcome) -> None:
        patient = Retrying(
            retry=retry_if_exception_type(StoreError),
            wait=wait_exponential(0.1, max=10),
            stop=stop_after_delay(_STORE_WAIT_S),
            reraise=True,
        )  # the server has the mail: not to note that would send it again
        status = patient(_settle, ws, claimed, outcome, now())
        _count(told, claimed, outcome, status)

    channels.deliver(claimed, settings, settle)


def _settle(ws: Workspace, claimed: store.Claimed, outcome: Outcome, at: datetime) -> str:
    """Store how a try ended, and return what the message is now."""
    status, next_try_at = _what_follows(claimed, outcome, at)
    left = () if status == "sent" else outcome.left or claimed.addresses
    with ws.engine.begin() as conn:
        ours = store.settle(
            conn,
            claimed,
            outcome=outcome.kind,
            status=status,
            at=at,
            next_try_at=next_try_at,
            message=outcome.message,
            addresses=left,
        )
        if ours and status == "sent":
            store.revive(conn, claimed.recipient, since_at=at - _REVIVE, tries_max=_TRIES_MAX, at=at)
        if ours and status == "failed" and not store.was_noted(conn, claimed.delivery_id):
            note_health(conn, "delivery", _failure_words(claimed, outcome), at=at)
    return status


def _what_follows(claimed: store.Claimed, outcome: Outcome, at: datetime) -> tuple[str, datetime | None]:
    if outcome.kind == "sent":
        return "sent", None
    if outcome.kind == "refused":
        over = claimed.refusals >= len(_REFUSED_WAITS)
        wait = timedelta() if over else _REFUSED_WAITS[claimed.refusals]
    else:
        over, wait = at - claimed.made_at > _GIVE_UP, retry_wait(claimed.tries)
    return ("failed", None) if over else ("pending", at + wait)


def _failure_words(claimed: store.Claimed, outcome: Outcome) -> str:
    return (
        f"{store.noted_as(claimed.delivery_id)} for '{claimed.recipient}', the digest of "
        f"{moment_words(claimed.made_at)}, failed after {claimed.tries:,} {'try' if claimed.tries == 1 else 'tries'}: "
        f"{outcome.message}; it is kept: `shipwatch deliveries retry {claimed.delivery_id}`"
    )


def _count(told: Sent, claimed: store.Claimed, outcome: Outcome, status: str) -> None:
    told.sent += status == "sent"
    told.deferred += status == "pending"
    told.failed += status == "failed"
    if status != "sent":
        then = "is given up" if status == "failed" else "is tried again"
        told.faults.append(f"the digest for '{claimed.recipient}' was not delivered and {then}: {outcome.message}")
