"""Coaches' tracks, the facts about their ways, and what is counted of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "border_crossing",
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
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("exit_post", sa.String(length=40), nullable=False),
        sa.Column("entry_post", sa.String(length=40), nullable=False),
        sa.Column("km", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("basis", sa.String(length=6), nullable=False),
        sa.Column("line_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_s", sa.Float(), nullable=True),
        sa.Column("entry_s", sa.Float(), nullable=True),
        sa.Column("unsplit_s", sa.Float(), nullable=True),
        sa.CheckConstraint("basis in ('fences', 'line', 'gap')", name="ck_border_crossing_basis"),
        sa.CheckConstraint("state in ('under_way', 'crossed', 'turned_back')", name="ck_border_crossing_state"),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_border_crossing_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_border_crossing_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("border_crossing", schema=None) as batch_op:
        batch_op.create_index("ix_border_crossing_entry_post", ["entry_post", "started_at"], unique=False)
        batch_op.create_index("ix_border_crossing_exit_post", ["exit_post", "started_at"], unique=False)
        batch_op.create_index("ix_border_crossing_started", ["started_at"], unique=False)
        batch_op.create_index("ix_border_crossing_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_border_crossing_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "coach_memory",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("newest_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.Column("under_way", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )
    op.create_table(
        "coach_now",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=True),
        sa.Column("km", sa.Float(), nullable=True),
        sa.Column("direction", sa.String(length=4), nullable=True),
        sa.Column("section_id", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("trip_id", sa.String(length=64), nullable=True),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_coach_now_direction"),
        sa.CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="ck_coach_now_place"),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )
    with op.batch_alter_table("coach_now", schema=None) as batch_op:
        batch_op.create_index("ix_coach_now_operator", ["operator_id"], unique=False)

    op.create_table(
        "connection",
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
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("destination", sa.String(length=80), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("halted_s", sa.Float(), nullable=False),
        sa.Column("border_s", sa.Float(), nullable=False),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_connection_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_connection_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.create_index("ix_connection_started", ["started_at"], unique=False)
        batch_op.create_index("ix_connection_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_connection_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "declared_trip",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trip_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "trip_id"),
    )
    with op.batch_alter_table("declared_trip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declared_trip_vehicle_id"), ["vehicle_id"], unique=False)

    op.create_table(
        "dwell_day",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=7), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("late_n", sa.Integer(), nullable=False),
        sa.Column("dwell", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction in ('exit', 'entry', 'unsplit')", name="ck_dwell_day_direction"),
        sa.CheckConstraint("n > 0 and late_n between 0 and n", name="ck_dwell_day_n"),
        sa.PrimaryKeyConstraint("day", "post_id", "direction", "operator_id"),
    )
    with op.batch_alter_table("dwell_day", schema=None) as batch_op:
        batch_op.create_index("ix_dwell_day_post", ["post_id", "day"], unique=False)

    op.create_table(
        "dwell_hour",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=7), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("late_n", sa.Integer(), nullable=False),
        sa.Column("dwell", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction in ('exit', 'entry', 'unsplit')", name="ck_dwell_hour_direction"),
        sa.CheckConstraint("n > 0 and late_n between 0 and n", name="ck_dwell_hour_n"),
        sa.PrimaryKeyConstraint("hour", "post_id", "direction", "operator_id"),
    )
    with op.batch_alter_table("dwell_hour", schema=None) as batch_op:
        batch_op.create_index("ix_dwell_hour_post", ["post_id", "hour"], unique=False)

    op.create_table(
        "gap",
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
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=True),
        sa.Column("from_km", sa.Float(), nullable=True),
        sa.Column("to_km", sa.Float(), nullable=True),
        sa.CheckConstraint("kind in ('lost', 'late')", name="ck_gap_kind"),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_gap_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_gap_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index("ix_gap_corridor_id", ["corridor_id", "started_at"], unique=False)
        batch_op.create_index("ix_gap_started", ["started_at"], unique=False)
        batch_op.create_index("ix_gap_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_gap_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "halt",
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
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("spread_m", sa.Float(), nullable=False),
        sa.Column("fixes", sa.Integer(), nullable=False),
        sa.Column("creep_m", sa.Float(), nullable=False),
        sa.Column("unheard_s", sa.Float(), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=True),
        sa.Column("km", sa.Float(), nullable=True),
        sa.Column("offset_m", sa.Float(), nullable=True),
        sa.Column("section_id", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("post_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_halt_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_halt_ends"),
        sa.CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="ck_halt_place"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.create_index("ix_halt_corridor_id", ["corridor_id", "started_at"], unique=False)
        batch_op.create_index("ix_halt_section_id", ["section_id", "started_at"], unique=False)
        batch_op.create_index("ix_halt_started", ["started_at"], unique=False)
        batch_op.create_index("ix_halt_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_halt_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "hub_pair_week",
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("destination", sa.String(length=80), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("travel_s", sa.Integer(), nullable=False),
        sa.Column("halted_s", sa.Integer(), nullable=False),
        sa.Column("border_s", sa.Integer(), nullable=False),
        sa.Column("travel", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.CheckConstraint("trips > 0", name="ck_hub_pair_week_trips"),
        sa.PrimaryKeyConstraint("week", "origin", "destination", "operator_id"),
    )
    with op.batch_alter_table("hub_pair_week", schema=None) as batch_op:
        batch_op.create_index("ix_hub_pair_week_pair", ["origin", "destination", "week"], unique=False)

    op.create_table(
        "logged_dwell_hour",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("late_n", sa.Integer(), nullable=False),
        sa.Column("dwell", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction in ('exit', 'entry')", name="ck_logged_dwell_hour_direction"),
        sa.CheckConstraint("n > 0 and late_n between 0 and n", name="ck_logged_dwell_hour_n"),
        sa.PrimaryKeyConstraint("hour", "post_id", "direction", "agency"),
    )
    with op.batch_alter_table("logged_dwell_hour", schema=None) as batch_op:
        batch_op.create_index("ix_logged_dwell_hour_post", ["post_id", "hour"], unique=False)

    op.create_table(
        "refused_fix",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name="ck_refused_fix_count"),
        sa.PrimaryKeyConstraint("vehicle_id", "hour", "reason"),
    )
    with op.batch_alter_table("refused_fix", schema=None) as batch_op:
        batch_op.create_index("ix_refused_fix_hour", ["hour"], unique=False)

    op.create_table(
        "section_day",
        sa.Column("section_id", sa.String(length=120), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("late_trips", sa.Integer(), nullable=False),
        sa.Column("travel_s", sa.Integer(), nullable=False),
        sa.Column("halted_s", sa.Integer(), nullable=False),
        sa.Column("travel", sa.LargeBinary(), nullable=False),
        sa.Column("road", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_section_day_direction"),
        sa.CheckConstraint("trips > 0 and late_trips between 0 and trips", name="ck_section_day_trips"),
        sa.PrimaryKeyConstraint("day", "section_id", "direction", "operator_id"),
    )
    with op.batch_alter_table("section_day", schema=None) as batch_op:
        batch_op.create_index("ix_section_day_section", ["section_id", "direction", "day"], unique=False)

    op.create_table(
        "section_hour",
        sa.Column("section_id", sa.String(length=120), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("late_trips", sa.Integer(), nullable=False),
        sa.Column("travel_s", sa.Integer(), nullable=False),
        sa.Column("halted_s", sa.Integer(), nullable=False),
        sa.Column("travel", sa.LargeBinary(), nullable=False),
        sa.Column("road", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_section_hour_direction"),
        sa.CheckConstraint("trips > 0 and late_trips between 0 and trips", name="ck_section_hour_trips"),
        sa.PrimaryKeyConstraint("operator_id", "hour", "section_id", "direction"),
    )
    with op.batch_alter_table("section_hour", schema=None) as batch_op:
        batch_op.create_index("ix_section_hour_section", ["section_id", "direction", "hour"], unique=False)

    op.create_table(
        "section_pass",
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
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("length_km", sa.Float(), nullable=False),
        sa.Column("halted_s", sa.Float(), nullable=False),
        sa.Column("border_s", sa.Float(), nullable=False),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_section_pass_direction"),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_section_pass_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_section_pass_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("section_pass", schema=None) as batch_op:
        batch_op.create_index("ix_section_pass_section_id", ["section_id", "started_at"], unique=False)
        batch_op.create_index("ix_section_pass_started", ["started_at"], unique=False)
        batch_op.create_index("ix_section_pass_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_section_pass_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "silence_cell",
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("cell_km", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("lost_s", sa.Integer(), nullable=False),
        sa.Column("late_s", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.CheckConstraint("lost >= 0 and late >= 0 and lost + late > 0", name="ck_silence_cell_counts"),
        sa.PrimaryKeyConstraint("day", "corridor_id", "cell_km", "vehicle_id"),
    )
    with op.batch_alter_table("silence_cell", schema=None) as batch_op:
        batch_op.create_index("ix_silence_cell_corridor", ["corridor_id", "day"], unique=False)

    op.create_table(
        "trip_cell",
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("cell_km", sa.Integer(), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.CheckConstraint("passes > 0", name="ck_trip_cell_passes"),
        sa.PrimaryKeyConstraint("day", "corridor_id", "cell_km"),
    )
    with op.batch_alter_table("trip_cell", schema=None) as batch_op:
        batch_op.create_index("ix_trip_cell_corridor", ["corridor_id", "day"], unique=False)

    op.create_table(
        "trip_run",
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
        sa.Column("trip_id", sa.String(length=64), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("start_km", sa.Float(), nullable=False),
        sa.Column("end_km", sa.Float(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=True),
        sa.Column("destination", sa.String(length=80), nullable=True),
        sa.Column("halted_s", sa.Float(), nullable=False),
        sa.Column("border_s", sa.Float(), nullable=False),
        sa.Column("silent_s", sa.Float(), nullable=False),
        sa.Column("ending", sa.String(length=9), nullable=True),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.CheckConstraint("direction in ('up', 'down')", name="ck_trip_run_direction"),
        sa.CheckConstraint(
            "ending in ('arrived', 'declared', 'turned', 'left', 'lost', 'next', 'cancelled')",
            name="ck_trip_run_ending",
        ),
        sa.CheckConstraint("(settled_at is null) = (settled_hour is null)", name="ck_trip_run_settled"),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name="ck_trip_run_ends"),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    with op.batch_alter_table("trip_run", schema=None) as batch_op:
        batch_op.create_index("ix_trip_run_corridor_id", ["corridor_id", "started_at"], unique=False)
        batch_op.create_index("ix_trip_run_started", ["started_at"], unique=False)
        batch_op.create_index("ix_trip_run_taken_back", ["vehicle_id", "settled_hour"], unique=False)
        batch_op.create_index("ix_trip_run_trip_id", ["trip_id", "started_at"], unique=False)
        batch_op.create_index("ix_trip_run_vehicle", ["vehicle_id", "started_at"], unique=False)

    op.create_table(
        "vehicle_track",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("devices", sa.String(), nullable=False),
        sa.Column("fixes", sa.LargeBinary(), nullable=False),
        sa.Column("memory_before", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("count > 0", name="ck_vehicle_track_count"),
        sa.PrimaryKeyConstraint("vehicle_id", "hour"),
    )


def downgrade() -> None:
    op.drop_table("vehicle_track")
    with op.batch_alter_table("trip_run", schema=None) as batch_op:
        batch_op.drop_index("ix_trip_run_vehicle")
        batch_op.drop_index("ix_trip_run_trip_id")
        batch_op.drop_index("ix_trip_run_taken_back")
        batch_op.drop_index("ix_trip_run_started")
        batch_op.drop_index("ix_trip_run_corridor_id")

    op.drop_table("trip_run")
    with op.batch_alter_table("trip_cell", schema=None) as batch_op:
        batch_op.drop_index("ix_trip_cell_corridor")

    op.drop_table("trip_cell")
    with op.batch_alter_table("silence_cell", schema=None) as batch_op:
        batch_op.drop_index("ix_silence_cell_corridor")

    op.drop_table("silence_cell")
    with op.batch_alter_table("section_pass", schema=None) as batch_op:
        batch_op.drop_index("ix_section_pass_vehicle")
        batch_op.drop_index("ix_section_pass_taken_back")
        batch_op.drop_index("ix_section_pass_started")
        batch_op.drop_index("ix_section_pass_section_id")

    op.drop_table("section_pass")
    with op.batch_alter_table("section_hour", schema=None) as batch_op:
        batch_op.drop_index("ix_section_hour_section")

    op.drop_table("section_hour")
    with op.batch_alter_table("section_day", schema=None) as batch_op:
        batch_op.drop_index("ix_section_day_section")

    op.drop_table("section_day")
    with op.batch_alter_table("refused_fix", schema=None) as batch_op:
        batch_op.drop_index("ix_refused_fix_hour")

    op.drop_table("refused_fix")
    with op.batch_alter_table("logged_dwell_hour", schema=None) as batch_op:
        batch_op.drop_index("ix_logged_dwell_hour_post")

    op.drop_table("logged_dwell_hour")
    with op.batch_alter_table("hub_pair_week", schema=None) as batch_op:
        batch_op.drop_index("ix_hub_pair_week_pair")

    op.drop_table("hub_pair_week")
    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.drop_index("ix_halt_vehicle")
        batch_op.drop_index("ix_halt_taken_back")
        batch_op.drop_index("ix_halt_started")
        batch_op.drop_index("ix_halt_section_id")
        batch_op.drop_index("ix_halt_corridor_id")

    op.drop_table("halt")
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.drop_index("ix_gap_vehicle")
        batch_op.drop_index("ix_gap_taken_back")
        batch_op.drop_index("ix_gap_started")
        batch_op.drop_index("ix_gap_corridor_id")

    op.drop_table("gap")
    with op.batch_alter_table("dwell_hour", schema=None) as batch_op:
        batch_op.drop_index("ix_dwell_hour_post")

    op.drop_table("dwell_hour")
    with op.batch_alter_table("dwell_day", schema=None) as batch_op:
        batch_op.drop_index("ix_dwell_day_post")

    op.drop_table("dwell_day")
    with op.batch_alter_table("declared_trip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_trip_vehicle_id"))

    op.drop_table("declared_trip")
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_index("ix_connection_vehicle")
        batch_op.drop_index("ix_connection_taken_back")
        batch_op.drop_index("ix_connection_started")

    op.drop_table("connection")
    with op.batch_alter_table("coach_now", schema=None) as batch_op:
        batch_op.drop_index("ix_coach_now_operator")

    op.drop_table("coach_now")
    op.drop_table("coach_memory")
    with op.batch_alter_table("border_crossing", schema=None) as batch_op:
        batch_op.drop_index("ix_border_crossing_vehicle")
        batch_op.drop_index("ix_border_crossing_taken_back")
        batch_op.drop_index("ix_border_crossing_started")
        batch_op.drop_index("ix_border_crossing_exit_post")
        batch_op.drop_index("ix_border_crossing_entry_post")

    op.drop_table("border_crossing")
