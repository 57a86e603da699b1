"""From raw rows to positions, statics and rejects: sentinels become missing, stations are set apart, ranges hold.

Every row of a batch is a position or a reject. What a transponder declares about its ship becomes statics, also
when the row itself has no position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watch import columns
from watch.readers.batch import RawBatch, reject_table
from watch.statics import Heard, code_identity, merge_statics, reduce_heard

__all__ = ["Normalised", "merge_statics", "normalise"]

#: Positions before they belong to a load.
POSITIONS = pa.schema([field for field in columns.POSITIONS if field.name != "load_id"])

#: Column → least value and first value beyond (ITU-R M.1371: SOG 102.2 = or more, 102.3 = not available; COG 360 and
#: heading 511 = not available; status 15 = not defined).
_RANGES = {
    "sog_kn": (0.0, 102.25),
    "cog_deg": (0.0, 360.0),
    "heading_deg": (0.0, 360.0),
    "nav_status": (0, 15),
}

OLDER_THAN_KEPT = "the time is before the positions that are kept (keep.positions)"
#: Why a row is no position; the place in this list is its code, 0 is a position.
_REASONS = (
    "",
    "no MMSI",
    "set apart: coast station or base station (MMSI 00MID…)",
    "set apart: group of ships (MMSI 0MID…), or a ship's MMSI with a digit missing",
    "set apart: SAR aircraft (MMSI 111MID…)",
    "set apart: aid to navigation (MMSI 99MID…)",
    "set apart: search and rescue transmitter (MMSI 970…)",
    "set apart: man overboard device (MMSI 972…)",
    "set apart: emergency beacon (EPIRB, MMSI 974…)",
    "the MMSI has not 9 digits",
    "the MMSI is no ship's: its country code is not within 201–775",
    "no time",
    "the time is before 1990 or after 2100",
    "no position: latitude or longitude is missing or the value for 'not available' (91, 181)",
    "the latitude is not within -90…90",
    "the longitude is not within -180…180",
    OLDER_THAN_KEPT,
)
_EARLIEST_US = int(np.datetime64("1990-01-01", "us").astype(np.int64))
_LATEST_US = int(np.datetime64("2101-01-01", "us").astype(np.int64))
_NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Normalised:
    """A batch in the tables of the chain.

    Attributes
    ----------
    positions
        `columns.POSITIONS` without `load_id`, in the order of the file.
    statics
        `columns.STATICS`, one row per radio, UTC hour and identity.
    rejects
        `columns.REJECTS`, by line; rows read = positions + rejects.
    """

    positions: pa.Table
    statics: pa.Table
    rejects: pa.Table


def normalise(batch: RawBatch, kept_from_us: int = _EARLIEST_US) -> Normalised:
    """Return a batch as positions, statics and rejects.

    Parameters
    ----------
    batch
        Rows as a reader yields them.
    kept_from_us
        The moment, in µs since 1970, before which positions have been forgotten: older rows are rejects.

    Notes
    -----
    A row without an MMSI of a ship, a time or a place is a reject; any other value that is "not available" or out of
    its range is missing. Ships' MMSIs have 9 digits and a country code of 201–775; craft of a
    parent ship (98MID…) are ships.
    """
    table = batch.table
    mmsi, fix_us = _mmsi(table), _fix_us(table)
    reasons = _mmsi_reasons(mmsi)
    _add(reasons, _time_reasons(fix_us, kept_from_us))
    named = reasons == 0
    _add(reasons, _place_reasons(table))
    statics = [_statics(table, mmsi, fix_us, named)]
    if batch.statics is not None:
        statics.append(_message_statics(batch.statics, kept_from_us))
    return Normalised(
        _positions(table, np.flatnonzero(reasons == 0)),
        statics[0] if len(statics) == 1 else merge_statics(statics),
        _rejects(batch, reasons),
    )


def _mmsi(table: pa.Table) -> NDArray[np.int64]:
    return _integers(table, "mmsi", pa.int32(), -1)


def _fix_us(table: pa.Table) -> NDArray[np.int64]:
    return _integers(table, "fix_at", columns.UTC_US, _NO_TIME)


def _integers(table: pa.Table, name: str, kind: pa.DataType, missing: int) -> NDArray[np.int64]:
    column = _column(table, name, kind).cast(pa.int64())
    return np.asarray(pc.fill_null(column, missing))


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    return table[name] if name in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, kind)])


def _add(reasons: NDArray[np.uint8], more: NDArray[np.uint8]) -> None:
    np.copyto(reasons, more, where=reasons == 0)


def _mmsi_reasons(mmsi: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the code of what an MMSI is, 0 for ships and their craft; leading zeros are lost in numbers."""
    reasons = np.zeros(len(mmsi), np.uint8)
    odd = np.flatnonzero((mmsi < 201_000_000) | (mmsi >= 776_000_000))
    number = mmsi[odd]
    forms = [
        number < 0,
        _within(number, 2_010_000, 7_760_000),
        _within(number, 20_100_000, 77_600_000),
        _within(number, 111_000_000, 112_000_000),
        _within(number, 990_000_000, 1_000_000_000),
        _within(number, 970_000_000, 971_000_000),
        _within(number, 972_000_000, 973_000_000),
        _within(number, 974_000_000, 975_000_000),
        (number < 100_000_000) | (number > 999_999_999),
    ]
    craft = _within(number // 10_000, 98_201, 98_776)
    codes = np.select([craft, *forms], [0, *range(1, len(forms) + 1)], len(forms) + 1)
    reasons[odd] = codes.astype(np.uint8)
    return reasons


def _within(number: NDArray[np.int64], least: int, beyond: int) -> NDArray[np.bool_]:
    return np.asarray((number >= least) & (number < beyond))


def _time_reasons(fix_us: NDArray[np.int64], kept_from_us: int) -> NDArray[np.uint8]:
    if ((fix_us >= max(_EARLIEST_US, kept_from_us)) & (fix_us < _LATEST_US)).all():
        return np.zeros(len(fix_us), np.uint8)
    absurd = (fix_us < _EARLIEST_US) | (fix_us >= _LATEST_US)
    return np.select([fix_us == _NO_TIME, absurd, fix_us < kept_from_us], [11, 12, 16], 0).astype(np.uint8)


def _place_reasons(table: pa.Table) -> NDArray[np.uint8]:
    lat, lon = (_floats(table, name, pa.float64()) for name in ("lat", "lon"))
    good = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    if good.all():
        return np.zeros(len(lat), np.uint8)
    absent = np.isnan(lat) | np.isnan(lon) | (lat == 91) | (lon == 181)
    cases = [good, absent, ~(np.abs(lat) <= 90)]
    return np.select(cases, [0, 13, 14], 15).astype(np.uint8)


def _floats(table: pa.Table, name: str, kind: pa.DataType) -> NDArray[np.floating]:
    return np.asarray(_column(table, name, kind).to_numpy())


def _positions(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    kept = [name for name in POSITIONS.names if name in table.column_names]
    fixes = table.select(kept)
    if len(rows) < table.num_rows:
        fixes = fixes.take(pa.array(rows))
    arrays = {field.name: _column(fixes, field.name, field.type) for field in POSITIONS}
    for name, (least, beyond) in _RANGES.items():
        if name in kept:
            arrays[name] = _in_range(arrays[name], least, beyond)
    arrays["receiver"] = _receivers(fixes)
    return pa.table(arrays).cast(POSITIONS)


def _in_range(column: pa.ChunkedArray, least: float, beyond: float) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    inside = pc.and_(pc.greater_equal(column, least), pc.less(column, beyond))
    return pc.if_else(inside, column, pa.scalar(None, column.type))


def _receivers(fixes: pa.Table) -> pa.Array:
    unknown = pa.scalar("unknown")
    if "receiver" not in fixes.column_names:
        return pa.repeat(unknown, fixes.num_rows)
    said = pc.utf8_lower(fixes["receiver"].cast(pa.string()))
    return pc.if_else(pc.is_in(said, value_set=pa.array(columns.RECEIVERS)), said, unknown)


def _rejects(batch: RawBatch, reasons: NDArray[np.uint8]) -> pa.Table:
    rows = np.flatnonzero(reasons)
    if not len(rows):
        return batch.rejects
    lines = batch.table["line"].take(pa.array(rows)).to_pylist()
    texts = [_REASONS[code] for code in reasons[rows].tolist()]
    found = reject_table(lines, texts, batch.raw_lines(rows))
    return pa.concat_tables([batch.rejects, found]).sort_by("line")


def _statics(table: pa.Table, mmsi: NDArray[np.int64], fix_us: NDArray[np.int64], named: NDArray[np.bool_]) -> pa.Table:
    if not named.all():
        rows = np.flatnonzero(named)
        table, mmsi, fix_us = table.take(pa.array(rows)), mmsi[rows], fix_us[rows]
    return reduce_heard(Heard(mmsi, fix_us, fix_us, code_identity(table)))


def _message_statics(table: pa.Table, kept_from_us: int) -> pa.Table:
    mmsi, fix_us = _mmsi(table), _fix_us(table)
    return _statics(table, mmsi, fix_us, (_mmsi_reasons(mmsi) == 0) & (_time_reasons(fix_us, kept_from_us) == 0))
