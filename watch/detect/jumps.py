"""Jumps: a radio heard where no hull could have come from, told apart by how it goes on.

Its places take turns: two hulls share the number. Many radios leap in one neighbourhood within an hour: interference.
Else the position cannot be true: a spoof. Leaps to a place of one or two fixes are errors of reception, and leaps that
a late message could explain are nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.coverage import around, cells
from watch.detect.events import NO_TIME, concat_events, make_events
from watch.detect.leaps import TICK_US
from watch.detect.segments import reach_m
from watch.detect.tracks import NEVER, track_key
from watch.geodesy import H_US, NM_M, Bools, Ints, distance_m
from watch.params import Params
from watch.runs import changes

#: The leaps between two segments of one radio that follow each other: a row a pair of segments and episode.
JUMP_STATE: dict[str, Any] = {
    "mmsi": np.int64,
    "low": np.int64,  # the two segments
    "high": np.int64,
    "began_us": np.int64,  # the last fix before the first leap …
    "began_lat": np.float64,
    "began_lon": np.float64,
    "first_us": np.int64,  # … and the one after it
    "first_lat": np.float64,
    "first_lon": np.float64,
    "last_us": np.int64,  # the fix after the last leap
    "last_lat": np.float64,
    "last_lon": np.float64,
    "seg_from": np.int64,  # before the first leap
    "seg_to": np.int64,  # after the last
    "jumps": np.int64,
    "farthest_m": np.float64,
    "fastest_kn": np.float64,
    "ships": np.int64,  # radios that began to leap together with this one, -1 while that is not settled
    "told": np.bool_,  # kept for its neighbours alone
}
_LAST = ["last_us", "last_lat", "last_lon", "seg_to"]
_SUMS = {"jumps": "sum", "farthest_m": "max", "fastest_kn": "max", "ships": "max", "told": "max"}
_FIX = (("at_us", "us"), ("lat", "lat"), ("lon", "lon"))

TOGETHER, SHARED, LEAP = "jumps_together", "shared_mmsi", "impossible_speed"
_KINDS = {TOGETHER: "interference", SHARED: "identity_change", LEAP: "spoof"}


def detect_jumps(
    jumps: pd.DataFrame,
    segs: pd.DataFrame,
    state: dict[str, pd.DataFrame],
    until_us: int,
    params: Params,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the events of episodes of jumps that are over, and the new state.

    Parameters
    ----------
    jumps
        The slice's jumps, columns `leaps.JUMP_COLUMNS`.
    segs
        The segments after the slice, columns `segments.SEGMENT_STATE`.
    state
        `jumps` (`JUMP_STATE`).
    until_us
        End of the slice.
    params
        `spoof_…`, `shared_…`, `interference_…`.

    Notes
    -----
    Jumps of a radio less than `spoof_merge_h` apart are one episode. It is judged when it has been over for as long,
    by what was known then, so that any cutting of time gives the same.
    """
    if not len(jumps) and not len(state["jumps"]):
        return concat_events([]), {"jumps": state["jumps"]}
    merge_us, together_us = _us(params.spoof_merge_h), _us(params.interference_h)
    pairs = _join([state["jumps"], _as_pairs(jumps)], segs, merge_us)
    due = (pairs["ships"] < 0) & (until_us - pairs["first_us"] > merge_us)
    pairs["ships"] = _ships(pairs, due.to_numpy(), params)
    over = until_us > pairs["over_us"]
    events = _events(pairs[over & ~pairs["told"]], segs, params, ended=True)
    near = pairs["first_us"] >= until_us - merge_us - together_us
    kept = pairs.assign(told=over)[~over | near]
    return events, {"jumps": kept[list(JUMP_STATE)].astype(JUMP_STATE).reset_index(drop=True)}


def open_jumps(state: dict[str, pd.DataFrame], segs: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the events of episodes that may yet go on, as they stand."""
    pairs = _join([state["jumps"]], segs, _us(params.spoof_merge_h))
    pairs["ships"] = _ships(pairs, (pairs["ships"] < 0).to_numpy(), params)
    return _events(pairs[~pairs["told"]], segs, params, ended=False)


def _us(hours: float) -> int:
    return round(hours * H_US)


def _as_pairs(jumps: pd.DataFrame) -> pd.DataFrame:
    """Return each jump as a row of `JUMP_STATE`; a leap out of a single stray fix only brings the ship back."""
    real = jumps[~jumps["from_stray"]]
    columns = {
        "mmsi": real["mmsi"],
        "low": np.minimum(real["seg_from"], real["seg_to"]),
        "high": np.maximum(real["seg_from"], real["seg_to"]),
        "jumps": 1,
        "farthest_m": real["distance_m"],
        "fastest_kn": real["implied_kn"],
        "ships": -1,
        "told": False,
    }
    columns |= {f"{end}_{part}": real[name] for name, part in _FIX for end in ("first", "last")}
    columns |= {f"began_{part}": real[f"before_{part}"] for _, part in _FIX}
    return pd.DataFrame(columns | {name: real[name] for name in ("seg_from", "seg_to")}).astype(JUMP_STATE)


def _join(parts: list[pd.DataFrame], segs: pd.DataFrame, merge_us: int) -> pd.DataFrame:
    """Return the pairs of segments by radio and episode, when the episode is over and when both segments were firm."""
    both = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)[list(JUMP_STATE)]
    both = both.iloc[np.lexsort((both["first_us"], both["mmsi"]))].reset_index(drop=True)
    mmsi, first_us = both["mmsi"].to_numpy(), both["first_us"].to_numpy()
    reached_us = both.groupby("mmsi")["last_us"].cummax().to_numpy()
    begins = changes(mmsi)
    begins[1:] |= first_us[1:] - reached_us[:-1] > merge_us
    pairs = _whole(both.assign(episode=np.cumsum(begins)), ["episode", "low", "high"])
    pairs["over_us"] = pairs.groupby("episode")["last_us"].transform("max") + merge_us
    pairs["firm_us"] = np.maximum(_firm_us(segs, pairs, "low"), _firm_us(segs, pairs, "high"))
    return pairs


def _firm_us(segs: pd.DataFrame, pairs: pd.DataFrame, side: str) -> Ints:
    """Return when the segment named in a column had so many fixes that it is no error of reception."""
    known = track_key(segs["mmsi"].to_numpy(), segs["seg"].to_numpy())
    at = np.searchsorted(known, track_key(pairs["mmsi"].to_numpy(), pairs[side].to_numpy()))
    return np.asarray(segs["firm_us"].to_numpy()[at])


def _whole(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return each group as one row: its first leap, its last, and the sums; groups in order of their first leaps."""
    groups = rows.groupby(by, sort=False)
    first = groups[[name for name in rows if name not in (*by, *_LAST, *_SUMS)]].first()
    last = rows.iloc[np.argsort(rows["last_us"], kind="stable")].groupby(by, sort=False)[_LAST].last()
    return first.join(last).join(groups.agg(_SUMS)).reset_index()


def _ships(pairs: pd.DataFrame, due: Bools, params: Params) -> pd.Series:
    """Return how many radios began to leap within an hour in the cells around each, where due.

    A radio counts if it leapt far and both its places were firm by then, which is the same whenever that is asked.
    """
    if not due.any():
        return pairs["ships"]
    lat, lon, size = pairs["began_lat"].to_numpy(), pairs["began_lon"].to_numpy(), params.interference_cell_deg
    far = distance_m(lat, lon, pairs["first_lat"], pairs["first_lon"]) >= params.interference_min_nm * NM_M
    others = pairs[["mmsi", "first_us", "firm_us"]].assign(cell=cells(lat, lon, size))[far]
    mine = pairs[["mmsi", "first_us"]].assign(cell=list(around(lat, lon, size)))[due & far]
    near = mine.reset_index().explode("cell").astype({"cell": np.int64}).merge(others, on="cell", suffixes=("", "_2"))
    together = (near["first_us"] - near["first_us_2"]).abs() <= _us(params.interference_h)
    firm = near["firm_us"] <= near["first_us"] + _us(params.spoof_merge_h)
    near = near[together & firm & (near["mmsi"] != near["mmsi_2"])]
    counted = near.groupby("index")["mmsi_2"].nunique().reindex(pairs.index, fill_value=0) + 1
    return counted.where(due, pairs["ships"])


def _judge(pairs: pd.DataFrame, segs: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return what each pair of firm places means (`sub_kind`), those left out that mean nothing."""
    firm = pairs[pairs["firm_us"] <= pairs["over_us"]]
    bridges = _bridges(pairs[~pairs["episode"].isin(firm["episode"])], segs, params)
    rows = pd.concat([firm, bridges], ignore_index=True)
    far = rows["farthest_m"] >= params.spoof_min_nm * NM_M
    crowd_us = rows["first_us"].where(rows["ships"] >= params.interference_ships, NEVER)
    together = rows["first_us"] >= crowd_us.groupby(rows["episode"]).transform("min")
    often = np.where(far, params.shared_jumps, params.shared_near_jumps)
    shared = ~together & (rows["jumps"] >= often)
    explained = (together | shared).groupby(rows["episode"]).transform("any")
    rows["sub_kind"] = np.select([together, shared, far & ~explained], [TOGETHER, SHARED, LEAP], "")
    return rows[rows["sub_kind"] != ""]


def _bridges(pairs: pd.DataFrame, segs: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the episodes that lead from one firm place to another over stray fixes alone, as one leap each."""
    whole = _whole(pairs, ["episode"])
    firm_us = np.maximum(_firm_us(segs, whole, "seg_from"), _firm_us(segs, whole, "seg_to"))
    place = [whole[f"{end}_{axis}"] for end in ("began", "last") for axis in ("lat", "lon")]
    lasting_us = (whole["last_us"] - whole["began_us"]).to_numpy()
    leap_m = distance_m(*place)
    whole = whole.assign(
        farthest_m=leap_m,
        fastest_kn=leap_m / NM_M / (np.maximum(lasting_us, TICK_US) / H_US),
        first_us=whole["last_us"],
        first_lat=whole["last_lat"],
        first_lon=whole["last_lon"],
    )
    real = (whole["seg_from"] != whole["seg_to"]) & (firm_us <= whole["over_us"])
    return whole[real & (leap_m > reach_m(lasting_us, params))]


def _events(pairs: pd.DataFrame, segs: pd.DataFrame, params: Params, *, ended: bool) -> pd.DataFrame:
    """Return an event for each episode and what it means."""
    rows = _judge(pairs, segs, params) if len(pairs) else pairs
    if not len(rows):
        return concat_events([])
    by = ["episode", "sub_kind"]
    whole = _whole(rows, by)
    segments = [sorted({*g["low"], *g["high"]}) for _, g in rows.groupby(by, sort=False)[["low", "high"]]]
    facts = [_details(row, seg) for row, seg in zip(whole.to_dict("records"), segments, strict=True)]
    found = []
    for sub_kind, group in whole.groupby("sub_kind"):
        end = {name: group[f"last_{part}"].to_numpy() for name, part in _FIX}
        nowhere = {name: np.full(len(group), NO_TIME if name == "at_us" else np.nan) for name, _ in _FIX}
        found.append(
            make_events(
                _KINDS[str(sub_kind)],
                mmsi=group["mmsi"].to_numpy(),
                start={name: group[f"began_{part}"].to_numpy() for name, part in _FIX},
                end=end if ended else nowhere,
                details=[facts[i] for i in group.index],
                tell_apart=group["sub_kind"].tolist(),
            )
        )
    return concat_events(found)


def _details(row: Mapping[Any, Any], segments: list[int]) -> dict[str, Any]:
    """Return what is told of an event, by what it means."""
    out: dict[str, Any] = {
        "sub_kind": row["sub_kind"],
        "jumps": row["jumps"],
        "distance_nm": round(row["farthest_m"] / NM_M, 2),
        "to_lat": row["first_lat"],
        "to_lon": row["first_lon"],
    }
    if row["seg_from"]:
        out["segment"] = row["seg_from"]
    match row["sub_kind"]:
        case "jumps_together":
            out["ships"] = row["ships"]
        case "shared_mmsi":
            out["segments"] = segments
        case _:
            # segments are numbered as they are found: an older one is a return
            out |= {"implied_kn": round(row["fastest_kn"], 1), "returned": row["seg_to"] <= row["seg_from"]}
    return out
