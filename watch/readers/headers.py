"""Finds out what the columns of a table are: the names that formats use, and help when a header is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from watch.errors import UnknownFormatError
from watch.readers.batch import shown_name

#: What a row must have to be a position.
REQUIRED = ("mmsi", "fix_at", "lat", "lon")

#: Column → names it goes by, in any case and with any separators. `mobile` (DMA's "Type of mobile") tells stations
#: from ships and is no column of the tables.
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mmsi": ("mmsi", "user_id", "mmsi_number"),
        "fix_at": ("fix_at", "base_date_time", "timestamp", "date_time", "time", "timestamp_utc", "date_time_utc"),
        "lat": ("lat", "latitude"),
        "lon": ("lon", "longitude", "long", "lng"),
        "sog_kn": ("sog_kn", "sog", "speed_over_ground", "speed_kn", "speed"),
        "cog_deg": ("cog_deg", "cog", "course_over_ground", "course"),
        "heading_deg": ("heading_deg", "heading", "true_heading"),
        "nav_status": ("nav_status", "status", "navigational_status", "navigation_status"),
        "receiver": ("receiver",),
        "imo": ("imo", "imo_number"),
        "name": ("name", "vessel_name", "ship_name"),
        "callsign": ("callsign", "call_sign"),
        "ship_type": ("ship_type", "vessel_type"),
        "length_m": ("length_m", "length"),
        "beam_m": ("beam_m", "beam", "width"),
        "draught_m": ("draught_m", "draught", "draft"),
        "destination": ("destination",),
        "eta": ("eta",),
        "mobile": ("type_of_mobile",),
    }
)

_BOM = "\ufeff"
_DELIMITERS = (",", ";", "\t", "|")
_SHOWN = 12


def header_key(name: str) -> str:
    """Return a header name without case, separators and decoration.

    Examples
    --------
    >>> header_key("# Timestamp"), header_key("Base_Date_Time")
    ('timestamp', 'basedatetime')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


_COLUMN_OF = {header_key(alias): column for column, names in ALIASES.items() for alias in names}


@dataclass(frozen=True)
class Header:
    """The columns of one table.

    Attributes
    ----------
    names
        As they stand in the file.
    delimiter
        The character between them.
    fields
        Our column → its place; the first of two that mean the same wins.
    """

    names: tuple[str, ...]
    delimiter: str
    fields: Mapping[str, int]

    @property
    def keys(self) -> frozenset[str]:
        """All names without case and separators."""
        return frozenset(map(header_key, self.names))

    @property
    def missing(self) -> list[str]:
        """Required columns that are not there."""
        return [column for column in REQUIRED if column not in self.fields]

    @property
    def unused(self) -> list[str]:
        """Names that nobody reads."""
        used = set(self.fields.values())
        return [name for place, name in enumerate(self.names) if place not in used]


def parse_header(line: str) -> Header:
    """Return the columns that a header line names.

    Examples
    --------
    >>> dict(parse_header("MMSI;Latitude").fields)
    {'mmsi': 0, 'lat': 1}
    """
    text = line.lstrip(_BOM).rstrip("\r\n")
    delimiter = max(_DELIMITERS, key=text.count)
    names = next(csv.reader([text.replace("\0", "")], delimiter=delimiter), [])
    return header_of([name.strip() for name in names], delimiter)


def header_of(names: Sequence[str], delimiter: str = ",") -> Header:
    """Return the columns with these names.

    Examples
    --------
    >>> header_of(["mmsi", "flag"]).unused
    ['flag']
    """
    fields: dict[str, int] = {}
    for place, name in enumerate(names):
        column = _COLUMN_OF.get(header_key(name))
        if column:
            fields.setdefault(column, place)
    return Header(tuple(names), delimiter, fields)


def first_line(head: bytes) -> str:
    r"""Return the first line that is not blank.

    Examples
    --------
    >>> first_line(b"\n\nmmsi,lat\n1,2")
    'mmsi,lat'
    """
    text = head.decode("utf-8", "replace").lstrip(_BOM)
    return next((line for line in text.splitlines() if line.strip()), "")


def unknown_format(label: str, head: bytes) -> UnknownFormatError:
    r"""Return the error that says what a file seems to be, and what was expected.

    Examples
    --------
    >>> print(unknown_format("a.csv", b"mmsi,fix_at,latt,lon\n"))
    a.csv:1: the header has no column lat (did you mean 'latt'?); it has: mmsi, fix_at, latt, lon; ...
    """
    line = first_line(head)
    header = parse_header(line)
    if header.fields and "\0" not in line:
        return missing_columns(f"{label}:1", header)
    return UnknownFormatError(
        f"{label}: {_looks_like(head, line)}; known are NOAA and DMA CSV, NMEA logs, Parquet, and CSV with the "
        "columns mmsi, fix_at, lat, lon (docs/formats.md)"
    )


def missing_columns(where: str, header: Header) -> UnknownFormatError:
    """Return the error that names the columns a header lacks and the nearest misspelling of each."""
    wants = [column + _near_miss(column, header) for column in header.missing]
    shown = ", ".join(header.names[:_SHOWN]) + (", …" if len(header.names) > _SHOWN else "")
    noun = "column" if len(wants) == 1 else "columns"
    return UnknownFormatError(
        f"{where}: the header has no {noun} {', '.join(wants)}; it has: {shown_name(shown[:500])}; "
        "rename them, or see docs/formats.md for the names that are known"
    )


def _near_miss(column: str, header: Header) -> str:
    unused = {header_key(name): name for name in header.unused}
    for alias in ALIASES[column]:
        near = get_close_matches(header_key(alias), unused, n=1, cutoff=0.7)
        if near:
            return f" (did you mean {unused[near[0]]!r}?)"
    return ""


def _looks_like(head: bytes, line: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text; save it as UTF-8"
    if line.lstrip().startswith("<"):
        return "looks like a web page or XML, perhaps an error page saved as data; fetch it again"
    if line.lstrip().startswith(("{", "[")):
        return "looks like JSON, which is not read; export it as CSV"
    if b"\0" in head:
        return "is a binary file of an unknown kind"
    return f"its first line is no header of AIS data: {line[:80]!r}"
