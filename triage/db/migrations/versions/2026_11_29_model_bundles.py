"""which bytes each model version is made of."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_bundles",
        sa.Column(
            "model_version", sa.String(length=64), nullable=False, comment="name/number, as stamped on decisions"
        ),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="of the bundle's manifest, which names every file's"
        ),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("model_version", name=op.f("pk_model_bundles")),
    )


def downgrade() -> None:
    op.drop_table("model_bundles")
