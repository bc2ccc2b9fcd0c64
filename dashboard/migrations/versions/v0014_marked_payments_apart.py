"""Payments for the observatory only stand in cells of their own, so that sums of an operator's coaches can leave them out.

Accounts are counted anew with everything that they are made of; the pipeline fills it again by itself at the next start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = (
    "vehicle_track", "coach_memory", "declared_trip", "refused_fix", "coach_now", "trip_run", "halt", "border_crossing",
    "section_pass", "section_pace", "connection", "gap", "section_hour", "section_day", "dwell_hour", "dwell_day",
    "hub_pair_week", "silence_cell", "trip_cell", "reconciled_crossing", "trip_account", "indicator_cell",
)  # fmt: skip
KEYS = (
    ("month", sa.Integer()), ("corridor_id", sa.String(40)), ("direction", sa.String(4)), ("country", sa.String(2)),
    ("agency", sa.String(40)), ("population", sa.String(8)), ("vehicle_id", sa.String(40)), ("operator_id", sa.String(40)),
    ("place", sa.String(6)), ("basis", sa.String(20)), ("payer", sa.String(10)), ("currency", sa.String(3)),
)  # fmt: skip


def upgrade() -> None:
    _make_anew(*KEYS, ("observatory_only", sa.Boolean()))


def downgrade() -> None:
    _make_anew(*KEYS)


def _make_anew(*keys: tuple[str, sa.types.TypeEngine]) -> None:
    op.drop_table("indicator_money")
    op.create_table(
        "indicator_money",
        *(sa.Column(name, kind, nullable=False) for name, kind in keys),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.CheckConstraint("place in ('road', 'border')", name="ck_indicator_money_place"),
        sa.CheckConstraint("population in ('in_order', 'other', 'out')", name="ck_indicator_money_population"),
        sa.PrimaryKeyConstraint(*(name for name, _ in keys)),
    )
    for table in TABLES:
        op.execute(f"delete from {table}")
    op.execute("delete from projection_cursor where name in ('journeys', 'reconciled_crossings', 'trip_accounts')")
