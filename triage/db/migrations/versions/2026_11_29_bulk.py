"""acts on many cases at once: what was asked, what became of each case, and who agreed."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_acts",
        sa.Column("bulk_id", sa.String(length=36), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("query", sa.Text(), nullable=False, comment="the filters that chose the cases, as in an address"),
        sa.Column(
            "more_fit", sa.Boolean(), nullable=False, comment="whether the filters kept more than one act may hold"
        ),
        sa.Column("items", sa.Text(), nullable=False, comment="JSON: what becomes of each case"),
        sa.Column(
            "state", sa.String(length=10), nullable=False,
            comment="previewing, previewed, waiting, running, done or rejected",
        ),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("acted_on", sa.Integer(), nullable=False, comment="cases it acts on"),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=128), comment="the second person; null: none"),
        sa.Column("comment", sa.Text(), comment="of the second person"),
        sa.Column("applied_at", Instant()),
        sa.Column("stands_at", Instant(), comment="until then it can be undone; null: it cannot"),
        sa.PrimaryKeyConstraint("bulk_id", name=op.f("pk_bulk_acts")),
    )  # fmt: skip
    op.create_index(op.f("ix_bulk_acts_proposed_at"), "bulk_acts", ["proposed_at"])
    op.create_index(op.f("ix_bulk_acts_state_proposed_at"), "bulk_acts", ["state", "proposed_at"])
    op.create_index(op.f("ix_bulk_acts_proposed_by_proposed_at"), "bulk_acts", ["proposed_by", "proposed_at"])


def downgrade() -> None:
    op.drop_table("bulk_acts")
