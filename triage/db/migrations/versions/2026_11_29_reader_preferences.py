"""in which language and time zone a person reads pages."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reader_preferences",
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=8), comment="null: as the browser asks"),
        sa.Column("time_zone", sa.String(length=64), comment="IANA; null: UTC"),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_reader_preferences")),
    )


def downgrade() -> None:
    op.drop_table("reader_preferences")
