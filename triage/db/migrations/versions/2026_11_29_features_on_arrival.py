"""What rules read of a case that was known on arrival and not before its `as_of`."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; null means that the row is the one the model saw."""
    op.add_column("decisions", sa.Column("features_on_arrival", sa.LargeBinary))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("decisions", "features_on_arrival")
