"""The API: the objects of the command line, page by page or line by line, and maps that other programs open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import httpx
import numpy as np
import pytest
from command_line import Demo, on
from jsonschema import Draft202012Validator
from playwright.sync_api import Page

from tests.web.serving import Served
from watch.export.tracks import cut_at_180, track_features
from watch.scene.fixes import Fixes
from watch.web.openapi import describe
from watch.web.pages.api import ENDPOINTS

BELLA = "imo:9208124"
LINES = {"accept": "application/x-ndjson"}


def json_of(visitor: httpx.Client, address: str, **query: Any) -> Any:
    answer = visitor.get(address, params=query or None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def all_items(visitor: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Follow `next` to the end."""
    items: list[dict[str, Any]] = []
    to: str | None = address
    while to:
        page = json_of(visitor, to)
        assert page["items"] == [] or page["items"][0] not in items
        items, to = items + page["items"], page["next"]
    return items


_FILTERS = ["--level", "critical", "--level", "high", "--flag", "lr", "--area", "VE", "--since", "2020-06-01"]
SAME: dict[str, tuple[str, list[str]]] = {
    "alerts": ("/api/alerts", ["alerts", "list"]),
    "alerts_by_filter": (
        "/api/alerts?level=critical&level=high&flag=lr&area=VE&from=2020-06-01",
        ["alerts", "list", *_FILTERS],
    ),
    "alerts_by_text": ("/api/alerts?text=luna&silenced=no", ["alerts", "list", "--text", "luna", "--not-silenced"]),
    "events": ("/api/events?limit=900", ["events"]),
    "gaps_of_a_ship": ("/api/events?kind=gap&imo=9208124", ["events", "--kind", "gap", "--imo", "9208124"]),
    "events_in_a_time": (
        "/api/events?from=2020-05-01T06:00Z&to=2020-05-09",
        ["events", "--from", "2020-05-01T06:00Z", "--to", "2020-05-09"],
    ),
    "rules": ("/api/rules?limit=7", ["rules", "list"]),
}


@pytest.mark.parametrize(("address", "words"), SAME.values(), ids=SAME)
def test_a_list_is_what_the_command_line_prints(
    visitor: httpx.Client, demo: Demo, address: str, words: list[str]
) -> None:
    printed = on(demo.folder, *words, "--json").rows
    assert len(printed) > 0
    assert all_items(visitor, address) == printed
    bare = re.sub(r"[?&]limit=\d+", "", address)
    lines = visitor.get(bare, headers=LINES)
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in lines.text.splitlines()] == printed


def test_one_alert_and_its_history_are_what_the_command_line_prints(visitor: httpx.Client, demo: Demo) -> None:
    alert_id = json_of(visitor, "/api/alerts", limit=1)["items"][0]["alert_id"]
    for address, words in ((alert_id, "show"), (alert_id[:6], "show")):
        assert (
            json_of(visitor, f"/api/alerts/{address}") == on(demo.folder, "alerts", words, alert_id, "--json").rows[0]
        )
    history = on(demo.folder, "alerts", "history", alert_id, "--json").rows
    assert all_items(visitor, f"/api/alerts/{alert_id}/history") == history


def test_a_vessel_is_found_and_told_as_the_command_line_does(visitor: httpx.Client, demo: Demo) -> None:
    (found,) = all_items(visitor, "/api/vessels?q=9208124")
    assert found["vessel_id"] == BELLA
    (printed,) = on(demo.folder, "vessel", BELLA, "--json").rows
    assert json_of(visitor, f"/api/vessels/{BELLA}") == printed
    assert json_of(visitor, "/api/vessels/9208124")["vessel_id"] == BELLA
    some = json_of(visitor, "/api/vessels", q="a", limit=5)
    assert len(some["items"]) == 5
    assert len(all_items(visitor, "/api/vessels?q=a&limit=5")) == len(all_items(visitor, "/api/vessels?q=a")) > 5


def test_the_state_is_what_the_command_line_prints(visitor: httpx.Client, demo: Demo) -> None:
    (printed,) = on(demo.folder, "status", "--json").rows
    found = json_of(visitor, "/api/status")
    by_clock = {"at", "age_s"}
    assert {k: v for k, v in found.items() if k not in by_clock} == {
        k: v for k, v in printed.items() if k not in by_clock
    }
    assert all_items(visitor, "/api/runs") == printed["runs"]
    assert all_items(visitor, "/api/runs?kind=monitor") == []


def test_pages_follow_one_another_without_loss_or_repeat(visitor: httpx.Client) -> None:
    first = json_of(visitor, "/api/events?kind=gap&limit=3")
    assert len(first["items"]) == 3
    assert first["next"].startswith("/api/events?kind=gap&limit=3&after=")
    ids = [event["event_id"] for event in all_items(visitor, "/api/events?kind=gap&limit=3")]
    assert len(ids) == len(set(ids)) > 30
    assert len(json_of(visitor, "/api/events")["items"]) == 1_000
    assert len(visitor.get("/api/events?format=jsonl&limit=2").text.splitlines()) == 2


BAD: dict[str, tuple[str, int, str]] = {
    "unknown_parameter": ("/api/events?knid=gap", 400, "'knid' is no parameter here; there are kind, mmsi"),
    "unknown_parameter_of_none": ("/api/status?x=1", 400, "'x' is no parameter here; there is none"),
    "kind_that_is_none": ("/api/events?kind=gaps", 400, "kind 'gaps' is none of zone_visit"),
    "number_that_is_none": ("/api/events?mmsi=-1", 400, "mmsi '-1' is no whole number from 0 to 999999999"),
    "digits_of_another_alphabet": ("/api/events?imo=٣", 400, "imo '٣' is no whole number"),
    "too_long_a_number": (f"/api/events?imo={'9' * 5000}", 400, "is no whole number from 0 to 9999999"),
    "moment_that_is_none": ("/api/events?from=yesterday", 400, "from 'yesterday' is no moment"),
    "limit_of_nothing": ("/api/events?limit=0", 400, "limit '0' is no whole number from 1 to 10000"),
    "limit_too_large": ("/api/alerts?limit=10001", 400, "limit '10001'"),
    "after_of_another_list": ("/api/events?after=zzz", 400, "after"),
    "after_that_is_gone": ("/api/alerts?after=zzz", 400, "after is not, or no longer, in this list"),
    "after_that_is_no_number": ("/api/runs?after=x", 400, "after is not of this list"),
    "twice": ("/api/events?kind=gap&kind=spoof", 400, "kind is given 2 times"),
    "missing": ("/api/vessels", 400, "q is missing"),
    "empty": ("/api/vessels?q=", 400, "q is empty"),
    "level_that_is_none": ("/api/alerts?level=huge", 400, "level 'huge' is none of"),
    "neither_yes_nor_no": (
        f"/api/vessels/{BELLA}/track.geojson?points=maybe",
        400,
        "points 'maybe' is neither 1 nor 0",
    ),
    "no_such_alert": ("/api/alerts/zzzz", 404, "no alert with an id that begins with"),
    "no_such_vessel": ("/api/vessels/imo:1", 404, "no vessel fit"),
    "several_vessels": ("/api/vessels/synth", 404, "/api/vessels?q= finds their ids"),
    "no_such_vessel_of_events": ("/api/events?vessel=imo:1", 404, "no vessel fit"),
    "no_such_address": ("/api/nowhere", 404, "Not Found"),
    "markup": ("/api/vessels?%3Cscript%3E=1&q=a", 400, "'<script>' is no parameter"),
}


@pytest.mark.parametrize(("address", "status", "told"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_told_as_json(visitor: httpx.Client, address: str, status: int, told: str) -> None:
    answer = visitor.get(address, headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert told in answer.json()["error"]


def test_all_that_is_wrong_is_told_at_once(visitor: httpx.Client) -> None:
    told = visitor.get("/api/events?knid=gap&mmsi=x&from=never").json()["error"]
    assert [line.split()[0] for line in told.splitlines()] == ["'knid'", "mmsi", "from"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_only_read(visitor: httpx.Client, method: str) -> None:
    answer = visitor.request(method, "/api/alerts")
    assert (answer.status_code, "error" in answer.json()) == (405, True)


def examples(visitor: httpx.Client) -> Iterator[tuple[str, dict[str, Any], httpx.Response]]:
    """Yield an answer of each address, with what is described of it."""
    described = json_of(visitor, "/api/openapi.json")
    alert_id = json_of(visitor, "/api/alerts", limit=1)["items"][0]["alert_id"]
    for path, methods in described["paths"].items():
        address = path.replace("{alert_id}", alert_id).replace("{vessel_id}", BELLA)
        query = {"q": "9208124"} if path == "/api/vessels" else {"kind": "gap"} if path == "/api/events.geojson" else {}
        yield path, methods["get"], visitor.get(address, params=query or None)


def test_each_address_answers_as_it_is_described(visitor: httpx.Client) -> None:
    described = json_of(visitor, "/api/openapi.json")
    found = list(examples(visitor))
    assert len(found) == len(ENDPOINTS)
    for path, operation, answer in found:
        content = operation["responses"]["200"]["content"]
        assert (path, answer.status_code) == (path, 200)
        schema = content[answer.headers["content-type"]]["schema"]
        faults = list(
            Draft202012Validator({**schema, "components": described["components"]}).iter_errors(answer.json())
        )
        assert (path, [fault.message[:200] for fault in faults[:3]]) == (path, [])
        assert answer.json().get("items", True), f"{path} has nothing to be held to its description"


def test_the_description_is_whole() -> None:
    described = describe(ENDPOINTS, needs_login=True)
    assert described["openapi"].startswith("3.1.")
    operations = [methods["get"] for methods in described["paths"].values()]
    assert len({operation["operationId"] for operation in operations}) == len(ENDPOINTS)
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert names == described["components"]["schemas"].keys()
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path, operation in zip(described["paths"], operations, strict=True):
        placed = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert placed == set(re.findall(r"\{(\w+)\}", path))
        for parameter in operation["parameters"]:
            assert parameter["description"].endswith(".")
            Draft202012Validator.check_schema(parameter["schema"])
        assert {"200", "400", "401", "404"} <= operation["responses"].keys()


def test_each_parameter_of_the_description_is_taken(visitor: httpx.Client) -> None:
    values = {"text": "x", "whole": "5", "moment": "2020-05-03", "yes": "1"}
    for endpoint in ENDPOINTS:
        path = endpoint.path.replace("{vessel_id}", BELLA).replace("{alert_id}", "zzzz")
        for parameter in endpoint.asked:
            value = parameter.known[0] if parameter.known else values[parameter.kind]
            answer = visitor.get(
                path, params={"q": "luna", parameter.name: value} if "q" in path else {parameter.name: value}
            )
            told = answer.json().get("error", "") if answer.headers["content-type"] == "application/json" else ""
            assert "is no parameter" not in told
            assert "is no whole" not in told


MAPS = {
    "alerts": ("/api/alerts.geojson?level=critical", {"Point", "LineString", "MultiLineString"}),
    "events": ("/api/events.geojson?kind=gap", {"Point"}),
    "track": (f"/api/vessels/{BELLA}/track.geojson", {"LineString", "MultiLineString"}),
    "fixes": (f"/api/vessels/{BELLA}/track.geojson?points=1&from=2020-05-01&to=2020-05-10", {"LineString", "Point"}),
    "zones": ("/api/zones.geojson", {"Polygon", "MultiPolygon"}),
}


@pytest.mark.parametrize(("address", "kinds"), MAPS.values(), ids=MAPS)
def test_a_map_opens_by_its_address(demo_served: Served, address: str, kinds: set[str], tmp_path: Path) -> None:
    answer = httpx.get(demo_served.url + address, timeout=60)
    assert answer.headers["content-type"] == "application/geo+json"
    (tmp_path / "map.geojson").write_bytes(answer.content)
    frame = geopandas.read_file(tmp_path / "map.geojson")
    assert len(frame) > 0
    assert frame.crs.to_epsg() == 4326
    assert set(frame.geom_type.dropna()) <= kinds
    west, south, east, north = frame.total_bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    for feature in answer.json()["features"]:
        assert not any(isinstance(value, dict | list) for value in feature["properties"].values())
    times = [name for name in ("at", "start_at") if name in frame]
    assert [name for name in times if frame[name].dtype.kind != "M"] == []
    assert times or address == "/api/zones.geojson"


def test_events_on_the_map_are_those_of_the_list(visitor: httpx.Client) -> None:
    listed = all_items(visitor, f"/api/events?vessel={BELLA}")
    features = visitor.get(f"/api/events.geojson?vessel={BELLA}").json()["features"]
    assert [feature["id"] for feature in features] == [event["event_id"] for event in listed]
    for feature, event in zip(features, listed, strict=True):
        lon, lat = feature["geometry"]["coordinates"]
        assert (lon, lat) == (pytest.approx(event["start_lon"]), pytest.approx(event["start_lat"]))


def test_the_alerts_on_the_map_are_those_of_the_export(visitor: httpx.Client, demo: Demo) -> None:
    exported = on(demo.folder, "alerts", "export", "--format", "geojson", "--level", "critical").out
    assert visitor.get("/api/alerts.geojson?level=critical").json() == json.loads(exported)


def test_a_track_is_cut_where_nothing_was_heard_and_has_every_fix(visitor: httpx.Client) -> None:
    features = visitor.get(f"/api/vessels/{BELLA}/track.geojson?points=1").json()["features"]
    lines = [f["properties"] for f in features if f["properties"]["feature"] == "line"]
    fixes = [f["properties"] for f in features if f["properties"]["feature"] == "fix"]
    assert len(lines) > 1
    assert len(fixes) == sum(line["fixes"] for line in lines)
    silences = [datetime.fromisoformat(b["start_at"]) - datetime.fromisoformat(a["end_at"]) for a, b in pairwise(lines)]
    assert min(silence.total_seconds() for silence in silences) > 6 * 3600
    assert {line["name"] for line in lines} == {lines[0]["name"]}
    assert visitor.get(f"/api/vessels/{BELLA}/track.geojson?from=1990-01-01&to=1990-02-01").json()["features"] == []


ROUND = {
    "one_fix": ([10.0], []),
    "nowhere_near": ([10.0, 11.0], [[10.0, 11.0]]),
    "eastward": ([179.0, -179.0], [[179.0, 180.0], [-180.0, -179.0]]),
    "there_and_back": ([-179.0, 179.0, -179.0], [[-179.0, -180.0], [180.0, 179.0, 180.0], [-180.0, -179.0]]),
    "on_the_line": ([179.0, 180.0, -179.0], [[179.0, 180.0, 180.0], [-180.0, -179.0]]),
}


@pytest.mark.parametrize(("lon", "lines"), ROUND.values(), ids=ROUND)
def test_no_line_goes_round_the_world(lon: list[float], lines: list[list[float]]) -> None:
    found = cut_at_180(np.array(lon), np.zeros(len(lon)))
    assert [[place[0] for place in line] for line in found] == lines


def test_a_track_across_180_is_one_feature_of_two_lines() -> None:
    lon = np.array([179.0, -179.0, -178.0])
    nothing = np.full(3, np.nan)
    at_us = np.arange(3, dtype=np.int64) * 3_600_000_000
    cut = np.array([True, False, False])
    known = {"at_us": at_us, "lat": np.zeros(3), "lon": lon, "sog_kn": nothing, "cog_deg": nothing, "cut": cut}
    rest = {name: np.zeros(3, dtype=np.int64) for name in Fixes.__dataclass_fields__ if name not in known}
    features = list(track_features([Fixes(**known, **rest)], {"name": "MADE"}, points=True))
    assert [feature["geometry"]["type"] for feature in features] == ["MultiLineString", "Point", "Point", "Point"]
    assert features[1]["properties"]["sog_kn"] is None


def test_the_page_lists_all_of_it(watched_page: Page, demo_served: Served) -> None:
    from axe_playwright_python.sync_playwright import Axe

    watched_page.goto(f"{demo_served.url}/api")
    headings = watched_page.locator("main h2").all_inner_texts()
    assert headings == [endpoint.path for endpoint in ENDPOINTS]
    watched_page.set_viewport_size({"width": 420, "height": 900})
    assert watched_page.evaluate("document.documentElement.scrollWidth") <= 420
    assert Axe().run(watched_page).response["violations"] == []
