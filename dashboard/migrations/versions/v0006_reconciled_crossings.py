"""Crossings from both sides: positions, crews and the posts' logs as one sequence."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A projection: it is filled anew from the log, with the columns it had not.
    op.execute("delete from logged_crossing")
    op.execute("delete from projection_cursor where name = 'logged_crossings'")
    with op.batch_alter_table("logged_crossing") as batch_op:
        batch_op.add_column(sa.Column("coach", sa.String(length=47), nullable=False))
        batch_op.add_column(sa.Column("operator_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("written_at", sa.DateTime(timezone=True), nullable=False))
        batch_op.create_index("ix_logged_crossing_coach", ["coach"], unique=False)

    op.create_table(
        "reconciled_crossing",
        sa.Column("crossing_id", sa.String(length=16), nullable=False),
        sa.Column("coach", sa.String(length=47), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=True),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("corridor_id", sa.String(length=40), nullable=True),
        sa.Column("trip_id", sa.String(length=64), nullable=True),
        sa.Column("exit_post", sa.String(length=40), nullable=True),
        sa.Column("entry_post", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=11), nullable=True),
        sa.Column("basis", sa.String(length=6), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_state", sa.String(length=11), nullable=False),
        sa.Column("exit_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_s", sa.Float(), nullable=True),
        sa.Column("exit_waited_s", sa.Float(), nullable=False),
        sa.Column("exit_logged_s", sa.Float(), nullable=True),
        sa.Column("exit_difference_s", sa.Float(), nullable=True),
        sa.Column("entry_state", sa.String(length=11), nullable=False),
        sa.Column("entry_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_s", sa.Float(), nullable=True),
        sa.Column("entry_waited_s", sa.Float(), nullable=False),
        sa.Column("entry_logged_s", sa.Float(), nullable=True),
        sa.Column("entry_difference_s", sa.Float(), nullable=True),
        sa.Column("unsplit_s", sa.Float(), nullable=True),
        sa.Column("unsplit_difference_s", sa.Float(), nullable=True),
        sa.Column("order_contradicts", sa.Boolean(), nullable=False),
        sa.Column("seen_id", sa.String(length=16), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("first_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "exit_state in ('matched', 'logged_only', 'seen_only', 'told_only', 'disputed', 'off_post', 'nothing')",
            name="ck_reconciled_crossing_exit_state",
        ),
        sa.CheckConstraint(
            "entry_state in ('matched', 'logged_only', 'seen_only', 'told_only', 'disputed', 'off_post', 'nothing')",
            name="ck_reconciled_crossing_entry_state",
        ),
        sa.CheckConstraint("state in ('crossed', 'turned_back')", name="ck_reconciled_crossing_state"),
        sa.CheckConstraint("ended_at >= started_at", name="ck_reconciled_crossing_ends"),
        sa.PrimaryKeyConstraint("crossing_id"),
    )
    op.create_index("ix_reconciled_crossing_coach", "reconciled_crossing", ["coach", "started_at"])
    op.create_index("ix_reconciled_crossing_exit", "reconciled_crossing", ["exit_post", "started_at"])
    op.create_index("ix_reconciled_crossing_entry", "reconciled_crossing", ["entry_post", "started_at"])
    op.create_index("ix_reconciled_crossing_started", "reconciled_crossing", ["started_at"])


def downgrade() -> None:
    op.drop_table("reconciled_crossing")
    with op.batch_alter_table("logged_crossing") as batch_op:
        batch_op.drop_index("ix_logged_crossing_coach")
        batch_op.drop_column("written_at")
        batch_op.drop_column("operator_id")
        batch_op.drop_column("coach")
