"""policy versions, certificates, shadow decisions, audits and approvals."""

from alembic import op

from triage.tables import certificates, decisions, policy_publications, policy_versions, shadow_decisions, tasks

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DECISIONS = ("variant", "segment", "certificate_id", "audit_propensity", "audit_sample", "holds")
_TASKS = ("kind", "minutes", "saved_per_minute", "approval", "approval_role", "ruling", "ruled_by")
_TABLES = (policy_versions, policy_publications, certificates, shadow_decisions)


def upgrade() -> None:
    for table, names in ((decisions, _DECISIONS), (tasks, _TASKS)):
        with op.batch_alter_table(table.name) as batch:
            for name in names:
                batch.add_column(table.c[name].copy())
    for table in _TABLES:
        table.create(op.get_bind())


def downgrade() -> None:
    for table in reversed(_TABLES):
        table.drop(op.get_bind())
    for table, names in ((tasks, _TASKS), (decisions, _DECISIONS)):
        with op.batch_alter_table(table.name) as batch:
            for name in names:
                batch.drop_column(name)
