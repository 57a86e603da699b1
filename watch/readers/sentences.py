"""One line of an NMEA log: the AIS sentence in it, its checksum, and the moment written beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce

#: A sentence of any talker, from the exclamation mark to its checksum.
SENTENCE = re.compile(
    r"!(?P<body>[A-Z0-9]{2}VD[MO],(?P<count>\d),(?P<part>\d),(?P<seq>\d*),(?P<channel>[^,*]*),[^,*]*,\d)"
)

_CHECKSUM = re.compile(r"\*([0-9A-Fa-f]{2})")
_TAG_BLOCKS = re.compile(r"\\([^\\]*)\\")
_TAG_TIME = re.compile(r"(?:^|,)c:(\d{9,13})(?=[,*]|$)")
_TAG_RECEIVER = re.compile(r"(?:^|,)t:(terrestrial|satellite)(?=[,*]|$)")
_EPOCH = re.compile(r"(?<![\w.:-])(\d{9,13}(?:\.\d+)?)(?![\w:-])")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.]\d{1,9})?(?: ?(?:[Zz]|[+-]\d\d:?\d\d))?")

_MILLISECONDS_FROM = 100_000_000_000  # as seconds that would be the year 5138
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sentence:
    """An AIS sentence as it stands on a line.

    Attributes
    ----------
    line, text
        Where it stands, and the line.
    body
        The sentence with its checksum.
    count, part, key
        Its place in a message of `count` sentences; those of one message share the key.
    at_us
        The moment beside it in microseconds, or None.
    receiver
        What kind of receiver heard it, as a tag block of ours says (`t:satellite`).
    """

    line: int
    text: str
    body: str
    count: int
    part: int
    key: tuple[str, str, str, int]
    at_us: int | None
    receiver: str = "unknown"


def parse_sentence(line: int, text: str) -> Sentence | str:
    """Return the sentence on a line, or the reason why there is none.

    Examples
    --------
    >>> parse_sentence(1, "$GPRMC,1")
    'the line holds no AIS sentence (!AIVDM or !AIVDO)'
    """
    found = SENTENCE.search(text)
    if not found:
        return "the line holds no AIS sentence (!AIVDM or !AIVDO)"
    check = _CHECKSUM.match(text, found.end())
    if not check:
        return "the sentence has no checksum"
    told, reckoned = int(check.group(1), 16), checksum(found["body"])
    if told != reckoned:
        return f"the checksum is {told:02X}, the sentence gives {reckoned:02X}: it was damaged on the way"
    count, part = int(found["count"]), int(found["part"])
    if not 1 <= part <= count:
        return f"the sentence says it is part {part} of {count}"
    key = (found["body"][:2], found["seq"], found["channel"], count)
    before = text[: found.start()]
    at_us = parse_moment(before, text[check.end() :])
    receiver = _TAG_RECEIVER.search(before.replace("\\", ",")) if "t:" in before else None
    told_by = receiver.group(1) if receiver else "unknown"
    return Sentence(line, text, text[found.start() : check.end()], count, part, key, at_us, told_by)


def checksum(body: str) -> int:
    """Return the exclusive or of all characters between `!` and `*`.

    Examples
    --------
    >>> f"{checksum('AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0'):X}"
    '5C'
    """
    return reduce(lambda total, char: total ^ char, body.encode("utf-8", "replace"), 0)


def parse_moment(before: str, after: str) -> int | None:
    r"""Return the moment beside a sentence in microseconds: tag block first, then before it, then after it.

    Examples
    --------
    >>> parse_moment("\\s:r1,c:1591002345*00\\", ""), parse_moment("", ",r003669945,1591002345")
    (1591002345000000, 1591002345000000)
    """
    for block in _TAG_BLOCKS.findall(before):
        tag = _TAG_TIME.search(block)
        if tag:
            return _epoch_us(tag.group(1))
    lead = _TAG_BLOCKS.sub("", before)
    return _written_moment(lead, 0) or _written_moment(after, -1)


def _written_moment(text: str, which: int) -> int | None:
    """Return the first (0) or last (-1) moment in a text."""
    iso = _ISO.findall(text)
    if iso:
        return _iso_us(iso[which])
    epochs = _EPOCH.findall(text)
    return _epoch_us(epochs[which]) if epochs else None


def _epoch_us(text: str) -> int:
    whole, _, fraction = text.partition(".")
    number = int(whole)
    if number >= _MILLISECONDS_FROM:
        return number * 1_000
    return number * 1_000_000 + int((fraction + "000000")[:6])


def _iso_us(text: str) -> int | None:
    leap = text[17:19] == "60"
    text = f"{text[:17]}59{text[19:]}" if leap else text
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T", 1).replace(" ", ""))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH_START) // timedelta(microseconds=1) + 1_000_000 * leap
