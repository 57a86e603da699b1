"""Vessels as rows of a list, and a vessel's calls and what lay between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from watch.alert_life import CLOSED
from watch.digest_view import LEVELS
from watch.plain import plain
from watch.store import schema
from watch.store.events import read_vessel_ids
from watch.store.frames import batches
from watch.vessel_reading import radios_of, read_chain
from watch.wording import as_utc

_ALERTS = schema.alerts
#: Vessels on a page of a list.
PAGE_ROWS = 50
_CALL_CONFIDENCE_MIN = 2  # a stop was seen, as `port_visit` counts it
_BETWEEN_MIN_H = 1.0  # own: places side by side are left and entered within the hour

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
    visits = [e for e in every if e["kind"] == "port_visit" and e["vessel_id"] == me]
    calls = [visit for visit in visits if is_call(visit)]
    changes = [e for e in every if e["kind"] == "draught_change" and e["vessel_id"] == me]
    ways = dict(zip((call["event_id"] for call in calls[1:]), _ways_nm(calls), strict=True)) if calls else {}
    out: list[Row] = []
    before: Mapping[str, Any] | None = None
    for visit in visits:
        if not is_call(visit):
            out.append({"call": visit, "passage": True, "between": None, "cargo": ""})
            continue
        between = _between(every, before, visit, ways[visit["event_id"]]) if before else None
        told = between if between and _is_told(between) else None
        out.append({"call": visit, "passage": False, "between": told, "cargo": cargo_words(visit, changes)})
        before = visit
    if before and before["end_at"]:
        out.append({"call": None, "passage": False, "between": _between(every, before, None, None), "cargo": ""})
    return out


def is_call(visit: Mapping[str, Any]) -> bool:
    """Return whether a ship stopped at a port, as far as was seen; else it passed by."""
    return int(visit["details"].get("confidence") or 0) >= _CALL_CONFIDENCE_MIN


def cargo_words(call: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> str:
    """Return the draught that was declared before and after a call, and what a change of it says.

    Parameters
    ----------
    call
        A port visit.
    changes
        Changes of draught of the same ship: each names the events that lay between its two declarations.
    """
    before_m, after_m = (call["details"].get(f"draught_{end}_m") for end in ("before", "after"))
    covering = [e["details"] for e in changes if call["event_id"] in (e["details"].get("between_ids") or ())]
    if before_m is None or after_m is None:
        return _probably(covering[0], len(covering[0]["between_ids"]) - 1) if covering else ""
    if before_m == after_m:
        alone = next((change for change in covering if len(change["between_ids"]) == 1), None)
        return _probably(alone, 0) if alone else f"draught {before_m:.1f} m before and after"
    alike = next((c for c in covering if (c["draught_change_m"] > 0) == (after_m > before_m)), None)
    return _probably(alike, 0) if alike else f"draught {before_m:.1f} → {after_m:.1f} m"


def _probably(change: Mapping[str, Any], others: int) -> str:
    """Return what a change of draught says of the call that lay within it, and of how many other events it may be."""
    before_m, after_m = change["draught_before_m"], change["draught_after_m"]
    among = "" if others < 1 else f", here or at {others} other {'event' if others == 1 else 'events'} meanwhile"
    ballast = "; ballast would do it too" if change.get("ballast_possible") else ""
    which = "loaded" if after_m > before_m else "discharged"
    return f"probably {which}{among} (draught {before_m:.1f} → {after_m:.1f} m{ballast})"


def _between(
    events: Sequence[Mapping[str, Any]], before: Mapping[str, Any], after: Mapping[str, Any] | None, way: float | None
) -> Row:
    begin, end = as_utc(before["end_at"] or before["start_at"]), as_utc(after["start_at"]) if after else None
    inside = [e for e in events if _meets(e, begin, end)]
    of = {kind: [e for e in inside if e["kind"] == kind] for kind in ("gap", "encounter", "possible_encounter")}
    hours = max((end - begin).total_seconds() / 3600, 0.0) if begin and end else None
    return {"direct_nm": way, "hours": hours, "from_at": begin, "to_at": end, **of}


def _is_told(between: Row) -> bool:
    """Return whether there is anything to tell of what lay between two calls."""
    seen = any(between[kind] for kind in ("gap", "encounter", "possible_encounter"))
    return seen or between["hours"] is None or between["hours"] >= _BETWEEN_MIN_H


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
