"""`shipwatch vessel`: one ship through its names, flags and radios, and why they are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, workspace
from watch.commands.watchlist import print_found
from watch.errors import ConfigError
from watch.wording import plural

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watch.watchlists.matching import Found

EXAMPLES = examples("shipwatch vessel 9208124", "shipwatch vessel mmsi:368134280/1", "shipwatch vessel bella --json")

_CANDIDATES_MAX = 30
_FEW_DAYS = 7  # own: a day is as much as fits beside the rest, and as much as is asked of a longer life


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
    from watch.vessel_reading import read_life, read_listings

    text, ws = " ".join(asked), workspace(ctx)
    with ws.engine.connect() as conn:
        life = read_life(conn, ws.lake, choose_vessel(conn, text, table=not json))
        found = read_listings(conn, ws, life)
    if json:
        from watch.watchlists.overview import found_view

        print_json([{**life, "lists": [found_view(one) for one in found]}])
    else:
        _print(life, found)


def choose_vessel(conn: Connection, text: str, *, table: bool) -> str:
    """Return the one vessel that fits; none and several, which are shown, are bad use."""
    from watch.vessel_reading import find_vessels_asked, read_candidates

    if not text.strip():
        raise ConfigError("say which vessel; an IMO number, an MMSI or a part of a name will do")
    found = find_vessels_asked(conn, text)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(f"no vessel that declared itself or did anything fits '{text}'; a part of a name will do too")
    if table:
        _print_candidates(read_candidates(conn, found[:_CANDIDATES_MAX]), len(found))
    listed = "" if table else f": {_some(found)}"
    raise ConfigError(f"{len(found):,} vessels fit '{text}'; name one of them by its id{listed}")


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
