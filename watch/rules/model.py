"""A rule file as a model: what it may hold, and in which form.

Shape and types are checked here; whether the names exist (kinds, fields, zones, steps, measures) in `lint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from watch.rules.forms import Day, Duration, Level, Moment, Names, Numbers, Part, Where, as_tuple
from watch.rules.pattern import Choice, MatchSpec, pattern_places

Verdict = Literal["match", "early", "lapsed", "unknown"]


def _as_flag(value: object) -> object:
    return value if isinstance(value, dict) else {"any_of": value}


class FlagSpec(Part):
    """The flag (ISO country by MID) and when it is asked."""

    any_of: Names = Field(default=(), description="flags of which it is one")
    none_of: Names = Field(default=(), description="flags that it is not")
    changed: bool | None = Field(default=None, description="whether it was another at some time (of `at`)")
    at: Literal["first_step", "last_step", "any_step", "ever"] = Field(
        default="first_step", description="when: at a step, at any step, or ever in what is known of the ship"
    )


class VesselSpec(Part):
    """Which vessels a rule is about; asked at the first required step, the flag where `flag.at` says."""

    type: Names | None = Field(default=None, description="types of ship")
    flag: Annotated[FlagSpec | None, BeforeValidator(_as_flag)] = Field(default=None, description="its flag")
    imo: Numbers | None = Field(default=None, description="IMO numbers")
    mmsi: Numbers | None = Field(default=None, description="MMSIs")
    where: Where = Field(default={}, description="fields of the ship and what they must be")


class AlertSpec(Part):
    """How an alert is written, and how close single events of one vessel make one alert."""

    summary: str = Field(default="{vessel}", max_length=500, description="one line; {vessel}, {step.zone} … are filled")
    group_within: Duration | None = Field(default=None, description="single events nearer than this are one alert")
    most: int = Field(default=500, ge=1, le=100_000, description="the cap: more alerts in a run stop the rule")


class ExceptionSpec(Part):
    """A vessel the rule leaves out, with the reason and the day (of the data) it ends."""

    vessel: str = Field(pattern=r"^(imo:\d{7}|mmsi:\d{9})$", description="imo:… or mmsi:…")
    reason: str = Field(min_length=1, description="why it is left out")
    until: Day = Field(description="the day, of the data, on which the exception ends")


class WrittenEvent(Part):
    """An event of an inline test, in short form."""

    kind: str = Field(description="the kind of event")
    at: Moment = Field(description="when it began")
    hours: float = Field(default=1.0, ge=0, le=87_600, description="how long it lasted")
    open: bool = Field(default=False, description="true: it is not over yet")
    zone: Names = Field(default=(), description="where it began: an id or a list, most specific first")
    lat: float = Field(default=0.0, ge=-90, le=90, description="latitude, degrees")
    lon: float = Field(default=0.0, ge=-180, le=180, description="longitude, degrees")
    ship: dict[str, Any] = Field(default={}, description="who: mmsi, imo, name, flag, type, length_m")
    with_: dict[str, Any] = Field(default={}, alias="with", description="the partner of a meeting, as `ship`")
    details: dict[str, Any] = Field(default={}, description="further fields")


class Expect(Part):
    """What an inline test expects of the alerts (of one `vessel`, by IMO, when named)."""

    alerts: int = Field(ge=0, description="how many")
    vessel: int | None = Field(default=None, description="look only at alerts with this ship (IMO) in them")
    level: Level | None = Field(default=None, description="the level of each")
    verdict: Verdict | None = Field(default=None, description="the verdict of each")
    steps: Names | None = Field(default=None, description="the ids of the steps of each")
    ships: int | None = Field(default=None, ge=1, description="by cargo: how many ships are in the chain")
    measures: Names | None = Field(default=None, description="measures in force that each names")
    no_measures: Names | None = Field(default=None, description="measures that none names")


class RuleTest(Part):
    """An inline test: a scenario by name, or a written list of events."""

    name: str = Field(description="what the test shows")
    scenario: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]*$", description="a file of fixtures/")
    ship: dict[str, Any] = Field(default={}, description="who, for all events (default: a Liberian tanker)")
    events: Annotated[tuple[WrittenEvent, ...], BeforeValidator(as_tuple)] = Field(default=(), description="the events")
    as_of: Moment | None = Field(default=None, description="the data's clock (default: the end of the last event)")
    expect: Expect = Field(description="what must come out")


class Rule(Part):
    """One rule file."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100, description="equals the file name")
    title: str = Field(min_length=1, max_length=120, description="one line for lists")
    status: Literal["experimental", "stable", "deprecated"] = Field(description="how far it is trusted")
    level: Level = Field(description="how much an alert of it matters")
    description: str = Field(min_length=1, description="what it finds and why that matters")
    red_flags: Names = Field(default=(), description="codes of rules/red_flags.csv")
    measures: Names = Field(default=(), description="ids of rules/measures.csv")
    references: Names = Field(default=(), description="where the pattern comes from")
    false_positives: Names = Field(default=(), description="what looks like it and is not")
    runbook: str = Field(default="", description="what to check first")
    valid_from: Day | None = Field(default=None, description="matches that begin before this day are left out")
    valid_to: Day | None = Field(default=None, description="matches that begin on this day or later are left out")
    review_by: Day | None = Field(default=None, description="when somebody should look at the rule again")
    vessel: VesselSpec = Field(default=VesselSpec(), description="which vessels it is about")
    match: MatchSpec = Field(description="what to look for")
    unknown_if: Where = Field(default={}, description="fields that make an event doubtful")
    alert: AlertSpec = Field(default=AlertSpec(), description="how an alert is written")
    exceptions: Annotated[tuple[ExceptionSpec, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="vessels that are left out"
    )
    tests: Annotated[tuple[RuleTest, ...], BeforeValidator(as_tuple)] = Field(default=(), description="inline tests")

    @property
    def step_ids(self) -> tuple[str, ...]:
        """The ids of all steps in order; that of the single event when there is no sequence."""
        sequence, count = self.match.sequence, self.match.count
        if sequence:
            return tuple(step.id for step in sequence.steps)
        return (count.id if count else self.match.id,)

    def choices(self) -> Iterator[tuple[tuple[str | int, ...], Choice]]:
        """Yield the place and the choice of each pattern group: single event, count, steps, spans, hand-overs."""
        return pattern_places(self.match)
