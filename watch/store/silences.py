"""Silences: for which time of the data which alerts are not told, who said so and why. None is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from watch.alert_areas import areas_of
from watch.errors import ConfigError
from watch.store import schema
from watch.store.history import Change, append_history, hold_history, silence_content
from watch.store.types import iso, storable
from watch.wording import TEXT_MAX, as_utc

#: What a silence may ask of an alert; all that it asks must fit.
SCOPE_PARTS = ("vessel", "rule", "family", "area", "alert", "level")

NO_SCOPE = "a silence of everything is no silence: say of which vessel, rule, family, area, alert or level"

_SILENCES = schema.silences
_NO_FAMILIES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Silence:
    """What is not told, and for which time of the data: `[from_at, until_at)`.

    Attributes
    ----------
    scope
        Some of `SCOPE_PARTS` with a value each: `vessel` as `imo:9074729` or `mmsi:636990101`, `area` as the id of a
        zone or a country as two letters.
    ended_at, ended_by
        When and by whom it was ended by hand, after which it silences nothing; None while it stands.
    """

    silence_id: int
    scope: Mapping[str, str]
    reason: str
    author: str
    made_at: datetime
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    @cached_property
    def asked(self) -> frozenset[tuple[str, str]]:
        """The scope as a set, to be compared with what an alert is."""
        return frozenset(self.scope.items())

    def public(self) -> dict[str, Any]:
        """Return the silence as JSON shows it; moments as texts."""
        return silence_content({field.name: getattr(self, field.name) for field in fields(self)})

    def brief(self) -> dict[str, Any]:
        """Return what an alert that falls under the silence says of it."""
        public = self.public()
        return {name: public[name] for name in ("silence_id", "reason", "author", "until_at")}


def last_evidence_at(alert: Mapping[str, Any]) -> datetime | None:
    """Return when an alert's newest evidence was seen: the latest end of a step, or the start of one still open.

    Examples
    --------
    >>> last_evidence_at({"steps": [{"start_at": "2020-05-03T04:10:00Z", "end_at": None}]})
    datetime.datetime(2020, 5, 3, 4, 10, tzinfo=datetime.timezone.utc)
    """
    ends = [step.get("end_at") or step.get("start_at") for step in alert.get("steps") or ()]
    known = [at for end in ends if (at := as_utc(end)) is not None]
    return max(known, default=as_utc(alert.get("started_at")))


def silenced_by(
    alert: Mapping[str, Any], silences: Collection[Silence], families: Mapping[str, str] = _NO_FAMILIES
) -> Silence | None:
    """Return the silence that an alert falls under, the first made; None when it is to be told.

    Parameters
    ----------
    alert
        In the form of `shipwatch alerts list --json`.
    silences
        As `read_silences` returns them; those that were ended by hand count for nothing.
    families
        Family by rule id (`rule_families`); without it no silence of a family fits.

    Notes
    -----
    The time that counts is that of the newest evidence, never that of the run: an alert that was silent is told when
    evidence comes from after the silence.
    """
    at = last_evidence_at(alert)
    if at is None:
        return None
    known = _known(alert, families)
    fitting = (s for s in silences if s.from_at <= at < s.until_at and s.ended_at is None and s.asked <= known)
    return min(fitting, key=lambda s: s.silence_id, default=None)


def fits(alert: Mapping[str, Any], scope: Mapping[str, str], families: Mapping[str, str] = _NO_FAMILIES) -> bool:
    """Return whether an alert is all that a scope asks, at whatever time."""
    return set(scope.items()) <= _known(alert, families)


def _known(alert: Mapping[str, Any], families: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return all that a silence may ask of an alert and that is true of this one."""
    vessel: Mapping[str, Any] = alert.get("vessel") or {}
    numbers = (f"{name}:{vessel[name]}" for name in ("imo", "mmsi") if vessel.get(name) is not None)
    rule_id = str(alert.get("rule_id"))
    return {
        ("vessel", str(vessel.get("vessel_id"))),
        *(("vessel", number) for number in numbers),
        ("rule", rule_id),
        *((("family", families[rule_id]),) if rule_id in families else ()),
        ("alert", str(alert.get("alert_id"))),
        ("level", str(alert.get("level"))),
        *(("area", area) for area in areas_of(alert)),
    }


def read_silences(connection: Connection, *, ended: bool = False) -> list[Silence]:
    """Return the silences that stand, in the order in which they were made; `ended`: those ended by hand too."""
    query = select(_SILENCES).order_by(_SILENCES.c.silence_id)
    if not ended:
        query = query.where(_SILENCES.c.ended_at.is_(None))
    return [Silence(**row) for row in connection.execute(query).mappings()]


def add_silence(
    connection: Connection,
    scope: Mapping[str, str],
    *,
    reason: str,
    author: str,
    from_at: datetime,
    until_at: datetime,
    at: datetime,
) -> Silence:
    """Store a silence and return it.

    Parameters
    ----------
    scope, reason, author, from_at, until_at
        As in `Silence`.
    at
        The time of making it.

    Raises
    ------
    ConfigError
        When it would silence everything or nothing, or has no reason; all that is wrong is told at once.
    """
    if faults := list(_faults(scope, reason, author, from_at, until_at)):
        raise ConfigError("; ".join(faults))
    hold_history(connection)
    row = {"scope": {name: storable(value) for name, value in scope.items()}, "made_at": at}
    row |= {"reason": storable(reason.strip()), "author": storable(author), "from_at": from_at, "until_at": until_at}
    (number,) = connection.execute(_SILENCES.insert().values(row)).inserted_primary_key or (0,)
    return _noted(connection, int(number), "silenced", author, at, reason)


def _faults(scope: Mapping[str, str], reason: str, author: str, from_at: datetime, until_at: datetime) -> Iterable[str]:
    if not scope:
        yield NO_SCOPE
    if unknown := sorted(scope.keys() - set(SCOPE_PARTS)):
        yield f"a silence cannot ask for {', '.join(unknown)}; it may for {', '.join(SCOPE_PARTS)}"
    if any(not value.strip() for value in scope.values()):
        yield "a part of the scope is empty"
    if not reason.strip() or not author.strip():
        yield "a silence needs a reason and an author, for those who wonder later"
    if max(map(len, (reason, author, *scope.values()))) > TEXT_MAX:
        yield f"a text of a silence has at most {TEXT_MAX:,} characters"
    if until_at <= from_at:
        yield f"it would end ({iso(until_at)}) before it begins ({iso(from_at)})"


def end_silence(connection: Connection, silence_id: int, *, author: str, at: datetime) -> Silence:
    """End a silence by hand, so that it silences nothing any more, and return it.

    Raises
    ------
    ConfigError
        When there is none of this number, or it was ended before.
    """
    hold_history(connection)
    standing = (_SILENCES.c.silence_id == silence_id) & _SILENCES.c.ended_at.is_(None)
    ended = connection.execute(_SILENCES.update().where(standing).values(ended_at=at, ended_by=author))
    if not ended.rowcount:
        row = _row(connection, silence_id)
        was = f"silence {silence_id} was ended by {row['ended_by']} at {iso(row['ended_at'])}" if row else ""
        raise ConfigError(was or f"there is no silence {silence_id}; `shipwatch alerts silences --all` shows them")
    return _noted(connection, silence_id, "unsilenced", author, at, None)


def _noted(
    connection: Connection, silence_id: int, change: str, author: str, at: datetime, reason: str | None
) -> Silence:
    row = _row(connection, silence_id)
    if row is None:
        raise ConfigError(f"there is no silence {silence_id}")
    status = "ended" if row["ended_at"] else "standing"
    version = 2 if row["ended_at"] else 1
    content = silence_content(row)
    append_history(
        connection, [Change(None, version, at, change, author, status, reason, content, silence_id=silence_id)]
    )
    return Silence(**row)


def _row(connection: Connection, silence_id: int) -> RowMapping | None:
    return connection.execute(select(_SILENCES).where(_SILENCES.c.silence_id == silence_id)).mappings().first()
