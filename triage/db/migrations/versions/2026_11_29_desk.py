"""the reviewer's desk: rulings that may still be undone, who looks at what, who was asked, and files."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_rulings",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("ruled_by", sa.String(length=128), nullable=False),
        sa.Column("ruled_at", Instant(), nullable=False),
        sa.Column("stands_at", Instant(), nullable=False, comment="until then it has not happened"),
        sa.Column("ruling", sa.Text(), nullable=False, comment="JSON"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_pending_rulings_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_pending_rulings")),
    )
    op.create_index(op.f("ix_pending_rulings_stands_at"), "pending_rulings", ["stands_at"])
    op.create_table(
        "presences",
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_case_id"), "presences", ["case_id"])
    op.create_table(
        "mentions",
        sa.Column(
            "mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False, comment="who was asked"),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), comment="null: the case is still in this person's list"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_mentions_case_id_cases")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_case_id"), "mentions", ["case_id"])
    op.create_index(
        op.f("ix_mentions_person_answered_at_mention_id"), "mentions", ["person", "answered_at", "mention_id"]
    )
    op.create_table(
        "attachments",
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False, comment="as given, without a path"),
        sa.Column("media_type", sa.String(length=40), nullable=False, comment="by content, never by name"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=128), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_attachments_case_id_cases")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_case_id"), "attachments", ["case_id"])


def downgrade() -> None:
    for table in ("attachments", "mentions", "presences", "pending_rulings"):
        op.drop_table(table)
