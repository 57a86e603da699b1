"""A ship's events as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from watch.seen import seen_words
from watch.web.lanes import other_name
from watch.web.links import vessel_replay
from watch.wording import KIND_WORDS, as_utc, clean, lasting_words, position_words, zone_words

_POSSIBLE = ("possible_visit", "possible_encounter")
#: What can be looked at: all that was seen, all, or one kind.
EVENT_VIEWS = {"seen": "What was seen", "all": "All, possible ones too", **KIND_WORDS}

Event = Mapping[str, Any]


def shown_events(events: Sequence[Event], kind: str) -> list[Event]:
    """Return the events of a view, in order of time; of one that is not known, none.

    Examples
    --------
    >>> [len(shown_events([{"kind": "possible_visit"}, {"kind": "gap"}], kind)) for kind in ("seen", "all", "gap", "x")]
    [1, 2, 1, 0]
    """
    if kind == "all":
        return list(events)
    if kind == "seen":
        return [event for event in events if event["kind"] not in _POSSIBLE]
    return [event for event in events if event["kind"] == kind]


def event_view(event: Event, me: str, until_at: datetime) -> dict[str, Any]:
    """Return an event as the words of a row.

    Parameters
    ----------
    event
        A public one.
    me
        The vessel on whose page it stands.
    until_at
        How far the data goes.
    """
    begin, end = as_utc(event["start_at"]) or until_at, as_utc(event["end_at"])
    hours = max(((end or until_at) - begin).total_seconds() / 3600, 0.0)
    other = event["other_vessel_id"] if event["vessel_id"] == me else event["vessel_id"]
    return {
        "event_id": event["event_id"],
        "kind": event["kind"],
        "what": KIND_WORDS.get(event["kind"], clean(event["kind"])),
        "start_at": event["start_at"],
        "end_at": event["end_at"],
        "lasting": lasting_words(hours) if hours else "",
        "zone": zone_words(event["zone"]),
        "place": position_words(event["start_lat"], event["start_lon"]),
        "other": other_name(event, me),
        "other_id": other or "",
        "seen": seen_words(event["kind"], event["details"]),
        "replay": vessel_replay(me, begin, max(begin, end or until_at)),
    }
