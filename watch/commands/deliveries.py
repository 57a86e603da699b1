"""`shipwatch deliveries`: what was sent to whom, what waits, and each try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, printable, workspace
from watch.errors import ConfigError

app = typer.Typer(help="What was sent to whom, what waits to be sent, and each try.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Number of the delivery, as in the list.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def deliveries() -> None:
    """Look at the outbox."""


@app.command("list", epilog=examples("shipwatch deliveries list", "shipwatch deliveries list --status failed"))
def list_(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="pending, claimed, sent or failed.")] = None,
    recipient: Annotated[str | None, typer.Option(help="For this recipient.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the latest first."""
    from watch.store.deliveries import read_deliveries
    from watch.wording import moment_words

    with workspace(ctx).engine.connect() as conn:
        rows = read_deliveries(conn, status=status, recipient=recipient, limit=limit)
    if as_json:
        print_json(map(_public, rows))
        return
    head = ["id", "recipient", "status", "tries", "made", "subject", "message"]
    cells = ("delivery_id", "recipient", "status", "tries", "made_at", "subject", "message")
    table = [[moment_words(r[c]) if c == "made_at" else str(r[c] or "") for c in cells] for r in rows]
    print_table("" if rows else "nothing was sent yet", head, table)


@app.command(epilog=examples("shipwatch deliveries tries 12"))
def tries(ctx: typer.Context, delivery_id: Number, as_json: AsJson = False) -> None:
    """Show each try of a delivery and how it ended."""
    from watch.store.deliveries import read_tries
    from watch.wording import moment_words

    with workspace(ctx).engine.connect() as conn:
        rows = read_tries(conn, delivery_id)
    if as_json:
        print_json(map(_public, rows))
        return
    table = [
        [
            moment_words(r["began_at"]),
            moment_words(r["ended_at"]) if r["ended_at"] else "",
            r["outcome"],
            r["message"] or "",
        ]
        for r in rows
    ]
    print_table(
        "" if rows else f"delivery {delivery_id} was not tried", ["begun", "ended", "outcome", "message"], table
    )


@app.command(epilog=examples("shipwatch deliveries retry 12"))
def retry(ctx: typer.Context, delivery_id: Number) -> None:
    """Let a delivery that waits or failed be tried again at once, by the next run or `shipwatch deliveries send`."""
    from watch.clock import now
    from watch.store.deliveries import retry_delivery

    with workspace(ctx).engine.begin() as conn:
        retry_delivery(conn, delivery_id, now())
    typer.echo(f"delivery {delivery_id} is due now")


@app.command(epilog=examples("shipwatch deliveries send"))
def send(ctx: typer.Context) -> None:
    """Send what is due; exit 1 when something did not get through."""
    from watch.commands.context import settings_of
    from watch.delivery.outbox import LEASE_WAIT_S, send_outbox

    sent = send_outbox(workspace(ctx), settings_of(ctx), wait_s=LEASE_WAIT_S)
    typer.echo(f"{sent.sent} sent, {sent.deferred} to be tried again, {sent.failed} failed")
    for fault in sent.faults:
        typer.echo(printable(fault), err=True)
    if sent.faults:
        raise typer.Exit(1)


@app.command(epilog=examples("shipwatch deliveries save 12 -o digest.eml"))
def save(
    ctx: typer.Context,
    delivery_id: Number,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file; a mail ends in .eml.")],
) -> None:
    """Write the very bytes of a delivery to a file, which a mail program opens."""
    from watch.store.deliveries import read_body

    with workspace(ctx).engine.connect() as conn:
        body = read_body(conn, delivery_id)
    if not body:
        raise ConfigError(f"there is no delivery {delivery_id}, or its content is kept no longer")
    output.write_bytes(body)
    typer.echo(output)


def _public(row: dict[str, Any]) -> dict[str, Any]:
    from datetime import datetime

    from watch.store.types import iso

    return {key: iso(value) if isinstance(value, datetime) else value for key, value in row.items()}
