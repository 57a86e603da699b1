"""Exports open in the programs they are for, and a hostile name does nothing there."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from defusedxml import ElementTree

from tests.alert_cases import made_alert, made_step, three_alerts
from watch.columns import ALERT_LIFE
from watch.export import FORMATS
from watch.export.ways import alert_way

KML = "{http://www.opengis.net/kml/2.2}"
HOSTILE = {
    "formula": "=HYPERLINK(1)",
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "tab_before_a_formula": "\t=1",
    "return_before_a_formula": "\r=1",
    "wide_equals": "\uff1d1",
    "script": "<script>alert(1)</script>",
    "escaped_script": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "end_of_cdata": "]]><Placemark/>",
    "field_of_earth": "$[name]",
    "quotes_and_lines": 'a "b",\r\n;c',
    "nul_and_escape": "NUL\0 \x1b[31m",
    "half_a_pair": "\ud800",
    "other_letters": "漢字 \U0001f6a2",
}


def told(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Alerts as they are listed, the second of them silenced."""
    life = {"status": "open", "close_reason": None, "version": 1}
    moments = dict.fromkeys(("raised_at", "updated_at"), "2020-07-12T06:05:00Z")
    silence = {"silence_id": 1, "reason": "in dock", "author": "ann", "until_at": "2021-01-01T00:00:00Z"}
    return [{**alert, **life, **moments, "silenced": silence if n == 1 else None} for n, alert in enumerate(alerts)]


def named(name: str) -> dict[str, Any]:
    """An alert that says this name wherever it can say anything."""
    alert = made_alert("a1", title=name, summary=name, rule_id=name, not_observed=[name])
    zone = {"id": name, "name": name, "country": name, "kind": "port"}
    return alert | {
        "vessel": {**alert["vessel"], "name": name, "flag": name, "type": name, "vessel_id": name},
        "steps": [{**step, "zone": zone, "id": name, "name": name} for step in alert["steps"]],
    }


def csv_rows(alerts: list[dict[str, Any]]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(FORMATS["csv"](told(alerts)), newline="")))


def test_a_spreadsheet_has_a_row_an_alert_with_its_steps_in_words() -> None:
    first, second, third = csv_rows(three_alerts())
    assert first["steps"] == (
        "load: Port call Kharg terminal (IR), 2020-05-01 00:00:00 to 2020-05-02 12:00:00; "
        "dark: No AIS heard, 2020-05-03 04:10:00 to 2020-05-13 04:10:00; "
        "arrive: Port call El Palito refinery (VE), 2020-06-17 16:33:27 to 2020-06-17 20:06:57"
    )
    assert (first["started_utc"], first["last_evidence_utc"]) == ("2020-05-01 00:00:00", "2020-06-17 20:06:57")
    assert (first["measures"], first["red_flags"]) == ("US-IR-2018, US-VE-PDVSA", "US1a")
    assert (second["silenced_until_utc"], second["silenced_why"]) == ("2021-01-01 00:00:00", "in dock")
    assert (third["imo"], third["ended_utc"], third["steps"][-10:]) == ("", "", "still open")


def test_numbers_stay_numbers() -> None:
    south = made_alert("a1", steps=[made_step("2020-05-01T00:00:00Z", None, -68.1, -12.5)])
    (row,) = pd.read_csv(io.StringIO(FORMATS["csv"](told([south])))).to_dict("records")
    numbers = [row[name] for name in ("imo", "mmsi", "version", "first_lat", "last_lon")]
    assert numbers == [9999802, 636990101, 1, -12.5, -68.1]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_cell_is_a_formula_or_breaks_its_row(name: str) -> None:
    (row,) = csv_rows([named(name)])
    assert None not in row
    texts = {key: cell for key, cell in row.items() if key not in ("first_lat", "first_lon", "last_lat", "last_lon")}
    assert [cell for cell in texts.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))] == []
    assert all(cell.isprintable() for cell in row.values())


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_geojson_opens_with_a_hostile_name_as_plain_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "alerts.geojson"
    path.write_text(FORMATS["geojson"](told([named(name)])), encoding="utf-8")
    frame = geopandas.read_file(path)
    assert len(frame) == 4
    assert all(text is None or str(text).isprintable() for text in frame["ship"])


def test_geojson_has_a_feature_a_step_and_a_line_an_alert(tmp_path: Path) -> None:
    path = tmp_path / "alerts.geojson"
    path.write_text(FORMATS["geojson"](told(three_alerts())), encoding="utf-8")
    frame = geopandas.read_file(path)
    assert frame.crs == "EPSG:4326"
    kinds = [(f, g.geom_type if g else None) for f, g in zip(frame["feature"], frame.geometry, strict=True)]
    assert kinds == [
        *[("step", "Point")] * 3,
        ("alert", "LineString"),
        ("step", "Point"),
        ("alert", None),  # one step that stayed where it was marks out no way
        ("step", "Point"),
        ("alert", None),
    ]
    document = json.loads(path.read_text(encoding="utf-8"))
    flat = (str, int, float, bool, type(None))
    assert all(isinstance(v, flat) for f in document["features"] for v in f["properties"].values())
    way = document["features"][3]["geometry"]["coordinates"]
    assert way == [[50.3, 29.2], [56.5, 25.1], [46.25, -12.5], [-68.12, 10.5]]


def test_a_step_without_a_place_is_a_feature_without_geometry() -> None:
    nowhere = made_step("2020-05-01T00:00:00Z", None, 0, 0) | dict.fromkeys(("lat", "lon", "end_lat", "end_lon"))
    document = json.loads(FORMATS["geojson"](told([made_alert("a1", steps=[nowhere])])))
    assert [feature["geometry"] for feature in document["features"]] == [None, None]
    ElementTree.fromstring(FORMATS["kml"](told([made_alert("a1", steps=[nowhere])])))


def place(lon: float, lat: float) -> dict[str, float]:
    return {"lon": lon, "lat": lat}


WAYS: dict[str, tuple[list[dict[str, float]], list[list[tuple[float, float]]]]] = {
    "no_steps": ([], []),
    "one_place": ([place(1, 2), place(1, 2)], []),
    "plain": ([place(1, 2), place(3, 4)], [[(1, 2), (3, 4)]]),
    "eastward_over_180": ([place(170, 0), place(-170, 10)], [[(170, 0), (180, 5)], [(-180, 5), (-170, 10)]]),
    "westward_over_180": ([place(-179, 0), place(177, 4)], [[(-179, 0), (-180, 1)], [(180, 1), (177, 4)]]),
    "there_and_back": (
        [place(179, 0), place(-179, 0), place(179, 2)],
        [[(179, 0), (180, 0)], [(-180, 0), (-179, 0), (-180, 1)], [(180, 1), (179, 2)]],
    ),
    "on_the_line_itself": ([place(180, 0), place(-180, 0), place(-179, 0)], [[(-180, 0), (-179, 0)]]),
    "over_greenwich_is_not_cut": ([place(-90, 0), place(89, 0)], [[(-90, 0), (89, 0)]]),
}


@pytest.mark.parametrize(("steps", "lines"), WAYS.values(), ids=WAYS)
def test_a_way_is_cut_at_180_degrees(steps: list[dict[str, float]], lines: list[list[tuple[float, float]]]) -> None:
    assert alert_way(steps) == lines


def test_a_way_over_180_degrees_is_a_multilinestring(tmp_path: Path) -> None:
    steps = [made_step("2020-05-01T00:00:00Z", None, 179.0, 0.0), made_step("2020-05-02T00:00:00Z", None, -179.0, 0.0)]
    path = tmp_path / "alerts.geojson"
    path.write_text(FORMATS["geojson"](told([made_alert("a1", steps=steps)])))
    way = geopandas.read_file(path).geometry[2]
    assert way.geom_type == "MultiLineString"
    assert way.length == pytest.approx(2.0)


def test_kml_has_a_folder_an_alert_and_a_time_for_each_placemark(tmp_path: Path) -> None:
    text = FORMATS["kml"](told(three_alerts()))
    root = ElementTree.fromstring(text)
    assert [f.findtext(f"{KML}name") for f in root.iter(f"{KML}Folder")] == [
        "critical: MADE TANKER ONE",
        "high: MADE TANKER TWO",
        "low: mmsi:210990001",
    ]
    marks = list(root.iter(f"{KML}Placemark"))
    spans = [(m.findtext(f"{KML}TimeSpan/{KML}begin"), m.findtext(f"{KML}TimeSpan/{KML}end")) for m in marks]
    assert spans[2] == ("2020-05-03T04:10:00Z", "2020-05-13T04:10:00Z")
    assert spans[-1] == ("2020-03-01T00:00:00Z", None)
    path = tmp_path / "alerts.kml"
    path.write_text(text, encoding="utf-8")
    frame = geopandas.read_file(path, layer="critical: MADE TANKER ONE")
    assert frame.geom_type.tolist() == ["MultiLineString", "Point", "Point", "Point"]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_kml_holds_no_markup_that_came_with_a_name(name: str) -> None:
    root = ElementTree.fromstring(FORMATS["kml"](told([named(name)])))
    texts = [element.text or "" for element in root.iter()]
    assert [text for text in texts if "<" in text or ">" in text or "$[" in text] == []
    assert len(list(root.iter(f"{KML}Placemark"))) == 4


def test_json_and_its_lines_hold_all_of_an_alert() -> None:
    alerts = told(three_alerts())
    assert json.loads(FORMATS["json"](alerts)) == alerts
    assert [json.loads(line) for line in FORMATS["jsonl"](alerts).splitlines()] == alerts
    assert set(ALERT_LIFE) - {"evidence_digest"} <= alerts[0].keys()


@pytest.mark.parametrize("name", FORMATS)
def test_no_alerts_are_a_whole_file_too(name: str) -> None:
    text = FORMATS[name]([])
    match name:
        case "json" | "geojson":
            assert json.loads(text) in ([], {"type": "FeatureCollection", "features": []})
        case "csv":
            assert text.startswith("alert_id,level,status,")
            assert text.count("\r\n") == 1
        case "kml":
            assert list(ElementTree.fromstring(text).iter(f"{KML}Folder")) == []
        case _:
            assert text == ""
