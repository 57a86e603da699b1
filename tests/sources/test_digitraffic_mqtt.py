"""Digitraffic's MQTT, spoken by a real broker on loopback: over TCP and over a websocket, lost and found again."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from amqtt.broker import Broker
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.readers.cases import drain
from tests.readers.json_cases import MMSI, NOON_MS, mqtt_location, mqtt_metadata
from tests.sources.stream_cases import ONE_BATCH, Heard, free_port, listening, sends, serving, wait_until
from watch.errors import StoreError
from watch.source_settings import DigitrafficMqttSettings
from watch.sources.digitraffic_mqtt import _receive
from watch.sources.link import Link
from watch.sources.stream import Counts

LOCATION = f"vessels-v2/{MMSI}/location"


def settings(port: int, transport: str = "tcp", **more: Any) -> DigitrafficMqttSettings:
    said = {"kind": "digitraffic-mqtt", "name": "finland", "host": "127.0.0.1", "port": port, "tls": False}
    return DigitrafficMqttSettings(**said, transport=transport, **(ONE_BATCH | more))


class Harbour:
    """A broker in a thread of its own."""

    def __init__(self, port: int, transport: str, *, open_to_all: bool = True) -> None:
        kind = "ws" if transport == "websockets" else "tcp"
        self._loop = asyncio.new_event_loop()
        self._config = {
            "listeners": {"default": {"type": kind, "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": open_to_all}},
        }
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._do(self._start())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> None:
        self._broker = Broker(self._config)
        await self._broker.start()

    def close(self) -> None:
        self._do(self._broker.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


@contextmanager
def harbour(port: int, transport: str = "tcp", **more: Any) -> Iterator[Client]:
    """Give a client that publishes to a broker."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    broker = Harbour(port, transport, **more)
    sender = Client(CallbackAPIVersion.VERSION2, transport=transport)
    if transport == "websockets":
        sender.ws_set_options(path="/mqtt")
    sender.connect("127.0.0.1", port)
    sender.loop_start()
    try:
        yield sender
    finally:
        sender.disconnect()
        sender.loop_stop()
        broker.close()


def publish(sender: Client, topic: str, message: Any) -> None:
    payload = message if isinstance(message, str | bytes) else json.dumps(message)
    sender.publish(topic, payload, qos=1).wait_for_publish(20)


def greet(sender: Client, heard: Heard) -> int:
    """Publish until the listener hears, since it subscribes in its own time; return how many came."""
    before = len(heard.lines())

    def one() -> bool:
        publish(sender, LOCATION, mqtt_location(0))
        threading.Event().wait(0.1)
        return len(heard.lines()) > before

    wait_until(one)
    threading.Event().wait(0.2)
    return len(heard.lines())


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_messages_land_with_their_topic(tmp_path: Path, transport: str) -> None:
    port = free_port()
    with harbour(port, transport) as sender, listening(settings(port, transport), tmp_path) as heard:
        before = greet(sender, heard)
        publish(sender, LOCATION, mqtt_location())
        publish(sender, f"vessels-v2/{MMSI}/metadata", mqtt_metadata())
        publish(sender, "vessels-v2/status", {"status": "CONNECTED"})  # not asked for
        publish(sender, "vessels-v2/x/location", mqtt_location())  # no ship's
        publish(sender, LOCATION, "no json\xff")
        publish(sender, LOCATION, mqtt_location(NOON_MS // 1000 + 10))
        wait_until(lambda: len(heard.lines()) == before + 3)
    landed = [json.loads(line) for line in heard.lines()[before:]]
    assert [line["topic"].rpartition("/")[2] for line in landed] == ["location", "metadata", "location"]
    assert landed[0]["message"] == mqtt_location()
    assert heard.of("lost") == ["not kept: 1 messages of other topics, 1 messages that are no JSON object"]
    read = drain(heard.landing.ready()[0])
    assert (read.positions.num_rows, read.source.static_messages) == (2, 1)
    assert {row["mmsi"] for row in read.positions.to_pylist()} == {MMSI}


def test_a_broker_that_goes_and_comes_back_is_found_again(tmp_path: Path) -> None:
    port = free_port()
    with listening(settings(port), tmp_path) as heard:
        with harbour(port) as sender:
            greet(sender, heard)
        wait_until(lambda: heard.of("down"))
        with harbour(port) as sender:
            greet(sender, heard)
            kinds = [kind for kind, _ in heard.told]
    assert kinds[-3:] == ["up", "down", "up"]
    assert "is back after" in heard.of("up")[-1]


def test_a_broker_that_refuses_us_is_a_fault(tmp_path: Path) -> None:
    port = free_port()
    broker = Harbour(port, "tcp", open_to_all=False)
    try:
        with listening(settings(port), tmp_path) as heard:
            wait_until(lambda: heard.of("fault"))
    finally:
        broker.close()
    assert "does not let us in: Not authorized" in heard.of("fault")[0]


def test_a_broker_without_messages_is_asked_anew(tmp_path: Path) -> None:
    port = free_port()
    with harbour(port), listening(settings(port, silent_after=timedelta(seconds=0.3)), tmp_path) as heard:
        wait_until(lambda: heard.of("down"))
    assert "no message for" in heard.of("down")[0]


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_a_server_that_speaks_no_mqtt_is_told(tmp_path: Path, transport: str) -> None:
    answer = sends(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3, then_stay=False)
    with serving(answer) as server, listening(settings(server.port, transport), tmp_path) as heard:
        wait_until(lambda: heard.of("down"))
    assert heard.lines() == []


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with listening(settings(free_port()), tmp_path) as heard:
        wait_until(lambda: heard.of("down"))
    assert "refused" in heard.of("down")[0]


class Ended:
    """An inbox whose writer has ended."""

    counts = Counts()

    def put(self, lines: bytes) -> None:
        raise StoreError("the thread that writes the inbox has ended")


def test_a_writer_that_ended_is_no_fault_of_the_broker() -> None:
    """Taken for one, it would be tried again for ever, and all that comes in would be lost without a word."""
    port, stop = free_port(), threading.Event()
    with harbour(port) as sender:
        sender.publish(LOCATION, json.dumps(mqtt_location()), qos=1, retain=True).wait_for_publish(20)
        link = Link("broker", 20.0, stop, lambda *said: None)
        with pytest.raises(StoreError, match="has ended"):
            _receive(settings(port), Ended(), link)  # type: ignore[arg-type]
