"""The gaps of a report in words: when, where, and what lay within reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from watch.cells import EPOCH
from watch.scene.ships import Ship
from watch.seen import seen_words
from watch.wording import lasting_words, moment_words, plural, position_words

_SHOWN_MAX = 40  # own: the longest; more are counted


def gap_words(ships: Iterable[Ship], countries: Mapping[str, str]) -> tuple[list[dict[str, str]], int]:
    """Return the longest gaps of the ships of a report in order of time, and how many more there are.

    Parameters
    ----------
    ships
        All of the report; neighbours are passed over.
    countries
        Names of countries by their two letters.
    """
    found = [(ship.label, gap) for ship in ships if ship.role != "neighbour" for gap in ship.gaps]
    longest = sorted(found, key=lambda one: (-one[1]["hours"], one[1]["event_id"]))[:_SHOWN_MAX]
    told = sorted(longest, key=lambda one: (one[1]["t"], one[0]))
    return [_gap(label, gap, countries) for label, gap in told], len(found) - len(told)


def _gap(label: str, gap: Mapping[str, Any], countries: Mapping[str, str]) -> dict[str, str]:
    so_far = " so far" if gap["end_t"] is None else ""
    again = _place(gap["end_t"], gap["end_lat"], gap["end_lon"])
    return {
        "label": label,
        "lasting": f"{lasting_words(gap['hours'])}{so_far}",
        "last": _place(gap["t"], gap["lat"], gap["lon"]),
        "again": again if gap["end_t"] is not None else "not in this data",
        "coverage": seen_words("gap", {"coverage": gap["coverage"]}),
        "reach": _reach(gap["reach"], countries) if gap["reach"] else "",
    }


def _place(at_s: int | None, lat: float | None, lon: float | None) -> str:
    at = None if at_s is None else EPOCH + timedelta(seconds=at_s)
    return ", ".join(filter(None, (moment_words(at), position_words(lat, lon))))


def _reach(reach: Mapping[str, Any], countries: Mapping[str, str]) -> str:
    """Return how many places lay within reach, in which countries, and the nearest.

    Examples
    --------
    >>> _reach({"note": "14 kn for 5 h: 70 nm", "zones": []}, {})
    '14 kn for 5 h: 70 nm; no watched place within reach'
    """
    zones: Sequence[Mapping[str, Any]] = reach["zones"]
    if not zones:
        return f"{reach['note']}; no watched place within reach"
    counts = Counter(countries.get(zone["country"], zone["country"]) or "no country" for zone in zones)
    there = ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    near = min(zones, key=lambda zone: (zone["from_s"], zone["name"]))
    way = f", {near['way_nm']:,.0f} nm" if near["way_nm"] is not None and not near["was_there"] else ""
    nearest = f"nearest {near['name']}{way}, from {moment_words(EPOCH + timedelta(seconds=near['from_s']))}"
    return f"{reach['note']}; {plural(len(zones), 'watched place')} within reach ({there}); {nearest}"
