"""`shipwatch replay`: the same chain over the past on a frozen clock, and the past as a page that plays."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.commands.context import examples, print_json, progress_bar, workspace
from watch.errors import ConfigError
from watch.moments import moment

if TYPE_CHECKING:
    from watch.replay import Replayed
    from watch.scene.asked import Asked
    from watch.workspace import Workspace

EXAMPLES = examples(
    "shipwatch replay",
    "shipwatch replay --to 2020-06-01 --json",
    "shipwatch replay --alert 2e969195 --html luna.html",
    "shipwatch replay --vessel 9208124 --from 2020-05-01 --to 2020-07-15 --html bella.html",
)


def replay(
    ctx: typer.Context,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="Begin here (UTC); default all.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="T", help="Stand the clock here; default the last fix.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="The alerts as they stood then, one JSON object a line.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write what happened as one page that plays offline.")
    ] = None,
    vessel: Annotated[
        str | None, typer.Option("--vessel", metavar="X", help="With --html: this ship, and whom it met.")
    ] = None,
    alert: Annotated[
        str | None, typer.Option("--alert", metavar="ID", help="With --html: this alert; its times are told by it.")
    ] = None,
) -> None:
    """Run the chain over stored positions up to a moment, and say what differs from what is stored.

    Nothing is written. With no options the two must be equal; the exit code is 1 when they are not. With --html a page
    is written instead, and nothing is compared.
    """
    since, until = moment(from_, "--from"), moment(to, "--to")
    if html is None and (vessel or alert):
        raise ConfigError("--vessel and --alert say what the page of --html shows; name its file with --html FILE")
    ws = workspace(ctx)
    if html is not None:
        _write(ws, _asked(ws, alert, vessel, since, until), html)
        return
    _compare(ws, since, until, json=json)


def _asked(
    ws: Workspace, alert: str | None, vessel: str | None, since: datetime | None, until: datetime | None
) -> Asked:
    from watch.commands.vessel import choose_vessel
    from watch.scene.asked import ask_for_alert, ask_for_vessel, ask_for_window

    if alert and (vessel or since or until):
        raise ConfigError("an alert tells its ships and times itself; leave --vessel, --from and --to away")
    if alert:
        return ask_for_alert(ws, alert)
    if not vessel:
        return ask_for_window(ws, since, until)
    with ws.engine.connect() as conn:
        vessel_id = choose_vessel(conn, vessel, table=True)
    return ask_for_vessel(ws, vessel_id, since, until)


def _write(ws: Workspace, asked: Asked, path: Path) -> None:
    """Write the page, whole or not at all, and say where it is."""
    from watch.clock import now
    from watch.demo import is_demo
    from watch.parquet import replacing
    from watch.scene.report import make_report

    made = make_report(ws, asked, now(), synthetic=is_demo(ws.data_dir))
    try:
        with replacing(path) as unfinished:
            unfinished.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}; name another file") from error
    typer.echo(f"{path}: {len(made.text.encode()) / 1000:,.0f} kB, plays in a browser without a network")
    for line in made.told:
        typer.echo(line)


def _compare(ws: Workspace, since: datetime | None, until: datetime | None, *, json: bool) -> None:
    from watch.replay import replay as run

    with progress_bar() as progress:
        seen = run(ws, since, until, progress)
    if json:
        print_json(seen.alerts)
    else:
        _tell(seen)
        if not seen.equal:
            raise typer.Exit(1)


def _tell(seen: Replayed) -> None:
    typer.echo(f"{len(seen.events):,} events and {len(seen.alerts):,} alerts as of {seen.as_of:%Y-%m-%d %H:%M} UTC")
    for what, d in (("events", seen.event_differences), ("alerts", seen.alert_differences)):
        if d:
            typer.echo(
                f"{what}: {d.equal:,} equal to the stored ones, {d.different:,} different, "
                f"{d.only_replayed:,} only in the replay, {d.only_stored:,} only stored"
            )
