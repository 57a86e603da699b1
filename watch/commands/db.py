"""`shipwatch db`: upkeep of the database."""

from __future__ import annotations

import typer

from watch.commands.context import Options

app = typer.Typer(help="Upkeep of the database.", no_args_is_help=True)


@app.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database's tables to this version of Shipwatch; nothing to do is no error.

    Example:  shipwatch --db postgresql://watch@localhost/ships db upgrade
    """
    from watch.store.database import upgrade_url

    options: Options = ctx.find_root().obj
    typer.echo(upgrade_url(options.db_url, options.data_dir))
