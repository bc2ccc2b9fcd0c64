"""Names of trips may be as long everywhere as at the doors: PostgreSQL would refuse a longer one than 40 in a projection."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NULLABLE = {
    "reported_control": True,
    "reported_incident": True,
    "trip_sheet": False,
    "declared_trip": False,
    "departure": False,
}


def upgrade() -> None:
    _resize(40, 64)


def downgrade() -> None:
    _resize(64, 40)


def _resize(before: int, after: int) -> None:
    for table, nullable in NULLABLE.items():
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "trip_id", type_=sa.String(after), existing_type=sa.String(before), existing_nullable=nullable
            )
