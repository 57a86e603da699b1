"""Digitraffic's REST answers, asked from a real server on loopback: only what is new, and no fault stops us."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.readers.cases import drain
from tests.readers.json_cases import MMSI, NOON, NOON_MS, feature, features, vessel
from tests.sources.stream_cases import free_port
from watch.source_settings import DigitrafficSettings
from watch.sources import Pulled, digitraffic, pull_source
from watch.sources.http_client import Patience
from watch.sources.landing import Landing

QUIET = Patience(sleep=lambda wait_s: None, silence_s=2.0)
MINUTE_MS = 60_000


class Sea(ThreadingHTTPServer):
    """Answers as theirs does: rows from a moment on, gzipped where that is understood; or as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows: dict[str, list[dict[str, Any]]] = {"locations": [], "vessels": []}
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []
        self.plans: dict[str, list[tuple[int, bytes]]] = {}

    def settings(self) -> DigitrafficSettings:
        url = f"http://127.0.0.1:{self.server_address[1]}/api/ais/v1"
        return DigitrafficSettings(kind="digitraffic", name="finland", url=url)


class Handler(BaseHTTPRequestHandler):
    server: Sea  # type: ignore[assignment]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        what, asked = parts.path.rpartition("/")[2], parse_qs(parts.query)
        self.server.asked.append((what, asked, dict(self.headers)))
        plan = self.server.plans.get(what)
        status, body = plan.pop(0) if plan else (200, self._rows(what, int(asked.get("from", ["0"])[0])))
        zipped = "gzip" in self.headers.get("Accept-Encoding", "") and status == 200
        body = gzip.compress(body) if zipped else body
        self.send_response(status)
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _rows(self, what: str, from_ms: int) -> bytes:
        moment: Callable[[Any], int] = (
            (lambda row: row["properties"]["timestampExternal"])
            if what == "locations"
            else (lambda row: row["timestamp"])
        )
        rows = [row for row in self.server.rows[what] if moment(row) >= from_ms]
        return json.dumps(features(*rows) if what == "locations" else rows).encode()

    def log_message(self, *said: Any) -> None:
        pass


@pytest.fixture
def sea() -> Iterator[Sea]:
    server = Sea()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def pull(sea: Sea, folder: Path, cursor: dict[str, Any], minutes: float = 60) -> Pulled:
    at = NOON + timedelta(minutes=minutes)
    return digitraffic.pull(sea.settings(), cursor, Landing(folder), at, lambda what, share: None, QUIET)


def test_positions_and_identities_land_in_one_file(sea: Sea, tmp_path: Path) -> None:
    sea.rows = {"locations": [feature(), feature(MMSI + 1)], "vessels": [vessel()]}
    pulled = pull(sea, tmp_path, {})
    assert (pulled.fault, pulled.message) == ("", "")
    assert pulled.landed == Landing(tmp_path).ready()
    read = drain(pulled.landed[0])
    assert (read.positions.num_rows, read.rejects.num_rows, read.source.static_messages) == (2, 0, 1)
    assert [(what, asked) for what, asked, _ in sea.asked] == [("locations", {}), ("vessels", {})]
    assert all(headers["Digitraffic-User"].startswith("Shipwatch/") for _, _, headers in sea.asked)
    assert all(headers["Accept-Encoding"] == "gzip" for _, _, headers in sea.asked)


def test_the_next_pull_asks_only_for_what_is_new(sea: Sea, tmp_path: Path) -> None:
    sea.rows = {"locations": [feature(at_ms=NOON_MS)], "vessels": [vessel()]}
    first = pull(sea, tmp_path, {})
    sea.rows["locations"].append(feature(MMSI + 1, at_ms=NOON_MS + 30 * MINUTE_MS))
    second = pull(sea, tmp_path, json.loads(json.dumps(first.cursor)), 61)
    from_ms = NOON_MS - 2 * MINUTE_MS  # what reached them late is asked for twice
    assert [asked["from"] for _, asked, _ in sea.asked[2:]] == [[str(from_ms)], [str(from_ms)]]
    assert second.cursor["locations"] == NOON_MS + 30 * MINUTE_MS
    third = pull(sea, tmp_path, second.cursor, 62)
    rows = drain(third.landed[0]).positions.to_pylist()
    assert [row["mmsi"] for row in rows] == [MMSI + 1]


def test_nothing_new_is_no_fault_and_lands_nothing(sea: Sea, tmp_path: Path) -> None:
    sea.rows["vessels"] = [vessel()]
    pulled = pull(sea, tmp_path, {"locations": 5})
    assert (pulled.landed, pulled.message, pulled.fault, pulled.cursor) == ([], "nothing new", "", {"locations": 5})


def test_identities_wait_for_the_next_positions(sea: Sea, tmp_path: Path) -> None:
    sea.rows["vessels"] = [vessel()]
    before = pull(sea, tmp_path, {})
    sea.rows["locations"] = [feature()]
    pulled = pull(sea, tmp_path, before.cursor)
    assert drain(pulled.landed[0]).source.static_messages == 1


def test_a_clock_ahead_does_not_hide_what_comes(sea: Sea, tmp_path: Path) -> None:
    sea.rows["locations"] = [feature(at_ms=NOON_MS + 10**12)]
    pulled = pull(sea, tmp_path, {}, 60)
    assert pulled.cursor["locations"] == NOON_MS + 60 * MINUTE_MS


def test_what_passes_is_tried_again(sea: Sea, tmp_path: Path) -> None:
    sea.rows["locations"] = [feature()]
    sea.plans["locations"] = [(503, b""), (429, b"")]
    pulled = pull(sea, tmp_path, {})
    assert (len(pulled.landed), pulled.fault) == (1, "")


FAULTS = {
    "down_for_long": ([(503, b"")] * 3, "the server answers 503 Service Unavailable; asked again the next time"),
    "not_there": ([(404, b"")], "the server answers 404 Not Found"),
    "no_json": ([(200, b"<html>")], "the answer has a form that is not known; check the address"),
    "half_json": ([(200, b'{"features": [{"mm')], "the answer has a form that is not known; check the address"),
    "another_form": ([(200, b'{"rows": []}')], "the answer has a form that is not known; check the address"),
    "features_are_none": ([(200, b'{"features": 7}')], "the answer has a form that is not known; check the address"),
    "rows_of_nonsense": ([(200, b'{"features": [1, "x"]}')], "the answer has a form that is not known"),
    "not_a_number": ([(200, b'{"features": [NaN]}')], "the answer has a form that is not known"),
    "nested": ([(200, b"[" * 100_000)], "the answer has a form that is not known"),
}


@pytest.mark.parametrize(("plan", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_theirs_moves_nothing_and_is_said(
    sea: Sea, tmp_path: Path, plan: list[tuple[int, bytes]], fault: str
) -> None:
    sea.rows = {"locations": [feature()], "vessels": [vessel()]}
    sea.plans["locations"] = list(plan)
    pulled = pull(sea, tmp_path, {"locations": 7})
    assert fault in pulled.fault
    assert (pulled.landed, pulled.cursor) == ([], {"locations": 7})
    assert len(pull(sea, tmp_path, pulled.cursor).landed) == 1  # and the next time it goes on


def test_positions_land_though_identities_fail(sea: Sea, tmp_path: Path) -> None:
    sea.rows["locations"] = [feature()]
    sea.plans["vessels"] = [(404, b"")]
    pulled = pull(sea, tmp_path, {})
    assert len(pulled.landed) == 1
    assert "vessels: the server answers 404" in pulled.fault
    assert pulled.cursor == {"locations": NOON_MS}


def test_an_answer_beyond_all_bounds_is_not_read(sea: Sea, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digitraffic, "_ANSWER_BYTES", 10_000)
    sea.plans["locations"] = [(200, b" " * 10_000_000)]  # gzip makes ten kilobytes of it
    pulled = pull(sea, tmp_path, {})
    assert "answers more than 10,000 bytes; not read" in pulled.fault


def test_a_row_that_is_nonsense_costs_only_itself(sea: Sea, tmp_path: Path) -> None:
    sea.plans["locations"] = [(200, json.dumps(features(feature(), {"mmsi": 7}, "x")).encode())]
    pulled = pull(sea, tmp_path, {})
    read = drain(pulled.landed[0])
    assert (read.positions.num_rows, read.rejects.num_rows, pulled.fault) == (1, 2, "")


def test_a_server_that_is_away_is_a_fault(tmp_path: Path) -> None:
    settings = DigitrafficSettings(kind="digitraffic", name="finland", url=f"http://127.0.0.1:{free_port()}/api")
    pulled = digitraffic.pull(settings, {}, Landing(tmp_path), NOON, lambda what, share: None, QUIET)
    assert "the connection broke" in pulled.fault


def test_what_an_earlier_pull_left_half_written_goes(sea: Sea, tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.part("20200601T110000.000000Z.jsonl").write_text('{"feed":"digi')
    sea.rows["locations"] = [feature()]
    pulled = pull_source(sea.settings(), {}, landing, NOON, lambda what, share: None)
    assert (landing.parts(), landing.ready()) == ([], pulled.landed)
