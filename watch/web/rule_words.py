"""What a rule asks, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from watch.rules.asked import Asked, asked_of
from watch.rules.chain import span_words
from watch.rules.figures import choice_words, flag_words, hours, length_words
from watch.rules.model import Rule, VesselSpec
from watch.rules.pattern import Choice, Had, Sequence, Step
from watch.rules.vessels import vessel_conditions
from watch.wording import KIND_WORDS

_SIGNS = {" >= ": " at least ", " <= ": " at most ", " > ": " over ", " < ": " under "}
_UNIT = re.compile(r"(\w)_(?:h|nm|kn|m)\b")
_NOBODY = VesselSpec()


def ship_words(rule: Rule) -> list[str]:
    """Return which ships a rule is about, a thing a line; empty: any."""
    flag = [f"flag {flag_words(rule.vessel.flag)}"] if rule.vessel.flag else []
    return [*(Asked(c.field, condition=c).label for c in vessel_conditions(rule.vessel)), *flag]


def step_words(rule: Rule) -> list[dict[str, Any]]:
    """Return what a rule looks for: a row for each step with the events that will do."""
    sequence, count = rule.match.sequence, rule.match.count
    if sequence:
        return [_sequence_step(step) for step in sequence.steps]
    if count:
        of = f" of different {count.distinct}s" if count.distinct else ""
        more = f"{count.min} or more{of} within {length_words(hours(count.within))}"
        return [{"id": count.id, "optional": False, "when": more, "events": list(_event_words(count))}]
    return [{"id": rule.match.id, "optional": False, "when": "", "events": list(_event_words(rule.match))}]


def also_words(rule: Rule) -> list[str]:
    """Return what a rule asks beside its steps, in sentences."""
    sequence = rule.match.sequence
    return list(_beside(sequence)) if sequence else []


def _beside(sequence: Sequence) -> Iterator[str]:
    whose = (
        "one ship"
        if sequence.by == "vessel"
        else f"one cargo, on {sequence.hands.least} to {sequence.hands.most} ships"
    )
    within = f", all within {length_words(hours(sequence.within))}" if sequence.within else ""
    yield f"The steps follow one another and are of {whose}{within}."
    yield from (f"There must be {span_words(span)}." for span in sequence.having)
    yield from (f"There must be no {span_words(span)}." for span in sequence.not_)
    if sequence.until:
        yield f"It ends without an alert at {choice_words(sequence.until)}."
    if sequence.early:
        yield f"It speaks from '{sequence.early.after}' on, at level {sequence.early.level} until it is whole."


def _sequence_step(step: Step) -> dict[str, Any]:
    within = f"within {length_words(hours(step.within))} of the step before" if step.within else ""
    return {"id": step.id, "optional": step.optional, "when": within, "events": list(_event_words(step))}


def _event_words(choice: Choice) -> Iterator[str]:
    """Yield a line for each pattern that will do."""
    for pattern in choice.patterns:
        kinds = " or ".join(_within_words(KIND_WORDS.get(kind, kind)) for kind in pattern.event)
        asked = [one.label for one in asked_of(pattern.event[0], pattern, _NOBODY, "middle")]
        had = [_had_words(pattern.other_had)] if pattern.other_had else []
        yield _plain("; ".join([kinds, *asked, *had]))


def _plain(words: str) -> str:
    """Return a condition without the signs of a program.

    Examples
    --------
    >>> _plain("in the zone; a zone with kind waters_12nm; dwell_h >= 6 h; distance_nm < 3 nm")
    'in the zone; a zone with kind waters 12nm; dwell at least 6 h; distance under 3 nm'
    """
    for sign, said in _SIGNS.items():
        words = words.replace(sign, said)
    return _UNIT.sub(r"\1", words).replace("_", " ")


def _had_words(had: Had) -> str:
    what = choice_words(Choice(event=had.event, zone=had.zone))
    return f"the other ship had {what} in the {length_words(hours(had.within))} before"


def _within_words(words: str) -> str:
    """Return words as they stand within a sentence."""
    return words[:1].lower() + words[1:]
