"""aisstream.io's JSON messages, as its source lands them or as others have recorded them.

References
----------
github.com/aisstream/ais-message-models: the form of each message
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.json_lines import (
    Said,
    eta_text,
    iso_us,
    mmsi_of,
    number_of,
    part_of,
    read_lines,
    sum_of,
    text_of,
    whole_of,
)
from watch.readers.messages import Fix, Message, Static

_SET_APART = {
    "BaseStationReport": "base station",
    "StandardSearchAndRescueAircraftReport": "SAR aircraft",
    "AidsToNavigationReport": "aid to navigation",
}

#: `2022-12-29 18:22:32.318353 +0000 UTC`: as Go writes a time, with up to nine digits behind the point.
_GO_TIME = re.compile(r"(?a:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\d{0,3} \+0000 UTC.*)")

# message 27 has whole knots and degrees: 63 and 511 stand for "not available" (M.1371 table 81)
_LONG_RANGE_NO_SPEED, _LONG_RANGE_NO_COURSE = 63, 511


def decode_aisstream(said: Said) -> Message:
    """Return what a message says."""
    kind = text_of(said.message.get("MessageType")) or ""
    body, beside = part_of(part_of(said.message, "Message"), kind), part_of(said.message, "MetaData")
    if kind in _SET_APART:
        return Message(fault=f"set apart: {_SET_APART[kind]} ({kind})")
    if kind not in _FIXES and kind not in _STATICS:
        return Message(fault=f"a message {kind or 'without a type'} carries no ship position")
    if not body or body.get("Valid") is False:
        return Message(fault=f"the {kind} is empty or marked as not valid")
    mmsi = mmsi_of(body.get("UserID", beside.get("MMSI")))
    at_us = _moment_us(beside.get("time_utc")) or said.received_us
    if mmsi is None or at_us is None:
        return Message(fault="no MMSI" if mmsi is None else "no time")
    fix = _fix(kind, body, said, mmsi, at_us) if kind in _FIXES else None
    static = Static(said.line, mmsi, at_us, **_STATICS[kind](body)) if kind in _STATICS else None
    return Message(fix, static)


def _moment_us(value: object) -> int | None:
    found = _GO_TIME.fullmatch(value) if isinstance(value, str) and len(value) < 80 else None
    return iso_us(found.group(1) if found else value)


def _fix(kind: str, body: dict[str, Any], said: Said, mmsi: int, at_us: int) -> Fix:
    speed, course = number_of(body.get("Sog")), number_of(body.get("Cog"))
    long_range = kind == "LongRangeAisBroadcastMessage"
    if long_range:
        speed = None if speed is None or speed >= _LONG_RANGE_NO_SPEED else speed
        course = None if course is None or course >= _LONG_RANGE_NO_COURSE else course
    return Fix(
        line=said.line,
        mmsi=mmsi,
        fix_at=at_us,
        lat=number_of(body.get("Latitude")),
        lon=number_of(body.get("Longitude")),
        sog_kn=speed,
        cog_deg=course,
        heading_deg=number_of(body.get("TrueHeading")),
        nav_status=whole_of(body.get("NavigationalStatus"), 15),
        receiver="satellite" if long_range else said.receiver,
    )


def _ship(body: dict[str, Any]) -> dict[str, Any]:
    eta = part_of(body, "Eta")
    return {
        "imo": whole_of(body.get("ImoNumber"), 1 << 30),
        "name": text_of(body.get("Name")),
        "callsign": text_of(body.get("CallSign")),
        "ship_type": whole_of(body.get("Type"), 255),
        **_size(body),
        "draught_m": number_of(body.get("MaximumStaticDraught")),
        "destination": text_of(body.get("Destination")),
        "eta": eta_text(*(whole_of(eta.get(name), 60) for name in ("Month", "Day", "Hour", "Minute"))),
    }


def _class_b(body: dict[str, Any]) -> dict[str, Any]:
    return {"name": text_of(body.get("Name")), "ship_type": whole_of(body.get("Type"), 255), **_size(body)}


def _part_a_or_b(body: dict[str, Any]) -> dict[str, Any]:
    """Return what one half of a class B identity tells; each half comes in a message of its own."""
    if not body.get("PartNumber"):
        return {"name": text_of(part_of(body, "ReportA").get("Name"))}
    half = part_of(body, "ReportB")
    return {
        "callsign": text_of(half.get("CallSign")),
        "ship_type": whole_of(half.get("ShipType"), 255),
        **_size(half),
    }


def _size(body: dict[str, Any]) -> dict[str, float | None]:
    ends = part_of(body, "Dimension")
    return {"length_m": sum_of(ends, "A", "B"), "beam_m": sum_of(ends, "C", "D")}


_FIXES = frozenset(
    {
        "PositionReport",
        "StandardClassBPositionReport",
        "ExtendedClassBPositionReport",
        "LongRangeAisBroadcastMessage",
    }
)
_STATICS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "ShipStaticData": _ship,
    "StaticDataReport": _part_a_or_b,
    "ExtendedClassBPositionReport": _class_b,
}


@dataclass(frozen=True)
class AisstreamReader:
    """A reader of aisstream.io's messages, one a line."""

    name: str = "aisstream"

    def recognises(self, head: bytes) -> bool:
        """Return whether these first bytes begin with one of its messages."""
        start = head.lstrip()
        named = b'"MessageType"' in start and b'"MetaData"' in start
        return start.startswith(b'{"feed":"aisstream"') or (start.startswith(b"{") and named)

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the position reports and unusable lines of a member, block by block."""
        return read_lines(decode_aisstream, member, limits, tally)


AISSTREAM = AisstreamReader()
