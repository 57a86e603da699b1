"""`shipwatch status`: what was loaded, how old the data is, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from watch.commands.context import print_table, printable, workspace

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _told_until(conn: Connection) -> datetime | None:
    """Return when the last digest told of the data's health: what it told is no news."""
    from watch.store.runs import last_digest

    last = last_digest(conn)
    return last["made_at"] if last else None


def status(ctx: typer.Context) -> None:
    """Show the last runs, the age of the data, the backlog and faults; exit 1 when something is wrong.

    Faults of the data are those since the last digest, which told the earlier ones.
    """
    from watch.store.runs import read_health, read_rule_faults, read_runs
    from watch.store.slices import read_slices
    from watch.wording import moment_words

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        slices, runs, health = read_slices(conn), read_runs(conn, limit=5), read_health(conn, _told_until(conn))
        rule_faults = read_rule_faults(conn)
    seen = [s.as_of for s in slices if s.as_of]
    typer.echo(f"data: {sum(s.positions for s in slices):,} positions on {len(slices)} days")
    typer.echo(f"last fix: {moment_words(max(seen)) if seen else 'none yet; load a file with `shipwatch load FILE`'}")
    typer.echo(f"days waiting to be computed: {sum(s.dirty for s in slices)}")
    rows = [[r["kind"], r["status"], moment_words(r["started_at"]), r["message"] or ""] for r in runs]
    print_table("last runs", ["job", "status", "begun", "message"], rows)
    for fault in health:
        typer.echo(printable(f"{fault['kind']}: {fault['message']}"))
    for wrong in rule_faults:
        typer.echo(printable(f"rule in error: {wrong}"))
    failed = bool(runs) and runs[0]["status"] != "done"
    if health or rule_faults or failed or any(s.dirty for s in slices):
        raise typer.Exit(1)
