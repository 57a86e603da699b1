"""Vessels: what radios declared over time, which hull each was then, and which hull somebody means.

Pure functions of tables. Which vessel a declaration belongs to is asked of `attribution`, which tells it of events.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.attribution import Shared, attribute
from watch.columns import EVENT_COLUMNS
from watch.identity import flags_of, imo_is_valid, ship_type_words
from watch.params import DEFAULT, Params
from watch.plain import plain

#: The declared fields whose change is a new row of a chain.
_SHOWN = ("imo", "name", "callsign", "type")
_FILLED = ("imo", "name", "callsign", "ship_type", "length_m")
#: Columns of a chain: `hull` is the radio, with its segment where several hulls share it; `until_at` is when the
#: same hull declared something else, `last_at` when this was declared for the last time, `times` how often it came
#: back after something else.
CHAIN = (
    *("from_at", "until_at", "last_at", "mmsi", "hull", "vessel_id", "flag"),
    *("name", "callsign", "imo", "imo_valid", "type", "ship_type", "length_m", "times"),
)
_NUMBER = re.compile(r"(?:(imo|mmsi)[\s:]*)?(\d{1,9})(?:/(\d{1,9}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """What somebody called a vessel.

    Attributes
    ----------
    text
        As it was written, in lower case.
    kind
        `imo`, `mmsi`, `number` (either of them) or `name`.
    number
        The number; 0 for a name.
    """

    text: str
    kind: str
    number: int = 0


def parse_asked(text: str) -> Asked:
    """Return what a text means: a number, an id of a vessel, or else a name.

    Examples
    --------
    >>> parse_asked("IMO 9208124")
    Asked(text='imo 9208124', kind='imo', number=9208124)
    >>> parse_asked("mmsi:368134280/1").kind, parse_asked("636990001").kind, parse_asked("Bella").kind
    ('mmsi', 'number', 'name')
    """
    text = " ".join(text.casefold().split())
    if found := _NUMBER.fullmatch(text):
        return Asked(text, found[1] or "number", int(found[2]))
    return Asked(text, "name")


def chain_of(
    identities: pd.DataFrame, shared: Shared, heard: pd.DataFrame | None = None, *, params: Params = DEFAULT
) -> pd.DataFrame:
    """Return what radios declared over time and which vessel each was then, one row a change of what identifies a ship.

    Parameters
    ----------
    identities
        All changes of these radios, columns `identity.IDENTITY_STATE`.
    shared
        Radios of several hulls, with their segments.
    heard
        All that these radios declared, `columns.STATICS`, to tell when something was declared for the last time;
        without it, only the first time is known.
    params
        `identity_flip_h`.

    Notes
    -----
    What comes back within `identity_flip_h` after it was last declared is one row: two values that go back and forth
    are two rows, however often.
    """
    rows = identities.sort_values(["seen_at", "mmsi", "seg"], kind="stable", ignore_index=True)
    asked = _as_events(rows)
    rows["hull"] = attribute(asked, rows.assign(imo=pd.array([pd.NA] * len(rows), dtype="Int64")), shared)["vessel_id"]
    rows["vessel_id"] = attribute(asked, rows, shared)["vessel_id"]
    rows[[*_FILLED]] = rows.groupby("hull")[[*_FILLED]].ffill()
    rows["type"] = ship_type_words(rows["ship_type"])
    rows = rows[_changed(rows)].reset_index(drop=True)
    rows["flag"] = flags_of(rows["mmsi"].to_numpy(dtype=np.int64))
    rows["imo_valid"] = imo_is_valid(rows["imo"])
    rows["from_at"] = rows["seen_at"]
    rows["until_at"] = rows.groupby("hull")["from_at"].shift(-1)
    rows["last_at"] = _last_declared(rows, heard)
    return _join_flips(rows, pd.Timedelta(hours=params.identity_flip_h))[[*CHAIN]]


def _as_events(rows: pd.DataFrame) -> pd.DataFrame:
    """Return declarations in the form of events, for attribution to tell whose they are."""
    columns: dict[str, Any] = {
        "kind": "declared",
        "mmsi": rows["mmsi"],
        "start_at": rows["seen_at"],
        "end_at": pd.Series(pd.NaT, rows.index, dtype="datetime64[us, UTC]"),
        "other_mmsi": pd.Series(pd.NA, rows.index, dtype="Int64"),
        "details": pd.Series([{"segment": seg} for seg in rows["seg"].tolist()], rows.index, dtype=object),
    }
    return pd.DataFrame({name: columns.get(name) for name in EVENT_COLUMNS}, index=rows.index)


def _changed(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows are the first of their hull, or show something else than the row before."""
    before = rows.groupby("hull")[[*_SHOWN]].shift()
    out = ~rows["hull"].duplicated()
    for name in _SHOWN:
        same = (rows[name] == before[name]).fillna(False).astype(bool) | (rows[name].isna() & before[name].isna())
        out |= ~same
    return out


def _last_declared(rows: pd.DataFrame, heard: pd.DataFrame | None) -> pd.Series[Any]:
    """Return when each row was declared for the last time, before the hull declared something else."""
    if heard is None or heard.empty or rows.empty:
        return rows["from_at"]
    said = heard.assign(type=ship_type_words(heard["ship_type"]))[["mmsi", "seen_at", "last_seen_at", *_SHOWN]]
    said["type"] = said["type"].where(heard["ship_type"].notna())
    said["mmsi"] = said["mmsi"].astype("int64")
    said = said.merge(rows[["mmsi", "hull"]].drop_duplicates(), on="mmsi")
    known = rows.assign(row=range(len(rows)))[["hull", "from_at", "row", *_SHOWN]]
    found = pd.merge_asof(
        said.sort_values("seen_at"), known, left_on="seen_at", right_on="from_at", by="hull", suffixes=("", "_known")
    )
    fits = found["row"].notna()
    for name in _SHOWN:  # two hulls under one number are told apart by what they declare
        fits &= found[name].isna() | (found[name] == found[f"{name}_known"]).fillna(False).astype(bool)
    last = found[fits].groupby("row")["last_seen_at"].max().reindex(range(len(rows)))
    last = last.astype("datetime64[us, UTC]")
    return last.where(last > rows["from_at"], rows["from_at"])


def _join_flips(rows: pd.DataFrame, within: pd.Timedelta) -> pd.DataFrame:
    """Return the rows with those joined that say the same again soon after."""
    alike = rows.groupby(["hull", "vessel_id", *_SHOWN], dropna=False).ngroup().rename("alike")
    anew = (rows["from_at"] - rows.groupby(alike)["last_at"].shift() > within).groupby(alike).cumsum().rename("anew")
    joined = dict.fromkeys(CHAIN, "first") | {"until_at": "last", "last_at": "max", "length_m": "last"}
    groups = rows.assign(times=1).groupby([alike, anew], sort=False)
    return groups.agg(joined | {"times": "sum"}).reset_index(drop=True)


def find_vessels(chain: pd.DataFrame, events: pd.DataFrame, asked: Asked) -> list[str]:
    """Return the ids of the vessels that fit what was asked, in order.

    Parameters
    ----------
    chain
        Of the radios in question.
    events
        Attributed events with the number asked for; a radio that never declared itself is known by them alone.
    asked
        An id as it stands, or a whole name, goes before a part of one.

    Examples
    --------
    >>> nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ("vessel_id", "name")})
    >>> find_vessels(nothing, nothing, parse_asked("bella"))
    []
    """
    if asked.kind == "name":
        names = chain["name"].str.casefold().fillna("")
        whole = names == asked.text
        rows = whole if whole.any() else names.str.contains(asked.text, regex=False)
        return sorted(set(chain.loc[rows, "vessel_id"]))
    ids = set(chain.loc[_has_number(chain, asked, ""), "vessel_id"])
    for side in ("", "other_"):
        ids |= set(events.loc[_has_number(events, asked, side), f"{side}vessel_id"].dropna())
    if asked.text in ids:
        return [asked.text]
    return sorted(ids) if "/" not in asked.text else []


def _has_number(rows: pd.DataFrame, asked: Asked, side: str) -> pd.Series[bool]:
    names = ("imo", "mmsi") if asked.kind == "number" else (asked.kind,)
    return (rows[[f"{side}{name}" for name in names]] == asked.number).fillna(False).any(axis=1)


def candidates(chain: pd.DataFrame, vessel_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return what tells vessels apart: names, flags, types and radios, and when each first declared itself."""
    return [_candidate(chain[chain["vessel_id"] == vessel_id], vessel_id) for vessel_id in vessel_ids]


def _candidate(rows: pd.DataFrame, vessel_id: str) -> dict[str, Any]:
    several = {f"{name}s": list(dict.fromkeys(rows[name].dropna())) for name in ("name", "flag", "type", "mmsi")}
    first_at = rows["from_at"].iloc[0] if len(rows) else None
    return {"vessel_id": vessel_id, **several, "first_declared_at": plain(first_at)}
