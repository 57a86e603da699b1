"""The rule language as models: what a rule file may hold, and in which form.

Shape and types are checked here; whether the names exist (kinds, fields, zones, steps, measures) in `lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Level = Literal["informational", "low", "medium", "high", "critical"]
Verdict = Literal["match", "early", "lapsed", "unknown"]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(min|h|d|w)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3650)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value if isinstance(value, tuple) else (value,)


def _as_duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"a length of time is a number and a unit (90min, 24h, 120d, 2w), not {value!r}")
    length = timedelta(**{_UNITS[found[2]]: float(found[1])}) if float(found[1]) <= 1e7 else LONGEST * 2
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(f"{value!r} is not between 0 and 3650 days")
    return length


def _as_moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a moment is written 2020-05-05T06:00Z, not {value!r}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _as_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a date is written 2027-01-31, not {value!r}") from None


def _as_flag(value: object) -> object:
    return value if isinstance(value, dict) else {"any_of": value}


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_as_tuple)]
Duration = Annotated[timedelta, BeforeValidator(_as_duration)]
Moment = Annotated[datetime, BeforeValidator(_as_moment)]
Day = Annotated[date, BeforeValidator(_as_date)]
#: Field name to condition as written; `conditions.parse_condition` reads it.
Where = dict[str, Any]


class Part(BaseModel):
    """A part of a rule: frozen, no other keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class ZoneFilter(Part):
    """Which zones are meant: every named key must fit one and the same zone; `any_of` lists alternatives."""

    id: Names | None = None
    country: Names | None = None
    kind: Names | None = None
    any_of: Annotated[tuple[ZoneFilter, ...], BeforeValidator(_as_tuple)] = ()


class Pattern(Part):
    """One kind of event (or several), where it began, and what its fields must be."""

    event: Names
    zone: ZoneFilter | None = None
    where: Where = {}


Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_as_tuple)]


class Choice(Part):
    """A pattern, or `any_of` several patterns."""

    event: Names | None = None
    zone: ZoneFilter | None = None
    where: Where = {}
    any_of: Patterns = ()

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The patterns of which one must fit."""
        own = (Pattern(event=self.event, zone=self.zone, where=self.where),) if self.event else ()
        return (*own, *self.any_of)


class Step(Choice):
    """One step of a sequence."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    optional: bool = False


class Absence(Choice):
    """What must not have happened between two steps."""

    between: Annotated[tuple[str, str], BeforeValidator(_as_tuple)]


class Early(Part):
    """From which step on, and at which level, an alert speaks before the sequence is whole."""

    after: str
    level: Level


class Sequence(Part):
    """Steps of one vessel in time order."""

    by: Literal["vessel"] = "vessel"
    within: Duration | None = None
    steps: Annotated[tuple[Step, ...], BeforeValidator(_as_tuple)]
    not_: Annotated[tuple[Absence, ...], BeforeValidator(_as_tuple)] = Field(default=(), alias="not")
    early: Early | None = None

    @property
    def required(self) -> tuple[Step, ...]:
        """The steps without which there is no match, in order."""
        return tuple(step for step in self.steps if not step.optional)


class MatchSpec(Choice):
    """A single event (a pattern or `any_of`) or a `sequence`; `id` names the single step."""

    id: str = Field(default="event", pattern=r"^[a-z][a-z0-9_]*$")
    sequence: Sequence | None = None


class FlagSpec(Part):
    """The flag (ISO country by MID) and the step at whose time it is asked."""

    any_of: Names = ()
    none_of: Names = ()
    at: Literal["first_step", "last_step", "any_step"] = "first_step"


class VesselSpec(Part):
    """Which vessels a rule is about; asked at the first required step, the flag where `flag.at` says."""

    type: Names | None = None
    flag: Annotated[FlagSpec | None, BeforeValidator(_as_flag)] = None
    imo: Numbers | None = None
    mmsi: Numbers | None = None


class AlertSpec(Part):
    """How an alert is written, and how close single events of one vessel make one alert."""

    summary: str = Field(default="{vessel}", max_length=500)
    group_within: Duration | None = None


class ExceptionSpec(Part):
    """A vessel the rule leaves out, with the reason and the day (of the data) it ends."""

    vessel: str = Field(pattern=r"^(imo:\d{7}|mmsi:\d{9})$")
    reason: str = Field(min_length=1)
    until: Day


class WrittenEvent(Part):
    """An event of an inline test, in short form."""

    kind: str
    at: Moment
    hours: float = Field(default=1.0, ge=0)
    open: bool = False
    zone: Names = ()
    ship: dict[str, Any] = {}
    details: dict[str, Any] = {}


class Expect(Part):
    """What an inline test expects of the alerts (of one `vessel`, by IMO, when named)."""

    alerts: int = Field(ge=0)
    vessel: int | None = None
    level: Level | None = None
    verdict: Verdict | None = None
    steps: Names | None = None


class RuleTest(Part):
    """An inline test: a scenario by name, or a written list of events of one ship."""

    name: str
    scenario: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    ship: dict[str, Any] = {}
    events: Annotated[tuple[WrittenEvent, ...], BeforeValidator(_as_tuple)] = ()
    as_of: Moment | None = None
    expect: Expect


class Rule(Part):
    """One rule file."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)
    title: str = Field(min_length=1, max_length=120)
    status: Literal["experimental", "stable", "deprecated"]
    level: Level
    description: str = Field(min_length=1)
    red_flags: Names = ()
    measures: Names = ()
    references: Names = ()
    false_positives: Names = ()
    runbook: str = ""
    vessel: VesselSpec = VesselSpec()
    match: MatchSpec
    unknown_if: Where = {}
    alert: AlertSpec = AlertSpec()
    exceptions: Annotated[tuple[ExceptionSpec, ...], BeforeValidator(_as_tuple)] = ()
    tests: Annotated[tuple[RuleTest, ...], BeforeValidator(_as_tuple)] = ()

    @property
    def step_ids(self) -> tuple[str, ...]:
        """The ids of all steps in order; that of the single event when there is no sequence."""
        sequence = self.match.sequence
        return tuple(step.id for step in sequence.steps) if sequence else (self.match.id,)

    def choices(self) -> Iterator[tuple[tuple[str | int, ...], Choice]]:
        """Yield the place and the choice of each pattern group: single event, steps, absences."""
        sequence = self.match.sequence
        if sequence is None:
            yield ("match",), self.match
            return
        for i, step in enumerate(sequence.steps):
            yield ("match", "sequence", "steps", i), step
        for i, absence in enumerate(sequence.not_):
            yield ("match", "sequence", "not", i), absence


def midnight(day: date) -> datetime:
    """Return the UTC moment at which `day` begins."""
    return datetime.combine(day, time(), UTC)
