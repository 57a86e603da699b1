"""What somebody wants silenced: checked against what there is, and when the silence begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection

from watch.alert_areas import known_areas
from watch.alert_board import named, read_told
from watch.digest_view import LEVELS
from watch.errors import ConfigError
from watch.rule_families import rule_families
from watch.store.history import deciding
from watch.store.silences import NO_SCOPE, Silence, add_silence, fits, last_evidence_at
from watch.store.since import data_clock
from watch.wording import clean
from watch.workspace import Workspace


def make_silence(
    ws: Workspace,
    asked: dict[str, str],
    *,
    until_at: datetime | None,
    from_at: datetime | None = None,
    reason: str,
    author: str,
    at: datetime,
    told: Sequence[dict[str, Any]] | None = None,
) -> Silence:
    """Store a silence of what is asked, and return it.

    Parameters
    ----------
    asked
        Some of `SCOPE_PARTS` with a value each, as somebody wrote them.
    until_at, from_at
        For which time of the data; without a beginning, so that all that fits now is silenced.
    reason, author, at
        Why, who says so, and when.
    told
        The alerts, where they are known; else they are read.

    Raises
    ------
    ConfigError
        There is nothing like what is asked, or no end.
    """
    if until_at is None:
        raise ConfigError("say until which date of the data it lasts")
    with ws.engine.connect() as conn:
        scope = checked_scope(ws, conn, asked, told)
        begin_at = from_at or begins(ws, conn, scope, told)
    with deciding(ws.engine) as conn:
        return add_silence(conn, scope, reason=reason, author=author, from_at=begin_at, until_at=until_at, at=at)


def checked_scope(
    ws: Workspace, conn: Connection, asked: dict[str, str], told: Sequence[dict[str, Any]] | None = None
) -> dict[str, str]:
    """Return the scope with every part checked: a slip of the pen would silence nothing, and nobody would know.

    `told` are the alerts, where they are known; else they are read.
    """
    if not asked:
        raise ConfigError(NO_SCOPE)
    families = rule_families(ws.own_rules)
    known = {"rule": families.keys(), "family": set(families.values()), "level": LEVELS}
    scope, faults = dict(asked), []
    for part, value in asked.items():
        if part in known and value not in known[part]:
            faults.append(f"{part} {clean(value)!r} is not known{_near(value, known[part])}")
    if "vessel" in asked and not _is_vessel(asked["vessel"]):
        faults.append(f"vessel {clean(asked['vessel'])!r} is no ship; write imo:9208124 or mmsi:636990101")
    if "alert" in asked:
        scope["alert"] = named(read_told(ws, conn) if told is None else told, [asked["alert"]])[0]["alert_id"]
    if "area" in asked:
        areas = known_areas(ws.world.zones)
        scope["area"] = asked["area"] if asked["area"] in areas else asked["area"].upper()
        if scope["area"] not in areas:
            near = _near(asked["area"], areas)
            faults.append(f"area {clean(asked['area'])!r} is no zone or country (two letters, as VE){near}")
    if faults:
        raise ConfigError("\n".join(faults))
    return scope


def _is_vessel(text: str) -> bool:
    kind, _, number = text.partition(":")
    return number.isascii() and number.isdecimal() and {"imo": 7, "mmsi": 9}.get(kind) == len(number)


def _near(word: str, known: Any) -> str:
    near = get_close_matches(word, sorted(map(str, known)), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def begins(
    ws: Workspace, conn: Connection, scope: dict[str, str], told: Sequence[dict[str, Any]] | None = None
) -> datetime:
    """Return a beginning that silences all alerts in scope that there are; without any, the data's clock.

    `told` are the alerts, where they are known; else they are read.
    """
    families = rule_families(ws.own_rules)
    meant = [alert for alert in (read_told(ws, conn) if told is None else told) if fits(alert, scope, families)]
    begun = [at for alert in meant if (at := last_evidence_at(alert)) is not None]
    first_at = min(begun, default=data_clock(conn))
    if first_at is None:
        raise ConfigError("there is no data yet to begin with; say from when")
    return first_at
