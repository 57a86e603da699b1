"""Vessels as rows of a list, and a vessel's calls and what lay between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from watch.digest_view import LEVELS
from watch.plain import plain
from watch.store import schema
from watch.store.events import read_vessel_ids
from watch.store.frames import batches
from watch.vessel_reading import CLOSED, radios_of, read_chain
from watch.wording import as_utc

_ALERTS = schema.alerts
#: Vessels on a page of a list.
PAGE_ROWS = 50
_VOYAGE_MIN_H = 1.0  # own: less is a shift within a port

Row = dict[str, Any]


def standing_vessels(conn: Connection) -> dict[str, Counter[str]]:
    """Return the vessels with alerts that are not closed, the gravest first, each with its alerts by level."""
    c = _ALERTS.c
    query = select(c.vessel_id, c.level, func.count()).where(c.status.not_in(CLOSED)).group_by(c.vessel_id, c.level)
    found: dict[str, Counter[str]] = {}
    for vessel_id, level, count in conn.execute(query):
        found.setdefault(vessel_id, Counter())[level] = count
    return dict(sorted(found.items(), key=lambda item: ([-item[1][level] for level in LEVELS], item[0])))


def count_known(conn: Connection) -> tuple[int, int]:
    """Return how many vessels have an event, and how many radios ever declared who they are."""
    radios = conn.execute(select(func.count(schema.identities.c.mmsi.distinct()))).scalar() or 0
    return len(read_vessel_ids(conn)), int(radios)


def vessel_rows(conn: Connection, vessel_ids: Sequence[str]) -> list[Row]:
    """Return vessels as rows: all that each was called, since when it declares itself, when it was last heard, alerts.

    Parameters
    ----------
    conn
        Of the store.
    vessel_ids
        In the order wanted.
    """
    chain = read_chain(conn, radios_of(conn, vessel_ids))
    standing, last = standing_vessels(conn), _last_heard(conn, vessel_ids)
    by_vessel = dict(iter(chain.groupby("vessel_id"))) if len(chain) else {}
    return [
        {**_called(v, by_vessel.get(v)), "alerts": _by_level(standing.get(v, Counter())), "last_at": last.get(v)}
        for v in vessel_ids
    ]


def _by_level(alerts: Counter[str]) -> list[tuple[str, int]]:
    return [(level, alerts[level]) for level in LEVELS if alerts[level]]


def _called(vessel_id: str, links: Any) -> Row:
    head = {"vessel_id": vessel_id, "imo": vessel_id.partition("imo:")[2]}
    if links is None:
        mmsi = vessel_id.removeprefix("mmsi:").partition("/")[0]
        none = dict.fromkeys(("names", "flags", "types"), ())
        return {**head, **none, "mmsis": [mmsi] if mmsi.isdigit() else [], "first_at": None}
    several = {f"{name}s": list(dict.fromkeys(links[name].dropna())) for name in ("name", "flag", "type", "mmsi")}
    several["types"] = [kind for kind in several["types"] if kind != "unknown"]
    return {**head, **several, "first_at": plain(links["from_at"].min())}


def _last_heard(conn: Connection, vessel_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when each vessel was heard last, as its events tell it: an open gap begins then."""
    c = schema.events.c
    ends = func.max(c.start_at), func.max(c.end_at)
    found: dict[str, datetime] = {}
    for some in batches(list(vessel_ids)):
        query = select(c.vessel_id, *ends).where(c.vessel_id.in_(some), c.kind.not_like("possible%"))
        for vessel_id, *known in conn.execute(query.group_by(c.vessel_id)):
            found[vessel_id] = max(at for at in map(as_utc, known) if at)
    return found


def voyages_of(events: Iterable[Mapping[str, Any]], me: str) -> list[Row]:
    """Return a ship's calls in order, each with what lay between it and the call before.

    Parameters
    ----------
    events
        Public ones, in order of time.
    me
        The vessel.

    Notes
    -----
    `direct_nm` is the shortest way over the sea from call to call, None where none is known: no ship goes less.
    """
    every = list(events)
    calls = [e for e in every if e["kind"] == "port_visit" and e["vessel_id"] == me]
    ways = _ways_nm(calls)
    out: list[Row] = []
    for k, call in enumerate(calls):
        before = calls[k - 1] if k else None
        between = _between(every, before, call, ways[k - 1]) if before else None
        out.append({"call": call, "between": between if between and _is_voyage(between) else None})
    last = calls[-1] if calls else None
    return [*out, {"call": None, "between": _between(every, last, None, None)}] if last and last["end_at"] else out


def _between(
    events: Sequence[Mapping[str, Any]], before: Mapping[str, Any], after: Mapping[str, Any] | None, way: float | None
) -> Row:
    begin, end = as_utc(before["end_at"] or before["start_at"]), as_utc(after["start_at"]) if after else None
    inside = [e for e in events if _meets(e, begin, end)]
    of = {kind: [e for e in inside if e["kind"] == kind] for kind in ("gap", "encounter", "possible_encounter")}
    hours = max((end - begin).total_seconds() / 3600, 0.0) if begin and end else None
    return {"direct_nm": way, "hours": hours, "from_at": begin, "to_at": end, **of}


def _is_voyage(between: Row) -> bool:
    """Return whether there is anything to tell: places side by side are left and entered at once."""
    told = any(between[kind] for kind in ("gap", "encounter", "possible_encounter"))
    return told or between["hours"] is None or between["hours"] >= _VOYAGE_MIN_H


def _meets(event: Mapping[str, Any], begin: datetime | None, end: datetime | None) -> bool:
    start_at, end_at = as_utc(event["start_at"]), as_utc(event["end_at"])
    too_late = end is not None and start_at is not None and start_at >= end
    too_early = begin is not None and end_at is not None and end_at <= begin
    return not (too_late or too_early)


def _ways_nm(calls: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Return the shortest way over the sea from each call to the next, nm."""
    ends = [_last_place(call) for call in calls[:-1]]
    pairs = [(*a, b["start_lat"], b["start_lon"]) for a, b in zip(ends, calls[1:], strict=True)]
    known = [k for k, pair in enumerate(pairs) if None not in pair]
    out: list[float | None] = [None] * len(pairs)
    if known:
        from watch.seaway import open_seaway

        found = open_seaway().between_nm(*np.array([pairs[k] for k in known], dtype=np.float64).T)
        for k, nm in zip(known, found.tolist(), strict=True):
            out[k] = nm if np.isfinite(nm) else None
    return out


def _last_place(event: Mapping[str, Any]) -> tuple[float | None, float | None]:
    end = event["end_lat"], event["end_lon"]
    return (event["start_lat"], event["start_lon"]) if None in end else end
