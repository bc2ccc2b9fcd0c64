"""The dated security status of sections."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "section_security",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section_id", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=False),
        sa.CheckConstraint("status in ('normal', 'restricted')", name="section_security_status"),
        sa.CheckConstraint(
            "valid_from is null or valid_to is null or valid_from <= valid_to", name="section_security_dates"
        ),
        sa.CheckConstraint("valid_from is not null and length(source) > 0", name="section_security_said"),
        sa.PrimaryKeyConstraint("row_id"),
    )
    op.create_index("ix_section_security_section_id", "section_security", ["section_id"])


def downgrade() -> None:
    op.drop_index("ix_section_security_section_id", "section_security")
    op.drop_table("section_security")
