"""The first tables."""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("vessel_id", sa.String(length=64), nullable=False),
        sa.Column("mmsi", sa.Integer(), nullable=True),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("close_reason", sa.String(length=32), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_rule_id_vessel_id"), "alerts", ["rule_id", "vessel_id"], unique=False)
    op.create_index(op.f("ix_alerts_status"), "alerts", ["status"], unique=False)
    op.create_index(op.f("ix_alerts_vessel_id"), "alerts", ["vessel_id"], unique=False)
    op.create_table(
        "digests",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest_id", name=op.f("pk_digests")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mmsi", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_lat", sa.Float(), nullable=False),
        sa.Column("start_lon", sa.Float(), nullable=False),
        sa.Column("end_lat", sa.Float(), nullable=True),
        sa.Column("end_lon", sa.Float(), nullable=True),
        sa.Column("zone_id", sa.Text(), nullable=True),
        sa.Column("other_mmsi", sa.Integer(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("vessel_id", sa.String(length=32), nullable=True),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("flag", sa.String(length=8), nullable=True),
        sa.Column("type", sa.String(length=16), nullable=True),
        sa.Column("ship_type", sa.Integer(), nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("other_vessel_id", sa.String(length=32), nullable=True),
        sa.Column("other_imo", sa.Integer(), nullable=True),
        sa.Column("other_name", sa.Text(), nullable=True),
        sa.Column("other_flag", sa.String(length=8), nullable=True),
        sa.Column("other_type", sa.String(length=16), nullable=True),
        sa.Column("other_length_m", sa.Float(), nullable=True),
        sa.Column("slice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_mmsi"), "events", ["mmsi"], unique=False)
    op.create_index(
        "ix_events_other_mmsi",
        "events",
        ["other_mmsi"],
        unique=False,
        sqlite_where=sa.text("other_mmsi IS NOT NULL"),
        postgresql_where=sa.text("other_mmsi IS NOT NULL"),
    )
    op.create_index(
        "ix_events_other_vessel_id",
        "events",
        ["other_vessel_id"],
        unique=False,
        sqlite_where=sa.text("other_vessel_id IS NOT NULL"),
        postgresql_where=sa.text("other_vessel_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_events_slice_at"), "events", ["slice_at"], unique=False)
    op.create_index(op.f("ix_events_start_at"), "events", ["start_at"], unique=False)
    op.create_index(op.f("ix_events_vessel_id"), "events", ["vessel_id"], unique=False)
    op.create_table(
        "health",
        sa.Column("health_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("health_id", name=op.f("pk_health")),
    )
    op.create_index(op.f("ix_health_at"), "health", ["at"], unique=False)
    op.create_table(
        "identities",
        sa.Column("mmsi", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("callsign", sa.Text(), nullable=True),
        sa.Column("ship_type", sa.Integer(), nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("beam_m", sa.Float(), nullable=True),
        sa.Column("draught_m", sa.Float(), nullable=True),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("eta", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("mmsi", "seen_at", "ordinal", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_imo"), "identities", ["imo"], unique=False)
    op.create_index(op.f("ix_identities_seen_at"), "identities", ["seen_at"], unique=False)
    op.create_table(
        "loads",
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("rejects", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("load_id", name=op.f("pk_loads")),
        sa.UniqueConstraint("sha256", name=op.f("uq_loads_sha256")),
    )
    op.create_table(
        "match_queue",
        sa.Column("vessel_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("vessel_id", name=op.f("pk_match_queue")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "rule_faults",
        sa.Column("fault_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fault_id", name=op.f("pk_rule_faults")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_kind_started_at"), "runs", ["kind", "started_at"], unique=False)
    op.create_table(
        "slices",
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("positions", sa.BigInteger(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("state_digest", sa.String(length=64), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("start_at", name=op.f("pk_slices")),
    )
    op.create_table(
        "vessel_spans",
        sa.Column("mmsi", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vessel_id", sa.String(length=32), nullable=False),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("mmsi", "valid_from", name=op.f("pk_vessel_spans")),
    )
    op.create_index(op.f("ix_vessel_spans_vessel_id"), "vessel_spans", ["vessel_id"], unique=False)
    op.create_table(
        "alert_history",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_alert_history_alert_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alert_history")),
        sa.UniqueConstraint("prev_hash", name=op.f("uq_alert_history_prev_hash")),
    )
    op.create_index(op.f("ix_alert_history_alert_id"), "alert_history", ["alert_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_alert_history_alert_id"), table_name="alert_history")
    op.drop_table("alert_history")
    op.drop_index(op.f("ix_vessel_spans_vessel_id"), table_name="vessel_spans")
    op.drop_table("vessel_spans")
    op.drop_table("slices")
    op.drop_index(op.f("ix_runs_kind_started_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("rule_faults")
    op.drop_table("meta")
    op.drop_table("match_queue")
    op.drop_table("loads")
    op.drop_index(op.f("ix_identities_seen_at"), table_name="identities")
    op.drop_index(op.f("ix_identities_imo"), table_name="identities")
    op.drop_table("identities")
    op.drop_index(op.f("ix_health_at"), table_name="health")
    op.drop_table("health")
    op.drop_index(op.f("ix_events_vessel_id"), table_name="events")
    op.drop_index(op.f("ix_events_start_at"), table_name="events")
    op.drop_index(op.f("ix_events_slice_at"), table_name="events")
    op.drop_index(
        "ix_events_other_vessel_id",
        table_name="events",
        sqlite_where=sa.text("other_vessel_id IS NOT NULL"),
        postgresql_where=sa.text("other_vessel_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_events_other_mmsi",
        table_name="events",
        sqlite_where=sa.text("other_mmsi IS NOT NULL"),
        postgresql_where=sa.text("other_mmsi IS NOT NULL"),
    )
    op.drop_index(op.f("ix_events_mmsi"), table_name="events")
    op.drop_table("events")
    op.drop_table("digests")
    op.drop_index(op.f("ix_alerts_vessel_id"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_status"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_rule_id_vessel_id"), table_name="alerts")
    op.drop_table("alerts")
