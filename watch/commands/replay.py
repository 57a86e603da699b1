"""`shipwatch replay`: the same chain over the past on a frozen clock, held against what is stored."""

from __future__ import annotations

from typing import Annotated

import typer

from watch.commands.context import print_json, progress_bar, workspace
from watch.moments import moment


def replay(
    ctx: typer.Context,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="Begin here (UTC); default all.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="T", help="Stand the clock here; default the last fix.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="The alerts as they stood then, one JSON object a line.")
    ] = False,
) -> None:
    """Run the chain over stored positions up to a moment, and say what differs from what is stored.

    Nothing is written. With no options the two must be equal; the exit code is 1 when they are not.
    """
    from watch.replay import replay as run

    since, until = moment(from_, "--from"), moment(to, "--to")
    ws = workspace(ctx)
    with progress_bar() as progress:
        seen = run(ws, since, until, progress)
    if json:
        print_json(seen.alerts)
        return
    typer.echo(f"{len(seen.events):,} events and {len(seen.alerts):,} alerts as of {seen.as_of:%Y-%m-%d %H:%M} UTC")
    for what, d in (("events", seen.event_differences), ("alerts", seen.alert_differences)):
        if d:
            typer.echo(
                f"{what}: {d.equal:,} equal to the stored ones, {d.different:,} different, "
                f"{d.only_replayed:,} only in the replay, {d.only_stored:,} only stored"
            )
    if not seen.equal:
        raise typer.Exit(1)
