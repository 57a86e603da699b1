"""Messages in the form in which aisstream.io and Digitraffic send them, all of made ships."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOON = datetime(2020, 6, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
MMSI = 636999102


def aisstream(kind: str, said: dict[str, Any], at: str = "2020-06-01 12:00:00.25 +0000 UTC") -> dict[str, Any]:
    """Return a message of a kind around its body."""
    beside = {"MMSI": MMSI, "MMSI_String": MMSI, "ShipName": "BELLA               ", "time_utc": at}
    return {
        "Message": {kind: {"RepeatIndicator": 0, "UserID": MMSI, "Valid": True, **said}},
        "MessageType": kind,
        "MetaData": {**beside, "latitude": 25.5, "longitude": 57.25},
    }


PLACE = {"Latitude": 25.5, "Longitude": 57.25, "Sog": 11.4, "Cog": 231.0, "TrueHeading": 230, "Timestamp": 0}


def position(kind: str = "PositionReport", at: str = "2020-06-01 12:00:00.25 +0000 UTC", **said: Any) -> dict[str, Any]:
    return aisstream(kind, {"MessageID": 1, "NavigationalStatus": 0, **PLACE, **said}, at)


SIZE = {"A": 90, "B": 90, "C": 16, "D": 16}
SHIP = aisstream(
    "ShipStaticData",
    {
        "MessageID": 5,
        "ImoNumber": 9999802,
        "CallSign": "A8XY1",
        "Name": "BELLA@@@@@@@@@@@@@@@",
        "Type": 80,
        "Dimension": SIZE,
        "FixType": 1,
        "Eta": {"Month": 6, "Day": 15, "Hour": 6, "Minute": 30},
        "MaximumStaticDraught": 10.1,
        "Destination": "GALLE",
        "Dte": False,
    },
)
NO_REPORT_B = {"Valid": False, "ShipType": 0, "CallSign": "", "Dimension": {"A": 0, "B": 0, "C": 0, "D": 0}}
PART_A = aisstream(
    "StaticDataReport",
    {"MessageID": 24, "PartNumber": False, "ReportA": {"Valid": True, "Name": "BELLA"}, "ReportB": NO_REPORT_B},
)
PART_B = aisstream(
    "StaticDataReport",
    {
        "MessageID": 24,
        "PartNumber": True,
        "ReportA": {"Valid": False, "Name": ""},
        "ReportB": {"Valid": True, "ShipType": 80, "CallSign": "A8XY1", "Dimension": SIZE, "FixType": 1},
    },
)


def feature(
    mmsi: int = MMSI, at_ms: int = NOON_MS, lon: float = 24.9, lat: float = 60.1, **said: Any
) -> dict[str, Any]:
    """Return a row of Digitraffic's answer on positions."""
    told = {"sog": 11.4, "cog": 231.0, "navStat": 0, "rot": 0, "posAcc": True, "raim": False, "heading": 230}
    return {
        "mmsi": mmsi,
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [24.9, 60.1]},
        "properties": {"mmsi": mmsi, **told, "timestamp": 59, "timestampExternal": at_ms, **said},
    }


def features(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "dataUpdatedTime": "2020-06-01T12:00:00Z", "features": list(rows)}


ETA_JUNE_15 = 6 << 16 | 15 << 11 | 6 << 6 | 30


def vessel(mmsi: int = MMSI, at_ms: int = NOON_MS, **said: Any) -> dict[str, Any]:
    """Return a row of Digitraffic's answer on identities."""
    told = {
        "name": "BELLA",
        "callSign": "A8XY1",
        "imo": 9999802,
        "shipType": 80,
        "draught": 101,
        "eta": ETA_JUNE_15,
        "posType": 1,
        "destination": "GALLE",
    }
    ends = {"referencePointA": 90, "referencePointB": 90, "referencePointC": 16, "referencePointD": 16}
    return {"mmsi": mmsi, "timestamp": at_ms, **told, **ends, **said}


def mqtt_location(at_s: int = NOON_MS // 1000, **said: Any) -> dict[str, Any]:
    told = {"sog": 11.4, "cog": 231.0, "navStat": 0, "rot": 0, "posAcc": True, "raim": False, "heading": 230}
    return {"time": at_s, **told, "lon": 24.9, "lat": 60.1, **said}


def mqtt_metadata(at_ms: int = NOON_MS, **said: Any) -> dict[str, Any]:
    told = {"destination": "GALLE", "name": "BELLA", "draught": 101, "eta": ETA_JUNE_15, "posType": 1}
    ends = {"refA": 90, "refB": 90, "refC": 16, "refD": 16}
    return {"timestamp": at_ms, **told, **ends, "callSign": "A8XY1", "imo": 9999802, "type": 80, **said}
