"""first tables."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=12), nullable=False, comment="the part of the key that may be shown"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False, comment="sha256 of a 256-bit random secret"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "audit_events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="1, 2, 3, … without gaps",
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_case_id"), ["case_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("one", sa.Integer(), nullable=False, comment="always 1: the row every writer locks"),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "cases",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of arrival",
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("exception_id", sa.String(length=128), nullable=False, comment="the caller's idempotency key"),
        sa.Column("content_hash", sa.String(length=64), nullable=False, comment="sha256 of the submitted content"),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column(
            "known_at",
            Instant(),
            nullable=False,
            comment="later of as_of and received_at: from when it is history",
        ),
        sa.Column("site_id", sa.String(length=128), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fx_rate", sa.Float(), nullable=False, comment="reporting currency per unit of the case's money"),
        sa.Column(
            "envelope", sa.Text(), nullable=False, comment="JSON: everything submitted but payload and attributes"
        ),
        sa.Column("payload", sa.Text(), nullable=False, comment="JSON as validated"),
        sa.Column("attributes", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("submitted_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_id", name=op.f("uq_cases_case_id")),
        sa.UniqueConstraint("domain", "exception_id", name=op.f("uq_cases_domain_exception_id")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_domain_seq"), ["domain", "seq"], unique=False)

    op.create_table(
        "grants",
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False, comment="user:NAME or key:NAME"),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=True, comment="null: every domain"),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_grants")),
        sa.UniqueConstraint("principal", "role", "domain", name=op.f("uq_grants_principal_role_domain")),
    )
    op.create_table(
        "labels",
        sa.Column("label_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("exception_id", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False, comment="outcome, resolution, audit or backfill"),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("wrong", sa.Boolean(), nullable=True),
        sa.Column("loss", sa.Float(), nullable=True, comment="reporting currency"),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_domain_exception_id"), ["domain", "exception_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_labels_domain_label_id"), ["domain", "label_id"], unique=False)

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
        batch_op.create_index(batch_op.f("ix_outbox_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_state_created_at"), ["state", "created_at"], unique=False)

    op.create_table(
        "past_cases",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("exception_id", sa.String(length=128), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("fx_rate", sa.Float(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False, comment="the file or simulation it came from"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_past_cases")),
        sa.UniqueConstraint("domain", "exception_id", name=op.f("uq_past_cases_domain_exception_id")),
    )
    with op.batch_alter_table("past_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_cases_domain_seq"), ["domain", "seq"], unique=False)

    op.create_table(
        "users",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False, comment="argon2id"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "comments",
        sa.Column(
            "comment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("written_by", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_comments_case_id_cases")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comments")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_case_id"), ["case_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("disposition", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("risk", sa.Float(), nullable=True),
        sa.Column("impact", sa.Float(), nullable=True),
        sa.Column("expected_loss", sa.Float(), nullable=True),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=True),
        sa.Column("policy_version", sa.String(length=64), nullable=False),
        sa.Column("fallback", sa.Text(), nullable=True),
        sa.Column(
            "features", sa.LargeBinary(), nullable=False, comment="the feature row as judged, little-endian float64"
        ),
        sa.Column("answer", sa.Text(), nullable=False, comment="JSON: the decision as answered"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_decisions_case_id_cases")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_case_id"), ["case_id"], unique=False)

    op.create_table(
        "resolutions",
        sa.Column(
            "resolution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=False),
        sa.Column("resolved_by", sa.String(length=128), nullable=False),
        sa.Column(
            "action",
            sa.String(length=20),
            nullable=False,
            comment="accepted: straight through was right; corrected: it was wrong",
        ),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("overrides", sa.Boolean(), nullable=False, comment="whether it departs from the recommendation"),
        sa.Column("saw_suggestion", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_resolutions_case_id_cases")),
        sa.PrimaryKeyConstraint("resolution_id", name=op.f("pk_resolutions")),
    )
    with op.batch_alter_table("resolutions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resolutions_case_id"), ["case_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="sha256 of the cookie"),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "tasks",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("owner_role", sa.String(length=80), nullable=False),
        sa.Column("disposition", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("expected_loss", sa.Float(), nullable=False, comment="reporting currency; 0 under a fallback"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sla_due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="open, claimed or done"),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_tasks_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tasks_queue_state_sla_due_at"), ["queue", "state", "sla_due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_tasks_state_sla_due_at"), ["state", "sla_due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tasks_state_sla_due_at"))
        batch_op.drop_index(batch_op.f("ix_tasks_queue_state_sla_due_at"))

    op.drop_table("tasks")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("resolutions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resolutions_case_id"))

    op.drop_table("resolutions")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_case_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comments_case_id"))

    op.drop_table("comments")
    op.drop_table("users")
    with op.batch_alter_table("past_cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_past_cases_domain_seq"))

    op.drop_table("past_cases")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_state_created_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_case_id"))

    op.drop_table("outbox")
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_labels_domain_label_id"))
        batch_op.drop_index(batch_op.f("ix_labels_domain_exception_id"))

    op.drop_table("labels")
    op.drop_table("grants")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_domain_seq"))

    op.drop_table("cases")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_case_id"))

    op.drop_table("audit_events")
    op.drop_table("api_keys")
