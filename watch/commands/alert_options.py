"""What the commands about alerts share: which alerts are meant, who decides, and reading them with their silences."""

from __future__ import annotations

import getpass
import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.alert_life import STATUSES
from watch.commands.context import workspace
from watch.digest_view import LEVELS
from watch.errors import ConfigError
from watch.moments import moment
from watch.wording import clean

if TYPE_CHECKING:
    from watch.alert_filter import Wanted

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of alerts, or the first characters of them.")]
Note = Annotated[str | None, typer.Option(help="What there is to say about it; kept in the history.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", envvar="SHIPWATCH_USER", help="Who decides; default the name of the login."),
]

_NAME_MAX = 200  # own


def choose(
    status: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(STATUSES)}.")] = None,
    level: Annotated[list[str] | None, typer.Option(help=f"Only these levels: {', '.join(LEVELS)}.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, as `rules list` names it.")] = None,
    family: Annotated[str | None, typer.Option(help="Only rules of this family (their folder).")] = None,
    imo: Annotated[int | None, typer.Option(help="Only the ship with this IMO number.")] = None,
    mmsi: Annotated[int | None, typer.Option(help="Only the ship, or a step, with this MMSI.")] = None,
    flag: Annotated[str | None, typer.Option(help="Only ships of this flag, as two letters.")] = None,
    ship_type: Annotated[str | None, typer.Option("--type", help="Only ships of this type, as tanker.")] = None,
    area: Annotated[str | None, typer.Option(help="Only with a step in this zone (its id) or country.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Only with evidence at or after T (UTC).")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Only begun before T (UTC).")] = None,
    text: Annotated[str | None, typer.Option(help="Only with this in summary, rule, ships or zones.")] = None,
    silenced: Annotated[
        bool | None, typer.Option("--silenced/--not-silenced", help="Only silenced ones, or only the others.")
    ] = None,
) -> Wanted:
    """Return what these options ask for."""
    from watch.alert_filter import Wanted

    _all_known("--status", status, STATUSES)
    _all_known("--level", level, LEVELS)
    return Wanted(
        statuses=tuple(status or ()),
        levels=tuple(level or ()),
        rule_id=rule,
        family=family,
        imo=imo,
        mmsi=mmsi,
        flag=flag,
        vessel_type=ship_type,
        area=area,
        since_at=moment(since, "--since"),
        until_at=moment(until, "--until"),
        text=text,
        silenced=silenced,
    )


def _all_known(option: str, given: list[str] | None, known: Sequence[str]) -> None:
    for word in given or ():
        if word not in known:
            raise ConfigError(f"{option} {word!r} is no {option.removeprefix('--')}; there are {', '.join(known)}")


def with_choice(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has the options of `choose` in place of its parameter `wanted`."""
    chosen = inspect.signature(choose, eval_str=True, locals={"Wanted": object}).parameters
    own = inspect.signature(command, eval_str=True, locals={"Wanted": object}).parameters

    @wraps(command)
    def run(**given: Any) -> None:
        asked = {name: given.pop(name) for name in chosen}
        command(**given, wanted=choose(**asked))

    keyword = inspect.Parameter.KEYWORD_ONLY
    first, *rest = (parameter.replace(kind=keyword) for name, parameter in own.items() if name != "wanted")
    parameters = [first, *(parameter.replace(kind=keyword) for parameter in chosen.values()), *rest]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it; mypy knows none
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def decider(by: str | None) -> str:
    """Return the name of who decides: as given, or that of the login."""
    try:
        name = clean(by if by is not None else getpass.getuser())
    except (KeyError, OSError, ImportError):
        name = ""
    if not name or len(name) > _NAME_MAX:
        raise ConfigError("say who decides with --by NAME, or set SHIPWATCH_USER")
    return name


def read_wanted(ctx: typer.Context, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the alerts that are wanted, the gravest first, each with the silence it falls under as `silenced`."""
    from watch.alert_board import read_told
    from watch.alert_filter import filter_alerts
    from watch.rule_families import rule_families

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        return filter_alerts(read_told(ws, conn), wanted, rule_families(ws.own_rules))
