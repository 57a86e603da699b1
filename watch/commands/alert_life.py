"""`shipwatch alerts ack|close|reopen|history|verify`: what people decide about alerts, and the record of it."""

from __future__ import annotations

from typing import Annotated

import typer

from watch.alert_life import CLOSE_REASONS, note_text
from watch.commands.alert_options import By, Ids, Json, Note, decider
from watch.commands.alerts import print_alerts
from watch.commands.context import examples, print_json, print_table, say, workspace
from watch.errors import ConfigError
from watch.wording import plural

Version = Annotated[
    int | None,
    typer.Option(min=1, help="The version you looked at: refused when somebody changed the alert since."),
]
_REASONS = ", ".join(CLOSE_REASONS)


def add_to(app: typer.Typer) -> None:
    """Add the commands to `shipwatch alerts`."""
    app.command(epilog=examples("shipwatch alerts ack 3f2a 91bc", 'shipwatch alerts ack 3f2a --note "asked the desk"'))(
        ack
    )
    app.command(epilog=examples('shipwatch alerts close 3f2a --reason benign --note "in dock"'))(close)
    app.command(epilog=examples("shipwatch alerts reopen 3f2a", "shipwatch alerts reopen 3f2a --version 4"))(reopen)
    app.command(epilog=examples("shipwatch alerts history 3f2a", "shipwatch alerts history 3f2a --json"))(history)
    app.command(epilog=examples("shipwatch alerts verify", "shipwatch alerts verify --expect 5f1c…"))(verify)


def ack(
    ctx: typer.Context, ids: Ids, note: Note = None, by: By = None, version: Version = None, json: Json = False
) -> None:
    """Acknowledge alerts: somebody is looking at them. All of them, or none."""
    _decide(ctx, "ack", ids, None, note, by, version, json)


def close(
    ctx: typer.Context,
    ids: Ids,
    reason: Annotated[str, typer.Option(help=f"Why: {_REASONS}.")],
    note: Note = None,
    by: By = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Close alerts with a reason; new evidence opens them again. All of them, or none."""
    if reason not in CLOSE_REASONS:
        raise ConfigError(f"--reason {reason!r} is no reason to close an alert; choose one of {_REASONS}")
    _decide(ctx, "close", ids, reason, note, by, version, json)


def reopen(
    ctx: typer.Context, ids: Ids, note: Note = None, by: By = None, version: Version = None, json: Json = False
) -> None:
    """Open acknowledged or closed alerts again. All of them, or none."""
    _decide(ctx, "reopen", ids, None, note, by, version, json)


def _decide(
    ctx: typer.Context,
    what: str,
    ids: list[str],
    reason: str | None,
    note: str | None,
    by: str | None,
    version: int | None,
    json: bool,
) -> None:
    from watch.alert_board import named, read_told
    from watch.clock import now
    from watch.store.decisions import decide_alerts
    from watch.store.history import deciding

    ws, actor, text = workspace(ctx), decider(by), note_text(note, "--note")
    with ws.engine.connect() as conn:
        meant = named(read_told(ws, conn), ids)
    if version is not None and len(meant) > 1:
        raise ConfigError("--version speaks of one alert; decide about several without it")
    seen = {alert["alert_id"]: version or alert["version"] for alert in meant}
    with deciding(ws.engine) as conn:
        decide_alerts(conn, seen, what, at=now(), actor=actor, reason=reason, note=text)
    with ws.engine.connect() as conn:
        after = named(read_told(ws, conn), list(seen))
    done = {"ack": "acknowledged", "close": f"closed as {str(reason).replace('_', ' ')}", "reopen": "open again"}[what]
    if json:
        print_json(after)
    else:
        print_alerts(after, f"{plural(len(after), 'alert')} {done}, by {actor}")


def history(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="An alert's id, or the first characters of it.")],
    json: Json = False,
) -> None:
    """Tell the life of an alert: each change with its time, who made it and why, the oldest first."""
    from watch.alert_board import named, read_told
    from watch.alert_changes import change_rows
    from watch.store.history import read_history
    from watch.wording import moment_words

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        (alert,) = named(read_told(ws, conn), [alert_id])
        rows = change_rows(read_history(conn, alert_id=alert["alert_id"]))
    if json:
        print_json(rows)
    else:
        table = [[str(row["version"]), moment_words(row["at"]), row["status"], row["what"]] for row in rows]
        title = f"{plural(len(rows), 'change')} of alert {alert['alert_id']}"
        print_table(title, ["version", "when (by the clock)", "then", "what"], table)


def verify(
    ctx: typer.Context,
    expect: Annotated[
        str | None, typer.Option(metavar="HASH", help="A hash noted before; it must still be in the history.")
    ] = None,
) -> None:
    """Check that nobody changed, removed or added a row of the history of alerts and silences; exit 1 when so."""
    from watch.store.history import find_hash, last_row, verify_history

    with workspace(ctx).engine.connect() as conn:
        faults = verify_history(conn)
        count, last_hash = last_row(conn)
        if expect is not None and find_hash(conn, expect.strip().lower()) is None:
            faults.append(f"no row of the history has the hash {expect!r}: it was rewritten since that hash was noted")
    for fault in faults:
        say(f"fault: {fault}")
    if faults:
        say("keep a copy of the database as it is, and compare it with a backup")
        raise typer.Exit(1)
    typer.echo(f"the history of alerts is whole: {plural(count, 'row')}")
    typer.echo(f"last hash, to be noted elsewhere: {last_hash}")
