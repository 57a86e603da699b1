"""`shipwatch serve`: the web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import examples, say, settings_of, workspace
from watch.errors import ConfigError

_IN_CLEAR = """warning: passwords cross the network in clear text: give --certificate and --key, or put a proxy with TLS
in front and set `behind_proxy = true` under [web]; see docs/operations/web.md"""
_TLS = "shipwatch serve --host 0.0.0.0 --certificate desk.pem --key desk.key"
EXAMPLES = examples("shipwatch serve", "shipwatch --data-dir shipwatch-demo serve --port 9000", _TLS)


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default `[web] host`, else this machine alone.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; default `[web] port`, else 8321; 0: any.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificate chain for TLS, in PEM; with --key.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Key of the certificate, in PEM.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show alerts, replay tracks and look up vessels in a browser.

    On this machine it is open to whoever uses it. On any other address it needs users, made with `shipwatch user add`,
    and a certificate, here or at a proxy in front of it.
    """
    from watch.service.logs import start_log
    from watch.web.server import Tls, is_in_clear, make_site, run_server

    if (certificate is None) != (key is None):
        raise ConfigError("--certificate and --key go together: name both")
    tls = Tls(certificate, key) if certificate and key else None
    settings, ws = settings_of(ctx), workspace(ctx)
    start_log(settings.log)
    web = settings.web
    asked_host, asked_port = host or web.host, web.port if port is None else port
    site = make_site(ws, settings, asked_host)
    if is_in_clear(settings, asked_host, tls):
        say(_IN_CLEAR)

    def tell(url: str) -> None:
        say(f"Shipwatch is at {url} (Ctrl-C ends it)")
        if open_:
            import webbrowser

            webbrowser.open(url)

    run_server(site, asked_host, asked_port, tell, tls)
