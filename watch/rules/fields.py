"""What a rule can ask of an event: the kinds, and every field with its type and unit, in one place.

A new detector adds its kind here and nowhere else in this package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from watch.identity import SHIP_TYPES

FieldType = Literal["number", "bool", "choice", "text"]

LOOKS_LIKE = ("transfer", "moored_pair", "tug", "service", "fishing", "bunkering")
COVERAGE = ("heard", "lost", "unknown")


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


NUMBER, BOOL, TEXT = Field("number"), Field("bool"), Field("text")
_SHIP_TYPE = Field("choice", SHIP_TYPES)

#: Columns every event has: the vessel as it declared itself at that time.
SHIP_FIELDS = {
    "mmsi": NUMBER,
    "imo": NUMBER,
    "name": TEXT,
    "flag": TEXT,
    "type": _SHIP_TYPE,
    "ship_type": NUMBER,
    "length_m": NUMBER,
}
_PARTNER_FIELDS = {f"other_{name}": field for name, field in SHIP_FIELDS.items() if name != "ship_type"}
_DRAUGHT_FIELDS = dict.fromkeys(("draught_before_m", "draught_after_m", "draught_change_m"), NUMBER)

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
        **_DRAUGHT_FIELDS,
    },
    "gap": {
        "duration_h": NUMBER,
        "coverage": Field("choice", COVERAGE),
        "distance_nm": NUMBER,
        "implied_kn": NUMBER,
        "fixes_12h": NUMBER,
        "off_sog_kn": NUMBER,
        "open": BOOL,
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
        **_DRAUGHT_FIELDS,
        **_PARTNER_FIELDS,
    },
}

#: Fields that are columns of the event table; all others stand in `details`.
COLUMNS = frozenset(SHIP_FIELDS) | frozenset(_PARTNER_FIELDS)

_TYPES = {**SHIP_FIELDS, **{name: field for fields in KINDS.values() for name, field in fields.items()}}

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
    return {**SHIP_FIELDS, **KINDS[kind]} if kind in KINDS else {}


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
