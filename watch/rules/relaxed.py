"""A rule with one thing less: each of its conditions left out in turn, or asked less strictly.

What such a rule finds and the rule itself does not has failed by that one thing alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

from watch.rules import unmet
from watch.rules.asked import Asked, asked_of
from watch.rules.chain import span_words
from watch.rules.figures import choice_words, hours, length_words
from watch.rules.model import Rule, VesselSpec
from watch.rules.pattern import Choice, Count, Having, MatchSpec, Pattern, Sequence, Step

#: How many times as long as allowed is still near.
LONGER = 2
_PASSED_BY = {"confidence": ">=1"}  # a call of confidence 1 only passed the port by

_Choice = TypeVar("_Choice", bound=Choice)


@dataclass(frozen=True)
class Relaxed:
    """A rule that asks one thing less.

    Attributes
    ----------
    step_id
        The step that asks it; nothing where the whole does.
    label
        What is asked, in words.
    rule
        The rule without it.
    tell
        The sentence about a match of that rule.
    field
        The field that is not asked, if it is one.
    """

    step_id: str
    label: str
    rule: Rule
    tell: unmet.Tell
    field: str = ""

    @property
    def thing(self) -> str:
        """What is not asked: of two alternatives of a step the same field is the same thing."""
        return self.field or self.label


def relaxed_rules(rule: Rule) -> Iterator[Relaxed]:
    """Yield the rule without each thing that it asks of several events, of the time, or of the ship.

    Notes
    -----
    Of a rule on single events these are its validity and its exceptions; what it asks of the event itself
    `asked.near_rows` holds against the whole table at once.
    """
    sequence, count = rule.match.sequence, rule.match.count
    if sequence:
        yield from _of_steps(rule, sequence)
        yield from _of_ship(rule, sequence.required[0])
        yield from _of_times(rule, sequence)
        yield from _of_spans(rule, sequence)
        yield from _of_hands(rule, sequence) if sequence.by == "cargo" else ()
    elif count:
        yield from _of_count(rule, count)
        yield from _of_ship(rule, count)
    yield from _of_head(rule)


def whole_rule(rule: Rule) -> Rule:
    """Return the rule without its early alerts: it speaks when all required steps are there."""
    sequence = rule.match.sequence
    return _with_sequence(rule, sequence, early=None) if sequence and sequence.early else rule


def first_steps(rule: Rule, count: int) -> Rule:
    """Return a rule with a sequence as it judges the first of its required steps alone, as an early alert does."""
    sequence = rule.match.sequence
    if sequence is None:
        return rule
    steps, flag = sequence.required[:count], rule.vessel.flag
    asked = flag if flag and flag.at in ("first_step", "ever") else None
    rule = rule.model_copy(update={"vessel": rule.vessel.model_copy(update={"flag": asked})})
    if count == 1:
        first = steps[0]
        match = MatchSpec(id=first.id, event=first.event, zone=first.zone, where=first.where, any_of=first.any_of)
        return rule.model_copy(update={"match": match})
    known = {step.id for step in steps}
    spans = {
        name: tuple(s for s in group if known.issuperset(s.between or (s.before,)))  # what follows is not asked yet
        for name, group in (("not_", sequence.not_), ("having", sequence.having))
    }
    return _with_sequence(rule, sequence, steps=steps, early=None, until=None, **spans)


def _of_steps(rule: Rule, sequence: Sequence) -> Iterator[Relaxed]:
    for i, step in enumerate(sequence.steps):
        for less, asked in () if step.optional else _asked_less(step):
            steps = (*sequence.steps[:i], less, *sequence.steps[i + 1 :])
            tell = unmet.tell_step(step.id, step, asked)
            yield Relaxed(step.id, asked.label, _with_sequence(rule, sequence, steps=steps), tell, asked.field)


def _of_count(rule: Rule, count: Count) -> Iterator[Relaxed]:
    def with_count(changed: Count) -> Rule:
        return rule.model_copy(update={"match": rule.match.model_copy(update={"count": changed})})

    for less, asked in _asked_less(count):
        yield Relaxed(count.id, asked.label, with_count(less), unmet.tell_step(count.id, count, asked))
    what = f" different {count.distinct}s" if count.distinct else ""
    limit = f"{count.min}{what} within {length_words(hours(count.within))}"
    changes: list[tuple[dict[str, Any], unmet.Tell]] = [
        ({"within": count.within * LONGER}, unmet.tell_slower(count, limit))
    ]
    if count.min > 2:  # one event is no count
        changes.append(({"min": count.min - 1}, unmet.tell_fewer(count, limit)))
    if count.distinct:
        changes.append(({"distinct": None}, unmet.tell_alike(limit)))
    for change, tell in changes:
        yield Relaxed("", limit, with_count(count.model_copy(update=change)), tell)


def _of_ship(rule: Rule, first: Choice) -> Iterator[Relaxed]:
    """Yield the rule without each thing that it asks of the ship."""
    kind = first.patterns[0].event[0]
    for asked in asked_of(kind, Pattern(event=(kind,)), rule.vessel, "any"):
        if asked.of_ship:
            vessel = rule.vessel.model_copy(update=_ship_without(rule.vessel, asked.field))
            freed = rule.model_copy(update={"vessel": vessel})
            yield Relaxed("", f"ship: {asked.label}", freed, unmet.tell_ship(asked), asked.field)


def _ship_without(vessel: VesselSpec, field: str) -> dict[str, Any]:
    if field in ("type", "flag", "imo", "mmsi") and getattr(vessel, field) is not None:
        return {field: None}
    return {"where": {name: raw for name, raw in vessel.where.items() if name != field}}


def _of_times(rule: Rule, sequence: Sequence) -> Iterator[Relaxed]:
    if sequence.within:
        longer = _with_sequence(rule, sequence, within=sequence.within * LONGER)
        yield _slower(sequence, sequence.required[0], sequence.required[-1], sequence.within, longer)
    for before, step in pairwise(sequence.required):
        if step.within:
            freed = step.model_copy(update={"within": None})  # the time of the whole still bounds it
            steps = tuple(freed if s is step else s for s in sequence.steps)
            yield _slower(sequence, before, step, step.within, _with_sequence(rule, sequence, steps=steps))


def _slower(sequence: Sequence, first: Step, last: Step, within: timedelta, freed: Rule) -> Relaxed:
    label = f"at most {length_words(hours(within))} after {first.id}"
    return Relaxed(last.id, label, freed, unmet.tell_time(sequence, first.id, last.id, hours(within)))


def _of_spans(rule: Rule, sequence: Sequence) -> Iterator[Relaxed]:
    for name, group in (("not_", sequence.not_), ("having", sequence.having)):
        for i, span in enumerate(group):
            word = "having" if isinstance(span, Having) else "not"
            without = _with_sequence(rule, sequence, **{name: (*group[:i], *group[i + 1 :])})
            yield Relaxed("", f"{word}: {span_words(span)}", without, unmet.tell_span(sequence, span))
    if sequence.until:
        without = _with_sequence(rule, sequence, until=None)
        tell = unmet.tell_until(sequence, sequence.until)
        yield Relaxed("", f"until: {choice_words(sequence.until)}", without, tell)


def _of_hands(rule: Rule, sequence: Sequence) -> Iterator[Relaxed]:
    hands = sequence.hands
    meetings = Choice(any_of=hands.meetings)
    for less, asked in _asked_less(meetings):
        freed = _with_sequence(rule, sequence, hands=hands.model_copy(update={"meetings": less.any_of}))
        yield Relaxed(unmet.HANDS, asked.label, freed, unmet.tell_step(unmet.HANDS, meetings, asked))
    if hands.least > 1:
        fewer = _with_sequence(rule, sequence, hands=hands.model_copy(update={"least": hands.least - 1}))
        yield Relaxed(unmet.HANDS, f"{hands.least} ships or more", fewer, unmet.tell_ships(hands.least))


def _of_head(rule: Rule) -> Iterator[Relaxed]:
    for name, day in (("valid_from", rule.valid_from), ("valid_to", rule.valid_to)):
        if day:
            freed = rule.model_copy(update={name: None})
            yield Relaxed("", f"{name.replace('_', ' ')} {day}", freed, unmet.tell_day(name, day))
    if rule.exceptions:
        freed = rule.model_copy(update={"exceptions": ()})
        yield Relaxed("", "exceptions", freed, unmet.tell_exception(rule.exceptions))


def _asked_less(choice: _Choice) -> Iterator[tuple[_Choice, Asked]]:
    """Yield a choice without each thing that its patterns ask, and that thing."""
    for i, pattern in enumerate(choice.patterns):
        kind = (
            "port_visit"
            if pattern.event == ("port_visit",)
            else next((k for k in pattern.event if k != "port_visit"), "")
        )
        for asked in asked_of(kind, pattern, VesselSpec(), "middle"):
            yield _replaced(choice, i, _less(pattern, asked)), asked


def _less(pattern: Pattern, asked: Asked) -> Pattern:
    if asked.zone:
        return pattern.model_copy(update={"zone": None})
    where = {name: raw for name, raw in pattern.where.items() if name != asked.field}
    calls = asked.field == "confidence" and pattern.event == ("port_visit",)
    return pattern.model_copy(update={"where": {**where, **(_PASSED_BY if calls else {})}})


def _replaced(choice: _Choice, number: int, pattern: Pattern) -> _Choice:
    """Return a choice with another pattern in place of one that it has."""
    if choice.event and number == 0:
        return choice.model_copy(update={"zone": pattern.zone, "where": pattern.where})
    number -= bool(choice.event)
    return choice.model_copy(update={"any_of": (*choice.any_of[:number], pattern, *choice.any_of[number + 1 :])})


def _with_sequence(rule: Rule, sequence: Sequence, **changes: Any) -> Rule:
    match = rule.match.model_copy(update={"sequence": sequence.model_copy(update=changes)})
    return rule.model_copy(update={"match": match})
