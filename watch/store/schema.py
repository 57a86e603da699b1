"""The tables of the database; `alembic/versions` makes the same ones step by step."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from watch.store.metadata import metadata
from watch.store.types import Json, PlainText, UtcMoment
from watch.store.unattended_schema import (
    deliveries,
    delivery_tries,
    digests,
    health,
    leases,
    runs,
    seen_files,
    silences,
    sources,
    watchlist_entries,
    watchlist_versions,
)
from watch.store.web_schema import login_tries, sessions, users

#: The migration that makes these tables as they stand here.
HEAD = "0005"

#: One file read; a file is known by its content, so the same one twice is one load.
loads = Table(
    "loads",
    metadata,
    Column("load_id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("name", PlainText, nullable=False),
    Column("format", String(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("finished_at", UtcMoment),
    Column("rows_read", BigInteger, nullable=False),
    Column("positions", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("rejects", BigInteger, nullable=False),
    Column("details", Json, nullable=False),
    Column("message", PlainText),
    Column("source", String(64)),
    Column("first_fix_at", UtcMoment),
    Column("newest_fix_at", UtcMoment),
    Index(None, "source", "newest_fix_at"),
)

#: A stretch of time of the fold; a dirty one, and all after it, are to be computed again.
slices = Table(
    "slices",
    metadata,
    Column("start_at", UtcMoment, primary_key=True),
    Column("end_at", UtcMoment, nullable=False),
    Column("positions", BigInteger, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("state_digest", String(64)),
    Column("as_of", UtcMoment),
)

#: Changes of what a radio declares; `ordinal` tells apart what was declared at one moment.
identities = Table(
    "identities",
    metadata,
    Column("mmsi", Integer, primary_key=True, autoincrement=False),
    Column("seen_at", UtcMoment, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("seg", Integer, nullable=False),
    Column("imo", Integer),
    Column("name", PlainText),
    Column("callsign", PlainText),
    Column("ship_type", Integer),
    Column("length_m", Float),
    Column("beam_m", Float),
    Column("draught_m", Float),
    Column("destination", PlainText),
    Column("eta", PlainText),
    Column("lat", Float),
    Column("lon", Float),
    Index(None, "imo"),
    Index(None, "seen_at"),
)

#: What was seen, with what the ships declared then. `slice_at` is the start of the slice that the event ended in,
#: and null while the event is only projected from the last state. `derived` ones were told from other events and
#: identities, not from positions. `origin` names who found an event where it was not found here.
events = Table(
    "events",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("mmsi", Integer, nullable=False),
    Column("start_at", UtcMoment, nullable=False),
    Column("end_at", UtcMoment),
    Column("start_lat", Float),
    Column("start_lon", Float),
    Column("end_lat", Float),
    Column("end_lon", Float),
    Column("zone_id", PlainText),
    Column("other_mmsi", Integer),
    Column("details", Json, nullable=False),
    Column("vessel_id", String(32)),
    Column("imo", Integer),
    Column("name", PlainText),
    Column("flag", String(8)),
    Column("type", String(16)),
    Column("ship_type", Integer),
    Column("length_m", Float),
    Column("other_vessel_id", String(32)),
    Column("other_imo", Integer),
    Column("other_name", PlainText),
    Column("other_flag", String(8)),
    Column("other_type", String(16)),
    Column("other_length_m", Float),
    Column("slice_at", UtcMoment),
    Column("derived", Boolean, nullable=False),
    Column("origin", String(16)),
    Column("content_hash", String(32), nullable=False),
    Index(None, "start_at"),
    Index(None, "mmsi"),
    Index(None, "vessel_id"),
)

# a slice holds events of the fold alone
Index("ix_events_slice_at", events.c.slice_at, sqlite_where=~events.c.derived, postgresql_where=~events.c.derived)
# which radios are several hulls: asked in every run; SQLite uses such an index only for the very words of it
IS_OF_HULLS = text("events.kind = 'identity_change' AND NOT events.derived")
_HULLS = text("kind = 'identity_change' AND NOT derived")
Index("ix_events_hulls", events.c.mmsi, sqlite_where=_HULLS, postgresql_where=_HULLS)
# who called where: a cargo can be lost from sight there
_CALLS = events.c.kind == "port_visit"
Index("ix_events_calls", events.c.zone_id, events.c.start_at, sqlite_where=_CALLS, postgresql_where=_CALLS)
# most events have no other side, and an index of nothing costs as much as any
for _side in (events.c.other_mmsi, events.c.other_vessel_id, events.c.origin):
    Index(f"ix_events_{_side.name}", _side, sqlite_where=_side.is_not(None), postgresql_where=_side.is_not(None))

#: What somebody must look at; `content` is the alert as the rule made it, in the form it goes out.
alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("rule_id", PlainText, nullable=False),
    Column("vessel_id", String(64), nullable=False),
    Column("mmsi", Integer),
    Column("imo", Integer),
    Column("level", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("close_reason", String(32)),
    Column("started_at", UtcMoment),
    Column("raised_at", UtcMoment, nullable=False),
    Column("updated_at", UtcMoment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence_digest", String(64), nullable=False),
    Column("content", Json, nullable=False),
    Index(None, "rule_id", "vessel_id"),
    Index(None, "vessel_id"),
    Index(None, "status"),
)

#: Every change of an alert or of a silence (never both), each row sealed by a hash over itself and the row before.
alert_history = Table(
    "alert_history",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("alert_id", String(64), ForeignKey("alerts.alert_id")),
    Column("version", Integer, nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("change", String(16), nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", PlainText),
    Column("content", Json, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("silence_id", Integer, ForeignKey("silences.silence_id")),
    Column("note", PlainText),
    UniqueConstraint("prev_hash"),
    Index(None, "alert_id"),
)

#: Vessels whose events changed and whose alerts are yet to be judged.
match_queue = Table("match_queue", metadata, Column("vessel_id", String(64), primary_key=True))

#: Vessels whose alerts change with time alone, and when: something that must not follow has not, so far.
match_waiting = Table(
    "match_waiting",
    metadata,
    Column("vessel_id", String(64), primary_key=True),
    Column("due_at", UtcMoment, nullable=False),
    Index(None, "due_at"),
)

#: Which vessels, and which places of lost custody, the cargoes that began on a vessel may have come to.
cargo_reach = Table(
    "cargo_reach",
    metadata,
    Column("first_id", String(64), primary_key=True),
    Column("member", String(128), primary_key=True),
    Index(None, "member"),
)

#: What is wrong with rule files, as of the last run.
rule_faults = Table(
    "rule_faults",
    metadata,
    Column("fault_id", Integer, primary_key=True),
    Column("file", PlainText, nullable=False),
    Column("line", Integer, nullable=False),
    Column("key", PlainText, nullable=False),
    Column("reason", PlainText, nullable=False),
    Column("found_at", UtcMoment, nullable=False),
)

#: Single values by name.
meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Json, nullable=False),
)

__all__ = [
    "HEAD",
    "alert_history",
    "alerts",
    "cargo_reach",
    "deliveries",
    "delivery_tries",
    "digests",
    "events",
    "health",
    "identities",
    "leases",
    "loads",
    "login_tries",
    "match_queue",
    "match_waiting",
    "meta",
    "metadata",
    "rule_faults",
    "runs",
    "seen_files",
    "sessions",
    "silences",
    "slices",
    "sources",
    "users",
    "watchlist_entries",
    "watchlist_versions",
]
