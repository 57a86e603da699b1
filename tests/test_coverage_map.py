"""The coverage map: counts against a slow twin, polygons at 180° and the poles, the picture, the command."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from command_line import Done, on
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from tests.real_tracks import canonical_csv
from tests.tracks import T0, Fix, positions, some_fixes
from watch.chart.coverage import draw_coverage
from watch.coverage_map import CELL_COLUMNS, CoverageMap, map_coverage, to_geojson
from watch.detect.coverage import cells

BEGIN = datetime(2020, 6, 1, tzinfo=UTC)


def by_day(fixes: list[Fix]) -> list[pa.Table]:
    table = positions(fixes)
    days = pc.floor_temporal(table.column("fix_at"), unit="day")
    return [table.filter(pc.equal(days, day)) for day in sorted(pc.unique(days).to_pylist())]


def made_map(fixes: list[Fix], days: float = 10, hour: int | None = None) -> CoverageMap:
    return map_coverage(by_day(fixes), BEGIN, BEGIN + timedelta(days=days), cell_deg=0.5, hour=hour)


@given(some_fixes(spread_deg=1.0), st.sampled_from((None, 0, 6)), st.sampled_from((0.0, 180.0)))
def test_a_map_equals_its_slow_twin(fixes: list[Fix], hour: int | None, lon: float) -> None:
    rows = [(m, h, la, lo + lon, s) for m, h, la, lo, s in fixes if hour is None or int(h + 1e-9) % 24 == hour]
    cmap = made_map([(m, h, la, lo + lon, s) for m, h, la, lo, s in fixes], 100, hour)
    seen = positions(rows).to_pandas()
    seen["cell"] = cells(seen["lat"].to_numpy(), seen["lon"].to_numpy(), 0.5)
    seen["hour"] = seen["fix_at"].dt.floor("h")
    want = {
        int(cell): (f["mmsi"].nunique(), f["hour"].nunique(), len(f), f["fix_at"].max().floor("us"))
        for cell, f in seen.groupby("cell")
    }
    got = cmap.cells[["cell", "ships", "heard_h", "fixes", "last_heard_at"]].itertuples(index=False)
    assert {c: tuple(rest) for c, *rest in got} == want
    heard = cmap.hours[cmap.hours["ships"] > 0]
    assert dict(zip(heard["hour_at"], heard["ships"], strict=True)) == seen.groupby("hour")["mmsi"].nunique().to_dict()
    assert len(cmap.hours) == 100 * (24 if hour is None else 1)
    assert cmap.ships == seen["mmsi"].nunique()


def test_shares_and_rates() -> None:
    fixes = [(201000001, h + k / 10, 10.2, 20.2, 0.0) for h in range(0, 48, 2) for k in range(3)]
    fixes += [(201000002, 5.5, 10.2, 20.2, 0.0)]
    (row,) = made_map(fixes, 2).cells.to_dict("records")
    shown = {name: row[name] for name in ("lat", "ships", "heard_h", "heard_share", "fixes", "fixes_per_h")}
    assert shown == {"lat": 10.25, "ships": 2, "heard_h": 25, "heard_share": 0.521, "fixes": 73, "fixes_per_h": 2.9}
    assert row["last_heard_at"] == T0 + pd.Timedelta(hours=46.2)


def test_the_worst_hours_are_held_against_the_same_hour_of_other_days() -> None:
    fixes = [(201000001 + i, h, 10.2, 20.2, 0.0) for i in range(12) for h in range(96) if not (i < 9 and h in (40, 60))]
    fixes = [f for f in fixes if f[1] % 24 != 3 or f[0] < 201000003]  # at three in the morning two are usual
    worst = made_map(fixes, 4).worst_hours(3, usual_min=10)
    assert [(w.hour_at.day, w.hour_at.hour, w.ships, w.usual) for w in worst.itertuples()][:2] == [
        (2, 16, 3, 12),
        (3, 12, 3, 12),
    ]
    assert worst["share"].tolist() == [0.25, 0.25, 1.0]


def test_without_a_beginning_the_window_begins_where_a_ship_is_heard() -> None:
    cmap = map_coverage(by_day([(201000001, 7.5, 1.0, 1.0, 0.0)]), None, BEGIN + timedelta(hours=9), cell_deg=0.5)
    assert (cmap.from_at, cmap.to_at, len(cmap.hours)) == (BEGIN + timedelta(hours=7), BEGIN + timedelta(hours=9), 2)


def test_nothing_heard_is_an_empty_map() -> None:
    cmap = made_map([], 1)
    assert list(cmap.cells.columns) == list(CELL_COLUMNS)
    assert (len(cmap.cells), cmap.ships, len(cmap.hours), cmap.hours["ships"].sum()) == (0, 0, 24, 0)
    assert to_geojson(cmap)["features"] == []
    assert cmap.worst_hours(5, 10).empty


EDGES = [(0.0, 179.99), (0.0, -180.0), (51.9, 180.0), (89.99, 13.0), (90.0, 0.0), (-90.0, 77.0), (-89.6, -179.9)]


def test_polygons_are_right_at_180_and_at_the_poles() -> None:
    found = to_geojson(made_map([(201000001, float(k), *p, 0.0) for k, p in enumerate(EDGES)], 1))
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in found["features"]]
    assert shapely.is_valid(shapes).all()
    assert shapely.is_ccw([s.exterior for s in shapes]).all()
    west, south, east, north = shapely.bounds(shapes).T
    assert (west.min(), south.min(), east.max(), north.max()) == (-180, -90, 180, 90)
    for lat, lon in EDGES:
        assert shapely.intersects(shapes, shapely.Point((lon + 180) % 360 - 180, lat)).any()
    low = np.abs(south) < 10
    assert np.allclose((east - west)[low], 0.5, atol=0.01)
    assert np.isclose(shapely.union_all(shapes).area, sum(s.area for s in shapes))


def test_geojson_says_what_it_shows_and_in_which_units() -> None:
    made = to_geojson(made_map([(201000001, 1.0, 10.2, 20.2, 0.0)], 1, hour=1))
    assert {k: v for k, v in made.items() if k != "features"} == {
        "type": "FeatureCollection",
        "from_at": "2020-06-01T00:00:00Z",
        "to_at": "2020-06-02T00:00:00Z",
        "hour_of_day_utc": 1,
        "cell_deg": 0.5,
    }
    (feature,) = json.loads(json.dumps(made))["features"]
    properties = feature["properties"]
    assert properties.pop("lat") == 10.25
    assert 20 < properties.pop("lon") < 20.6
    assert properties == {
        "ships": 1, "heard_h": 1, "heard_share": 1.0, "fixes": 1, "fixes_per_h": 1.0,
        "last_heard_at": "2020-06-01T01:00:00Z",
    }  # fmt: skip


def outage(**area: Any) -> dict[str, Any]:
    return {"start_at": BEGIN + timedelta(hours=4), "end_at": None, "message": "m", "details": {"areas": [area]}}


def pixels(path: Path, colour: str) -> int:
    image = np.asarray(imread(path), dtype=np.float64)[..., :3]
    assert image.shape[:2] == (750, 1200)
    return int((np.abs(image - to_rgb(colour)).max(axis=2) < 0.03).sum())


@pytest.mark.parametrize("place", [(40.6, -74.0), (0.0, 179.9), (83.0, 10.0)], ids=["new_york", "dateline", "arctic"])
def test_the_picture_shows_cells_and_outages(place: tuple[float, float], tmp_path: Path) -> None:
    fixes = [(201000001, float(h), *place, 0.0) for h in range(24)]
    cmap = made_map(fixes, 1)
    draw_coverage(cmap, [], tmp_path / "plain.png")
    lat, lon = place[0] // 2 * 2 + 1, place[1]
    draw_coverage(cmap, [outage(lat=lat, lon=lon, size_deg=2.0)], tmp_path / "outage.png")
    assert pixels(tmp_path / "plain.png", "#c0271d") == 0
    assert pixels(tmp_path / "outage.png", "#c0271d") > 500
    draw_coverage(cmap, [outage(lat=None, lon=None, size_deg=None)], tmp_path / "feed.png")
    assert 0 < pixels(tmp_path / "feed.png", "#c0271d") < pixels(tmp_path / "outage.png", "#c0271d")


def test_a_picture_of_nothing_is_still_one(tmp_path: Path) -> None:
    draw_coverage(made_map([], 1), [], tmp_path / "none.png")
    assert pixels(tmp_path / "none.png", "#dfeaf3") > 100_000


@pytest.fixture(scope="module")
def new_york(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coverage")
    assert on(folder / "data", "load", canonical_csv("new-york-week")).code == 0
    return folder / "data"


def ask(folder: Path, *args: str | int | Path) -> Done:
    return on(folder, "coverage", *args)


def test_the_command_shows_a_table_and_writes_both_files(new_york: Path) -> None:
    done = ask(new_york)
    assert done.code == 0, done.err
    assert "2020-12-01 04:00 to 2020-12-08 00:00 UTC, each hour" in done.out
    assert "4 of 0.5°, 2 heard in half of the hours or more" in done.out
    assert "1 outage in the window" in done.out
    assert max(map(len, done.out.splitlines())) <= 120
    written = json.loads((new_york / "coverage" / "coverage.geojson").read_text())
    assert sum(f["properties"]["fixes"] for f in written["features"]) == 172_679
    assert pixels(new_york / "coverage" / "coverage.png", "#3b528b") > 1_000


def test_json_is_a_cell_a_line_and_writes_only_what_is_named(new_york: Path, tmp_path: Path) -> None:
    picture = tmp_path / "new" / "night.png"
    done = ask(new_york, "--json", "--hour", 4, "--from", "2020-12-02", "--to", "2020-12-04", "--png", picture)
    assert {r["heard_share"] for r in done.rows} == {0.5, 1.0} or {r["heard_share"] for r in done.rows} == {1.0}
    assert sum(r["heard_h"] for r in done.rows if r["ships"] > 5) == 2
    assert [p.name for p in picture.parent.iterdir()] == ["night.png"]


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("--from", "2020-12-03", "--to", "2020-12-03"), 2, "is not before"),
        (("--hour", "24"), 2, "equal to 23"),
        (("--from", "noon"), 2, "is no moment"),
    ],
    ids=["empty_window", "no_such_hour", "no_moment"],
)
def test_bad_use_is_told(new_york: Path, args: tuple[str, ...], code: int, word: str) -> None:
    done = ask(new_york, *args)
    assert (done.code, word in done.err) == (code, True)
