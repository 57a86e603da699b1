"""The mail of a digest: text and HTML, the maps as parts of it, and the alerts as a table to open."""

from __future__ import annotations

import csv
import io
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from watch.delivery.addresses import mail_address
from watch.digest import MAIL_HTML_MAX_BYTES, Digest, RenderedDigest, render_digest, told_in_full
from watch.errors import ConfigError
from watch.export import FORMATS

MAPS_MAX_BYTES = 4_000_000  # own: with what base64 adds still below the 10 MB that small servers take
TABLE_MAX_BYTES = 1_000_000  # own: some thousand alerts
TABLE_MAX_ROWS = 5_000  # own: as many as that
_DOMAIN_MAX = 60  # own: a Message-ID has 128 characters in the database
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,64}")


def make_mail(
    digest: Digest, maps: Mapping[str, Path], *, sender: str, to: Sequence[str], recipient: str, message_id: str
) -> EmailMessage:
    """Return the mail of a digest.

    Parameters
    ----------
    digest
        What it tells.
    maps
        Alert id → a PNG of its track.
    sender, to
        Mail addresses.
    recipient
        The name of who gets it, as in the settings.
    message_id
        `new_message_id`, the same whenever this mail is sent.

    Raises
    ------
    ConfigError
        An address is none.
    """
    pictures = _pictures(digest, maps)
    linked = replace(digest, maps={alert_id: f"cid:{_cid(alert_id)}" for alert_id in pictures})
    rendered = render_digest(linked, MAIL_HTML_MAX_BYTES)
    mail = EmailMessage(policy=SMTP)
    _write_head(mail, rendered.subject, checked(sender), [checked(a) for a in to], recipient, message_id, digest)
    _write_body(mail, rendered, pictures)
    table = alert_table(digest)
    mail.add_attachment(table, maintype="text", subtype="csv", filename="alerts.csv", params={"charset": "utf-8"})
    return mail


def checked(address: str) -> Address:
    """Return a mail address.

    Raises
    ------
    ConfigError
        It is none.
    """
    try:
        return mail_address(address)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def new_message_id(sender: str, made_at: datetime) -> str:
    """Return a Message-ID that no other mail has (RFC 5322, 3.6.4)."""
    domain = checked(sender).domain
    known = domain if len(domain) <= _DOMAIN_MAX else "shipwatch.invalid"
    return f"<shipwatch.{made_at:%Y%m%dT%H%M%SZ}.{secrets.token_hex(12)}@{known}>"


def _write_head(
    mail: EmailMessage,
    subject: str,
    sender: Address,
    to: Sequence[Address],
    recipient: str,
    message_id: str,
    digest: Digest,
) -> None:
    mail["From"] = sender if sender.display_name else replace_name(sender, "Shipwatch")
    if to:
        mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = digest.made_at
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note is to answer it
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    mail["Precedence"] = "list"
    mail["List-Id"] = f"Shipwatch digest for {recipient} <{recipient}.shipwatch.{sender.domain}>"  # RFC 2919


def replace_name(address: Address, name: str) -> Address:
    """Return an address under another shown name."""
    return Address(display_name=name, username=address.username, domain=address.domain)


def _write_body(mail: EmailMessage, rendered: RenderedDigest, pictures: Mapping[str, bytes]) -> None:
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    parts: Any = mail.get_payload()
    for alert_id, picture in pictures.items():
        if alert_id in rendered.shown:
            name = f"{alert_id}.png"
            parts[1].add_related(
                picture, "image", "png", cid=f"<{_cid(alert_id)}>", filename=name, disposition="inline"
            )


def _pictures(digest: Digest, maps: Mapping[str, Path]) -> dict[str, bytes]:
    """Return the pictures of the alerts that are told in full, as many as a mail may carry."""
    pictures: dict[str, bytes] = {}
    room = MAPS_MAX_BYTES
    for alert in told_in_full(digest):
        alert_id = str(alert.get("alert_id"))
        if alert_id in maps and _PLAIN.fullmatch(alert_id) and (picture := maps[alert_id].read_bytes()):
            room -= len(picture)
            if room < 0:
                break
            pictures[alert_id] = picture
    return pictures


def _cid(alert_id: str) -> str:
    return f"{alert_id.lower()}@shipwatch.invalid"


def alert_table(digest: Digest) -> bytes:
    """Return the alerts of a digest as CSV that no spreadsheet computes, what is told first; in a mail's size."""
    told = [(what, alert) for what in ("new", "changed", "withdrawn", "still_open") for alert in getattr(digest, what)]
    some = told[:TABLE_MAX_ROWS]
    rows = csv.reader(io.StringIO(FORMATS["csv"]([alert for _, alert in some]), newline=""))
    out, written = io.StringIO(), -1  # the head is no alert
    writer = csv.writer(out)
    for what, row in zip(["told", *(what.replace("_", " ") for what, _ in some)], rows, strict=True):
        if out.tell() > TABLE_MAX_BYTES:
            break
        writer.writerow([what, *row])
        written += 1
    if written < len(told):
        writer.writerow([f"{len(told) - written:,} more are left out; `shipwatch alerts export` has them all"])
    return out.getvalue().encode("utf-8-sig")  # a spreadsheet takes it for UTF-8 only with the mark
