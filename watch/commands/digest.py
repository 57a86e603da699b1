"""`shipwatch digest`: what is new, changed, withdrawn and still open, as files to look at or sent to a recipient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import Options, examples, print_table, progress_bar, say, settings_of, workspace
from watch.errors import ConfigError

EXAMPLES = examples(
    "shipwatch digest --preview -o look",
    "shipwatch digest --preview --recipient desk -o look",
    "shipwatch digest --send --recipient desk",
    "shipwatch digest",
)


def digest(
    ctx: typer.Context,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write the files and the mail; send nothing, and move nothing on.")
    ] = False,
    send: Annotated[
        bool, typer.Option("--send", help="Make the digests of all recipients now, and send them.")
    ] = False,
    recipient: Annotated[
        str | None, typer.Option(help="A [[recipient]] of shipwatch.toml; with --preview or --send.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; default DATA_DIR/digest.")] = None,
) -> None:
    """Write the digest since the last one: HTML, plain text, and a map for each alert; or send it."""
    if preview and send:
        raise ConfigError("--preview sends nothing; leave out one of --preview and --send")
    if recipient and not (preview or send):
        raise ConfigError("--recipient goes with --preview or --send; without them the digest is kept in a folder")
    if send:
        _send(ctx, recipient)
        return
    from watch.clock import now

    options: Options = ctx.find_root().obj
    ws, folder = workspace(ctx), output or options.data_dir / "digest"
    with progress_bar() as progress:
        if preview:
            from watch.delivery.digests import find_recipient, preview_digest

            settings = settings_of(ctx)
            whom = find_recipient(settings, recipient) if recipient else None
            paths = preview_digest(ws, settings, whom, folder, now(), progress)
        else:
            from watch.reporting import make_digest

            paths = make_digest(ws, folder, now(), progress, keep=True)
    for path in paths.values():
        typer.echo(path)


def _send(ctx: typer.Context, name: str | None) -> None:
    """Make and send the digests of one recipient or all of them; exit 1 when one did not get through."""
    from watch.clock import now
    from watch.delivery.digests import find_recipient, make_digest_for
    from watch.delivery.outbox import LEASE_WAIT_S, send_outbox
    from watch.store.deliveries import read_deliveries

    ws, settings = workspace(ctx), settings_of(ctx)
    if not settings.recipient:
        raise ConfigError("shipwatch.toml has no [[recipient]]; docs/operations/mail.md shows one")
    whom = [find_recipient(settings, name)] if name else list(settings.recipient)
    with progress_bar() as progress:
        made = {r.name: make_digest_for(ws, settings, r, now(), progress) for r in whom}
        sent = send_outbox(ws, settings, recipient=name, wait_s=LEASE_WAIT_S)
    with ws.engine.connect() as conn:
        latest = {r.name: read_deliveries(conn, recipient=r.name, limit=1) for r in whom}
    rows = [_told(r.name, made[r.name], latest[r.name]) for r in whom]
    print_table("", ["recipient", "status", "subject"], rows)
    for fault in sent.faults:
        say(fault)
    if any(status not in ("sent", "nothing new") for _, status, _ in rows):
        raise typer.Exit(1)


def _told(name: str, digest_id: int | None, latest: list[dict[str, object]]) -> list[str]:
    """Return a row of the table: what became of the message of this digest."""
    if not latest or (digest_id is not None and latest[0]["digest_id"] != digest_id):
        return [name, "nothing new", "not sent: even_if_empty = false"]
    return [name, str(latest[0]["status"]), str(latest[0]["subject"])]
