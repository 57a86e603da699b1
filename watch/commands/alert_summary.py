"""`shipwatch alerts summary`: one alert on a sheet of paper, for a case file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import examples, say, workspace
from watch.errors import ConfigError, ShipwatchError

_EXAMPLES = examples("shipwatch alerts summary 3f2a -o case.pdf", "shipwatch alerts summary 3f2a -o case.png")


def add_to(app: typer.Typer) -> None:
    """Add the command to `shipwatch alerts`."""
    app.command(epilog=_EXAMPLES)(summary)


def summary(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="An alert's id, or the first characters of it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, ending in .pdf or .png.")],
) -> None:
    """Write one alert on a sheet of A4 for a case file: story, map, measures, what was not seen, decisions."""
    from watch.alert_board import named, read_told
    from watch.case.gather import gather_case
    from watch.case.picture import PRINT, draw_map
    from watch.case.summary import FORMS, draw_summary
    from watch.clock import now
    from watch.demo import is_demo

    form = output.suffix.removeprefix(".").lower()
    if form not in FORMS:
        raise ConfigError(f"'{output.name}' ends in no form of a summary; let it end in {' or '.join(FORMS)}")
    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        (alert,) = named(read_told(ws, conn), [alert_id])
    case, synthetic = gather_case(ws, alert["alert_id"]), is_demo(ws.data_dir)
    if case is None:
        raise ConfigError(f"alert {alert['alert_id']} is there no more")
    try:
        png = draw_map(ws, case.alert, synthetic=synthetic, sharpness=PRINT)
    except ShipwatchError as error:
        say(f"{error}; the summary has no map")
        png = None
    _write(output, draw_summary(case, png, form, made_at=now(), synthetic=synthetic))
    say(f"summary of alert {alert['alert_id']} written to {output}")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file with -o") from error
