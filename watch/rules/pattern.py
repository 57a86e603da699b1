"""What a rule looks for, as models: patterns of events, counts and sequences of them, of a ship or of a cargo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from watch.rules.forms import STEP_ID, Duration, Level, Names, Part, Where, as_tuple, as_tuple_or_none


class ZoneFilter(Part):
    """Which zones are meant: every named key must fit one and the same zone; `any_of` lists alternatives."""

    id: Names | None = Field(default=None, description="ids of geofences or world ports")
    country: Names | None = Field(default=None, description="two-letter ISO codes")
    kind: Names | None = Field(default=None, description="kinds of zones, or a word of them, such as load or sts")
    any_of: Annotated[tuple[ZoneFilter, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="filters of which one must fit"
    )


class Had(Part):
    """What the other ship of a meeting must have done before it."""

    event: Names = Field(description="a kind of event, or a list of kinds")
    zone: ZoneFilter | None = Field(default=None, description="where the event began")
    where: Where = Field(default={}, description="fields and what they must be; all must hold")
    within: Duration = Field(description="how long before the meeting it may have begun, at most")


class Pattern(Part):
    """One kind of event (or several), where it began, and what its fields must be."""

    event: Names = Field(description="a kind of event, or a list of kinds")
    zone: ZoneFilter | None = Field(default=None, description="where the event began")
    where: Where = Field(default={}, description="fields and what they must be; all must hold")
    other_had: Had | None = Field(default=None, description="of a meeting: what the other ship had done before")


Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(as_tuple)]


class Choice(Part):
    """A pattern, or `any_of` several patterns."""

    event: Names | None = Field(default=None, description="a kind of event, or a list of kinds")
    zone: ZoneFilter | None = Field(default=None, description="where the event began")
    where: Where = Field(default={}, description="fields and what they must be; all must hold")
    other_had: Had | None = Field(default=None, description="of a meeting: what the other ship had done before")
    any_of: Patterns = Field(default=(), description="patterns of which one must fit; the first is preferred")

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The patterns of which one must fit."""
        if not self.event:
            return self.any_of
        return (Pattern(event=self.event, zone=self.zone, where=self.where, other_had=self.other_had), *self.any_of)


class Step(Choice):
    """One step of a sequence."""

    id: str = Field(pattern=STEP_ID, description="the step's name in alerts, tests and the other keys")
    optional: bool = Field(default=False, description="true: told when it was seen, never needed")
    within: Duration | None = Field(default=None, description="the longest time since the required step before it")
    transfer: bool = Field(default=False, description="by cargo: this meeting hands the cargo to the other ship")


class Span(Choice):
    """A pattern and the time in which it is looked for: between two steps, or before or after one."""

    between: Annotated[tuple[str, str] | None, BeforeValidator(as_tuple_or_none)] = Field(
        default=None, description="two required steps: after the first one's start and before the second one's"
    )
    after: str | None = Field(default=None, description="a required step; needs 'lasting'")
    before: str | None = Field(default=None, description="a required step; needs 'lasting'")
    lasting: Duration | None = Field(default=None, description="how long after or before the step is looked")
    overlap: bool = Field(default=False, description="true: what only reaches into that time counts too")


class Having(Span):
    """What must have happened in a span, besides the steps."""

    min: int = Field(default=1, ge=1, le=1000, description="how many times at least")


class Early(Part):
    """From which step on, and at which level, an alert speaks before the sequence is whole."""

    after: str = Field(description="the required step with which the alert begins to speak")
    level: Level = Field(description="its level until the sequence is whole")


class LostCustody(Choice):
    """A call at which a cargo may pass out of sight: from the ship that called to one that calls there later."""

    within: Duration = Field(description="the longest time from the first ship's call to the second one's")


class Hands(Part):
    """How a cargo passes from ship to ship."""

    most: int = Field(default=5, ge=1, le=5, description="ships in a chain, at most")
    least: int = Field(default=1, ge=1, le=5, description="ships in a chain, at least")
    meetings: Patterns = Field(
        default=(Pattern(event=("encounter",), where={"looks_like": "transfer"}),),
        description="meetings by which the cargo may pass",
    )
    lost_custody: LostCustody | None = Field(default=None, description="calls by which the cargo may pass out of sight")


class Sequence(Part):
    """Steps of one vessel, or of one cargo, in time order."""

    by: Literal["vessel", "cargo"] = Field(default="vessel", description="whose steps: a ship's, or a cargo's")
    within: Duration | None = Field(default=None, description="the longest time from the first step to the last")
    steps: Annotated[tuple[Step, ...], BeforeValidator(as_tuple)] = Field(description="the steps, in order")
    not_: Annotated[tuple[Span, ...], BeforeValidator(as_tuple)] = Field(
        default=(), alias="not", description="what must not have happened"
    )
    having: Annotated[tuple[Having, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what must have happened besides, in any order"
    )
    until: Choice | None = Field(default=None, description="what ends a sequence that is not whole yet")
    after_match: Literal["past_last_step", "past_first_step"] = Field(
        default="past_last_step", description="where the search goes on after a match"
    )
    early: Early | None = Field(default=None, description="speak before the sequence is whole")
    hands: Hands = Field(default=Hands(), description="by cargo: how it passes from ship to ship")

    @property
    def required(self) -> tuple[Step, ...]:
        """The steps without which there is no match, in order."""
        return tuple(step for step in self.steps if not step.optional)

    @property
    def spans(self) -> tuple[tuple[str, Span], ...]:
        """The spans of `not` and `having`, each with the key under which it stands."""
        return (*(("not", span) for span in self.not_), *(("having", span) for span in self.having))


class Count(Choice):
    """So many fitting events of one vessel within a time."""

    id: str = Field(default="event", pattern=STEP_ID, description="the name of each counted event in the alert")
    min: int = Field(ge=2, le=1000, description="how many at least")
    within: Duration = Field(description="the time in which they must begin")
    distinct: Literal["zone", "partner", "day"] | None = Field(
        default=None, description="count different zones, partners or days instead of events"
    )


class MatchSpec(Choice):
    """A single event (a pattern or `any_of`), a `count` or a `sequence`; `id` names the single step."""

    id: str = Field(default="event", pattern=STEP_ID, description="the name of the single event in the alert")
    count: Count | None = Field(default=None, description="so many events within a time")
    sequence: Sequence | None = Field(default=None, description="several events in order")


Place = tuple[str | int, ...]


def pattern_places(match: MatchSpec) -> Iterator[tuple[Place, Choice]]:
    """Yield the place in the file and the choice of each pattern: single event, count, steps, spans, hand-overs."""
    sequence = match.sequence
    if match.count:
        yield ("match", "count"), match.count
    elif sequence is None:
        yield ("match",), match
    else:
        yield from _of_sequence(sequence, ("match", "sequence"))


def _of_sequence(sequence: Sequence, place: Place) -> Iterator[tuple[Place, Choice]]:
    for key, group in (("steps", sequence.steps), ("not", sequence.not_), ("having", sequence.having)):
        for i, choice in enumerate(group):
            yield (*place, key, i), choice
    if sequence.until:
        yield (*place, "until"), sequence.until
    for i, meeting in enumerate(sequence.hands.meetings):
        yield (*place, "hands", "meetings", i), Choice(any_of=(meeting,))
    if sequence.hands.lost_custody:
        yield (*place, "hands", "lost_custody"), sequence.hands.lost_custody
