"""What the rule lacked where it nearly fitted: a sentence for each thing that a relaxed rule does without.

Each function makes one that takes a match of the relaxed rule and says what was and what is needed, with how far off
it is (a share of the limit; 1 where there is no measure); None where the match lacks something else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from watch.rules.asked import Asked, place_words
from watch.rules.chain import Chain, Rows, apart_words, when_words
from watch.rules.figures import choice_words, hours, length_words, some
from watch.rules.match import Match
from watch.rules.model import ExceptionSpec
from watch.rules.pattern import Choice, Count, Having, Sequence, Span
from watch.wording import plural

#: Stands for all hand-overs of a cargo.
HANDS = "hands"

Told = tuple[str, float]
Tell = Callable[[Rows, Match], "Told | None"]
_NO_MEASURE = 1.0
_FLAG_STEPS = {"first_step": slice(1), "last_step": slice(-1, None)}


def tell_step(step_id: str, choice: Choice, asked: Asked) -> Tell:
    """Return how an event that does not fit a step is told; hand-overs of a cargo go by `hand`."""

    def tell(rows: Rows, match: Match) -> Told | None:
        taken = np.array([rows.row(step.event) for step in match.steps if _is_of(step.step_id, step_id)], dtype=int)
        lacking = np.setdiff1d(taken, rows.fitting(choice, taken))
        if not len(lacking):
            return None
        far = asked.away(rows.table, lacking)
        more = f" ({len(lacking)} of {len(taken)} events)" if len(taken) > 1 else ""
        return f"{asked.told(rows.table, int(lacking[far.argmax()]))}{more}", float(far.max())

    return tell


def _is_of(name: str, step_id: str) -> bool:
    return name == step_id or (step_id == HANDS and name.startswith(("hand", "ashore")))


def tell_ship(asked: Asked) -> Tell:
    """Return how a ship is told that the rule is not about."""

    def tell(rows: Rows, match: Match) -> Told | None:
        taken = np.array([rows.row(step.event) for step in match.steps])
        if asked.condition:
            if len(rows.table.holding([asked.condition], taken[:1])):
                return None
            return asked.told(rows.table, int(taken[0])), float(asked.away(rows.table, taken[:1])[0])
        ends = _FLAG_STEPS.get(asked.flag.at if asked.flag else "", slice(None))
        flags = dict.fromkeys(rows.table.value("flag", int(row)) or "not known" for row in taken[ends])
        return f"flag was {some(flags, ' and ')}, needs {asked.needs}", _NO_MEASURE

    return tell


def tell_time(sequence: Sequence, first: str, last: str, limit_h: float) -> Tell:
    """Return how a step is told that came too late after another."""

    def tell(rows: Rows, match: Match) -> Told | None:
        was, limit, over = apart_words(Chain(rows, sequence, match), first, last, limit_h)
        return (f"{last} came {was} after {first}, needs {limit}", over) if over > 0 else None

    return tell


def tell_span(sequence: Sequence, span: Span) -> Tell:
    """Return how it is told that something lay in a span, or that too little did."""

    def tell(rows: Rows, match: Match) -> Told | None:
        chain = Chain(rows, sequence, match)
        found = chain.of_span(span)
        if isinstance(span, Having):
            told = f"{len(found)} {choice_words(span)} {when_words(span)}, needs {span.min} or more"
            return (told, 1 - len(found) / span.min) if len(found) < span.min else None
        if len(found):
            return f"{event_words(rows, int(found[0]))} lies {when_words(span)}, which `not` forbids", _NO_MEASURE
        until_at = pd.Timestamp(chain.stretch(span)[1], unit="us", tz="UTC")
        return f"until {until_at:%Y-%m-%d %H:%M} UTC a {choice_words(span)} may still come", _NO_MEASURE

    return tell


def tell_until(sequence: Sequence, until: Choice) -> Tell:
    """Return how the event is told that ended a sequence."""

    def tell(rows: Rows, match: Match) -> Told | None:
        chain = Chain(rows, sequence, match)
        first, last = chain.required[0], chain.required[-1]
        found = chain.inside(until, chain.start_us(first), chain.start_us(last) - 1)
        if not len(found):
            return None
        return f"{event_words(rows, int(found[0]))} ended it between {first} and {last}, as `until` says", _NO_MEASURE

    return tell


def tell_ships(least: int) -> Tell:
    """Return how it is told that a cargo went through too few ships."""
    return lambda rows, match: (
        f"passed through {plural(len(match.hands), 'ship')}, needs {least} or more",
        1 - len(match.hands) / least,
    )


def tell_fewer(count: Count, limit: str) -> Tell:
    """Return how it is told that there were too few events."""
    return lambda rows, match: (
        f"{len(match.steps)} {choice_words(count)}, needs {limit}",
        1 - len(match.steps) / count.min,
    )


def tell_slower(count: Count, limit: str) -> Tell:
    """Return how it is told that there were enough events, but in too long a time."""

    def tell(rows: Rows, match: Match) -> Told | None:
        took_h = (match.steps[-1].event["start_at"] - match.steps[0].event["start_at"]) / pd.Timedelta(hours=1)
        over = max(0.0, took_h / hours(count.within) - 1)
        return f"{len(match.steps)} events in {length_words(took_h)}, needs {limit}", over

    return tell


def tell_alike(limit: str) -> Tell:
    """Return how it is told that the events were too much alike."""
    return lambda rows, match: (f"{len(match.steps)} events, needs {limit}", _NO_MEASURE)


def tell_day(name: str, day: date) -> Tell:
    """Return how a match is told on a day on which the rule does not hold."""
    return lambda rows, match: (
        f"began {match.steps[0].event['start_at']:%Y-%m-%d}, the rule is {name.replace('_', ' ')} {day}",
        _NO_MEASURE,
    )


def tell_exception(exceptions: tuple[ExceptionSpec, ...]) -> Tell:
    """Return how a match is told about a ship that the rule leaves out."""

    def tell(rows: Rows, match: Match) -> Told | None:
        first = match.steps[0].event
        names = {match.vessel_id, f"imo:{first['imo']}", f"mmsi:{first['mmsi']}"}
        found = next((e for e in exceptions if e.vessel in names), None)
        return (f"{found.vessel} is left out until {found.until}: {found.reason}", 0.0) if found else None

    return tell


def event_words(rows: Rows, row: int) -> str:
    """Return an event by its kind, place and day."""
    begun_at = pd.Timestamp(int(rows.table.start_us[row]), unit="us", tz="UTC")
    return f"{rows.table.layout.kinds[row]} at {place_words(rows.table, row)} on {begun_at:%Y-%m-%d}"
