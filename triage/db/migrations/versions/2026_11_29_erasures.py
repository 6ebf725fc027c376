"""erasures of a person's data, and the salts that keep digests from betraying what was erased."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SALTED = ("cases", "past_cases", "comments", "resolutions")


def upgrade() -> None:
    for table in _SALTED:
        op.add_column(
            table,
            sa.Column(
                "salt",
                sa.String(32),
                nullable=True,
                comment="random: keeps the row's digest from betraying what was erased; null: older",
            ),
        )
    op.create_table(
        "erasures",
        sa.Column("erasure_id", _KEY, autoincrement=True, nullable=False),
        sa.Column("domain", sa.String(40), nullable=False, comment="whose entity history is read anew since"),
        sa.Column("event_seq", _KEY, nullable=False, comment="the link of the audit chain that says what was replaced"),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_domain_erasure_id", "erasures", ["domain", "erasure_id"])


def downgrade() -> None:
    op.drop_table("erasures")
    for table in _SALTED:
        op.drop_column(table, "salt")
