"""Parquet files by DuckDB: written whole or not at all, read by time and ship."""

from __future__ import annotations

import atexit
import io
import os
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from watch.columns import IDENTITY_FIELDS, STATICS
from watch.errors import StoreError

#: The end of the name of a file that is not finished.
STRAY = ".unfinished"

# Groups of 61,440 rows: a ship's day costs one or two. Version 2 encodings made a day of 8 M fixes 15 %
# smaller and five times faster to read than version 1.
_FORMAT = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440"
_IDENTITY = ", ".join(IDENTITY_FIELDS)
_MERGE_STATICS = f"""
    SELECT mmsi, min(seen_at) AS seen_at, max(last_seen_at) AS last_seen_at, {_IDENTITY}
    FROM source GROUP BY mmsi, {_IDENTITY}, epoch_us(seen_at) // 3600000000
    ORDER BY mmsi, seen_at, last_seen_at, {_IDENTITY}
"""  # noqa: S608 - names of columns of our own contract, no values
_CHANGED_STATICS = f"""
    WITH o AS (SELECT mmsi, seen_at, {_IDENTITY} FROM old), n AS (SELECT mmsi, seen_at, {_IDENTITY} FROM new)
    SELECT DISTINCT epoch_us(seen_at) FROM ((FROM o EXCEPT FROM n) UNION ALL (FROM n EXCEPT FROM o))
"""  # noqa: S608 - names of columns of our own contract, no values
_READ_TRIES = 20  # own: a day is replaced at most every few seconds
_ERRNO = re.compile(r'"errno":\s*"(\d+)"')  # how DuckDB says what the system said
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


#: West, south, east, north in degrees; where east is less than west, the box reaches across 180°.
Box = tuple[float, float, float, float]
#: Which ships, and in which box; None for all.
Only = tuple[Collection[int] | None, Box | None]


@dataclass(frozen=True)
class Window:
    """Which rows to read: `start_at <= moment < end_at`, none of `without`; of these ships, in this box if given."""

    moment: str
    start_at: datetime
    end_at: datetime
    mmsi: Collection[int] | None = None
    box: Box | None = None
    without: tuple[tuple[datetime, datetime], ...] = ()

    def condition(self) -> str:
        """Return what SQL asks of the moment."""
        asked = f" WHERE {self.moment} >= $start_at AND {self.moment} < $end_at"
        gaps = (
            f" AND NOT ({self.moment} >= $since{n} AND {self.moment} < $until{n})" for n in range(len(self.without))
        )
        return asked + "".join(gaps) + self._inside()

    def _inside(self) -> str:
        if self.box is None:
            return ""
        sides = "AND" if self.box[0] <= self.box[2] else "OR"
        return f" AND lat >= $south AND lat <= $north AND (lon >= $west {sides} lon <= $east)"

    def params(self) -> dict[str, object]:
        """Return the moments that the condition names."""
        named: dict[str, object] = {"start_at": self.start_at, "end_at": self.end_at}
        for n, (since, until) in enumerate(self.without):
            named |= {f"since{n}": since, f"until{n}": until}
        if self.box:
            named |= zip(("west", "south", "east", "north"), self.box, strict=True)
        return named


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    """Return this process's DuckDB: to start one takes 15 ms, and a load of many days asks for hundreds."""
    offline: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(config=offline | {"enable_external_file_cache": "false"})


atexit.register(_duckdb.cache_clear)  # one that is left when Python ends complains on standard error


def _connect() -> closing[duckdb.DuckDBPyConnection]:
    return closing(_duckdb().cursor())


def read_rows(files: Sequence[Path], schema: pa.Schema, window: Window | None = None) -> pa.Table:
    """Return the rows of Parquet files in the columns of a schema.

    Rows come as they stand in the files, one file after another; with ships in the window, in any order.

    Raises
    ------
    StoreError
        When a file cannot be read.

    Notes
    -----
    DuckDB opens a file more than once. When one was replaced meanwhile the read is repeated, so that rows are never
    drawn from two versions of a day.
    """
    if not files:
        return schema.empty_table()
    for _ in range(_READ_TRIES):
        before, failure = _stamps(files), None
        try:
            rows = _read_once(files, schema, window)
        except duckdb.Error as error:
            failure = error
        if _stamps(files) != before:
            continue
        if failure is None:
            return rows
        advice = "remove the damaged file and load its day again"
        raise StoreError(f"the lake cannot be read: {failure}; {advice}: {', '.join(map(str, files[:3]))}") from failure
    raise StoreError(f"{files[0]} changes faster than it can be read; try again when the load has ended")


def _stamps(files: Sequence[Path]) -> list[tuple[int, int]]:
    return [(stat.st_ino, stat.st_mtime_ns) for stat in map(Path.stat, files)]


def _read_once(files: Sequence[Path], schema: pa.Schema, window: Window | None) -> pa.Table:
    columns = ", ".join(schema.names)
    query = f"SELECT {columns} FROM read_parquet($files, hive_partitioning = false)"  # noqa: S608 - our own names, no values
    params: dict[str, object] = {"files": [str(path) for path in files]}
    with _connect() as con:
        if window:
            query += window.condition()
            params |= window.params()
        if window and window.mmsi is not None:
            query += " AND mmsi IN (SELECT mmsi FROM wanted)"
            con.register("wanted", pa.table({"mmsi": pa.array(np.fromiter(window.mmsi, np.int64))}))
        return con.sql(query, params=params).to_arrow_table().cast(schema)


def write_rows(rows: pa.Table | pa.RecordBatchReader, path: Path) -> None:
    """Write rows to a Parquet file in their order, replacing the file at once or not at all.

    Raises
    ------
    OSError
        The disk refuses it.
    StoreError
        When it cannot be written for another reason.
    """
    with replacing(path) as unfinished, _connect() as con:
        con.register("source", rows)
        target = str(unfinished).replace("'", "''")
        try:
            con.execute(f"COPY source TO '{target}' ({_FORMAT})")
        except duckdb.Error as error:
            number = _ERRNO.search(str(error))
            if number:
                raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
            raise StoreError(f"{path} cannot be written: {error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, then sync what was written and put it in the place of `path`."""
    unfinished = path.with_name(path.name + STRAY)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def merge_statics(tables: Sequence[pa.Table]) -> pa.Table:
    """Return statics as one row for each declared identity of a radio and UTC hour, sorted.

    Examples
    --------
    >>> merge_statics([STATICS.empty_table()]).num_rows
    0
    """
    with _connect() as con:
        con.register("source", pa.concat_tables(tables))
        return con.sql(_MERGE_STATICS).to_arrow_table().cast(STATICS).combine_chunks()


def statics_changed_us(before: pa.Table, after: pa.Table) -> list[int]:
    """Return when (µs since 1970) the identities were first heard that one of two tables of statics lacks."""
    with _connect() as con:
        con.register("old", before)
        con.register("new", after)
        found = con.sql(_CHANGED_STATICS).fetchall()
    return [int(at_us) for (at_us,) in found]


def count_rows(files: Sequence[Path], window: Window, each_us: int) -> dict[int, int]:
    """Return how many rows of a window each stretch of `each_us` holds, by its number since 1970."""
    asked = f"epoch_us({window.moment}) // {each_us:d}, count(*)"
    query = f"SELECT {asked} FROM read_parquet($files, hive_partitioning = false)"  # noqa: S608 - our own names, no values
    params: dict[str, object] = {"files": [str(path) for path in files], **window.params()}
    with _connect() as con:
        return dict(con.execute(f"{query}{window.condition()} GROUP BY 1", params).fetchall())


def rows_in(path: Path) -> int:
    """Return how many rows a Parquet file holds, from its own summary."""
    return int(pq.read_metadata(path).num_rows)


def newest_in(path: Path, moment: str) -> datetime:
    """Return the greatest moment of a column, from the file's own summary of its groups of rows."""
    summary = pq.read_metadata(path)
    at = summary.schema.to_arrow_schema().get_field_index(moment)
    told = [summary.row_group(n).column(at).statistics for n in range(summary.num_row_groups)]
    newest: datetime
    if all(group is not None and group.has_min_max for group in told):
        newest = max(group.max for group in told)
    else:
        newest = pc.max(pq.read_table(path, columns=[moment], partitioning=None)[moment]).as_py()
    return newest.astimezone(UTC)


def pack_state(tables: Mapping[str, pa.Table]) -> bytes:
    """Return named tables as one archive; equal tables give equal bytes, however they are chunked."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(tables):
            sink = io.BytesIO()
            plain = tables[name].replace_schema_metadata(None).combine_chunks()
            pq.write_table(plain, sink, compression="zstd", use_dictionary=False, write_statistics=False)
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), sink.getvalue())
    return buffer.getvalue()


def unpack_state(content: bytes, names: Collection[str] | None = None) -> dict[str, pa.Table]:
    """Return the named tables of an archive made by `pack_state`, or these of them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        wanted = archive.namelist() if names is None else names
        return {name: pq.read_table(io.BytesIO(archive.read(name))) for name in wanted}
