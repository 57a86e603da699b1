"""JSON messages as they are landed: one a line, as received, with the time of receipt and who sent it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from watch.sources.stream import Counts

#: The largest message; a vessel's has a few hundred bytes.
MESSAGE_BYTES = 1 << 16


def read_message(raw: str | bytes, counts: Counts) -> dict[str, Any] | None:
    """Return a message as an object, or None when it is none, which is counted."""
    if len(raw) > MESSAGE_BYTES:
        counts.add(f"messages longer than {MESSAGE_BYTES:,} bytes")
        return None
    try:
        said = json.loads(raw.decode("utf-8") if isinstance(raw, bytes) else raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        counts.add("messages that are no JSON object")
        return None
    return said


def json_line(feed: str, raw: str | bytes, at: datetime, topic: str | None = None, receiver: str = "unknown") -> bytes:
    r"""Return the line that keeps a message, which must be JSON, as it was received.

    Examples
    --------
    >>> json_line("aisstream", '{\n"a": 1}', datetime(2026, 11, 21, 10, tzinfo=UTC)).decode()
    '{"feed":"aisstream","received_at":"2026-11-21T10:00:00.000Z","message":{ "a": 1}}\n'
    """
    head: dict[str, str] = {"feed": feed, "received_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"}
    if topic is not None:
        head["topic"] = topic
    if receiver != "unknown":
        head["receiver"] = receiver
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    flat = text.replace("\r", " ").replace("\n", " ")  # in JSON a line break stands only between words
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"message":{flat}}}\n'.encode("utf-8", "replace")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
