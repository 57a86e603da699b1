"""Sending a digest as JSON to a web address."""

from __future__ import annotations

import logging
import ssl
from typing import Any

import httpx

from watch.delivery.outcome import Outcome
from watch.digest import Digest, subject_line
from watch.digest_view import by_gravity
from watch.store.types import to_json

BODY_MAX_BYTES = 4_000_000  # own: as a mail
_TIMEOUT_S = 30.0  # own: who takes a message answers at once
_HEALTH_MAX = 500  # own: of the warnings, of which there may be one for each file
_SECTIONS = ("new", "changed", "withdrawn", "still_open")
_LATER = (408, 425, 429)
#: Of httpx: the message was not given.
_NOT_GIVEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def make_body(digest: Digest, *, recipient: str, message_id: str) -> bytes:
    """Return a digest as JSON: counts, and the alerts of each section as `shipwatch alerts list --json` has them.

    Notes
    -----
    What would make it too large is left out, the least grave of what is still open first; `left_out` says how many.
    """
    sections = {name: sorted(getattr(digest, name), key=by_gravity) for name in _SECTIONS}
    told = {
        "message_id": message_id,
        "recipient": recipient,
        "subject": subject_line(digest),
        "made_at": digest.made_at,
        "as_of": digest.as_of,
        "since": digest.since,
        "synthetic": digest.synthetic,
        "counts": {name: len(alerts) for name, alerts in sections.items()} | {"silenced": digest.silenced},
        "loaded": dict(digest.counts),
        "health": [dict(warning) for warning in digest.health[:_HEALTH_MAX]],
        "web_url": digest.web_url or None,
    }
    room = BODY_MAX_BYTES - len(to_json(told))
    kept: dict[str, list[Any]] = {name: [] for name in _SECTIONS}
    for name, alerts in sections.items():
        for alert in alerts:
            room -= len(to_json(dict(alert)).encode())
            if room < 0:
                break
            kept[name].append(dict(alert))
    left_out = {name: len(sections[name]) - len(kept[name]) for name in _SECTIONS}
    return to_json({**told, **kept, "left_out": left_out}).encode()


def post(url: str, body: bytes, message_id: str, trust: ssl.SSLContext | None = None) -> Outcome:
    """Post a body and return how that ended; `Idempotency-Key` lets the other side drop one that comes twice.

    Parameters
    ----------
    url
        Where to; it may hold a secret, so that no message names it.
    body
        JSON.
    message_id
        The key, without its angle brackets.
    trust
        Which certificates are good; None: those that this machine trusts.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they would write the address into the log
    headers = {"Content-Type": "application/json", "Idempotency-Key": message_id.strip("<>"), "User-Agent": "Shipwatch"}
    try:
        with (
            httpx.Client(verify=trust or ssl.create_default_context(), timeout=_TIMEOUT_S) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return _of_status(answer.status_code)
    except _NOT_GIVEN as error:
        return Outcome("deferred", f"no connection with the webhook ({type(error).__name__})")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        return Outcome("refused", "the address of the webhook is none; it begins with https://")
    except httpx.HTTPError as error:
        return Outcome("cut off", f"the webhook did not answer to the end ({type(error).__name__})")


def _of_status(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome("sent")
    later = status >= 500 or status in _LATER
    return Outcome("deferred" if later else "refused", f"the webhook answered {status}")
