"""policy versions, certificates, shadow decisions, audits and approvals."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("certificate_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("policy_version", sa.String(length=32), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("certified_at", Instant(), nullable=False),
        sa.Column("lapses_at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: budget, thresholds and evidence per segment"),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificates")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificates_domain_variant_certified_at"),
            ["domain", "variant", "certified_at"],
            unique=False,
        )

    op.create_table(
        "policy_publications",
        sa.Column(
            "publication_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="publish, rollback, shadow or unshadow"),
        sa.Column("effective_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_policy_publications")),
    )
    with op.batch_alter_table("policy_publications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_policy_publications_domain_variant_effective_at"),
            ["domain", "variant", "effective_at"],
            unique=False,
        )

    op.create_table(
        "policy_versions",
        sa.Column(
            "policy_version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False, comment="empty: the domain's own policy"),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="YAML as written; never changed"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("policy_version_id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("domain", "variant", "version", name=op.f("uq_policy_versions_domain_variant_version")),
    )
    op.create_table(
        "shadow_decisions",
        sa.Column(
            "shadow_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=10),
            nullable=False,
            comment="policy or model: which of the two is not the live one",
        ),
        sa.Column("policy_version", sa.String(length=32), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=True),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("disposition", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("risk", sa.Float(), nullable=True),
        sa.Column("expected_loss", sa.Float(), nullable=True),
        sa.Column("queue", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_shadow_decisions_case_id_cases")),
        sa.PrimaryKeyConstraint("shadow_id", name=op.f("pk_shadow_decisions")),
    )
    with op.batch_alter_table("shadow_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shadow_decisions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_shadow_decisions_domain_kind_shadow_id"), ["domain", "kind", "shadow_id"], unique=False
        )

    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("variant", sa.String(length=40), nullable=True, comment="of the policy; null: the domain's own")
        )
        batch_op.add_column(
            sa.Column(
                "segment", sa.String(length=40), nullable=True, comment="of the error budget; null: the policy has none"
            )
        )
        batch_op.add_column(
            sa.Column(
                "certificate_id", sa.String(length=36), nullable=True, comment="what allowed or stopped automation"
            )
        )
        batch_op.add_column(
            sa.Column(
                "audit_propensity",
                sa.Float(),
                nullable=True,
                comment="chance that an automatic decision is audited; null: not automatic",
            )
        )
        batch_op.add_column(sa.Column("audit_sample", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "holds",
                sa.LargeBinary(),
                nullable=True,
                comment="which of the policy's conditions held, one bit each in document order",
            )
        )

    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.String(length=10),
                server_default="review",
                nullable=False,
                comment="review, or the blind audit of an automatic decision",
            )
        )
        batch_op.add_column(
            sa.Column(
                "minutes",
                sa.Float(),
                server_default="0",
                nullable=False,
                comment="what the case is expected to take",
            )
        )
        batch_op.add_column(
            sa.Column(
                "saved_per_minute",
                sa.Float(),
                server_default="0",
                nullable=False,
                comment="expected cost saved by a minute of review",
            )
        )
        batch_op.add_column(
            sa.Column(
                "approval",
                sa.String(length=40),
                nullable=True,
                comment="the four-eyes rule that wants a second person",
            )
        )
        batch_op.add_column(sa.Column("approval_role", sa.String(length=20), nullable=True))
        batch_op.add_column(
            sa.Column("ruling", sa.Text(), nullable=True, comment="JSON: the ruling that waits for approval")
        )
        batch_op.add_column(sa.Column("ruled_by", sa.String(length=128), nullable=True))
    _comment_on_state("open, claimed, approval or done", was="open, claimed or done")


def downgrade() -> None:
    _comment_on_state("open, claimed or done", was="open, claimed, approval or done")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        for name in ("ruled_by", "ruling", "approval_role", "approval", "saved_per_minute", "minutes", "kind"):
            batch_op.drop_column(name)
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        for name in ("holds", "audit_sample", "audit_propensity", "certificate_id", "segment", "variant"):
            batch_op.drop_column(name)
    for table in ("shadow_decisions", "policy_versions", "policy_publications", "certificates"):
        op.drop_table(table)


def _comment_on_state(comment: str, *, was: str) -> None:
    if op.get_context().dialect.name != "sqlite":  # which keeps no comments
        op.alter_column(
            "tasks",
            "state",
            existing_type=sa.String(length=10),
            existing_nullable=False,
            existing_comment=was,
            comment=comment,
        )
