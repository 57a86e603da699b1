"""The printable summary of an alert for a case file: one sheet of A4, two at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watch.case.gather import Case
from watch.case.reach import reach_words
from watch.chart.base import GREY, INK
from watch.chart.frame import HEADER_PX, HEIGHT_PX
from watch.chart.sheet import Sheet
from watch.wording import moment_words, plural, sentence

#: How a summary can be made.
FORMS = ("pdf", "png")
_LEVEL = {"critical": "#7d0b2f", "high": "#a8321a", "medium": "#7a5200", "low": "#1d5c86"}
_RED = "#a01c1c"
_INDENT_PT = 16.0
_MAP_WIDTH = 0.74  # own: most alerts fit on one page then
_STEPS_MAX = 14  # own: two pages hold no more beside the rest
_LISTED_MAX = 12  # own
_HISTORY_MAX = 8  # own
_TEXT_MAX = 600  # own: six lines; the alert's page has all of it

Told = Mapping[str, Any]


def draw_summary(case: Case, map_png: bytes | None, form: str, *, made_at: datetime, synthetic: bool = False) -> bytes:
    """Return the summary of an alert as a file.

    Parameters
    ----------
    case
        The alert (`gather.gather_case`).
    map_png
        Its map; None where it cannot be drawn.
    form
        One of `FORMS`.
    made_at
        When it is made, UTC.
    synthetic
        Whether the tracks are made ones, which every page says then.
    """
    sheet = Sheet()
    _head(sheet, case, synthetic)
    if map_png:
        sheet.space(5)
        sheet.picture(map_png, cut_top=HEADER_PX / HEIGHT_PX, width=_MAP_WIDTH)
        sheet.text("Dashed red: no AIS heard, the way is unknown. Not for navigation.", size=7, colour=GREY)
    _story(sheet, case)
    _unseen(sheet, case)
    _ground(sheet, case)
    _ships(sheet, case)
    _decisions(sheet, case)
    if synthetic:
        sheet.water_mark("SYNTHETIC")
    left = f" · {plural(sheet.left_out_lines, 'line')} left out: see the alert's page" if sheet.left_out_lines else ""
    sheet.close(
        f"Shipwatch · alert {case.alert['alert_id']} · version {case.alert['version']}{left}", _made(case, made_at)
    )
    return sheet.pdf(f"{case.view['ship']}: {case.view['rule']}", made_at) if form == "pdf" else sheet.png()


def _head(sheet: Sheet, case: Case, synthetic: bool) -> None:
    view, status = case.view, case.alert["status"]
    if synthetic:
        made = "SYNTHETIC TRACKS: made from way-points and dates, no ship sailed them."
        sheet.text(made, size=8, weight="bold", colour="#5b3d00")
        sheet.space(2)
    marks = [view["level"].upper(), view["life"] or status, view["verdict"], view["span"]]
    sheet.text(" · ".join(filter(None, marks)), size=9, weight="bold", colour=_LEVEL.get(view["level"], GREY))
    sheet.text(view["ship"], size=17, weight="bold")
    sheet.text(view["ids"], size=9, colour=GREY)
    sheet.space(2)
    sheet.text(view["rule"], size=10, weight="bold")
    sheet.text(view["summary"], size=9)


def _story(sheet: Sheet, case: Case) -> None:
    sheet.heading("What happened")
    for step in case.story[:_STEPS_MAX]:
        if step["between"]:
            sheet.text(step["between"], size=7.5, colour=GREY, indent_pt=_INDENT_PT)
        what = ": ".join(filter(None, (step["what"], step["where"])))
        sheet.text(what, weight="bold", indent_pt=_INDENT_PT, mark=str(step["number"]), keep_pt=12)
        for line in _step_lines(step, case.as_of):
            sheet.text(line, indent_pt=_INDENT_PT)
        sheet.space(2)
    if rest := len(case.story) - _STEPS_MAX:
        sheet.text(f"and {plural(rest, 'step')} more" if rest > 0 else "", colour=GREY, indent_pt=_INDENT_PT)


def _step_lines(step: Told, as_of: datetime | None) -> list[str]:
    gap = step["gap"]
    partner = f"the other ship: {step['partner']['name']}" if step["partner"] else ""
    seen = "" if gap and step["kind"] == "gap" else step["seen"]
    lines = [
        " · ".join(filter(None, (step["when"], step["position"]))),
        "; ".join(filter(None, (step["radio"], partner))),
        seen,
    ]
    return [*filter(None, lines), *(_gap_lines(gap, step["kind"], as_of) if gap else [])]


def _gap_lines(gap: Told, kind: str, as_of: datetime | None) -> list[str]:
    """Return where a ship fell silent and was heard again, and what it could have reached, in lines."""
    silent = "" if kind == "gap" else f"{gap['ship']} was not heard for {gap['lasting']}. "
    last = ", ".join(filter(None, (moment_words(gap["start_at"]), gap["place"], gap["zone"])))
    again = f"Not heard again up to {moment_words(as_of)}." if gap["open"] else f"Heard again {gap['heard_again']}."
    lines = [
        f"{silent}Last heard {last}" + (f" ({gap['last_heard']})." if gap["last_heard"] else "."),
        again + (f" {sentence(gap['coverage'])}" if gap["coverage"] else ""),
    ]
    reach = gap["reach"]
    if reach:
        countries = [f"{c['country']}, {plural(c['count'], 'place')}, nearest {c['words']}" for c in reach["of_rule"]]
        nearest = [] if countries else [f"the nearest {reach['zones'][0]['name']}"]
        told = "; ".join([*countries, *nearest])
        lines.append(f"{reach_words(reach)}: {told}. That it could have been there does not say that it was.")
    return lines


def _unseen(sheet: Sheet, case: Case) -> None:
    texts = [*_joined(case.view["not_observed"]), *(f"Inferred: {text}" for text in case.view["inferred"])]
    if texts:
        sheet.heading("What could not be observed")
    _bullets(sheet, texts)


def _joined(texts: list[str]) -> list[str]:
    """Return what was not observed of each step, steps of which the same is said in one line.

    Examples
    --------
    >>> _joined(["load: not seen", "berth: not seen", "dark: silent"])
    ['load, berth: not seen', 'dark: silent']
    """
    by_words: dict[str, list[str]] = {}
    for text in texts:
        step, colon, words = text.partition(": ")
        by_words.setdefault(words if colon else text, []).append(step if colon else "")
    return [f"{', '.join(steps)}: {words}" if steps[0] else words for words, steps in by_words.items()]


def _ground(sheet: Sheet, case: Case) -> None:
    """Write measures, red flags and what to check first."""
    view = case.view
    sheet.heading("Measures in force then that bear on this pattern")
    measures = zip(view["measures"], case.alert["measures"], strict=True)
    _bullets(sheet, [_measure_words(told, known) for told, known in measures] or ["none that the rule names"])
    if view["red_flags"]:
        sheet.heading("Red flags of the whole pattern" if case.in_part else "Official red flags")
        if case.in_part:
            sheet.text(case.in_part, indent_pt=_INDENT_PT)
        _bullets(sheet, [f"{flag['code']}: {flag['text']}" for flag in view["red_flags"]])
    if view["runbook"]:
        sheet.heading("Check first")
        for text in view["runbook"][:_LISTED_MAX]:
            sheet.text(_cut(text))


def _measure_words(told: Told, known: object) -> str:
    status = str(known.get("status") or "") if isinstance(known, Mapping) else ""
    state = "; ".join(filter(None, (status, told["state"])))
    return ": ".join(filter(None, (told["code"], told["text"]))) + (f" ({state})" if state else "")


def _ships(sheet: Sheet, case: Case) -> None:
    sheet.heading("The ships on that day" if case.alert["ships"] else "The ship on that day")
    for ship in case.ships:
        numbers = (f"{word} {ship[word.lower()]}" for word in ("IMO", "MMSI", "flag") if ship[word.lower()])
        who = ", ".join([ship["name"], *numbers, *filter(None, [ship["custody"]])])
        lists = "; ".join(f"{e['list']} as {e['called']}: {e['state']}" for e in ship["lists"])
        colour = _RED if any(entry["then"] for entry in ship["lists"]) else INK
        _bullets(sheet, [f"{who}. Lists: {lists or 'on none that we hold'}."], colour)
    if case.ships_more:
        sheet.text(f"and {plural(case.ships_more, 'ship')} more", colour=GREY, indent_pt=_INDENT_PT)


def _decisions(sheet: Sheet, case: Case) -> None:
    sheet.heading("History and decisions")
    silence = case.alert["silenced"]
    if silence:
        until = f"{moment_words(silence['until_at'])} of the data"
        _bullets(sheet, [f"silenced until {until} by {silence['author']}: {silence['reason']}"])
    rows = case.history[-_HISTORY_MAX:]
    if len(case.history) > len(rows):
        sheet.text(f"{plural(len(case.history) - len(rows), 'earlier change')}", colour=GREY, indent_pt=_INDENT_PT)
    _bullets(sheet, [f"{moment_words(row['at'])}: {row['what']}" for row in rows])
    if case.broken_seqs:
        rows_words = ", ".join(map(str, case.broken_seqs))
        told = f"Rows {rows_words} of the history do not bear their seal: they were changed after they were written."
        sheet.text(told, weight="bold", colour=_RED)


def _made(case: Case, made_at: datetime) -> str:
    """Return when the summary was made, of which data, and what seals the history up to then."""
    as_of = f"data as of {moment_words(case.as_of)}" if case.as_of else "no positions stored"
    last = f"last hash {case.history[-1]['hash']}" if case.history else ""
    return " · ".join(filter(None, (f"Made {moment_words(made_at)}", as_of, last)))


def _bullets(sheet: Sheet, texts: list[str], colour: str = INK) -> None:
    for text in texts[:_LISTED_MAX]:
        sheet.text(_cut(text), indent_pt=_INDENT_PT, mark="•", colour=colour)
    if len(texts) > _LISTED_MAX:
        sheet.text(f"and {len(texts) - _LISTED_MAX:,} more", colour=GREY, indent_pt=_INDENT_PT)


def _cut(text: str) -> str:
    """Return a text as far as a sheet has room for it."""
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 1]}…"
