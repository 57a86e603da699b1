"""`shipwatch db`: upkeep of the database."""

from __future__ import annotations

import typer

from watch.commands.context import examples, workspace

app = typer.Typer(help="Upkeep of the database.", no_args_is_help=True)


@app.callback()
def upkeep() -> None:
    """Keep the database."""


@app.command(
    epilog=examples("shipwatch db upgrade", "shipwatch --db postgresql://watch@localhost/ships db upgrade"),
)
def upgrade(ctx: typer.Context) -> None:
    """Bring the database's tables to this version of Shipwatch; nothing to do is no error."""
    from watch.store.database import connect, revision, upgrade
    from watch.store.schema import HEAD

    ws = workspace(ctx)
    engine = connect(ws.db_url, ws.data_dir)
    found = revision(engine)
    upgrade(engine)
    typer.echo(
        f"database at {HEAD} already: nothing to do"
        if found == HEAD
        else f"database upgraded from {found or 'nothing'} to {HEAD}"
    )
