"""What every command needs: the workspace named by the options, a way to show progress, and JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from watch.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """The options that stand before the command."""

    data_dir: Path
    db_url: str | None


def workspace(ctx: typer.Context) -> Workspace:
    """Return the workspace that the options name."""
    from watch.workspace import Workspace  # the store takes a third of a second to import

    options: Options = ctx.find_root().obj
    return Workspace(options.data_dir, options.db_url)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done and how far it is, on stderr when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def show(what: str, share: float) -> None:
            bar.update(task, description=what[:34], completed=share)

        yield show


def print_json(rows: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line to stdout; a reader that stops listening is no error."""
    try:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()


def say(text: str = "") -> None:
    """Write a line to stderr, where all talk goes that is not data."""
    typer.echo(text, err=True)


def print_table(title: str, head: list[str], rows: Iterable[list[str]]) -> None:
    """Print a table to stdout, at most 100 columns wide where stdout is no terminal; cells are text, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 100)
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def printable(text: str) -> str:
    """Return text with control characters (a ship's name may hold them) replaced.

    Examples
    --------
    >>> printable("EVIL\\x1b[31m")
    'EVIL?[31m'
    """
    return "".join(c if c.isprintable() else "?" for c in text)
