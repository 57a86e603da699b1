"""`shipwatch rules explain` and `rules backtest`: what a rule makes of stored events, and why."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from watch.commands.context import examples, print_json, progress_bar, workspace
from watch.commands.vessel import choose_vessel
from watch.errors import ConfigError
from watch.moments import moment
from watch.paths import bundled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watch.explain import Explainer
    from watch.rules.model import Rule
    from watch.rules.vessel_lists import VesselLists
    from watch.workspace import Workspace

_NUMBER = re.compile(r"[0-9a-f]{4,16}")
_SHIP_DIGITS = (7, 9)  # an IMO number or an MMSI, never the beginning of an alert's id

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
RuleName = Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, or the file of a draft.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `shipwatch rules`."""
    lit = "iran-venezuela-tanker-voyage"
    app.command(epilog=examples(f"shipwatch rules explain {lit} 3f2a", f"shipwatch rules explain {lit} bella --json"))(
        explain
    )
    app.command(
        epilog=examples(f"shipwatch rules backtest {lit}", "shipwatch rules backtest draft.yaml --from 2020-05-01")
    )(backtest)


def explain(
    ctx: typer.Context,
    rule: RuleName,
    about: Annotated[
        list[str], typer.Argument(metavar="ALERT|VESSEL", help="An alert's id, or a ship: IMO, MMSI, id or name.")
    ],
    json: Json = False,
) -> None:
    """Explain an alert step by step, or how far a rule came about a ship.

    Of an alert: what was asked of each event, why no other took its step, and
    why the verdict. Of a ship: what nearly matched, and by what it failed.
    """
    from watch.commands.proof_tables import print_alert, print_vessel

    ws, text = workspace(ctx), " ".join(about)
    wanted = _read_rule(ws, rule)
    with ws.engine.connect() as conn:
        number, vessel_id, stored = _about(conn, ws, wanted, text, table=not json)
        explainer = _explainer(conn, ws, wanted, vessel_id)
    if number and not stored:
        number = _number(number, explainer.matches, "alert of this rule")
    found = explainer.alert(number, stored) if number else explainer.vessel(vessel_id or "")
    if json:
        print_json([found])
    elif number:
        print_alert(found)
    else:
        print_vessel(found)


def backtest(
    ctx: typer.Context,
    rule: RuleName,
    from_: Annotated[str | None, typer.Option("--from", metavar="T", help="Alerts that begin at or after T.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="T", help="Alerts before T; the clock stands there.")
    ] = None,
    json: Json = False,
) -> None:
    """Match a rule, or a draft, over stored events; send and write nothing.

    Shows the alerts, what nearly matched and by what it failed, and what would
    be other than what is stored. Events before --from are looked at too; all
    are taken as they are known now.
    """
    from watch.backtest import backtest as run
    from watch.backtest import window
    from watch.commands.proof_tables import print_backtest, public_backtest
    from watch.explaining import read_table
    from watch.rematch import data_clock
    from watch.rules.measures import load_measures
    from watch.store.alerts import read_alerts

    begun = perf_counter()
    since, until = moment(from_, "--from"), moment(to, "--to")
    ws = workspace(ctx)
    with progress_bar() as progress:
        progress("reading the rule", 0.0)
        wanted = _read_rule(ws, rule)
        with ws.engine.connect() as conn:
            clock = data_clock(conn)
            progress("reading events", 0.1)
            table, first_at = read_table(conn, ws, wanted.lists, progress, to_at=until)
            stored = read_alerts(conn, rule_id=wanted.rule.id)
        span = window(since, until, first_at, clock)
        if span[0] >= span[1]:
            raise ConfigError(f"nothing lies from {span[0]:%Y-%m-%d %H:%M} to {span[1]:%Y-%m-%d %H:%M} UTC")
        progress("matching", 0.6)
        zone_of = ws.world.zones.by_id.get
        found = run(wanted.rule, table, stored, load_measures(), zone_of, *span)
    seconds = perf_counter() - begun
    if json:
        print_json([public_backtest(found, wanted.rule, seconds)])
    else:
        print_backtest(found, wanted.rule, stored, seconds)


class _Asked(NamedTuple):
    """A rule, and the vessel lists that it may ask for."""

    rule: Rule
    lists: VesselLists


def _read_rule(ws: Workspace, asked: str) -> _Asked:
    """Return a rule by its id, or out of a file that is not installed.

    Raises
    ------
    RuleError
        The file has faults.
    ConfigError
        There is no such rule.
    """
    from watch.errors import RuleError
    from watch.rules.fields import suggest
    from watch.rules.loader import SUFFIXES, load_files

    path = Path(asked)
    if path.suffix in SUFFIXES:
        if not path.exists():
            raise ConfigError(f"{asked}: does not exist; name a rule file, or a rule by its id")
        roots = [bundled("rules"), ws.own_rules]
        found = load_files([(path, asked)], ws.world.zones, roots=roots, imported=ws.listings())
        if not found.rules:
            raise RuleError([fault for fault in found.faults if fault.file == asked] or found.faults)
        return _Asked(found.rules[0], found.lists)
    rules = {rule.id: rule for rule in ws.rules.rules}
    if asked not in rules:
        faults = [fault for fault in ws.rules.faults if Path(fault.file).stem == asked]
        if faults:
            raise RuleError(faults)
        raise ConfigError(f"there is no rule '{asked}'{suggest(asked, rules)}; `shipwatch rules list` shows them")
    return _Asked(rules[asked], ws.rules.lists)


def _about(
    conn: Connection, ws: Workspace, wanted: _Asked, text: str, *, table: bool
) -> tuple[str | None, str | None, dict[str, Any] | None]:
    """Return the alert that is meant (its id, its ship and the alert as stored), or the ship alone."""
    from watch.store.alerts import read_alerts

    number = text.lower()
    if not _NUMBER.fullmatch(number) or (number.isdigit() and len(number) in _SHIP_DIGITS):
        return None, choose_vessel(conn, text, table=table), None
    stored = {str(a["alert_id"]): a for a in read_alerts(conn, rule_id=wanted.rule.id)}
    if not any(alert_id.startswith(number) for alert_id in stored):
        return _unstored(conn, ws, wanted, number, text, table=table)
    alert_id = _number(number, stored, "alert of this rule")
    return alert_id, str(stored[alert_id]["vessel"]["vessel_id"]), stored[alert_id]


def _unstored(
    conn: Connection, ws: Workspace, wanted: _Asked, number: str, text: str, *, table: bool
) -> tuple[str | None, str | None, dict[str, Any] | None]:
    """Return an alert that the rule raises and that is not stored, as that of a draft; else a ship of that name."""
    from watch.store.alerts import read_alerts

    if any(alert_id.startswith(number) for alert_id in _explainer(conn, ws, wanted, None).matches):
        return number, None, None
    for other in read_alerts(conn):
        if not number.isdigit() and str(other["alert_id"]).startswith(number):
            raise ConfigError(f"{text} is an alert of the rule '{other['rule_id']}'; explain that rule")
    return None, choose_vessel(conn, text, table=table), None


def _number(number: str, known: Collection[str], what: str) -> str:
    found = [alert_id for alert_id in known if alert_id.startswith(number)]
    if len(found) != 1:
        many = f"{len(found)} alerts" if found else f"no {what}"
        raise ConfigError(f"{many} with an id that begins with {number!r}; see `shipwatch alerts list`")
    return found[0]


def _explainer(conn: Connection, ws: Workspace, wanted: _Asked, vessel_id: str | None) -> Explainer:
    from watch.explaining import make_explainer

    return make_explainer(conn, ws, wanted.rule, wanted.lists, vessel_id)
