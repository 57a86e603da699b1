"""Which state a radio number or a call sign belongs to, where the two can be told."""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from functools import cache

import numpy as np
from numpy.typing import NDArray

from watch.geodesy import Ints
from watch.identity import flags_of
from watch.paths import bundled

_FIRST_SHIP, _LAST_SHIP = 201_000_000, 775_999_999  # ITU-R M.585: ships' numbers begin with a MID of 201–775

#: Radio Regulations 19.55: two characters, of which the first or second may be a digit, and two letters with one
#: digit or none, or a letter or none with four digits.
_SHIP_SIGN = re.compile(r"(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])(?:[A-Z]{2}\d?|[A-Z]?\d{4})")
#: own: words typed where there is no sign; of four letters, so that they have the form of one.
_NO_SIGNS = frozenset(("NONE", "NULL", "TEST", "XXXX", "AAAA", "NAME", "CALL", "SHIP", "BOAT"))


def is_ship(mmsi: Ints) -> NDArray[np.bool_]:
    """Return which numbers have a ship's form."""
    return np.asarray((mmsi >= _FIRST_SHIP) & (mmsi <= _LAST_SHIP), dtype=np.bool_)


def mid_is_allocated(mmsi: Ints) -> NDArray[np.bool_]:
    """Return whether the first three digits are a country code that the ITU has given to a state.

    Examples
    --------
    >>> mid_is_allocated(np.array([636990101, 217990101, 638990101])).tolist()
    [True, False, True]
    """
    return _allocated_mids()[mmsi // 1_000_000 % 1000]


def mid_is_landlocked(mmsi: Ints) -> NDArray[np.bool_]:
    """Return whether the first three digits are the country code of a state without a sea coast.

    Examples
    --------
    >>> mid_is_landlocked(np.array([636990101, 611000201])).tolist()
    [False, True]
    """
    return _landlocked_mids()[mmsi // 1_000_000 % 1000]


@cache
def _allocated_mids() -> NDArray[np.bool_]:
    flags = flags_of(np.arange(1000) * 1_000_000)
    return np.array([flag is not None for flag in flags], dtype=np.bool_)


@cache
def _landlocked_mids() -> NDArray[np.bool_]:
    flags = flags_of(np.arange(1000) * 1_000_000)
    return np.array([flag in landlocked_states() for flag in flags], dtype=np.bool_)


@cache
def landlocked_states() -> dict[str, bool]:
    """Return the states without a sea coast, and whether each has or had a register of sea-going ships.

    Notes
    -----
    The states at the Caspian are among them. The registers are those of UNCTAD's merchant fleet by flag.
    """
    with (bundled("rules") / "landlocked.csv").open(encoding="utf-8", newline="") as file:
        return {row["state"]: row["sea_register"] == "yes" for row in csv.DictReader(file)}


@cache
def _series() -> tuple[list[str], list[tuple[str, frozenset[str]]]]:
    with (bundled("rules") / "callsigns.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted((r["first"], r["last"], r["states"]) for r in csv.DictReader(file))
    return [first for first, _, _ in rows], [(last, frozenset(states.split("/"))) for _, last, states in rows]


def states_of_sign(sign: str) -> frozenset[str]:
    """Return the states whose ships may have this call sign, empty where nobody can tell.

    Parameters
    ----------
    sign
        A call sign in capital letters and digits.

    Notes
    -----
    Dependent territories that sail under signs of their mother state's series are named with it.

    References
    ----------
    ITU Radio Regulations, Appendix 42 (series) and article 19 (forms of ships' call signs).

    Examples
    --------
    >>> sorted(states_of_sign("D5XY7")), sorted(states_of_sign("3FAB9")), states_of_sign("UNKNOWN")
    (['LR'], ['PA'], frozenset())
    """
    if sign in _NO_SIGNS or not _SHIP_SIGN.fullmatch(sign):
        return frozenset()
    firsts, rest = _series()
    # a digit in third place belongs to the whole pair of characters
    start = sign[:3] if sign[2].isalpha() else f"{sign[:2]}A"
    at = bisect_right(firsts, start) - 1
    return rest[at][1] if at >= 0 and start <= rest[at][0] else frozenset()


__all__ = ["is_ship", "landlocked_states", "mid_is_allocated", "mid_is_landlocked", "states_of_sign"]
