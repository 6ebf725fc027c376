"""The tables. A case, its decisions, rulings and audit events are only ever added; what changes is the task.

Text that callers wrote is kept as JSON text, so that a NUL or a lone surrogate can never meet a typed column.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnClause,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    column,
    false,
    func,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Key = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite, which drops time zones, stores it naive and gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse a naive instant, and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


cases = Table(
    "cases",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True, comment="order of arrival"),
    Column("case_id", String(36), nullable=False, unique=True),
    Column("domain", String(40), nullable=False),
    Column("exception_id", String(128), nullable=False, comment="the caller's idempotency key"),
    Column("content_hash", String(64), nullable=False, comment="sha256 of the submitted content"),
    Column("as_of", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False, comment="later of as_of and received_at: from when it is history"),
    Column("site_id", String(128)),
    Column("currency", String(3), nullable=False),
    Column("fx_rate", Float, nullable=False, comment="reporting currency per unit of the case's money"),
    Column("envelope", Text, nullable=False, comment="JSON: everything submitted but payload and attributes"),
    Column("payload", Text, nullable=False, comment="JSON as validated"),
    Column("attributes", Text, nullable=False, comment="JSON"),
    Column("submitted_by", String(128), nullable=False),
    Column("salt", String(32), comment="random: keeps the row's digest from betraying what was erased; null: older"),
    UniqueConstraint("domain", "exception_id"),
    Index(None, "domain", "seq"),
    Index(None, "received_at"),
)
# PostgreSQL compares text by language unless told not to; a beginning is found only in the order of code points.
LOWERED_ID = func.lower(cases.c.exception_id)
Index("ix_cases_lower_exception_id", LOWERED_ID).ddl_if(dialect="sqlite")
Index("ix_cases_lower_exception_id_c", LOWERED_ID.collate("C")).ddl_if(dialect="postgresql")

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("domain", String(40), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("disposition", String(10), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("risk", Float),
    Column("impact", Float),
    Column("expected_loss", Float),
    Column("priority", String(2), nullable=False),
    Column("model_version", String(64)),
    Column("policy_version", String(64), nullable=False),
    Column("fallback", Text),
    Column("features", LargeBinary, nullable=False, comment="the feature row as judged, little-endian float64"),
    Column("features_on_arrival", LargeBinary, comment="the row that rules read as well; null: the same"),
    Column("variant", String(40), comment="of the policy; null: the domain's own"),
    Column("segment", String(40), comment="of the error budget; null: the policy has none"),
    Column("certificate_id", String(36), comment="what allowed or stopped automation"),
    Column("audit_propensity", Float, comment="chance that an automatic decision is audited; null: not automatic"),
    Column("audit_sample", Boolean, nullable=False, server_default=false()),
    Column("holds", LargeBinary, comment="which of the policy's conditions held, one bit each in document order"),
    Column("answer", Text, nullable=False, comment="JSON: the decision as answered"),
)

_WAITS: ColumnClause[bool] = literal_column("state != 'done'")
_CLAIMED: ColumnClause[bool] = literal_column("state = 'claimed'")
_RESTS: ColumnClause[bool] = literal_column("state IN ('on_hold', 'snoozed')")
_EMPTY: ColumnClause[bool] = literal_column("waiting <= 0")

tasks = Table(
    "tasks",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("seq", Key, nullable=False, comment="that of the case: order of arrival"),
    Column("domain", String(40), nullable=False),
    Column("queue", String(40), nullable=False),
    Column("owner_role", String(80), nullable=False),
    Column("disposition", String(10), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("expected_loss", Float, nullable=False, comment="reporting currency; 0 under a fallback"),
    Column("created_at", Instant, nullable=False),
    Column("sla_due_at", Instant, nullable=False),
    Column(
        "kind",
        String(10),
        nullable=False,
        server_default="review",
        comment="review, or the blind audit of an automatic decision",
    ),
    Column("minutes", Float, nullable=False, server_default="0", comment="what the case is expected to take"),
    Column(
        "saved_per_minute",
        Float,
        nullable=False,
        server_default="0",
        comment="expected cost saved by a minute of review",
    ),
    Column("approval", String(40), comment="the four-eyes rule that wants a second person"),
    Column("approval_role", String(20)),
    Column("ruling", Text, comment="JSON: the ruling that waits for approval"),
    Column("ruled_by", String(128)),
    Column("state", String(10), nullable=False, comment="open, claimed, approval, on_hold, snoozed or done"),
    Column("claimed_by", String(128)),
    Column("claimed_until", Instant),
    Column("done_at", Instant),
    Column("assigned_to", String(128), comment="whose it is when nobody claims it; null: anybody's"),
    Column("back_at", Instant, comment="from when it waits for action again, first in its queue; null: never away"),
    Column("passed_by", String(128), comment="who handed it on last, to whom it can be sent back"),
    Column("passed_from_queue", String(40)),
    Column("passed_from_role", String(80)),
    Index(None, "queue", "state", "seq"),
    Index(None, "state", "seq"),
    Index(None, "claimed_by", "state", "seq"),
    Index(None, "domain", "queue", "done_at", "minutes"),
    # What waits, in the order of triage.review.waiting.ORDER, and as it is counted: each answers from the index alone.
    Index(
        "ix_tasks_waiting_by_urgency",
        "queue",
        "priority",
        column("saved_per_minute").desc(),
        column("expected_loss").desc(),
        "sla_due_at",
        "created_at",
        "seq",
        "domain",
        "minutes",
        "state",
        "back_at",
        "case_id",
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    ),
    # What falls due in an hour, and the claims that hold: `triage.db.waiting_counts` keeps the rest of the counts.
    Index("ix_tasks_waiting_by_due", "domain", "queue", "sla_due_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
    Index("ix_tasks_claimed", "domain", "queue", "claimed_until", postgresql_where=_CLAIMED, sqlite_where=_CLAIMED),
    # What rests, by when it is back.
    Index("ix_tasks_resting", "domain", "queue", "state", "back_at", postgresql_where=_RESTS, sqlite_where=_RESTS),
)

waiting_counts = Table(
    "waiting_counts",
    metadata,
    Column("domain", String(40), primary_key=True),
    Column("queue", String(40), primary_key=True),
    Column("due_hour", Instant, primary_key=True, comment="the tasks counted fall due in this hour"),
    Column("waiting", Integer, nullable=False, comment="not done"),
    Column("approval", Integer, nullable=False),
    Column("audits", Integer, nullable=False),
    Column("to_work_on", Integer, nullable=False, comment="open or claimed"),
    Column("minutes", Float, nullable=False, comment="of what is to be worked on"),
    Column("loss", Float, nullable=False, comment="expected, of what is to be worked on"),
    Index("ix_waiting_counts_empty", "waiting", postgresql_where=_EMPTY, sqlite_where=_EMPTY),
    comment="written by triggers on tasks alone: triage.db.waiting_counts",
)

resolutions = Table(
    "resolutions",
    metadata,
    Column("resolution_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("resolved_at", Instant, nullable=False),
    Column("resolved_by", String(128), nullable=False),
    Column(
        "action", String(20), nullable=False, comment="accepted: straight through was right; corrected: it was wrong"
    ),
    Column("cause", String(64), nullable=False),
    Column("reason_code", String(64), nullable=False),
    Column("comment", Text),
    Column("overrides", Boolean, nullable=False, comment="whether it departs from the recommendation"),
    Column("saw_suggestion", Boolean, nullable=False),
    Column("salt", String(32), comment="random: keeps the row's digest from betraying what was erased; null: older"),
)

comments = Table(
    "comments",
    metadata,
    Column("comment_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("written_at", Instant, nullable=False),
    Column("written_by", String(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("salt", String(32), comment="random: keeps the row's digest from betraying what was erased; null: older"),
)

labels = Table(
    "labels",
    metadata,
    Column("label_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("exception_id", String(128), nullable=False),
    Column("source", String(12), nullable=False, comment="outcome, resolution, audit or backfill"),
    Column("cause", String(64)),
    Column("wrong", Boolean),
    Column("loss", Float, comment="reporting currency"),
    Column("known_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(128), nullable=False),
    Index(None, "domain", "exception_id"),
    Index(None, "domain", "label_id"),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("policy_version_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("variant", String(40), nullable=False, comment="empty: the domain's own policy"),
    Column("version", String(32), nullable=False),
    Column("document", Text, nullable=False, comment="YAML as written; never changed"),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(128), nullable=False),
    UniqueConstraint("domain", "variant", "version"),
)

policy_publications = Table(
    "policy_publications",
    metadata,
    Column("publication_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("variant", String(40), nullable=False),
    Column("version", String(32), nullable=False),
    Column("kind", String(10), nullable=False, comment="publish, rollback, shadow or unshadow"),
    Column("effective_at", Instant, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(128), nullable=False),
    Index(None, "domain", "variant", "effective_at"),
)

model_bundles = Table(
    "model_bundles",
    metadata,
    Column("model_version", String(64), primary_key=True, comment="name/number, as stamped on decisions"),
    Column("sha256", String(64), nullable=False, comment="of the bundle's manifest, which names every file's"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(128), nullable=False),
)

signatures = Table(
    "signatures",
    metadata,
    Column("what", String(10), primary_key=True, comment="policy or model"),
    Column("name", String(128), primary_key=True, comment="domain|variant|version, or name/number"),
    Column("sha256", String(64), nullable=False, comment="of the document, or of the bundle's manifest"),
    Column("public_key", String(44), nullable=False, comment="Ed25519, base64"),
    Column("signature", String(88), nullable=False, comment="base64"),
    Column("signed_at", Instant, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("certificate_id", String(36), primary_key=True),
    Column("domain", String(40), nullable=False),
    Column("variant", String(40), nullable=False),
    Column("policy_version", String(32), nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("certified_at", Instant, nullable=False),
    Column("lapses_at", Instant, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: budget, thresholds and evidence per segment"),
    Column("made_by", String(128), nullable=False),
    Column("stopped_at", Instant),
    Column("stopped_because", Text),
    Index(None, "domain", "variant", "certified_at"),
)

shadow_decisions = Table(
    "shadow_decisions",
    metadata,
    Column("shadow_id", Key, primary_key=True, autoincrement=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("domain", String(40), nullable=False),
    Column("kind", String(10), nullable=False, comment="policy or model: which of the two is not the live one"),
    Column("policy_version", String(32), nullable=False),
    Column("model_version", String(64)),
    Column("decided_at", Instant, nullable=False),
    Column("disposition", String(10), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("risk", Float),
    Column("expected_loss", Float),
    Column("queue", String(40)),
    Index(None, "domain", "kind", "shadow_id"),
)

past_cases = Table(
    "past_cases",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("exception_id", String(128), nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("fx_rate", Float, nullable=False),
    Column("payload", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("origin", String(200), nullable=False, comment="the file or simulation it came from"),
    Column("salt", String(32), comment="random: keeps the row's digest from betraying what was erased; null: older"),
    UniqueConstraint("domain", "exception_id"),
    Index(None, "domain", "seq"),
)

claims = Table(
    "claims",
    metadata,
    Column("claim_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("digest", BigInteger, nullable=False, comment="of what claims of one document, or one amount, are found by"),
    Column("exception_id", String(128), nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("body", Text, nullable=False, comment="what is compared, in normal form"),
    Index(None, "domain", "digest", "known_at"),
)

entity_cases = Table(
    "entity_cases",
    metadata,
    Column("entity_case_id", Key, primary_key=True, autoincrement=True),
    Column("domain", String(40), nullable=False),
    Column("digest", BigInteger, nullable=False, comment="of kind and key of the entity"),
    Column("exception_id", String(128), nullable=False),
    Column("known_at", Instant, nullable=False),
    Index(None, "domain", "digest", "known_at"),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False, comment="1, 2, 3, … without gaps"),
    Column("at", Instant, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("verb", String(40), nullable=False),
    Column("case_id", String(36), index=True),
    Column("detail", Text, nullable=False, comment="JSON"),
    Column("wrote", Text, comment="JSON: digests of the rows it wrote, by table; null: none, or from before that"),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("one", Integer, primary_key=True, comment="always 1: the row every writer locks"),
    Column("seq", Key, nullable=False),
    Column("hash", String(64), nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Key, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", String(256), nullable=False, comment="argon2id; empty: signs in through the provider"),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column(
        "subject", String(512), unique=True, index=True, comment="who the identity provider says it is: issuer and sub"
    ),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("name", String(64), primary_key=True, comment="of the user"),
    Column("sealed_secret", Text, nullable=False, comment="of the authenticator app, encrypted"),
    Column("recovery_hashes", Text, nullable=False, comment="JSON: sha256 of each recovery code not used yet"),
    Column("enrolled_at", Instant, nullable=False),
    Column("last_step", Key, nullable=False, comment="the last 30 seconds whose code was used: none counts twice"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(12), primary_key=True, comment="the part of the key that may be shown"),
    Column("name", String(64), nullable=False, unique=True),
    Column("secret_hash", String(64), nullable=False, comment="sha256 of a 256-bit random secret; empty: none"),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("expires_at", Instant, comment="null: never"),
    Column("scope", String(200), comment="the permissions it is narrowed to, with commas; null: all of its roles"),
    Column(
        "subject",
        String(128),
        unique=True,
        index=True,
        comment="of the provider's service account that acts under this name",
    ),
    Column("last_used_at", Instant, comment="within some minutes"),
)

grants = Table(
    "grants",
    metadata,
    Column("grant_id", Key, primary_key=True, autoincrement=True),
    Column("principal", String(80), nullable=False, comment="user:NAME or key:NAME"),
    Column("role", String(20), nullable=False),
    Column("domain", String(40), comment="null: every domain"),
    Column("source", String(10), comment="groups: follows the groups of the identity provider; null: was granted"),
    UniqueConstraint("principal", "role", "domain"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="sha256 of the cookie"),
    Column("user_id", Key, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("how", String(20), comment="password, password+code, provider or provider+code"),
    Column("agent", String(120), comment="what the browser calls itself"),
    Column("address", String(64), comment="where it was opened from"),
    Column("provider_session", String(128), index=True, comment="the provider's name of its own session"),
    Column("id_token", Text, comment="what the provider wants to see at sign-out"),
)
