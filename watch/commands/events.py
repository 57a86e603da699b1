"""`shipwatch events`: what ships were seen to do."""

from __future__ import annotations

from typing import Annotated

import typer

from watch.commands.context import examples, print_json, print_table, workspace
from watch.errors import ConfigError
from watch.moments import moment
from watch.wording import plural

EXAMPLES = examples("shipwatch events --kind gap --imo 9208124", "shipwatch events --from 2020-05-01T06:00Z --json")


def events(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option(help="gap, port_visit, spoof …; docs/events.md lists them all.")] = None,
    mmsi: Annotated[int | None, typer.Option(min=0, max=999_999_999, help="Either side's MMSI.")] = None,
    imo: Annotated[int | None, typer.Option(min=0, max=9_999_999, help="Either side's IMO number.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Events that end at or after T (UTC).")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help="Events that begin before T (UTC).")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List events, oldest first: what ships were seen to do, without a judgement."""
    from watch.columns import EVENT_KINDS
    from watch.store.events import read_events
    from watch.views import brief_event, public_events

    if kind is not None and kind not in EVENT_KINDS:
        raise ConfigError(f"--kind {kind!r} is no kind of event; there are {', '.join(EVENT_KINDS)}")
    since, until = moment(from_, "--from"), moment(to, "--to")
    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        found = read_events(conn, kind=kind, mmsi=mmsi, imo=imo, from_at=since, to_at=until)
    public = public_events(found, ws.world.zones)
    if json:
        print_json(public)
    else:
        head = ["start (UTC)", "end", "kind", "ship", "zone or partner", "what"]
        print_table(plural(len(found), "event"), head, (brief_event(e) for e in public))
