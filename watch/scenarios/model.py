"""What a scenario file may say, as frozen types.

A ship does one act after another, from a place and a moment on. Everything here is checked when the file is
read; what only sailing can tell (a ship that would need 90 knots) is checked in `plan`.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

#: Words for the ship types of ITU-R M.1371, the number meaning "all ships of this type".
SHIP_TYPES = {
    "fishing": 30,
    "towing": 31,
    "dredger": 33,
    "pilot": 50,
    "tug": 52,
    "tender": 53,
    "passenger": 60,
    "cargo": 70,
    "tanker": 80,
    "other": 90,
}

MOST_ACTS = 2_000  # own: a year of a coaster's trips
COASTING_MOST = timedelta(days=120)  # own: each trip is two acts, so MOST_ACTS is never met


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("write a moment with its zone, as in 2020-05-01T06:00Z")
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"'{value}' is no moment; write it as in 2020-05-01T06:00Z") from None
    if at.tzinfo is None:
        raise ValueError(f"'{value}' has no zone; write it as in 2020-05-01T06:00Z")
    return at.astimezone(UTC)


def _ship_type(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in SHIP_TYPES:
        raise ValueError(f"'{value}' is no ship type; use a number or one of {', '.join(SHIP_TYPES)}")
    return SHIP_TYPES[value]


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Place = tuple[Lat, Lon]
Share = Annotated[float, Field(ge=0, le=1)]
Hours = Annotated[float, Field(gt=0, le=20_000)]
Speed = Annotated[float, Field(gt=0, le=60)]
Name = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[ -_]+$")]  # the 6-bit letters of AIS
Text = Annotated[str, Field(max_length=20, pattern=r"^[ -_]*$")]
Mmsi = Annotated[int, Field(ge=100_000_000, le=999_999_999)]
Imo = Annotated[int, Field(ge=1_000_000, le=9_999_999)]
ShipType = Annotated[int, BeforeValidator(_ship_type), Field(ge=0, le=99)]
Length = Annotated[float, Field(gt=0, le=500)]
Beam = Annotated[float, Field(gt=0, le=80)]
Draught = Annotated[float, Field(gt=0, le=25.5)]
Rest = Literal["moored", "anchored", "drifting", "not_under_command"]


class Frozen(BaseModel):
    """A part of a scenario: cannot be changed, knows no other keys than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Sail(Frozen):
    """Sail on great circles, at a speed or so as to be there at a moment; along a named route or by hand."""

    route: str | None = None
    start: int | str | None = Field(default=None, alias="from", description="way-point to join the route at")
    to: Place | int | str | None = Field(default=None, description="place, or way-point of the route")
    via: tuple[Place, ...] = ()
    speed_kn: Speed | None = None
    arrive_at: Moment | None = None
    status: Literal["under_way", "fishing", "not_under_command", "restricted"] = "under_way"

    @model_validator(mode="after")
    def _complete(self) -> Sail:
        if (self.speed_kn is None) == (self.arrive_at is None):
            raise ValueError("say either speed_kn or arrive_at")
        if self.route is None and not isinstance(self.to, tuple):
            raise ValueError("say where to: [lat, lon], or name a route")
        if self.route is not None and (self.via or isinstance(self.to, tuple)):
            raise ValueError("a route goes to one of its way-points; sail to other places in an act of its own")
        return self


class Hold(Frozen):
    """Stay where the ship is, for a time or until a moment."""

    hours: Hours | None = None
    until: Moment | None = None
    how: Rest = Field(default="anchored", alias="as")

    @model_validator(mode="after")
    def _complete(self) -> Hold:
        if (self.hours is None) == (self.until is None):
            raise ValueError("say either hours or until")
        return self


class Appear(Frozen):
    """Be heard again at a moment in some place; where the ship was since the last act nobody says."""

    at: Moment
    position: Place


class Meet(Frozen):
    """Come alongside another ship at a moment and move with her for some hours."""

    ship: str = Field(alias="with")
    at: Moment
    hours: Hours
    distance_m: Annotated[float, Field(gt=0, le=5_000)] = 50.0
    how: Rest = Field(default="drifting", alias="as")


class Says(Frozen):
    """What the transponder declares from now on; what is not named stays as it was."""

    mmsi: Mmsi | None = None
    imo: Imo | None = None
    name: Name | None = None
    callsign: Text | None = None
    ship_type: ShipType | None = Field(default=None, alias="type")
    length_m: Length | None = None
    beam_m: Beam | None = None
    draught_m: Draught | None = None
    destination: Text | None = None
    eta: Text | None = None


class Act(Frozen):
    """One thing a ship does: exactly one of the keys."""

    sail: Sail | None = None
    hold: Hold | None = None
    silent: tuple[Act, ...] | None = Field(default=None, description="acts done unheard")
    appear: Appear | None = None
    meet: Meet | None = None
    says: Says | None = None

    @model_validator(mode="after")
    def _one(self) -> Act:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"an act is exactly one of {', '.join(Act.model_fields)}")
        return self


class Reports(Frozen):
    """How often a ship is heard."""

    transponder: Literal["A", "B"] = Field(default="A", alias="class")
    thin_min: Annotated[float, Field(ge=0, le=1_440)] = 10.0
    rest_min: Annotated[float, Field(ge=0, le=1_440)] = 30.0
    satellite: Literal["far", "only", "never"] = "far"


class Faults(Frozen):
    """Shares of fixes that arrive twice, late, or with "not available" in place of a value."""

    duplicate: Share = 0.0
    same_second: Share = 0.0
    late: Share = 0.0
    late_min: Annotated[float, Field(gt=0, le=10_000)] = 30.0
    short_mmsi: Share = 0.0
    no_position: Share = 0.0
    no_speed: Share = 0.0
    no_course: Share = 0.0
    no_heading: Share = 0.0
    no_imo: Share = 0.0
    no_name: Share = 0.0


class Silence(Frozen):
    """A time in which the ship is not heard: last fix at `from`, next at `to`."""

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")

    @model_validator(mode="after")
    def _forward(self) -> Silence:
        if self.end <= self.start:
            raise ValueError("a silence must end after it begins")
        return self


class Ship(Frozen):
    """A made ship: what she declares, where she starts, what she does."""

    name: Name
    mmsi: Mmsi
    imo: Imo | None = None
    callsign: Text = ""
    ship_type: ShipType = Field(default=0, alias="type")
    length_m: Length | None = None
    beam_m: Beam | None = None
    draught_m: Draught | None = None
    destination: Text = ""
    eta: Text = ""
    synthetic: Literal[True] = True
    note: str = ""
    at: Moment
    position: Place
    reports: Reports = Reports()
    faults: Faults = Faults()
    silences: tuple[Silence, ...] = ()
    acts: tuple[Act, ...]

    @model_validator(mode="after")
    def _acts(self) -> Ship:
        if not 1 <= len(self.acts) <= MOST_ACTS:
            raise ValueError(f"a ship does 1 to {MOST_ACTS:,} acts")
        return self


class Crowd(Frozen):
    """Innocent ships spread evenly around a place, so that it is seen to be heard."""

    name: Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[ -_]+$")]
    ships: Annotated[int, Field(ge=1, le=500)]
    mmsi_from: Mmsi
    around: Place
    radius_nm: Annotated[float, Field(gt=0, le=600)]
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    how: Rest | Literal["coasting"] = Field(default="anchored", alias="as")
    towards: Place | None = Field(default=None, description="coasting ships sail to and fro between both places")
    speed_kn: Speed = 10.0
    ship_type: ShipType = Field(default=70, alias="type")
    length_m: Length = 120.0
    beam_m: Beam = 20.0
    draught_m: Draught = 6.5
    synthetic: Literal[True] = True
    reports: Reports = Reports()

    @model_validator(mode="after")
    def _complete(self) -> Crowd:
        if self.end <= self.start:
            raise ValueError("a crowd must leave after it comes")
        if self.mmsi_from + self.ships > 999_999_999:
            raise ValueError(f"the MMSI of {self.ships} ships from {self.mmsi_from} on have more than nine digits")
        if (self.how == "coasting") != (self.towards is not None):
            raise ValueError("coasting ships, and only they, need towards: [lat, lon]")
        if self.how == "coasting" and self.end - self.start > COASTING_MOST:
            raise ValueError(f"ships can coast for {COASTING_MOST.days} days at most")
        return self


class Expected(Frozen):
    """For the reader: the ships that must raise an alert, and those that must not raise one above low."""

    fires: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    note: str = ""


class Scenario(Frozen):
    """A sea with made ships in it; never real tracks, and it must say so."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: str
    synthetic: Literal[True]
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    include: tuple[Scenario, ...] = ()
    ships: Annotated[tuple[Ship, ...], Field(max_length=5_000)] = ()
    crowd: tuple[Crowd, ...] = ()
    expected: Expected = Expected()

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        names = Counter(s.name for s in self.ships)
        twice = sorted(n for n, count in names.items() if count > 1)
        if twice:
            raise ValueError(f"two ships are named {', '.join(twice)}; give each ship of a file its own name")
        known = {*names, *(s.name for part in self.include for s in part.ships)}
        strange = sorted({*self.expected.fires, *self.expected.quiet} - known)
        if strange:
            raise ValueError(f"expected names no ship of this file: {', '.join(strange)}")
        if not (self.ships or self.crowd or self.include):
            raise ValueError("a scenario needs ships, a crowd or an include")
        return self
