"""`shipwatch load`: read files and run the chain on what is new."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.commands.context import (
    examples,
    print_table,
    printable,
    progress_bar,
    saved_words,
    say,
    tell_rule_faults,
    workspace,
)

if TYPE_CHECKING:
    from watch.loading import LoadReport


_REASONS_MAX = 5
EXAMPLES = examples(
    "shipwatch load AIS_2020_06_30.zip", "shipwatch load data/*.csv.zst", "shipwatch load --format nmea receiver.log"
)


class Format(StrEnum):
    """What a file may be told to be."""

    auto = "auto"
    noaa = "noaa"
    dma = "dma"
    nmea = "nmea"
    aisstream = "aisstream"
    digitraffic = "digitraffic"
    parquet = "parquet"
    canonical = "canonical"
    gfw = "gfw"


def load(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files: plain, .zip, .gz or .zst.", metavar="PATH")],
    format: Annotated[
        Format, typer.Option(help="What the files are; told from their content by default.")
    ] = Format.auto,
    wait: Annotated[float, typer.Option(help="Seconds to wait while another run writes.", min=0)] = 60,
) -> None:
    """Read AIS files, find events, match rules, store alerts. Loading a file twice changes nothing.

    A bad row never stops a file, and a bad file never stops the others; the exit code is then 1.
    """
    from watch.jobs import load as run

    ws = workspace(ctx, new=True)
    with progress_bar() as progress:
        report = run(ws, paths, format.value, progress, wait_s=wait)
    print_table(
        "",
        ["file", "format", "rows", "positions", "duplicates", "rejects"],
        [_counts(f) for f in report.files],
    )
    for f in report.files:
        _remarks(f)
    typer.echo(f"{report.events:,} events written; alerts: {saved_words(report.alerts)}")
    tell_rule_faults(ws)
    if report.failed:
        raise typer.Exit(1)


def _counts(f: LoadReport) -> list[str]:
    numbers = (f.rows_read, f.positions, f.duplicates, f.rejects)
    return [f.path.name, f.format or "?", *(f"{n:,}" for n in numbers)]


def _remarks(f: LoadReport) -> None:
    """Say what a person should know of a file: why rows were rejected, what nobody read, and its fault."""
    told = [f"  rejected {n:,}: {reason}" for reason, n in f.reasons.most_common(_REASONS_MAX)]
    told += [f"  e.g. {example}" for example in f.examples]
    told += [f"  {f.path.name}: {remark}" for remark in f.remarks]
    if f.unused_columns:
        told.append(f"  {f.path.name}: columns not used: {', '.join(f.unused_columns)}")
    if f.fault:
        told += f"error: {f.fault}".splitlines()
    for line in told:
        say(printable(line))
