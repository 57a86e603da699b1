"""Why a declaration belongs to a vessel and what does not fit, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from watch.attribution import shared_radios
from watch.identity import PLACEHOLDER_IMOS
from watch.wording import clean

#: Sub-kinds of `identity_change` that tell of the same hull under another name, flag or radio; the rest do not fit.
CHANGES = ("name", "callsign", "type", "flag", "mmsi")
_ORDINALS = ("first", "second", "third", "fourth")


def reasons(vessel_id: str, rows: pd.DataFrame, chain: pd.DataFrame, sharing: pd.DataFrame) -> list[str]:
    """Return for each row of a vessel's chain why it belongs to it.

    Parameters
    ----------
    vessel_id
        The vessel.
    rows
        Its rows, a part of `chain`, or the one row of a radio that never declared itself.
    chain
        All rows of its radios, `vessels.chain_of`.
    sharing
        The events which say that several hulls use one of these radios.
    """
    kind, _, number = vessel_id.partition(":")
    if kind != "imo":
        shared, apart_nm = shared_radios(sharing), _apart_nm(sharing)
        sides = zip(rows["mmsi"].tolist(), rows["hull"].tolist(), rows["imo"].tolist(), strict=True)
        return [
            f"{_by_radio(hull, shared.get(mmsi, ()), apart_nm.get(mmsi, 0.0))}{_not_taken(imo)}"
            for mmsi, hull, imo in sides
        ]
    declares = chain[chain["imo"] == int(number)]
    first_hull = declares["hull"].iloc[0]
    sides = zip(rows["hull"].tolist(), rows["from_at"].tolist(), rows["imo"].tolist(), strict=True)
    return [_by_imo(int(number), hull, from_at, imo, declares, first_hull) for hull, from_at, imo in sides]


def _by_imo(number: int, hull: str, from_at: pd.Timestamp, imo: Any, declares: pd.DataFrame, first_hull: str) -> str:
    """Return why a row is the vessel with this IMO number."""
    beside = "; one of several hulls under this MMSI" if "/" in hull else ""
    if not pd.isna(imo) and imo == number:
        same = "declares" if hull == first_hull else "another radio, same"
        return f"{same} IMO {number}, check digit right{beside}"
    own = declares.loc[declares["hull"] == hull, "from_at"]
    before = own[own <= from_at]
    at, when = (before.max(), "before") if len(before) else (own.min(), "later")
    return f"same radio; IMO {number} declared {when}, on {at:%Y-%m-%d}{_not_taken(imo)}{beside}"


def _apart_nm(sharing: pd.DataFrame) -> dict[int, float]:
    """Return how far apart the hulls under each shared number were seen."""
    apart_nm: dict[int, float] = {}
    for mmsi, details in zip(sharing["mmsi"].tolist(), sharing["details"].tolist(), strict=True):
        apart_nm[mmsi] = max(apart_nm.get(mmsi, 0.0), float(details.get("distance_nm") or 0.0))
    return apart_nm


def _by_radio(hull: str, segments: Sequence[int], apart_nm: float) -> str:
    """Return why a row is the vessel known by this radio's number."""
    if not segments:
        return "same radio, no valid IMO declared: known by its MMSI alone"
    segment = int(hull.partition("/")[2] or 0)
    far = f"{apart_nm:,.0f} nm" if apart_nm >= 1 else ""
    if segment not in segments[1:]:
        return f"first hull under this MMSI, no valid IMO declared; another was heard {far or 'near'}{far and ' away'}"
    place = segments.index(segment)
    which = _ORDINALS[place] if place < len(_ORDINALS) else "further"
    lies = f"lies {far} from" if far else "takes turns with"
    return f"{which} hull under this MMSI, no valid IMO declared: its own segment {segment} {lies} the first"


def _not_taken(imo: Any) -> str:
    """Return what is wrong with a declared number that a vessel is not known by."""
    if pd.isna(imo):
        return ""
    wrong = "is a placeholder" if int(imo) in PLACEHOLDER_IMOS or len(set(str(imo))) == 1 else "has a wrong check digit"
    return f"; IMO {int(imo)} declared then {wrong}"


def misfit_words(details: Mapping[str, Any]) -> str:
    """Return what was declared that cannot be true of one hull, by the details of an `identity_change`.

    Examples
    --------
    >>> misfit_words({"sub_kind": "imo_check_digit", "before": None, "after": 9074728})
    'IMO 9074728 has a wrong check digit'
    >>> misfit_words({"sub_kind": "odd_thing", "before": None, "after": 5})
    'odd thing: 5'
    """
    told = {name: clean(value) for name, value in details.items()}
    after, apart = told.get("after", ""), _far(details.get("apart_nm"), " away")
    match told.get("sub_kind", ""):
        case "shared_mmsi":
            return f"two or more hulls under this MMSI{_far(details.get('distance_nm'), ' apart')}"
        case "duplicated_imo":
            return f"IMO {after} heard from MMSI {told.get('first_mmsi', '')} too{apart}"
        case "imo":
            return f"IMO {told.get('before', '')} before, {after} from then on"
        case "imo_check_digit" | "imo_placeholder":
            return _not_taken(int(details["after"])).removeprefix("; ").replace(" declared then", "")
        case "mid_unallocated":
            return f"MMSI begins with {after}, which is no state's"
        case "mid_landlocked":
            return f"flag of {after}, which has no sea coast"
        case "callsign_flag":
            return f"call sign {after} is not of the MMSI's flag {told.get('flag', '')}"
        case "gone_hull":
            return f"IMO {after} is of {told.get('gone_name', '')}, {told.get('status', '')}"
        case other:
            return f"{other.replace('_', ' ')}: {after}".removesuffix(": ")


def _far(distance_nm: Any, word: str) -> str:
    return f", {float(distance_nm):,.0f} nm{word}" if distance_nm is not None and distance_nm >= 1 else ""
