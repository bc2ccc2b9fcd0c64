"""The step `paces` sees where a coach turns: journeys and what is made of them are made anew from the log.

Everything emptied here is a projection; the pipeline fills it again by itself at the next start.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "vehicle_track", "coach_memory", "declared_trip", "refused_fix", "coach_now", "trip_run", "halt", "border_crossing",
    "section_pass", "section_pace", "connection", "gap", "section_hour", "section_day", "dwell_hour", "dwell_day",
    "hub_pair_week", "silence_cell", "trip_cell", "reconciled_crossing", "trip_account", "indicator_cell",
    "indicator_money",
)  # fmt: skip


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"delete from {table}")
    op.execute("delete from projection_cursor where name in ('journeys', 'reconciled_crossings', 'trip_accounts')")


def downgrade() -> None:
    """Nothing to take back: projections fill themselves."""
