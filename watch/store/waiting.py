"""What matching remembers between runs: whose alerts time alone will change, and where cargoes may have come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from watch.store import schema
from watch.store.frames import batches, insert_records

_WAITING, _REACH, _EVENTS = schema.match_waiting, schema.cargo_reach, schema.events


def replace_waiting(connection: Connection, vessel_ids: Collection[str], due_at: Mapping[str, datetime]) -> None:
    """Keep when the alerts of these vessels change with time alone, in place of what was kept of them."""
    for some in batches(sorted(vessel_ids)):
        connection.execute(_WAITING.delete().where(_WAITING.c.vessel_id.in_(some)))
    insert_records(connection, _WAITING, [{"vessel_id": v, "due_at": at} for v, at in sorted(due_at.items())])


def read_due(connection: Connection, clock: datetime) -> set[str]:
    """Return the vessels whose time has come by a clock."""
    return set(connection.execute(select(_WAITING.c.vessel_id).where(_WAITING.c.due_at <= clock)).scalars())


def replace_reach(connection: Connection, first_ids: Collection[str], members: Mapping[str, Collection[str]]) -> None:
    """Keep where the cargoes that began on these vessels may have come to, in place of what was kept of them."""
    for some in batches(sorted(first_ids)):
        connection.execute(_REACH.delete().where(_REACH.c.first_id.in_(some)))
    rows = [{"first_id": first, "member": m} for first, found in sorted(members.items()) for m in sorted(found)]
    insert_records(connection, _REACH, rows)


def read_firsts(connection: Connection, members: Collection[str]) -> set[str]:
    """Return the vessels whose cargoes may have come to one of these vessels or places."""
    found: set[str] = set()
    for some in batches(sorted(members)):
        found |= set(connection.execute(select(_REACH.c.first_id).where(_REACH.c.member.in_(some))).scalars())
    return found


def read_callers(connection: Connection, zone_id: str, after_at: datetime, until_at: datetime) -> set[str]:
    """Return the vessels that called at a place after a moment and not after another."""
    c = _EVENTS.c
    called = (c.kind == "port_visit") & (c.zone_id == zone_id) & (c.start_at > after_at) & (c.start_at <= until_at)
    return {v for v in connection.execute(select(c.vessel_id).where(called).distinct()).scalars() if v}
