"""what earlier cases claimed, so that nothing is done twice."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column(
            "digest",
            sa.BigInteger(),
            nullable=False,
            comment="of what claims of one document, or one amount, are found by",
        ),
        sa.Column("exception_id", sa.String(length=128), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="what is compared, in normal form"),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_domain_digest_known_at"), "claims", ["domain", "digest", "known_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_claims_domain_digest_known_at"), table_name="claims")
    op.drop_table("claims")
