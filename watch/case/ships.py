"""Who the ships of an alert were: what each declared over time, and on which lists it stood that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from watch.digest_view import CUSTODY_WORDS, short
from watch.watchlists.matching import Found
from watch.wording import as_utc, clean

Told = dict[str, Any]

_LINK = ("mmsi", "segment", "flag", "name", "callsign", "imo", "imo_valid", "type", "why", "from_at", "last_at")


def tell_ship(
    ship: Mapping[str, Any], life: Mapping[str, Any], found: Sequence[Found], story: Sequence[Mapping[str, Any]]
) -> Told:
    """Return a ship of an alert: how it came by the cargo, its chain of declarations, and its lists.

    Parameters
    ----------
    ship
        Of the alert's `ships`, or its `vessel`.
    life
        As `vessel_reading.read_life` returns it.
    found
        Entries of lists that are or may be the ship.
    story
        As `tell_story` returns it: its steps mark what was declared then.
    """
    own = [step for step in story if step["vessel_id"] == ship["vessel_id"]]
    return {
        **{name: ship.get(name) for name in ("vessel_id", "imo", "mmsi", "flag", "type")},
        "name": short(ship.get("name")) or "Name not heard",
        "custody": CUSTODY_WORDS.get(str(ship.get("custody")), clean(ship.get("custody"))),
        "chain": _chain(life["chain"], own),
        "misfits": [{"at": misfit["start_at"], "what": clean(misfit["what"])} for misfit in life["misfits"]],
        "lists": tell_lists(found, _first_at(own or story)),
    }


def _first_at(story: Sequence[Mapping[str, Any]]) -> datetime | None:
    return min((at for step in story if (at := as_utc(step["start_at"]))), default=None)


def _chain(links: Sequence[Mapping[str, Any]], story: Sequence[Mapping[str, Any]]) -> list[Told]:
    """Return what was declared over time, each with the numbers of the steps at which it was the newest word."""
    steps: dict[int, list[int]] = {}
    for step in story:
        known = [k for k, link in enumerate(links) if str(link["from_at"]) <= str(step["start_at"])]
        if known:
            newest = max(known, key=lambda k: (str(links[k]["from_at"]), k))
            steps.setdefault(newest, []).append(step["number"])
    return [{**{name: link.get(name) for name in _LINK}, "steps": steps.get(k, [])} for k, link in enumerate(links)]


def tell_lists(found: Sequence[Found], at: datetime | None) -> list[Told]:
    """Return entries of lists with how the ship stood to each at a moment; those that stood then come first.

    Examples
    --------
    >>> tell_lists([], None)
    []
    """
    told = [_entry(one, at) for one in found]
    return sorted(told, key=lambda entry: (not entry["then"], not entry["confirmed"]))


def _entry(found: Found, at: datetime | None) -> Told:
    entry = found.entry
    then = at is not None and entry.stands(at)
    return {
        "list": clean(entry.list_name),
        "called": short(found.called or entry.name),
        "confirmed": found.confirmed,
        "then": then and found.confirmed,
        "state": _state(found, at, then=then),
        "listed_at": entry.listed_at,
        "delisted_at": entry.delisted_at,
    }


def _state(found: Found, at: datetime | None, *, then: bool) -> str:
    entry = found.entry
    since = f"{entry.listed_at:%Y-%m-%d}"
    if then:
        words = f"listed then, since {since}"
    elif at is not None and entry.listed_at > at:
        words = f"not listed then; listed later, from {since}"
    else:
        ended = f"{entry.delisted_at:%Y-%m-%d}" if entry.delisted_at else "unknown"
        words = f"no longer listed then; listed from {since} to {ended}"
    return words if found.confirmed else f"only a name or radio like it (score {found.score:g}), not confirmed: {words}"
