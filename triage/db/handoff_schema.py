"""The tables of the handoff: endpoints with their secrets, the deliveries to them, and the jobs that workers share.

`deliveries` is a transactional outbox: a row is written by the transaction that decides, and sent by a worker
afterwards.
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from triage.db.schema import Instant, Key, metadata

endpoints = Table(
    "endpoints",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(10), nullable=False, comment="webhook, message (mail and chat) or bus"),
    Column(
        "url",
        Text,
        nullable=False,
        comment="of a message endpoint only its scheme and host, of a bus no user: the rest is a secret",
    ),
    Column("events", Text, nullable=False, comment="JSON: event kinds; ['*']: all; []: only what is addressed to it"),
    Column("domains", Text, nullable=False, comment="JSON: domain names; []: every domain"),
    Column("callbacks", Boolean, nullable=False, comment="whether a submission may name a callback_url below its url"),
    Column("allow_private", Boolean, nullable=False, comment="whether it may stand at a private address"),
    Column("rate_per_second", Float, nullable=False),
    Column("timeout_seconds", Float, nullable=False),
    Column("deadline_hours", Float, nullable=False, comment="how long a delivery is tried"),
    Column("template", Text, comment="Jinja: first line the title, the rest the body; null: the built-in one"),
    Column("language", String(2), nullable=False, comment="of the built-in template"),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("paused_at", Instant),
    Column("paused_because", Text),
    Column("failures_in_a_row", Integer, nullable=False, server_default="0"),
    Column("breaker_openings", Integer, nullable=False, server_default="0", comment="in a row, without a success"),
    Column("breaker_open_until", Instant),
    Column(
        "most_in_flight", Integer, nullable=False, server_default="1", comment="grows with success, 1 after failures"
    ),
    Column("next_slot_at", Instant, comment="the rate limit: when the next delivery may be sent"),
)

endpoint_secrets = Table(
    "endpoint_secrets",
    metadata,
    Column("secret_id", Key, primary_key=True, autoincrement=True),
    Column("endpoint", String(64), ForeignKey("endpoints.name"), nullable=False, index=True),
    Column("source", Text, nullable=False, comment="stored:, env:NAME or file:PATH"),
    Column("value", Text, comment="only where the source is stored:"),
    Column("created_at", Instant, nullable=False),
    Column("retires_at", Instant, comment="after a rotation: until when it still signs"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True, comment="order of writing"),
    Column("delivery_id", String(36), nullable=False, unique=True, comment="the receiver's idempotency key"),
    Column("endpoint", String(64), nullable=False, comment="no foreign key: an unknown addressee is a dead letter"),
    Column("target_url", Text, comment="a callback below the endpoint's url; null: the endpoint's own url"),
    Column("kind", String(40), nullable=False),
    Column("domain", String(40)),
    Column("case_id", String(36)),
    Column("order_key", String(128), comment="sent one after another per endpoint; null: in any order"),
    Column("body", Text, nullable=False, comment="JSON: the data of the event"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, comment="the deadline: a dead letter afterwards"),
    Column("state", String(10), nullable=False, comment="waiting, blocked, leased, delivered or dead"),
    Column("due_at", Instant, comment="waiting: next attempt; leased: end of the lease; else null"),
    Column("lease_token", String(36)),
    Column("attempts", Integer, nullable=False, server_default="0", comment="since it was written or redriven"),
    Column("history", Text, nullable=False, server_default="[]", comment="JSON: the last attempts"),
    Column("reason", Text, comment="why it is dead, or why the last attempt failed"),
    Column("finished_at", Instant),
    Column("redrives", Integer, nullable=False, server_default="0"),
    Index(None, "endpoint", "due_at", "seq"),
    Index(None, "endpoint", "order_key", "seq"),
    Index(None, "endpoint", "state", "seq"),
    Index(None, "kind", "state", "seq"),
    Index(None, "state", "seq"),
    Index(None, "case_id", "seq"),
    Index(None, "finished_at", "seq"),
    sqlite_autoincrement=True,  # a number must not come twice, though rows are forgotten: receivers order by it
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next_run_at", Instant, nullable=False),
    Column("lease_token", String(36)),
    Column("leased_until", Instant),
    Column("worker", String(128), comment="who ran it last"),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("failures_in_a_row", Integer, nullable=False, server_default="0"),
    Column("reason", Text, comment="why the last run failed"),
)
