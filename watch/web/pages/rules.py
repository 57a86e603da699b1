"""Rules: all of them with the state of their tests and what became of their alerts, and each one in full."""

from __future__ import annotations

import unicodedata
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from watch.alert_life import CLOSE_REASONS, STATUSES
from watch.digest_view import LEVELS
from watch.rules.measures import load_measures, load_red_flags
from watch.rules.model import Rule
from watch.store.alerts import read_alerts
from watch.vessel_reading import find_vessels_asked, read_candidates
from watch.web.forms import posted
from watch.web.links import vessel_link
from watch.web.rule_hits import VERDICTS, Hits, read_hits, together
from watch.web.rule_shelf import Shelf
from watch.web.rule_words import also_words, ship_words, step_words
from watch.web.site import render, site_of

_ALERTS_SHOWN = 50
_CANDIDATES_MAX = 20
_ASKED_MAX = 120


def list_rules(request: Request) -> Response:
    """Answer with all rules by family, faults first."""
    site = site_of(request)
    shelf = site.shelf.now()
    with site.ws.engine.connect() as conn:
        hits = read_hits(conn)
    rows = [_row(shelf, rule, together(hits.get(rule.id, {}).values())) for rule in shelf.rules.values()]
    families: dict[str, list[dict[str, Any]]] = {}
    by_alerts = request.query_params.get("sort") == "alerts"
    for row in sorted(rows, key=lambda row: (row["family"], LEVELS.index(row["rule"].level), row["rule"].id)):
        families.setdefault("all, by alerts" if by_alerts else row["family"], []).append(row)
    for some in families.values() if by_alerts else ():
        some.sort(key=lambda row: -row["hits"].raised)
    return render(
        request,
        "rules.html.j2",
        families=families,
        by_alerts=by_alerts,
        rules=rows,
        faults=[(fault, _stem(fault.file, shelf)) for fault in map(shelf.shown, shelf.ruleset.faults)],
        notes=[shelf.shown(note) for note in shelf.ruleset.notes],
        gone=sorted(hits.keys() - shelf.rules.keys()),
    )


def _row(shelf: Shelf, rule: Rule, hits: Hits) -> dict[str, Any]:
    file = shelf.files[rule.id]
    scenarios = sum(test.scenario is not None for test in rule.tests)
    known = {"own": file.own, "family": file.family or "own", "tested": shelf.tested.get(rule.id)}
    return {"rule": rule, "hits": hits, "scenarios": scenarios, **known}


def _stem(file: str, shelf: Shelf) -> str:
    """Return the id under which a broken file has a page; empty where it has none."""
    stem = file.rpartition("/")[2].rpartition(".")[0]
    return stem if stem in shelf.files else ""


def show_rule(request: Request) -> Response:
    """Answer with a rule: what it asks, its text, tests, alerts, and how far it came about a ship."""
    site, rule_id = site_of(request), request.path_params["rule_id"]
    shelf = site.shelf.now()
    rule, file, faults = shelf.rules.get(rule_id), shelf.files.get(rule_id), shelf.faults_of(rule_id)
    with site.ws.engine.connect() as conn:
        hits = read_hits(conn).get(rule_id, {})
        alerts = sorted(read_alerts(conn, rule_id=rule_id), key=lambda a: str(a["started_at"]), reverse=True)
    if file is None and not hits:
        raise HTTPException(404, "There is no rule with this id; the list of rules has them all.")
    return render(
        request,
        "rule.html.j2",
        rule_id=rule_id,
        rule=rule,
        file=file,
        faults=faults,
        lines=[printed(line) for line in file.text().splitlines()] if file else [],
        asks=_asks(rule) if rule else None,
        tests=_tests(rule, shelf) if rule else [],
        tested=shelf.tested.get(rule_id),
        cited=_cited(rule) if rule else {},
        hits=[(verdict, hits[verdict]) for verdict in VERDICTS if verdict in hits],
        whole=together(hits.values()),
        statuses=STATUSES,
        reasons=CLOSE_REASONS,
        alerts=alerts[:_ALERTS_SHOWN],
        about=_about(request, shelf, rule) if rule else None,
        link=vessel_link,
    )


def printed(line: str) -> str:
    r"""Return a line of a file with a sign in the place of each character that would hide or turn something.

    Examples
    --------
    >>> printed("id: a\u202eb\x00\tc")
    'id: a\ufffdb\ufffd  c'
    """
    spaced = line.replace("\t", "  ")
    return "".join("\ufffd" if unicodedata.category(c).startswith("C") else c for c in spaced)


def _asks(rule: Rule) -> dict[str, Any]:
    return {"ships": ship_words(rule), "steps": step_words(rule), "also": also_words(rule)}


def _tests(rule: Rule, shelf: Shelf) -> list[dict[str, Any]]:
    tested = shelf.tested.get(rule.id)
    ended = {result.name: result for result in tested.results} if tested else {}
    words = {True: "passed", False: "failed", None: "not run"}
    rows = ((test, ended.get(test.name)) for test in rule.tests)
    return [
        {
            "name": test.name,
            "scenario": test.scenario or "",
            "expects": test.expect.alerts,
            "state": words[result.passed if result else None],
            "reason": result.reason if result else "",
        }
        for test, result in rows
    ]


def _cited(rule: Rule) -> dict[str, Any]:
    measures, flags = load_measures(), load_red_flags()
    return {
        "measures": [measures[name] for name in rule.measures if name in measures],
        "red_flags": [(code, flags.get(code, "")) for code in rule.red_flags],
        "references": [(text, text.startswith(("https://", "http://"))) for text in rule.references],
    }


def _about(request: Request, shelf: Shelf, rule: Rule) -> dict[str, Any] | None:
    """Return how far a rule came about the ship that somebody asks for, or who may be meant; None: nobody asked."""
    from watch.explaining import make_explainer

    ws, text = site_of(request).ws, request.query_params.get("ship", "").strip()[:_ASKED_MAX]
    if not text:
        return None
    with ws.engine.connect() as conn:
        found = find_vessels_asked(conn, text)
        if len(found) != 1:
            some = read_candidates(conn, found[:_CANDIDATES_MAX])
            return {"text": text, "found": len(found), "some": some, "told": None}
        told = make_explainer(conn, ws, rule, shelf.ruleset.lists, found[0]).vessel(found[0])
        return {"text": text, "found": 1, "some": [], "told": told}


def run_tests(request: Request, form: FormData) -> Response:
    """Run the tests of a rule, those that sail a whole scenario among them."""
    site, rule_id = site_of(request), request.path_params["rule_id"]
    if rule_id not in site.shelf.now().rules:
        raise HTTPException(404, "There is no rule with this id that could be tested.")
    with site.testing.take():
        site.shelf.run_tests(rule_id, site.now(), scenarios=True)
    return RedirectResponse(f"/rules/{rule_id}#tests", status_code=303)


def run_written_tests(request: Request, form: FormData) -> Response:
    """Run the written tests of all rules; those that sail a scenario take minutes and are left to each rule's page."""
    site = site_of(request)
    with site.testing.take():
        for rule_id in site.shelf.now().rules:
            site.shelf.run_tests(rule_id, site.now(), scenarios=False)
    return RedirectResponse("/rules", status_code=303)


ROUTES: tuple[BaseRoute, ...] = (
    Route("/rules", list_rules),
    Route("/rules/tests", posted(run_written_tests), methods=["POST"]),
    Route("/rules/{rule_id}", show_rule),
    Route("/rules/{rule_id}/tests", posted(run_tests), methods=["POST"]),
)
