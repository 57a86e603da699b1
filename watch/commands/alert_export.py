"""`shipwatch alerts export`: alerts for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.commands.alert_options import read_wanted, with_choice
from watch.commands.context import examples, say
from watch.errors import ConfigError
from watch.wording import plural

if TYPE_CHECKING:
    from watch.alert_filter import Wanted

_FORMATS = ("json", "jsonl", "csv", "geojson", "kml")
_EXAMPLES = examples(
    "shipwatch alerts export -o alerts.csv",
    "shipwatch alerts export --format geojson --level critical -o critical.geojson",
    "shipwatch alerts export -o open.kml --status open --status acknowledged",
)


def add_to(app: typer.Typer) -> None:
    """Add the command to `shipwatch alerts`."""
    app.command(epilog=_EXAMPLES)(export)


@with_choice
def export(
    ctx: typer.Context,
    wanted: Wanted,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; default stdout.")] = None,
    format: Annotated[
        str | None, typer.Option(help=f"{', '.join(_FORMATS)}; default as the file ends, else json.")
    ] = None,
) -> None:
    """Write alerts for a spreadsheet, a map or another program; the same options as `list` choose which."""
    from watch.export import FORMATS

    ending = output.suffix.removeprefix(".").lower() if output else ""
    name = format or ending or "json"
    if name not in FORMATS:
        what = f"--format {name!r}" if format else f"'.{name}'"
        raise ConfigError(f"{what} is no format; there are {', '.join(FORMATS)}")
    found = read_wanted(ctx, wanted)
    text = FORMATS[name](found)
    if output is None:
        typer.echo(text, nl=False)
        return
    _write(output, ("\ufeff" if name == "csv" else "") + text)  # without it Excel takes the file for another alphabet
    say(f"{plural(len(found), 'alert')} written to {output}")


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file with -o") from error
