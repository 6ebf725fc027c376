"""The table of steps: what else is done for a case, each row from its planning to its end."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, false

from triage.db.schema import Instant, Key, metadata

steps = Table(
    "steps",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True, comment="order of planning"),
    Column("step_id", String(36), nullable=False, unique=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    Column("domain", String(40), nullable=False),
    Column("name", String(40), nullable=False, comment="of the step in the policy, or of the look-up"),
    Column("occasion", String(10), nullable=False, comment="decision, automatic, accepted, corrected or lookup"),
    Column("kind", String(10), nullable=False, comment="task, call, message, wait, propose or lookup"),
    Column("state", String(14), nullable=False),
    Column("plan", Text, nullable=False, comment="JSON: what carrying it out takes"),
    Column("said", Text, comment="JSON: title, text and body as written when it began"),
    Column("queue", String(40), comment="of whoever it waits for; null: it waits for nobody"),
    Column("owner_role", String(80)),
    Column(
        "needs_approver", Boolean, nullable=False, server_default=false(), comment="whether only an approver may end it"
    ),
    Column("by_hand", Boolean, nullable=False, server_default=false(), comment="a person does what failed"),
    Column("site_id", String(128)),
    Column("due_at", Instant, comment="by when a person should have ended it"),
    Column("expires_at", Instant, comment="when a worker looks at it again; null: never"),
    Column("delivery_id", String(36), comment="of a call or message: its idempotency key"),
    Column("token_hash", String(64), comment="sha256 of the token that may call back"),
    Column("result", Text, comment="JSON: what it returned"),
    Column("reason", Text, comment="why it failed, was skipped, declined or canceled"),
    Column("created_at", Instant, nullable=False),
    Column("begun_at", Instant),
    Column("ended_at", Instant),
    Column("ended_by", String(128), comment="who ended it; null: the worker"),
    UniqueConstraint("case_id", "name"),
    Index(None, "delivery_id"),
    Index(None, "queue", "state", "seq"),
    Index(None, "state", "seq"),
    Index(None, "expires_at"),
)
