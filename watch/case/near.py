"""What else a ship did about the time of an alert, as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from watch.digest_view import short
from watch.seen import lasting_and_seen
from watch.wording import KIND_WORDS, as_utc, clean, plural, zone_words

Event = Mapping[str, Any]
Told = dict[str, Any]

NEAR = timedelta(days=14)
SHOWN_MAX = 40  # own: two screens
_PARTNERS_MAX = 8  # own: a row of a table bears no more

#: Of these there may be dozens for one silence; they are told as one row.
_MANY = {"possible_visit": "place", "possible_encounter": "ship"}


def near_span(alert: Mapping[str, Any], as_of: datetime | None) -> tuple[datetime, datetime] | None:
    """Return the time about an alert, UTC: from 14 days before its first step to 14 days after its last."""
    begun = [at for step in alert["steps"] if (at := as_utc(step["start_at"])) is not None]
    ends = [at for step in alert["steps"] if (at := as_utc(step["end_at"]) or as_of or as_utc(step["start_at"]))]
    return (min(begun) - NEAR, max(ends) + NEAR) if begun else None


def near_rows(events: Sequence[Event], story: Sequence[Mapping[str, Any]], vessel_id: str) -> list[Told]:
    """Return events as rows in order of start, those that are steps of the story with the steps' numbers.

    That a ship was in some state's waters is left out where it is no step: a voyage has dozens of these.

    Parameters
    ----------
    events
        Public events.
    story
        As `tell_story` returns it.
    vessel_id
        Whose events they are: on which side of a meeting it was tells who the other is.
    """
    steps: dict[str, list[int]] = {}
    for step in story:
        steps.setdefault(step["event_id"], []).append(step["number"])
    told = [event for event in events if _alone(event, steps) and not _is_passage(event, steps)]
    rows = [_row(event, steps.get(event["event_id"], []), vessel_id) for event in told]
    rows += [_folded(kind, some, vessel_id) for kind, some in _groups(events, steps)]
    return sorted(rows, key=lambda row: (row["start_at"], row["event_id"]))


def shown_rows(rows: Sequence[Told], most: int = SHOWN_MAX) -> list[Told]:
    """Return at most so many rows in order: all that are steps, and of the others the first.

    Examples
    --------
    >>> [row["n"] for row in shown_rows([{"n": n, "steps": [1] if n == 3 else []} for n in range(4)], 2)]
    [0, 3]
    """
    room = most - sum(bool(row["steps"]) for row in rows)
    others = [id(row) for row in rows if not row["steps"]][: max(room, 0)]
    return [row for row in rows if row["steps"] or id(row) in others]


def _alone(event: Event, steps: Mapping[str, Any]) -> bool:
    return event["kind"] not in _MANY or event["event_id"] in steps


def _is_passage(event: Event, steps: Mapping[str, Any]) -> bool:
    """Return whether an event says only that a ship was in some state's waters, and is no step."""
    waters = str((event.get("zone") or {}).get("kind")).startswith("waters")
    return event["kind"] == "zone_visit" and waters and event["event_id"] not in steps


def _groups(events: Sequence[Event], steps: Mapping[str, Any]) -> list[tuple[str, list[Event]]]:
    """Return the events that are told as one: those of a kind that belong to one silence or wait."""
    found: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        if not _alone(event, steps):
            details = event["details"]
            behind = next((details[n] for n in ("gap_id", "other_gap_id") if details.get(n)), event["event_id"])
            found.setdefault((event["kind"], str(behind)), []).append(event)
    return [(kind, some) for (kind, _), some in found.items()]


def _row(event: Event, numbers: list[int], vessel_id: str) -> Told:
    first = event["vessel_id"] == vessel_id
    other = event["other_name" if first else "name"] or event["other_mmsi" if first else "mmsi"]
    other_id = event["other_vessel_id" if first else "vessel_id"] if event.get("other_vessel_id") else None
    return {
        "event_id": event["event_id"],
        "start_at": event["start_at"],
        "end_at": event["end_at"],
        "what": KIND_WORDS.get(event["kind"], event["kind"]),
        "kind": event["kind"],
        "other": short(other) if other_id else "",
        "other_id": other_id,
        "where": zone_words(event.get("zone")),
        "seen": lasting_and_seen(event["kind"], event["details"]),
        "steps": numbers,
    }


def _partners(events: Sequence[Event], vessel_id: str) -> list[str]:
    """Return who the others are, in order of time; after as many as fit, how many more."""
    sides = ("other_" if event["vessel_id"] == vessel_id else "" for event in events)
    names = [short(event.get(f"{side}name")) for side, event in zip(sides, events, strict=True)]
    known = list(dict.fromkeys(filter(None, names)))
    shown = known[:_PARTNERS_MAX]
    rest = len(events) - sum(name in shown for name in names)
    return [*shown, *([f"and {rest} more"] if rest and shown else [])]


def _folded(kind: str, events: Sequence[Event], vessel_id: str) -> Told:
    """Return events that share a silence as one row: how many, and when the first of them could begin."""
    first = min(events, key=lambda event: (event["start_at"], event["event_id"]))
    ends = [event["end_at"] for event in events]
    countries = sorted({c for e in events if (c := clean((e.get("zone") or {}).get("country")))})
    named = countries or _partners(events, vessel_id)
    return {
        **dict.fromkeys(("other", "where"), ""),
        "event_id": first["event_id"],
        "start_at": first["start_at"],
        "end_at": None if None in ends else max(ends),
        "what": KIND_WORDS[kind],
        "kind": kind,
        "other_id": None,
        "seen": plural(len(events), _MANY[kind]) + (f": {', '.join(named)}" if named else ""),
        "steps": [],
    }
