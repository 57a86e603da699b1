"""Digitraffic's JSON: messages of its MQTT and rows of its REST answers a line each, or an answer as it came.

References
----------
digitraffic.fi/en/marine-traffic and meri.digitraffic.fi/swagger: the form of each answer
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watch.errors import HostileInputError, InputError
from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.found import Found
from watch.readers.json_lines import (
    Said,
    epoch_us,
    eta_text,
    mmsi_of,
    note,
    number_of,
    part_of,
    read_lines,
    sum_of,
    text_of,
    whole_of,
)
from watch.readers.messages import Fix, Message, Static

_MQTT_TOPIC = re.compile(r"(?a:vessels-v2/(\d{1,10})/(location|metadata))")
_DOCUMENT_BYTES = 64 << 20  # own: twenty thousand ships make 6 MB
_DRAUGHT_M = 0.1  # draught comes in tenths of a metre


def decode_digitraffic(said: Said) -> Message:
    """Return what a message says."""
    topic = _MQTT_TOPIC.fullmatch(said.topic)
    message = said.message
    if topic:
        mmsi, is_fix = mmsi_of(topic.group(1)), topic.group(2) == "location"
    else:
        properties = part_of(message, "properties")
        mmsi, is_fix = mmsi_of(message.get("mmsi", properties.get("mmsi"))), "geometry" in message or bool(properties)
    if not is_fix and not topic and mmsi is None:
        return Message(fault="neither a position nor an identity of a ship")
    at_us = _moment_us(message)
    if mmsi is None or at_us is None:
        return Message(fault="no MMSI" if mmsi is None else "no time")
    return Message(fix=_fix(said, mmsi, at_us)) if is_fix else Message(static=_static(said, mmsi, at_us))


def _moment_us(message: dict[str, Any]) -> int | None:
    """Return when it was said: `time` of MQTT's positions, `timestampExternal` of REST's, `timestamp` of identities."""
    properties = part_of(message, "properties")
    if properties or "geometry" in message:
        return epoch_us(properties.get("timestampExternal"))
    return epoch_us(message.get("time", message.get("timestamp")))


def _fix(said: Said, mmsi: int, at_us: int) -> Fix:
    told = part_of(said.message, "properties") or said.message
    lon, lat = told.get("lon"), told.get("lat")
    place = part_of(said.message, "geometry").get("coordinates")
    if isinstance(place, list) and len(place) >= 2:
        lon, lat = place[:2]
    return Fix(
        line=said.line,
        mmsi=mmsi,
        fix_at=at_us,
        lat=number_of(lat),
        lon=number_of(lon),
        sog_kn=number_of(told.get("sog")),
        cog_deg=number_of(told.get("cog")),
        heading_deg=number_of(told.get("heading")),
        nav_status=whole_of(told.get("navStat"), 15),
        receiver=said.receiver,
    )


def _static(said: Said, mmsi: int, at_us: int) -> Static:
    told = said.message
    ends = "ref" if "refA" in told else "referencePoint"
    draught = number_of(told.get("draught"))
    return Static(
        line=said.line,
        mmsi=mmsi,
        fix_at=at_us,
        imo=whole_of(told.get("imo"), 1 << 30),
        name=text_of(told.get("name")),
        callsign=text_of(told.get("callSign")),
        ship_type=whole_of(told.get("type", told.get("shipType")), 255),
        length_m=sum_of(told, f"{ends}A", f"{ends}B"),
        beam_m=sum_of(told, f"{ends}C", f"{ends}D"),
        draught_m=None if draught is None else draught * _DRAUGHT_M,
        destination=text_of(told.get("destination")),
        eta=_eta(told.get("eta")),
    )


def _eta(value: object) -> str | None:
    """Return an expected arrival, which comes as the 20 bits of AIS: month, day, hour, minute.

    Examples
    --------
    >>> _eta(176640), _eta(1596), _eta(None)
    ('02-22 08:00', None, None)
    """
    bits = whole_of(value, (1 << 20) - 1)
    return None if bits is None else eta_text(bits >> 16, bits >> 11 & 31, bits >> 6 & 31, bits & 63)


@dataclass(frozen=True)
class DigitrafficReader:
    """A reader of Digitraffic's messages and answers."""

    name: str = "digitraffic"

    def recognises(self, head: bytes) -> bool:
        """Return whether these first bytes begin an answer, or a message that was landed."""
        start = head.lstrip()
        if start.startswith(b'{"feed":"digitraffic"'):
            return True
        positions = b'"FeatureCollection"' in start and b'"timestampExternal"' in start
        identities = b'"mmsi"' in start and b'"callSign"' in start and b'"referencePointA"' in start
        return start.startswith((b"{", b"[")) and (positions or identities)

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the positions and unusable rows of a member, block by block.

        Raises
        ------
        InputError
            An answer as it came is damaged or too large.
        """
        start = member.head.lstrip()
        if start.startswith(b"[") or (b'"FeatureCollection"' in start and not start.startswith(b'{"feed"')):
            return _read_answer(member, tally)
        return read_lines(decode_digitraffic, member, limits, tally)


def _read_answer(member: Member, tally: Tally) -> Iterator[RawBatch]:
    """Yield the rows of an answer; the line of a reject is the row's number."""
    found = Found()
    for number, row in enumerate(_rows(member), 1):
        is_object = isinstance(row, dict)
        message = decode_digitraffic(Said(number, row)) if is_object else Message(fault="the row is no JSON object")
        note(message, number, json.dumps(row)[:600], found, tally)
    yield found.batch(member.label)


def _rows(member: Member) -> list[Any]:
    data = bytearray()
    while chunk := member.stream.read(1 << 20):
        data += chunk
        if len(data) > _DOCUMENT_BYTES:
            raise HostileInputError(f"{member.label}: an answer of more than {_DOCUMENT_BYTES:,} bytes is not read")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{member.label}: is not whole JSON; fetch it again") from None
    rows = answer.get("features") if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise InputError(f"{member.label}: holds no list of features; fetch it again")
    return rows


DIGITRAFFIC = DigitrafficReader()
