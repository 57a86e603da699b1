"""The command line. Commands import what they need when they run, so that `--help` answers at once."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from watch import __version__
from watch.commands import (
    alert_export,
    alert_life,
    alert_silences,
    alert_summary,
    alerts,
    coverage,
    db,
    deliveries,
    demo,
    digest,
    events,
    fetch,
    init,
    load,
    replay,
    rule_proofs,
    rules,
    run,
    serve,
    status,
    synth,
    user,
    vessel,
    watchlist,
    zones,
)
from watch.commands.context import Options, examples, say
from watch.errors import ShipwatchError

_STOPPED = 130  # as shells have it for Ctrl-C

app = typer.Typer(
    name="shipwatch",
    help="Find out what ships did from their AIS tracks, and match it against rules you can write.",
    epilog="Start with `shipwatch demo`, or `shipwatch load FILE` on AIS data of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=examples("shipwatch demo", "shipwatch demo --folder look"))(demo.demo)
app.command(epilog=examples("shipwatch init", "shipwatch init -o /etc/shipwatch.toml"))(init.init)
app.command(epilog=load.EXAMPLES)(load.load)
app.command(epilog=fetch.EXAMPLES)(fetch.fetch)
app.command(epilog=events.EXAMPLES)(events.events)
app.command(epilog=vessel.EXAMPLES)(vessel.vessel)
app.command(epilog=coverage.EXAMPLES)(coverage.coverage)
for part in (alert_life, alert_silences, alert_export, alert_summary):
    part.add_to(alerts.app)
app.add_typer(alerts.app, name="alerts")
rule_proofs.add_to(rules.app)
app.add_typer(rules.app, name="rules")
app.add_typer(zones.app, name="zones")
app.add_typer(watchlist.app, name="watchlist")
app.command(epilog=digest.EXAMPLES)(digest.digest)
app.add_typer(deliveries.app, name="deliveries")
app.command(epilog=replay.EXAMPLES)(replay.replay)
app.command(epilog=synth.EXAMPLES)(synth.synth)
app.command(epilog=run.EXAMPLES)(run.run)
app.command(epilog=serve.EXAMPLES)(serve.serve)
app.add_typer(user.app, name="user")
app.command(epilog=status.EXAMPLES)(status.status)
app.add_typer(db.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shipwatch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    data_dir: Annotated[
        Path, typer.Option(envvar="SHIPWATCH_DATA_DIR", help="Folder of the positions, states and database.")
    ] = Path("shipwatch-data"),
    db: Annotated[
        str | None,
        typer.Option(envvar="SHIPWATCH_DB", help="Database URL; default SQLite in the data folder.", show_envvar=True),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(envvar="SHIPWATCH_CONFIG", help="Settings; default shipwatch.toml here or in the data folder."),
    ] = None,
    version: Annotated[  # read by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keep the options for the command."""
    ctx.obj = Options(data_dir, db, config)


#: Allocations between two searches for circular garbage. A load makes a million small rows and hardly a circle: the
#: default of 2,000 spends four seconds of thirty-five on the search.
GC_THRESHOLD = 500_000


def main() -> None:
    """Run a command; explain a fault in one message and exit 1, or 2 for bad use or configuration."""
    gc.set_threshold(GC_THRESHOLD)
    try:
        app()
    except ShipwatchError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("stopped; what was finished is stored, and the next run goes on from there")
        sys.exit(_STOPPED)
    except OSError as error:  # a full disk, a folder that may not be written
        say(f"error: {error.filename or 'the data folder'}: {error.strerror or error}; what was finished is stored")
        sys.exit(1)
