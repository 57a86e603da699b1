"""An alert as the lines that a digest shows, and what became different between two states of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from watch.seen import seen_words
from watch.wording import KIND_WORDS, clean, moment_words, position_words, span_words

LEVELS = ("critical", "high", "medium", "low", "informational")

#: What a verdict short of a match is called.
CUSTODY_WORDS = {
    "loaded": "the cargo begins here",
    "meeting": "took it over in a meeting",
    "possible meeting": "could have taken it over while not heard",
    "port": "called later where custody was lost",
}
VERDICT_WORDS = {"unknown": "cannot be told", "early": "early warning", "lapsed": "lapsed"}

Alert = Mapping[str, Any]
View = dict[str, Any]


NAME_MAX = 60  # own: AIS has room for 20 characters
_CID = re.compile(r"cid:[a-z0-9.@-]+")


def alert_view(
    alert: Alert,
    as_of: datetime | None,
    maps: Mapping[str, str],
    zone: tzinfo = UTC,
    web_url: str = "",
    lines_max: int | None = None,
) -> View:
    """Return an alert as lines of clean text, which the templates only have to place.

    Parameters
    ----------
    alert
        In the form of `shipwatch alerts list --json`.
    as_of
        The data's clock, to which open steps are told; UTC.
    maps
        Alert id → its picture: a relative path, or `cid:` and the id of a part of the mail.
    zone
        In which times are told.
    web_url
        Where the web page is, for a link to the alert.
    lines_max
        How many steps, ships and changes are told; the rest is counted.
    """
    vessel: Mapping[str, Any] = alert.get("vessel") or {}
    chain, steps = bool(alert.get("ships")), list(alert.get("steps") or ())
    return {
        "alert_id": clean(alert.get("alert_id")),
        "level": level_of(alert),
        "ship": short(vessel.get("name")) or "Name not heard",
        "life": _life(alert),
        "link": f"{web_url.rstrip('/')}/alerts/{quote(clean(alert.get('alert_id')), safe='')}" if web_url else "",
        "ids": _ids(vessel),
        "rule": clean(alert.get("title") or alert.get("rule_id")),
        "verdict": VERDICT_WORDS.get(str(alert.get("verdict")), ""),
        "summary": clean(alert.get("summary")),
        "span": span_words(alert.get("started_at"), alert.get("ended_at"), as_of, zone),
        "steps": [_step(step, vessel, as_of, zone, chain=chain) for step in steps[:lines_max]],
        "steps_rest": len(steps[lines_max:]) if lines_max is not None else 0,
        "ships": _some([_ship(ship) for ship in alert.get("ships") or ()], lines_max),
        "map": _relative_link(maps.get(str(alert.get("alert_id")), "")),
        "measures": [_measure(measure) for measure in alert.get("measures") or ()],
        "red_flags": [_red_flag(flag) for flag in alert.get("red_flags") or ()],
        **{key: _some(_texts(alert.get(key)), lines_max) for key in ("changes", "not_observed", "inferred", "runbook")},
    }


def short(name: object) -> str:
    r"""Return a name as clean text that fits a line, whatever somebody has put into it.

    Examples
    --------
    >>> len(short("A" * 10_000)), short("MADE\nONE")
    (60, 'MADE ONE')
    """
    text = clean(name)
    return text if len(text) <= NAME_MAX else text[: NAME_MAX - 1] + "…"


def _life(alert: Alert) -> str:
    """Return what somebody decided about an alert; nothing while it stands open."""
    status, reason = clean(alert.get("status")), clean(alert.get("close_reason")).replace("_", " ")
    return "" if status in ("", "open", "withdrawn") else f"{status}: {reason}" if reason else status


def _some(texts: list[str], lines_max: int | None) -> list[str]:
    rest = len(texts) - lines_max if lines_max is not None else 0
    return [*texts[:lines_max], f"and {rest} more"] if rest > 0 else texts


def level_of(alert: Alert) -> str:
    """Return the level of an alert; one that is none of the known ones counts as informational."""
    level = str(alert.get("level"))
    return level if level in LEVELS else "informational"


def by_gravity(alert: Alert) -> tuple[int, str, str]:
    """Return where an alert stands in a list: the gravest first, then the oldest."""
    return LEVELS.index(level_of(alert)), str(alert.get("started_at")), str(alert.get("alert_id"))


def _ids(vessel: Mapping[str, Any]) -> str:
    numbers = {word: clean(vessel.get(word.lower())) for word in ("Flag", "IMO", "MMSI")}
    parts = [clean(vessel.get("type")).capitalize(), *(f"{w} {n}" for w, n in numbers.items() if n)]
    return " · ".join(filter(None, parts))


def _ship(ship: Mapping[str, Any]) -> str:
    """Return a ship of a cargo's chain as a sentence: who it is, and how it came by the cargo."""
    ids = _ids(ship)
    who = (short(ship.get("name")) or "Name not heard") + (f" ({ids})" if ids else "")
    return f"{who}: {CUSTODY_WORDS.get(str(ship.get('custody')), clean(ship.get('custody')))}"


def _step(
    step: Mapping[str, Any],
    vessel: Mapping[str, Any],
    as_of: datetime | None,
    zone_of_time: tzinfo = UTC,
    *,
    chain: bool = False,
) -> View:
    zone: Mapping[str, Any] = step.get("zone") or {}
    kind, country = str(step.get("kind")), clean(zone.get("country"))
    radios = [f"with MMSI {clean(step['other_mmsi'])}"] if step.get("other_mmsi") else []
    if step.get("mmsi") not in (None, vessel.get("mmsi")):
        name = short(step.get("name")) if chain else ""
        radios.insert(0, f"on {name}, MMSI {clean(step['mmsi'])}" if name else f"as MMSI {clean(step['mmsi'])}")
    return {
        "what": KIND_WORDS.get(kind, clean(kind).replace("_", " ").capitalize()),
        "where": clean(zone.get("name")) + (f" ({country})" if country and zone.get("name") else ""),
        "when": span_words(step.get("start_at"), step.get("end_at"), as_of, zone_of_time),
        "position": _way(step) if kind == "gap" else position_words(step.get("lat"), step.get("lon")),
        "radio": ", ".join(radios),
        "seen": seen_words(kind, step.get("details") or {}),
    }


def _way(step: Mapping[str, Any]) -> str:
    ends = [position_words(step.get(f"{end}lat"), step.get(f"{end}lon")) for end in ("", "end_")]
    return " → ".join(filter(None, ends))


def _measure(measure: object) -> View:
    """Return a measure, which may come as an id alone, as `code`, `text`, `state` and whether it is `disputed`."""
    if not isinstance(measure, Mapping):
        return {"code": clean(measure), "text": "", "state": "", "disputed": False}
    disputed = bool(measure.get("disputed"))
    state = [f"disputed: {measure.get('claim')}" if measure.get("claim") else "disputed"] if disputed else []
    state += [f"began {moment_words(measure['begins_during'])}"] if measure.get("begins_during") else []
    state += [f"ended {moment_words(measure['ends_during'])}"] if measure.get("ends_during") else []
    source = [clean(measure.get(key)) for key in ("authority", "instrument")]
    return {
        "code": clean(measure.get("measure_id")),
        "text": ": ".join(filter(None, (", ".join(filter(None, source)), clean(measure.get("what"))))),
        "state": clean("; ".join(state)),
        "disputed": disputed,
    }


def _red_flag(flag: object) -> View:
    code, text = (flag.get("code"), flag.get("text")) if isinstance(flag, Mapping) else (flag, "")
    return {"code": clean(code), "text": clean(text), "state": "", "disputed": False}


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else [] if value is None else str(value).split("\n")
    return [text for text in map(clean, items) if text]


def _relative_link(path: str) -> str:
    if _CID.fullmatch(path):
        return path
    pure = PurePosixPath(path)
    unsafe = pure.is_absolute() or ".." in pure.parts or "\\" in path
    return "" if unsafe or not path else quote(str(pure))


def changes_between(before: Alert, after: Alert, zone: tzinfo = UTC) -> list[str]:
    """Return what became different from one state of an alert to a later one, in sentences; times in a time zone.

    Examples
    --------
    >>> changes_between({"level": "medium", "steps": []}, {"level": "critical", "steps": []})
    ['Level raised from medium to critical.']
    """
    old, new = level_of(before), level_of(after)
    word = "raised" if LEVELS.index(new) < LEVELS.index(old) else "lowered"
    told = [f"Level {word} from {old} to {new}."] if old != new else []
    for name in ("verdict", "status"):
        was, now = clean(before.get(name)), clean(after.get(name))
        told += [f"{name.capitalize()} changed from {was} to {now}."] if was and now and was != now else []
    return told + _step_changes(before, after, zone)


def _step_changes(before: Alert, after: Alert, zone: tzinfo) -> list[str]:
    known = _numbered(before)
    told = []
    for key, step in _numbered(after).items():
        old, view = known.pop(key, None), _step(step, {}, None, zone)
        what = ": ".join(filter(None, (view["what"], view["where"])))
        if old is None:
            told.append(f"New step: {what}, {view['when']}.")
        elif old.get("end_at") is None and step.get("end_at"):
            told.append(f"Ended: {what}, {moment_words(step['end_at'], zone)}.")
        elif any(old.get(key) != step.get(key) for key in ("event_id", "start_at", "end_at")):
            told.append(f"Corrected: {what}, now {view['when']}.")
    return told + [f"No longer seen: {_step(step, {}, None)['what']}." for step in known.values()]


def _numbered(alert: Alert) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return the steps by their id and, since events that are counted share one, by which of them it is."""
    seen: Counter[str] = Counter()
    steps: dict[tuple[str, int], Mapping[str, Any]] = {}
    for step in alert.get("steps") or ():
        name = str(step.get("id"))
        steps[name, seen[name]] = step
        seen[name] += 1
    return steps
