"""which messages of an event bus were taken."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of writing",
        ),
        sa.Column("source", sa.String(length=256), nullable=False, comment="CloudEvents source, or broker and subject"),
        sa.Column("message_id", sa.String(length=256), nullable=False, comment="unique within its source"),
        sa.Column("content_hash", sa.String(length=64), nullable=False, comment="sha256 of the submission it carried"),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "message_id", name=op.f("uq_inbox_source_message_id")),
    )


def downgrade() -> None:
    op.drop_table("inbox")
