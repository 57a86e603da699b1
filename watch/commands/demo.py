"""`shipwatch demo`: the whole chain on bundled, synthetic tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch.commands.alerts import print_alerts
from watch.commands.context import progress_bar


def demo(
    folder: Annotated[Path, typer.Option(help="Where everything goes; cleared when it is the demo's.")] = Path(
        "shipwatch-demo"
    ),
) -> None:
    """Load made tracks of 2020's cases, raise alerts, write a digest and a replay. All ships in it are synthetic."""
    from watch.demo import run_demo

    with progress_bar() as progress:
        shown = run_demo(folder, progress)
    typer.echo("SYNTHETIC tracks: made from way-points and dates, no ship sailed them.")
    f = shown.report.files[0]
    typer.echo(f"{f.rows_read:,} rows: {f.positions:,} positions, {f.duplicates:,} duplicates, {f.rejects:,} rejects;")
    typer.echo(f"{shown.report.events:,} events, {len(shown.alerts)} alerts.\n")
    print_alerts(shown.alerts)
    typer.echo("")
    for what, path in shown.paths.items():
        typer.echo(f"{what:<7} {path}")
    typer.echo(f"\nLook closer:  shipwatch --data-dir {folder} alerts show {shown.alerts[0]['alert_id'][:6]}")
    typer.echo(f"In a browser: shipwatch --data-dir {folder} serve")
