"""Parquet and GeoParquet: the column names of the CSV formats, or a point geometry, read row group by row group."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from watch import columns
from watch.errors import InputError
from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.canonical import CANONICAL
from watch.readers.delimited import Dialect
from watch.readers.dma import DMA
from watch.readers.headers import Header, header_of, missing_columns
from watch.readers.noaa import NOAA
from watch.readers.raw_table import raw_batch
from watch.readers.tolerant import STRICT, Rows, join_faults
from watch.readers.values import Parsed, parse_numbers, parse_times

_BATCH_ROWS = 131_072
_GEOMETRY_NAMES = ("geometry", "geom", "wkb_geometry", "position")
_WGS84_CODES = (4326, "4326", "CRS84")
_DAMAGE = (pa.ArrowException, OSError)


@dataclass(frozen=True)
class _RowTexts:
    """Rows as lines of text, for rejects."""

    table: pa.Table
    first_line: int

    def texts(self, indexes: NDArray[np.int64]) -> list[str]:
        """Return some rows, comma-separated."""
        rows = self.table.take(pa.array(indexes, pa.int64())).to_pylist()
        return [_as_csv(list(row.values())) for row in rows]


@dataclass(frozen=True)
class ParquetReader:
    """A reader of Parquet files."""

    name: str = "parquet"

    def recognises(self, head: bytes) -> bool:
        """Return whether these first bytes are of a Parquet file."""
        return head.startswith(b"PAR1")

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the rows of a file in batches; a row's line is its number, from 1.

        Raises
        ------
        UnknownFormatError
            It has no columns for MMSI, time or place.
        InputError
            It is damaged, empty, packed again, or in another coordinate system.
        """
        if member.plain is None:
            raise InputError(f"{member.label}: Parquet inside an archive is not read; unpack it (it is packed already)")
        line = 1
        try:
            member.plain.seek(0)
            file = pq.ParquetFile(member.plain)
            header, geometry = _columns(file.schema_arrow, member.label)
            tally.add_unused([name for name in header.unused if name != geometry])
            wanted = [header.names[place] for place in header.fields.values()] + ([geometry] if geometry else [])
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
                yield _read_batch(pa.Table.from_batches([batch]), line, member.label, header, geometry, tally)
                line += batch.num_rows
        except _DAMAGE as error:
            raise InputError(
                f"{member.label}: the Parquet file is cut short or damaged after row {line - 1:,} "
                f"({str(error)[:200]}); fetch the file again"
            ) from error
        if line == 1:
            raise InputError(f"{member.label}: has columns but no rows; fetch the file again or leave it out")


def _columns(schema: pa.Schema, label: str) -> tuple[Header, str | None]:
    """Return the columns and, when latitude or longitude is missing, the name of the geometry column."""
    header = header_of(schema.names)
    if not header.missing:
        return header, None
    geo = _geo_metadata(schema)
    names = [geo.get("primary_column"), *_GEOMETRY_NAMES]
    geometry = next((name for name in names if name in schema.names and _is_binary(schema.field(name).type)), None)
    if geometry is None or set(header.missing) - {"lat", "lon"}:
        raise missing_columns(label, header)
    if not _is_wgs84(geo, geometry):
        raise InputError(f"{label}: its coordinates are not WGS-84 degrees; convert it to EPSG:4326")
    return header, geometry


def _is_wgs84(geo: dict[str, Any], geometry: str) -> bool:
    """Return whether the geometry is in degrees of WGS-84, which GeoParquet means when it names no system."""
    try:
        crs = geo["columns"][geometry]["crs"]
        return crs is None or crs["id"]["code"] in _WGS84_CODES
    except (KeyError, TypeError):
        return True


def _geo_metadata(schema: pa.Schema) -> dict[str, Any]:
    """Return GeoParquet's own metadata, or nothing when there is none to be understood."""
    try:
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return geo if isinstance(geo, dict) else {}


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _read_batch(table: pa.Table, line: int, label: str, header: Header, geometry: str | None, tally: Tally) -> RawBatch:
    dialect = next(reader.dialect for reader in (DMA, NOAA, CANONICAL) if _claims(reader.dialect, header))
    given = {name: _array(table[header.names[place]]) for name, place in header.fields.items()}
    if geometry:
        given |= _points(_array(table[geometry]))
    typed = {name: _parse(name, given[name], dialect) for name in STRICT if name in given}
    arrays = {name: typed[name].values if name in typed else _as_text(array) for name, array in given.items()}
    titles = {name: header.names[header.fields[name]] if name in header.fields else name for name in given}
    bad = join_faults({titles[name]: (typed[name], given[name]) for name in typed}, np.arange(table.num_rows))
    good = np.setdiff1d(np.arange(table.num_rows), list(bad))
    rows = Rows(pa.table(arrays).take(pa.array(good)), good, sorted(bad), [bad[row] for row in sorted(bad)])
    return raw_batch(_RowTexts(table, line), label, rows, dialect, tally)


def _claims(dialect: Dialect, header: Header) -> bool:
    return dialect.claims(header) or dialect is CANONICAL.dialect


def _array(column: pa.ChunkedArray) -> pa.Array:
    array = pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _points(geometry: pa.Array) -> Mapping[str, pa.Array]:
    import shapely  # late: only GeoParquet needs it

    points = shapely.from_wkb(geometry.to_numpy(zero_copy_only=False), on_invalid="ignore")
    return {"lat": pa.array(shapely.get_y(points)), "lon": pa.array(shapely.get_x(points))}


def _parse(name: str, array: pa.Array, dialect: Dialect) -> Parsed:
    """Return a column of fixes in its type, whatever type the file gives it."""
    kind = array.type
    none_bad = np.zeros(len(array), np.bool_)
    if name == "fix_at" and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return Parsed(
            array.cast(pa.timestamp("us", kind.tz) if hasattr(kind, "tz") else pa.timestamp("us"), safe=False).cast(
                columns.UTC_US
            ),
            none_bad,
        )
    if name == "fix_at":
        return parse_times(array.cast(pa.string()), dialect.time_pattern)
    if pa.types.is_floating(kind) and name != "mmsi":
        return Parsed(array.cast(columns.RAW.field(name).type), none_bad)
    return parse_numbers(array.cast(pa.string()), columns.RAW.field(name).type)


def _as_text(array: pa.Array) -> pa.DictionaryArray:
    """Return a column as dictionary-encoded text, as CSV gives it."""
    encoded = array.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices, encoded.dictionary.cast(pa.string()))


def _as_csv(values: list[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


PARQUET = ParquetReader()
