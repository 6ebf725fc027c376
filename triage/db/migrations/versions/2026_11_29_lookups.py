"""sources of look-ups, and the tables that were loaded for them"""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lookup_sources",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="http, or table: rows loaded into lookup_rows"),
        sa.Column("url", sa.Text(), nullable=True, comment="of http: with {field} for each key"),
        sa.Column(
            "secret",
            sa.String(length=500),
            nullable=True,
            comment="env:NAME or file:PATH of the bearer token; null: none is sent",
        ),
        sa.Column("allow_private", sa.Boolean(), nullable=False, comment="whether it may stand at a private address"),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lookup_sources")),
    )
    op.create_table(
        "lookup_rows",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column(
            "key", sa.String(length=512), nullable=False, comment="the values asked by, joined by a unit separator"
        ),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON object"),
        sa.ForeignKeyConstraint(["source"], ["lookup_sources.name"], name=op.f("fk_lookup_rows_source_lookup_sources")),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_lookup_rows")),
    )


def downgrade() -> None:
    op.drop_table("lookup_rows")
    op.drop_table("lookup_sources")
