"""`shipwatch alerts`: what the rules raised, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.alert_options import Json, read_wanted, with_choice
from watch.commands.context import examples, print_json, print_table, printable, workspace
from watch.errors import ConfigError
from watch.wording import moment_words, plural

if TYPE_CHECKING:
    from watch.alert_filter import Wanted

app = typer.Typer(help="List alerts, show one, and decide about them.", no_args_is_help=True)

_ID_CHARS = 8  # own: four thousand million ids; more are shown where two alerts begin alike
_LIFE = "Life (version {version})"
_ORDERS = ("gravity", "start", "newest", "changed", "ship", "rule")

_LIST = ("shipwatch alerts list", "shipwatch alerts list --status open --level critical --level high --json")


@app.command("list", epilog=examples(*_LIST, "shipwatch alerts list --area VE --since 2020-06-01 --sort newest"))
@with_choice
def list_alerts(
    ctx: typer.Context,
    wanted: Wanted,
    sort: Annotated[str, typer.Option(help=f"In which order: {', '.join(_ORDERS)}.")] = "gravity",
    json: Json = False,
) -> None:
    """List alerts, the gravest first, then the oldest."""
    from watch.alert_filter import SORTS

    if sort not in SORTS:
        raise ConfigError(f"--sort {sort!r} is no order; there are {', '.join(SORTS)}")
    found = sorted(read_wanted(ctx, wanted), key=SORTS[sort])
    if json:
        print_json(found)
    else:
        print_alerts(found)


@app.command(epilog=examples("shipwatch alerts show 3f2a"))
def show(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="An alert's id, or the first characters of it.")],
    json: Json = False,
) -> None:
    """Show one alert: its steps, what could not be observed, measures in force, what to check, and its life."""
    from watch.alert_board import named, read_told
    from watch.store.history import read_history
    from watch.store.slices import read_slices

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        (alert,) = named(read_told(ws, conn), [alert_id])
        history = read_history(conn, alert_id=alert["alert_id"])
        as_of = max((s.as_of for s in read_slices(conn) if s.as_of), default=None)
    if json:
        print_json([alert])
        return
    from watch.digest import alert_text

    typer.echo(alert_text(alert, as_of), nl=False)
    typer.echo("\n".join(["", *_life_lines(alert, history)]))


def _life_lines(alert: dict[str, Any], history: list[dict[str, Any]]) -> list[str]:
    from textwrap import fill

    from watch.alert_changes import change_rows
    from watch.digest import TEXT_WIDTH

    silence = alert["silenced"]
    until = f"{moment_words(silence['until_at'])} of the data" if silence else ""
    told = [f"Silenced until {until} by {silence['author']}: {silence['reason']}"] if silence else []
    lines = [f"  {moment_words(row['at'])}  {row['what']}" for row in change_rows(history)]
    folded = (fill(line, TEXT_WIDTH, subsequent_indent="    ") for line in (*told, _LIFE.format(**alert), *lines))
    return [printable(line) for text in folded for line in text.split("\n")]


def print_alerts(found: list[dict[str, Any]], title: str = "") -> None:
    """Print alerts as a table; the silence that some fall under has a column of its own."""
    chars = _id_chars([alert["alert_id"] for alert in found])
    hushed = any(alert.get("silenced") for alert in found)
    head = ["level", "verdict", "status", *(["silence"] if hushed else []), "ship", "rule", "since", "id"]
    rows = [
        [
            *(a["level"], a["verdict"], a["status"]),
            *([_silence_mark(a)] if hushed else []),
            *(ship_of(a), a["rule_id"], str(a["started_at"])[:10], a["alert_id"][:chars]),
        ]
        for a in found
    ]
    print_table(title or plural(len(found), "alert"), head, rows)


def _silence_mark(alert: dict[str, Any]) -> str:
    silence = alert.get("silenced")
    return str(silence["silence_id"]) if silence else ""


def _id_chars(ids: list[str]) -> int:
    """Return how many characters of these ids tell them apart, at least eight."""
    longest = max(map(len, ids), default=_ID_CHARS)
    return next((n for n in range(_ID_CHARS, longest) if len({i[:n] for i in ids}) == len(set(ids))), longest)


def ship_of(alert: dict[str, Any]) -> str:
    """Return what an alert's ship calls itself, or its id where no name was heard."""
    vessel = alert["vessel"]
    return str(vessel["name"] or vessel["vessel_id"])
