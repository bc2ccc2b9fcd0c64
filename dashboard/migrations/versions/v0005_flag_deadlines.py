"""Flags have deadlines, and may be merged into one another."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("flag", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("flag", sa.Column("merged_into", sa.String(length=36), nullable=True))
    op.create_index("ix_flag_merged_into", "flag", ["merged_into"])


def downgrade() -> None:
    op.drop_index("ix_flag_merged_into", "flag")
    op.drop_column("flag", "merged_into")
    op.drop_column("flag", "due_on")
