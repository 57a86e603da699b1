"""Parquet and GeoParquet: column names as in CSV, types as they come, points as geometry."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import LineString, Point

from tests.readers.cases import BELLA_IDENTITY, drain
from watch.errors import InputError, UnknownFormatError

AT = datetime(2020, 5, 5, 12, tzinfo=UTC)
ROW: dict[str, list[Any]] = {
    "MMSI": [636999102],
    "BaseDateTime": [AT],
    "LAT": [25.5],
    "LON": [57.25],
    "SOG": [11.4],
    "VesselName": ["BELLA"],
    "IMO": ["IMO9999802"],
    "CallSign": ["A8XY1"],
    "VesselType": [80.0],
    "Length": [180],
    "Width": [32],
    "Cargo": [80],
}


def write(path, **changes: Any):
    pq.write_table(pa.table(ROW | changes), path)
    return path


def test_noaa_names_are_known_and_line_is_the_row(tmp_path):
    got = drain(write(tmp_path / "a.parquet"))
    assert got.source.format == "parquet"
    assert got.source.unused_columns == ("Cargo",)
    assert (got.first["fix_at"], got.first["lat"], got.first["lon"]) == (AT, 25.5, 57.25)
    assert got.statics.to_pylist()[0].items() >= BELLA_IDENTITY.items()


@pytest.mark.parametrize(
    "changes",
    [
        {"BaseDateTime": pa.array([AT], pa.timestamp("ns", "UTC"))},
        {"BaseDateTime": pa.array([AT.replace(tzinfo=None)], pa.timestamp("ms"))},
        {"BaseDateTime": pa.array([AT], pa.timestamp("s", "America/Caracas"))},
        {"BaseDateTime": ["2020-05-05T08:00:00-04:00"]},
        {"MMSI": ["636999102"]},
        {"MMSI": [636999102.0]},
        {"MMSI": pa.array([636999102], pa.uint32())},
        {"LAT": ["25.5"]},
        {"LAT": pa.array([25.5], pa.float32())},
        {"VesselName": pa.array(["BELLA"]).dictionary_encode()},
        {"IMO": [9999802]},
        {"Length": [180.0]},
    ],
    ids=lambda changes: "-".join(f"{k}_{getattr(v, 'type', type(v[0]).__name__)}" for k, v in changes.items()),
)
def test_any_type_gives_the_same_row(tmp_path, changes):
    got = drain(write(tmp_path / "a.parquet", **changes))
    assert got.positions.to_pylist() == drain(write(tmp_path / "b.parquet")).positions.to_pylist()
    assert got.statics.to_pylist()[0].items() >= BELLA_IDENTITY.items()


def test_broken_values_are_rejects_by_row_number(tmp_path):
    table = {
        "mmsi": ["636999102"] * 3,
        "time": ["2020-05-05", "yesterday", "2020-05-05"],
        "lat": ["1", "2", "x"],
        "lon": [1.0, 2, 3],
    }
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    got = drain(tmp_path / "a.parquet")
    assert got.reasons == {2: "column time: 'yesterday' is not a time", 3: "column lat: 'x' is not a number"}
    assert got.rejects["raw"].to_pylist()[0] == "636999102,yesterday,2,2.0"


def test_row_groups_are_read_on(tmp_path):
    count = 300_000
    table = pa.table(
        {
            "mmsi": np.full(count, 636999102),
            "timestamp": pd.date_range("2020-05-05", periods=count, freq="s"),
            "latitude": np.where(np.arange(count) == 200_000, 91.0, 25.5),
            "longitude": np.full(count, 57.25),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=50_000)
    got = drain(tmp_path / "a.parquet")
    assert (got.rows_read, list(got.reasons)) == (count, [200_001])


@pytest.mark.parametrize("crs", ["EPSG:4326", "OGC:CRS84", None])
def test_geoparquet_points_are_positions(tmp_path, crs):
    frame = gpd.GeoDataFrame(
        {"mmsi": [636999102] * 3, "time": [AT] * 3},
        geometry=[Point(57.25, 25.5), None, LineString([(0, 0), (1, 1)])],
        crs=crs,
    )
    frame.to_parquet(tmp_path / "a.parquet")
    got = drain(tmp_path / "a.parquet")
    assert (got.first["lat"], got.first["lon"]) == (25.5, 57.25)
    assert [reason[:11] for reason in got.reasons.values()] == ["no position", "no position"]
    assert got.source.unused_columns == ()


def test_other_coordinates_are_refused(tmp_path):
    frame = gpd.GeoDataFrame({"mmsi": [1], "time": [AT]}, geometry=[Point(57.25, 25.5)], crs="EPSG:3857")
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a.parquet: its coordinates are not WGS-84 degrees; convert it to EPSG:4326"):
        drain(tmp_path / "a.parquet")


def test_missing_columns_damage_and_packing_are_explained(tmp_path):
    pq.write_table(pa.table({"mmsi": [1], "when": [AT]}), tmp_path / "a.parquet")
    with pytest.raises(
        UnknownFormatError, match=r"a.parquet: the header has no columns fix_at, lat, lon; it has: mmsi, when"
    ):
        drain(tmp_path / "a.parquet")
    data = write(tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"b.parquet: the Parquet file is cut short or damaged after row 0"):
        drain(tmp_path / "b.parquet")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.parquet", data)
    with pytest.raises(InputError, match=r"c.zip!c.parquet: Parquet inside an archive is not read"):
        drain(tmp_path / "c.zip")


def test_table_without_rows_is_explained(tmp_path):
    pq.write_table(pa.table(ROW).slice(0, 0), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a.parquet: has columns but no rows"):
        drain(tmp_path / "a.parquet")


def test_row_text_escapes_like_csv(tmp_path):
    write(tmp_path / "a.parquet", VesselName=['BELLA, "THE"'], LAT=[91.0])
    text = drain(tmp_path / "a.parquet").rejects["raw"][0].as_py()
    assert '"BELLA, ""THE"""' in io.StringIO(text).getvalue()
