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

from watch.detect.tracks import Tracks, rows_at_or_before, track_key
from watch.geodesy import Ints

#: The declared fields whose change is a new row of `identities`; ETA alone is none.
FIELDS = ("imo", "name", "callsign", "ship_type", "length_m", "beam_m", "draught_m", "destination")
#: The identity of each radio and segment as last heard.
IDENTITY_STATE: dict[str, Any] = {
    "mmsi": np.int64,
    "seen_at": "datetime64[us, UTC]",
    "seg": np.int64,  # the segment of the radio's last fix then: tells two hulls under one number apart
    "imo": "Int64",
    "name": "str",
    "callsign": "str",
    "ship_type": "Int64",
    "length_m": "float64",
    "beam_m": "float64",
    "draught_m": "float64",
    "destination": "str",
    "eta": "str",
    "lat": "float64",  # where that fix was; missing where the radio declared itself before it was heard at a place
    "lon": "float64",
}
_TOLD = [name for name in IDENTITY_STATE if name not in ("seg", "lat", "lon")]
#: Numbers that are typed where there is none: facts of the sources on invalid IMO numbers. Two pass the check digit.
PLACEHOLDER_IMOS = (1234567, *(1111111 * digit for digit in range(1, 10)))

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


def track_identities(
    statics: pa.Table, known: pd.DataFrame, tracks: Tracks, before: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the identities that changed in a slice, and what is known of each radio and segment after it.

    Parameters
    ----------
    statics
        The slice's declared identities, `columns.STATICS`.
    known
        What was known before, columns `IDENTITY_STATE`.
    tracks
        The slice's tracks, to tell where a radio was and in which segment when it declared itself.
    before
        The last fix of every segment before the slice, columns `segments.SEGMENT_STATE`.

    Notes
    -----
    A field that is not declared this time (a satellite seldom hears message 5 whole) keeps its last known value.
    """
    names = [*IDENTITY_STATE]
    heard = statics.select(_TOLD).to_pandas()
    heard = heard.assign(seg=0, lat=np.nan, lon=np.nan)[names].astype(IDENTITY_STATE)
    heard["seg"] = _segment_then(heard, tracks, before)
    both = pd.concat([known.assign(old=True), heard.assign(old=False)], ignore_index=True)
    ties = FIELDS if heard.duplicated(["mmsi", "seg", "seen_at"]).any() else ()
    by = ["mmsi", "seg", "seen_at", "old", *ties]
    both = both.sort_values(by, ascending=[name != "old" for name in by])
    both = both[both["old"] | _changed(both)].copy()
    both[[*FIELDS, "eta"]] = both.groupby(["mmsi", "seg"])[[*FIELDS, "eta"]].ffill()
    changed = _placed(both[_changed(both) & ~both["old"]][names], tracks, before)
    last = both.drop_duplicates(["mmsi", "seg"], keep="last")[names].sort_values(["mmsi", "seg"], ignore_index=True)
    return changed.sort_values(["mmsi", "seen_at", "seg"], kind="stable", ignore_index=True), last


def _changed(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows are the first of a radio and segment, or declare something else than the row before."""
    out = (rows["mmsi"] != rows["mmsi"].shift()) | (rows["seg"] != rows["seg"].shift())
    for name in FIELDS:
        now, before = rows[name], rows[name].shift()
        out |= (now != before).fillna(True).astype(bool) & ~(now.isna() & before.isna())
    return out.astype(bool)


def _segment_then(heard: pd.DataFrame, tracks: Tracks, before: pd.DataFrame) -> NDArray[np.int64]:
    """Return the segment of each radio's last fix at the time it declared itself; 0 before its first."""
    out = np.zeros(len(heard), dtype=np.int64)
    several = np.union1d(tracks.mmsi[tracks.seg > 0], before["mmsi"][before["seg"] > 0])
    rows = np.flatnonzero(heard["mmsi"].isin(several))
    if not len(rows):
        return out
    at = np.flatnonzero(np.isin(tracks.mmsi, several))
    now = pd.DataFrame({"mmsi": tracks.mmsi[at], "at_us": tracks.at_us[at], "segment": tracks.seg[at]})
    old = before[before["mmsi"].isin(several)].rename(columns={"seg": "segment"})[list(now.columns)]
    fixes = pd.concat([old, now]).sort_values(["at_us", "mmsi", "segment"])
    asked = heard.iloc[rows][["mmsi", "seen_at"]].assign(row=rows)
    asked["at_us"] = asked["seen_at"].astype("int64")
    found = pd.merge_asof(asked.sort_values(["at_us", "row"]), fixes, on="at_us", by="mmsi")
    out[found["row"].to_numpy()] = found["segment"].fillna(0).to_numpy(dtype=np.int64)
    return out


def _placed(changed: pd.DataFrame, tracks: Tracks, before: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with the place of the last fix of their segment, in this slice or before it."""
    key = track_key(changed["mmsi"].to_numpy(), changed["seg"].to_numpy())
    row = rows_at_or_before(tracks, key, changed["seen_at"].to_numpy(dtype="datetime64[us]").view(np.int64))
    last = before.set_index(track_key(before["mmsi"].to_numpy(), before["seg"].to_numpy()))[["lat", "lon"]].reindex(key)
    here = row >= 0
    at = np.maximum(row, 0)
    places = {
        name: np.where(here, values[at], last[name]) if len(tracks) else last[name].to_numpy()
        for name, values in (("lat", tracks.lat), ("lon", tracks.lon))
    }
    return changed.assign(**places)


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


_MIDS_AMENDED = {
    550: "TL",
    638: "SS",
    740: "FK",
}  # where pyais' table lacks what the ITU lists, or gives the mother country


@cache
def _flags() -> NDArray[np.object_]:
    """Return the ISO country code of each MID from 0 to 999; None where the ITU has allocated none."""
    from pyais.util import get_country  # its import is slow and only this needs it

    found = (get_country(mid * 1_000_000)[0] for mid in range(1000))
    table = [code if code and code != "NA" else None for code in found]
    for mid, code in _MIDS_AMENDED.items():
        table[mid] = code
    return np.array(table, dtype=object)


def flags_of(mmsi: Ints) -> NDArray[np.object_]:
    """Return the flag state of each radio by its MID, as an ISO code or None."""
    return _flags()[np.clip(np.asarray(mmsi, dtype=np.int64) // 1_000_000, 0, 999)]
