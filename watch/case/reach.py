"""What a ship could have reached while it was not heard, put so that a person sees what matters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from watch.wording import clean, lasting_words, moment_words, plural

Event = Mapping[str, Any]
Told = dict[str, Any]

SHOWN_MAX = 8  # own: as many as somebody reads
_OF_RULE_MAX = 6  # own: of these, at most so many for being in a country that the rule speaks of


def reach_of(gap_id: str, events: Sequence[Event], of_rule: Collection[str], names: Mapping[str, str]) -> Told | None:
    """Return where a ship could have been in a gap; None when nothing is known to have been within reach.

    Parameters
    ----------
    gap_id
        The gap's event id.
    events
        Public events of the ship; the `possible_visit` events of this gap are told.
    of_rule
        Countries that the alert's rule speaks of, as two letters: their places are told before others.
    names
        Names of countries by their two letters.

    Examples
    --------
    >>> reach_of("e1", [], (), {}) is None
    True
    """
    mine = (e for e in events if e["kind"] == "possible_visit" and e["details"].get("gap_id") == gap_id)
    visits = sorted(mine, key=lambda e: (e["details"].get("rank") or 0, e["event_id"]))
    if not visits:
        return None
    chosen = _chosen(visits, of_rule)
    rest = [visit for visit in visits if visit not in chosen]
    return {
        "count": len(visits),
        "open": bool(visits[0]["details"].get("open")),
        "speed_kn": visits[0]["details"].get("speed_kn"),
        "zones": [_zone(visit, of_rule, names) for visit in chosen],
        "rest": _by_country(rest, names),
        "rest_count": len(rest),
        "of_rule": _of_rule(visits, of_rule, names),
    }


def _chosen(visits: Sequence[Event], of_rule: Collection[str]) -> list[Event]:
    """Return the visits to tell, the least way first: some of each country of the rule, then the nearest."""
    there = [country for country in dict.fromkeys(map(_country, visits)) if country in of_rule]
    each = max(1, _OF_RULE_MAX // len(there)) if there else 0
    each = min(each, _OF_RULE_MAX // 2)
    first = [visit for country in there[:_OF_RULE_MAX] for visit in _in(country, visits)[:each]]
    near = [visit for visit in visits if visit not in first]
    chosen = [*first, *near[: SHOWN_MAX - len(first)]]
    return [visit for visit in visits if visit in chosen]


def _in(country: str, visits: Sequence[Event]) -> list[Event]:
    return [visit for visit in visits if _country(visit) == country]


def _country(visit: Event) -> str:
    return str((visit.get("zone") or {}).get("country") or "")


def _zone(visit: Event, of_rule: Collection[str], names: Mapping[str, str]) -> Told:
    """Return one place with the way there, from when, the time left there, and the speed that it needs."""
    zone, details = visit["zone"] or {}, visit["details"]
    stay_h, needed_kn = details.get("stay_h"), details.get("needed_kn")
    return {
        "event_id": visit["event_id"],
        "zone_id": visit["zone_id"],
        "name": clean(zone.get("name")),
        "country": _called(_country(visit), names),
        "kind": clean(zone.get("kind")).replace("_", " "),
        "of_rule": _country(visit) in of_rule,
        "was_there": bool(details.get("was_there")),
        "out_nm": details.get("out_nm"),
        "from_at": visit["start_at"],
        "until_at": visit["end_at"],
        "stay_h": stay_h,
        "stay": lasting_words(stay_h) if stay_h is not None else "",
        "needed_kn": needed_kn,
    }


def _called(country: str, names: Mapping[str, str]) -> str:
    """Return a country by its name; a place that two share has both, as `MY/ID`."""
    return " / ".join(names.get(part, part) for part in country.split("/"))


def _by_country(visits: Sequence[Event], names: Mapping[str, str]) -> list[Told]:
    """Return the places of some visits by country, the country with the most first, the places by the way there."""
    found: dict[str, list[str]] = {}
    for visit in visits:
        place = clean((visit.get("zone") or {}).get("name"))
        found.setdefault(_called(_country(visit), names), []).append(place)
    told = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"country": country, "count": len(places), "places": places} for country, places in told]


def _of_rule(visits: Sequence[Event], of_rule: Collection[str], names: Mapping[str, str]) -> list[Told]:
    """Return for each country of the rule how many of its places were within reach, and the nearest of them."""
    told = []
    for country in dict.fromkeys(map(_country, visits)):
        there = _in(country, visits) if country in of_rule else []
        if there:
            nearest = _zone(there[0], of_rule, names)
            told.append({"country": nearest["country"], "count": len(there), "words": _nearest_words(nearest)})
    return told


def _nearest_words(zone: Told) -> str:
    if zone["was_there"]:
        return f"{zone['name']}, where it was last heard"
    way = f", {zone['out_nm']:,.0f} nm" if zone["out_nm"] is not None else ""
    return f"{zone['name']}{way}, from {moment_words(zone['from_at'])}"


def reach_words(reach: Told) -> str:
    """Return in a sentence how much lay within reach.

    Examples
    --------
    >>> reach_words({"count": 62, "speed_kn": 14.0, "open": True})
    'At 14 kn 62 known places lay within reach'
    >>> reach_words({"count": 1, "speed_kn": None, "open": False})
    '1 known place lay within reach, with time for a stay and the way back'
    """
    kn = reach["speed_kn"]
    back = "" if reach["open"] else ", with time for a stay and the way back"
    return f"{f'At {kn:g} kn ' if kn else ''}{plural(reach['count'], 'known place')} lay within reach{back}"
