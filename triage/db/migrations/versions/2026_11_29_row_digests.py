"""what the audit chain says of the rows that each event wrote; `upgrade` then proves the rows there are."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "audit_events",
        sa.Column(
            "wrote",
            sa.Text(),
            nullable=True,
            comment="JSON: digests of the rows it wrote, by table; null: none, or from before that",
        ),
    )


def downgrade() -> None:
    op.drop_column("audit_events", "wrote")
