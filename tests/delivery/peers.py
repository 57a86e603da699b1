"""Real peers on loopback: a mail server that can be as difficult as real ones, and a web server that takes posts."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "watch", "s3cret-Passw0rd"


@dataclass
class Mailbox:
    """What a server took, and how it treats those who bring it.

    Attributes
    ----------
    taken
        Sender, recipients and bytes of each mail that was answered with 250.
    refuse
        Address → what is said to it.
    at_data
        What is said to the next mails, one after another; `cut` ends the connection instead, after the mail was
        taken, and `drop` before that.
    slow_s
        How long an answer to DATA takes.
    """

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    at_data: list[str] = field(default_factory=list)
    slow_s: float = 0.0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.at_data.pop(0) if self.at_data else "250 taken"
        await asyncio.sleep(self.slow_s)
        if answer in ("250 taken", "cut"):
            content = envelope.content
            self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), bytes(content or b"")))
        if answer in ("cut", "drop"):
            server.transport.abort()
            return "250 never heard"
        return answer


@contextmanager
def mail_server(
    box: Mailbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[int]:
    """Run a mail server on loopback and give its port."""

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    auth = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if login else {}
    more = {"tls_context": starttls, "require_starttls": True} if starttls else {}
    controller = Controller(
        box, hostname="127.0.0.1", port=0, ssl_context=tls, server_hostname="localhost", **auth, **more
    )
    # it would ask port 0 whether it is there
    controller._trigger_server = lambda: socket.create_connection(controller.server.sockets[0].getsockname()).close()
    controller.start()
    try:
        yield controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()


@dataclass
class Posts:
    """What a web server was posted, and what it answers."""

    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def web_server(posts: Posts) -> Iterator[str]:
    """Run a web server on loopback and give its address; an answer of 0 ends the connection without one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.taken.append((self.path, dict(self.headers.items()), body))
            status = posts.answers.pop(0) if posts.answers else 204
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
