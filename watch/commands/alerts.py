"""`shipwatch alerts`: what the rules raised."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, workspace
from watch.digest_view import LEVELS, by_gravity
from watch.errors import ConfigError
from watch.wording import plural

app = typer.Typer(help="List alerts, or show one.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list", epilog=examples("shipwatch alerts list", "shipwatch alerts list --level critical --json"))
def list_alerts(
    ctx: typer.Context,
    level: Annotated[str | None, typer.Option(help=f"Only this level: {', '.join(LEVELS)}.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, as `rules list` names it.")] = None,
    imo: Annotated[int | None, typer.Option(help="Only the ship with this IMO number.")] = None,
    json: Json = False,
) -> None:
    """List alerts, the gravest first, then the oldest."""
    if level is not None and level not in LEVELS:
        raise ConfigError(f"--level {level!r} is no level; there are {', '.join(LEVELS)}")
    found = _read(ctx, level=level, rule_id=rule, imo=imo)
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
    """Show one alert: its steps, what could not be observed, measures in force, and what to check."""
    found = [a for a in _read(ctx) if a["alert_id"].startswith(alert_id.lower())]
    if len(found) != 1:
        what = "no alert" if not found else f"{len(found)} alerts"
        raise ConfigError(f"{what} with an id that begins with {alert_id!r}; see `shipwatch alerts list`")
    if json:
        print_json(found)
    else:
        from watch.digest import alert_text
        from watch.store.slices import read_slices

        with workspace(ctx).engine.connect() as conn:
            as_of = max((s.as_of for s in read_slices(conn) if s.as_of), default=None)
        typer.echo(alert_text(found[0], as_of), nl=False)


def print_alerts(found: list[dict[str, Any]]) -> None:
    """Print alerts as a table."""
    rows = [
        [a["level"], a["verdict"], a["status"], ship_of(a), a["rule_id"], a["started_at"][:10], a["alert_id"][:8]]
        for a in found
    ]
    print_table(plural(len(found), "alert"), ["level", "verdict", "status", "ship", "rule", "since", "id"], rows)


def ship_of(alert: dict[str, Any]) -> str:
    """Return what an alert's ship calls itself, or its id where no name was heard."""
    vessel = alert["vessel"]
    return str(vessel["name"] or vessel["vessel_id"])


def _read(ctx: typer.Context, **wanted: Any) -> list[dict[str, Any]]:
    from watch.store.alerts import read_alerts

    with workspace(ctx).engine.connect() as conn:
        return sorted(read_alerts(conn, **wanted), key=by_gravity)
