"""Identity changes: a ship declares another name, flag, number or type than before, or one that cannot be true."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from watch.capitals import capitals
from watch.detect.events import concat_events
from watch.geodesy import Ints
from watch.identity import PLACEHOLDER_IMOS, SHIP_TYPES, flags_of, imo_is_valid, ship_type_words
from watch.mids import is_ship, landlocked_states, mid_is_allocated, mid_is_landlocked, states_of_sign
from watch.params import DEFAULT, Params
from watch.timeline.declared import (
    Declared,
    change_events,
    codes_of,
    steps,
    steps_between_radios,
    tell,
)
from watch.timeline.same_hull import duplicated_imos, gone_hulls_heard, other_radios

_KIND = "identity_change"
_UNKNOWN_TYPE = SHIP_TYPES.index("unknown")
_TYPES = 256  # ship types are a byte
_SEA_GOING = tuple(SHIP_TYPES.index(word) for word in ("tanker", "cargo", "passenger"))
#: Put before names by habit: motor tanker, motor vessel, motor ship, steamship, fishing vessel.
_PREFIX = re.compile(r"^(?:M[./]?[TVS]|S[./]?S|F[./]?V)\.?\s+(?=\S)")
_OTHER = re.compile(r"[\W_]+")
_FEW_LETTERS = 2  # own: CALLIOPE → CALLIOP and IOANNIS → IOANN were renames; a typing error looks the same


def identity_changes(
    declared: Declared,
    events: pd.DataFrame,
    gone_hulls: pd.DataFrame,
    *,
    params: Params = DEFAULT,
    as_of: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return the changes of declared identities, and declarations that cannot be true, `columns.EVENT_COLUMNS`.

    Parameters
    ----------
    declared
        Every change of what the radios in question declare.
    events
        The events of these vessels, `columns.ATTRIBUTED_COLUMNS`: gaps say when a radio was not heard.
    gone_hulls
        Hulls that are no more, as `gone_hulls.load_gone_hulls` gives them.
    params
        `identity_flip_h`, `gap_min_h`.
    as_of
        The data's clock: until then a radio without a gap was heard. Without it, it is heard for ever.

    Notes
    -----
    `details.sub_kind` says what: name, callsign, imo, type, flag, mmsi, mid_unallocated, mid_landlocked,
    callsign_flag, imo_check_digit, imo_placeholder, duplicated_imo, gone_hull.
    A value after none is no change; nor is another way of writing the same
    (case, blanks, punctuation, a prefix such as `MT`). Changes back and forth between two values within a day of one
    another are one event that says how many it stands for.
    """
    if not len(declared):
        return concat_events([])
    within_h = params.identity_flip_h
    return concat_events(
        [
            _names(declared, within_h),
            _call_signs(declared, within_h),
            _imos(declared, within_h),
            _types(declared, within_h),
            other_radios(declared, within_h),
            _at_first(declared, "mid_unallocated", _unallocated(declared)),
            _at_first(declared, "mid_landlocked", _landlocked(declared)),
            _foreign_signs(declared),
            _bad_imos(declared),
            duplicated_imos(declared, events, params.gap_min_h, as_of),
            gone_hulls_heard(declared, events, gone_hulls, params.gap_min_h, as_of),
        ]
    )


def name_key(name: str) -> str | None:
    """Return what makes two written names one; None for a name without letter or digit.

    Examples
    --------
    >>> name_key("M/T Bella-1"), name_key("BELLA 1"), name_key("...")
    ('BELLA1', 'BELLA1', None)
    """
    return _OTHER.sub("", _PREFIX.sub("", capitals(name))) or None


def few_letters_apart(one: str, other: str) -> bool:
    """Return whether two names differ in at most two letters that stand together.

    Examples
    --------
    >>> few_letters_apart("CALLIOPE", "CALLIOP"), few_letters_apart("BELLA", "SKY RIDER")
    (True, False)
    """
    a, b = name_key(one) or "", name_key(other) or ""
    same = _common(a, b)
    tail = _common(a[same:][::-1], b[same:][::-1])
    return max(len(a), len(b)) - same - tail <= _FEW_LETTERS


def _common(a: str, b: str) -> int:
    """Return how many letters two texts have in common from their beginning."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def sign_key(sign: str) -> str | None:
    """Return a call sign as capital letters and digits; None where nothing is left."""
    upper = sign.upper()
    plain = upper.isascii() and upper.isalnum()  # nearly all are: nothing to be searched for
    return upper if plain else _OTHER.sub("", upper) or None


def _changed(
    declared: Declared, sub_kind: str, codes: Ints, values: Any, within_h: float, more: Any = lambda before, after: {}
) -> pd.DataFrame:
    """Return the changes of one field, within radios and from one radio of a hull to the next."""
    told = tell(declared, codes, [steps(declared, codes), steps_between_radios(declared, codes)], within_h)
    mmsi = declared.mmsi
    details = []
    for i, (b, a) in enumerate(zip(told.before.tolist(), told.after.tolist(), strict=True)):
        facts: dict[str, Any] = {"sub_kind": sub_kind, "before": str(values[b]), "after": str(values[a])}
        facts |= more(values[b], values[a]) | told.repeats(i)
        if mmsi[a] != mmsi[b]:
            facts["before_mmsi"] = int(mmsi[b])
        if declared.shared[a]:
            facts["shared_mmsi"] = True
        details.append(facts)
    return change_events(_KIND, declared, told.after, details)


def _names(declared: Declared, within_h: float) -> pd.DataFrame:
    codes = codes_of(declared.table["name"], name_key)
    return _changed(
        declared,
        "name",
        codes,
        declared.values("name"),
        within_h,
        lambda before, after: {"few_letters": few_letters_apart(before, after)},
    )


def _call_signs(declared: Declared, within_h: float) -> pd.DataFrame:
    codes = codes_of(declared.table["callsign"], sign_key)
    return _changed(declared, "callsign", codes, declared.values("callsign"), within_h)


def _imos(declared: Declared, within_h: float) -> pd.DataFrame:
    number = declared.table["imo"].fillna(0).to_numpy(dtype=np.int64)
    return _changed(declared, "imo", np.where(number > 0, number, -1), number.tolist(), within_h)


def _types(declared: Declared, within_h: float) -> pd.DataFrame:
    codes = _type_codes(declared)
    return _changed(
        declared, "type", np.where(codes == _UNKNOWN_TYPE, -1, codes), np.array(SHIP_TYPES)[codes].tolist(), within_h
    )


def _type_codes(declared: Declared) -> Ints:
    number = declared.table["ship_type"].fillna(0).to_numpy(dtype=np.int64)
    return _codes_of_types()[np.where((number > 0) & (number < _TYPES), number, 0)]


@cache
def _codes_of_types() -> Ints:
    words = ship_type_words(pd.Series(range(_TYPES)))
    return np.array([SHIP_TYPES.index(word) for word in words], dtype=np.int64)


def _first_of(declared: Declared, rows: Ints, value: Any) -> Ints:
    """Return of some rows the first of each hull and value."""
    seen = pd.DataFrame({"hull": declared.hull[rows], "value": value}).duplicated()
    again = np.asarray(seen, dtype=np.bool_)
    return rows[~again]


def _at_first(declared: Declared, sub_kind: str, rows: Ints) -> pd.DataFrame:
    """Return an event for each radio that declares itself under such a country code, once."""
    first = _first_of(declared, rows, 0)
    flags = flags_of(declared.mmsi[first]).tolist()
    details = []
    for mmsi, flag in zip(declared.mmsi[first].tolist(), flags, strict=True):
        facts = {"sub_kind": sub_kind, "before": None, "after": flag or str(mmsi // 1_000_000)}
        if sub_kind == "mid_landlocked":
            facts["sea_register"] = landlocked_states()[flag]
        details.append(facts)
    return change_events(_KIND, declared, first, details)


def _unallocated(declared: Declared) -> Ints:
    return np.flatnonzero(is_ship(declared.mmsi) & ~mid_is_allocated(declared.mmsi))


def _landlocked(declared: Declared) -> Ints:
    inland = is_ship(declared.mmsi) & mid_is_landlocked(declared.mmsi)
    return np.flatnonzero(inland & np.isin(_type_codes(declared), _SEA_GOING))


def _foreign_signs(declared: Declared) -> pd.DataFrame:
    """Return the call signs that another state has given than the one whose number the radio has."""
    codes, signs = pd.factorize(declared.table["callsign"])
    states = [states_of_sign(sign_key(sign) or "") for sign in signs]
    rows = np.flatnonzero((codes >= 0) & is_ship(declared.mmsi))
    rows = _first_of(declared, rows, codes[rows])
    flags = dict(zip(rows.tolist(), flags_of(declared.mmsi[rows]).tolist(), strict=True))
    told = [(r, s) for r, flag in flags.items() if flag and (s := states[codes[r]]) and flag not in s]
    details = [
        {
            "sub_kind": "callsign_flag",
            "before": None,
            "after": str(signs[codes[r]]),
            "flag": flags[r],
            "callsign_states": sorted(s),
        }
        for r, s in told
    ]
    return change_events(_KIND, declared, np.array([r for r, _ in told], dtype=np.int64), details)


def _bad_imos(declared: Declared) -> pd.DataFrame:
    """Return the numbers that fail the check digit, and those that stand for none, at their first declaration."""
    number = declared.table["imo"].fillna(0).to_numpy(dtype=np.int64)
    filler = np.isin(number, PLACEHOLDER_IMOS)
    rows = np.flatnonzero((number > 0) & (filler | ~imo_is_valid(declared.table["imo"])))
    rows = _first_of(declared, rows, number[rows])
    details = [
        {"sub_kind": "imo_placeholder" if f else "imo_check_digit", "before": None, "after": str(n)}
        for f, n in zip(filler[rows].tolist(), number[rows].tolist(), strict=True)
    ]
    return change_events(_KIND, declared, rows, details)
