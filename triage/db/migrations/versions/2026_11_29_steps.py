"""steps: what else is done for a case, from its planning to its end"""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "steps",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of planning",
        ),
        sa.Column("step_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False, comment="of the step in the policy, or of the look-up"),
        sa.Column(
            "occasion",
            sa.String(length=10),
            nullable=False,
            comment="decision, automatic, accepted, corrected or lookup",
        ),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="task, call, message, wait, propose or lookup"),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, comment="JSON: what carrying it out takes"),
        sa.Column("said", sa.Text(), nullable=True, comment="JSON: title, text and body as written when it began"),
        sa.Column(
            "queue", sa.String(length=40), nullable=True, comment="of whoever it waits for; null: it waits for nobody"
        ),
        sa.Column("owner_role", sa.String(length=80), nullable=True),
        sa.Column(
            "needs_approver",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="whether only an approver may end it",
        ),
        sa.Column(
            "by_hand", sa.Boolean(), server_default=sa.false(), nullable=False, comment="a person does what failed"
        ),
        sa.Column("site_id", sa.String(length=128), nullable=True),
        sa.Column("due_at", Instant(timezone=True), nullable=True, comment="by when a person should have ended it"),
        sa.Column(
            "expires_at", Instant(timezone=True), nullable=True, comment="when a worker looks at it again; null: never"
        ),
        sa.Column(
            "delivery_id", sa.String(length=36), nullable=True, comment="of a call or message: its idempotency key"
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=True, comment="sha256 of the token that may call back"),
        sa.Column("result", sa.Text(), nullable=True, comment="JSON: what it returned"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it failed, was skipped, declined or canceled"),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("begun_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True, comment="who ended it; null: the worker"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_steps_case_id_cases")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_steps")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_steps_case_id_name")),
        sa.UniqueConstraint("step_id", name=op.f("uq_steps_step_id")),
    )
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_steps_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_steps_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_steps_queue_state_seq"), ["queue", "state", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_steps_state_seq"), ["state", "seq"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_steps_state_seq"))
        batch_op.drop_index(batch_op.f("ix_steps_queue_state_seq"))
        batch_op.drop_index(batch_op.f("ix_steps_expires_at"))
        batch_op.drop_index(batch_op.f("ix_steps_delivery_id"))

    op.drop_table("steps")
