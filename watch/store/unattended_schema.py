"""The tables of unattended work: runs, health, digests, leases, sources, watchlists, silences and deliveries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from watch.store.metadata import metadata
from watch.store.types import Json, PlainText, UtcMoment

#: One run of a job: the time of the data that it took in, what it did, and what it cost.
runs = Table(
    "runs",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("finished_at", UtcMoment),
    Column("holder", PlainText),
    Column("window_start_at", UtcMoment),
    Column("window_end_at", UtcMoment),
    Column("rows_read", BigInteger),
    Column("positions", BigInteger),
    Column("duplicates", BigInteger),
    Column("rejects", BigInteger),
    Column("ships", Integer),
    Column("events", Integer),
    Column("alerts_new", Integer),
    Column("alerts_changed", Integer),
    Column("alerts_withdrawn", Integer),
    Column("seconds", Float),
    Column("peak_mb", Float),
    Column("details", Json, nullable=False),
    Column("message", PlainText),
    Index(None, "kind", "started_at"),
)

#: What is odd about the data itself: a feed that stops, shrinks or comes empty. `at` is when it was noticed; `start_at`
#: and `end_at` say of which time it is told, where that is known.
health = Table(
    "health",
    metadata,
    Column("health_id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("message", PlainText, nullable=False),
    Column("start_at", UtcMoment),
    Column("end_at", UtcMoment),
    Column("details", Json),
    Index(None, "at"),
)

#: Digests made, for whom, and the last change of an alert that each has told; no recipient: the one kept in a folder.
#: `after_id` is the recipient's digest before (0: none), so that of two that are made at once only one is kept.
digests = Table(
    "digests",
    metadata,
    Column("digest_id", Integer, primary_key=True),
    Column("recipient", PlainText),
    Column("made_at", UtcMoment, nullable=False),
    Column("as_of", UtcMoment),
    Column("last_seq", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Column("after_id", Integer),
    Index(None, "recipient", "after_id", unique=True),
)

#: Who may do a thing that one process at a time may do; `token` grows with each new holder.
leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", PlainText, nullable=False),
    Column("token", Integer, nullable=False),
    Column("taken_at", UtcMoment, nullable=False),
    Column("beat_at", UtcMoment, nullable=False),
)

#: Where data comes from; `cursor` is what a source needs to know to go on.
sources = Table(
    "sources",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("cursor", Json, nullable=False),
    Column("tried_at", UtcMoment),
    Column("ok_at", UtcMoment),
    Column("newest_fix_at", UtcMoment),
    Column("message", PlainText),
)

#: Files of a watched folder as they were when they were read: one that has not changed is not opened again.
seen_files = Table(
    "seen_files",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("path", PlainText, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("changed_at", UtcMoment, nullable=False),
    Column("seen_at", UtcMoment, nullable=False),
)

#: Each import of a watchlist, the refused ones too.
watchlist_versions = Table(
    "watchlist_versions",
    metadata,
    Column("version_id", Integer, primary_key=True),
    Column("list_name", String(64), nullable=False),
    Column("published_at", UtcMoment, nullable=False),
    Column("imported_at", UtcMoment, nullable=False),
    Column("file", PlainText, nullable=False),
    Column("format", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("entries", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("details", Json, nullable=False),
    Column("message", PlainText),
    Index(None, "list_name", "published_at"),
)

#: Ships on watchlists and since when until when; `entry_key` is how the list itself names the entry.
watchlist_entries = Table(
    "watchlist_entries",
    metadata,
    Column("entry_id", Integer, primary_key=True),
    Column("list_name", String(64), nullable=False),
    Column("entry_key", PlainText, nullable=False),
    Column("imo", Integer),
    Column("mmsi", Integer),
    Column("name", PlainText),
    Column("aliases", Json, nullable=False),
    Column("callsign", PlainText),
    Column("flag", String(8)),
    Column("type", PlainText),
    Column("programs", Json, nullable=False),
    Column("listed_at", UtcMoment, nullable=False),
    Column("delisted_at", UtcMoment),
    Column("details", Json, nullable=False),
    Index(None, "list_name"),
    Index(None, "imo"),
    Index(None, "mmsi"),
)

#: What is not to be told for a time of the data: scope, reason, author. One that was ended early keeps its row.
silences = Table(
    "silences",
    metadata,
    Column("silence_id", Integer, primary_key=True),
    Column("scope", Json, nullable=False),
    Column("reason", PlainText, nullable=False),
    Column("author", PlainText, nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("from_at", UtcMoment, nullable=False),
    Column("until_at", UtcMoment, nullable=False),
    Column("ended_at", UtcMoment),
    Column("ended_by", PlainText),
)

#: The outbox: what is to be told to whom, as the very bytes that go out, each try with the same `message_id`.
#: `addresses` are those of a mail that no server has accepted yet.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("digest_id", Integer, ForeignKey("digests.digest_id"), nullable=False),
    Column("recipient", PlainText, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("addresses", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("next_try_at", UtcMoment, nullable=False),
    Column("claimed_by", PlainText),
    Column("claimed_at", UtcMoment),
    Column("sent_at", UtcMoment),
    Column("message", PlainText),
    UniqueConstraint("message_id"),
    Index(None, "status", "next_try_at"),
)

#: Each try of a delivery and how it ended; one without an end was cut off, and nobody knows.
delivery_tries = Table(
    "delivery_tries",
    metadata,
    Column("try_id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.delivery_id"), nullable=False),
    Column("began_at", UtcMoment, nullable=False),
    Column("ended_at", UtcMoment),
    Column("outcome", String(16), nullable=False),
    Column("message", PlainText),
    Index(None, "delivery_id"),
)
