"""`shipwatch coverage`: where and when ships were heard at all, as a table, a picture and GeoJSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, printable, progress_bar, say, workspace
from watch.moments import moment

if TYPE_CHECKING:
    from watch.coverage_map import CoverageMap

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
    from watch.coverage_reading import read_coverage

    ws = workspace(ctx)
    begin, end = moment(from_, "--from"), moment(to, "--to")
    with progress_bar() as progress:
        cmap, outages = read_coverage(ws, begin, end, hour, days=_DAYS, progress=progress)
    if as_json:
        from watch.coverage_map import cell_facts

        print_json(cell_facts(cmap))
    else:
        _print(cmap, outages)
        png = png or ws.data_dir / "coverage" / "coverage.png"
        geojson = geojson or ws.data_dir / "coverage" / "coverage.geojson"
    _write(cmap, outages, png, geojson)


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
