"""Digitraffic's MQTT: positions and identities of ships in Finnish waters, landed as they come.

References
----------
digitraffic.fi/en/marine-traffic: topics `vessels-v2/<mmsi>/location` and `vessels-v2/<mmsi>/metadata`
"""

from __future__ import annotations

import re
import secrets
from functools import partial
from threading import Event
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from watch.clock import now
from watch.source_settings import DigitrafficMqttSettings
from watch.sources.json_lines import json_line, read_message
from watch.sources.landing import Landing
from watch.sources.link import Link, RefusedError, keep_connected
from watch.sources.stream import LOOK_S, Landed, Tell

TOPICS = ("vessels-v2/+/location", "vessels-v2/+/metadata")

_TOPIC = re.compile(r"(?a:vessels-v2/\d{1,10}/(location|metadata))")
_CONNECT_S = 10.0
_KEEP_ALIVE_S = 30
_PATH = "/mqtt"
_WAITING_MESSAGES = 20_000  # own: of a few hundred bytes each


def listen(settings: DigitrafficMqttSettings, landing: Landing, stop: Event, tell: Tell) -> None:
    """Receive what Digitraffic sends into an inbox until `stop` is set."""
    where = f"MQTT {settings.host}:{settings.port}"
    with Landed(settings, landing, "jsonl", stop, tell, queue_items=_WAITING_MESSAGES) as landed:
        link = Link(where, settings.silent_after.total_seconds(), stop, tell)
        keep_connected(link, partial(_receive, settings, landed, link))


def _receive(settings: DigitrafficMqttSettings, landed: Landed, link: Link) -> None:
    client = _client(settings)
    refused: list[str] = []
    client.on_connect = partial(_subscribe, refused)
    client.on_message = partial(_take, settings.receiver, landed, link)
    try:
        client.connect(settings.host, settings.port, keepalive=_KEEP_ALIVE_S)
        while not link.stop.is_set():
            code = client.loop(LOOK_S)
            if refused:
                raise RefusedError(f"the server does not let us in: {refused[0]}")
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError(f"the connection ended ({code.name})")
            link.check()
    except (ValueError, RuntimeError) as error:  # of paho, where the other side speaks no MQTT or websocket
        raise ConnectionError(f"the other side is not understood ({type(error).__name__})") from error
    finally:
        client.disconnect()


def _client(settings: DigitrafficMqttSettings) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=f"shipwatch-{secrets.token_hex(6)}", transport=settings.transport
    )
    client.connect_timeout = _CONNECT_S
    if settings.transport == "websockets":
        client.ws_set_options(path=_PATH)
    if settings.tls:
        client.tls_set()
    return client


def _subscribe(refused: list[str], client: Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
    if reason.is_failure:
        refused.append(str(reason))
    else:
        client.subscribe([(topic, 0) for topic in TOPICS])


def _take(receiver: str, landed: Landed, link: Link, client: Client, userdata: Any, message: MQTTMessage) -> None:
    payload = bytes(message.payload)
    if not _TOPIC.fullmatch(message.topic):
        landed.counts.add("messages of other topics")
    elif read_message(payload, landed.counts) is not None:
        landed.put(json_line("digitraffic", payload, now(), message.topic, receiver))
        link.heard()
