"""The Danish Maritime Authority's CSV: day before month, words instead of codes, stations among the ships."""

from __future__ import annotations

from watch.readers.delimited import CsvReader, Dialect
from watch.readers.headers import Header
from watch.readers.raw_table import Words
from watch.readers.values import DAY_FIRST_TIME

#: "Type of mobile" that is no ship.
_SET_APART = {
    "base station": "base station",
    "aton": "aid to navigation",
    "sar airborne": "SAR aircraft",
    "search and rescue transponder": "search and rescue transmitter",
    "emergency pirb": "emergency beacon (EPIRB)",
    "man overboard device": "man overboard device",
}

#: The words of ITU-R M.1371's navigational status.
_NAV_STATUS = {
    "under way using engine": 0,
    "at anchor": 1,
    "not under command": 2,
    "restricted maneuverability": 3,
    "restricted manoeuvrability": 3,
    "constrained by her draught": 4,
    "moored": 5,
    "aground": 6,
    "engaged in fishing": 7,
    "under way sailing": 8,
    "reserved for future amendment [hsc]": 9,
    "reserved for future amendment of navigational status for hsc": 9,
    "reserved for future amendment [wig]": 10,
    "reserved for future amendment of navigational status for wig": 10,
    "power-driven vessel towing astern": 11,
    "power-driven vessel pushing ahead or towing alongside": 12,
    "reserved for future use": 13,
    "reserved for future use [11]": 11,
    "reserved for future use [12]": 12,
    "reserved for future use [13]": 13,
    "ais-sart": 14,
    "ais-sart (active)": 14,
    "unknown value": None,
    "unknown": None,
    "undefined": None,
}

#: The words of its ship types; a class as a whole is told by its first code.
_SHIP_TYPE = {
    "wig": 20,
    "fishing": 30,
    "towing": 31,
    "towing long/wide": 32,
    "dredging": 33,
    "diving": 34,
    "military": 35,
    "sailing": 36,
    "pleasure": 37,
    "reserved": None,
    "hsc": 40,
    "pilot": 50,
    "sar": 51,
    "tug": 52,
    "port tender": 53,
    "anti-pollution": 54,
    "anti pollution": 54,
    "law enforcement": 55,
    "spare 1": 56,
    "spare 2": 57,
    "medical": 58,
    "not party to conflict": 59,
    "ships according to rr": 59,
    "passenger": 60,
    "cargo": 70,
    "tanker": 80,
    "other": 90,
    "undefined": None,
    "unknown": None,
}


def _claims(header: Header) -> bool:
    return "typeofmobile" in header.keys


DMA = CsvReader(
    Dialect(
        name="dma",
        claims=_claims,
        time_pattern=DAY_FIRST_TIME,
        words=Words(
            codes={"nav_status": _NAV_STATUS, "ship_type": _SHIP_TYPE},
            unknown=frozenset({"unknown", "undefined", "unknown value"}),
        ),
        set_apart=_SET_APART,
    )
)
