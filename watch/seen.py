"""What was seen of an event apart from its time and place, in a few words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watch.wording import clean, lasting_words

#: What is known of the receivers in the hours in which a silence began; of all the time after nobody can tell.
_COVERAGE_WORDS = {
    "heard": "others around were still heard when it fell silent",
    "lost": "others around fell silent with it",
    "unknown": "nobody else was near to tell whether the area was heard",
}


def seen_words(kind: str, details: Mapping[str, Any]) -> str:
    """Return in a few words what an event's details say, apart from its time and place.

    Examples
    --------
    >>> seen_words("gap", {"duration_h": 1419.0, "coverage": "heard", "distance_nm": 4666.2, "implied_kn": 3.3})
    'others around were still heard when it fell silent; 4,666 nm from end to end'
    >>> seen_words("encounter", {"min_distance_m": 21.4, "looks_like": "moored_pair"})
    'as near as 21 m, looks like a moored pair'
    >>> seen_words("possible_visit", {"stay_h": 638.0, "needed_kn": 7.72, "reachable": 62})
    'time for a stay of up to 27 days; needs 7.7 kn; one of 62 zones within reach'
    >>> seen_words("identity_change", {"sub_kind": "flag", "before": "TZ", "after": "KM"})
    'flag TZ before, KM after'
    >>> seen_words("destination_change", {"sub_kind": "changed", "before": "ROTTERDAM", "after": "CARACAS"})
    'ROTTERDAM before, CARACAS after'
    >>> seen_words("detour", {"way_nm": 13180.4, "direct_nm": 7530.0})
    'at least 13,180 nm where 7,530 nm would do'
    >>> seen_words("spoof", {"sub_kind": "stale_repeat", "repeats": 5, "lag_h": 24.0})
    '5 fixes sent once more, 24.0 h later'
    >>> seen_words("encounter", {"median_distance_m": 80.0, "found_by": "Global Fishing Watch"})
    '80 m apart; found by Global Fishing Watch, not from our tracks'
    >>> seen_words("zone_visit", {"crossed": False})
    ''
    """
    if details.get("found_by"):
        return _their_words(details)
    match kind:
        case "gap":
            moved = details.get("distance_nm")
            far = f"{moved:,.0f} nm from end to end" if moved is not None else ""
            seen = [_COVERAGE_WORDS.get(str(details.get("coverage")), ""), far]
        case "port_visit":
            stopped, sure = details.get("stop_h"), details.get("confidence")
            stop = f"stopped {lasting_words(stopped)}" if stopped else "no stop seen"
            seen = [stop, f"confidence {sure} of 4" if sure else ""]
        case "encounter":
            near, looks = details.get("min_distance_m"), clean(details.get("looks_like")).replace("_", " ")
            both = [f"as near as {near:,.0f} m" if near is not None else "", _looks(looks)]
            seen = [", ".join(filter(None, both))]
        case "loitering":
            seen = [_loitering_words(details)]
        case "spoof" if details.get("sub_kind") == "on_land":
            seen = [f"up to {details.get('deepest_nm', 0):g} nm inland of the nearest water known"]
        case "possible_visit":
            seen = _reach_words(details)
        case "possible_encounter":
            waited = "one of the two was heard waiting" if details.get("one_sided") else "neither was heard"
            seen = [waited, f"confidence {details.get('confidence', 1)} of 4"]
        case "identity_change":
            seen = [_identity_words(details)]
        case "draught_change":
            seen = [_weight_words(details)]
        case "destination_change":
            seen = [_destination_words(details)]
        case "detour":
            seen = [_detour_words(details)]
        case "spoof" | "interference" if details.get("sub_kind") in _LEAP_WORDS:
            seen = [_leap_words(details)]
        case "spoof" if details.get("sub_kind") in _PATTERN_WORDS:
            seen = [_PATTERN_WORDS[details["sub_kind"]].format(**details)]
        case _:
            seen = ["no report from inside: the way between two reports crosses it"] if details.get("crossed") else []
    return "; ".join(filter(None, [*seen, _draught_words(details)]))


def event_hours(details: Mapping[str, Any]) -> float | None:
    """Return how long an event took as its details tell it, h; None where they do not."""
    hours: float | None = details.get("duration_h", details.get("dwell_h"))
    return hours


def lasting_and_seen(kind: str, details: Mapping[str, Any]) -> str:
    """Return how long an event took and what was seen in it.

    Examples
    --------
    >>> lasting_and_seen("zone_visit", {"duration_h": 5.0})
    '5 h'
    """
    told = kind == "loitering" and not details.get("found_by")  # its words say how long it took
    hours = None if told else event_hours(details)
    return "; ".join(filter(None, (lasting_words(hours) if hours else "", seen_words(kind, details))))


def _their_words(details: Mapping[str, Any]) -> str:
    """Return what somebody else saw, and who that was."""
    nm, kn, apart_m = (details.get(name) for name in ("distance_nm", "mean_kn", "median_distance_m"))
    seen = [
        f"at {clean(details['their_port_name'])}" if details.get("their_port_name") else "",
        f"{nm:,.0f} nm on the way" if nm is not None else "",
        f"{kn:.1f} kn on average" if kn is not None else "",
        f"{apart_m:,.0f} m apart" if apart_m is not None else "",
        f"confidence {details['confidence']} of 4" if details.get("confidence") else "",
        f"found by {clean(details['found_by'])}, not from our tracks",
    ]
    return "; ".join(filter(None, seen))


def _reach_words(details: Mapping[str, Any]) -> list[str]:
    """Return how long a ship could have stayed in a zone, how fast for that, and how little it says."""
    stay_h, kn, zones = (details.get(name) for name in ("stay_h", "needed_kn", "reachable"))
    return [
        f"time for a stay of up to {lasting_words(stay_h)}" if stay_h is not None else "",
        f"needs {kn:.1f} kn" if kn is not None else "",
        "" if zones is None else f"one of {zones} zones within reach" if zones > 1 else "no other zone within reach",
    ]


def _loitering_words(details: Mapping[str, Any]) -> str:
    off = f"{details.get('shore_nm', 0):.0f} nm or more off the shore"
    where = "in a transfer zone" if details.get("in_transfer_zone") else off
    return f"{lasting_words(details.get('duration_h', 0))} at {details.get('mean_kn', 0):.1f} kn on average, {where}"


def _looks(word: str) -> str:
    article = "" if word in ("bunkering", "fishing", "service") else "a "
    return f"looks like {article}{word}" if word else ""


#: What each sub-kind of `identity_change` declares, with what was declared before and after.
_IDENTITY_WORDS = {
    "name": "name {before} before, {after} after",
    "callsign": "call sign {before} before, {after} after",
    "imo": "IMO number {before} before, {after} after",
    "type": "declared {before} before, {after} after",
    "flag": "flag {before} before, {after} after",
    "mmsi": "radio number {before} before, {after} after",
    "mid_unallocated": "country code {after} of the radio number is no state's",
    "mid_landlocked": "radio number of {after}, a state without a sea coast",
    "callsign_flag": "call sign {after} is another state's than the radio number",
    "imo_check_digit": "IMO number {after} cannot be one: its check digit is wrong",
    "imo_placeholder": "IMO number {after} stands for none",
    "duplicated_imo": "IMO number {after} from two radios at once",
    "gone_hull": "IMO number {after} of a hull that is no more",
    "shared_mmsi": "several hulls under one radio number",
}


def _identity_words(details: Mapping[str, Any]) -> str:
    words = {key: clean(details.get(key)) or "unknown" for key in ("before", "after")}
    return _often(_IDENTITY_WORDS.get(str(details.get("sub_kind")), "").format(**words), details)


#: What the shape of a track shows, by sub-kind of `spoof`.
_PATTERN_WORDS = {
    "circle": "for {duration_h:.0f} h on a circle of {radius_nm:.1f} nm, off it by {residual_percent:.1f} % on average",
    "held": "told {told_kn:.1f} kn for {duration_h:.0f} h from one place of {extent_m:.0f} m",
    "hairpin": "turned back {turns} times on its own way at {mean_kn:.0f} kn and lost no speed",
    "stale_repeat": "{repeats} fixes sent once more, {lag_h:.1f} h later",
    "formation": "the same way as another radio for {duration_h:.0f} h, {apart_nm:.1f} nm beside it",
}

#: What the leaps of a radio show, by sub-kind of `spoof` and `interference`.
_LEAP_WORDS = {
    "impossible_speed": "heard {nm:,.0f} nm from where it was, as if at {kn:,.0f} kn",
    "jumps_together": "heard up to {nm:,.0f} nm from where it was, as {others} others around it were",
}


def _leap_words(details: Mapping[str, Any]) -> str:
    nm, kn, ships = (details.get(name) or 0 for name in ("distance_nm", "implied_kn", "ships"))
    words = _LEAP_WORDS[str(details.get("sub_kind"))].format(nm=nm, kn=kn, others=max(ships - 1, 0))
    return f"{words}, and back" if details.get("returned") else words


def _destination_words(details: Mapping[str, Any]) -> str:
    if details.get("sub_kind") == "contradicted":
        return f"declared {clean(details.get('declared'))}, called at another port"
    return _often(f"{clean(details.get('before'))} before, {clean(details.get('after'))} after", details)


def _detour_words(details: Mapping[str, Any]) -> str:
    far = [f"{details.get(name) or 0:,.0f} nm" for name in ("way_nm", "direct_nm")]
    canal = ", about the way that avoids a canal" if details.get("canal_avoided") else ""
    return f"at least {far[0]} where {far[1]} would do{canal}"


def _often(words: str, details: Mapping[str, Any]) -> str:
    times = details.get("times") or 1
    return f"{words} (back and forth, {times} times)" if words and times > 1 else words


def _weight_words(details: Mapping[str, Any]) -> str:
    least, most = details.get("tonnes_min"), details.get("tonnes_max")
    return "" if least is None or most is None else f"{least:,} to {most:,} t taken in or given off"


def _draught_words(details: Mapping[str, Any]) -> str:
    before, after = details.get("draught_before_m"), details.get("draught_after_m")
    if before is None or after is None or before == after:
        return ""
    return f"declared draught {before:.1f} m before, {after:.1f} m after"
