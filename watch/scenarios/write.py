"""Made rows as files: our canonical CSV, MarineCadastre's (NOAA) and the Danish Maritime Authority's (DMA).

The last two cannot say everything: NOAA has no destination and no receiver, DMA tells types and status by word.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.scenarios.maker import MADE

#: Our own header: the rows as they are made, without `eta`, the receiver last.
CANONICAL = [*(name for name in MADE.names if name not in ("receiver", "eta")), "receiver"]
#: The columns of the other formats in order, with ours; "" where we have none or it is written otherwise.
NOAA = {
    "MMSI": "mmsi",
    "BaseDateTime": "",
    "LAT": "lat",
    "LON": "lon",
    "SOG": "sog_kn",
    "COG": "cog_deg",
    "Heading": "heading_deg",
    "VesselName": "name",
    "IMO": "",
    "CallSign": "callsign",
    "VesselType": "ship_type",
    "Status": "nav_status",
    "Length": "length_m",
    "Width": "beam_m",
    "Draft": "draught_m",
    "Cargo": "ship_type",
    "TransceiverClass": "",
}
DMA = {
    "# Timestamp": "",
    "Type of mobile": "",
    "MMSI": "mmsi",
    "Latitude": "lat",
    "Longitude": "lon",
    "Navigational status": "",
    "ROT": "",
    "SOG": "sog_kn",
    "COG": "cog_deg",
    "Heading": "heading_deg",
    "IMO": "imo",
    "Callsign": "callsign",
    "Name": "name",
    "Ship type": "",
    "Cargo type": "",
    "Width": "beam_m",
    "Length": "length_m",
    "Type of position fixing device": "",
    "Draught": "draught_m",
    "Destination": "destination",
    "ETA": "eta",
    "Data source type": "",
    **dict.fromkeys("ABCD", ""),
}

STATUS_WORDS = {
    0: "Under way using engine",
    1: "At anchor",
    2: "Not under command",
    3: "Restricted maneuverability",
    5: "Moored",
    7: "Engaged in fishing",
}
TYPE_WORDS = {
    30: "Fishing",
    31: "Towing",
    33: "Dredging",
    50: "Pilot",
    52: "Tug",
    53: "Port tender",
    **dict.fromkeys(range(60, 70), "Passenger"),
    **dict.fromkeys(range(70, 80), "Cargo"),
    **dict.fromkeys(range(80, 90), "Tanker"),
    **dict.fromkeys(range(90, 100), "Other"),
}


def write_canonical(rows: pd.DataFrame, path: Path) -> None:
    """Write rows of `make_scenario` as canonical CSV, times with Z."""
    _write(rows.assign(fix_at=rows["fix_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))[CANONICAL], path)


def write_noaa(rows: pd.DataFrame, path: Path) -> None:
    """Write rows of `make_scenario` in MarineCadastre's layout of 2015 to 2024, the IMO as `IMO9283746`."""
    told = _named(rows, NOAA)
    told["BaseDateTime"] = rows["fix_at"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    told["IMO"] = ("IMO" + rows["imo"].astype("string")).fillna("")
    told["TransceiverClass"] = _by_class(rows, "A", "B")
    _write(told, path)


def write_dma(rows: pd.DataFrame, path: Path) -> None:
    """Write rows of `make_scenario` in the 26 columns of the Danish Maritime Authority."""
    told = _named(rows, DMA)
    told["# Timestamp"] = rows["fix_at"].dt.strftime("%d/%m/%Y %H:%M:%S")
    told["Type of mobile"] = _by_class(rows, "Class A", "Class B")
    told["Navigational status"] = rows["nav_status"].map(STATUS_WORDS).fillna("Unknown value")
    told["Ship type"] = rows["ship_type"].map(TYPE_WORDS).fillna("Undefined")
    told["Type of position fixing device"], told["Data source type"] = "GPS", "AIS"
    for column in ("IMO", "Callsign", "Destination"):
        told[column] = told[column].astype("string").fillna("Unknown")
    _write(told, path)


Writer = Callable[[pd.DataFrame, Path], None]
WRITERS: dict[str, Writer] = {"canonical": write_canonical, "noaa": write_noaa, "dma": write_dma}


def _named(rows: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return the rows under another format's names; columns we do not know stay empty."""
    return pd.DataFrame({theirs: rows[ours] if ours else "" for theirs, ours in columns.items()}, index=rows.index)


def _by_class(rows: pd.DataFrame, a: str, b: str) -> NDArray[np.str_]:
    """Return a word for each row by its transponder: only class A tells a navigational status."""
    return np.where(rows["nav_status"].notna(), a, b)


def _write(told: pd.DataFrame, path: Path) -> None:
    told.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
