"""A real HTTP server on loopback that keeps files as an archive does, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.readers import cases


@dataclass
class Kept:
    """A file of the server.

    Attributes
    ----------
    headers
        Sent with every answer, such as a digest.
    ranges
        Whether a part of it can be had.
    """

    body: bytes
    etag: str | None = None
    date: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True

    def __post_init__(self) -> None:
        if self.etag is None and self.date is None:
            self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:12]}"'


Misdeed = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Serves the files; the next misdeed planned for a path goes first."""

    protocol_version = "HTTP/1.1"
    server: Archive  # type: ignore[assignment]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_POST(self) -> None:
        self.posted = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.path_only = self.path.partition("?")[0]
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        plan = self.server.plans.get(self.path_only)
        if plan and with_body:
            plan.pop(0)(self)
            return
        kept = self.server.files.get(self.path_only)
        if kept is None:
            self.say(404)
            return
        self.serve(kept, with_body=with_body)

    def serve(self, kept: Kept, *, with_body: bool = True, cut: int | None = None) -> None:
        """Send a file, or the part that is asked for; `cut` bytes of it and the connection breaks."""
        start = self._start(kept)
        body = kept.body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(kept.body) - 1}/{len(kept.body)}")
        for name, value in {"ETag": kept.etag, "Last-Modified": kept.date, **kept.headers}.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.close_connection = True

    def _start(self, kept: Kept) -> int:
        asked = self.headers.get("Range", "")
        same = self.headers.get("If-Range") in (None, kept.etag, kept.date)
        if not (asked.startswith("bytes=") and kept.ranges and same):
            return 0
        return int(asked[6:].partition("-")[0])

    def say(self, status: int, text: str = "", **headers: str) -> None:
        """Send a short answer."""
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


class Archive(ThreadingHTTPServer):
    """The server: what it keeps, what it was asked, and the misdeeds that it will do, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, Kept] = {}
        self.plans: dict[str, list[Misdeed]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def gets(self, path: str) -> list[dict[str, str]]:
        """Return the headers of every GET of a path, in order."""
        return [headers for method, asked, headers in self.asked if method == "GET" and asked == path]


@contextmanager
def archive() -> Iterator[Archive]:
    """A server that runs."""
    server = Archive()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def zip_of(name: str, text: str, more_bytes: int = 0) -> bytes:
    """Return a zip with one file, and one of noise where it is to be large."""
    noise = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(more_bytes // 32))
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, text)
        if noise:
            packed.writestr("README", noise)
    return raw.getvalue()


def noaa_day(day: str) -> bytes:
    """Return a day as NOAA packs it: `2020-05-05`."""
    row = cases.NOAA_ROW.replace("2020-05-05", day)
    return zip_of(f"AIS_{day.replace('-', '_')}.csv", f"{cases.NOAA_HEADER}\n{row}\n")


def dma_day(day: str) -> bytes:
    """Return a day as the Danish archive packs it."""
    year, month, number = day.split("-")
    row = cases.DMA_ROW.replace("06/05/2020 12", f"{number}/{month}/{year} 12")
    return zip_of(f"aisdk-{day}.csv", f"{cases.DMA_HEADER}\n{row}\n")
