"""Shipwatch's own CSV, and any CSV whose header names mmsi, time, latitude and longitude in a known way."""

from __future__ import annotations

from watch.readers.delimited import CsvReader, Dialect
from watch.readers.headers import Header


def _claims(header: Header) -> bool:
    return not header.missing


CANONICAL = CsvReader(Dialect(name="canonical", claims=_claims))
