"""Events told from other events, and where a radio was when it declared itself."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("identities") as table:
        table.add_column(sa.Column("seg", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("lat", sa.Float(), nullable=True))
        table.add_column(sa.Column("lon", sa.Float(), nullable=True))
    with op.batch_alter_table("identities") as table:
        table.alter_column("seg", server_default=None)
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("derived", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.alter_column("start_lat", existing_type=sa.Float(), nullable=True)
        table.alter_column("start_lon", existing_type=sa.Float(), nullable=True)
    with op.batch_alter_table("events") as table:
        table.alter_column("derived", server_default=None)
    with op.batch_alter_table("health") as table:
        table.add_column(sa.Column("start_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("end_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("details", sa.Text(), nullable=True))
    op.drop_index(op.f("ix_vessel_spans_vessel_id"), table_name="vessel_spans")
    op.drop_table("vessel_spans")


def downgrade() -> None:
    op.create_table(
        "vessel_spans",
        sa.Column("mmsi", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vessel_id", sa.String(length=32), nullable=False),
        sa.Column("imo", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("mmsi", "valid_from", name=op.f("pk_vessel_spans")),
    )
    op.create_index(op.f("ix_vessel_spans_vessel_id"), "vessel_spans", ["vessel_id"], unique=False)
    with op.batch_alter_table("health") as table:
        table.drop_column("start_at")
        table.drop_column("end_at")
        table.drop_column("details")
    op.execute("DELETE FROM events WHERE derived OR start_lat IS NULL")
    with op.batch_alter_table("events") as table:
        table.drop_column("derived")
        table.alter_column("start_lat", existing_type=sa.Float(), nullable=False)
        table.alter_column("start_lon", existing_type=sa.Float(), nullable=False)
    with op.batch_alter_table("identities") as table:
        table.drop_column("seg")
        table.drop_column("lat")
        table.drop_column("lon")
