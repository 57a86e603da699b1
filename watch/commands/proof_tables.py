"""How an explanation and a backtest look on a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from watch.commands.alerts import ship_of
from watch.commands.context import print_table, printable
from watch.plain import iso
from watch.wording import plural

if TYPE_CHECKING:
    from watch.backtest import Backtest
    from watch.rules.model import Rule

_ALERTS_MAX = 50
_CHANGES = ("new", "changed", "withdrawn")
_CHANGE_WORDS = {"withdrawn": "would be withdrawn"}
_WIDTH = 100

Row = Mapping[str, Any]


def print_alert(found: Row) -> None:
    """Print the explanation of an alert."""
    _line(f"{found['alert_id']}  {found['rule_id']}: {found['title']}")
    state = ", ".join(str(found[key]) for key in ("level", "verdict", "status") if found[key])
    _line(f"{_ship(found['vessel'] or {})}: {state or 'not stored'}")
    _line(str(found["summary"] or ""))
    _sentences(f"Why {found['verdict'] or 'gone'}", found["why"])
    _part("Steps", ["step", "event", "ship", "from (UTC)", "until", "where"], map(_taken, found["steps"]))
    asked = [(s["id"], fact) for s in found["steps"] for fact in s.get("asked", ())]
    rows = [[step, fact["asked"], fact["was"], fact["needs"]] for step, fact in asked]
    _part("What was asked", ["step", "field", "was", "needs"], _once(rows))
    _print_others(found["steps"])
    _print_lacking("Steps that have not come, and what came near", found["missing"])
    _print_lacking("Optional steps that were not seen, and what came near", found["unfilled"])
    ships = [[_ship(s), s["custody"], s["step"]] for s in found["ships"] or ()] if len(found["ships"] or ()) > 1 else []
    _part("Ships of the cargo", ["ship", "came by it", "step"], ships)
    _part("Measures in force", ["measure", "authority", "what", "when"], map(_measure, found["measures"] or ()))
    _sentences("What is inferred", found["inferred"] or ())
    _sentences("What could not be observed", found["not_observed"] or ())
    if found.get("now"):
        _line("\nWhat the rule makes of the ship now:")
        print_vessel(found["now"])


def _print_others(steps: Sequence[Row]) -> None:
    rows = [
        [step["id"], other["kind"], _minute(other["start_at"]), other["place"], other["why"]]
        for step in steps
        for other in step.get("others", ())
    ]
    more = sum(step.get("others_in_all", 0) for step in steps) - len(rows)
    title = "Would have fitted too" + (f" ({more:,} more are not shown)" if more else "")
    _part(title, ["step", "event", "from (UTC)", "where", "why it was not taken"], rows)


def _print_lacking(title: str, lacking: Sequence[Row]) -> None:
    rows = [
        [step["id"], _minute(came["start_at"]), came["told" if "told" in came else "why"]]
        for step in lacking
        for came in [*step.get("fits", ()), *step["near"]] or [{"start_at": None, "told": "nothing came near"}]
    ]
    _part(title, ["step", "from (UTC)", "what it lacked"], _once(rows))


def print_vessel(found: Row) -> None:
    """Print how far a rule came about a vessel."""
    _line(f"{found['rule_id']}: {found['title']}")
    _line(f"{_ship(found['vessel'])}: {plural(found['events'], 'event')}, {plural(len(found['alerts']), 'alert')}")
    alerts = [
        [a["level"], a["verdict"], a["started_at"][:10], a["alert_id"][:8], a["summary"]] for a in found["alerts"]
    ]
    _part("Alerts", ["level", "verdict", "since", "id", "summary"], alerts)
    came = found["came"]
    if came["needed"] > 1:
        title = f"Came as far as {came['reached']} of {came['needed']} required steps"
        rows = [_taken(step) for step in came["steps"]] or [["", "nothing fits the first one", "", "", "", ""]]
        _part(title, ["step", "event", "ship", "from (UTC)", "until", "where"], rows)
    rows = [[_step_name(s), f"{s['fits_in_all']:,}", f"{s['near_in_all']:,}", _days(s["fits"])] for s in found["steps"]]
    _part("Events by step", ["step", "fit", "nearly fit", "those that fit"], rows)
    rows = [[step["id"], _minute(miss["start_at"]), miss["told"]] for step in found["steps"] for miss in step["near"]]
    _part("Events that nearly fit a step", ["step", "from (UTC)", "what it was and what is needed"], rows)
    near = [[g["step"] or "whole", _minute(m["start_at"]), m["told"]] for g in found["near"] for m in g["nearest"]]
    _part("Would be an alert but for one thing", ["step", "since (UTC)", "what it was and what is needed"], near)
    if not found["near"] and not found["alerts"]:
        _line("\nNo alert, and nothing came near: more than one thing is lacking, or one by far.")


def public_backtest(found: Backtest, rule: Rule, seconds: float) -> dict[str, Any]:
    """Return a backtest as it goes out."""
    from watch.explain import public_near

    return {
        "rule_id": found.rule_id,
        "from_at": iso(found.from_at),
        "to_at": iso(found.to_at),
        "as_of": iso(found.as_of),
        "events": found.events,
        "vessels": found.vessels,
        "ships": found.ships,
        "by": {name: found.by(name) for name in ("verdict", "level", "month")},
        "most": rule.alert.most,
        "alerts": list(found.alerts),
        "near": public_near(found.near),
        "against_stored": vars(found.against_stored),
        "seconds": round(seconds, 2),
    }


def print_backtest(found: Backtest, rule: Rule, stored: Iterable[Row], seconds: float) -> None:
    """Print a backtest."""
    _line(f"{rule.id}: {rule.title}")
    _line(
        f"{plural(found.events, 'event')} of {plural(found.vessels, 'vessel')}; what begins from "
        f"{found.from_at:%Y-%m-%d %H:%M} to {found.to_at:%Y-%m-%d %H:%M} UTC; "
        f"the clock stands at {found.as_of:%Y-%m-%d %H:%M} UTC"
    )
    _line(f"\n{plural(len(found.alerts), 'alert')} about {plural(found.ships, 'ship')}")
    if found.alerts:
        print_table("", ["", ""], [[name, _counts(found.by(name))] for name in ("verdict", "level", "month")])
    if len(found.alerts) > rule.alert.most:
        _line(f"More than the cap of {rule.alert.most:,} a run: stored like this, the rule would be stopped.")
    head = ["since (UTC)", "ship", "level", "verdict", "id", "summary"]
    first = f", the first {_ALERTS_MAX}" if len(found.alerts) > _ALERTS_MAX else ""
    _part(f"Alerts{first}", head, _raised(found.alerts))
    _print_near(found)
    _print_difference(found, stored)
    _line(f"\nTook {seconds:.1f} s. Nothing was sent, nothing was written.")


def _print_near(found: Backtest) -> None:
    total = sum(group.count for group in found.near)
    rows = [[g.step_id or "whole", g.lacks, f"{g.count:,}", f"{g.ships:,}"] for g in found.near]
    title = f"{total:,} near {'miss' if total == 1 else 'misses'}, by the one thing that was lacking"
    _part(title, ["step", "needs", "times", "ships"], rows)
    nearest = [
        [g.step_id or "whole", f"{m.at:%Y-%m-%d %H:%M}", m.name or m.vessel_id, m.told]
        for g in found.near
        for m in g.nearest
    ]
    _part("The nearest of each", ["step", "since (UTC)", "ship", "what it was and what is needed"], nearest)


def _print_difference(found: Backtest, stored: Iterable[Row]) -> None:
    difference = vars(found.against_stored)
    known = {a["alert_id"]: a for a in [*stored, *found.alerts]}
    counts = ", ".join(f"{len(ids):,} {_CHANGE_WORDS.get(key, key)}" for key, ids in difference.items())
    rows = []
    for key in _CHANGES:
        for number in list(difference[key])[:_ALERTS_MAX]:
            alert, other = known[number], ", ".join(difference[key][number]) if key == "changed" else ""
            rows.append(
                [_CHANGE_WORDS.get(key, key), alert["started_at"][:10], ship_of(dict(alert)), number[:8], other]
            )
    print_table(f"\nAgainst what is stored: {counts}", ["", "since", "ship", "id", "what is other"], rows)


def _raised(alerts: Sequence[Row]) -> Iterable[list[str]]:
    for a in alerts[:_ALERTS_MAX]:
        yield [_minute(a["started_at"]), ship_of(dict(a)), a["level"], a["verdict"], a["alert_id"][:8], a["summary"]]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _taken(step: Row) -> list[str]:
    zone = step.get("zone")
    where = f"{zone['name']} ({zone['country']})" if zone else str(step.get("place") or "")
    ship = step.get("name") or f"MMSI {step.get('mmsi')}"
    return [step["id"], step["kind"], ship, _minute(step["start_at"]), _minute(step["end_at"]) or "open", where]


def _measure(measure: Row) -> list[str]:
    ends = [f"begins {_minute(measure['begins_during'])}"] if measure["begins_during"] else []
    ends += [f"ends {_minute(measure['ends_during'])}"] if measure["ends_during"] else []
    ends += [f"disputed: {measure['claim']}"] if measure["disputed"] else []
    return [measure["measure_id"], measure["authority"], measure["what"], "; ".join(ends) or "throughout"]


def _ship(vessel: Row) -> str:
    words = (vessel.get(name) for name in ("flag", "type"))
    told = " ".join(str(word) for word in words if word)
    name = vessel.get("name") or vessel.get("vessel_id") or "ship not known"
    return f"{name} ({', '.join(filter(None, (str(vessel.get('vessel_id') or ''), told)))})"


def _step_name(step: Row) -> str:
    return f"{step['id']} (optional)" if step["optional"] else str(step["id"])


def _days(events: Sequence[Row]) -> str:
    return ", ".join(f"{event['start_at'][:10]} {event['place']}" for event in events)


def _once(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return rows with the name of a step only where it begins."""
    out: list[list[str]] = []
    last = None
    for step, *rest in rows:
        out.append(["" if step == last else step, *rest])
        last = step
    return out


def _minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""


def _part(title: str, head: list[str], rows: Iterable[list[str]]) -> None:
    cells = list(rows)
    if cells:
        print_table(f"\n{title}", head, cells)


def _sentences(title: str, told: Sequence[str]) -> None:
    if told:
        print_table(f"\n{title}", [""], [[sentence] for sentence in told])


def _line(text: str) -> None:
    title, words = text.startswith("\n"), printable(text.strip())
    for line in [""] * title + textwrap.wrap(words, _WIDTH, break_on_hyphens=False):
        typer.echo(line)
