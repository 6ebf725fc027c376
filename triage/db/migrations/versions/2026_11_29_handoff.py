"""endpoints, deliveries and jobs; the outbox that nobody sent is dropped: each of its bodies is the answer of a
decision."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of writing",
        ),
        sa.Column("delivery_id", sa.String(length=36), nullable=False, comment="the receiver's idempotency key"),
        sa.Column(
            "endpoint",
            sa.String(length=64),
            nullable=False,
            comment="no foreign key: an unknown addressee is a dead letter",
        ),
        sa.Column(
            "target_url",
            sa.Text(),
            nullable=True,
            comment="a callback below the endpoint's url; null: the endpoint's own url",
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=True),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column(
            "order_key",
            sa.String(length=128),
            nullable=True,
            comment="sent one after another per endpoint; null: in any order",
        ),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: the data of the event"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False, comment="the deadline: a dead letter afterwards"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="waiting, blocked, leased, delivered or dead"),
        sa.Column(
            "due_at", Instant(), nullable=True, comment="waiting: next attempt; leased: end of the lease; else null"
        ),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column(
            "attempts", sa.Integer(), server_default="0", nullable=False, comment="since it was written or redriven"
        ),
        sa.Column("history", sa.Text(), server_default="[]", nullable=False, comment="JSON: the last attempts"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it is dead, or why the last attempt failed"),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("redrives", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_deliveries_delivery_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_case_id_seq"), ["case_id", "seq"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deliveries_endpoint_due_at_seq"), ["endpoint", "due_at", "seq"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_endpoint_order_key_seq"), ["endpoint", "order_key", "seq"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_endpoint_state_seq"), ["endpoint", "state", "seq"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deliveries_kind_state_seq"), ["kind", "state", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliveries_state_seq"), ["state", "seq"], unique=False)

    op.create_table(
        "endpoints",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="webhook, or message (mail and chat)"),
        sa.Column(
            "url",
            sa.Text(),
            nullable=False,
            comment="of a message endpoint only its scheme and host: the rest is a secret",
        ),
        sa.Column(
            "events",
            sa.Text(),
            nullable=False,
            comment="JSON: event kinds; ['*']: all; []: only what is addressed to it",
        ),
        sa.Column("domains", sa.Text(), nullable=False, comment="JSON: domain names; []: every domain"),
        sa.Column(
            "callbacks",
            sa.Boolean(),
            nullable=False,
            comment="whether a submission may name a callback_url below its url",
        ),
        sa.Column("allow_private", sa.Boolean(), nullable=False, comment="whether it may stand at a private address"),
        sa.Column("rate_per_second", sa.Float(), nullable=False),
        sa.Column("timeout_seconds", sa.Float(), nullable=False),
        sa.Column("deadline_hours", sa.Float(), nullable=False, comment="how long a delivery is tried"),
        sa.Column(
            "template",
            sa.Text(),
            nullable=True,
            comment="Jinja: first line the title, the rest the body; null: the built-in one",
        ),
        sa.Column("language", sa.String(length=2), nullable=False, comment="of the built-in template"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("paused_because", sa.Text(), nullable=True),
        sa.Column("failures_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "breaker_openings", sa.Integer(), server_default="0", nullable=False, comment="in a row, without a success"
        ),
        sa.Column("breaker_open_until", Instant(), nullable=True),
        sa.Column(
            "most_in_flight",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="grows with success, 1 after failures",
        ),
        sa.Column(
            "next_slot_at", Instant(), nullable=True, comment="the rate limit: when the next delivery may be sent"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_run_at", Instant(), nullable=False),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("worker", sa.String(length=128), nullable=True, comment="who ran it last"),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("failures_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why the last run failed"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "endpoint_secrets",
        sa.Column(
            "secret_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("endpoint", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="stored:, env:NAME or file:PATH"),
        sa.Column("value", sa.Text(), nullable=True, comment="only where the source is stored:"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retires_at", Instant(), nullable=True, comment="after a rotation: until when it still signs"),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoints.name"], name=op.f("fk_endpoint_secrets_endpoint_endpoints")),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_endpoint_secrets")),
    )
    with op.batch_alter_table("endpoint_secrets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endpoint_secrets_endpoint"), ["endpoint"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_case_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_state_created_at"))

    op.drop_table("outbox")


def downgrade() -> None:

    op.create_table(
        "outbox",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="waiting, delivered or dead"),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_state_created_at"), ["state", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("endpoint_secrets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endpoint_secrets_endpoint"))

    op.drop_table("endpoint_secrets")
    op.drop_table("jobs")
    op.drop_table("endpoints")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_seq"))
        batch_op.drop_index(batch_op.f("ix_deliveries_kind_state_seq"))
        batch_op.drop_index(batch_op.f("ix_deliveries_endpoint_state_seq"))
        batch_op.drop_index(batch_op.f("ix_deliveries_endpoint_order_key_seq"))
        batch_op.drop_index(batch_op.f("ix_deliveries_endpoint_due_at_seq"))
        batch_op.drop_index(batch_op.f("ix_deliveries_case_id_seq"))

    op.drop_table("deliveries")
