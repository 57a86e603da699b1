"""`shipwatch serve`: the web page."""

from __future__ import annotations

from typing import Annotated

import typer

from watch.commands.context import examples, say, settings_of, workspace

EXAMPLES = examples("shipwatch serve", "shipwatch --data-dir shipwatch-demo serve --port 9000")


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default `[web] host`, else this machine alone.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; default `[web] port`, else 8321; 0: any.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show alerts, replay tracks and look up vessels in a browser.

    On this machine it is open to whoever uses it. On any other address it needs users, made with `shipwatch user add`.
    """
    from watch.web.server import make_site, run_server

    settings, ws = settings_of(ctx), workspace(ctx)
    web = settings.web
    asked_host, asked_port = host or web.host, web.port if port is None else port
    site = make_site(ws, settings, asked_host)

    def tell(url: str) -> None:
        say(f"Shipwatch is at {url} (Ctrl-C ends it)")
        if open_:
            import webbrowser

            webbrowser.open(url)

    run_server(site, asked_host, asked_port, tell)
