"""What unattended work needs: figures of runs, leases, sources, watchlists, silences and the outbox."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"

_FOUND = sa.text("origin IS NOT NULL")
_HULLS = sa.text("kind = 'identity_change' AND NOT derived")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "seen_files",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "path", name=op.f("pk_seen_files")),
    )
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("silence_id", name=op.f("pk_silences")),
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_fix_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "watchlist_entries",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.String(length=64), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.Column("mmsi", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("callsign", sa.Text(), nullable=True),
        sa.Column("flag", sa.String(length=8), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("programs", sa.Text(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delisted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_watchlist_entries")),
    )
    with op.batch_alter_table("watchlist_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watchlist_entries_imo"), ["imo"], unique=False)
        batch_op.create_index(batch_op.f("ix_watchlist_entries_list_name"), ["list_name"], unique=False)
        batch_op.create_index(batch_op.f("ix_watchlist_entries_mmsi"), ["mmsi"], unique=False)
    op.create_table(
        "watchlist_versions",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_watchlist_versions")),
    )
    with op.batch_alter_table("watchlist_versions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_watchlist_versions_list_name_published_at"), ["list_name", "published_at"], unique=False
        )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.digest_id"], name=op.f("fk_deliveries_digest_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_status_next_try_at"), ["status", "next_try_at"], unique=False)
    op.create_table(
        "delivery_tries",
        sa.Column("try_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.delivery_id"], name=op.f("fk_delivery_tries_delivery_id")
        ),
        sa.PrimaryKeyConstraint("try_id", name=op.f("pk_delivery_tries")),
    )
    with op.batch_alter_table("delivery_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_tries_delivery_id"), ["delivery_id"], unique=False)
    with op.batch_alter_table("alert_history", schema=None) as batch_op:
        batch_op.alter_column("alert_id", existing_type=sa.String(length=64), nullable=True)
        batch_op.add_column(sa.Column("silence_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_alert_history_silence_id"), "silences", ["silence_id"], ["silence_id"]
        )
    with op.batch_alter_table("digests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recipient", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("after_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_digests_recipient_after_id"), ["recipient", "after_id"], unique=True)
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=16), nullable=True))
        batch_op.create_index("ix_events_origin", ["origin"], sqlite_where=_FOUND, postgresql_where=_FOUND)
        batch_op.create_index("ix_events_hulls", ["mmsi"], sqlite_where=_HULLS, postgresql_where=_HULLS)
    with op.batch_alter_table("loads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("first_fix_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("newest_fix_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_loads_source_newest_fix_at"), ["source", "newest_fix_at"], unique=False)
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holder", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("window_start_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("window_end_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rows_read", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("positions", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("duplicates", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rejects", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("ships", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("events", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alerts_new", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alerts_changed", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alerts_withdrawn", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seconds", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("peak_mb", sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("peak_mb")
        batch_op.drop_column("seconds")
        batch_op.drop_column("alerts_withdrawn")
        batch_op.drop_column("alerts_changed")
        batch_op.drop_column("alerts_new")
        batch_op.drop_column("events")
        batch_op.drop_column("ships")
        batch_op.drop_column("rejects")
        batch_op.drop_column("duplicates")
        batch_op.drop_column("positions")
        batch_op.drop_column("rows_read")
        batch_op.drop_column("window_end_at")
        batch_op.drop_column("window_start_at")
        batch_op.drop_column("holder")
    with op.batch_alter_table("loads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loads_source_newest_fix_at"))
        batch_op.drop_column("newest_fix_at")
        batch_op.drop_column("first_fix_at")
        batch_op.drop_column("source")
    op.execute("DELETE FROM events WHERE origin IS NOT NULL")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_hulls")
        batch_op.drop_index("ix_events_origin")
        batch_op.drop_column("origin")
    with op.batch_alter_table("digests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_digests_recipient_after_id"))
        batch_op.drop_column("after_id")
        batch_op.drop_column("recipient")
    with op.batch_alter_table("delivery_tries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_tries_delivery_id"))
    op.drop_table("delivery_tries")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_status_next_try_at"))
    op.drop_table("deliveries")
    with op.batch_alter_table("watchlist_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watchlist_versions_list_name_published_at"))
    op.drop_table("watchlist_versions")
    with op.batch_alter_table("watchlist_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watchlist_entries_mmsi"))
        batch_op.drop_index(batch_op.f("ix_watchlist_entries_list_name"))
        batch_op.drop_index(batch_op.f("ix_watchlist_entries_imo"))
    op.drop_table("watchlist_entries")
    op.drop_table("sources")
    op.execute("DELETE FROM alert_history WHERE alert_id IS NULL")
    with op.batch_alter_table("alert_history", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alert_history_silence_id"), type_="foreignkey")
        batch_op.drop_column("note")
        batch_op.drop_column("silence_id")
        batch_op.alter_column("alert_id", existing_type=sa.String(length=64), nullable=False)
    op.drop_table("silences")
    op.drop_table("seen_files")
    op.drop_table("leases")
