"""A digest posted to a real web server on loopback, and given to Apprise, which posts it to one."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from tests.delivery.made import alert, at, make, raise_alerts, settings
from tests.delivery.peers import Posts, web_server
from watch.delivery.outbox import Sent, send_outbox
from watch.delivery.webhook import BODY_MAX_BYTES, make_body
from watch.digest import Digest
from watch.settings import Settings
from watch.store.deliveries import read_body, read_deliveries, read_tries
from watch.workspace import Workspace

TOKEN = "t0ken-that-nobody-may-read"


def hook(channel: str = "webhook") -> Settings:
    return settings(channel=channel, to=[], url={"env": "MADE_URL"})


def send(ws: Workspace, chosen: Settings, hours: float = 1.0) -> Sent:
    return send_outbox(ws, chosen, lambda: at(hours))


def outcomes(ws: Workspace) -> list[str]:
    with ws.engine.connect() as conn:
        return [row["outcome"] for row in read_tries(conn, 1)]


def test_a_post_holds_the_alerts_and_a_key_that_tells_copies_apart(
    lite: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raise_alerts(lite, [alert(1), alert(2, "critical")])
    make(lite, hook())
    posts = Posts(answers=[503, 0, 200])
    with web_server(posts) as url, caplog.at_level(logging.DEBUG):
        monkeypatch.setenv("MADE_URL", f"{url}/in?key={TOKEN}")
        told = [send(lite, hook(), hours) for hours in (1, 2, 3)]
    assert [(t.sent, t.deferred) for t in told] == [(0, 1), (0, 1), (1, 0)]
    assert outcomes(lite) == ["deferred", "cut off", "sent"]
    (path, headers, body), again, last = posts.taken
    assert path == f"/in?key={TOKEN}"
    assert again == last == (path, headers, body)
    found = json.loads(body)
    assert headers["Idempotency-Key"] == found["message_id"].strip("<>")
    assert headers["Content-Type"] == "application/json"
    assert found["counts"] == {"new": 2, "changed": 0, "withdrawn": 0, "still_open": 0, "silenced": 0}
    assert [a["alert_id"] for a in found["new"]] == ["a2", "a1"]
    assert TOKEN not in caplog.text
    with lite.engine.connect() as conn:
        kept = str(read_deliveries(conn)) + str(read_tries(conn, 1)) + str(told)
        assert TOKEN not in kept + read_body(conn, 1).decode()


ANSWERS = {
    "moved_is_not_followed": (302, "refused"),
    "no_right": (403, "refused"),
    "too_many": (429, "deferred"),
    "down": (502, "deferred"),
    "taken": (202, "sent"),
}


@pytest.mark.parametrize(("status", "outcome"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_understood(lite: Workspace, status: int, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make(lite, hook())
    posts = Posts(answers=[status])
    with web_server(posts) as url:
        monkeypatch.setenv("MADE_URL", url)
        send(lite, hook())
    assert (outcomes(lite), len(posts.taken)) == ([outcome], 1)


BAD_URLS = {
    "nobody_there": ("http://127.0.0.1:9/x", "no connection with the webhook"),
    "no_address": ("not an address", "the address of the webhook is none"),
    "another_scheme": ("file:///etc/passwd", "the address of the webhook is none"),
    "not_set": ("", "the environment has no MADE_URL"),
}


@pytest.mark.parametrize(("url", "words"), BAD_URLS.values(), ids=BAD_URLS)
def test_an_address_that_does_not_work_is_told_without_it(
    lite: Workspace, url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(lite, hook())
    monkeypatch.setenv("MADE_URL", f"{url}?{TOKEN}" if url else "")
    (fault,) = send(lite, hook()).faults
    assert words in fault
    assert TOKEN not in fault


def test_a_body_that_would_be_too_large_says_what_is_left_out() -> None:
    flood = [alert(n, summary="long " * 390) for n in range(2_500)]
    digest = Digest(at(0), new=[alert(9_000)], still_open=flood)
    body = make_body(digest, recipient="desk", message_id="<1@x>")
    found = json.loads(body)
    assert len(body) <= BODY_MAX_BYTES
    assert (len(found["new"]), found["counts"]["still_open"]) == (1, 2_500)
    assert len(found["still_open"]) + found["left_out"]["still_open"] == 2_500
    assert found["left_out"]["still_open"] > 0


def test_apprise_posts_the_text(
    lite: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raise_alerts(lite, [alert(1)])
    make(lite, hook("apprise"))
    posts = Posts(answers=[500, 200])
    with web_server(posts) as url, caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3").setLevel(logging.NOTSET)
        monkeypatch.setenv("MADE_URL", url.replace("http:", "json:") + f"/{TOKEN}")
        assert [(t.sent, t.deferred) for t in (send(lite, hook("apprise"), 1), send(lite, hook("apprise"), 2))] == [
            (0, 1),
            (1, 0),
        ]
    found: dict[str, Any] = json.loads(posts.taken[1][2])
    assert found["title"] == "Shipwatch: 1 new (1 high)"
    assert "MADE TANKER ONE" in found["message"]
    assert TOKEN not in caplog.text


def test_an_address_that_apprise_does_not_know_is_told_without_it(
    lite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(lite, hook("apprise"))
    monkeypatch.setenv("MADE_URL", f"nothing-like-it://{TOKEN}")
    (fault,) = send(lite, hook("apprise")).faults
    assert "Apprise does not know this kind of address" in fault
    assert TOKEN not in fault


def test_without_apprise_it_says_what_to_install(lite: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    make(lite, hook("apprise"))
    monkeypatch.setenv("MADE_URL", "json://127.0.0.1")
    monkeypatch.setitem(sys.modules, "apprise", None)
    (fault,) = send(lite, hook("apprise")).faults
    assert "pip install 'shipwatch[apprise]'" in fault
