"""`shipwatch alerts`: what the rules raised."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from watch.commands.context import print_json, print_table, printable, workspace
from watch.errors import ConfigError

app = typer.Typer(help="List alerts, or show one.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_alerts(
    ctx: typer.Context,
    level: Annotated[str | None, typer.Option(help="Only this level, e.g. critical.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    imo: Annotated[int | None, typer.Option(help="Only this ship.")] = None,
    json: Json = False,
) -> None:
    """List alerts, the gravest first.

    Examples:  shipwatch alerts list      shipwatch alerts list --level critical --json
    """
    found = _read(ctx, level=level, rule_id=rule, imo=imo)
    if json:
        print_json(found)
    else:
        print_alerts(found)


@app.command()
def show(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="An alert's id, or the first characters of it.")],
    json: Json = False,
) -> None:
    """Show one alert: its steps, what could not be observed, measures in force, and what to check.

    Example:  shipwatch alerts show 3f2a
    """
    found = [a for a in _read(ctx) if a["alert_id"].startswith(alert_id)]
    if len(found) != 1:
        what = "no alert" if not found else f"{len(found)} alerts"
        raise ConfigError(f"{what} with an id that begins with {alert_id!r}; see `shipwatch alerts list`")
    if json:
        print_json(found)
    else:
        from watch.digest import alert_text

        typer.echo(alert_text(found[0]))


def print_alerts(found: list[dict[str, Any]]) -> None:
    """Print alerts as a table."""
    rows = [
        [a["level"], a["verdict"], a["status"], a["vessel"]["name"] or a["vessel"]["vessel_id"], a["rule_id"]]
        + [a["started_at"][:10], a["alert_id"][:8]]
        for a in found
    ]
    head = ["level", "verdict", "status", "ship", "rule", "since", "id"]
    print_table(f"{len(found)} alert{'' if len(found) == 1 else 's'}", head, rows)


def _read(ctx: typer.Context, **wanted: Any) -> list[dict[str, Any]]:
    from watch.store.alerts import read_alerts

    with workspace(ctx).engine.connect() as conn:
        return read_alerts(conn, **{k: v for k, v in wanted.items() if v is not None})


__all__ = ["app", "print_alerts", "printable"]
