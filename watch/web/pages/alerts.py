"""The list of alerts: which there are, what was decided about each, and deciding about many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from watch.alert_board import Told
from watch.alert_filter import Facts
from watch.alert_life import CLOSE_REASONS
from watch.digest_view import LEVELS, VERDICT_WORDS, level_of, short
from watch.store.decisions import read_last_decisions
from watch.store.since import data_clock, raised_alerts, touched_alerts
from watch.store.types import iso
from watch.web.asked import COLUMNS, SIZES, TO_DO, Asked, read_asked
from watch.web.downloads import EXPORTS, export_file
from watch.web.facets import Found, choices, find, labels_of
from watch.web.forms import posted
from watch.web.numbers import whole
from watch.web.site import render, site_of
from watch.web.told import told_words
from watch.web.triage import decide

_ID_CHARS = 8  # own: as `shipwatch alerts list` shows them
_SEQ_MAX = 10**12  # own: beyond any history

#: Ready views: name, and what they ask for.
VIEWS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("To do", TO_DO),
    ("Critical and high", (*TO_DO[:2], ("level", "critical"), ("level", "high"), ("silenced", "no"))),
    ("Acknowledged", (("status", "acknowledged"), ("silenced", "any"))),
    ("Silenced", (*TO_DO[:2], ("silenced", "yes"))),
    ("Closed", (("status", "closed"), ("silenced", "any"))),
    ("All", (("silenced", "any"),)),
)


@dataclass(frozen=True)
class Head:
    """The head of a column by which the list can be sorted; `aria` is its order as it stands."""

    sort: str
    name: str
    falls: bool  # whether the usual order begins with the greatest


HEADS = (
    Head("gravity", "Level", falls=True),
    Head("ship", "Ship", falls=False),
    Head("rule", "What", falls=False),
    Head("start", "Since (UTC)", falls=False),
    Head("newest", "Last evidence", falls=True),
    Head("changed", "State", falls=True),
)


def alerts(request: Request) -> Response:
    """Answer the list."""
    asked, site = read_asked(request.query_params), site_of(request)
    told = site.board.told()
    found = find(told, asked.wanted)
    ordered = sorted(found.facts, key=lambda facts: facts.sort_key(asked.sort), reverse=asked.backwards)
    pages = max(1, -(-len(ordered) // asked.size))
    page = min(asked.page, pages)
    shown = ordered[(page - 1) * asked.size : page * asked.size]
    with site.ws.engine.connect() as conn:
        decided = read_last_decisions(conn, [facts.alert["alert_id"] for facts in shown])
        clock = data_clock(conn)
    return render(
        request,
        "alerts.html.j2",
        asked=asked,
        here=asked.query(page=page),
        rows=[_row(facts, decided) for facts in shown],
        count=len(ordered),
        first=(page - 1) * asked.size + 1,
        page=page,
        pages=pages,
        sizes=SIZES,
        total=len(told.facts),
        choices=choices(found, asked, labels_of(told)),
        ways_out=_ways_out(found, asked),
        views=_views(told, asked),
        heads=[_head(head, asked) for head in HEADS],
        sorts=HEADS,
        reasons=CLOSE_REASONS,
        clock=clock,
        seq=told.seq,
        told=told_words(request.query_params),
    )


def _row(facts: Facts, decided: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    alert, vessel = facts.alert, facts.alert["vessel"]
    numbers = [f"{word} {vessel[name]}" for word, name in (("IMO", "imo"), ("MMSI", "mmsi")) if vessel.get(name)]
    return {
        "alert_id": alert["alert_id"],
        "brief_id": alert["alert_id"][:_ID_CHARS],
        "seen": f"{alert['alert_id']}:{alert['version']}",
        "level": level_of(alert),
        "verdict": VERDICT_WORDS.get(str(alert.get("verdict")), ""),
        "vessel_id": vessel["vessel_id"],
        "ship": short(vessel.get("name")) or "Name not heard",
        "facts": [vessel.get("flag"), vessel.get("type"), *numbers[:1]],
        "rule": alert.get("title") or alert["rule_id"],
        "summary": alert.get("summary"),
        "started_at": alert["started_at"],
        "ended_at": alert["ended_at"],
        "last_at": iso(facts.last_at) if facts.last_at else None,
        "status": alert["status"],
        "close_reason": str(alert["close_reason"] or "").replace("_", " "),
        "silenced": alert["silenced"],
        "decided": decided.get(alert["alert_id"]),
    }


def _head(head: Head, asked: Asked) -> dict[str, Any]:
    mine = head.sort == asked.sort
    falls = head.falls != asked.backwards
    turned = "-" if mine and not asked.backwards else ""
    order = ("descending" if falls else "ascending") if mine else None
    return {"name": head.name, "sort": head.sort, "order": order, "query": asked.query(sort=turned + head.sort)}


def _views(told: Told, asked: Asked) -> list[dict[str, Any]]:
    now = set(asked.words)
    return [
        {
            "name": name,
            "words": words,
            "count": sum(count for standing, count in told.standings.items() if _stands(standing, words)),
            "chosen": set(words) == now,
        }
        for name, words in VIEWS
    ]


def _stands(standing: tuple[str, str, bool], words: tuple[tuple[str, str], ...]) -> bool:
    status, level, silenced = standing
    is_so = {"status": status, "level": level, "silenced": "yes" if silenced else "no"}
    asked = {name: [v for n, v in words if n == name] for name in is_so}
    return all(not values or is_so[name] in values or values == ["any"] for name, values in asked.items())


def _ways_out(found: Found, asked: Asked) -> list[dict[str, Any]]:
    """Return the filters that keep everything out, each with how many alerts there are without it."""
    values = {name: ", ".join(v for n, v in asked.words if n == name) for name in asked.narrowed}
    return [
        {"name": name, "value": value, "count": found.but_for[COLUMNS[name]], "query": asked.without(name)}
        for name, value in values.items()
        if not found.facts and found.but_for[COLUMNS[name]]
    ]


def counts(request: Request) -> Response:
    """Answer how the alerts stand, and what came to be after a place in the history, for a page that is open."""
    site = site_of(request)
    after = whole(request.query_params.get("after", ""), _SEQ_MAX)
    told = site.board.told()
    with site.ws.engine.connect() as conn:
        clock = data_clock(conn)
        raised = raised_alerts(conn, told.seq if after is None else after)
        touched = touched_alerts(conn, told.seq if after is None else after)
    new = {i for i in raised if i in told.by_id and told.by_id[i].alert["silenced"] is None}
    open_now = {level: told.standings["open", level, False] for level in LEVELS}
    answer = {"seq": told.seq, "open": open_now, "data_at": iso(clock) if clock else None}
    return JSONResponse(answer | {"new": len(new), "changed": len(touched - new)})


def export(request: Request) -> Response:
    """Answer the alerts of a view as a file for another program."""
    name = request.path_params["form"]
    if name not in EXPORTS:
        raise HTTPException(404, f"There is no such file; there are {', '.join(EXPORTS)}.")
    asked, told = read_asked(request.query_params), site_of(request).board.told()
    found = find(told, asked.wanted).facts
    ordered = sorted(found, key=lambda facts: facts.sort_key(asked.sort), reverse=asked.backwards)
    return export_file([facts.alert for facts in ordered], name, "alerts")


ROUTES: tuple[BaseRoute, ...] = (
    Route("/alerts", alerts),
    Route("/alerts/counts.json", counts),
    Route("/alerts/decide", posted(decide), methods=["POST"]),
    Route("/alerts/export.{form}", export),
)
