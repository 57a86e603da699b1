"""From AIS messages to positions and identities, decoded by pyais; and the moment of messages that come without one."""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyais
from pyais.exceptions import AISBaseException

from watch.readers.sentences import Sentence

_FIXES = frozenset({1, 2, 3, 18, 19, 27})
_STATICS = frozenset({5, 24})
_SET_APART = {4: "base station", 9: "SAR aircraft", 21: "aid to navigation"}
_LONG_RANGE = 27

# whole knots and degrees in message 27: 63 and 511 stand for "not available" (M.1371 table 81)
_LONG_RANGE_NO_SPEED, _LONG_RANGE_NO_COURSE = 63, 511

#: Only so near to a written moment, or to a base station's report (every 10 s), can a second alone be trusted.
_CLOCK_LINES = 20

_NO_TIME = "the sentence has no time; log it with a tag block (\\c:…), or with a timestamp before or after the sentence"


class Fix(NamedTuple):
    """A position report, in the columns `FIX_COLUMNS`."""

    line: int
    mmsi: int
    fix_at: int
    lat: float | None
    lon: float | None
    sog_kn: float | None
    cog_deg: float | None
    heading_deg: float | None
    nav_status: int | None
    receiver: str


class Static(NamedTuple):
    """An identity, in the columns `STATIC_COLUMNS`; what the message does not carry is None."""

    line: int
    mmsi: int
    fix_at: int
    imo: int | None = None
    name: str | None = None
    callsign: str | None = None
    ship_type: int | None = None
    length_m: float | None = None
    beam_m: float | None = None
    draught_m: float | None = None
    destination: str | None = None
    eta: str | None = None


FIX_COLUMNS = Fix._fields
STATIC_COLUMNS = Static._fields


@dataclass(frozen=True)
class Message:
    """What a message gave: a position, an identity, both, or the reason why it is neither."""

    fix: Fix | None = None
    static: Static | None = None
    fault: str = ""


@dataclass
class Clock:
    """The last moment that stood in the log, and its line."""

    at_us: int | None = None
    line: int = 0

    def set(self, at_us: int, line: int) -> None:
        """Note a moment."""
        self.at_us, self.line = at_us, line

    def moment(self, line: int, second: int | None) -> int | None:
        """Return the moment next to the last known one with this UTC second (any, if None), or None when unsure.

        Examples
        --------
        >>> clock = Clock(at_us=58_000_000, line=1)
        >>> clock.moment(2, 1), clock.moment(50, 1)
        (61000000, None)
        """
        if self.at_us is None or line - self.line > _CLOCK_LINES:
            return None
        if second is None or second > 59:
            return self.at_us
        away_s = (second - self.at_us // 1_000_000 + 30) % 60 - 30
        return (self.at_us // 1_000_000 + away_s) * 1_000_000


def decode_message(sentence: Sentence, bodies: list[str], clock: Clock) -> Message:
    """Return what a message says.

    Parameters
    ----------
    sentence
        Its first sentence, with the moment of whichever part has one.
    bodies
        All its sentences.
    clock
        Read for messages without a moment; set by base stations' reports.
    """
    try:
        said: dict[str, Any] = pyais.decode(*bodies).asdict(enum_as_int=True)
    except (AISBaseException, ValueError, IndexError, TypeError) as error:
        return Message(fault=f"the message cannot be decoded ({type(error).__name__}: {str(error)[:80]})")
    kind = said["msg_type"]
    if kind == 4 and sentence.at_us is None:
        _set_clock(said, sentence.line, clock)
    if kind in _SET_APART:
        return Message(fault=f"set apart: {_SET_APART[kind]} (message type {kind})")
    if kind not in _FIXES and kind not in _STATICS:
        return Message(fault=f"message type {kind} carries no ship position")
    at_us = sentence.at_us if sentence.at_us is not None else clock.moment(sentence.line, said.get("second"))
    if at_us is None:
        return Message(fault=_NO_TIME)
    fix = _fix(said, sentence, at_us) if kind in _FIXES else None
    static = _static(said, sentence.line, at_us) if kind in _STATICS or kind == 19 else None
    return Message(fix, static)


def _fix(said: dict[str, Any], sentence: Sentence, at_us: int) -> Fix:
    speed, course, long_range = said["speed"], said["course"], said["msg_type"] == _LONG_RANGE
    if long_range:
        speed = None if speed >= _LONG_RANGE_NO_SPEED else speed
        course = None if course >= _LONG_RANGE_NO_COURSE else course
    return Fix(
        line=sentence.line,
        mmsi=int(said["mmsi"]),
        fix_at=at_us,
        lat=said["lat"],
        lon=said["lon"],
        sog_kn=speed,
        cog_deg=course,
        heading_deg=said.get("heading"),
        nav_status=said.get("status"),
        receiver="satellite" if long_range else sentence.receiver,
    )


def _static(said: dict[str, Any], line: int, at_us: int) -> Static:
    length, beam = (_sum(said, *ends) for ends in (("to_bow", "to_stern"), ("to_port", "to_starboard")))
    return Static(
        line=line,
        mmsi=int(said["mmsi"]),
        fix_at=at_us,
        imo=said.get("imo"),
        name=said.get("shipname"),
        callsign=said.get("callsign"),
        ship_type=said.get("ship_type"),
        length_m=length,
        beam_m=beam,
        draught_m=said.get("draught"),
        destination=said.get("destination"),
        eta=_eta(said),
    )


def _sum(said: dict[str, Any], one: str, other: str) -> float | None:
    return float(said[one] + said[other]) if one in said and other in said else None


def _eta(said: dict[str, Any]) -> str | None:
    """Return month, day, hour and minute as `06-15 14:30`; no month means that none is declared."""
    if not said.get("month") or not said.get("day"):
        return None
    return f"{said['month']:02d}-{said['day']:02d} {said['hour']:02d}:{said['minute']:02d}"


def _set_clock(said: dict[str, Any], line: int, clock: Clock) -> None:
    if said["year"] and 1 <= said["month"] <= 12 and said["day"] and said["hour"] < 24:
        parts = (said["year"], said["month"], said["day"], said["hour"], said["minute"], said["second"])
        clock.set(timegm(parts) * 1_000_000, line)
