"""Events: how detectors hand over what they saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from watch.columns import EVENT_COLUMNS
from watch.detect.tracks import NO_TIME, moments
from watch.geodesy import Ints


def make_events(
    kind: str,
    *,
    mmsi: ArrayLike,
    start: Mapping[str, ArrayLike],
    end: Mapping[str, ArrayLike],
    details: Sequence[dict[str, Any]],
    zone_id: Sequence[str | None] | None = None,
    other_mmsi: ArrayLike | None = None,
    tell_apart: Sequence[str] | None = None,
    seg: ArrayLike | None = None,
    other_seg: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return a frame of events of one kind, columns `columns.EVENT_COLUMNS`.

    Parameters
    ----------
    kind
        The kind of all these events.
    mmsi, other_mmsi
        The radios' numbers.
    start, end
        `at_us`, `lat`, `lon` of both ends; `at_us` of an open end is `NO_TIME` and its place NaN.
    details
        One dict an event, units in the names.
    zone_id
        The event's own zone, if it has one.
    tell_apart
        Words that keep events of one radio and moment apart where neither zone nor partner does, as a sub-kind.
    seg, other_seg
        The segments that were seen; told in the details where it is not the radio's first.
    """
    n = len(details)
    start_us = np.asarray(start["at_us"], dtype=np.int64)
    zone = list(zone_id) if zone_id is not None else [None] * n
    other = np.asarray(other_mmsi, dtype=np.int64).tolist() if other_mmsi is not None else [None] * n
    radio = np.asarray(mmsi, dtype=np.int64)
    lat, lon = np.asarray(start["lat"], dtype=np.float64), np.asarray(start["lon"], dtype=np.float64)
    # an encounter has no zone of its own in its name: the partner tells two of them apart
    own: Sequence[object] = other if other_mmsi is not None else zone if kind != "gap" else [None] * n
    if tell_apart is not None:
        own = [f"{word}|{w or ''}" for word, w in zip(tell_apart, own, strict=True)]
    for name, segments in (("segment", seg), ("other_segment", other_seg)):
        if segments is not None:
            _tell_segments(details, name, np.asarray(segments, dtype=np.int64))
    frame = {
        "event_id": _event_ids(kind, radio, start_us, lat, lon, own),
        "kind": [kind] * n,
        "mmsi": radio,
        "start_at": moments(start_us),
        "end_at": moments(np.asarray(end["at_us"], dtype=np.int64)),
        "start_lat": lat,
        "start_lon": lon,
        "end_lat": np.asarray(end["lat"], dtype=np.float64),
        "end_lon": np.asarray(end["lon"], dtype=np.float64),
        "zone_id": pd.array(zone, dtype="str"),
        "other_mmsi": pd.array(other, dtype="Int64"),
        "details": pd.Series(list(details), dtype=object),
    }
    return pd.DataFrame(frame, columns=list(EVENT_COLUMNS))


def _tell_segments(details: Sequence[dict[str, Any]], name: str, segments: Ints) -> None:
    for row in np.flatnonzero(segments).tolist():
        details[row][name] = int(segments[row])


def no_events() -> pd.DataFrame:
    """Return an empty frame of events."""
    nothing: dict[str, ArrayLike] = {"at_us": [], "lat": [], "lon": []}
    return make_events("none", mmsi=[], start=nothing, end=nothing, details=[])


def concat_events(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the frames as one, in order of time."""
    some = [f for f in frames if len(f)]
    if not some:
        return no_events()
    return pd.concat(some, ignore_index=True).sort_values(["start_at", "event_id"], ignore_index=True)


def _event_ids(
    kind: str, mmsi: Ints, at_us: Ints, lat: np.ndarray, lon: np.ndarray, own: Sequence[object]
) -> list[str]:
    """Return a hash for each event of its kind, radio, first fix, and zone or partner."""
    rows = zip(mmsi.tolist(), at_us.tolist(), lat.tolist(), lon.tolist(), own, strict=True)
    return [
        hashlib.blake2b(f"{kind}|{m}|{t}|{a:.5f}|{o:.5f}|{w or ''}".encode(), digest_size=10).hexdigest()
        for m, t, a, o, w in rows
    ]


__all__ = ["NO_TIME", "concat_events", "make_events", "no_events"]
