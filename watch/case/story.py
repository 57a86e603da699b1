"""The story of an alert: its steps in order, what lay between them, and the silences among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from watch.case.reach import reach_of
from watch.digest_view import alert_view, short
from watch.seen import seen_words
from watch.wording import as_utc, lasting_words, moment_words, position_words, zone_words

Alert = Mapping[str, Any]
Event = Mapping[str, Any]
Told = dict[str, Any]

_WHILE_UNHEARD = ("gap_id", "other_gap_id")


def tell_story(
    alert: Alert,
    events: Sequence[Event],
    as_of: datetime | None,
    of_rule: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> list[Told]:
    """Return the steps of an alert in order, each as words, with what lay between it and the step before.

    Parameters
    ----------
    alert
        In the form of `shipwatch alerts list --json`.
    events
        Public events of the alert's ships: the steps' own among them tell the partner of a meeting.
    as_of
        The data's clock, to which open steps are told; UTC.
    of_rule, names
        As in `reach_of`.
    """
    by_id = {event["event_id"]: event for event in events}
    view = alert_view(alert, as_of, {})
    told: list[Told] = []
    seen_gaps: set[str] = set()
    for number, (step, words) in enumerate(zip(alert["steps"], view["steps"], strict=True), 1):
        me, other = _sides(step, by_id.get(step["event_id"]), alert)
        gap = _gap_behind(step, by_id, me)
        fresh = gap is not None and gap["event_id"] not in seen_gaps
        seen_gaps |= {gap["event_id"]} if gap else set()
        told.append(
            {
                **{name: step.get(name) for name in ("id", "event_id", "kind", "start_at", "end_at")},
                "number": number,
                "vessel_id": me,
                **words,
                "partner": other,
                "between": _between(alert["steps"][: number - 1], step),
                "gap": tell_gap(gap, events, as_of, of_rule, names or {}) if gap and fresh else None,
            }
        )
    return told


def _sides(step: Event, event: Event | None, alert: Alert) -> tuple[str, Told | None]:
    """Return the vessel whose step it is, and the ship that it met, when it is known.

    A meeting is one event for both ships; the step's radio tells which side of it the alert is about.
    """
    if event is None:
        return alert["vessel"]["vessel_id"], None
    turned = step["mmsi"] == event["other_mmsi"] and step["mmsi"] != event["mmsi"]
    mine, others = ("other_", "") if turned else ("", "other_")
    other_id = event[f"{others}vessel_id"]
    name = short(event[f"{others}name"]) or "Name not heard"
    return event[f"{mine}vessel_id"], {"vessel_id": other_id, "name": name} if other_id else None


def _gap_behind(step: Event, by_id: Mapping[str, Event], vessel_id: str) -> Event | None:
    """Return the gap that a step is, or in which it could have happened; of two ships', its own."""
    if step["kind"] == "gap":
        return by_id.get(step["event_id"])
    if not str(step["kind"]).startswith("possible_"):
        return None
    named = (by_id.get(str(step["details"].get(name))) for name in _WHILE_UNHEARD)
    found = [event for event in named if event]
    return min(found, key=lambda event: event["vessel_id"] != vessel_id, default=None)


def _between(before: Sequence[Event], step: Event) -> str:
    """Return how long after the step before it a step began; nothing for the first one.

    Examples
    --------
    >>> first = {"start_at": "2020-05-01T00:00Z", "end_at": "2020-05-03T00:00Z"}
    >>> _between([first], {"start_at": "2020-05-10T00:00Z"})
    '7.0 days later'
    >>> _between([first], {"start_at": "2020-05-02T00:00Z"})
    'meanwhile, 24 h after step 1 began'
    """
    if not before:
        return ""
    last = before[-1]
    start_at, begun_at, end_at = as_utc(step["start_at"]), as_utc(last["start_at"]), as_utc(last["end_at"])
    if start_at is None or begun_at is None:
        return ""
    if end_at is not None and start_at >= end_at:
        hours = (start_at - end_at).total_seconds() / 3600
        return f"{lasting_words(hours)} later" if hours >= 1 / 60 else "at once"
    hours = (start_at - begun_at).total_seconds() / 3600
    return f"meanwhile, {lasting_words(hours)} after step {len(before)} began" if hours > 0 else "at the same time"


def tell_gap(
    gap: Event, events: Sequence[Event], as_of: datetime | None, of_rule: Collection[str], names: Mapping[str, str]
) -> Told:
    """Return a gap as facts in words: where the ship fell silent and was heard again, and what it could have reached.

    Parameters
    ----------
    gap
        A public event.
    events, as_of, of_rule, names
        As in `tell_story`.
    """
    details = gap["details"]
    return {
        "event_id": gap["event_id"],
        "vessel_id": gap["vessel_id"],
        "ship": short(gap.get("name")) or "The ship",
        "start_at": gap["start_at"],
        "end_at": gap["end_at"],
        "open": gap["end_at"] is None,
        "hours": details.get("duration_h"),
        "lasting": _lasting(gap, as_of),
        "place": position_words(gap["start_lat"], gap["start_lon"]),
        "zone": zone_words(gap.get("zone")),
        "coverage": seen_words("gap", {"coverage": details.get("coverage")}),
        "last_heard": _last_heard(details),
        "heard_again": _heard_again(gap),
        "reach": reach_of(gap["event_id"], events, of_rule, names),
    }


def _lasting(gap: Event, as_of: datetime | None) -> str:
    start_at, end_at = as_utc(gap["start_at"]), as_utc(gap["end_at"]) or as_of
    if start_at is None or end_at is None:
        return ""
    lasting = lasting_words((end_at - start_at).total_seconds() / 3600)
    return lasting if gap["end_at"] else f"{lasting} so far"


def _last_heard(details: Mapping[str, Any]) -> str:
    """Return how the ship went and lay when it was heard last."""
    kn, fixes, draught_m = (details.get(name) for name in ("off_sog_kn", "fixes_12h", "draught_before_m"))
    parts = [
        f"{kn:.1f} kn" if kn is not None else "",
        f"{fixes} positions in the 12 h before" if fixes is not None else "",
        f"declared draught {draught_m:.1f} m" if draught_m is not None else "",
    ]
    return "; ".join(filter(None, parts))


def _heard_again(gap: Event) -> str:
    """Return where and how the ship was heard again; nothing while it is not."""
    if gap["end_at"] is None:
        return ""
    details = gap["details"]
    nm, kn, draught_m = (details.get(name) for name in ("distance_nm", "implied_kn", "draught_after_m"))
    before_m = details.get("draught_before_m")
    changed = f", {draught_m - before_m:+.1f} m" if None not in (draught_m, before_m) and draught_m != before_m else ""
    parts = [
        " at ".join(filter(None, [moment_words(gap["end_at"]), position_words(gap["end_lat"], gap["end_lon"])])),
        f"{nm:,.0f} nm away" + (f", at least {kn:.1f} kn on average" if kn is not None else "") if nm else "",
        f"declared draught {draught_m:.1f} m{changed}" if draught_m is not None else "",
    ]
    return "; ".join(filter(None, parts))


def longest_gap(story: Sequence[Told]) -> Told | None:
    """Return the silence that tells most: an open one, else the longest; None where there is none."""
    gaps = [step["gap"] for step in story if step["gap"]]
    return max(gaps, key=lambda gap: (gap["open"], gap["hours"] or 0.0), default=None)
