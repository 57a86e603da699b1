"""`shipwatch vessel`: one ship through its names, flags and radios, and why they are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, workspace
from watch.commands.watchlist import print_found
from watch.errors import ConfigError
from watch.wording import plural

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from watch.lake import Lake
    from watch.vessels import Asked
    from watch.watchlists.matching import Found
    from watch.workspace import Workspace

EXAMPLES = examples("shipwatch vessel 9208124", "shipwatch vessel mmsi:368134280/1", "shipwatch vessel bella --json")

_CANDIDATES_MAX = 30
_FEW_DAYS = 7  # own: a day is as much as fits beside the rest, and as much as is asked of a longer life
_CLOSED = ("closed", "withdrawn")
_ALERT = ("alert_id", "rule_id", "level", "verdict", "status", "started_at", "summary")


def vessel(
    ctx: typer.Context,
    asked: Annotated[
        list[str], typer.Argument(metavar="X", help="IMO number, MMSI, id, or a name or part of one; old ones too.")
    ],
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show one vessel: what its radios declared over time, and why they are one hull.

    What does not fit, its flags, names and types, and counts of its events and open alerts follow.
    """
    text, ws = " ".join(asked), workspace(ctx)
    with ws.engine.connect() as conn:
        life = _read(conn, ws.lake, choose_vessel(conn, text, table=not json))
        found = _listings(conn, ws, life)
    if json:
        from watch.watchlists.overview import found_view

        print_json([{**life, "lists": [found_view(one) for one in found]}])
    else:
        _print(life, found)


def _listings(conn: Connection, ws: Workspace, life: dict[str, Any]) -> list[Found]:
    """Return the lists on which a vessel stands or stood, and entries that its names are like."""
    from watch.store.watchlists import read_listed
    from watch.watchlists.matching import Watch
    from watch.watchlists.overview import file_entries, find_all, ships_of

    return find_all(Watch([*read_listed(conn), *file_entries(ws.own_rules)]), ships_of(life))


def choose_vessel(conn: Connection, text: str, *, table: bool) -> str:
    """Return the one vessel that fits; none and several, which are shown, are bad use."""
    from watch.vessels import candidates, parse_asked

    asked = parse_asked(text)
    if not asked.text:
        raise ConfigError("say which vessel; an IMO number, an MMSI or a part of a name will do")
    found = _find(conn, asked)
    if not found and asked.kind == "number":  # some names are numbers
        found = _find(conn, replace(asked, kind="name"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(f"no vessel that declared itself or did anything fits '{text}'; a part of a name will do too")
    some = found[:_CANDIDATES_MAX]
    if table:
        _print_candidates(candidates(_chain(conn, _radios(conn, some)), some), len(found))
    listed = "" if table else f": {_some(found)}"
    raise ConfigError(f"{len(found):,} vessels fit '{text}'; name one of them by its id{listed}")


def _find(conn: Connection, asked: Asked) -> list[str]:
    from watch.store.events import read_events
    from watch.store.vessels import radios_called, radios_with_number
    from watch.vessels import find_vessels

    named = asked.kind == "name"
    radios = radios_called(conn, asked.text) if named else radios_with_number(conn, asked.number)
    return find_vessels(_chain(conn, radios), read_events(conn, mmsis=() if named else [asked.number]), asked)


def _radios(conn: Connection, vessel_ids: list[str]) -> set[int]:
    """Return all radios that these vessels ever had."""
    from watch.attribution import numbers_of
    from watch.store.identities import radios_of_hulls

    imos, mmsis = numbers_of(vessel_ids)
    return mmsis | radios_of_hulls(conn, imos)


def _chain(conn: Connection, radios: set[int], lake: Lake | None = None) -> pd.DataFrame:
    from watch.attribution import shared_radios
    from watch.store.identities import read_identities
    from watch.store.vessels import read_sharing
    from watch.vessels import chain_of

    heard = _heard(lake, radios) if lake else None
    return chain_of(read_identities(conn, radios), shared_radios(read_sharing(conn, radios)), heard)


def _read(conn: Connection, lake: Lake, vessel_id: str) -> dict[str, Any]:
    """Return all that is known of a vessel."""
    from watch.store.alerts import read_alerts
    from watch.store.events import read_events
    from watch.store.vessels import read_sharing
    from watch.vessel_life import life_of

    radios = _radios(conn, [vessel_id])
    alerts = [a for a in read_alerts(conn, vessel_id=vessel_id) if a["status"] not in _CLOSED]
    return life_of(
        vessel_id,
        _chain(conn, radios, lake),
        read_events(conn, vessel_ids=[vessel_id]),
        read_sharing(conn, radios),
        [{name: alert[name] for name in _ALERT} for alert in alerts],
    )


def _heard(lake: Lake, mmsis: set[int]) -> pd.DataFrame:
    """Return all that these radios declared."""
    days = lake.days() or [date(1970, 1, 1)]
    start_at, end_at = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1] + timedelta(days=1)))
    heard: pd.DataFrame = lake.read_statics(start_at, end_at, mmsis).to_pandas()
    return heard


def _some(vessel_ids: list[str]) -> str:
    more = len(vessel_ids) - _CANDIDATES_MAX
    return ", ".join(vessel_ids[:_CANDIDATES_MAX]) + (f" and {more:,} more" if more > 0 else "")


def _print_candidates(found: list[dict[str, Any]], count: int) -> None:
    rows = (
        [
            c["vessel_id"],
            *(", ".join(map(str, c[name])) for name in ("names", "flags", "types", "mmsis")),
            _day(c["first_declared_at"]),
        ]
        for c in found
    )
    head = ["id", "names", "flags", "types", "MMSIs", "declared since"]
    first = f", the first {_CANDIDATES_MAX}" if count > _CANDIDATES_MAX else ""
    print_table(f"{plural(count, 'vessel')}{first}", head, rows)


def _print(life: dict[str, Any], found: list[Found]) -> None:
    """Print a life as tables, those with nothing in them left out."""
    print_table(str(life["name"] or life["vessel_id"]), ["", ""], _head(life))
    why = list(dict.fromkeys(link["why"] for link in life["chain"]))
    when = _precise(life["chain"])
    head = ["from (UTC)", "until", "MMSI", "flag", "name", "call sign", "IMO", "type", "why"]
    print_table("\nChain", head, ([*map(when, _ends(link)), *_link(link), _why(link, why)] for link in life["chain"]))
    print_table("\nWhy", ["", ""], ([str(k), reason] for k, reason in enumerate(why, 1)))
    misfits = [[_minute(m["start_at"]), str(m["mmsi"]), m["what"]] for m in life["misfits"]]
    _part("Does not fit", ["since (UTC)", "MMSI", "what was declared"], misfits)
    others = [
        [o["vessel_id"], ", ".join(o["names"]), ", ".join(map(str, o["mmsis"])), *map(_day, _ends(o))]
        for o in life["other_vessels"]
    ]
    _part("Other vessels on the same radios", ["id", "names", "MMSI", "first declared", "last"], others)
    for many, one in (("flags", "flag"), ("names", "name"), ("types", "type")):
        spans = [[str(span[one]), *map(_minute, _ends(span))] for span in life[many]]
        _part(many.capitalize(), [one, "since (UTC)", "until"], spans)
    if found:
        print_found(found, "\nLists")
    _print_seen(life)


def _print_seen(life: dict[str, Any]) -> None:
    events = [[e["kind"], f"{e['count']:,}", str(e["open"] or ""), *map(_minute, _ends(e))] for e in life["events"]]
    _part("Events", ["kind", "count", "open", "first (UTC)", "last"], events)
    alerts = [
        [a["level"], a["verdict"], a["status"], a["rule_id"], _day(a["started_at"]), a["alert_id"][:8]]
        for a in life["alerts"]
    ]
    _part("Alerts", ["level", "verdict", "status", "rule", "since", "id"], alerts)
    number = f"--imo {life['imo']}" if life["imo"] else f"--mmsi {life['mmsi']}"
    if events:
        typer.echo(f"\nLook closer:  shipwatch events {number}")


def _part(title: str, head: list[str], rows: list[list[str]]) -> None:
    if rows:
        print_table(f"\n{title}", head, rows)


def _head(life: dict[str, Any]) -> Iterator[list[str]]:
    length = f"{life['length_m']:.0f} m" if life["length_m"] else None
    facts = {
        "vessel": life["vessel_id"],
        "MMSI": life["mmsi"],
        "flag": life["flag"],
        "type": life["type"],
        "length": length,
        "call sign": life["callsign"],
        **dict(zip(("first declared", "last declared"), map(_minute, _ends(life)), strict=True)),
    }
    yield from ([name, str(value)] for name, value in facts.items() if value)


def _link(link: dict[str, Any]) -> list[str]:
    number = "" if link["imo"] is None else f"{link['imo']}{'' if link['imo_valid'] else ' ?'}"
    radio = f"{link['mmsi']}/{link['segment']}" if link["segment"] else str(link["mmsi"])
    words = (radio, link["flag"], link["name"], link["callsign"], number, link["type"])
    return [str(word or "") for word in words]


def _why(link: dict[str, Any], reasons: list[str]) -> str:
    times = f" ({link['times']}×)" if link["times"] > 1 else ""
    return f"{reasons.index(link['why']) + 1}{times}"


def _ends(span: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the first and last moment of a span by the names it has for them."""
    begin = next(span[name] for name in ("from_at", "first_at", "first_declared_at") if name in span)
    return begin, span["last_at"] if "last_at" in span else span["last_declared_at"]


def _precise(links: list[dict[str, Any]]) -> Callable[[str | None], str]:
    """Return how the moments of a chain are written: the time of the day where it lasts but a few days."""
    begin, end = (f([at for link in links for at in _ends(link) if at]) for f in (min, max))
    lasting = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return _minute if lasting.days < _FEW_DAYS else _day


def _minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""


def _day(at: str | None) -> str:
    return at[:10] if at else ""
