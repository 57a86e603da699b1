"""Attribution: which vessel an event belongs to, and what that vessel declared at the time.

A vessel is a hull. Its id is the IMO number where a valid one is declared, whichever radio says so, and else the
radio's number. Where two hulls go on side by side under one number, each segment is a hull of its own: the first keeps
the bare number, the others add their segment (`mmsi:368134280/1`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.tracks import key_mmsi, track_key
from watch.foreign_names import named_by_finders
from watch.geodesy import NM_M, distance_m
from watch.identity import IDENTITY_STATE, flags_of, imo_is_valid, ship_type_words
from watch.params import DEFAULT

#: Radios under which several hulls go on side by side, and the segments that are those hulls.
Shared = Mapping[int, tuple[int, ...]]


def shared_radios(events: pd.DataFrame) -> dict[int, tuple[int, ...]]:
    """Return the radios that were seen to be several hulls at once, with the segments of each hull."""
    found: dict[int, tuple[int, ...]] = {}
    for mmsi, details in zip(events["mmsi"].tolist(), events["details"].tolist(), strict=True):
        if details.get("sub_kind") == "shared_mmsi" and "segments" in details:
            found[mmsi] = tuple(sorted({*found.get(mmsi, ()), *details["segments"]}))
    return found


def attribute(events: pd.DataFrame, identities: pd.DataFrame, shared: Shared | None = None) -> pd.DataFrame:
    """Return the events with the vessel that each belongs to and what it declared then, for both sides of a meeting.

    Parameters
    ----------
    events
        `columns.EVENT_COLUMNS`, or with the attributed columns already (they are made anew).
    identities
        All changes of the radios in question, columns `IDENTITY_STATE`.
    shared
        Radios of several hulls; those that `events` tell of by default.
    """
    shared = shared_radios(events) if shared is None else shared
    identities = identities.sort_values(["seen_at", "mmsi", "seg"], ignore_index=True)
    known = identities.assign(hull=hulls(identities["mmsi"], identities["seg"], shared))
    parts = [[d.get(name, 0) for d in events["details"]] for name in ("segment", "other_segment")]
    sides = [hulls(events[m], part, shared) for m, part in zip(("mmsi", "other_mmsi"), parts, strict=True)]
    own = _declared(events["mmsi"].astype("Int64"), sides[0], events["start_at"], known)
    other = _declared(events["other_mmsi"], sides[1], events["start_at"], known)
    out = events.assign(**own, **{f"other_{k}": v for k, v in other.items() if f"other_{k}" in ATTRIBUTED_COLUMNS})
    out["details"] = _told(out, sides, known)
    out = named_by_finders(out)
    return _continued(out[list(ATTRIBUTED_COLUMNS)], identities)


def hulls(mmsi: pd.Series[Any], segment: Any, shared: Shared) -> NDArray[np.int64]:
    """Return one number a hull: the radio's, and with the segment where it is the second or a later one of several."""
    radio = mmsi.fillna(0).to_numpy(dtype=np.int64)
    if not shared:
        return track_key(radio, np.zeros_like(radio))
    pairs = np.array([(m, s) for m, segments in shared.items() for s in segments[1:]], dtype=np.int64).reshape(-1, 2)
    others = track_key(pairs[:, 0], pairs[:, 1])
    key = track_key(radio, np.asarray(segment, dtype=np.int64))
    return np.where(np.isin(key, others), key, track_key(radio, np.zeros_like(radio)))


def _declared(mmsi: pd.Series[Any], hull: NDArray[np.int64], at: pd.Series[Any], known: pd.DataFrame) -> dict[str, Any]:
    """Return the identity of each hull at each time: the last declared before, or else the first after."""
    none = mmsi.isna().to_numpy()
    if none.all():
        return _nobody(len(mmsi))
    asked = pd.DataFrame({"hull": hull, "at": at.to_numpy(), "row": range(len(at))})
    asked["at"] = pd.to_datetime(asked["at"], utc=True).astype("datetime64[us, UTC]")
    asked = asked.sort_values(["at", "row"], ignore_index=True)
    found = _as_of(asked, known)
    found["imo"] = _as_of(asked, known[imo_is_valid(known["imo"])])["imo"]
    found = found.sort_values("row", ignore_index=True)
    number = found["imo"].astype("Int64")
    return {
        "vessel_id": _unless(none, np.where(number.notna(), "imo:" + number.astype("str"), _radio_ids(hull))),
        "imo": number.array,
        "name": found["name"].array,
        "flag": _unless(none, flags_of(key_mmsi(hull))),
        "type": _unless(none, ship_type_words(found["ship_type"])),
        "ship_type": found["ship_type"].array,
        "length_m": found["length_m"].array,
    }


def _nobody(count: int) -> dict[str, Any]:
    """Return the columns of `_declared` for events that have no such side."""
    number, word, length = (pd.array([None] * count, dtype=kind) for kind in ("Int64", "str", "float64"))
    columns = dict.fromkeys(("vessel_id", "name", "flag", "type"), word)
    return {**columns, "imo": number, "ship_type": number, "length_m": length}


def _radio_ids(hull: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the id of a hull without an IMO number: its radio's, and its segment where it is not the first of several.

    Examples
    --------
    >>> _radio_ids(track_key(np.array([368134280, 368134280]), np.array([0, 1]))).tolist()
    ['mmsi:368134280', 'mmsi:368134280/1']
    """
    segment = hull - track_key(key_mmsi(hull), np.zeros_like(hull))
    parts = zip(key_mmsi(hull).tolist(), segment.tolist(), strict=True)
    return np.array([f"mmsi:{m}/{s}" if s else f"mmsi:{m}" for m, s in parts], dtype=object)


def _unless(none: NDArray[np.bool_], words: NDArray[Any]) -> Any:
    """Return words as a column of text, missing where there is no ship to speak of."""
    return pd.array([None if skip else word for skip, word in zip(none, words, strict=True)], dtype="str")


def _as_of(asked: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """Return for each question the last row before its time, or the first after where there is none before."""
    before = pd.merge_asof(asked, identities, left_on="at", right_on="seen_at", by="hull")
    missing = before["seen_at"].isna()
    if missing.any():
        after = pd.merge_asof(
            asked[missing], identities, left_on="at", right_on="seen_at", by="hull", direction="forward"
        )
        before.loc[missing, after.columns] = after.to_numpy()
    return before.astype({k: v for k, v in IDENTITY_STATE.items() if k not in ("mmsi", "seg")})


def _told(events: pd.DataFrame, sides: Sequence[NDArray[np.int64]], identities: pd.DataFrame) -> pd.Series[Any]:
    """Return the details with the draught before and after, and what a meeting looks like by the ships' types."""
    details, rows = events["details"].tolist(), np.flatnonzero(events["kind"].isin(_DRAUGHT_KINDS).to_numpy())
    asked, draughts = events.iloc[rows], identities[identities["draught_m"].notna()]
    known: list[list[_Draughts]] = []
    for hull in (side[rows] for side in sides):
        if not hull.any():
            known.append([(None, None)] * len(asked))
            continue
        side = pd.DataFrame({"hull": hull, "row": range(len(asked))})
        before = _draughts(side, asked["start_at"], draughts)
        known.append([*zip(before, _draughts(side, asked["end_at"] + _DRAUGHT_SETTLES, draughts), strict=True)])
    for row, *facts in zip(rows.tolist(), asked["kind"], *known, *(asked[c] for c in _SIDES), strict=True):
        details[row] = _tell(details[row], *facts)
    return pd.Series(details, index=events.index, dtype=object)


_SIDES = ("type", "other_type", "length_m", "other_length_m")
_BUNKER_CRAFT_M = 120.0  # own: bunker barges and coastal bunker tankers are shorter; sea-going product tankers longer
_DRAUGHT_SETTLES = pd.Timedelta(hours=12)  # own: the crew types the new draught on leaving, not at the quay
_DRAUGHT_KINDS = ("gap", "port_visit", "encounter")
_CARGO_TYPES = ("tanker", "cargo", "unknown")  # of ships that hand over cargo; others beside one another are at work

_Draughts = tuple[float | None, float | None]  # before and after


def _draughts(side: pd.DataFrame, at: pd.Series[Any], draughts: pd.DataFrame) -> list[float | None]:
    asked = side.assign(at=at.astype("datetime64[us, UTC]").array).dropna(subset="at").sort_values(["at", "row"])
    found = pd.merge_asof(
        asked, draughts[["hull", "seen_at", "draught_m"]], left_on="at", right_on="seen_at", by="hull"
    )
    by_row = found.set_index("row")["draught_m"].reindex(side["row"])
    return [None if pd.isna(d) else round(float(d), 1) for d in by_row]


def _tell(
    details: dict[str, Any],
    kind: str,
    own: _Draughts,
    other: _Draughts,
    type_: str,
    other_type: str,
    length_m: float,
    other_length_m: float,
) -> dict[str, Any]:
    told = _change("", own)
    if kind == "encounter":
        told |= _change("other_", other)
        deeper_m = (told["draught_change_m"], told["other_draught_change_m"])
        told["looks_like"] = looks_like(details, (type_, other_type), (length_m, other_length_m), deeper_m)
    return {**details, **told}


def _change(side: str, draughts: _Draughts) -> dict[str, Any]:
    before, after = draughts
    moved = None if before is None or after is None else round(after - before, 1)
    return {f"{side}draught_before_m": before, f"{side}draught_after_m": after, f"{side}draught_change_m": moved}


def looks_like(
    details: Mapping[str, Any],
    types: tuple[str, str],
    lengths_m: tuple[float, float],
    deeper_m: tuple[float | None, float | None] = (None, None),
) -> str:
    """Return what a meeting looks like: tug, service, fishing, bunkering, moored_pair or transfer.

    Parameters
    ----------
    details
        Those of the encounter.
    types, lengths_m, deeper_m
        Of both ships: the declared type and length, and by how much deeper she declared herself afterwards.

    Notes
    -----
    Told by the declared types first, then by length (a tanker shorter than 120 m beside a longer ship bunkers it,
    unless she comes away a metre deeper), then by whether both ships were moored or lay stiller than ships on one
    anchor do, and last by whether one of them at least may carry a cargo to hand over.
    """
    if "tug" in types:
        return "tug"
    if "pilot" in types or "service" in types:
        return "service"
    if "fishing" in types:
        return "fishing"
    tankers = [k for k in (0, 1) if types[k] == "tanker"]
    small = min(tankers, key=lambda k: lengths_m[k], default=None)
    if small is not None and lengths_m[small] < _BUNKER_CRAFT_M <= max(lengths_m):
        took = (deeper_m[small] or 0.0) >= DEFAULT.draught_change_m
        return "transfer" if took else "bunkering"
    drift_m = details.get("drift_m")  # who only knows the meeting of others knows neither
    still = details.get("moored") or (drift_m is not None and drift_m <= DEFAULT.moored_drift_m)
    if still:
        return "moored_pair"
    return "transfer" if set(types) & set(_CARGO_TYPES) else "service"


def _continued(events: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the open gaps of radios whose hull goes on under another number closed where it does.

    The details keep `continued_as_mmsi`; by it a gap that was closed so is opened again when it is looked at anew.
    """
    details = events["details"].tolist()
    own = [d.get("open") is True or "continued_as_mmsi" in d for d in details]
    asked = np.array(own, dtype=bool) & np.array(["found_by" not in d for d in details], dtype=bool)
    rows = np.flatnonzero((events["kind"] == "gap").to_numpy() & asked & events["imo"].notna().to_numpy())
    said = identities[imo_is_valid(identities["imo"])][["imo", "mmsi", "seen_at", "lat", "lon"]]
    if not len(rows) or not len(said):
        return events
    gaps = events.iloc[rows][["imo", "mmsi", "start_at"]].assign(row=rows)
    later = gaps.merge(said, on="imo", suffixes=("", "_on"))
    later = later[(later["mmsi"] != later["mmsi_on"]) & (later["seen_at"] > later["start_at"])]
    first = later.sort_values(["seen_at", "mmsi_on"]).drop_duplicates("row").set_index("row")
    out, index = events.copy(), events.index[first.index.to_numpy()]
    for name, source in (("end_at", "seen_at"), ("end_lat", "lat"), ("end_lon", "lon")):
        out.loc[index, name] = first[source].array
    for row, mmsi in zip(first.index.tolist(), first["mmsi_on"].tolist(), strict=True):
        details[row] = _closed(out.iloc[row], details[row], mmsi)
    return out.assign(details=pd.Series(details, index=out.index, dtype=object))


def _closed(gap: pd.Series[Any], details: dict[str, Any], mmsi: int) -> dict[str, Any]:
    hours = (gap["end_at"] - gap["start_at"]) / pd.Timedelta(hours=1)
    nm = float(distance_m(gap["start_lat"], gap["start_lon"], gap["end_lat"], gap["end_lon"])) / NM_M
    known = {} if nm != nm else {"distance_nm": round(nm, 2), "implied_kn": round(nm / hours, 2)}
    return {**details, "open": False, "duration_h": round(hours, 3), **known, "continued_as_mmsi": int(mmsi)}


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


def vessels_named(identities: pd.DataFrame) -> set[str]:
    """Return the vessels that these changes of identity are about."""
    hulls = identities["imo"][imo_is_valid(identities["imo"])].unique().tolist()
    return {f"imo:{imo}" for imo in hulls} | {f"mmsi:{mmsi}" for mmsi in identities["mmsi"].unique().tolist()}


def numbers_of(vessel_ids: Iterable[str]) -> tuple[set[int], set[int]]:
    """Return the IMO numbers and the radios that stand in the ids of vessels.

    Examples
    --------
    >>> numbers_of(["imo:9074729", "mmsi:368134280/1"])
    ({9074729}, {368134280})
    """
    found: dict[str, set[int]] = {"imo": set(), "mmsi": set()}
    for vessel_id in vessel_ids:
        kind, _, number = vessel_id.partition(":")
        if kind in found:
            found[kind].add(int(number.partition("/")[0]))
    return found["imo"], found["mmsi"]
