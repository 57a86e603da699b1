"""Messages as JSON, one a line, as sources land them: with who sent them and the time of receipt, or bare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watch.columns import RECEIVERS
from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.blocks import Block, cut_blocks, read_ahead
from watch.readers.found import Found
from watch.readers.messages import Message

#: Decoded messages weigh about ten times their text.
_BLOCK_BYTES = 4 << 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 100_000_000_000  # as seconds that would be the year 5138
_LATEST_US = 1 << 62
_TEXT_CHARS = 256


@dataclass(frozen=True)
class Said:
    """A message and what stands around it.

    Attributes
    ----------
    line
        Where it stands.
    message
        The JSON object.
    received_us
        When it was received, microseconds; None when that is not written.
    topic, receiver
        As the source landed them; without a topic an empty text.
    """

    line: int
    message: dict[str, Any]
    received_us: int | None = None
    topic: str = ""
    receiver: str = "unknown"


Decode = Callable[[Said], Message]


def read_lines(decode: Decode, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
    """Yield the messages of a member, block by block.

    Raises
    ------
    InputError
        The packed data are damaged.
    """
    small = replace(limits, block_bytes=min(limits.block_bytes, _BLOCK_BYTES))
    with read_ahead(cut_blocks(member, small)) as blocks:
        for block in blocks:
            yield _read_block(decode, block, limits, tally).batch(member.label)


def _read_block(decode: Decode, block: Block, limits: Limits, tally: Tally) -> Found:
    found = Found()
    for line, raw in enumerate(block.data.split(b"\n")[:-1], block.first_line):
        if not raw.strip():
            continue
        text = raw.decode("utf-8", "replace")
        if len(raw) > limits.line_bytes:
            found.rejects.append((line, f"the line is longer than {limits.line_bytes:,} bytes", text))
            continue
        said = _open(line, raw)
        note(decode(said) if isinstance(said, Said) else Message(fault=said), line, text, found, tally)
    return found


def note(message: Message, line: int, text: str, found: Found, tally: Tally) -> None:
    """Add what a message gave to what was found."""
    if message.fault:
        found.rejects.append((line, message.fault, text))
        return
    if message.fix:
        found.fixes.append(message.fix)
        found.texts.append(text)
    else:
        tally.static_messages += 1
    if message.static:
        found.statics.append(message.static)


def _open(line: int, raw: bytes) -> Said | str:
    """Return the message on a line, or why there is none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return "the line is no JSON; it may have been cut short"
    if not isinstance(said, dict):
        return "the line is no JSON object"
    if "feed" not in said:
        return Said(line, said)
    message, receiver = said.get("message"), said.get("receiver")
    if not isinstance(message, dict):
        return "the line holds no message"
    topic = text_of(said.get("topic")) or ""
    return Said(line, message, iso_us(said.get("received_at")), topic, receiver if receiver in RECEIVERS else "unknown")


def part_of(said: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object inside an object; an empty one where there is none.

    Examples
    --------
    >>> part_of({"a": {"b": 1}}, "a"), part_of({"a": 3}, "a")
    ({'b': 1}, {})
    """
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def number_of(value: object, least: float = -1e6, most: float = 1e6) -> float | None:
    """Return a number within bounds, both included; None for all else.

    Examples
    --------
    >>> number_of(11.5), number_of("11.5"), number_of(True), number_of(float("nan")), number_of(10**400)
    (11.5, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return None
    return float(value)


def whole_of(value: object, most: int) -> int | None:
    """Return a whole number from 0 to a greatest; None for all else.

    Examples
    --------
    >>> whole_of(70, 255), whole_of(70.0, 255), whole_of(-1, 255), whole_of("636999102", 999999999)
    (70, 70, None, 636999102)
    """
    if isinstance(value, str) and len(value) <= 10 and value.isascii() and value.isdigit():
        value = int(value)
    number = number_of(value, 0, most)
    return int(number) if number is not None and number.is_integer() else None


def mmsi_of(value: object) -> int | None:
    """Return a radio's number, as a number or in digits."""
    return whole_of(value, 2_147_483_647)


def text_of(value: object) -> str | None:
    r"""Return a text that can be stored; None for all else.

    Examples
    --------
    >>> text_of("BELLA"), text_of("\ud800"), text_of(7)
    ('BELLA', '?', None)
    """
    if not isinstance(value, str):
        return None
    short = value[:_TEXT_CHARS]
    return short if short.isascii() else short.encode("utf-8", "replace").decode("utf-8")


def epoch_us(value: object) -> int | None:
    """Return a moment given as seconds or milliseconds, in microseconds.

    Examples
    --------
    >>> epoch_us(1591002345), epoch_us(1591002345123), epoch_us(None)
    (1591002345000000, 1591002345123000, None)
    """
    number = number_of(value, 0, _LATEST_US // 1_000_000)
    if number is None:
        return None
    return round(number * (1_000 if number >= _MILLISECONDS_FROM else 1_000_000))


def iso_us(value: object) -> int | None:
    """Return a moment in ISO 8601 in microseconds; without a zone it is UTC.

    Examples
    --------
    >>> iso_us("2026-11-21T10:15:00.250Z"), iso_us("noon"), iso_us(7)
    (1795256100250000, None, None)
    """
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1)


def sum_of(said: dict[str, Any], one: str, other: str) -> float | None:
    """Return the sum of two parts of a ship's length or beam; None where either is missing."""
    parts = [whole_of(said.get(name), 1_000) for name in (one, other)]
    return None if None in parts else float(sum(part or 0 for part in parts))


def eta_text(month: int | None, day: int | None, hour: int | None, minute: int | None) -> str | None:
    """Return an expected arrival as `06-15 14:30`; no month means that none is declared.

    Examples
    --------
    >>> eta_text(6, 15, 14, 30), eta_text(0, 0, 24, 60)
    ('06-15 14:30', None)
    """
    if not month or not day or hour is None or minute is None:
        return None
    return f"{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
