"""Events as the events API of Global Fishing Watch writes them; all ships are made up."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

_VESSEL = {
    "id": "5e1f0000-aaaa-bbbb",
    "name": "MADE FAR",
    "ssvid": "636990301",
    "flag": "LBR",
    "type": "bunker_or_tanker",
}
_OTHER = {"id": "5e1f0001-aaaa-bbbb", "name": "MADE NEAR", "ssvid": "518990302", "flag": "COK", "type": "carrier"}
_REGIONS = {"mpa": [], "eez": ["8469"], "rfmo": ["IOTC"], "fao": ["51"], "highSeas": [], "eez12Nm": []}

GAP = {
    "start": "2020-05-04T01:45:37.000Z",
    "end": "2020-05-05T07:45:37.000Z",
    "id": "gap-0001",
    "type": "gap",
    "position": {"lat": 10.1007, "lon": 60.6156},
    "regions": _REGIONS,
    "boundingBox": [60.61, 10.1, 60.93, 10.42],
    "distances": {
        "startDistanceFromShoreKm": 691,
        "endDistanceFromShoreKm": 742,
        "startDistanceFromPortKm": 1015.078,
        "endDistanceFromPortKm": 1054.43,
    },
    "vessel": _VESSEL,
    "gap": {
        "intentionalDisabling": True,
        "distanceKm": "92.6",
        "durationHours": 30,
        "impliedSpeedKnots": "1.67",
        "positions12HoursBeforeSat": "14",
        "positionsPerDaySatReception": 104.86736686956927,
        "offPosition": {"lat": 10.1, "lon": 60.61},
        "onPosition": {"lat": "10.42", "lon": "60.93"},
    },
}
ENCOUNTER = {
    "start": "2020-05-06T10:00:00.000Z",
    "end": "2020-05-06T20:30:00.000Z",
    "id": "meeting-0002.1",
    "type": "encounter",
    "position": {"lat": 12.5, "lon": 58.25},
    "regions": _REGIONS,
    "vessel": _VESSEL,
    "encounter": {
        "vessel": _OTHER,
        "medianDistanceKilometers": 0.04,
        "medianSpeedKnots": 0.62,
        "type": "tanker-carrier",
        "potentialRisk": False,
    },
}
LOITERING = {
    "start": "2020-05-07T00:00:00Z",
    "end": "2020-05-07T12:00:00Z",
    "id": "loiter-0003",
    "type": "LOITERING",
    "position": {"lat": 14.0, "lon": 57.0},
    "distances": {"startDistanceFromShoreKm": 100.0, "endDistanceFromShoreKm": 92.6},
    "vessel": _VESSEL,
    "loitering": {
        "totalTimeHours": 12.0,
        "totalDistanceKm": 18.52,
        "averageSpeedKnots": 0.83,
        "averageDistanceFromShoreKm": 98.0,
    },
}
#: At the Iranian oil terminal of Kharg.
PORT_VISIT = {
    "start": "2020-05-01T06:18:14.000Z",
    "end": "2020-05-02T12:18:14.000Z",
    "id": "visit-0004",
    "type": "port_visit",
    "position": {"lat": 29.24, "lon": 50.32},
    "vessel": _VESSEL,
    "port_visit": {
        "visitId": "visit-0004",
        "confidence": "4",
        "durationHrs": 30.0,
        "startAnchorage": {
            "anchorageId": "3fb1",
            "id": "irn-khark",
            "name": "KHARK",
            "flag": "IRN",
            "lat": 29.24,
            "lon": 50.32,
            "atDock": True,
            "distanceFromShoreKm": 0,
            "topDestination": "KHARK",
        },
        "endAnchorage": {"lat": 29.241, "lon": 50.321},
    },
}
ALL = (GAP, ENCOUNTER, LOITERING, PORT_VISIT)


def changed(event: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Return an event with other values; `gap__distanceKm` means one inside."""
    out = copy.deepcopy(event)
    for path, value in values.items():
        *above, name = path.split("__")
        place = out
        for key in above:
            place = place[key]
        place[name] = value
    return out


def seen_from_the_other_ship(event: dict[str, Any]) -> dict[str, Any]:
    """Return an encounter as the other ship's row of it."""
    other = event["encounter"]["vessel"]
    return changed(event, id=event["id"][:-1] + "2", vessel=other, encounter__vessel=event["vessel"])


def write_events(path: Path, *events: Any) -> Path:
    """Write events as a landed page: one JSON object a line; a text is written as it is."""
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
