"""The pace of passes: when each quarter of a kilometre of a section was driven."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "section_pace",
        sa.Column("fact_id", sa.String(length=16), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("settled_hour", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("section_id", sa.String(length=120), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("every_s", sa.Float(), nullable=False),
        sa.Column("cuts_s", sa.JSON(), nullable=False),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_section_pace_direction"),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_section_pace_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_section_pace_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    op.create_index("ix_section_pace_section_id", "section_pace", ["section_id", "started_at"])
    op.create_index("ix_section_pace_started", "section_pace", ["started_at"])
    op.create_index("ix_section_pace_taken_back", "section_pace", ["vehicle_id", "settled_hour"])
    op.create_index("ix_section_pace_vehicle", "section_pace", ["vehicle_id", "started_at"])


def downgrade() -> None:
    op.drop_table("section_pace")
