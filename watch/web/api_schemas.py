"""The objects of the API as JSON schemas: what a program may count on; there may be more in them."""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_WHOLE: dict[str, Any] = {"type": "integer"}
_NUMBER: dict[str, Any] = {"type": "number"}
_YES: dict[str, Any] = {"type": "boolean"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_ANY: dict[str, Any] = {"type": "object"}


def _or_none(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that allows null too: missing is missing."""
    if "$ref" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return {**shape, "type": [shape["type"], "null"]}


def _list(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": shape}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


_LAT, _LON = {"type": "number", "minimum": -90, "maximum": 90}, {"type": "number", "minimum": -180, "maximum": 180}

#: The objects by name.
SCHEMAS: dict[str, dict[str, Any]] = {
    "Fault": _object(error=_TEXT),
    "Zone": _object(id=_TEXT, name=_TEXT, country=_TEXT, kind=_TEXT),
    "Event": _object(
        event_id=_TEXT,
        kind=_TEXT,
        vessel_id=_or_none(_TEXT),
        mmsi=_WHOLE,
        imo=_or_none(_WHOLE),
        name=_or_none(_TEXT),
        flag=_or_none(_TEXT),
        type=_or_none(_TEXT),
        start_at=_MOMENT,
        end_at=_or_none(_MOMENT),
        start_lat=_or_none(_LAT),
        start_lon=_or_none(_LON),
        end_lat=_or_none(_LAT),
        end_lon=_or_none(_LON),
        zone_id=_or_none(_TEXT),
        zone=_or_none(_ref("Zone")),
        other_vessel_id=_or_none(_TEXT),
        other_mmsi=_or_none(_WHOLE),
        other_imo=_or_none(_WHOLE),
        other_name=_or_none(_TEXT),
        details=_ANY,
    ),
    "Step": _object(
        id=_TEXT,
        event_id=_TEXT,
        kind=_TEXT,
        mmsi=_or_none(_WHOLE),
        zone=_or_none(_ref("Zone")),
        start_at=_MOMENT,
        end_at=_or_none(_MOMENT),
        lat=_or_none(_LAT),
        lon=_or_none(_LON),
    ),
    "Ship": _object(
        vessel_id=_TEXT,
        mmsi=_or_none(_WHOLE),
        imo=_or_none(_WHOLE),
        name=_or_none(_TEXT),
        flag=_or_none(_TEXT),
        type=_or_none(_TEXT),
    ),
    "Alert": _object(
        alert_id=_TEXT,
        rule_id=_TEXT,
        level={"enum": ["critical", "high", "medium", "low", "informational"]},
        status={"enum": ["open", "acknowledged", "closed", "withdrawn"]},
        verdict=_TEXT,
        vessel=_ref("Ship"),
        started_at=_or_none(_MOMENT),
        ended_at=_or_none(_MOMENT),
        raised_at=_MOMENT,
        updated_at=_MOMENT,
        version=_WHOLE,
        steps=_list(_ref("Step")),
        measures=_list(_ANY),
        red_flags=_list(_ANY),
        not_observed=_list(_TEXT),
        summary=_TEXT,
        silenced=_or_none(_ANY),
    ),
    "Change": _object(
        seq=_WHOLE,
        version=_WHOLE,
        at=_MOMENT,
        change=_TEXT,
        status=_TEXT,
        actor=_TEXT,
        reason=_or_none(_TEXT),
        note=_or_none(_TEXT),
        hash=_TEXT,
        changes=_list(_TEXT),
        what=_TEXT,
    ),
    "Candidate": _object(
        vessel_id=_TEXT,
        names=_list(_TEXT),
        flags=_list(_TEXT),
        types=_list(_TEXT),
        mmsis=_list(_WHOLE),
        first_declared_at=_or_none(_MOMENT),
    ),
    "Vessel": _object(
        vessel_id=_TEXT,
        imo=_or_none(_WHOLE),
        mmsi=_or_none(_WHOLE),
        name=_or_none(_TEXT),
        flag=_or_none(_TEXT),
        type=_TEXT,
        first_declared_at=_or_none(_MOMENT),
        last_declared_at=_or_none(_MOMENT),
        chain=_list(_ANY),
        flags=_list(_ANY),
        names=_list(_ANY),
        misfits=_list(_ANY),
        other_vessels=_list(_ANY),
        events=_list(_ANY),
        alerts=_list(_ANY),
        lists=_list(_ANY),
    ),
    "Rule": _object(rule_id=_TEXT, level=_TEXT, status=_TEXT, title=_TEXT, tests=_WHOLE, file=_TEXT),
    "Run": _object(
        run_id=_WHOLE,
        kind=_TEXT,
        status=_TEXT,
        started_at=_MOMENT,
        finished_at=_or_none(_MOMENT),
        rows_read=_or_none(_WHOLE),
        positions=_or_none(_WHOLE),
        events=_or_none(_WHOLE),
        seconds=_or_none(_NUMBER),
        message=_or_none(_TEXT),
    ),
    "Status": _object(
        at=_MOMENT,
        positions=_WHOLE,
        days=_WHOLE,
        newest_fix_at=_or_none(_MOMENT),
        age_s=_or_none(_NUMBER),
        sources=_list(_ANY),
        runs=_list(_ANY),
        backlog=_ANY,
        alerts=_ANY,
        writing=_YES,
        problems=_list(_TEXT),
    ),
    "Feature": _object(type={"const": "Feature"}, geometry=_or_none(_ANY), properties=_ANY),
    "FeatureCollection": _object(type={"const": "FeatureCollection"}, features=_list(_ref("Feature"))),
}
