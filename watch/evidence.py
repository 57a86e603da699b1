"""What an alert says of its evidence: which ships, what the data could not show, and what is inference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from watch.plain import plain
from watch.rules.match import Hand, Match, match_span
from watch.rules.table import Lists
from watch.watchlists.matching import Found, Ship

VESSEL_FIELDS = ("mmsi", "imo", "name", "flag", "type")


def ship_of(hand: Hand) -> dict[str, Any]:
    """Return one ship of a cargo's chain as it goes out: as it declared itself then, and how it came by the cargo."""
    event = hand.event
    own = {name: plain(event[name]) for name in VESSEL_FIELDS}
    return {"vessel_id": event["vessel_id"], **own, "custody": hand.custody, "step": hand.step_id}


def inferred(match: Match) -> list[str]:
    """Return what of a cargo's chain no position can show, in sentences; nothing for a match about one vessel."""
    return [_inference(giver, taker) for giver, taker in pairwise(match.hands)]


def _inference(giver: Hand, taker: Hand) -> str:
    one, other, day = _name(giver), _name(taker), f"{taker.event['start_at']:%Y-%m-%d}"
    if taker.custody == "meeting":
        return f"{one} and {other} lay together on {day}: that cargo passed between them is inferred"
    if taker.custody == "possible meeting":
        return f"{one} and {other} could have met unheard on {day}: that they did, and that cargo passed, is inferred"
    return f"{one} called where {other} called on {day}: custody was lost, and that it is the same cargo is inferred"


def _name(hand: Hand) -> str:
    return str(hand.event["name"] or hand.event["vessel_id"])


def not_observed(match: Match, steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what the data could not show, in sentences: silences, open ends, steps that were not seen."""
    told = [sentence for step in steps for sentence in _unseen(step)]
    told += [f"{name}: nothing seen that fits (optional step)" for name in match.unfilled]
    if match.missing:
        until = f" by {match.until_at:%Y-%m-%d %H:%M} UTC" if match.until_at is not None else ""
        ended = "not seen" if match.verdict == "lapsed" else "not seen yet; expected"
        told += [f"{name}: {ended}{until}" for name in match.missing]
    return told


def listed_later(match: Match, lists: Lists) -> list[str]:
    """Return which ships of a match came to a list only after they were first seen in it, in sentences.

    Notes
    -----
    The partner of a meeting is a ship of the match too.
    """
    _, end_at = match_span(match)
    return [
        f"{name}: not on {entry} then; listed there from {day:%Y-%m-%d}, {'after' if day > end_at else 'during'} this"
        for name, ship, seen_at in _ships(match)
        for entry, day in lists.listed_after(ship.imo, ship.mmsi, seen_at).items()
    ]


def resembles_listed(match: Match, lists: Lists) -> list[str]:
    """Return which ships of a match bear a name like one on a list, in sentences; only a pointer."""
    return [_resemblance(name, found) for name, ship, seen_at in _ships(match) for found in _like(ship, lists, seen_at)]


def _ships(match: Match) -> list[tuple[str, Ship, Any]]:
    """Return the ships on either side of a match's events: what to call each, herself, and when she was first seen."""
    ships: dict[int, tuple[str, Ship, Any]] = {}
    for event in (step.event for step in match.steps):
        for side in ("", "other_"):
            imo, mmsi, name = (event[f"{side}{what}"] for what in ("imo", "mmsi", "name"))
            ship = Ship(
                int(imo or 0), int(mmsi or 0), name or "", *(event.get(f"{side}{w}") or "" for w in ("flag", "type"))
            )
            if imo or mmsi:
                ships.setdefault(imo or mmsi, (str(name or event[f"{side}vessel_id"]), ship, event["start_at"]))
    return list(ships.values())


def _like(ship: Ship, lists: Lists, at: Any) -> list[Found]:
    """Return the best entry of each list that a ship's name is like."""
    best: dict[str, Found] = {}
    for found in lists.resembling(ship, at):
        best.setdefault(found.entry.list_name, found)
    return list(best.values())


def _resemblance(name: str, found: Found) -> str:
    several = ", one of several so called" if found.ambiguous else ""
    entry = f"{found.called} on {found.entry.list_name} (score {found.score}{several})"
    return f"{name}: its name resembles {entry}; not confirmed"


def _unseen(step: Mapping[str, Any]) -> list[str]:
    details, name = step["details"], step["id"]
    by = details.get("found_by")
    told = [f"{name}: found by {by}, not from our tracks"] if by else []
    if step["kind"] == "gap":
        hours = details.get("duration_h")
        length = f"for {hours:.1f} h" if hours is not None else "for an unknown time"
        since = "; still unheard when last looked" if step["end_at"] is None else ""
        told.append(f"{name}: no report received {length} from {step['start_at']}{since}: where it was is unknown")
        if details.get("coverage") != "heard":
            told.append(f"{name}: whether the area was heard at all then is not known for sure")
    elif step["end_at"] is None:
        told.append(f"{name}: its end was not seen")
    if step["kind"] == "port_visit" and (details.get("confidence") or 0) < 4:
        told.append(
            f"{name}: arrival, stop and departure were not all seen (confidence {details.get('confidence')} of 4)"
        )
    if details.get("crossed"):
        told.append(f"{name}: no report from inside the zone, only the way between two reports crosses it")
    return told
