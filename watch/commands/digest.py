"""`shipwatch digest`: what is new, changed, withdrawn and still open, as a mail to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import Options, progress_bar, workspace


def digest(
    ctx: typer.Context,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only write the files: the next digest begins where the last one ended.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; default DATA_DIR/digest.")] = None,
) -> None:
    """Write the digest since the last one: HTML, plain text, and a map for each alert."""
    from watch.clock import now
    from watch.reporting import make_digest

    options: Options = ctx.find_root().obj
    with progress_bar() as progress:
        paths = make_digest(workspace(ctx), output or options.data_dir / "digest", now(), progress, keep=not preview)
    for path in paths.values():
        typer.echo(path)
