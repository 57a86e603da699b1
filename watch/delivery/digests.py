"""Digests for recipients: made when they are due, and put into the outbox in the transaction that notes them.

Each digest says after which one it comes, and the database takes only one after another: however many processes make
one at once, and wherever they are killed, each change is in one message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError

from watch.alert_maps import Progress, draw_maps
from watch.delivery.mail import checked, make_mail, new_message_id
from watch.digest import Digest, render_digest, subject_line, told_in_full, write_digest
from watch.errors import ConfigError
from watch.reporting import Gathered, gather, with_maps
from watch.service.schedule import digest_trigger
from watch.settings import Recipient, Settings
from watch.store.deliveries import add_delivery
from watch.store.runs import last_digest, save_digest
from watch.workspace import Workspace

_EARLY = timedelta(minutes=1)  # own: clocks are set back by seconds, and a job that fires early must not be lost
_AHEAD = timedelta(days=8)  # own: longer than a week between two digests; a clock that far ahead is not waited for
_NOBODY = "shipwatch@localhost"

Draw = Callable[..., tuple[dict[str, Path], list[dict[str, str]]]]


class Message(NamedTuple):
    """What goes out."""

    message_id: str
    body: bytes
    addresses: tuple[str, ...] = ()


def make_due_digest(
    ws: Workspace, settings: Settings, recipient: Recipient, at: datetime, progress: Progress
) -> int | None:
    """Make the digest of a recipient that was due since the last one, and return its number; None when none was.

    Those that were missed are one digest. Somebody who never got one is told at once.
    """
    with ws.engine.connect() as conn:
        last = last_digest(conn, recipient.name)
    return make_digest_for(ws, settings, recipient, at, progress) if _is_due(recipient, last, at) else None


def _is_due(recipient: Recipient, last: dict[str, datetime] | None, at: datetime) -> bool:
    if last is None or last["made_at"] - at > _AHEAD:
        return True
    due_at = digest_trigger(recipient).get_next_fire_time(None, last["made_at"] + timedelta(microseconds=1))
    return due_at is not None and due_at <= at + _EARLY


def make_digest_for(
    ws: Workspace,
    settings: Settings,
    recipient: Recipient,
    at: datetime,
    progress: Progress,
    draw: Draw = draw_maps,
) -> int | None:
    """Make the digest of a recipient now and put it into the outbox; return its number.

    Parameters
    ----------
    ws
        The workspace.
    settings
        With the sender of mails and the address of the web page.
    recipient
        Who is told.
    at
        The time of making it.
    progress
        Told how far it is.
    draw
        What draws the maps.

    Returns
    -------
    int or None
        None when another process made one at the same time; its outbox has it.

    Notes
    -----
    A digest without news is noted too; for a recipient without `even_if_empty` nothing goes out.
    """
    gathered = gather(ws, at, recipient, web_url=settings.web.url or "")
    silent = not gathered.news and not recipient.even_if_empty
    message = None if silent else _message(ws, settings, recipient, gathered, progress, draw)
    try:
        with ws.engine.begin() as conn:
            digest_id = save_digest(
                conn,
                recipient=recipient.name,
                after_id=gathered.after_id,
                made_at=at,
                as_of=gathered.digest.as_of,
                last_seq=gathered.last_seq,
                details=gathered.details,
            )
            if message is not None:
                add_delivery(
                    conn,
                    digest_id,
                    recipient=recipient.name,
                    channel=recipient.channel,
                    subject=subject_line(gathered.digest),
                    **message._asdict(),
                    at=at,
                )
    except IntegrityError:
        return None
    return digest_id


def _message(
    ws: Workspace, settings: Settings, recipient: Recipient, gathered: Gathered, progress: Progress, draw: Draw
) -> Message:
    digest = gathered.digest
    if recipient.channel == "webhook":
        from watch.delivery.webhook import make_body

        message_id = new_message_id(_NOBODY, digest.made_at)
        return Message(message_id, make_body(digest, recipient=recipient.name, message_id=message_id))
    if recipient.channel == "apprise":
        from watch.delivery.push import TEXT_MAX

        text = render_digest(digest, cards_max=0).text[:TEXT_MAX]
        return Message(new_message_id(_NOBODY, digest.made_at), text.encode())
    with TemporaryDirectory(prefix="shipwatch-maps-") as folder:
        maps, faults = draw(ws, told_in_full(digest), Path(folder), progress)
        return _mail(replace(digest, health=[*digest.health, *faults]), maps, settings, recipient)


def _mail(digest: Digest, maps: dict[str, Path], settings: Settings, recipient: Recipient | None) -> Message:
    sender = settings.mail.sender if settings.mail else _NOBODY
    message_id = new_message_id(sender, digest.made_at)
    name, to = (recipient.name, recipient.to) if recipient else ("preview", ())
    mail = make_mail(digest, maps, sender=sender, to=to, recipient=name, message_id=message_id)
    return Message(message_id, mail.as_bytes(), tuple(dict.fromkeys(checked(a).addr_spec for a in to)))


def find_recipient(settings: Settings, name: str) -> Recipient:
    """Return the recipient of a name.

    Raises
    ------
    ConfigError
        There is none.
    """
    for recipient in settings.recipient:
        if recipient.name == name:
            return recipient
    known = ", ".join(r.name for r in settings.recipient) or "none"
    raise ConfigError(f"shipwatch.toml has no [[recipient]] called {name!r}; it has {known}")


def preview_digest(
    ws: Workspace, settings: Settings, recipient: Recipient | None, folder: Path, at: datetime, progress: Progress
) -> dict[str, Path]:
    """Write the digest as a page, as text and as the mail it would be; send nothing and keep nothing.

    Parameters
    ----------
    ws, settings
        As for `make_digest_for`.
    recipient
        Who would be told; None: what the next digest in a folder would tell.
    folder
        Where the files go.
    at
        The time of making it.
    progress
        Told how far it is.
    """
    gathered = gather(ws, at, recipient, web_url=settings.web.url or "")
    digest = with_maps(ws, gathered.digest, folder, progress)
    paths = write_digest(digest, folder)
    maps = {alert_id: folder / path for alert_id, path in digest.maps.items()}
    paths["mail"] = folder / "digest.eml"
    paths["mail"].write_bytes(_mail(digest, maps, settings, recipient).body)
    return paths
