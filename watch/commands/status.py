"""`shipwatch status`: the last runs, the age of the data, what waits, what is wrong, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, printable, settings_of, workspace

if TYPE_CHECKING:
    from watch.service.status import SourceState, Status

EXAMPLES = examples("shipwatch status", "shipwatch --data-dir shipwatch-demo status", "shipwatch status --json")


def status(
    ctx: typer.Context, json: Annotated[bool, typer.Option("--json", help="One JSON object, for monitoring.")] = False
) -> None:
    """Show the last runs, the age of the data by source, what waits and what comes next; exit 1 if something is wrong.

    Faults of the data are those since the last digest, which told the earlier ones.
    """
    from watch.clock import now
    from watch.service.status import gather_status
    from watch.service.status_view import status_view

    found = gather_status(workspace(ctx), settings_of(ctx), now())
    if json:
        print_json([status_view(found)])
    else:
        _print(found)
    if found.problems:
        raise typer.Exit(1)


def _print(found: Status) -> None:
    from watch.wording import moment_words

    typer.echo(f"data: {found.positions:,} positions on {found.days:,} days")
    newest = moment_words(found.newest_fix_at) if found.newest_fix_at else "none yet; load a file with `shipwatch load`"
    typer.echo(f"last fix: {newest}")
    alerts = ", ".join(f"{n:,} {state}" for state, n in found.alerts.items())
    typer.echo(f"alerts: {alerts or 'none'}")
    waiting = ", ".join(f"{n:,} {what}" for what, n in found.backlog.items() if n)
    typer.echo(f"waiting: {waiting or 'nothing'}")
    typer.echo(f"scheduler: {printable(found.scheduler) if found.scheduler else 'not running'}")
    if found.sources:
        print_table("\nsources", ["source", "kind", "newest fix", "asked", "waiting"], map(_source_row, found.sources))
    head = ["run", "ended", "begun", "s", "MB", "rows", "events", "alerts"]
    print_table("\nlast runs", head, map(_run_row, found.runs))
    for run in found.runs:
        if run["message"]:
            typer.echo(printable(f"  {run['kind']} of {moment_words(run['started_at'])}: {run['message']}"))
    if found.next_jobs:
        print_table("\nnext", ["job", "due"], ([name, moment_words(at)] for name, at in found.next_jobs))
    if found.health or found.rule_faults:
        typer.echo("\nwarnings since the last digest")
    for fault in found.health:
        typer.echo(printable(f"{fault['kind']}: {fault['message']}"))
    for wrong in found.rule_faults:
        typer.echo(printable(f"rule in error: {wrong}"))
    if found.problems:
        typer.echo("")
        for problem in found.problems:
            typer.echo(printable(f"wrong: {problem}"))


def _source_row(source: SourceState) -> list[str]:
    from watch.wording import moment_words

    newest, asked = (moment_words(at) if at else "–" for at in (source.newest_fix_at, source.tried_at))
    return [source.name, source.kind, newest, asked, f"{source.waiting_files:,}"]


def _run_row(run: dict[str, Any]) -> list[str]:
    from watch.wording import moment_words

    seconds = "" if run["seconds"] is None else f"{run['seconds']:.1f}"
    numbers = ["" if run[name] is None else f"{run[name]:,.0f}" for name in ("peak_mb", "rows_read", "events")]
    changes = {"new": run["alerts_new"], "changed": run["alerts_changed"], "withdrawn": run["alerts_withdrawn"]}
    alerts = ", ".join(f"{n} {what}" for what, n in changes.items() if n)
    return [run["kind"], run["status"], moment_words(run["started_at"]), seconds, *numbers, alerts]
