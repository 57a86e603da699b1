"""NMEA sentences over TCP and UDP: each is landed with the time of its receipt, the parts of a message together."""

from __future__ import annotations

import socket
import struct
import sys
from datetime import datetime
from functools import partial
from threading import Event
from time import monotonic

from watch.clock import now
from watch.readers.sentences import Sentence, checksum, parse_sentence
from watch.source_settings import NmeaTcpSettings, NmeaUdpSettings, StreamSettings
from watch.sources.landing import Landing
from watch.sources.link import Link, keep_connected
from watch.sources.stream import LOOK_S, NO_AIS, Counts, Landed, Lines, Tell

_LINE_BYTES = 1024  # own: a sentence has at most 82 characters, tag blocks about as many again
_CHUNK_BYTES = 1 << 16
_CONNECT_S = 10.0
_PARTS_WITHIN_S = 2.0  # own: a radio sends the parts of a message within a second
_MOST_HELD = 1_000  # own: messages in parts that are open at once, of all senders
_DATAGRAMS = 20_000  # own: what may wait for the disk; a second of the world's traffic

#: Linux tells with a datagram how many were lost before it since the socket's buffer was full (socket(7)).
_SO_RXQ_OVFL = 40 if sys.platform == "linux" else None
_RECEIVE_BUFFER_BYTES = 4 << 20


class NmeaFeed:
    """Makes what is received ready to be landed.

    Parameters
    ----------
    settings
        Of the stream; its name and receiver are written into the tag blocks.
    counts
        Where lines that are not kept are counted.

    Notes
    -----
    A sentence with a moment of its own is kept as it came; to others a tag block with the time of receipt is added.
    The parts of a message are held until it is whole, at most two seconds, so that no end of a file comes between.
    """

    def __init__(self, settings: StreamSettings, counts: Counts) -> None:
        self._source, self._counts = settings.name, counts
        self._receiver = "" if settings.receiver == "unknown" else f"t:{settings.receiver}"
        self._held: dict[tuple[str, ...], tuple[float, list[str]]] = {}

    def take(self, lines: list[bytes], at: datetime, sender: str = "") -> bytes:
        """Return what can be landed now, of a sender's lines and of parts that waited."""
        ready = self._stale(monotonic() - _PARTS_WITHIN_S) if self._held else []
        for raw in lines:
            ready += self._line(raw.decode("ascii").strip(), at, sender)
        return "".join(f"{line}\n" for line in ready).encode("ascii")

    def rest(self) -> bytes:
        """Return the parts that still wait, at the end of a connection."""
        ready = self._stale(monotonic())
        return "".join(f"{line}\n" for line in ready).encode("ascii")

    def _line(self, text: str, at: datetime, sender: str) -> list[str]:
        if text.startswith("$"):
            self._counts.add(NO_AIS)
            return []
        sentence = parse_sentence(0, text) if text else ""
        if isinstance(sentence, str):  # damaged: loading says why
            return [text] if text else []
        key = (sender, *map(str, sentence.key))
        return self._join(sentence, key, self._tag(sentence, at) + text)

    def _tag(self, sentence: Sentence, at: datetime) -> str:
        received = "" if sentence.at_us is not None else f"c:{int(at.timestamp())},s:{self._source}"
        tag = ",".join(filter(None, (received, self._receiver)))
        return f"\\{tag}*{checksum(tag):02X}\\" if tag else ""

    def _join(self, sentence: Sentence, key: tuple[str, ...], text: str) -> list[str]:
        if sentence.count == 1:
            return [text]
        begun_s, parts = self._held.pop(key, (monotonic(), []))
        lost = parts if sentence.part != len(parts) + 1 else []
        parts = [text] if lost else [*parts, text]
        if sentence.part == sentence.count or sentence.part != len(parts):
            return [*lost, *parts]
        self._held[key] = (monotonic() if lost else begun_s, parts)
        return [*lost, *(self._oldest() if len(self._held) > _MOST_HELD else [])]

    def _oldest(self) -> list[str]:
        return self._held.pop(next(iter(self._held)))[1]

    def _stale(self, before_s: float) -> list[str]:
        old = [key for key, (begun_s, _) in self._held.items() if begun_s <= before_s]
        return [line for key in old for line in self._held.pop(key)[1]]


def listen_tcp(settings: NmeaTcpSettings, landing: Landing, stop: Event, tell: Tell) -> None:
    """Receive NMEA over TCP into an inbox until `stop` is set."""
    where = f"{settings.host}:{settings.port}"
    with Landed(settings, landing, "nmea", stop, tell) as landed:
        link = Link(where, settings.silent_after.total_seconds(), stop, tell)
        keep_connected(link, partial(_receive, settings, landed, link))


def _receive(settings: NmeaTcpSettings, landed: Landed, link: Link) -> None:
    lines, feed = Lines(landed.counts, _LINE_BYTES), NmeaFeed(settings, landed.counts)
    try:
        with socket.create_connection((settings.host, settings.port), timeout=_CONNECT_S) as connection:
            connection.settimeout(LOOK_S)
            while not link.stop.is_set():
                found = lines.cut(_next_bytes(connection))
                landed.put(feed.take(found, now()))
                if found:
                    link.heard()
                link.check()
    finally:
        lines.end()
        landed.put(feed.rest())


def _next_bytes(connection: socket.socket) -> bytes:
    """Return what came in, nothing when nothing came for a while."""
    try:
        data = connection.recv(_CHUNK_BYTES)
    except TimeoutError:
        return b""
    if not data:
        raise ConnectionError("the other side closed the connection")
    return data


def listen_udp(settings: NmeaUdpSettings, landing: Landing, stop: Event, tell: Tell) -> None:
    """Receive NMEA over UDP into an inbox until `stop` is set; what the disk cannot take is dropped and counted."""
    where = f"UDP {settings.bind}:{settings.port}"
    with Landed(settings, landing, "nmea", stop, tell, queue_items=_DATAGRAMS) as landed:
        link = Link(where, settings.silent_after.total_seconds(), stop, tell)
        keep_connected(link, partial(_hear, settings, landed, link))


def _hear(settings: NmeaUdpSettings, landed: Landed, link: Link) -> None:
    feed = NmeaFeed(settings, landed.counts)
    with _bound(settings) as receiver:
        overflow = _Overflow(landed.counts)
        while not link.stop.is_set():
            data, sender = overflow.next(receiver)
            found = Lines(landed.counts, _LINE_BYTES).cut(data + b"\n")  # a datagram ends its last line
            landed.offer(feed.take(found, now(), sender))
            if found:
                link.heard()
            elif link.silent:  # nothing to make anew: who sends will send again
                link.down(TimeoutError("no message for too long"))
    landed.offer(feed.rest())


def _bound(settings: NmeaUdpSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    try:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        if _SO_RXQ_OVFL is not None:
            receiver.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        receiver.settimeout(LOOK_S)
        receiver.bind((settings.bind, settings.port))
    except OSError:
        receiver.close()
        raise
    return receiver


class _Overflow:
    """Receives datagrams and counts those that the system dropped before them."""

    def __init__(self, counts: Counts) -> None:
        self._counts, self._before = counts, 0

    def next(self, receiver: socket.socket) -> tuple[bytes, str]:
        """Return the next datagram and who sent it; nothing when none came for a while."""
        try:
            data, notes, _, sender = receiver.recvmsg(_CHUNK_BYTES, socket.CMSG_SPACE(4))
        except TimeoutError:
            return b"", ""
        for level, kind, value in notes:
            if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL):
                (dropped,) = struct.unpack("I", value[:4])
                if dropped != self._before:
                    self._counts.add("datagrams dropped by the system", (dropped - self._before) % (1 << 32))
                self._before = dropped
        return data, f"{sender[0]}:{sender[1]}"
