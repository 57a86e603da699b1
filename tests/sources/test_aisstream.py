"""aisstream.io's websocket, spoken by a real server on loopback: its subscription, its faults, and no key anywhere."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
import trustme
from websockets.sync.server import Server, ServerConnection, serve

from tests.readers.cases import drain
from tests.readers.json_cases import SHIP, position
from tests.sources.stream_cases import ONE_BATCH, free_port, listening, wait_until
from watch.errors import ConfigError
from watch.source_settings import AisstreamSettings, Secret
from watch.sources import aisstream, listen_to
from watch.sources.aisstream import subscription
from watch.sources.landing import Landing

KEY = "synthetic-key-0123456789"
Script = Callable[[ServerConnection], None]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWATCH_TEST_KEY", KEY)


def settings(port: int, **more: Any) -> AisstreamSettings:
    said = {"kind": "aisstream", "name": "world", "url": f"ws://127.0.0.1:{port}/v0/stream"}
    return AisstreamSettings(**(said | {"key": Secret(env="SHIPWATCH_TEST_KEY")} | ONE_BATCH | more))


class Feed:
    """A server as theirs: it wants a subscription first, refuses other keys, and then follows a script."""

    def __init__(self, *scripts: Script, ssl: SSLContext | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._scripts = list(scripts)
        quiet = logging.getLogger("tests.feed")  # it would log what we send to it
        quiet.setLevel(logging.ERROR)
        self._server: Server = serve(self._handle, "127.0.0.1", 0, max_size=1 << 20, logger=quiet, ssl=ssl)
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handle(self, connection: ServerConnection) -> None:
        said = json.loads(connection.recv(timeout=3))
        self.asked.append(said)
        if said["APIKey"] != KEY:
            connection.send(json.dumps({"error": f"Api Key Is Not Valid: {said['APIKey']}"}))
            return
        self._scripts[min(len(self.asked), len(self._scripts)) - 1](connection)

    def close(self) -> None:
        self._server.shutdown()


@contextmanager
def feeding(*scripts: Script, ssl: SSLContext | None = None) -> Iterator[Feed]:
    feed = Feed(*scripts, ssl=ssl)
    try:
        yield feed
    finally:
        feed.close()


def stay(connection: ServerConnection) -> None:
    for _ in connection:
        pass


def sends(*messages: Any, then_stay: bool = True, as_bytes: bool = False) -> Script:
    def script(connection: ServerConnection) -> None:
        for message in messages:
            text = message if isinstance(message, str | bytes) else json.dumps(message)
            connection.send(text.encode() if as_bytes and isinstance(text, str) else text)
        if then_stay:
            stay(connection)

    return script


def at(second: int) -> dict[str, Any]:
    return position(at=f"2020-06-01 12:{second // 60:02d}:{second % 60:02d} +0000 UTC")


def test_messages_land_as_received_with_the_time_of_receipt(tmp_path: Path) -> None:
    with feeding(sends(at(0), SHIP, at(1))) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 3)
    lines = [json.loads(line) for line in heard.lines()]
    assert [line["message"] for line in lines] == [at(0), SHIP, at(1)]
    assert all(line["feed"] == "aisstream" and line["received_at"].endswith("Z") for line in lines)
    read = drain(heard.landing.ready()[0])
    assert (read.positions.num_rows, read.rejects.num_rows, read.source.static_messages) == (2, 0, 1)


def test_the_subscription_says_what_is_wanted(tmp_path: Path) -> None:
    more = {"boxes": [[24.0, 54.0, 28.0, 59.0]], "mmsi": [2300048, 636999102]}
    with feeding(sends(at(0))) as feed, listening(settings(feed.port, **more), tmp_path):
        wait_until(lambda: feed.asked)
    assert feed.asked[0] == {
        "APIKey": KEY,
        "BoundingBoxes": [[[24.0, 54.0], [28.0, 59.0]]],
        "FiltersShipMMSI": ["002300048", "636999102"],
        "FilterMessageTypes": list(aisstream.MESSAGE_TYPES),
    }


def test_without_ships_named_all_are_wanted() -> None:
    assert "FiltersShipMMSI" not in subscription(settings(1), KEY)


MESSAGES = {
    "binary_frames": (sends(at(0), at(1), as_bytes=True), 2, ""),
    "over_several_lines": (sends(json.dumps(at(0), indent=2), at(1)), 2, ""),
    "no_json": (sends(at(0), "hello", b"\xff\xfe\x00", at(1)), 2, "2 messages that are no JSON object"),
    "not_a_number": (sends(at(0), '{"Message": NaN}', at(1)), 2, "1 messages that are no JSON object"),
    "nested_beyond_all": (sends(at(0), "[" * 50_000, at(1)), 2, "1 messages that are no JSON object"),
    "too_long": (sends(at(0), json.dumps({"x": "y" * 70_000}), at(1)), 2, "1 messages longer than 65,536 bytes"),
    "a_confirmation": (sends({"MessageType": "SubscriptionConfirmation"}, at(0)), 1, "1 messages without a report"),
}


@pytest.mark.parametrize(("script", "kept", "counted"), MESSAGES.values(), ids=MESSAGES)
def test_each_good_message_lands_as_one_line(tmp_path: Path, script: Script, kept: int, counted: str) -> None:
    with feeding(script) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == kept)
    assert heard.of("lost") == ([f"not kept: {counted}"] if counted else [])
    assert drain(heard.landing.ready()[0]).positions.num_rows == kept


def test_a_wrong_key_is_a_fault_that_does_not_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SHIPWATCH_TEST_KEY", "a-wrong-key-987654321")
    with feeding(stay) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: heard.of("fault"))
    (said,) = heard.of("fault")
    assert "the server says: Api Key Is Not Valid: (key); check the key" in said
    assert "a-wrong-key" not in str(heard.told) + caplog.text
    assert heard.lines() == []


def test_the_key_is_in_no_log_and_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scripts = (sends(at(0), then_stay=False), sends(at(1)))
    with feeding(*scripts) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 2)
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in kept + str(heard.told) + caplog.text


def test_a_closed_connection_is_made_anew(tmp_path: Path) -> None:
    scripts = (sends(at(0), then_stay=False), sends(at(1)))
    with feeding(*scripts) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 2)
    assert [kind for kind, _ in heard.told] == ["up", "down", "up"]


def test_a_connection_that_brings_nothing_is_made_anew(tmp_path: Path) -> None:
    more = {"silent_after": timedelta(seconds=0.3)}
    with feeding(stay, sends(at(0))) as feed, listening(settings(feed.port, **more), tmp_path) as heard:
        wait_until(heard.lines)
    assert "no message for" in heard.of("down")[0]


def test_a_server_that_speaks_no_websocket_is_told(tmp_path: Path) -> None:
    with listening(settings(free_port()), tmp_path) as heard:
        wait_until(lambda: heard.of("down"))
    assert "refused" in heard.of("down")[0]


def test_an_unset_key_is_said_before_anything_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIPWATCH_TEST_KEY")
    with pytest.raises(ConfigError, match="the key of the source world: the environment has no SHIPWATCH_TEST_KEY"):
        listen_to(settings(1), Landing(tmp_path), threading.Event(), lambda *said: None)


def test_a_flood_makes_the_server_wait_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aisstream, "_WAITING_MESSAGES", 16)
    with feeding(sends(*map(at, range(3000)))) as feed, listening(settings(feed.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 3000)
    read = drain(heard.landing.ready()[0])
    assert (read.positions.num_rows, heard.of("lost")) == (3000, [])


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "unknown"])
def test_only_a_server_with_a_trusted_certificate_gets_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    authority = trustme.CA()
    if trusted:
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with feeding(sends(at(0)), ssl=context) as feed:
        secure = settings(feed.port, url=f"wss://localhost:{feed.port}/v0/stream")
        with listening(secure, tmp_path / "inbox") as heard:
            wait_until(heard.lines if trusted else lambda: heard.of("down"))
    assert [asked["APIKey"] for asked in feed.asked] == [KEY] * trusted
    assert trusted or "certificate verify failed" in heard.of("down")[0]


def test_the_key_never_travels_unencrypted(tmp_path: Path) -> None:
    plain = settings(1, url="ws://stream.example.org/v0/stream")
    with pytest.raises(ConfigError, match="source world: the key would travel unencrypted; write url with wss://"):
        listen_to(plain, Landing(tmp_path), threading.Event(), lambda *said: None)
