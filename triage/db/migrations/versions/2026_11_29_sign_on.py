"""sign-on: subjects of a provider, second factors, keys that expire, what a session was opened with."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED = {
    "users": (("subject", sa.String(512), "who the identity provider says it is: issuer and sub"),),
    "api_keys": (
        ("expires_at", Instant(), "null: never"),
        ("scope", sa.String(200), "the permissions it is narrowed to, with commas; null: all of its roles"),
        ("subject", sa.String(128), "of the provider's service account that acts under this name"),
        ("last_used_at", Instant(), "within some minutes"),
    ),
    "grants": (("source", sa.String(10), "groups: follows the groups of the identity provider; null: was granted"),),
    "sessions": (
        ("how", sa.String(20), "password, password+code, provider or provider+code"),
        ("agent", sa.String(120), "what the browser calls itself"),
        ("address", sa.String(64), "where it was opened from"),
        ("provider_session", sa.String(128), "the provider's name of its own session"),
        ("id_token", sa.Text(), "what the provider wants to see at sign-out"),
    ),
}


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for name, kind, comment in columns:
            op.add_column(table, sa.Column(name, kind, comment=comment))
    op.create_index(op.f("ix_users_subject"), "users", ["subject"], unique=True)
    op.create_index(op.f("ix_api_keys_subject"), "api_keys", ["subject"], unique=True)
    op.create_index(op.f("ix_sessions_provider_session"), "sessions", ["provider_session"])
    op.create_table(
        "second_factors",
        sa.Column("name", sa.String(64), nullable=False, comment="of the user"),
        sa.Column("sealed_secret", sa.Text(), nullable=False, comment="of the authenticator app, encrypted"),
        sa.Column(
            "recovery_hashes", sa.Text(), nullable=False, comment="JSON: sha256 of each recovery code not used yet"
        ),
        sa.Column("enrolled_at", Instant(), nullable=False),
        sa.Column(
            "last_step", _KEY, nullable=False, comment="the last 30 seconds whose code was used: none counts twice"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_second_factors")),
    )


def downgrade() -> None:
    op.drop_table("second_factors")
    op.drop_index(op.f("ix_sessions_provider_session"), table_name="sessions")
    op.drop_index(op.f("ix_api_keys_subject"), table_name="api_keys")
    op.drop_index(op.f("ix_users_subject"), table_name="users")
    for table, columns in _ADDED.items():
        for name, _, _ in reversed(columns):
            op.drop_column(table, name)
