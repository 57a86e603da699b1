"""Identity: what each radio declared over time, and which vessel an event belongs to.

A vessel is a hull: its id is the IMO number where a valid one is declared, and else the radio's number. Flags come
from the MMSI's first three digits (MID) and hold for the time of the event.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from watch.columns import ATTRIBUTED_COLUMNS
from watch.geodesy import Ints
from watch.params import DEFAULT

#: The declared fields whose change is a new row of `identities`; ETA alone is none.
FIELDS = ("imo", "name", "callsign", "ship_type", "length_m", "beam_m", "draught_m", "destination")
#: The identity of each radio as last heard.
IDENTITY_STATE: dict[str, Any] = {
    "mmsi": np.int64,
    "seen_at": "datetime64[us, UTC]",
    "imo": "Int64",
    "name": "str",
    "callsign": "str",
    "ship_type": "Int64",
    "length_m": "float64",
    "beam_m": "float64",
    "draught_m": "float64",
    "destination": "str",
    "eta": "str",
}
#: Numbers that pass the check digit and are no ship's: facts of the sources on invalid IMO numbers.
PLACEHOLDER_IMOS = (1234567,)

SHIP_TYPES = ("tanker", "cargo", "passenger", "fishing", "tug", "pilot", "service", "other", "unknown")
#: Ship type by AIS code (ITU-R M.1371-5 table 53); tens first, then single codes.
_BY_TENS = {6: "passenger", 7: "cargo", 8: "tanker", 2: "other", 4: "other", 9: "other"}
_BY_CODE = {30: "fishing", 31: "tug", 32: "tug", 52: "tug", 50: "pilot"}
_SERVICE_CODES = (
    33,
    34,
    51,
    53,
    54,
    55,
    58,
    59,
)  # dredging, diving, SAR, tender, anti-pollution, law, medical


def track_identities(statics: pa.Table, known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the identities that changed in a slice, and what is known of each radio after it.

    Parameters
    ----------
    statics
        The slice's declared identities, `columns.STATICS`.
    known
        What was known before, columns `IDENTITY_STATE`.

    Notes
    -----
    A field that is not declared this time (a satellite seldom hears message 5 whole) keeps its last known value.
    """
    names = [*IDENTITY_STATE]
    heard = statics.select(names).to_pandas().astype(IDENTITY_STATE)
    both = (
        pd.concat([known.assign(old=True), heard.assign(old=False)], ignore_index=True)
        if len(known)
        else heard.assign(old=False)
    )
    both = both.sort_values(["mmsi", "seen_at", "old", *FIELDS], ascending=[True, True, False, *[True] * len(FIELDS)])
    both = both[both["old"] | _changed(both)].copy()
    both[[*FIELDS, "eta"]] = both.groupby("mmsi")[[*FIELDS, "eta"]].ffill()
    changed = both[_changed(both) & ~both["old"]]
    last = both.drop_duplicates("mmsi", keep="last")
    return changed[names].reset_index(drop=True), last[names].sort_values("mmsi", ignore_index=True)


def _changed(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows are a radio's first, or declare something else than the row before."""
    out = rows["mmsi"] != rows["mmsi"].shift()
    for name in FIELDS:
        now, before = rows[name], rows[name].shift()
        out |= (now != before).fillna(True).astype(bool) & ~(now.isna() & before.isna())
    return out.astype(bool)


def imo_is_valid(imo: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return which numbers are well formed: seven digits, the last a check of the others, and no placeholder.

    Notes
    -----
    The check proves form, not identity: one random number in ten passes. IMO resolution A.1117(30).

    Examples
    --------
    >>> imo_is_valid(pd.Series([9074729, 9074728, 1234567, pd.NA], dtype="Int64")).tolist()
    [True, False, False, False]
    """
    number = imo.fillna(0).to_numpy(dtype=np.int64)
    digits = number[:, None] // 10 ** np.arange(6, 0, -1) % 10
    check = (digits * np.arange(7, 1, -1)).sum(axis=1) % 10
    formed = (number >= 1_000_000) & (number <= 9_999_999) & (check == number % 10)
    return np.asarray(formed & ~np.isin(number, PLACEHOLDER_IMOS), dtype=np.bool_)


def ship_type_words(code: pd.Series[Any]) -> NDArray[np.object_]:
    """Return the type as a word of `SHIP_TYPES` for each AIS ship type code.

    Examples
    --------
    >>> ship_type_words(pd.Series([80, 70, 52, 0, pd.NA], dtype="Int64")).tolist()
    ['tanker', 'cargo', 'tug', 'unknown', 'unknown']
    """
    words = np.array(
        [
            _BY_CODE.get(c) or ("service" if c in _SERVICE_CODES else _BY_TENS.get(c // 10, "other"))
            if c
            else "unknown"
            for c in range(100)
        ],
        dtype=object,
    )
    number = code.fillna(0).to_numpy(dtype=np.int64)
    return words[np.where((number > 0) & (number < 100), number, 0)]


@cache
def _flags() -> NDArray[np.object_]:
    """Return the ISO country code of each MID from 0 to 999; None where the ITU has allocated none."""
    from pyais.util import get_country  # its import is slow and only this needs it

    found = (get_country(mid * 1_000_000)[0] for mid in range(1000))
    return np.array([code if code and code != "NA" else None for code in found], dtype=object)


def flags_of(mmsi: Ints) -> NDArray[np.object_]:
    """Return the flag state of each radio by its MID, as an ISO code or None."""
    return _flags()[np.clip(np.asarray(mmsi, dtype=np.int64) // 1_000_000, 0, 999)]


def attribute(events: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the vessel that each belongs to and what it declared then, for both sides of a meeting.

    Parameters
    ----------
    events
        `columns.EVENT_COLUMNS`, or with the attributed columns already (they are made anew).
    identities
        All changes of the radios in question, columns `IDENTITY_STATE`.
    """
    identities = identities.sort_values(["seen_at", "mmsi"], ignore_index=True)
    own = _declared(events["mmsi"].astype("Int64"), events["start_at"], identities)
    other = _declared(events["other_mmsi"], events["start_at"], identities)
    out = events.assign(**own, **{f"other_{k}": v for k, v in other.items() if f"other_{k}" in ATTRIBUTED_COLUMNS})
    out["details"] = _told(out, identities)
    return out[list(ATTRIBUTED_COLUMNS)]


def _declared(mmsi: pd.Series[Any], at: pd.Series[Any], identities: pd.DataFrame) -> dict[str, Any]:
    """Return the identity of each radio at each time: the last declared before, or else the first after."""
    asked = pd.DataFrame(
        {"mmsi": mmsi.fillna(0).astype(np.int64).to_numpy(), "at": at.to_numpy(), "row": range(len(at))}
    )
    asked["at"] = pd.to_datetime(asked["at"], utc=True).astype("datetime64[us, UTC]")
    asked = asked.sort_values(["at", "row"], ignore_index=True)
    found = _as_of(asked, identities)
    valid = identities[imo_is_valid(identities["imo"])]
    found["imo"] = _as_of(asked, valid)["imo"]
    found = found.sort_values("row", ignore_index=True)
    number = found["imo"].astype("Int64")
    none = mmsi.isna().to_numpy()
    ids = np.where(number.notna(), "imo:" + number.astype("str"), "mmsi:" + found["mmsi"].astype("str"))
    return {
        "vessel_id": _unless(none, ids),
        "imo": number.array,
        "name": found["name"].array,
        "flag": _unless(none, flags_of(found["mmsi"].to_numpy())),
        "type": _unless(none, ship_type_words(found["ship_type"])),
        "ship_type": found["ship_type"].array,
        "length_m": found["length_m"].array,
    }


def _unless(none: NDArray[np.bool_], words: NDArray[Any]) -> Any:
    """Return words as a column of text, missing where there is no ship to speak of."""
    return pd.array([None if skip else word for skip, word in zip(none, words, strict=True)], dtype="str")


def _as_of(asked: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """Return for each question the last row before its time, or the first after where there is none before."""
    before = pd.merge_asof(asked, identities, left_on="at", right_on="seen_at", by="mmsi")
    missing = before["seen_at"].isna()
    if missing.any():
        after = pd.merge_asof(
            asked[missing], identities, left_on="at", right_on="seen_at", by="mmsi", direction="forward"
        )
        before.loc[missing, after.columns] = after.to_numpy()
    return before.astype({k: v for k, v in IDENTITY_STATE.items() if k != "mmsi"})


def _told(events: pd.DataFrame, identities: pd.DataFrame) -> pd.Series[Any]:
    """Return the details with the draught before and after, and what a meeting looks like by the ships' types."""
    draughts = identities[identities["draught_m"].notna()]
    side = events[["mmsi"]].assign(row=range(len(events)))
    before = _draughts(side, events["start_at"], draughts)
    after = _draughts(side, events["end_at"] + _DRAUGHT_SETTLES, draughts)
    facts = zip(events["details"], events["kind"], before, after, *(events[c] for c in _SIDES), strict=True)
    return pd.Series([_tell(*row) for row in facts], index=events.index, dtype=object)


_SIDES = ("type", "other_type", "length_m", "other_length_m")
_BUNKER_CRAFT_M = 120.0  # own: bunker barges and coastal bunker tankers are shorter; sea-going product tankers longer
_DRAUGHT_SETTLES = pd.Timedelta(hours=12)  # own: the crew types the new draught on leaving, not at the quay
_DRAUGHT_KINDS = ("gap", "port_visit", "encounter")


def _draughts(side: pd.DataFrame, at: pd.Series[Any], draughts: pd.DataFrame) -> list[float | None]:
    asked = side.assign(at=at.astype("datetime64[us, UTC]").array).dropna(subset="at").sort_values(["at", "row"])
    found = pd.merge_asof(
        asked, draughts[["mmsi", "seen_at", "draught_m"]], left_on="at", right_on="seen_at", by="mmsi"
    )
    by_row = found.set_index("row")["draught_m"].reindex(side["row"])
    return [None if pd.isna(d) else round(float(d), 1) for d in by_row]


def _tell(
    details: dict[str, Any],
    kind: str,
    before: float | None,
    after: float | None,
    type_: str,
    other_type: str,
    length_m: float,
    other_length_m: float,
) -> dict[str, Any]:
    if kind not in _DRAUGHT_KINDS:
        return details
    moved = None if before is None or after is None else round(after - before, 1)
    told: dict[str, Any] = {"draught_before_m": before, "draught_after_m": after, "draught_change_m": moved}
    if kind == "encounter":
        told["looks_like"] = looks_like(details, (type_, other_type), (length_m, other_length_m))
    return {**details, **told}


def looks_like(details: dict[str, Any], types: tuple[str, str], lengths_m: tuple[float, float]) -> str:
    """Return what a meeting looks like: tug, service, fishing, bunkering, moored_pair or transfer.

    Notes
    -----
    Told by the declared types first, then by length (a tanker shorter than 120 m beside a longer ship bunkers it),
    then by whether both ships were moored or lay stiller than ships on one anchor do.
    """
    if "tug" in types:
        return "tug"
    if "pilot" in types or "service" in types:
        return "service"
    if "fishing" in types:
        return "fishing"
    tanker_m = [m for t, m in zip(types, lengths_m, strict=True) if t == "tanker"]
    if tanker_m and min(tanker_m) < _BUNKER_CRAFT_M <= max(lengths_m):
        return "bunkering"
    still = details["moored"] or details["drift_m"] <= DEFAULT.moored_drift_m
    return "moored_pair" if still else "transfer"


def radio_request(mmsi: int) -> str:
    """Return the entry of the match queue that asks for a radio's events to be attributed again."""
    return f"radio:{mmsi}"


def requested_radio(entry: str) -> int | None:
    """Return the radio of such an entry; None for a vessel's id.

    Examples
    --------
    >>> requested_radio(radio_request(636990101)), requested_radio("imo:9074729")
    (636990101, None)
    """
    kind, _, number = entry.partition(":")
    return int(number) if kind == "radio" else None
