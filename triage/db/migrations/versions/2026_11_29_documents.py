"""trade documents: files, what was read of them, the orders they name, and their cases."""

import sqlalchemy as sa
from alembic import op

from triage.db.schema import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="as sent, zlib"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes before compression"),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_document_files")),
    )
    op.create_table(
        "documents",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="order of arrival",
        ),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False, comment="whose cases its differences become"),
        sa.Column(
            "identity", sa.String(length=64), nullable=False, comment="sha256 of kind, supplier, number and content"
        ),
        sa.Column("kind", sa.String(length=20), nullable=True, comment="null: it could not be read"),
        sa.Column("supplier", sa.String(length=128), nullable=True, comment="normal form; empty where none is named"),
        sa.Column("number", sa.String(length=128), nullable=True, comment="normal form"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("submitted_by", sa.String(length=128), nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True, comment="why it cannot be read"),
        sa.Column("detail", sa.Text(), nullable=True, comment="JSON text: what is wrong with it, for a person"),
        sa.Column("body", sa.Text(), nullable=True, comment="JSON: the document as read; null: it could not be"),
        sa.Column("result", sa.Text(), nullable=True, comment="JSON: what it was matched by; null: it is not matched"),
        sa.Column(
            "pending", sa.Text(), nullable=True, comment="JSON: cases that are about to be submitted; null: none"
        ),
        sa.Column("due_at", Instant(), nullable=True, comment="when it is matched or submitted next; null: never"),
        sa.Column(
            "file_sha256",
            sa.String(length=64),
            nullable=False,
            comment="the file it came in, which may hold others too",
        ),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["document_files.sha256"], name=op.f("fk_documents_file_sha256_document_files")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_documents")),
        sa.UniqueConstraint("document_id", name=op.f("uq_documents_document_id")),
        sa.UniqueConstraint("identity", name=op.f("uq_documents_identity")),
    )
    op.create_index(op.f("ix_documents_kind_number_supplier"), "documents", ["kind", "number", "supplier"])
    op.create_index(op.f("ix_documents_domain_seq"), "documents", ["domain", "seq"])
    op.create_index(op.f("ix_documents_domain_kind_seq"), "documents", ["domain", "kind", "seq"])
    op.create_index(op.f("ix_documents_domain_state_seq"), "documents", ["domain", "state", "seq"])
    op.create_index(op.f("ix_documents_domain_number_seq"), "documents", ["domain", "number", "seq"])
    op.create_index(op.f("ix_documents_file_sha256"), "documents", ["file_sha256"])
    op.create_index(
        "ix_documents_due",
        "documents",
        ["due_at"],
        postgresql_where=sa.literal_column("due_at IS NOT NULL"),
        sqlite_where=sa.literal_column("due_at IS NOT NULL"),
    )
    op.create_table(
        "document_orders",
        sa.Column("order_key", sa.String(length=128), nullable=False, comment="number of the order, normal form"),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_document_orders_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("order_key", "document_id", name=op.f("pk_document_orders")),
    )
    op.create_index(op.f("ix_document_orders_document_id"), "document_orders", ["document_id"])
    op.create_table(
        "document_cases",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False, comment="it may be forgotten before its document"),
        sa.Column("exception_id", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=128), nullable=True, comment="null: the document as a whole"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_document_cases_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", "case_id", name=op.f("pk_document_cases")),
    )


def downgrade() -> None:
    op.drop_table("document_cases")
    op.drop_table("document_orders")
    op.drop_table("documents")
    op.drop_table("document_files")
