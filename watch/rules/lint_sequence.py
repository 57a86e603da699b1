"""Whether counts and sequences can come true: steps, spans, early alerts, and what only a cargo has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import timedelta

from watch.rules.findings import Finding, meant
from watch.rules.layout import MEETINGS
from watch.rules.pattern import Choice, Count, Sequence, Span, Step
from watch.rules.yamlfile import Path

#: More steps than any known pattern has; the search tries their combinations.
MOST_STEPS = 20
_PLACE: Path = ("match", "sequence")
_OF_HANDS = re.compile(r"(hand|ashore)\d+")


def count_faults(count: Count) -> Iterator[Finding]:
    """Yield what is wrong with a count."""
    place: Path = ("match", "count")
    if count.distinct == "partner" and not _all_meetings(count):
        kinds = " and ".join(sorted(MEETINGS))
        yield (*place, "distinct"), f"only meetings have partners: count {kinds}, or other than 'partner'"
    days = math.ceil(count.within / timedelta(days=1)) + 1
    if count.distinct == "day" and count.min > days:
        yield (*place, "min"), f"{count.min} different days never lie in 'within', which touches {days} at most"


def sequence_faults(sequence: Sequence) -> Iterator[Finding]:
    """Yield what is wrong with a sequence, its patterns aside."""
    yield from _steps(sequence)
    for key, spans in (("not", sequence.not_), ("having", sequence.having)):
        for i, span in enumerate(spans):
            yield from _span(sequence, span, (*_PLACE, key, i))
    yield from _against_itself(sequence)
    yield from _early(sequence)
    yield from _of_cargo(sequence) if sequence.by == "cargo" else _of_vessel(sequence)


def _steps(sequence: Sequence) -> Iterator[Finding]:
    ids = [step.id for step in sequence.steps]
    for i, step in enumerate(sequence.steps):
        if step.id in ids[:i]:
            yield (*_PLACE, "steps", i, "id"), f"the step id '{step.id}' stands twice"
        yield from _step_within(sequence, step, (*_PLACE, "steps", i, "within"))
    beside = any(span.after or span.before for _, span in sequence.spans)
    if len(sequence.required) < (1 if beside else 2):
        what = "needs two required steps, or one and what must come before or after it"
        yield (*_PLACE, "steps"), f"{what}; for one event write 'match: {{event: …}}'"
    if len(ids) > MOST_STEPS:
        yield (*_PLACE, "steps"), f"has {len(ids)} steps; {MOST_STEPS} are the most"
    if sequence.within is None and len(sequence.required) > 1:
        yield _PLACE, "'within' is missing: say how long the whole may take, such as 'within: 120d'"


def _step_within(sequence: Sequence, step: Step, place: Path) -> Iterator[Finding]:
    if step.within is None:
        return
    if step.optional:
        yield place, "is asked of required steps only; an optional one is told when it was seen"
    elif step is sequence.required[0]:
        yield place, "is the time since the required step before, and this is the first one"
    elif sequence.within is not None and step.within > sequence.within:
        yield place, "is longer than the 'within' of the whole sequence"


def _span(sequence: Sequence, span: Span, place: Path) -> Iterator[Finding]:
    named = [key for key in ("between", "after", "before") if getattr(span, key) is not None]
    if len(named) != 1:
        told = f"has '{named[0]}' and '{named[1]}'" if named else "says no time"
        yield place, f"{told}: it needs one of 'between: [a, b]', 'after: a, lasting: 30d', 'before: a, lasting: 30d'"
        return
    if named == ["between"] and span.lasting is not None:
        yield (*place, "lasting"), "goes with 'after' or 'before'; 'between' ends with its second step"
    if named != ["between"] and span.lasting is None:
        yield place, f"'lasting' is missing: say how long {named[0]} '{getattr(span, named[0])}', as 'lasting: 30d'"
    steps = span.between or (span.after or span.before or "",)
    faults = [fault for step_id in steps if (fault := _step_fault(sequence, step_id))]
    for fault in faults:
        yield (*place, named[0]), fault
    order = [step.id for step in sequence.steps]
    if span.between and not faults and order.index(span.between[0]) >= order.index(span.between[1]):
        first, last = span.between
        yield (*place, "between"), f"'{first}' does not come before '{last}': nothing can lie between them"


def _step_fault(sequence: Sequence, step_id: str) -> str | None:
    """Return what is wrong with naming a step, or None."""
    steps = {step.id: step for step in sequence.steps}
    if step_id not in steps:
        return f"unknown step '{step_id[:60]}'{meant(step_id, steps)}"
    if steps[step_id].optional:
        return f"the step '{step_id}' is optional, so it may be missing; name a required step"
    return None


def _against_itself(sequence: Sequence) -> Iterator[Finding]:
    forbidden = [_asked(span) for span in sequence.not_]
    for i, span in enumerate(sequence.having):
        if _asked(span) in forbidden:
            yield (*_PLACE, "having", i), "asks for what 'not' forbids in the same time: nothing fits"


def _asked(span: Span) -> tuple[object, ...]:
    return span.patterns, span.between, span.after, span.before, span.lasting, span.overlap


def _early(sequence: Sequence) -> Iterator[Finding]:
    early = sequence.early
    if early is None:
        return
    place: Path = (*_PLACE, "early", "after")
    fault = _step_fault(sequence, early.after)
    if fault:
        yield place, fault
        return
    if early.after == sequence.required[-1].id and not any(span.after for span in sequence.not_):
        yield place, f"'{early.after}' is the last required step: the match is whole then"
    if sequence.by == "cargo" and early.after == sequence.required[0].id:
        yield place, f"'{early.after}' is the first step: by cargo, every loading would speak"
    if sequence.after_match == "past_first_step":
        reason = "goes with 'past_last_step' only: an early alert is about one voyage at a time"
        yield (*_PLACE, "after_match"), f"'early' {reason}"


def _of_vessel(sequence: Sequence) -> Iterator[Finding]:
    for i, step in enumerate(sequence.steps):
        if step.transfer:
            yield (*_PLACE, "steps", i, "transfer"), "hands over a cargo: write 'by: cargo'"
    if "hands" in sequence.model_fields_set:
        yield (*_PLACE, "hands"), "tells how a cargo is handed over: write 'by: cargo'"


def _of_cargo(sequence: Sequence) -> Iterator[Finding]:
    for i, step in enumerate(sequence.steps):
        place: Path = (*_PLACE, "steps", i)
        if _OF_HANDS.fullmatch(step.id):
            yield (*place, "id"), f"'{step.id}' is how hand-overs are called in an alert; take another id"
        if step.transfer and step.optional:
            yield (*place, "transfer"), "an optional step cannot hand the cargo over: make it required"
        elif step.transfer and not _all_meetings(step):
            yield (*place, "transfer"), f"only a meeting hands a cargo over: {' or '.join(sorted(MEETINGS))}"
    yield from _hands(sequence)
    if sequence.having:
        yield (*_PLACE, "having"), "is asked of a ship; by cargo add a step instead"
    for i, span in enumerate(sequence.not_):
        beside = next((key for key in ("after", "before", "overlap") if getattr(span, key)), None)
        if beside:
            yield (*_PLACE, "not", i, beside), "is asked of a ship; by cargo only 'between: [a, b]' is"
    if "after_match" in sequence.model_fields_set:
        yield (*_PLACE, "after_match"), "is asked of a ship; each cargo has one chain"


def _hands(sequence: Sequence) -> Iterator[Finding]:
    hands, place = sequence.hands, (*_PLACE, "hands")
    if hands.least > hands.most:
        yield (*place, "least"), f"{hands.least} is more than 'most', {hands.most}: no chain fits"
    if not hands.meetings:
        yield (*place, "meetings"), "names no meeting; leave it out for encounters that look like a transfer"
    for i, meeting in enumerate(hands.meetings):
        if not MEETINGS.issuperset(meeting.event):
            kinds = " or ".join(sorted(MEETINGS))
            yield (*place, "meetings", i, "event"), f"only meetings hand a cargo over: {kinds}"
    if hands.lost_custody and any(MEETINGS.intersection(p.event) for p in hands.lost_custody.patterns):
        yield (*place, "lost_custody"), "is a call at a place; a meeting belongs under 'meetings'"


def _all_meetings(choice: Choice) -> bool:
    return all(MEETINGS.issuperset(pattern.event) for pattern in choice.patterns)


def hand_steps(sequence: Sequence | None) -> list[str]:
    """Return the ids under which the hand-overs of a cargo appear as steps.

    Examples
    --------
    >>> hand_steps(None)
    []
    """
    if sequence is None or sequence.by != "cargo":
        return []
    return [f"{word}{ship}" for ship in range(2, sequence.hands.most + 1) for word in ("hand", "ashore")]
