"""From acts to a plan: the pieces of way a ship goes, when she is heard, and what she declares meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from watch.errors import Fault, FaultsError
from watch.geodesy import NM_M, Floats
from watch.scenarios.model import Act, Appear, Hold, Meet, Sail, Says, Ship
from watch.scenarios.path import KN_M_S, Motion, Swing, Way, shift, vector, way_lengths_m
from watch.scenarios.routes import Route, routes

NAV_STATUS = {
    "under_way": 0,
    "anchored": 1,
    "not_under_command": 2,
    "restricted": 3,
    "moored": 5,
    "fishing": 7,
    "drifting": 0,
}
#: How far a resting ship goes round: a chain of 120 m at anchor; a slow mile and a half adrift in half a day.
SWING_M = {"moored": 0.0, "anchored": 120.0, "not_under_command": 250.0, "drifting": 450.0}
FASTEST_KN = 45.0  # own: above the fastest ferries, so a typing error in a date is found
ALONGSIDE_STEP_S = 300.0  # own: a partner's swing moves less than 20 m in five minutes
_SAME_PLACE_M = 1.0


@dataclass(frozen=True)
class Piece:
    """A stretch of one kind of motion, in the half-open time from `start_s` to `end_s`.

    Attributes
    ----------
    said
        Index into `Plan.declared` of what the ship declares meanwhile.
    """

    line: Way | Swing
    start_s: float
    end_s: float
    nav_status: int
    rests: bool
    heard: bool
    said: int


@dataclass(frozen=True)
class Plan:
    """All that a ship does."""

    ship: Ship
    pieces: tuple[Piece, ...]
    declared: tuple[Says, ...]

    def motion(self, moment_s: Floats) -> Motion:
        """Return the motion at moments, each inside one of the pieces."""
        starts = np.array([p.start_s for p in self.pieces])
        which = np.searchsorted(starts, moment_s, side="right") - 1
        told = Motion(np.empty((len(which), 3)), np.empty(len(which)), np.empty(len(which)))
        for i in np.unique(which):
            rows = np.flatnonzero(which == i)
            part = self.pieces[i].line.motion(moment_s[rows])
            told.place[rows], told.sog_kn[rows], told.cog_deg[rows] = part.place, part.sog_kn, part.cog_deg
        return told

    def covers(self, start_s: float, end_s: float) -> bool:
        """Return whether it is told where the ship is in the whole of a time."""
        told_s = sum(max(0.0, min(p.end_s, end_s) - max(p.start_s, start_s)) for p in self.pieces)
        return told_s >= end_s - start_s - 1e-3


def seconds(moment: datetime) -> float:
    """Return a moment as seconds since 1970."""
    return moment.timestamp()


def plan_ships(ships: Sequence[Ship], source: str = "", key: str = "ships") -> list[Plan]:
    """Return the plan of each ship.

    Parameters
    ----------
    ships
        The ships of one scenario, which may meet one another.
    source, key
        Name of the scenario, and where in it the ships stand, for messages.

    Raises
    ------
    FaultsError
        With the first fault of each ship whose acts cannot be done.
    """
    fleet = _Fleet({ship.name: (f"{key}.{i}.acts", ship) for i, ship in enumerate(ships)})
    faults = []
    for ship in ships:
        try:
            fleet.plan(ship.name)
        except _ActError as error:
            faults.append(Fault(source, 0, error.key, error.reason))
    if faults:
        raise FaultsError(list(dict.fromkeys(faults)))
    return [fleet.plans[ship.name] for ship in ships]


class _ActError(Exception):
    """An act that cannot be done."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key, self.reason = key, reason


@dataclass
class _Fleet:
    """The ships of a scenario, planned when first asked for, so that a ship can meet another."""

    ships: dict[str, tuple[str, Ship]]
    plans: dict[str, Plan] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)

    def plan(self, name: str) -> Plan:
        if name not in self.plans:
            key, ship = self.ships[name]
            log = _Log(self, ship)
            self.begun.append(name)
            try:
                log.do_all(ship.acts, key)
            finally:
                self.begun.remove(name)
            self.plans[name] = Plan(ship, tuple(log.pieces), tuple(log.declared))
        return self.plans[name]

    def partner(self, name: str, key: str) -> Plan:
        if name not in self.ships:
            raise _ActError(key, f"no ship of this file is named '{name}'")
        if name in self.begun:
            raise _ActError(key, f"'{name}' is herself on the way to this ship; let one of the two hold")
        return self.plan(name)


class _Log:
    """The log of one ship while her acts are done: where and when she is, and what lies behind her."""

    def __init__(self, fleet: _Fleet, ship: Ship) -> None:
        self.fleet = fleet
        self.now_s, self.place = seconds(ship.at), vector(ship.position)
        self.heard = True
        self.joined: dict[str, int] = {}
        self.pieces: list[Piece] = []
        self.declared = [Says(**{name: getattr(ship, name) for name in Says.model_fields})]

    def do_all(self, acts: Sequence[Act], key: str) -> None:
        for i, act in enumerate(acts):
            (name,) = act.model_fields_set
            getattr(self, f"_{name}")(getattr(act, name), f"{key}.{i}.{name}")

    def _sail(self, sail: Sail, key: str) -> None:
        points = np.vstack([self.place, *(vector(p) for p in self._way_points(sail, key))])
        lengths_m = way_lengths_m(points)
        moved = lengths_m > _SAME_PLACE_M
        points, lengths_m = points[np.r_[True, moved]], lengths_m[moved]
        if not len(lengths_m):
            raise _ActError(key, "the ship is there already")
        speed_kn = sail.speed_kn or self._speed_for(sail.arrive_at, float(lengths_m.sum()), f"{key}.arrive_at")
        at_s = self.now_s + np.r_[0.0, np.cumsum(lengths_m)] / (speed_kn * KN_M_S)
        self._go(Way(points, at_s), float(at_s[-1]), sail.status, rests=False)

    def _speed_for(self, arrive_at: datetime | None, length_m: float, key: str) -> float:
        if arrive_at is None or (time_s := seconds(arrive_at) - self.now_s) <= 0:
            raise _ActError(key, f"the ship is still busy before, until {_written(self.now_s)}")
        speed_kn = length_m / time_s / KN_M_S
        if speed_kn > FASTEST_KN:
            told = f"{length_m / NM_M:.0f} nm in {time_s / 3600:.1f} h need {speed_kn:.0f} kn"
            raise _ActError(key, f"{told}, more than {FASTEST_KN:.0f} kn")
        return speed_kn

    def _way_points(self, sail: Sail, key: str) -> tuple[tuple[float, float], ...]:
        if sail.route is None:
            return (*sail.via, sail.to) if isinstance(sail.to, tuple) else sail.via
        route = routes().get(sail.route)
        if route is None:
            raise _ActError(f"{key}.route", f"no route '{sail.route}'; there are {', '.join(sorted(routes()))}")
        start = self.joined.get(route.name, 0)
        if sail.start is not None:
            start = _index(route, sail.start, f"{key}.from")
        last = sail.to if isinstance(sail.to, int | str) else -1
        end = self.joined[route.name] = _index(route, last, f"{key}.to")
        return route.between(start, end)

    def _hold(self, hold: Hold, key: str) -> None:
        end_s = seconds(hold.until) if hold.until else self.now_s + (hold.hours or 0.0) * 3600.0
        if end_s <= self.now_s:
            raise _ActError(f"{key}.until", f"the ship is still busy before, until {_written(self.now_s)}")
        phase_rad = 2 * np.pi * (len(self.pieces) * 0.618 % 1.0)
        swing = Swing(self.place, self.now_s, SWING_M[hold.how], phase_rad)
        self._go(swing, end_s, hold.how, rests=True)

    def _silent(self, acts: tuple[Act, ...], key: str) -> None:
        before, self.heard = self.heard, False
        self.do_all(acts, key)
        self.heard = before

    def _appear(self, appear: Appear, key: str) -> None:
        if seconds(appear.at) <= self.now_s:
            raise _ActError(f"{key}.at", f"the ship is still busy before, until {_written(self.now_s)}")
        self.now_s, self.place = seconds(appear.at), vector(appear.position)
        self.joined.clear()

    def _says(self, says: Says, key: str) -> None:
        told = {name: getattr(says, name) for name in says.model_fields_set}
        self.declared.append(self.declared[-1].model_copy(update=told))

    def _meet(self, meet: Meet, key: str) -> None:
        partner = self.fleet.partner(meet.ship, f"{key}.with")
        start_s, end_s = seconds(meet.at), seconds(meet.at) + meet.hours * 3600.0
        if not partner.covers(start_s, end_s):
            raise _ActError(f"{key}.at", f"it is not told where '{meet.ship}' is in those {meet.hours:g} h")
        at_s = np.append(np.arange(start_s, end_s, ALONGSIDE_STEP_S), end_s)
        points = shift(partner.motion(at_s).place, np.full(len(at_s), meet.distance_m), np.zeros(len(at_s)))
        self._reach(points[0], meet, key)
        self._go(Way(points, at_s), end_s, meet.how, rests=True)

    def _reach(self, point: Floats, meet: Meet, key: str) -> None:
        """Sail straight to where the meeting begins."""
        way = np.vstack([self.place, point])
        length_m = float(way_lengths_m(way)[0])
        if length_m > _SAME_PLACE_M or self.now_s < seconds(meet.at):
            self._speed_for(meet.at, length_m, f"{key}.at")
            at_s = np.array([self.now_s, seconds(meet.at)])
            self._go(Way(way, at_s), seconds(meet.at), "under_way", rests=False)

    def _go(self, line: Way | Swing, end_s: float, status: str, *, rests: bool) -> None:
        piece = Piece(line, self.now_s, end_s, NAV_STATUS[status], rests, self.heard, len(self.declared) - 1)
        self.pieces.append(piece)
        self.now_s, self.place = end_s, line.motion(np.array([end_s])).place[0]


def _index(route: Route, way_point: int | str, key: str) -> int:
    try:
        return route.index(way_point)
    except KeyError:
        marks = ", ".join(route.marks)
        told = f"no way-point '{way_point}' on {route.name}: 0 to {len(route.points) - 1}, or {marks}"
        raise _ActError(key, told) from None


def _written(moment_s: float) -> str:
    return f"{np.datetime64(int(moment_s), 's')}Z"
