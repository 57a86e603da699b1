"""Listening to real servers on loopback, and waiting for what is to come of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.readers.test_nmea import fix, sentences
from watch.sources import listen_to
from watch.sources.landing import Landing

DEADLINE_S = 30.0
#: Quick enough for tests: on disk after 50 ms, loadable after a quarter of a second.
QUICK = {"flush_s": 0.05, "batch": timedelta(seconds=0.25)}
#: A batch that ends only with the stream.
ONE_BATCH = {"flush_s": 0.05, "batch": timedelta(hours=1)}


def wait_until(holds: Callable[[], Any], what: str = "") -> Any:
    """Return what a condition gives once it holds; it has half a minute."""
    until_s = time.monotonic() + DEADLINE_S
    while not (found := holds()):
        assert time.monotonic() < until_s, f"waited in vain for {what or holds}"
        time.sleep(0.005)
    return found


def read_inbox(landing: Landing) -> str:
    """Return all that stands in an inbox, read again when a file got its name meanwhile."""
    while True:
        with suppress(FileNotFoundError):
            return "".join(path.read_text() for path in sorted([*landing.ready(), *landing.parts()]))


@dataclass
class Heard:
    """A listener at work: its inbox and what it told."""

    landing: Landing
    told: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, kind: str, message: str) -> None:
        self.told.append((kind, message))

    def of(self, kind: str) -> list[str]:
        return [message for told, message in self.told if told == kind]

    def lines(self) -> list[str]:
        """Return what has landed, finished or not, as far as it is on disk."""
        return read_inbox(self.landing).splitlines()

    def size_bytes(self) -> int:
        return len(read_inbox(self.landing))

    def bare(self) -> list[str]:
        """Return the sentences that have landed, without tag blocks."""
        return [line.rpartition("\\")[2] for line in self.lines()]


@contextmanager
def listening(settings: Any, folder: Path) -> Iterator[Heard]:
    """Run a stream's listener in a thread until the block ends."""
    heard, stop, ended = Heard(Landing(folder)), threading.Event(), []

    def run() -> None:
        try:
            listen_to(settings, heard.landing, stop, heard.tell)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive(), "the listener does not stop"
    assert ended == []
    assert heard.landing.parts() == [], "a batch was not closed"


Serve = Callable[[socket.socket], None]


class TcpServer:
    """Serves each connection by the next script; the last one serves all that follow."""

    def __init__(self, *scripts: Serve) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._scripts, self.connections = list(scripts), 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            threading.Thread(target=self._serve, args=(script, connection), daemon=True).start()

    @staticmethod
    def _serve(script: Serve, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the listener went away
            script(connection)

    def close(self) -> None:
        self._socket.close()


@contextmanager
def serving(*scripts: Serve) -> Iterator[TcpServer]:
    server = TcpServer(*scripts)
    try:
        yield server
    finally:
        server.close()


def sends(*pieces: bytes, then_stay: bool = True) -> Serve:
    """Return a script that sends pieces, each in a packet of its own, and stays or closes."""

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        if then_stay:
            connection.recv(1)

    return serve


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def numbered(count: int) -> list[str]:
    """Return sentences that differ: one ship underway, a position each."""
    return [fix(lat=20.0 + number / 1000, second=number % 60) for number in range(count)]


def in_parts(number: int) -> list[str]:
    """Return both sentences of an identity; the number makes it another."""
    said = {"imo": 9999802, "shipname": f"SHIP {number}", "callsign": "A8XY1", "ship_type": 80, "draught": 10.1}
    return sentences(5, seq_id=number % 10, **said)


def as_bytes(lines: list[str], end: str = "\r\n") -> bytes:
    return "".join(line + end for line in lines).encode()
