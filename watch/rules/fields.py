"""What a rule can ask of an event: the kinds, and every field with its type and unit, in one place.

A new detector adds its kind here and nowhere else in this package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from watch.identity import SHIP_TYPES

FieldType = Literal["number", "bool", "choice", "text", "words"]

LOOKS_LIKE = ("transfer", "moored_pair", "tug", "service", "fishing", "bunkering")
COVERAGE = ("heard", "lost", "unknown")
MEETING_PLACES = ("last_positions", "next_positions", "waiting_place")


@dataclass(frozen=True)
class Field:
    """One field of an event.

    Attributes
    ----------
    type
        How it compares.
    choices
        The values a `choice` can take.
    """

    type: FieldType
    choices: tuple[str, ...] = ()


NUMBER, BOOL, TEXT, WORDS = Field("number"), Field("bool"), Field("text"), Field("words")
_SHIP_TYPE = Field("choice", SHIP_TYPES)

#: Reckoned from the event itself: whether it was dark at its middle.
EVENT_FIELDS = {"night": BOOL}

#: What every event knows of its vessel, as it declared itself at that time, and the lists on which it stood that day.
SHIP_FIELDS = {
    "mmsi": NUMBER,
    "imo": NUMBER,
    "name": TEXT,
    "flag": TEXT,
    "type": _SHIP_TYPE,
    "ship_type": NUMBER,
    "length_m": NUMBER,
    "lists": WORDS,
}
_PARTNER_FIELDS = {f"other_{name}": field for name, field in SHIP_FIELDS.items() if name != "ship_type"}
_DRAUGHT_FIELDS = dict.fromkeys(("draught_before_m", "draught_after_m", "draught_change_m"), NUMBER)

#: Who found an event where that was not us: `gfw`.
_ORIGIN = {"origin": Field("choice", ("gfw",))}

#: The fields of each kind of event, beside those of the ship.
KINDS: dict[str, dict[str, Field]] = {
    "zone_visit": {
        "crossed": BOOL,
        "dwell_h": NUMBER,
        "entered": BOOL,
        "left": BOOL,
        "fixes": NUMBER,
    },
    "port_visit": {
        "confidence": NUMBER,
        "stop_h": NUMBER,
        "entered": BOOL,
        "left": BOOL,
        **_ORIGIN,
        **_DRAUGHT_FIELDS,
    },
    "gap": {
        "duration_h": NUMBER,
        "coverage": Field("choice", COVERAGE),
        "distance_nm": NUMBER,
        "implied_kn": NUMBER,
        "fixes_12h": NUMBER,
        "off_sog_kn": NUMBER,
        "continued_as_mmsi": NUMBER,
        "open": BOOL,
        **_ORIGIN,
        **_DRAUGHT_FIELDS,
    },
    "encounter": {
        "duration_h": NUMBER,
        "together_h": NUMBER,
        "min_distance_m": NUMBER,
        "mean_distance_m": NUMBER,
        "mean_kn": NUMBER,
        "drift_m": NUMBER,
        "moored": BOOL,
        "looks_like": Field("choice", LOOKS_LIKE),
        **_ORIGIN,
        **_DRAUGHT_FIELDS,
        **{f"other_{name}": field for name, field in _DRAUGHT_FIELDS.items()},
        **_PARTNER_FIELDS,
    },
    "loitering": {
        "duration_h": NUMBER,
        "mean_kn": NUMBER,
        "distance_nm": NUMBER,
        "drift_nm": NUMBER,
        "shore_nm": NUMBER,
        "in_transfer_zone": BOOL,
        "samples": NUMBER,
        **_ORIGIN,
    },
    "possible_visit": {
        "open": BOOL,
        "coverage": Field("choice", COVERAGE),
        "gap_h": NUMBER,
        "out_nm": NUMBER,
        "way_nm": NUMBER,
        "detour_nm": NUMBER,
        "stay_h": NUMBER,
        "speed_kn": NUMBER,
        "needed_kn": NUMBER,
        "rank": NUMBER,
        "reachable": NUMBER,
        "specificity": NUMBER,
        "was_there": BOOL,
    },
    "possible_encounter": {
        "confidence": NUMBER,
        "coverage_heard": BOOL,
        "near_both_ends": BOOL,
        "short_gaps": BOOL,
        "opposite_draughts": BOOL,
        "one_sided": BOOL,
        "place": Field("choice", MEETING_PLACES),
        "open": BOOL,
        "slack_h": NUMBER,
        "apart_nm": NUMBER,
        **_PARTNER_FIELDS,
    },
    "detour": {
        "way_nm": NUMBER,
        "direct_nm": NUMBER,
        "extra_nm": NUMBER,
        "ratio": NUMBER,
        "needed_kn": NUMBER,
        "canal_avoided": BOOL,
        "from_zone": TEXT,
        "to_zone": TEXT,
        "from_country": TEXT,
        "to_country": TEXT,
        "via": WORDS,
    },
    "identity_change": {
        "sub_kind": TEXT,
        "before": TEXT,
        "after": TEXT,
        "times": NUMBER,
        "few_letters": BOOL,
        "shared_mmsi": BOOL,
        "before_mmsi": NUMBER,
        "after_mmsi": NUMBER,
        "sea_register": BOOL,
        "status": TEXT,
        "apart_nm": NUMBER,
        "jumps": NUMBER,
        "distance_nm": NUMBER,
        **_PARTNER_FIELDS,
    },
    "draught_change": {
        "between": WORDS,
        "tonnes_min": NUMBER,
        "tonnes_max": NUMBER,
        "barrels_min": NUMBER,
        "barrels_max": NUMBER,
        "ballast_possible": BOOL,
        "before_mmsi": NUMBER,
        "times": NUMBER,
        **_DRAUGHT_FIELDS,
    },
    "destination_change": {
        "sub_kind": TEXT,
        "before": TEXT,
        "after": TEXT,
        "times": NUMBER,
        "before_country": TEXT,
        "after_country": TEXT,
        "before_zone": TEXT,
        "after_zone": TEXT,
        "country_changed": BOOL,
        "unknown": BOOL,
        "ambiguous": BOOL,
        "declared": TEXT,
        "declared_country": TEXT,
        "declared_zone": TEXT,
        "reached_zone": TEXT,
        "reached_country": TEXT,
        "country_differs": BOOL,
        "reached_later": BOOL,
    },
    "interference": {
        "sub_kind": TEXT,
        "ships": NUMBER,
        "jumps": NUMBER,
        "distance_nm": NUMBER,
    },
    "spoof": {
        "sub_kind": TEXT,
        "implied_kn": NUMBER,
        "distance_nm": NUMBER,
        "jumps": NUMBER,
        "returned": BOOL,
        "duration_h": NUMBER,
        "radius_nm": NUMBER,
        "residual_percent": NUMBER,
        "centre_lat": NUMBER,
        "centre_lon": NUMBER,
        "extent_m": NUMBER,
        "told_kn": NUMBER,
        "nav_status": NUMBER,
        "turns": NUMBER,
        "turned_deg": NUMBER,
        "speed_kept": NUMBER,
        "repeats": NUMBER,
        "lag_h": NUMBER,
        "extent_nm": NUMBER,
        "mean_kn": NUMBER,
        "apart_nm": NUMBER,
        "apart_change_m": NUMBER,
        "ways_differ_m": NUMBER,
        **_PARTNER_FIELDS,
        "deepest_nm": NUMBER,
        "samples": NUMBER,
        "moving": BOOL,
    },
}

#: Fields that are columns of the event table; all others stand in `details`.
COLUMNS = frozenset(SHIP_FIELDS) | frozenset(_PARTNER_FIELDS)

_TYPES = {**SHIP_FIELDS, **EVENT_FIELDS, **{name: field for fields in KINDS.values() for name, field in fields.items()}}

#: Every field a condition can name.
FIELD_NAMES = frozenset(_TYPES)


def field_of(name: str) -> Field | None:
    """Return the field called `name`, or None; a name means the same in every kind that has it.

    Examples
    --------
    >>> field_of("duration_h").type
    'number'
    >>> field_of("duration") is None
    True
    """
    return _TYPES.get(name)


def fields_of(kind: str) -> dict[str, Field]:
    """Return every field a condition on events of `kind` may name; empty for an unknown kind."""
    return {**SHIP_FIELDS, **EVENT_FIELDS, **KINDS[kind]} if kind in KINDS else {}


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the closest known word, or nothing.

    Examples
    --------
    >>> suggest("port_vist", ["port_visit", "gap"])
    "; did you mean 'port_visit'?"
    >>> suggest("zzz", ["gap"])
    ''
    """
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
