"""process intelligence: figures by day and month, how far the log was read, forecasts, recurring causes."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "process_figures",
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column(
            "dimension",
            sa.String(length=10),
            nullable=False,
            comment="all, site, vendor, cause, person, endpoint or age",
        ),
        sa.Column("grain", sa.String(length=5), nullable=False, comment="day, month, or now: a snapshot"),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC; of a month its first"),
        sa.Column("queue", sa.String(length=40), nullable=False, comment="empty: nobody had to look"),
        sa.Column(
            "value", sa.String(length=128), nullable=False, comment="of the dimension; empty: not known, and of all"
        ),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column(
            "bucket", sa.Integer(), autoincrement=False, nullable=False, comment="of a duration, 0 of a count"
        ),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False, comment="seconds or money"),
        sa.PrimaryKeyConstraint(
            "domain", "dimension", "grain", "day", "queue", "value", "measure", "bucket",
            name=op.f("pk_process_figures"),
        ),
    )  # fmt: skip
    op.create_table(
        "process_marks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seq", _KEY, nullable=False, comment="the last event, or delivery, that was read"),
        sa.Column("at", Instant(), nullable=True, comment="of the last one read"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process_marks")),
    )
    op.create_table(
        "breach_models",
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False, comment="closed cases it was learnt from"),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="JSON: coefficients, calibration, and how it did on the last cases",
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_breach_models")),
    )
    op.create_table(
        "breach_forecasts",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False, comment="that the case breaks its SLA, as of made_at"),
        sa.Column("sla_due_at", Instant(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_breach_forecasts")),
    )
    op.create_index(
        op.f("ix_breach_forecasts_domain_queue_probability_case_id"),
        "breach_forecasts",
        ["domain", "queue", "probability", "case_id"],
    )
    op.create_table(
        "recurring_causes",
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False, comment="empty: handled without a person"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: the clusters of the window, largest first"),
        sa.PrimaryKeyConstraint("domain", "queue", name=op.f("pk_recurring_causes")),
    )
    op.create_index(op.f("ix_deliveries_finished_at_seq"), "deliveries", ["finished_at", "seq"])


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_finished_at_seq"), table_name="deliveries")
    op.drop_table("recurring_causes")
    op.drop_index(op.f("ix_breach_forecasts_domain_queue_probability_case_id"), table_name="breach_forecasts")
    op.drop_table("breach_forecasts")
    op.drop_table("breach_models")
    op.drop_table("process_marks")
    op.drop_table("process_figures")
