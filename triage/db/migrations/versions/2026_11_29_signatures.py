"""signatures of policy versions and model bundles."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("what", sa.String(10), nullable=False, comment="policy or model"),
        sa.Column("name", sa.String(128), nullable=False, comment="domain|variant|version, or name/number"),
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the document, or of the bundle's manifest"),
        sa.Column("public_key", sa.String(44), nullable=False, comment="Ed25519, base64"),
        sa.Column("signature", sa.String(88), nullable=False, comment="base64"),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("what", "name", name=op.f("pk_signatures")),
    )


def downgrade() -> None:
    op.drop_table("signatures")
