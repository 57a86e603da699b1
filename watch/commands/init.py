"""`shipwatch init`: a commented shipwatch.toml to begin with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from watch.errors import ConfigError


def init(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write it.")] = Path("shipwatch.toml"),
) -> None:
    """Write a shipwatch.toml with every setting explained; nothing in it is switched on that needs a secret."""
    text = files("watch").joinpath("templates/shipwatch.toml").read_text(encoding="utf-8")
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ConfigError(f"{output} exists; it is left as it is. Name another file with --output") from None
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}") from error
    typer.echo(f"{output} written; read it through, then start `shipwatch run`")
