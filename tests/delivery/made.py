"""A store with made alerts, and settings for recipients on loopback."""

from __future__ import annotations

import email
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from digest_cases import made_alert, made_steps

from watch.delivery.digests import make_digest_for
from watch.reporting import Gathered, gather
from watch.settings import Settings
from watch.store.alerts import save_alerts
from watch.workspace import Workspace

T0 = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
RULE = "iran-venezuela-liberian-tanker-dark"  # of the family iran-venezuela
OTHER_RULE = "long-gap-in-sts-area"  # of the family dark


def no_progress(what: str, share: float) -> None:
    """Tell nobody."""


def no_maps(*_: Any, **__: Any) -> tuple[dict[str, Path], list[dict[str, str]]]:
    """Draw nothing: there are no tracks."""
    return {}, []


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def alert(number: int, level: str = "high", *, rule_id: str = RULE, steps: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a made alert; more `steps` are new evidence."""
    return made_alert(f"a{number}", level=level, rule_id=rule_id, steps=made_steps()[:steps], **changes)


def raise_alerts(ws: Workspace, alerts: Sequence[dict[str, Any]], hours: float = 0.0) -> None:
    """Let the rules raise exactly these alerts."""
    with ws.engine.begin() as conn:
        save_alerts(conn, list(alerts), rule_ids=[RULE, OTHER_RULE], at=at(hours))


def settings(port: int = 25, *, mail: dict[str, Any] | None = None, **recipient: Any) -> Settings:
    """Return settings with a mail server on loopback and one recipient, the desk."""
    server = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "watch@example.org", "timeout_s": 10}
    desk = {"name": "desk", "to": ["desk@example.org"]} | recipient
    return Settings.model_validate({"mail": server | (mail or {}), "recipient": [desk]})


def parsed(body: bytes) -> EmailMessage:
    message = email.message_from_bytes(body, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def make(ws: Workspace, chosen: Settings, hours: float = 0.0) -> Gathered:
    """Make the digest of the first recipient, without maps, and return what it tells."""
    recipient = chosen.recipient[0]
    gathered = gather(ws, at(hours), recipient)
    assert make_digest_for(ws, chosen, recipient, at(hours), no_progress, no_maps) is not None
    return gathered
