"""blind audits whose answer is known."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_cases",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False, comment="whether straight through was wrong, by the outcome"),
        sa.Column("cause", sa.String(length=64), comment="by the outcome; null: it did not say"),
        sa.Column("seeded_by", sa.String(length=128), nullable=False),
        sa.Column("seeded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_known_cases_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_known_cases")),
    )


def downgrade() -> None:
    op.drop_table("known_cases")
