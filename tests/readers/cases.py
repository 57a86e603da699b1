"""Small files in real form for the tests of the readers, and one call that reads a file to its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from watch.errors import ConfigError, UnknownFormatError
from watch.normalise import merge_statics, normalise
from watch.readers import DEFAULT_LIMITS, Limits, Source, read_file

NOAA_HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
NOAA_ROW = "636999102,2020-05-05T12:00:00,25.5,57.25,11.4,231.0,230.0,BELLA,IMO9999802,A8XY1,80,0,180,32,10.1,80,A"
NOAA_2025_HEADER = (
    "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,"
    "width,draft,cargo,transceiver"
)
NOAA_2025_ROW = "636999102,2025-05-05 12:00:00,57.25,25.5,11.4,231.0,230,BELLA,IMO9999802,A8XY1,80,0,180,32,10.1,80,A"
__all__ = ["ConfigError", "UnknownFormatError"]
DMA_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)
DMA_ROW = (
    "06/05/2020 12:00:00,Class A,636999102,57.5,10.5,At anchor,0.0,0.1,231.0,230,9999802,A8XY1,BELLA,Tanker,"
    "Category X,32,180,GPS,10.1,SKAGEN,07/05/2020 06:00:00,AIS,90,90,16,16"
)
DMA_BASE_STATION = (
    "06/05/2020 12:00:00,Base Station,2190064,56.71657,11.519047,Unknown value,,,,,Unknown,Unknown,,Undefined,,,,"
    "GPS,,Unknown,,AIS,,,,"
)
CANONICAL_HEADER = (
    "mmsi,fix_at,lat,lon,sog_kn,cog_deg,heading_deg,nav_status,imo,name,callsign,ship_type,length_m,beam_m,"
    "draught_m,destination,receiver"
)
CANONICAL_ROW = (
    "636999102,2020-05-05T12:00:00Z,25.5,57.25,11.4,231.0,230,0,9999802,BELLA,A8XY1,80,180,32,10.1,GALLE,satellite"
)

#: What all rows above say, as far as their formats can.
BELLA_IDENTITY = {
    "mmsi": 636999102,
    "imo": 9999802,
    "name": "BELLA",
    "callsign": "A8XY1",
    "ship_type": 80,
    "length_m": 180.0,
    "beam_m": 32.0,
}


@dataclass(frozen=True)
class Drained:
    """All that a file gave."""

    source: Source
    rows_read: int
    positions: pa.Table
    statics: pa.Table
    rejects: pa.Table
    files: set[str]

    @property
    def reasons(self) -> dict[int, str]:
        return {row["line"]: row["reason"] for row in self.rejects.to_pylist()}

    @property
    def first(self) -> dict[str, Any]:
        return self.positions.slice(0, 1).to_pylist()[0]


def drain(path: Path, format: str = "auto", limits: Limits = DEFAULT_LIMITS) -> Drained:
    """Return all that a file holds; counts must add up in every batch."""
    source = read_file(path, format, limits=limits)
    raws, done = [], []
    for batch in source.batches:
        raws.append(batch)
        done.append(normalise(batch))
        assert done[-1].positions.num_rows + done[-1].rejects.num_rows == batch.rows_read
    return Drained(
        source,
        sum(batch.rows_read for batch in raws),
        pa.concat_tables([one.positions for one in done]),
        merge_statics([one.statics for one in done]),
        pa.concat_tables([one.rejects for one in done]),
        {batch.file for batch in raws},
    )


def write_lines(path: Path, *lines: str) -> Path:
    """Write a text file and return its path."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
