"""the full-text index of cases, filled by a worker afterwards; an index over when they were received; saved views."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant
from triage.db.search_schema import CREATE, DROP

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in CREATE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_index("ix_cases_received_at", "cases", ["received_at"])
    op.create_table(
        "saved_views",
        sa.Column("view_id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False, comment="who saved it"),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment="the filters, as in the address of the page"),
        sa.Column("shared", sa.Boolean(), nullable=False, comment="whether everybody sees it"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_views_owner_name")),
    )
    op.create_index(op.f("ix_saved_views_shared"), "saved_views", ["shared"])


def downgrade() -> None:
    op.drop_table("saved_views")
    op.drop_index("ix_cases_received_at", table_name="cases")
    op.execute(DROP)
