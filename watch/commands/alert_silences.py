"""`shipwatch alerts silence|silences|unsilence`: what is not to be told, for which time of the data, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.alert_options import By, Json, decider
from watch.commands.context import examples, print_json, print_table, workspace
from watch.digest_view import LEVELS
from watch.moments import moment
from watch.wording import plural

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watch.store.silences import Silence
    from watch.workspace import Workspace

_MAKE = 'shipwatch alerts silence --vessel imo:9208124 --until 2020-09-01 --reason "in dock"'
_MORE = 'shipwatch alerts silence --level low --area MY --until 2020-07-01 --reason "known"'


def add_to(app: typer.Typer) -> None:
    """Add the commands to `shipwatch alerts`."""
    app.command(epilog=examples(_MAKE, _MORE))(silence)
    app.command(epilog=examples("shipwatch alerts silences", "shipwatch alerts silences --all --json"))(silences)
    app.command(epilog=examples("shipwatch alerts unsilence 3"))(unsilence)


def silence(
    ctx: typer.Context,
    until: Annotated[str, typer.Option(metavar="T", help="End, by the time of the data (UTC); not part of it.")],
    reason: Annotated[str, typer.Option(help="Why nobody needs to be told.")],
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="Beginning; default so that all that fits now is silenced."),
    ] = None,
    vessel: Annotated[str | None, typer.Option(help="A ship, as imo:9208124 or mmsi:636990101.")] = None,
    rule: Annotated[str | None, typer.Option(help="A rule, as `rules list` names it.")] = None,
    family: Annotated[str | None, typer.Option(help="Rules of one family (their folder).")] = None,
    area: Annotated[str | None, typer.Option(help="A zone by its id, or a country as two letters.")] = None,
    alert: Annotated[str | None, typer.Option(metavar="ID", help="One alert.")] = None,
    level: Annotated[str | None, typer.Option(help=f"A level: {', '.join(LEVELS)}.")] = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Do not tell what fits all that is named, for a time of the data. It is still raised, stored and listed."""
    from watch.clock import now
    from watch.silence_scope import make_silence

    ws, author = workspace(ctx), decider(by)
    asked = {"vessel": vessel, "rule": rule, "family": family, "area": area, "alert": alert, "level": level}
    scope = {part: value for part, value in asked.items() if value is not None}
    from_at, until_at = moment(from_, "--from"), moment(until, "--until")
    made = make_silence(ws, scope, until_at=until_at, from_at=from_at, reason=reason, author=author, at=now())
    _print_one(ws, made, f"made, by {author}", json)


def silences(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Those that are over or were ended, too.")] = False,
    json: Json = False,
) -> None:
    """List the silences that stand or still keep an alert from being told."""
    from watch.store.silences import read_silences

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        rows = _rows(ws, conn, read_silences(conn, ended=all_))
    shown = [row for row in rows if all_ or row["state"] == "stands" or row["alerts"]]
    _print(shown, plural(len(shown), "silence"), json)


def unsilence(
    ctx: typer.Context,
    silence_id: Annotated[int, typer.Argument(metavar="N", help="Its number, as `alerts silences` shows it.")],
    by: By = None,
    json: Json = False,
) -> None:
    """End a silence now: what it kept back is told with the next digest."""
    from watch.clock import now
    from watch.store.history import deciding
    from watch.store.silences import end_silence

    ws, author = workspace(ctx), decider(by)
    with deciding(ws.engine) as conn:
        ended = end_silence(conn, silence_id, author=author, at=now())
    _print_one(ws, ended, f"ended, by {author}", json)


def _rows(ws: Workspace, conn: Connection, silences: list[Silence]) -> list[dict[str, Any]]:
    from watch.alert_board import read_told
    from watch.silence_rows import silence_rows
    from watch.store.since import data_clock

    return silence_rows(silences, read_told(ws, conn), data_clock(conn))


def _print_one(ws: Workspace, silence: Silence, done: str, json: bool) -> None:
    with ws.engine.connect() as conn:
        _print(_rows(ws, conn, [silence]), f"silence {silence.silence_id} {done}", json)


def _print(rows: list[dict[str, Any]], title: str, json: bool) -> None:
    if json:
        print_json(rows)
        return
    head = ["no.", "state", "scope", "from, by the data", "until", "alerts", "by", "reason"]
    table = [
        [
            *(str(row["silence_id"]), row["state"], ", ".join(f"{part} {what}" for part, what in row["scope"].items())),
            *(_short(row["from_at"]), _short(row["until_at"]), str(row["alerts"]), row["author"], row["reason"]),
        ]
        for row in rows
    ]
    print_table(title, head, table)


def _short(moment_text: str) -> str:
    return moment_text[:16].replace("T", " ")
