"""Trip sheets are found by when the trip begins. The pipeline makes them anew at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _empty()
    with op.batch_alter_table("trip_sheet") as batch:
        batch.add_column(sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False))
        batch.create_index("ix_trip_sheet_begins_at", ["begins_at"])


def downgrade() -> None:
    _empty()
    with op.batch_alter_table("trip_sheet") as batch:
        batch.drop_index("ix_trip_sheet_begins_at")
        batch.drop_column("begins_at")


def _empty() -> None:
    op.execute("delete from trip_sheet")
    op.execute("delete from projection_cursor where name = 'trip_sheets'")
