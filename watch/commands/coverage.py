"""`shipwatch coverage`: where and when ships were heard at all, as a table, a picture and GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, printable, progress_bar, say, workspace
from watch.errors import ConfigError
from watch.moments import moment

if TYPE_CHECKING:
    import pyarrow as pa

    from watch.coverage_map import CoverageMap
    from watch.workspace import Workspace

EXAMPLES = examples(
    "shipwatch coverage",
    "shipwatch coverage --from 2020-12-01 --to 2020-12-08 --png week.png",
    "shipwatch coverage --hour 3 --geojson night.geojson",
)
_DAYS = 7
_WORST = 5


def coverage(
    ctx: typer.Context,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="T", help="From T on (UTC); default seven days before the last fix.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help="Before T (UTC); default the last fix.")] = None,
    hour: Annotated[
        int | None, typer.Option(min=0, max=23, metavar="H", help="Only hour H of each day, 0 to 23 (UTC).")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="F", help="The picture; default DATA_DIR/coverage/coverage.png.")
    ] = None,
    geojson: Annotated[
        Path | None, typer.Option(metavar="F", help="The map; default DATA_DIR/coverage/coverage.geojson.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a cell; files only where they are named.")
    ] = False,
) -> None:
    """Show where and in which hours ships were heard, made from the positions themselves, and outages in them.

    A silence where nobody is heard tells nothing about a ship.
    """
    ws = workspace(ctx)
    begin, end = moment(from_, "--from"), moment(to, "--to")
    cmap, outages = _look(ws, begin, end, hour)
    if as_json:
        from watch.coverage_map import cell_facts

        print_json(cell_facts(cmap))
    else:
        _print(cmap, outages)
        png = png or ws.data_dir / "coverage" / "coverage.png"
        geojson = geojson or ws.data_dir / "coverage" / "coverage.geojson"
    _write(cmap, outages, png, geojson)


def _look(
    ws: Workspace, begin: datetime | None, end: datetime | None, hour: int | None
) -> tuple[CoverageMap, list[dict[str, Any]]]:
    """Return the map of the window and the outages in it."""
    from watch.coverage_map import map_coverage
    from watch.params import DEFAULT
    from watch.store.health import read_outages
    from watch.store.slices import read_slices

    with ws.engine.connect() as conn:
        seen = [s.as_of for s in read_slices(conn) if s.as_of]
    if not seen:
        raise ConfigError("there are no positions yet; load a file with `shipwatch load FILE`")
    until = _hour(end or max(seen)) + (timedelta(hours=1) if end is None or end != _hour(end) else timedelta())
    since = _hour(begin) if begin else until - timedelta(days=_DAYS)
    if since >= until:
        raise ConfigError(f"--from {since:%Y-%m-%dT%H:%MZ} is not before --to {until:%Y-%m-%dT%H:%MZ}")
    with progress_bar() as progress:
        tables = _days(ws, since, until, progress)
        cmap = map_coverage(tables, begin, until, cell_deg=DEFAULT.coverage_cell_deg, hour=hour)
    with ws.engine.connect() as conn:
        return cmap, read_outages(conn, cmap.from_at, cmap.to_at)


def _hour(at: datetime) -> datetime:
    """Return the beginning of the hour of a moment."""
    return at.replace(minute=0, second=0, microsecond=0)


def _days(ws: Workspace, since: datetime, until: datetime, progress: Any) -> Iterator[pa.Table]:
    """Yield the positions of the window day by day, so that memory follows the day."""
    from watch.coverage_map import NEEDED

    days = [datetime.combine(day, time(), UTC) for day in ws.lake.days()]
    within = [day for day in days if since < day + timedelta(days=1) and day < until]
    for number, day in enumerate(within):
        progress("counting ships", number / len(within))
        begin, end = max(since, day), min(until, day + timedelta(days=1))
        yield ws.lake.read_positions(begin, end, columns=NEEDED)


def _print(cmap: CoverageMap, outages: list[dict[str, Any]]) -> None:
    from watch.params import DEFAULT
    from watch.wording import plural

    often = int((cmap.cells["heard_share"] >= 0.5).sum())
    looked_at = "each hour" if cmap.hour is None else f"hour {cmap.hour:02d} of each day"
    facts = [
        ["window", f"{cmap.from_at:%Y-%m-%d %H:%M} to {cmap.to_at:%Y-%m-%d %H:%M} UTC, {looked_at}"],
        ["hours", f"{len(cmap.hours):,}, in {int((cmap.hours['ships'] > 0).sum()):,} of which a ship was heard"],
        ["ships", f"{cmap.ships:,}"],
        ["fixes", f"{int(cmap.cells['fixes'].sum()):,}"],
        ["cells", f"{len(cmap.cells):,} of {cmap.cell_deg:g}°, {often:,} heard in half of the hours or more"],
    ]
    print_table("", ["", ""], facts)
    worst = cmap.worst_hours(_WORST, DEFAULT.outage_usual_min).to_dict("records")
    rows = [
        [
            f"{w['hour_at']:%Y-%m-%d %H:%M}",
            f"{w['ships']:,}",
            f"{w['usual']:,.0f}",
            f"{w['share']:.0%}",
            f"{w['cells']:,}",
        ]
        for w in worst
    ]
    if rows:
        usual = "of that hour of the day" if cmap.by_hour_of_day else "of all hours"
        title = f"\nhours with the fewest ships; usual is the median {usual}"
        print_table(title, ["hour (UTC)", "ships", "usual", "share", "cells"], rows)
    typer.echo(f"\n{plural(len(outages), 'outage')} in the window")
    for outage in outages:
        typer.echo(printable(f"  {outage['message']}"))


def _write(cmap: CoverageMap, outages: list[dict[str, Any]], png: Path | None, geojson: Path | None) -> None:
    import json

    for path in (png, geojson):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    if png is not None:
        from watch.chart.coverage import draw_coverage

        draw_coverage(cmap, outages, png)
        say(f"picture: {png}")
    if geojson is not None:
        from watch.coverage_map import to_geojson

        geojson.write_text(json.dumps(to_geojson(cmap)), encoding="utf-8")
        say(f"map: {geojson}")
