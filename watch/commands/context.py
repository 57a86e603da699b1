"""What every command needs: the workspace named by the options, a way to show progress, and JSON lines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from watch.errors import ConfigError

if TYPE_CHECKING:
    from watch.settings import Settings
    from watch.store.alerts import Saved
    from watch.workspace import Workspace


_COLUMNS = 100  # of a table where nobody says how wide the screen is
_WHOLE_MAX = 18  # columns that hold nothing longer (times, levels, ids, kinds) are never folded


@dataclass(frozen=True)
class Options:
    """The options that stand before the command."""

    data_dir: Path
    db_url: str | None
    config: Path | None = None


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of the file that the options name, or that lies where one is looked for."""
    from watch.settings_file import find_settings, read_settings

    options: Options = ctx.find_root().obj
    return read_settings(find_settings(options.config, options.data_dir))


def workspace(ctx: typer.Context, *, new: bool = False) -> Workspace:
    """Return the workspace that the options name.

    Parameters
    ----------
    ctx
        Of the command that asks.
    new
        Whether it may be made: a question to a folder that holds nothing is a slip, and leaves no folder behind.

    Raises
    ------
    ConfigError
        There is no such workspace, or a file of that name.
    """
    from watch.store.database import SQLITE_FILE
    from watch.workspace import Workspace  # the store takes a third of a second to import

    options: Options = ctx.find_root().obj
    folder = options.data_dir
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; name a folder with --data-dir")
    if not (new or options.db_url or (folder / SQLITE_FILE).exists()):
        raise ConfigError(
            f"{folder} holds no data of Shipwatch; load a file with `shipwatch --data-dir {folder} load FILE`, "
            "or name the right folder with --data-dir or SHIPWATCH_DATA_DIR"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}; name another folder with --data-dir") from error
    return Workspace(folder, options.db_url)


def examples(*commands: str) -> str:
    """Return the end of a help text that shows each command on a line of its own."""
    return "\n".join(["Examples:" if len(commands) > 1 else "Example:", *(f"  {command}" for command in commands)])


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done and how far it is, on stderr when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda what, share: None
        return
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
    """Write one JSON object a line to stdout."""
    try:
        for row in rows:
            sys.stdout.write(json.dumps(row, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def say(text: str = "") -> None:
    """Write a line to stderr, where all talk goes that is not data."""
    typer.echo(text, err=True)


def print_table(title: str, head: list[str], rows: Iterable[list[str]]) -> None:
    """Print a table to stdout, 100 columns wide where stdout is no terminal; cells are text, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[printable(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(head))
    for name, column in zip(head, zip(*cells, strict=True) if cells else [()] * len(head), strict=True):
        table.add_column(name, overflow="fold", no_wrap=max(map(len, column), default=0) <= _WHOLE_MAX)
    for row in cells:
        table.add_row(*map(Text, row))
    console = Console(width=None if sys.stdout.isatty() else _COLUMNS, highlight=False)
    if title:
        console.print(Text(title))
    if cells:
        console.print(table)


def printable(text: str) -> str:
    r"""Return text with control characters (a ship's name may hold them) replaced.

    Examples
    --------
    >>> printable("EVIL\x1b[31m")
    'EVIL?[31m'
    """
    return "".join(c if c.isprintable() else "?" for c in text)


def saved_words(saved: Saved) -> str:
    """Return what a run did to the alerts, in words."""
    done = [f"{n} {what}" for what, n in saved._asdict().items() if n and what != "unchanged"]
    return ", ".join(done) or "none new or changed"


def tell_rule_faults(ws: Workspace) -> None:
    """Say which rules are in error as of the last run."""
    from watch.store.runs import read_rule_faults

    with ws.engine.connect() as conn:
        for wrong in read_rule_faults(conn):
            say(printable(f"rule in error: {wrong}"))
