"""changes of which model serves: asked for by one person, agreed to by another."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_changes",
        sa.Column("change_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False, comment="promote or rollback"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("champion_before", sa.Integer(), comment="the version that served when it was asked for; null: none"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="waiting, applying, done or rejected"),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=128)),
        sa.Column("decided_at", Instant()),
        sa.Column("comment", sa.Text(), comment="of who decided"),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_model_changes")),
    )
    op.create_index(op.f("ix_model_changes_domain_asked_at"), "model_changes", ["domain", "asked_at"])


def downgrade() -> None:
    op.drop_table("model_changes")
