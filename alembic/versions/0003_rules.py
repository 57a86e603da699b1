"""What rules about cargoes and about what did not follow must remember, and indexes of events by what is asked."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"

_CALLS = sa.text("kind = 'port_visit'")
_OF_THE_FOLD = sa.text("NOT derived")


def upgrade() -> None:
    op.create_table(
        "match_waiting",
        sa.Column("vessel_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vessel_id", name=op.f("pk_match_waiting")),
    )
    op.create_index(op.f("ix_match_waiting_due_at"), "match_waiting", ["due_at"], unique=False)
    op.create_table(
        "cargo_reach",
        sa.Column("first_id", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("first_id", "member", name=op.f("pk_cargo_reach")),
    )
    op.create_index(op.f("ix_cargo_reach_member"), "cargo_reach", ["member"], unique=False)
    op.drop_index("ix_events_slice_at", table_name="events")
    op.create_index(
        "ix_events_slice_at", "events", ["slice_at"], sqlite_where=_OF_THE_FOLD, postgresql_where=_OF_THE_FOLD
    )
    op.create_index("ix_events_calls", "events", ["zone_id", "start_at"], sqlite_where=_CALLS, postgresql_where=_CALLS)


def downgrade() -> None:
    op.drop_index("ix_events_calls", table_name="events")
    op.drop_index("ix_events_slice_at", table_name="events")
    op.create_index("ix_events_slice_at", "events", ["slice_at"], unique=False)
    op.drop_index(op.f("ix_cargo_reach_member"), table_name="cargo_reach")
    op.drop_table("cargo_reach")
    op.drop_index(op.f("ix_match_waiting_due_at"), table_name="match_waiting")
    op.drop_table("match_waiting")
