"""The server behind `shipwatch serve`: where it listens, who may come, and its end."""

from __future__ import annotations

import getpass
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn

from watch.errors import ConfigError
from watch.settings import Settings
from watch.web.app import create_app
from watch.web.site import Site
from watch.workspace import Workspace

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_END_WAIT_S = 5  # own: a page takes less


def make_site(ws: Workspace, settings: Settings, host: str) -> Site:
    """Return the site for an address to listen on.

    Raises
    ------
    ConfigError
        Others can reach that address, and there is no user.
    """
    site = Site(ws, settings, needs_login=not is_loopback(host), owner=_login())
    if site.needs_login:
        raise ConfigError(f"{host} can be reached by others: make a user first with `shipwatch user add NAME`")
    return site


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
    if not is_loopback(host) and named is None:
        return ["*"]
    return [*_LOOPBACK, *([named] if named else [])]


def run_server(site: Site, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until somebody ends it; `tell` is given the address as soon as it answers.

    Raises
    ------
    ConfigError
        The address cannot be listened on.
    """
    listening = listen(host, port)
    at = listening.getsockname()[1]
    config = uvicorn.Config(
        create_app(site, allowed_hosts(site.settings, host)),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_END_WAIT_S,
    )
    shown = f"[{host}]" if ":" in host else host
    tell(f"http://{shown}:{at}/")
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def in_background(site: Site) -> Iterator[str]:
    """Serve on a free port of this machine while something else is done, and give the address."""
    host = "127.0.0.1"
    listening = listen(host, 0)
    config = uvicorn.Config(create_app(site, allowed_hosts(site.settings, host)), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{listening.getsockname()[1]}"
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
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        what = f"{host} port {port} cannot be listened on: {error.strerror or error}"
        raise ConfigError(f"{what}; name another with --host or --port") from error


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "analyst"
