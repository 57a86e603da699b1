"""`shipwatch fetch`: days of an archive, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.commands.context import examples, printable, progress_bar, say, settings_of
from watch.errors import ConfigError, InputError

if TYPE_CHECKING:
    from watch.source_settings import ArchiveSettings

EXAMPLES = examples(
    "shipwatch fetch noaa --date 2024-05-03",
    "shipwatch fetch dma --date 2026-11-01 --to 2026-11-07 --output days",
)
_DAYS_MOST = 366


def fetch(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(help="noaa, dma, or the name of such a source in shipwatch.toml.", metavar="SOURCE")
    ],
    day: Annotated[str, typer.Option("--date", metavar="DAY", help="The day, as 2026-11-21.")],
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day of several.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to put the files into.")] = Path(),
) -> None:
    """Fetch days of an archive and print the path of each file; load them with `shipwatch load`.

    A fetch that was cut off goes on where it was. A day that is not published is said, and the exit code is then 1.
    """
    archive = _archive(ctx, source)
    days = _days(day, to)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{output} cannot be made: {error.strerror}; name another folder with --output") from error
    missed = 0
    for one in days:
        try:
            typer.echo(_get(archive, one, output))
        except InputError as error:
            missed += 1
            say(printable(f"error: {one}: {error}"))
    if missed:
        raise typer.Exit(1)


def _archive(ctx: typer.Context, source: str) -> ArchiveSettings:
    """Return the archive that is meant: a source of the settings, or one of the two as they are.

    Raises
    ------
    ConfigError
        There is none of this name, or it has no days.
    """
    from watch.source_settings import ArchiveSettings, DmaSettings, NoaaSettings

    known = {one.name: one for one in settings_of(ctx).source}
    found = known.get(source)
    if isinstance(found, ArchiveSettings):
        return found
    if found is not None:
        raise ConfigError(f"{source!r} is a source of the kind {found.kind}; days are fetched from noaa and dma alone")
    first = date(2000, 1, 1)
    if source == "noaa":
        return NoaaSettings(name="noaa", kind="noaa", first_day=first)
    if source == "dma":
        return DmaSettings(name="dma", kind="dma", first_day=first)
    named = [name for name, one in known.items() if isinstance(one, ArchiveSettings)]
    raise ConfigError(f"there is no archive {source!r}; there are {', '.join(['noaa', 'dma', *named])}")


def _days(day: str, to: str | None) -> list[date]:
    first, last = _day(day, "--date"), _day(to or day, "--to")
    if last < first:
        raise ConfigError(f"--to {last} is before --date {first}")
    if (last - first).days >= _DAYS_MOST:
        raise ConfigError(f"{first} to {last} is more than {_DAYS_MOST} days; fetch a year at a time")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text!r} is no day; write it like 2026-11-21") from None


def _get(archive: ArchiveSettings, day: date, output: Path) -> Path:
    """Return the file of a day, fetched unless it is there."""
    from watch.sources.archive_days import day_name, day_url
    from watch.sources.http_file import download

    url = day_url(archive.url, day)
    path = output / day_name(url, day)
    if path.exists():
        say(f"{path} is here already")
        return path
    part = path.with_name(f"{path.name}.part")
    with progress_bar() as progress:

        def meter(done: int, of: int | None) -> None:
            progress(f"fetching {day}", done / of if of else 0.0)

        check = day_url(archive.checksum, day) if archive.checksum else None
        download(url, part, checksum=check, meter=meter)
    part.replace(path)
    return path
