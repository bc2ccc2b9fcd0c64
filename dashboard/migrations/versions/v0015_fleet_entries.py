"""Coaches, crews and devices that were entered without a network are registered once, however often they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fleet_entry",
        sa.Column("operator_id", sa.String(40), sa.ForeignKey("operator.operator_id"), primary_key=True),
        sa.Column("entry_id", sa.String(36), primary_key=True),
        sa.Column("body_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body_hash) = 32", name="ck_fleet_entry_hash"),
    )


def downgrade() -> None:
    op.drop_table("fleet_entry")
