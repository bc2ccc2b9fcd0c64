"""Every table of the first version."""

import sqlalchemy as sa
from alembic import op

from dashboard.audit import POSTGRESQL_AFTER_DROP, POSTGRESQL_TRIGGERS, SQLITE_TRIGGERS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency_point",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("radius_basis", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=True),
        sa.Column("closes", sa.Integer(), nullable=True),
        sa.Column("holiday_opens", sa.Integer(), nullable=True),
        sa.Column("holiday_closes", sa.Integer(), nullable=True),
        sa.Column("hours_source", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name="agency_point_on_earth"
        ),
        sa.CheckConstraint("opens between 0 and 1440 and closes between 0 and 1440", name="agency_point_hours"),
        sa.CheckConstraint("radius_m > 0 and radius_m <= 20000", name="agency_point_radius"),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from <= valid_to", name="agency_point_dates"
        ),
        sa.PrimaryKeyConstraint("row_id"),
    )
    with op.batch_alter_table("agency_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_point_post_id"), ["post_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=120), nullable=False),
        sa.Column("details", sa.String(length=4000), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(chain) = 32", name="ck_audit_entry_chain"),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_action", ["action", "seq"], unique=False)
        batch_op.create_index("ix_audit_entry_actor", ["actor", "seq"], unique=False)

    op.create_table(
        "border_post",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("counterpart_id", sa.String(length=40), nullable=True),
        sa.Column("counterpart_name", sa.String(), nullable=False),
        sa.Column("counterpart_country", sa.String(length=2), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("crossing_latitude", sa.Float(), nullable=True),
        sa.Column("crossing_longitude", sa.Float(), nullable=True),
        sa.Column("position_confidence", sa.String(length=16), nullable=False),
        sa.Column("is_joint", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint("(crossing_latitude is null) = (crossing_longitude is null)", name="border_post_crossing"),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name="border_post_on_earth"
        ),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from <= valid_to", name="border_post_dates"
        ),
        sa.PrimaryKeyConstraint("row_id"),
    )
    with op.batch_alter_table("border_post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_border_post_id"), ["id"], unique=False)

    op.create_table(
        "broker_secret",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "control_act",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("coverage", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("precision", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from <= valid_to", name="control_act_dates"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "control_point",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("act_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=24), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("stretches", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint("basis in ('town_entries_exits', 'point')", name="control_point_basis"),
        sa.CheckConstraint("status in ('authorised', 'uncertain')", name="control_point_status"),
        sa.CheckConstraint("(latitude is null) = (longitude is null)", name="control_point_point"),
        sa.CheckConstraint("latitude is null or latitude between -90 and 90", name="control_point_latitude"),
        sa.CheckConstraint("longitude is null or longitude between -180 and 180", name="control_point_longitude"),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from <= valid_to", name="control_point_dates"
        ),
        sa.PrimaryKeyConstraint("row_id"),
    )
    with op.batch_alter_table("control_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_control_point_id"), ["id"], unique=False)

    op.create_table(
        "corridor",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('international', 'domestic', 'non_member')", name="corridor_kind"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "corridor_line",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quality", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.Column("vertices", sa.Text(), nullable=False),
        sa.CheckConstraint("quality in ('coarse', 'imported', 'routed')", name="corridor_line_quality"),
        sa.PrimaryKeyConstraint("row_id"),
        sa.UniqueConstraint("corridor_id", "version", name="corridor_line_version"),
    )
    with op.batch_alter_table("corridor_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corridor_line_corridor_id"), ["corridor_id"], unique=False)

    op.create_table(
        "corridor_milestone",
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("exit_place", sa.String(length=40), nullable=False),
        sa.Column("entry_place", sa.String(length=40), nullable=False),
        sa.Column("exit_country", sa.String(length=2), nullable=True),
        sa.Column("entry_country", sa.String(length=2), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.CheckConstraint("kind in ('hub', 'border')", name="corridor_milestone_kind"),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name="corridor_milestone_on_earth"
        ),
        sa.PrimaryKeyConstraint("corridor_id", "seq"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.String(length=90), nullable=True),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("post_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replay_outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint("(replayed_at is null) = (replay_outcome is null)", name="ck_dead_letter_replay"),
        sa.CheckConstraint("length(fingerprint) = 32 and times > 0 and size >= 0", name="ck_dead_letter"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.create_index("ix_dead_letter_device", ["device_id", "id"], unique=False)
        batch_op.create_index("ix_dead_letter_operator", ["operator_id", "id"], unique=False)
        batch_op.create_index("uq_dead_letter_fingerprint", ["fingerprint"], unique=True)

    op.create_table(
        "device",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("vehicle_id", sa.String(length=40), nullable=True),
        sa.Column("post_id", sa.String(length=40), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mqtt_hash", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_skew_s", sa.Float(), nullable=True),
        sa.Column("usual_clock_skew_s", sa.Float(), nullable=True),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("last_refusal_codes", sa.String(length=400), nullable=True),
        sa.Column("last_refusal_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind <> 'post' or (post_id is not null and agency is not null)", name="ck_device_post"),
        sa.CheckConstraint("kind in ('fitted', 'personal', 'post', 'system')", name="ck_device_kind"),
        sa.CheckConstraint(
            "kind not in ('fitted', 'personal') or (operator_id is not null and vehicle_id is not null)",
            name="ck_device_vehicle",
        ),
        sa.CheckConstraint("length(token_hash) = 32", name="ck_device_token_hash"),
        sa.CheckConstraint("operator_id is not null or post_id is not null", name="ck_device_scope"),
        sa.PrimaryKeyConstraint("device_id"),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_revision", ["revision"], unique=False)
        batch_op.create_index("ix_device_token_hash", ["token_hash"], unique=True)

    op.create_table(
        "device_refusal",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("times > 0", name="ck_device_refusal_times"),
        sa.PrimaryKeyConstraint("device_id", "code", "topic"),
    )
    op.create_table(
        "hub",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="hub_on_earth"),
        sa.CheckConstraint("valid_from is null or valid_to is null or valid_from <= valid_to", name="hub_dates"),
        sa.PrimaryKeyConstraint("row_id"),
    )
    with op.batch_alter_table("hub", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hub_id"), ["id"], unique=False)

    op.create_table(
        "ingest_worker",
        sa.Column("worker_id", sa.String(length=60), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker_id"),
    )
    op.create_table(
        "latest_position",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("speed_mps", sa.Float(), nullable=True),
        sa.Column("bearing_deg", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("battery_percent", sa.Float(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name="ck_latest_position_place"
        ),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )
    with op.batch_alter_table("latest_position", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_latest_position_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "latest_post_status",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("queue_length", sa.Integer(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "status in ('open', 'restricted', 'suspended', 'closed')", name="ck_latest_post_status_status"
        ),
        sa.PrimaryKeyConstraint("post_id", "agency"),
    )
    op.create_table(
        "logged_crossing",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=True),
        sa.Column("license_plate", sa.String(length=40), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processing_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("passengers", sa.Integer(), nullable=True),
        sa.Column("minors", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("direction in ('exit', 'entry')", name="ck_logged_crossing_direction"),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("logged_crossing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_logged_crossing_arrived_at"), ["arrived_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_logged_crossing_post_id"), ["post_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_logged_crossing_vehicle_id"), ["vehicle_id"], unique=False)

    op.create_table(
        "message_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=90), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(content_hash) = 32 and length(chain) = 32", name="ck_message_log_hashes"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("message_id", "subject", name="uq_message_log_message_subject"),
    )
    with op.batch_alter_table("message_log", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_log_trips",
            ["subject", "observed_at"],
            unique=False,
            postgresql_where=sa.text("kind = 'trip'"),
            sqlite_where=sa.text("kind = 'trip'"),
        )

    op.create_table(
        "operator",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(country) = 2", name="ck_operator_country"),
        sa.PrimaryKeyConstraint("operator_id"),
    )
    op.create_table(
        "partition_lease",
        sa.Column("lane", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("lane"),
    )
    op.create_table(
        "post_state",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("precision", sa.String(length=16), nullable=False),
        sa.CheckConstraint("status in ('open', 'restricted', 'suspended', 'closed')", name="post_state_status"),
        sa.CheckConstraint("valid_from is null or valid_to is null or valid_from <= valid_to", name="post_state_dates"),
        sa.PrimaryKeyConstraint("row_id"),
    )
    with op.batch_alter_table("post_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_state_post_id"), ["post_id"], unique=False)

    op.create_table(
        "projection_cursor",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "reported_control",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("trip_id", sa.String(length=40), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("in_order", sa.Boolean(), nullable=True),
        sa.Column("payments", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("harassment", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("reported_control", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reported_control_observed_at"), ["observed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reported_control_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "reported_incident",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("trip_id", sa.String(length=40), nullable=True),
        sa.Column("incident_type", sa.String(length=20), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("delay_s", sa.Float(), nullable=True),
        sa.Column("harassment", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("reported_incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reported_incident_observed_at"), ["observed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reported_incident_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "seal_key",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped is null) = (erased_at is not null)", name="ck_seal_key_erased"),
        sa.CheckConstraint("wrapped is null or length(wrapped) = 60", name="ck_seal_key_wrapped"),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "trip_sheet",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("trip_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.JSON(), nullable=False),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "trip_id"),
    )
    with op.batch_alter_table("trip_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trip_sheet_last_seq"), ["last_seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_trip_sheet_vehicle_id"), ["vehicle_id"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("post_id", sa.String(length=40), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_sealed", sa.String(length=400), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role <> 'official' or agency is not null) and (agency is null or role in ('official', 'focal_point'))",
            name="ck_user_account_agency",
        ),
        sa.CheckConstraint("(role = 'focal_point') = (country is not null)", name="ck_user_account_country"),
        sa.CheckConstraint("(role = 'official') = (post_id is not null)", name="ck_user_account_post"),
        sa.CheckConstraint(
            "(role in ('dispatcher', 'driver')) = (operator_id is not null)", name="ck_user_account_operator"
        ),
        sa.CheckConstraint("language in ('en', 'fr', 'pt')", name="ck_user_account_language"),
        sa.CheckConstraint(
            "role in ('dispatcher', 'driver', 'official', 'focal_point', 'monitor', 'protection_officer', 'administrator')",
            name="ck_user_account_role",
        ),
        sa.CheckConstraint("username = lower(username) and length(username) >= 2", name="ck_user_account_username"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "vehicle_contact",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=True),
        sa.Column("online_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )
    with op.batch_alter_table("vehicle_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vehicle_contact_heard_at"), ["heard_at"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name="ck_api_token_expiry"),
        sa.CheckConstraint("length(name) >= 1", name="ck_api_token_name"),
        sa.CheckConstraint("length(token_hash) = 32", name="ck_api_token_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('invitation', 'reset')", name="ck_invitation_purpose"),
        sa.CheckConstraint("expires_at > created_at", name="ck_invitation_expiry"),
        sa.CheckConstraint("length(token_hash) = 32", name="ck_invitation_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(code_hash) = 32", name="ck_recovery_code_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)

    op.create_table(
        "vehicle",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("license_plate", sa.String(length=20), nullable=True),
        sa.Column("plate_key", sa.String(length=20), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.operator_id"],
        ),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )
    with op.batch_alter_table("vehicle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vehicle_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vehicle_plate_key"), ["plate_key"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=4), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage in ('code', 'full')", name="ck_web_session_stage"),
        sa.CheckConstraint("length(token_hash) = 32", name="ck_web_session_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_user_id"), ["user_id"], unique=False)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_user_id"))

    op.drop_table("web_session")
    with op.batch_alter_table("vehicle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vehicle_plate_key"))
        batch_op.drop_index(batch_op.f("ix_vehicle_operator_id"))

    op.drop_table("vehicle")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_user_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_user_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("vehicle_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vehicle_contact_heard_at"))

    op.drop_table("vehicle_contact")
    op.drop_table("user_account")
    with op.batch_alter_table("trip_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trip_sheet_vehicle_id"))
        batch_op.drop_index(batch_op.f("ix_trip_sheet_last_seq"))

    op.drop_table("trip_sheet")
    op.drop_table("seal_key")
    with op.batch_alter_table("reported_incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reported_incident_operator_id"))
        batch_op.drop_index(batch_op.f("ix_reported_incident_observed_at"))

    op.drop_table("reported_incident")
    with op.batch_alter_table("reported_control", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reported_control_operator_id"))
        batch_op.drop_index(batch_op.f("ix_reported_control_observed_at"))

    op.drop_table("reported_control")
    op.drop_table("projection_cursor")
    with op.batch_alter_table("post_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_state_post_id"))

    op.drop_table("post_state")
    op.drop_table("partition_lease")
    op.drop_table("operator")
    with op.batch_alter_table("message_log", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_message_log_trips", postgresql_where=sa.text("kind = 'trip'"), sqlite_where=sa.text("kind = 'trip'")
        )

    op.drop_table("message_log")
    with op.batch_alter_table("logged_crossing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_logged_crossing_vehicle_id"))
        batch_op.drop_index(batch_op.f("ix_logged_crossing_post_id"))
        batch_op.drop_index(batch_op.f("ix_logged_crossing_arrived_at"))

    op.drop_table("logged_crossing")
    op.drop_table("latest_post_status")
    with op.batch_alter_table("latest_position", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_latest_position_operator_id"))

    op.drop_table("latest_position")
    op.drop_table("ingest_worker")
    with op.batch_alter_table("hub", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hub_id"))

    op.drop_table("hub")
    op.drop_table("device_refusal")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_token_hash")
        batch_op.drop_index("ix_device_revision")

    op.drop_table("device")
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.drop_index("uq_dead_letter_fingerprint")
        batch_op.drop_index("ix_dead_letter_operator")
        batch_op.drop_index("ix_dead_letter_device")

    op.drop_table("dead_letter")
    op.drop_table("corridor_milestone")
    with op.batch_alter_table("corridor_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corridor_line_corridor_id"))

    op.drop_table("corridor_line")
    op.drop_table("corridor")
    with op.batch_alter_table("control_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_control_point_id"))

    op.drop_table("control_point")
    op.drop_table("control_act")
    op.drop_table("broker_secret")
    with op.batch_alter_table("border_post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_border_post_id"))

    op.drop_table("border_post")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_actor")
        batch_op.drop_index("ix_audit_entry_action")

    op.drop_table("audit_entry")
    with op.batch_alter_table("agency_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_point_post_id"))

    op.drop_table("agency_point")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(POSTGRESQL_AFTER_DROP)
