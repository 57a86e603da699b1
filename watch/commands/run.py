"""`shipwatch run`: the scheduler, for as long as it is left alone, or once for cron."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from watch.commands.context import examples, settings_of, workspace

EXAMPLES = examples("shipwatch run", "shipwatch --config /etc/shipwatch.toml run", "shipwatch run --once")


def run(
    ctx: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now and end; for cron. The monitoring run is always due.")
    ] = False,
) -> None:
    """Run unattended: ask sources, load, find events, match rules, send digests, as shipwatch.toml says.

    One process is at work on a database; a second one stands by and takes over. SIGTERM and Ctrl-C finish the step
    under way and end.
    """
    settings = settings_of(ctx)
    ws = workspace(ctx, new=True)
    from watch.errors import Stopped
    from watch.service.checks import check_settings
    from watch.service.logs import start_log
    from watch.service.work import Service

    check_settings(ws, settings)
    start_log(settings.log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    service = Service(ws, settings, stop)
    try:
        well = service.run_once() if once else service.run()
    except Stopped:  # while it stood by: nothing was under way
        well = True
    if not well:
        raise typer.Exit(1)
