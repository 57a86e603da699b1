"""`shipwatch db`: upkeep of the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.clock import now
from watch.commands.context import examples, printable, progress_bar, say, workspace

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from watch.backup.archive import Manifest

app = typer.Typer(help="Upkeep of the database: backup, restore, check, upgrade.", no_args_is_help=True)


@app.callback()
def upkeep() -> None:
    """Keep the database."""


@app.command(
    epilog=examples("shipwatch db upgrade", "shipwatch --db postgresql://watch@localhost/ships db upgrade"),
)
def upgrade(
    ctx: typer.Context,
    backup: Annotated[bool, typer.Option(help="Keep a copy of an SQLite file beside it first.")] = True,
) -> None:
    """Bring the database's tables to this version of Shipwatch; nothing to do is no error."""
    from watch.store.database import connect, revision, upgrade
    from watch.store.schema import HEAD

    ws = workspace(ctx)
    engine = connect(ws.db_url, ws.data_dir)
    found = revision(engine)
    if backup and found not in (None, HEAD):
        _keep_copy(engine, found or "")
    upgrade(engine)
    typer.echo(
        f"database at {HEAD} already: nothing to do"
        if found == HEAD
        else f"database upgraded from {found or 'nothing'} to {HEAD}"
    )


def _keep_copy(engine: Engine, found: str) -> None:
    from watch.store.database import keep_copy

    kept = keep_copy(engine, f"{found}-{now():%Y%m%dT%H%M%SZ}")
    typer.echo(
        f"the database as it was is kept in {kept}; remove it when all is well"
        if kept
        else "a server's database is not copied here: make a backup with the tools of the server where you need one"
    )


@app.command(
    epilog=examples("shipwatch db backup ships-2026-11-22.zip", "shipwatch db backup all.zip --with-positions"),
)
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)],
    with_positions: Annotated[bool, typer.Option(help="The positions too, not the database alone.")] = False,
    replace: Annotated[bool, typer.Option(help="Replace a file of that name.")] = False,
) -> None:
    """Write the store to one file, as it is at one moment, while runs and analysts go on."""
    from watch.backup.save import back_up

    ws = workspace(ctx)
    with progress_bar() as progress:
        manifest = back_up(ws, file, at=now(), progress=progress, with_positions=with_positions, replace=replace)
    typer.echo(f"{file}: {_held(manifest)}, {file.stat().st_size / 1e6:,.1f} MB")
    if not with_positions:
        say("positions are not in it: keep the data folder too, or add --with-positions")


@app.command(
    epilog=examples(
        "shipwatch --data-dir new db restore ships-2026-11-22.zip",
        "shipwatch --db postgresql://watch@localhost/ships db restore all.zip --replace",
    ),
)
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `db backup` made.", dir_okay=False)],
    replace: Annotated[bool, typer.Option(help="Replace what the store holds.")] = False,
) -> None:
    """Put a backup into an empty store, SQLite or PostgreSQL; all of it or, when anything is wrong, nothing."""
    from watch.backup.restore import restore as put_back

    ws = workspace(ctx, new=True)
    with progress_bar() as progress:
        restored = put_back(ws, file, at=now(), progress=progress, replace=replace)
    typer.echo(f"restored: {_held(restored.manifest)}, as of {restored.manifest.made_at:%Y-%m-%d %H:%M} UTC")
    for remark in restored.remarks:
        say(remark)
    for fault in restored.faults:
        say(printable(f"error: {fault}"))
    if restored.faults:
        raise typer.Exit(1)


def _held(manifest: Manifest) -> str:
    rows = {name: member.rows or 0 for name, member in manifest.tables().items()}
    words = [f"{rows.get(name, 0):,} {name}" for name in ("alerts", "events", "loads")]
    files = len(manifest.files())
    return ", ".join([*words, *([f"{files:,} files of positions"] if manifest.with_positions else [])])


@app.command(epilog=examples("shipwatch db check", "shipwatch db check --quick"))
def check(
    ctx: typer.Context,
    quick: Annotated[bool, typer.Option(help="Look at the summaries of the lake's files alone.")] = False,
) -> None:
    """Look whether database, history and positions are whole and fit together; exit 1 when they do not."""
    from watch.backup.check import check_store

    ws = workspace(ctx)
    with progress_bar() as progress:
        faults = check_store(ws, progress, quick=quick)
    for fault in faults:
        typer.echo(printable(fault))
    if faults:
        raise typer.Exit(1)
    typer.echo("the store is whole")
