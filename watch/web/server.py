"""The server behind `shipwatch serve`: where it listens, who may come, and its end."""

from __future__ import annotations

import getpass
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from urllib.parse import urlsplit

import uvicorn

from watch.errors import ConfigError
from watch.settings import Settings
from watch.store.users import has_users
from watch.web.app import create_app
from watch.web.site import Site
from watch.workspace import Workspace

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_END_WAIT_S = 5  # own: a page takes less


@dataclass(frozen=True)
class Tls:
    """The files of a certificate chain and its key, in PEM."""

    certificate: Path
    key: Path


def make_site(ws: Workspace, settings: Settings, host: str) -> Site:
    """Return the site for an address to listen on.

    Raises
    ------
    ConfigError
        Others can reach the page, and there is no user.
    """
    needs_login = settings.web.behind_proxy or not is_loopback(host)
    if needs_login:
        with ws.engine.connect() as conn:
            if not has_users(conn):
                raise ConfigError(f"{_reached(host)}: make a user first with `shipwatch user add NAME`")
    return Site(ws, settings, needs_login=needs_login, owner=_login())


def _reached(host: str) -> str:
    through = "the page can be reached by others through the proxy of `[web] behind_proxy`"
    return through if is_loopback(host) else f"{host} can be reached by others"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "desk.example.org")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_hosts(settings: Settings, host: str) -> list[str]:
    """Return the names under which the page may be asked for; any, where a password is asked for and none is set."""
    named = urlsplit(settings.web.url).hostname if settings.web.url else None
    if named is None and (settings.web.behind_proxy or not is_loopback(host)):
        return ["*"]
    return [*_LOOPBACK, *([named] if named else []), *([] if is_loopback(host) else [_in_header(host)])]


def run_server(site: Site, host: str, port: int, tell: Callable[[str], None], tls: Tls | None = None) -> None:
    """Serve until somebody ends it; `tell` is given the address as soon as it answers.

    Raises
    ------
    ConfigError
        The address cannot be listened on, or the certificate cannot be read.
    """
    config = server_config(site, host, tls)
    listening = listen(host, port)
    tell(f"{_address(host, listening, tls)}/")
    threading.Thread(target=site.warm, daemon=True).start()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def server_config(site: Site, host: str, tls: Tls | None = None) -> uvicorn.Config:
    """Return how the server runs: whom it believes about who asks, and with which certificate.

    Raises
    ------
    ConfigError
        The certificate cannot be read.
    """
    if tls:
        _check_tls(tls)
    web = site.settings.web
    return uvicorn.Config(
        create_app(site, allowed_hosts(site.settings, host)),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=web.behind_proxy,
        forwarded_allow_ips=web.proxy,
        timeout_graceful_shutdown=_END_WAIT_S,
        ssl_certfile=str(tls.certificate) if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
    )


def _check_tls(tls: Tls) -> None:
    try:
        SSLContext(PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, password=lambda: b"")
    except OSError as error:  # SSLError is one
        said = error.strerror or str(error) or "is none"
        named = f"{tls.certificate} with {tls.key}"
        raise ConfigError(
            f"{named} cannot be used for TLS ({said}); name a certificate chain and its key in PEM, without a password"
        ) from error


def is_in_clear(settings: Settings, host: str, tls: Tls | None) -> bool:
    """Return whether passwords would cross a network in clear text."""
    return not (is_loopback(host) or tls or settings.web.behind_proxy)


@contextmanager
def in_background(site: Site, tls: Tls | None = None) -> Iterator[str]:
    """Serve on a free port of this machine while something else is done, and give the address."""
    host = "127.0.0.1"
    server = uvicorn.Server(server_config(site, host, tls))
    listening = listen(host, 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield _address(host, listening, tls)
    finally:
        server.should_exit = True
        thread.join()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    ConfigError
        It cannot.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # what is accepted inherits it; without it each answer after the first waits 40 ms for the browser's receipt
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        what = f"{host} port {port} cannot be listened on: {error.strerror or error}"
        raise ConfigError(f"{what}; name another with --host or --port") from error


def _address(host: str, listening: socket.socket, tls: Tls | None) -> str:
    return f"{'https' if tls else 'http'}://{_in_header(host)}:{listening.getsockname()[1]}"


def _in_header(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "analyst"
