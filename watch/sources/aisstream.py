"""The websocket of aisstream.io: its JSON messages are landed as they come.

References
----------
aisstream.io/documentation; github.com/aisstream/ais-message-models
"""

from __future__ import annotations

import json
import logging
from functools import partial
from threading import Event
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from watch.clock import now
from watch.errors import ConfigError
from watch.secret import read_secret
from watch.source_settings import AisstreamSettings
from watch.sources.http_client import shown
from watch.sources.json_lines import json_line, read_message
from watch.sources.landing import Landing
from watch.sources.link import Link, RefusedError, keep_connected
from watch.sources.stream import LOOK_S, Landed, Tell
from watch.wording import clean

#: The messages that tell where or who a ship is.
MESSAGE_TYPES = (
    "PositionReport",
    "StandardClassBPositionReport",
    "ExtendedClassBPositionReport",
    "LongRangeAisBroadcastMessage",
    "ShipStaticData",
    "StaticDataReport",
)

_CONNECT_S = 10.0
_PING_S = 20.0
#: At `debug` the library would log what is sent, which holds the key.
_WIRE_LOG = logging.getLogger(f"{__name__}.wire")
_WIRE_LOG.setLevel(logging.WARNING)

_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_REFUSED = (401, 403, 429)
_FRAME_BYTES = 1 << 20  # own: beyond it the connection is cut; what is merely too long for a message is counted
_WAITING_MESSAGES = 20_000  # own: of a few hundred bytes each


def listen(settings: AisstreamSettings, landing: Landing, stop: Event, tell: Tell) -> None:
    """Receive what aisstream.io sends into an inbox until `stop` is set.

    Raises
    ------
    ConfigError
        The key is not set, or would travel unencrypted.
    """
    parts = urlsplit(settings.url)
    if parts.scheme != "wss" and parts.hostname not in _THIS_MACHINE:
        raise ConfigError(f"source {settings.name}: the key would travel unencrypted; write url with wss://")
    key = read_secret(settings.key, f"the key of the source {settings.name}")
    with Landed(settings, landing, "jsonl", stop, tell, queue_items=_WAITING_MESSAGES) as landed:
        link = Link(shown(settings.url), settings.silent_after.total_seconds(), stop, tell)
        keep_connected(link, partial(_receive, settings, key, landed, link))


def _receive(settings: AisstreamSettings, key: str, landed: Landed, link: Link) -> None:
    try:
        with connect(
            settings.url,
            open_timeout=_CONNECT_S,
            close_timeout=1,
            ping_interval=_PING_S,
            max_size=_FRAME_BYTES,
            logger=_WIRE_LOG,
        ) as connection:
            connection.send(json.dumps(subscription(settings, key)))  # to be there within 3 s
            while not link.stop.is_set():
                _take(_next_message(connection), settings, key, landed, link)
                link.check()
    except InvalidStatus as error:
        status = error.response.status_code
        kind = RefusedError if status in _REFUSED else ConnectionError
        raise kind(f"the server answers {status}") from None
    except WebSocketException as error:  # its words may hold what was sent
        raise ConnectionError(f"the connection ended ({type(error).__name__}: {_hidden(str(error), key)})") from None


def subscription(settings: AisstreamSettings, key: str) -> dict[str, object]:
    """Return the first message, which says who we are and what we want."""
    asked: dict[str, object] = {
        "APIKey": key,
        "BoundingBoxes": [[[south, west], [north, east]] for south, west, north, east in settings.boxes],
        "FilterMessageTypes": list(MESSAGE_TYPES),
    }
    if settings.mmsi:
        asked["FiltersShipMMSI"] = [f"{mmsi:09d}" for mmsi in settings.mmsi]
    return asked


def _next_message(connection: Connection) -> str | bytes | None:
    try:
        return connection.recv(timeout=LOOK_S)
    except TimeoutError:
        return None


def _take(raw: str | bytes | None, settings: AisstreamSettings, key: str, landed: Landed, link: Link) -> None:
    said = read_message(raw, landed.counts) if raw is not None else None
    if raw is None or said is None:
        return
    if "error" in said:
        raise RefusedError(f"the server says: {_hidden(str(said['error']), key)}; check the key and its connections")
    if "Message" not in said:
        landed.counts.add("messages without a report")
        return
    landed.put(json_line("aisstream", raw, now(), receiver=settings.receiver))
    link.heard()


def _hidden(text: str, key: str) -> str:
    """Return words of the other side, cleaned, without the key."""
    return clean(text.replace(key, "(key)"))[:200]
