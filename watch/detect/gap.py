"""Gaps: more than six hours between two fixes of one ship, open while no later fix is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect import coverage
from watch.detect.events import NO_TIME, concat_events, make_events
from watch.detect.segments import FEW_FIXES
from watch.detect.tracks import Tracks, track_key
from watch.geodesy import H_US, NM_M, Floats, Ints
from watch.params import Params

#: What is known of the silence after each track's last fix: fixes in the 12 h before it, and coverage there.
TRACK_STATE = {"key": np.int64, "fixes_12h": np.int64, "coverage": np.int64}


def detect_gaps(
    tracks: Tracks,
    segments: pd.DataFrame,
    samples: pd.DataFrame,
    heard: coverage.Heard,
    state: pd.DataFrame,
    until_us: int,
    params: Params,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the gaps that end in this slice, and the new state.

    Parameters
    ----------
    tracks
        The slice's tracks, led in by their last fixes.
    segments
        The last fix of every track after the slice, columns `segments.SEGMENT_STATE`.
    samples
        The fixes of each track by hour, from `hours.sample_hours`.
    heard
        Who else was heard, from `coverage.hear`.
    state
        What was known of each silence before, columns `TRACK_STATE`.
    until_us
        End of the slice.
    params
        `gap_min_h`, `history_h` and those of `coverage`.

    Notes
    -----
    Coverage is judged from the five whole hours after the last fix, so it is settled when a silence becomes a gap.
    """
    rows = np.flatnonzero(tracks.dt_us > params.gap_min_h * H_US)
    events = _closed(tracks, rows, state, samples, heard, params)
    return events, _silence(segments, tracks, state, samples, heard, until_us, params)


def open_gaps(segments: pd.DataFrame, silence: pd.DataFrame, as_of_us: int, params: Params) -> pd.DataFrame:
    """Return the gaps of ships not heard again by `as_of_us`.

    A segment of one or two fixes beside others of the same radio is an error of reception and has no gap.
    """
    alone = segments.groupby("mmsi")["seg"].transform("size") == 1
    quiet = (as_of_us - segments["at_us"] > params.gap_min_h * H_US) & (alone | (segments["fixes"] >= FEW_FIXES))
    last = segments[quiet]
    facts = silence.set_index("key").reindex(track_key(last["mmsi"].to_numpy(), last["seg"].to_numpy()))
    details = [
        {
            "duration_h": round((as_of_us - t) / H_US, 3),
            "open": True,
            "coverage": coverage.WORDS[int(c)],
            "distance_nm": None,
            "implied_kn": None,
            "fixes_12h": int(n),
            "off_sog_kn": _number(s),
        }
        for t, c, n, s in zip(
            last["at_us"],
            facts["coverage"].fillna(-1),
            facts["fixes_12h"].fillna(0),
            last["sog_kn"],
            strict=True,
        )
    ]
    n = len(last)
    nowhere = np.full(n, np.nan)
    end = {"at_us": np.full(n, NO_TIME), "lat": nowhere, "lon": nowhere}
    start = {"at_us": last["at_us"].to_numpy(), "lat": last["lat"].to_numpy(), "lon": last["lon"].to_numpy()}
    radio, seg = last["mmsi"].to_numpy(), last["seg"].to_numpy()
    return make_events("gap", mmsi=radio, seg=seg, start=start, end=end, details=details)


def _closed(
    tracks: Tracks,
    rows: Ints,
    silence: pd.DataFrame,
    samples: pd.DataFrame,
    known: coverage.Heard,
    params: Params,
) -> pd.DataFrame:
    """Return the gaps that end at these rows."""
    if not len(rows):
        return concat_events([])
    off = rows - 1
    before = silence.set_index("key").reindex(tracks.key[off])
    fresh = ~tracks.carried[off] | before["coverage"].isna().to_numpy()
    heard = np.where(fresh, coverage.UNDECIDED, before["coverage"].fillna(coverage.UNDECIDED)).astype(np.int64)
    ask = heard == coverage.UNDECIDED
    heard[ask] = coverage.judge(
        known,
        tracks.mmsi[off][ask],
        tracks.at_us[off][ask],
        tracks.lat[off][ask],
        tracks.lon[off][ask],
        params,
    )
    counted = _fixes_before(samples, tracks.key[off], tracks.at_us[off], params)
    counted = np.where(fresh, counted, before["fixes_12h"].fillna(0)).astype(np.int64)
    return make_events(
        "gap",
        mmsi=tracks.mmsi[rows],
        seg=tracks.seg[rows],
        start=_ends(tracks, off),
        end=_ends(tracks, rows),
        details=_closed_details(tracks, rows, heard, counted),
    )


def _closed_details(tracks: Tracks, rows: Ints, heard: Ints, counted: Ints) -> list[dict[str, Any]]:
    hours, nm = tracks.dt_us[rows] / H_US, tracks.leg_m[rows] / NM_M
    facts = (hours, nm, heard, counted, tracks.sog_kn[rows - 1])
    return [
        {
            "duration_h": round(h, 3),
            "open": False,
            "coverage": coverage.WORDS[c],
            "distance_nm": round(d, 2),
            "implied_kn": round(d / h, 2),
            "fixes_12h": n,
            "off_sog_kn": _number(s),
        }
        for h, d, c, n, s in zip(*(f.tolist() for f in facts), strict=True)
    ]


def _ends(tracks: Tracks, rows: Ints) -> dict[str, Ints | Floats]:
    return {"at_us": tracks.at_us[rows], "lat": tracks.lat[rows], "lon": tracks.lon[rows]}


def _fixes_before(samples: pd.DataFrame, key: Ints, at_us: Ints, params: Params) -> Ints:
    """Return the fixes in the 12 whole hours that end with the hour of each time."""
    hour0 = int(samples["hour"].min()) if len(samples) else 0
    width = 1 << 24  # hours: nineteen centuries
    keys = np.unique(np.concatenate([samples["key"].to_numpy(), key]))
    place = np.searchsorted(keys, samples["key"].to_numpy()) * width + samples["hour"].to_numpy() - hour0
    total = np.concatenate([[0], np.cumsum(samples["fixes"].to_numpy())])
    last = np.searchsorted(keys, key) * width + at_us // H_US - hour0
    upto = np.searchsorted(place, last, side="right")
    since = np.searchsorted(place, np.maximum(last - params.history_h, last // width * width - 1), side="right")
    return np.asarray(total[upto] - total[since])


def _silence(
    segments: pd.DataFrame,
    tracks: Tracks,
    state: pd.DataFrame,
    samples: pd.DataFrame,
    known: coverage.Heard,
    until_us: int,
    params: Params,
) -> pd.DataFrame:
    """Return what is known of the silence after each track's last fix, once the slice is over."""
    ends = tracks.ends
    now = tracks.key[ends]
    counted = _fixes_before(samples, now, tracks.at_us[ends], params)
    new = pd.DataFrame({"key": now, "fixes_12h": counted, "coverage": coverage.UNDECIDED})
    rest = state[~np.isin(state["key"].to_numpy(), now)]
    out = (pd.concat([rest, new], ignore_index=True) if len(rest) else new).astype(TRACK_STATE)
    out = out.sort_values("key", ignore_index=True)
    last = segments.set_index(track_key(segments["mmsi"].to_numpy(), segments["seg"].to_numpy())).loc[out["key"]]
    due = (out["coverage"] == coverage.UNDECIDED).to_numpy()
    due = due & (last["at_us"].to_numpy() + params.gap_min_h * H_US <= until_us)
    ask = last[due]
    mmsi, at_us, lat, lon = (ask[c].to_numpy() for c in ("mmsi", "at_us", "lat", "lon"))
    judged = out["coverage"].to_numpy().copy()
    judged[due] = coverage.judge(known, mmsi, at_us, lat, lon, params)
    return out.assign(coverage=judged)


def _number(value: float) -> float | None:
    return None if value != value else round(float(value), 1)  # NaN is the one value unequal to itself
