"""`shipwatch synth`: a scenario file as a file of made AIS."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import examples, say

EXAMPLES = examples("shipwatch synth lib4 -o lib4.csv", "shipwatch synth my-case.yaml --format noaa -o noaa.csv")


class Format(StrEnum):
    """The forms `synth` can write."""

    canonical = "canonical"
    noaa = "noaa"
    dma = "dma"


def synth(
    scenario: Annotated[str, typer.Argument(help="A scenario file (.yaml), or the name of a bundled one.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file to write.")],
    form: Annotated[Format, typer.Option("--format", help="The form of the file.")] = Format.canonical,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Other noise than the scenario's own.")
    ] = None,
) -> None:
    """Make AIS tracks from a scenario: the ships in it are made up, whatever their names."""
    from watch.errors import ConfigError
    from watch.scenarios.catalogue import load_scenario
    from watch.scenarios.maker import make_scenario
    from watch.scenarios.write import WRITERS
    from watch.wording import plural

    told = load_scenario(scenario)
    rows = make_scenario(told, seed)
    try:
        WRITERS[form](rows, output)
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from None
    say(f"{output}: {len(rows):,} fixes of {plural(rows['mmsi'].nunique(), 'made ship')} ({told.name})")
