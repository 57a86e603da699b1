"""Tracks as GeoJSON (RFC 7946): a line for each stretch without a silence, and a point for each fix where asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from watch.detect.tracks import moments
from watch.plain import iso, plain

if TYPE_CHECKING:
    from watch.scene.fixes import Fixes

Floats = NDArray[np.float64]
Row = dict[str, Any]

_DIGITS = 6  # a tenth of a metre, as RFC 7946 advises
_POINTS_AT_ONCE = 5_000  # own


def track_features(tracks: Sequence[Fixes], told: Mapping[str, Any], *, points: bool = False) -> Iterator[Row]:
    """Yield the lines of tracks, cut at silences and at 180°, and their fixes as points where asked.

    Parameters
    ----------
    tracks
        Of one vessel: one, or one for each radio where they sound side by side (`scene.fixes.read_fixes`).
    told
        What every feature says of the vessel.
    points
        Whether each fix is a point too, with `at`, `sog_kn` and `cog_deg`.

    Notes
    -----
    A fix that stands alone between two silences makes no line.
    """
    for track in tracks:
        yield from _lines(track, told)
    for track in tracks if points else ():
        yield from _points(track, told)


def _lines(track: Fixes, told: Mapping[str, Any]) -> Iterator[Row]:
    starts = np.flatnonzero(track.cut)
    bounds = np.unique(np.concatenate([[0], starts, [len(track.at_us)]]))
    at = moments(track.at_us)
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        lines = cut_at_180(track.lon[first:end], track.lat[first:end])
        if not lines:
            continue
        whole = {"type": "LineString", "coordinates": lines[0]}
        geometry = whole if len(lines) == 1 else {"type": "MultiLineString", "coordinates": lines}
        facts = {"mmsi": int(track.mmsi[first]), "start_at": iso(at[first]), "end_at": iso(at[end - 1])}
        yield feature(geometry, {"feature": "line", **told, **facts, "fixes": end - first})


def cut_at_180(lon: Floats, lat: Floats) -> list[list[list[float]]]:
    """Return a line through places as lines of [lon, lat], cut where it crosses 180°; none without two places.

    Examples
    --------
    >>> cut_at_180(np.array([179.0, -179.0]), np.array([0.0, 2.0]))
    [[[179.0, 0.0], [180.0, 1.0]], [[-180.0, 1.0], [-179.0, 2.0]]]
    >>> cut_at_180(np.array([10.0]), np.array([0.0]))
    []
    """
    places = np.round(np.column_stack([lon, lat]), _DIGITS)
    crossed = np.flatnonzero(np.abs(np.diff(places[:, 0])) > 180)
    lines: list[list[list[float]]] = []
    begin: list[list[float]] = []
    first = 0
    for before in crossed.tolist():
        side = 180.0 if places[before, 0] > 0 else -180.0
        lat_at_180 = _lat_at_180(places[before], places[before + 1])
        lines.append([*begin, *places[first : before + 1].tolist(), [side, lat_at_180]])
        begin, first = [[-side, lat_at_180]], before + 1
    lines.append([*begin, *places[first:].tolist()])
    return [line for line in lines if len(line) > 1]


def _lat_at_180(before: Floats, after: Floats) -> float:
    left, right = 180 - abs(before[0]), 180 - abs(after[0])
    share = left / (left + right) if left + right else 0.0
    return round(float(before[1] + share * (after[1] - before[1])), _DIGITS)


def _points(track: Fixes, told: Mapping[str, Any]) -> Iterator[Row]:
    for first in range(0, len(track.at_us), _POINTS_AT_ONCE):
        part = slice(first, first + _POINTS_AT_ONCE)
        places = np.round(np.column_stack([track.lon[part], track.lat[part]]), _DIGITS).tolist()
        values = (track.mmsi[part], moments(track.at_us[part]), track.sog_kn[part], track.cog_deg[part])
        for place, mmsi, at, sog_kn, cog_deg in zip(places, *values, strict=True):
            fix = {"mmsi": int(mmsi), "at": iso(at), "sog_kn": _tenth(sog_kn), "cog_deg": _tenth(cog_deg)}
            yield feature({"type": "Point", "coordinates": place}, {"feature": "fix", **told, **fix})


def _tenth(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 1)


def feature(geometry: Row | None, properties: Mapping[str, Any], feature_id: str | None = None) -> Row:
    """Return a feature of plain values."""
    known = {} if feature_id is None else {"id": feature_id}
    return {"type": "Feature", **known, "geometry": geometry, "properties": plain(properties)}
