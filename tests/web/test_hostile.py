"""What a hostile page, a hostile address or too many at once must not bring about."""

from __future__ import annotations

import shutil
import socket
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import structlog

from tests.web.serving import Served, serving, visiting
from watch.errors import BusyError, StoreError
from watch.settings import Settings
from watch.web import forms, server
from watch.web import site as sites
from watch.web.site import Site
from watch.web.turns import Turns
from watch.workspace import Workspace

SHIP = "imo:9208124"
LONG = "a" * 55_000


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/replay/scene.json?vessel={SHIP}&to=0001-01-02", 400),
        (f"/replay/report.html?vessel={SHIP}&to=0001-01-01", 400),
        (f"/replay/scene.json?vessel={SHIP}&from=9999-12-30&to=9999-12-31", 400),
        ("/replay/coast.json?box=0,0,0,10", 400),
        ("/replay/coast.json?box=0,0,10,1e-300", 400),
        ("/replay/coast.json?box=nan,0,10,10", 400),
        ("/health/coverage?to=0001-01-02", 400),
        ("/health/coverage?to=9999-12-31T23:59Z", 400),
        ("/health/coverage?from=0001-01-01", 400),  # ninety million hours, of which each had a row
        ("/health/coverage.png?from=2015-01-01", 400),
        (f"/vessels/{LONG}", 404),
        (f"/api/vessels/{LONG}", 404),
        (f"/replay/scene.json?vessel={LONG}", 400),
        (f"/api/vessels?q={LONG}", 400),
    ],
)
def test_an_address_that_asks_for_too_much_is_told_so(visitor: httpx.Client, address: str, status: int) -> None:
    assert visitor.get(address).status_code == status


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(("mode", "dest"), [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")])
def test_another_site_can_link_here_and_no_more(visitor: httpx.Client, site: str, mode: str, dest: str) -> None:
    def asked(site: str, mode: str, dest: str, method: str = "GET") -> int:
        asks = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        return visitor.request(method, "/health", headers=asks).status_code

    assert asked(site, mode, dest) == 403
    assert asked(site, "navigate", "document", "POST") == 403
    assert asked(site, "navigate", "document") == 200
    assert asked("same-origin", mode, dest) == 200
    assert asked("none", "navigate", "document") == 200


@pytest.fixture
def bare(tmp_path: Path, sqlite_template: Path) -> Workspace:
    """A store without data."""
    shutil.copy(sqlite_template, tmp_path / "shipwatch.db")
    return Workspace(tmp_path)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards that fail as nobody thought of."""
    monkeypatch.setattr(sites.AlertBoard, "told", lambda _: 1 / 0)


@pytest.mark.usefixtures("failing")
def test_a_page_that_crashes_carries_the_security_headers_too(bare: Workspace) -> None:
    with serving(Site(bare, Settings())) as served, visiting(served) as client:
        answer = client.get("/alerts")
    assert (answer.status_code, "division" in answer.text) == (500, False)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["x-frame-options"], answer.headers["cache-control"]) == ("DENY", "no-store")


@pytest.mark.parametrize("needs_login", [True, False])
def test_what_is_wrong_with_the_machine_is_for_its_owner_and_the_log(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch, needs_login: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the database /srv/secret.db cannot be used")

    monkeypatch.setattr("watch.web.access.read_session", refuse)
    monkeypatch.setattr(sites.AlertBoard, "told", refuse)
    with (
        structlog.testing.capture_logs() as logged,
        serving(Site(bare, Settings(), needs_login=needs_login)) as served,
        visiting(served) as client,
    ):
        answer = client.get("/alerts", headers={"cookie": "shipwatch_session=made-up"})
    assert (answer.status_code, "/srv/secret.db" in answer.text) == (500, not needs_login)
    assert ["/srv/secret.db" in str(row["reason"]) for row in logged if row["log_level"] == "error"] == [True]


def test_turns_are_taken_one_at_a_time_and_a_crowd_is_sent_away() -> None:
    turns, begun, go_on = Turns("drawing", at_once=1, waiting_max=1), threading.Event(), threading.Event()
    at_work: list[int] = []

    def work(number: int) -> int:
        with turns.take():
            at_work.append(number)
            most = len(at_work)
            begun.set()
            go_on.wait()
            at_work.remove(number)
        return most

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(work, 1)
        begun.wait()
        others = [pool.submit(work, number) for number in (2, 3)]
        (refused,) = wait(others, return_when=FIRST_COMPLETED).done
        go_on.set()
        assert isinstance(refused.exception(), BusyError)
        assert [job.result() for job in (first, *others) if job is not refused] == [1, 1]
    assert work(4) == 1


def test_while_a_crowd_waits_for_a_map_other_pages_answer(demo_served: Served) -> None:
    with visiting(demo_served) as client, ThreadPoolExecutor(48) as pool:
        with demo_served.site.mapping.take():
            crowd = [pool.submit(httpx.get, f"{demo_served.url}/health/coverage.png", timeout=60) for _ in range(48)]
            refused = list(islice(as_completed(crowd), 44))
            assert {job.result().status_code for job in refused} == {503}
            assert client.get("/rules").status_code == 200
        assert [job.result().status_code for job in crowd if job not in refused] == [200] * 4


def test_a_form_that_does_not_end_is_not_waited_for(bare: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_BODY_MAX_S", 0.1)
    head = "POST /silences/make HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
    with serving(Site(bare, Settings())) as served:
        assert b" 408 " in said(served, head).partition(b"\r\n")[0]


@pytest.mark.parametrize("host", ["127.0.0.1/login?", "127.0.0.1/static/", "127.0.0.1/login#", "127.0.0.1\\login"])
@pytest.mark.parametrize("named", [True, False])
def test_what_is_said_of_the_host_opens_no_page(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch, host: str, named: bool
) -> None:
    if not named:  # as where no name is set, and others can come
        monkeypatch.setattr(server, "allowed_hosts", lambda *_: ["*"])
    with serving(Site(bare, Settings(), needs_login=True)) as served:
        for path in ("/alerts", "/api/status"):
            status = said(served, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").partition(b"\r\n")[0]
            assert status.split()[1] in (b"400", b"401")


def said(served: Served, request: str) -> bytes:
    """Return the beginning of what is answered to bytes as they stand."""
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        line.sendall(request.encode())
        return line.recv(4096)
