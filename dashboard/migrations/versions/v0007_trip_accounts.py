"""Accounts of trips, the cells that indicators are sums of, and what departures' sheets said."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trip_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("seqs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "trip_id"),
    )
    op.create_index("ix_departure_vehicle_id", "departure", ["vehicle_id"], unique=False)
    op.create_table(
        "indicator_cell",
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("population", sa.String(length=8), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("crossings", sa.Integer(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("exit_stops", sa.Integer(), nullable=False),
        sa.Column("controls", sa.Integer(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("control_s", sa.Integer(), nullable=False),
        sa.Column("border_s", sa.Integer(), nullable=False),
        sa.Column("opening_s", sa.Integer(), nullable=False),
        sa.Column("slow_s", sa.Integer(), nullable=False),
        sa.Column("breakdown_s", sa.Integer(), nullable=False),
        sa.Column("halt_s", sa.Integer(), nullable=False),
        sa.Column("silent_s", sa.Integer(), nullable=False),
        sa.Column("driving_s", sa.Integer(), nullable=False),
        sa.Column("road_g", sa.Integer(), nullable=False),
        sa.Column("road_c", sa.Integer(), nullable=False),
        sa.Column("road_gc", sa.Integer(), nullable=False),
        sa.Column("border_g", sa.Integer(), nullable=False),
        sa.Column("border_c", sa.Integer(), nullable=False),
        sa.Column("border_l", sa.Integer(), nullable=False),
        sa.Column("border_gc", sa.Integer(), nullable=False),
        sa.Column("border_gl", sa.Integer(), nullable=False),
        sa.Column("border_cl", sa.Integer(), nullable=False),
        sa.Column("border_gcl", sa.Integer(), nullable=False),
        sa.CheckConstraint("population in ('in_order', 'other', 'out')", name="ck_indicator_cell_population"),
        sa.PrimaryKeyConstraint(
            "month", "corridor_id", "direction", "country", "agency", "population", "vehicle_id", "operator_id"
        ),
    )
    op.create_table(
        "indicator_money",
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("population", sa.String(length=8), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=6), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("payer", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.CheckConstraint("place in ('road', 'border')", name="ck_indicator_money_place"),
        sa.CheckConstraint("population in ('in_order', 'other', 'out')", name="ck_indicator_money_population"),
        sa.PrimaryKeyConstraint(
            "month",
            "corridor_id",
            "direction",
            "country",
            "agency",
            "population",
            "vehicle_id",
            "operator_id",
            "place",
            "basis",
            "payer",
            "currency",
        ),
    )
    op.create_table(
        "trip_account",
        sa.Column("trip_key", sa.String(length=16), nullable=False),
        sa.Column("trip_id", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("silent_share", sa.Float(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ended_at >= started_at", name="ck_trip_account_ends"),
        sa.PrimaryKeyConstraint("trip_key"),
    )
    op.create_index("ix_trip_account_corridor", "trip_account", ["corridor_id", "started_at"], unique=False)
    op.create_index("ix_trip_account_trip", "trip_account", ["trip_id"], unique=False)
    op.create_index("ix_trip_account_vehicle", "trip_account", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "exchange_rate",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("xof", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.CheckConstraint("xof > 0", name="ck_exchange_rate_xof"),
        sa.PrimaryKeyConstraint("currency", "on"),
    )


def downgrade() -> None:
    for table in ("exchange_rate", "trip_account", "indicator_money", "indicator_cell", "departure"):
        op.drop_table(table)
