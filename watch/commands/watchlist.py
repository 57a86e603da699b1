"""`shipwatch watchlist`: lists of ships from those who publish them, by version, and who stands where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, printable, say, workspace
from watch.errors import ConfigError, InputError
from watch.wording import plural

if TYPE_CHECKING:
    from watch.watchlists.importing import Imported
    from watch.watchlists.matching import Found

app = typer.Typer(help="Import lists of ships, and see who stands on them.", no_args_is_help=True)

_FAULTS_SHOWN = 10
_FOUND_SHOWN = 40
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the list, as `watchlist list` shows it.")]


@app.command(
    "import",
    epilog=examples(
        "shipwatch watchlist import sdn.zip --published 2026-11-20",
        "shipwatch watchlist import maritime.csv --name os-shadow --risk mare.shadow",
    ),
)
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file, or a zip or folder with sdn.csv and alt.csv.")],
    name: Annotated[str, typer.Option(help="Name of the list (default: that of its form, as us-sdn).")] = "",
    form: Annotated[str, typer.Option("--format", help="Form of the file; auto tells it by its content.")] = "auto",
    published: Annotated[
        str | None, typer.Option(help="Day of the list, as 2026-11-20 (default: as it says itself, else today).")
    ] = None,
    risk: Annotated[
        list[str] | None, typer.Option(help="Which ships of OpenSanctions (default: sanction; any takes all).")
    ] = None,
    accept_shrink: Annotated[
        bool, typer.Option("--accept-shrink", help="Take it although many ships are gone; they are delisted.")
    ] = False,
) -> None:
    """Import a version of a list; the same file twice changes nothing, and an older version finds its place."""
    from watch.clock import now
    from watch.watchlists.importing import SHRINK_MOST, Wanted, import_list
    from watch.watchlists.opensanctions import RISKS
    from watch.watchlists.reading import AUTO, FORMATS

    if form not in (AUTO, *FORMATS):
        raise ConfigError(f"--format {form!r} is unknown; there are {', '.join((AUTO, *FORMATS))}")
    day = _day(published, "--published") if published else None
    shrink_most = 1.0 if accept_shrink else SHRINK_MOST
    wanted = Wanted(name, form, tuple(risk or RISKS), day, shrink_most)
    _tell(import_list(workspace(ctx, new=True), file, wanted, now()))


def _tell(done: Imported) -> None:
    for fault in done.faults[:_FAULTS_SHOWN]:
        say(printable(f"{fault}"))
    if len(done.faults) > _FAULTS_SHOWN:
        say(f"and {plural(len(done.faults) - _FAULTS_SHOWN, 'more row')} not read in full")
    if done.status == "refused":
        raise InputError(
            f"{printable(done.reason)}. If the list is right, import it again with --accept-shrink; else fetch it again"
        )
    if done.status == "known":
        typer.echo(f"{done.name}: nothing new; the file {printable(done.reason)}")
        return
    change = f"{done.added:,} new, {done.gone:,} gone" if done.added or done.gone else "no ship new or gone"
    form = f"{done.format}; {plural(done.others, 'other row')} left out" if done.others else done.format
    typer.echo(f"{done.name} of {done.published_at:%Y-%m-%d}: {plural(done.ships, 'ship')}, {change} ({form})")
    typer.echo("The next run asks the rules again: `shipwatch rules apply` does so now.")


@app.command("list", epilog=examples("shipwatch watchlist list"))
def list_(ctx: typer.Context, json: Json = False) -> None:
    """List the imported lists: versions, ships, and how old the last good one is."""
    from watch.clock import now
    from watch.store.watchlists import read_entries, read_versions
    from watch.watchlists.overview import overview

    at = now()
    with workspace(ctx).engine.connect() as conn:
        found = overview(read_versions(conn), read_entries(conn, on_at=at), at)
    if json:
        print_json(found)
        return
    rows = [
        [
            o["list"],
            o["published_at"][:10],
            f"{o['ships']:,}",
            str(o["versions"]),
            str(o["refused"]),
            f"{o['age_d']:.0f} d",
        ]
        for o in found
    ]
    print_table(plural(len(found), "list"), ["list", "newest version", "ships", "versions", "refused", "age"], rows)


@app.command(epilog=examples("shipwatch watchlist show us-sdn", "shipwatch watchlist show us-sdn --on 2020-05-05"))
def show(
    ctx: typer.Context,
    name: Name,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="Who stood on it that day (default: today).")] = None,
    json: Json = False,
) -> None:
    """Show the ships on a list on one day."""
    from watch.clock import now
    from watch.store.watchlists import read_entries
    from watch.watchlists.overview import entry_view
    from watch.watchlists.versions import midnight

    at = midnight(_day(on, "--on")) if on else now()
    with workspace(ctx).engine.connect() as conn:
        _check_name(conn, name)
        found = [entry_view(row) for row in read_entries(conn, name, on_at=at)]
    if json:
        print_json(found)
        return
    rows = [
        [
            str(e["imo"] or ""),
            str(e["mmsi"] or ""),
            e["name"],
            e["flag"] or "",
            e["listed_at"][:10],
            ", ".join(e["programs"]),
        ]
        for e in found
    ]
    title = f"{name} on {at:%Y-%m-%d}: {plural(len(found), 'ship')}"
    print_table(title, ["IMO", "MMSI", "name", "flag", "since", "programmes"], rows)


@app.command(epilog=examples("shipwatch watchlist check 9187629", 'shipwatch watchlist check "synth star"'))
def check(
    ctx: typer.Context,
    ship: Annotated[list[str], typer.Argument(metavar="SHIP", help="IMO number, MMSI or name.")],
    json: Json = False,
) -> None:
    """Say on which lists a ship stands or stood, and whose names are like hers; a name confirms nothing."""
    from watch.store.watchlists import read_listed
    from watch.watchlists.matching import Watch
    from watch.watchlists.overview import asked_ship, file_entries, found_view

    text = " ".join(ship).strip()
    asked, ws = asked_ship(text), workspace(ctx)
    with ws.engine.connect() as conn:
        entries = read_listed(conn)
    found = Watch([*entries, *file_entries(ws.own_rules)]).find(asked)
    if json:
        print_json(found_view(f) for f in found)
        return
    print_found(found, text)


def print_found(found: list[Found], text: str) -> None:
    """Print who may be a ship."""
    sure = sum(f.confirmed for f in found)
    rows = [
        [
            "listed" if f.confirmed else "not confirmed",
            f"{f.kind} {f.score}{' ambiguous' if f.ambiguous else ''}",
            f.entry.list_name,
            f.called or f.entry.name,
            str(f.entry.imo or f.entry.mmsi or ""),
            f"{f.entry.listed_at:%Y-%m-%d}",
            f"{f.entry.delisted_at:%Y-%m-%d}" if f.entry.delisted_at else "",
        ]
        for f in found[:_FOUND_SHOWN]
    ]
    title = f"{text}: {plural(sure, 'listing')}, {plural(len(found) - sure, 'possible one')}"
    print_table(title, ["", "by", "list", "entry", "number", "since", "until"], rows)
    if len(found) > _FOUND_SHOWN:
        typer.echo(f"and {len(found) - _FOUND_SHOWN:,} more; ask with a number, or with --json")


@app.command(epilog=examples("shipwatch watchlist history us-sdn"))
def history(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """Show the versions of a list, the refused ones too."""
    from watch.store.watchlists import read_versions

    with workspace(ctx).engine.connect() as conn:
        _check_name(conn, name)
        versions = read_versions(conn, name)
    if json:
        from watch.plain import iso

        days = [{name: iso(version[name]) for name in ("published_at", "imported_at")} for version in versions]
        print_json({**version, **told} for version, told in zip(versions, days, strict=True))
        return
    rows = [
        [
            f"{v['published_at']:%Y-%m-%d}",
            f"{v['imported_at']:%Y-%m-%d %H:%M}",
            v["status"],
            f"{v['entries']:,}",
            str(v["details"].get("faults", "")),
            v["file"],
            v["message"] or "",
        ]
        for v in versions
    ]
    head = ["published", "imported (UTC)", "status", "ships", "bad rows", "file", "why"]
    print_table(f"{name}: {plural(len(versions), 'import')}", head, rows)


def _check_name(conn: Any, name: str) -> None:
    from watch.rules.fields import suggest
    from watch.store.watchlists import read_versions

    names = sorted({version["list_name"] for version in read_versions(conn)})
    if name not in names:
        raise ConfigError(f"there is no list '{printable(name)}'{suggest(name, names)}; `watchlist list` shows them")


def _day(text: str, option: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise ConfigError(f"{option} is a day written 2026-11-20, not '{printable(text)}'") from None
