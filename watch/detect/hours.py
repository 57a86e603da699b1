"""Hours: one sample of each track an hour, its first fix in that UTC hour, for what shows only over hours.

A busy day has 20 fixes an hour and ship; whether a ship loiters, circles or is held in one place shows in one. The
first fix of an hour is known once it is heard, so any cutting of time gives the same samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.detect.tracks import Tracks, key_seg
from watch.geodesy import H_US, Bools
from watch.params import Params
from watch.runs import changes

#: The first fix of each track in each UTC hour, and how many fixes that hour has.
HOUR_STATE: dict[str, Any] = {
    "key": np.int64,
    "hour": np.int64,
    "at_us": np.int64,
    "lat": np.float64,
    "lon": np.float64,
    "sog_kn": np.float32,
    "status": np.int8,
    "fixes": np.int64,
}


def sample_hours(
    tracks: Tracks, state: pd.DataFrame, until_us: int, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the samples known in this slice, and those that the next slice has to look back at.

    Parameters
    ----------
    tracks
        The slice's tracks; carried rows were sampled before.
    state
        Samples of the last hours, columns `HOUR_STATE`.
    until_us
        End of the slice.
    params
        `sample_back_h`.

    Returns
    -------
    samples, state
        By track and hour; `news` marks the samples first heard in this slice.
    """
    both = _with_before(_first_of_hours(tracks), state)
    kept = both[both["hour"] >= until_us // H_US - params.sample_back_h]
    return both, kept.drop(columns="news").reset_index(drop=True)


def _first_of_hours(tracks: Tracks) -> pd.DataFrame:
    """Return the first fix of each track and hour in this slice, and the count of its fixes."""
    rows = np.flatnonzero(~tracks.carried)
    key, hour = tracks.key[rows], tracks.at_us[rows] // H_US
    begin = np.flatnonzero(changes(key, hour))
    first = rows[begin]
    return pd.DataFrame(
        {
            "key": key[begin],
            "hour": hour[begin],
            "at_us": tracks.at_us[first],
            "lat": tracks.lat[first],
            "lon": tracks.lon[first],
            "sog_kn": tracks.sog_kn[first],
            "status": tracks.status[first],
            "fixes": np.diff(np.append(begin, len(rows))),
            "news": np.ones(len(begin), dtype=bool),
        }
    )


def _with_before(now: pd.DataFrame, state: pd.DataFrame) -> pd.DataFrame:
    """Return old and new samples as one table; an hour that a cut divides keeps its first fix and adds its counts."""
    if not len(state):
        return now
    both = pd.concat([state.assign(news=False), now], ignore_index=True)
    both = both.iloc[np.lexsort((both["news"], both["hour"], both["key"]))].reset_index(drop=True)
    begin = np.flatnonzero(changes(both["key"].to_numpy(), both["hour"].to_numpy()))
    fixes = np.add.reduceat(both["fixes"].to_numpy(), begin) if len(begin) else np.zeros(0, dtype=np.int64)
    return both.iloc[begin].assign(fixes=fixes).reset_index(drop=True)


def not_fresh(samples: pd.DataFrame, params: Params) -> Bools:
    """Return which samples are of a radio's first segment, or of one that was heard `spoof_merge_h` and more before.

    Where a segment begins with a leap, the leap tells of the ship, or of all ships that leap with it; what is odd
    about its first hours is not told a second time.
    """
    key, hour = samples["key"].to_numpy(), samples["hour"].to_numpy()
    out: Bools = np.asarray(key_seg(key) == 0)
    rows = np.flatnonzero(~out)
    if len(rows):
        width = 1 << 24  # hours: nineteen centuries
        place = (
            np.unique(key[rows], return_inverse=True)[1] * width + hour[rows] - hour[rows].min() + params.sample_back_h
        )
        first = rows[np.searchsorted(place, place - params.sample_back_h)]
        out[rows] = hour[first] <= hour[rows] - params.spoof_merge_h
    return out
