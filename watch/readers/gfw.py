"""Events of Global Fishing Watch, one JSON object a line, as the pages of their events API hold them (v3).

References
----------
https://globalfishingwatch.org/our-apis/documentation#events-api
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from watch import columns
from watch.readers.batch import Limits, Member, RawBatch, Tally, reject_table
from watch.readers.blocks import Block, cut_blocks

#: Who found such an event, in words for people.
FOUND_BY = "Global Fishing Watch"

_KM_NM = 1.852
_LONGEST = timedelta(days=3 * 366)  # own: a laid-up ship; theirs of 9 and 14 years are two ships under one number
_FIRST_SHIP, _LAST_SHIP = 201_000_000, 775_999_999  # ITU-R M.585: ships' numbers begin with a MID of 201–775
_ID_CHARS = 200
_TEXT_CHARS = 100
_BLOCK_BYTES = 4 << 20  # a decoded object weighs ten times its text


class _RejectError(ValueError):
    """Why a line is no event of ours."""


class _Gfw:
    """The format."""

    name = "gfw"

    def recognises(self, head: bytes) -> bool:
        """Return whether the first line is an event: an object with a vessel that has an `ssvid`."""
        line = head.lstrip().split(b"\n", 1)[0]
        return line.startswith(b"{") and all(word in line for word in (b'"ssvid"', b'"start"', b'"type"', b'"vessel"'))

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the events, block by block; they are no rows, but lines that are none are rejects."""
        small = replace(limits, block_bytes=min(limits.block_bytes, _BLOCK_BYTES))
        for block in cut_blocks(member, small):
            yield _batch(member.label, block, limits)


GFW = _Gfw()


def _batch(label: str, block: Block, limits: Limits) -> RawBatch:
    events: list[dict[str, Any]] = []
    rejects: list[tuple[int, str, str]] = []
    for line, raw in enumerate(block.data.split(b"\n"), block.first_line):
        if not raw.strip():
            continue
        try:
            events.append(parse_event(_decoded(raw, limits)))
        except _RejectError as reason:
            rejects.append((line, str(reason), raw.decode("utf-8", "replace")))
    lines, reasons, raws = (list(column) for column in zip(*rejects, strict=True)) if rejects else ([], [], [])
    nothing = pa.schema([columns.RAW.field("line")]).empty_table()
    return RawBatch(label, nothing, reject_table(lines, reasons, raws), lambda rows: [], events=events)


def _decoded(raw: bytes, limits: Limits) -> Mapping[str, Any]:
    if len(raw) > limits.line_bytes:
        raise _RejectError("the line is too long")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise _RejectError("is no JSON") from None
    if not isinstance(found, dict):
        raise _RejectError("is no event: not a JSON object")
    if b"\\u" in raw and not _is_text(found):
        raise _RejectError("holds half a character, which is no text")
    return found


def _is_text(found: Mapping[str, Any]) -> bool:
    """Return whether all texts of an event can be kept: JSON may escape half of a pair of characters."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_event(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return one of their events in our columns (`columns.EVENT_COLUMNS` without id and zone), and `their_id`.

    Parameters
    ----------
    said
        The event as they write it. Numbers may be texts.

    Notes
    -----
    An encounter comes once for each ship, with ids that end in `.1` and `.2`: both give the same event, in which the
    ship with the smaller number is the first. `position` is a mean place and stands for both ends where no others are.
    """
    kind = str(said.get("type")).lower()
    if kind not in _DETAILS:
        raise _RejectError("is an event of a type that is not kept")
    more = _object(said.get(kind) or said.get("portVisit"))
    start_at, end_at = _span(said)
    sides = _sides(said.get("vessel"), more.get("vessel") or {} if kind == "encounter" else None)
    hours = None if end_at is None else round((end_at - start_at) / timedelta(hours=1), 3)
    details = {"duration_h": hours, **_DETAILS[kind](said, more, end_at)}
    for name, ship in zip(("their_", "their_other_"), sides, strict=False):
        details |= {f"{name}{key}": word for key, word in ship[1].items()}
    their_id = _id(said, kind)
    details |= {"origin": "gfw", "found_by": FOUND_BY, "their_id": their_id}
    return {
        "kind": kind,
        "their_id": their_id,
        "mmsi": sides[0][0],
        "start_at": start_at,
        "end_at": end_at,
        **_ends(kind, said, more, closed=end_at is not None),
        "other_mmsi": sides[1][0] if len(sides) > 1 else None,
        "details": {name: value for name, value in details.items() if value is not None},
    }


def _sides(ship: Any, other: Any) -> list[tuple[int, dict[str, str]]]:
    """Return the number of the ship, and what they call it; of both ships of an encounter, the smaller number first."""
    sides = [(_mmsi(ship, "ship"), _told_ship(ship))]
    if other is not None:
        sides.append((_mmsi(other, "other ship"), _told_ship(other)))
        if sides[0][0] == sides[1][0]:
            raise _RejectError("the ship meets itself")
    return sorted(sides, key=lambda side: side[0])


def _id(said: Mapping[str, Any], kind: str) -> str:
    found = said.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= _ID_CHARS or not found.isprintable():
        raise _RejectError("has no id")
    return found[:-2] if kind == "encounter" and found[-2:] in (".1", ".2") else found


def _mmsi(ship: Any, who: str) -> int:
    text = str(_object(ship).get("ssvid") or "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) == 9 else 0
    if not _FIRST_SHIP <= number <= _LAST_SHIP:
        raise _RejectError(f"the {who} has no MMSI of a ship")
    return number


def _told_ship(ship: Any) -> dict[str, str]:
    """Return what they call a ship."""
    told = _object(ship)
    words = {name: told.get(name) for name in ("name", "flag", "type")}
    return {name: word[:_TEXT_CHARS] for name, word in words.items() if isinstance(word, str) and word.strip()}


def _span(said: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    start_at, end_at = _moment(said.get("start")), _moment(said.get("end"))
    if start_at is None:
        raise _RejectError("has no start")
    if end_at is not None and not start_at <= end_at:
        raise _RejectError("ends before it begins")
    if end_at is not None and end_at - start_at > _LONGEST:
        raise _RejectError("lasts longer than three years: the number is another ship's by then")
    return start_at, end_at


def _moment(text: Any) -> datetime | None:
    if text is None or text == "":
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _RejectError("has a time that is none") from None
    if not 1990 <= at.year <= 2100:
        raise _RejectError("has a time before 1990 or after 2100")
    return at


def _ends(kind: str, said: Mapping[str, Any], more: Mapping[str, Any], *, closed: bool) -> dict[str, float | None]:
    """Return where it began and ended; both are the mean place where they tell no other."""
    names = {"gap": ("offPosition", "onPosition"), "port_visit": ("startAnchorage", "endAnchorage")}
    first, last = names.get(kind, ("", ""))
    mean = _place(said.get("position"))
    start = _place(more.get(first)) or mean or (None, None)
    end = (_place(more.get(last)) or (mean if kind != "gap" else None)) if closed else None
    lat, lon = end or (None, None)
    return {"start_lat": start[0], "start_lon": start[1], "end_lat": lat, "end_lon": lon}


def _place(said: Any) -> tuple[float, float] | None:
    lat, lon = (_number(_object(said).get(name)) for name in ("lat", "lon"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return lat, lon


def _object(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, dict) else {}


def _number(said: Any, digits: int = 6) -> float | None:
    """Return a number, also one written as text; None for anything else."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        found = float(said)
    except (ValueError, OverflowError):
        return None
    return round(found, digits) if math.isfinite(found) else None


def _nm(km: Any) -> float | None:
    found = _number(km)
    return None if found is None else round(found / _KM_NM, 2)


def _gap(said: Mapping[str, Any], more: Mapping[str, Any], end_at: datetime | None) -> dict[str, Any]:
    told = more.get("intentionalDisabling")
    return {
        "open": end_at is None,
        "coverage": "unknown",  # ours says whether we heard others there; theirs is their own reckoning
        "distance_nm": _nm(more.get("distanceKm")),
        "implied_kn": _number(more.get("impliedSpeedKnots"), 2),
        "satellite_fixes_12h": _number(more.get("positions12HoursBeforeSat"), 0),
        "satellite_fixes_per_day": _number(more.get("positionsPerDaySatReception"), 1),
        "judged_intentional": told if isinstance(told, bool) else None,
        **_distances(said),
    }


def _encounter(said: Mapping[str, Any], more: Mapping[str, Any], end_at: datetime | None) -> dict[str, Any]:
    apart_km = _number(more.get("medianDistanceKilometers"))
    return {
        "median_distance_m": None if apart_km is None else round(apart_km * 1000, 1),
        "median_kn": _number(more.get("medianSpeedKnots"), 2),
    }


def _loitering(said: Mapping[str, Any], more: Mapping[str, Any], end_at: datetime | None) -> dict[str, Any]:
    distances = _distances(said)
    ends = (distances["start_shore_nm"], distances["end_shore_nm"])
    shore = [nm for nm in ends if nm is not None]
    return {
        "mean_kn": _number(more.get("averageSpeedKnots"), 2),
        "distance_nm": _nm(more.get("totalDistanceKm")),
        "shore_nm": min(shore, default=None),
        "mean_shore_nm": _nm(more.get("averageDistanceFromShoreKm")),
        **distances,
    }


def _port_visit(said: Mapping[str, Any], more: Mapping[str, Any], end_at: datetime | None) -> dict[str, Any]:
    sure = _number(more.get("confidence"), 0)
    anchorage = _object(more.get("startAnchorage"))
    words = {name: anchorage.get(name) for name in ("name", "flag")}
    docked = anchorage.get("atDock")
    return {
        "confidence": int(sure) if sure in (1, 2, 3, 4) else None,
        "at_dock": docked if isinstance(docked, bool) else None,
        **{
            f"their_port_{k}": word[:_TEXT_CHARS] if isinstance(word, str) and word else None
            for k, word in words.items()
        },
    }


def _distances(said: Mapping[str, Any]) -> dict[str, float | None]:
    told = _object(said.get("distances"))
    names = {
        f"{end}_{what}_nm": f"{end}DistanceFrom{what.capitalize()}Km"
        for end in ("start", "end")
        for what in ("shore", "port")
    }
    return {ours: _nm(told.get(theirs)) for ours, theirs in names.items()}


_DETAILS = {"gap": _gap, "encounter": _encounter, "loitering": _loitering, "port_visit": _port_visit}
