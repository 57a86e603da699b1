"""Reads geofence files (GeoJSON) and says everything that is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from watch.errors import Fault
from watch.zones.kinds import RANKS

MAX_FILE_BYTES = 32 * 1024 * 1024
REQUIRED = ("id", "name", "country", "kind")
OPTIONAL = ("valid_from", "valid_to", "source", "note", "min_dwell_h", "lat", "lon", "radius_nm")
_ID = re.compile(r"[a-z0-9][a-z0-9_]{1,63}")
_COUNTRY = re.compile(r"[A-Z]{2}(/[A-Z]{2})*|high seas")
_FEATURE = re.compile(r'"type"\s*:\s*"Feature"')


@dataclass(frozen=True)
class Feature:
    """One good feature of a geofence file: its properties, its polygons, and where it stands."""

    file: str
    number: int
    facts: Mapping[str, Any]
    shape: shapely.MultiPolygon


def read_geofences(path: Path) -> tuple[list[Feature], list[Fault]]:
    """Return the good features of one file and everything wrong with the others.

    Parameters
    ----------
    path : Path
        A GeoJSON FeatureCollection of polygons in WGS-84 degrees. Its own `source` and `note` hold for every
        feature that has none.
    """
    raw, faults = _read_features(path)
    good: list[Feature] = []
    lines: list[int] | None = None
    for number, feature in enumerate(raw.get("features", [])):
        facts, shape, wrong = _read_feature(feature, raw)
        if wrong:
            lines = _feature_lines(path) if lines is None else lines
            line = lines[number] if len(lines) == len(raw["features"]) else 0
            name = f"feature {number + 1} ({facts.get('id', 'no id')})"
            faults += [Fault(str(path), line, f"{name}: {key}", reason) for key, reason in wrong]
        elif shape is not None:
            good.append(Feature(str(path), number, facts, shape))
    return good, faults


def feature_line(path: Path, number: int) -> int:
    """Return the line on which a feature of a readable file begins, 0 when that cannot be told."""
    lines = _feature_lines(path)
    return lines[number] if number < len(lines) else 0


def _feature_lines(path: Path) -> list[int]:
    text = path.read_text(encoding="utf-8")
    starts = np.array([found.start() for found in _FEATURE.finditer(text)], dtype=np.int64)
    breaks = np.array([i for i, char in enumerate(text) if char == "\n"], dtype=np.int64)
    return [int(line) for line in np.searchsorted(breaks, starts) + 1]


def _read_features(path: Path) -> tuple[dict[str, Any], list[Fault]]:
    """Return a file as a FeatureCollection, empty when it is none."""
    file = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            limit_mb = MAX_FILE_BYTES // 2**20
            return {}, [Fault(file, 0, "", f"is larger than {limit_mb} MB: simplify or split it")]
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return {}, [Fault(file, 0, "", f"cannot be read: {error.strerror or error}")]
    except json.JSONDecodeError as error:
        return {}, [Fault(file, error.lineno, "", f"is not JSON: {error.msg} (column {error.colno})")]
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        return {}, [Fault(file, 0, "", f"is not JSON in UTF-8: {error}")]
    if not isinstance(raw, dict) or raw.get("type") != "FeatureCollection":
        return {}, [Fault(file, 1, "type", "must be a GeoJSON FeatureCollection")]
    if not isinstance(raw.get("features"), list):
        return {}, [Fault(file, 1, "features", "must be a list of features")]
    return raw, []


Wrong = list[tuple[str, str]]


def _read_feature(
    feature: Any, collection: Mapping[str, Any]
) -> tuple[dict[str, Any], shapely.MultiPolygon | None, Wrong]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return {}, None, [("type", "must be a GeoJSON Feature")]
    facts = feature.get("properties")
    if not isinstance(facts, dict):
        return {}, None, [("properties", f"are missing; give {', '.join(REQUIRED)}")]
    shape, wrong = _read_shape(feature.get("geometry"))
    wrong = _check_facts(facts) + wrong
    shared = {key: collection.get(key) or "" for key in ("source", "note")}
    own = {key: value for key, value in facts.items() if value is not None}
    return {**shared, **own}, shape, wrong


def _check_facts(facts: Mapping[str, Any]) -> Wrong:
    wrong: Wrong = [(key, "is missing") for key in REQUIRED if facts.get(key) in (None, "")]
    known = (*REQUIRED, *OPTIONAL)
    wrong += [(key, f"is not a known property{like(key, known)}") for key in facts if key not in known]
    words = {key: facts[key] for key in (*REQUIRED, "source", "note") if facts.get(key) not in (None, "")}
    wrong += [(key, "must be text") for key, value in words.items() if not isinstance(value, str)]
    texts = {key: value for key, value in words.items() if isinstance(value, str)}
    if "id" in texts and not _ID.fullmatch(texts["id"]):
        wrong.append(("id", "must be 2 to 64 small letters, digits or underscores"))
    if "country" in texts and not _COUNTRY.fullmatch(texts["country"]):
        wrong.append(("country", "must be a two-letter ISO code, several joined by '/', or 'high seas'"))
    if "kind" in texts and texts["kind"] not in RANKS:
        wrong.append(("kind", f"'{texts['kind'][:40]}' is not a known kind{like(texts['kind'], tuple(RANKS))}"))
    return wrong + _check_times(facts) + _check_dwell(facts.get("min_dwell_h"))


def like(word: str, known: Sequence[str], *, listed: bool = True) -> str:
    """Return the end of a message about an unknown word: the nearest known one, or all of them if `listed`.

    Examples
    --------
    >>> like("load_prot", ["load_port", "port"])
    "; did you mean 'load_port'?"
    """
    near = get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known are {', '.join(known)}" if listed else "; see `shipwatch zones list`"


def _check_times(facts: Mapping[str, Any]) -> Wrong:
    wrong: Wrong = []
    moments: dict[str, datetime] = {}
    for key in ("valid_from", "valid_to"):
        try:
            moment = read_moment(facts.get(key))
        except ValueError:
            wrong.append((key, "must be a date or a UTC time, as 2024-05-01 or 2024-05-01T00:00:00Z"))
            continue
        if moment is not None:
            moments[key] = moment
    if len(moments) == 2 and moments["valid_from"] >= moments["valid_to"]:
        wrong.append(("valid_to", "must be later than valid_from"))
    return wrong


def read_moment(text: Any) -> datetime | None:
    """Return a date or an aware time as UTC, None for none.

    Examples
    --------
    >>> read_moment("2024-05-01").isoformat()
    '2024-05-01T00:00:00+00:00'
    >>> read_moment(None) is None
    True
    """
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("not a time")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None and len(text) > len("2024-05-01"):
        raise ValueError("a time without its zone")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check_dwell(value: Any) -> Wrong:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6):
        return []
    return [("min_dwell_h", "must be a number of hours, 0 or more")]


def _read_shape(geometry: Any) -> tuple[shapely.MultiPolygon | None, Wrong]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return None, [("geometry", f"must be a Polygon or a MultiPolygon, not {kind}")]
    parts = [geometry.get("coordinates")] if kind == "Polygon" else geometry.get("coordinates")
    try:
        polygons = [_polygon(part) for part in parts]
    except (TypeError, ValueError, IndexError, shapely.errors.GEOSException):
        return None, [("geometry", "coordinates must be rings of at least four [longitude, latitude] pairs")]
    shape = shapely.MultiPolygon(polygons)
    return shape, _check_shape(shape)


def _polygon(rings: Any) -> shapely.Polygon:
    lines = [np.array(ring, dtype=np.float64)[:, :2] for ring in rings]
    if any(len(line) < 4 or line.shape[1] != 2 or not np.isfinite(line).all() for line in lines):
        raise ValueError("a ring is too short or holds what is no number")
    return shapely.Polygon(lines[0], lines[1:])


def _check_shape(shape: shapely.MultiPolygon) -> Wrong:
    if shape.is_empty:
        return [("geometry", "is empty")]
    x0, y0, x1, y1 = shape.bounds
    if x0 < -180 or x1 > 180 or y0 < -90 or y1 > 90:
        return [("geometry", "leaves ±180° or ±90°: cut it at 180°; longitude comes before latitude")]
    spans = shapely.bounds(shapely.get_parts(shape))
    if (spans[:, 2] - spans[:, 0] > 180).any():
        return [("geometry", "is wider than 180°: if it crosses the antimeridian, cut it there in two parts")]
    if not shape.is_valid:
        return [("geometry", f"is not valid: {shapely.is_valid_reason(shape)}")]
    return [] if shape.area > 0 else [("geometry", "has no area")]
