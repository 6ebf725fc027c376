"""Which cases an entity has, so that resolved cases like a new one are found."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; cases stored before are not in it."""
    op.create_table(
        "entity_cases",
        sa.Column(
            "entity_case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False, comment="of kind and key of the entity"),
        sa.Column("exception_id", sa.String(length=128), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("entity_case_id", name=op.f("pk_entity_cases")),
    )
    op.create_index(op.f("ix_entity_cases_domain_digest_known_at"), "entity_cases", ["domain", "digest", "known_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_entity_cases_domain_digest_known_at"), table_name="entity_cases")
    op.drop_table("entity_cases")
