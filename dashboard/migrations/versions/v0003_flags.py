"""Flags: findings with a name that lasts, their evidence, and what people decided."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("flag_id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corridor_id", sa.String(length=40), nullable=True),
        sa.Column("km", sa.Float(), nullable=True),
        sa.Column("from_km", sa.Float(), nullable=True),
        sa.Column("to_km", sa.Float(), nullable=True),
        sa.Column("section_id", sa.String(length=120), nullable=True),
        sa.Column("section_km", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("direction", sa.String(length=4), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("post_id", sa.String(length=40), nullable=True),
        sa.Column("vehicle_id", sa.String(length=40), nullable=True),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("estimate", sa.JSON(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "status in ('open', 'reviewing', 'corroborated', 'confirmed_unauthorised', 'referred', 'dismissed', 'resolved', 'closed_quiet', 'withdrawn')",
            name="ck_flag_status",
        ),
        sa.CheckConstraint("confidence between 0 and 1", name="ck_flag_confidence"),
        sa.CheckConstraint("last_seen_at >= first_seen_at", name="ck_flag_seen"),
        sa.PrimaryKeyConstraint("flag_id"),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_corridor_id"), ["corridor_id"], unique=False)
        batch_op.create_index("ix_flag_listed", ["kind", "status", "last_seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_rule"), ["rule"], unique=False)

    op.create_table(
        "flag_decision",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("flag_id", sa.String(length=36), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("flag_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_decision_flag_id"), ["flag_id"], unique=False)

    op.create_table(
        "flag_evidence",
        sa.Column("flag_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("flag_id", "number"),
    )
    with op.batch_alter_table("flag_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_evidence_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "rule_run",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule"),
    )


def downgrade() -> None:
    op.drop_table("rule_run")
    with op.batch_alter_table("flag_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_evidence_operator_id"))

    op.drop_table("flag_evidence")
    with op.batch_alter_table("flag_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_decision_flag_id"))

    op.drop_table("flag_decision")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_rule"))
        batch_op.drop_index("ix_flag_listed")
        batch_op.drop_index(batch_op.f("ix_flag_corridor_id"))

    op.drop_table("flag")
