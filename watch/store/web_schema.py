"""The tables of the web page: who may look, who is logged in, and who tried to."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from watch.store.metadata import metadata
from watch.store.types import PlainText, UtcMoment

#: Who may look and decide; `password` is the argon2id hash with its parameters and salt.
users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", PlainText, nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("changed_at", UtcMoment, nullable=False),
)

#: Who is logged in; a session is known by the SHA-256 of its token, which the browser alone has.
sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("name", String(64), ForeignKey("users.name"), nullable=False),
    Column("begun_at", UtcMoment, nullable=False),
    Column("seen_at", UtcMoment, nullable=False),
    Index(None, "name"),
)

#: Logins that failed and browsers that logged in, as SHA-256 of whom and whence; forgotten at `until_at`.
login_tries = Table(
    "login_tries",
    metadata,
    Column("try_id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(64), nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("until_at", UtcMoment, nullable=False),
    Index(None, "key", "kind"),
    Index(None, "until_at"),
)
