"""versions of procedures, codes shown behind receipts, counted scans

Revision: 0002, after 0001
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply; what is in the catalogue today becomes version 1."""
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(
            sa.Column(
                "changed_by",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
    op.create_table(
        "procedure_version",
        sa.Column("procedure_id", _BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record", _JSON, nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedure.id"],
            name=op.f("fk_procedure_version_procedure_id_procedure"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("procedure_id", "version", name=op.f("pk_procedure_version")),
    )
    op.execute(
        "INSERT INTO procedure_version (procedure_id, version, record, changed_by, created_at)"
        " SELECT id, 1, record, '', updated_at FROM procedure"
    )
    op.create_table(
        "receipt_code",
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dossier_id", _BIG, nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_receipt_code_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_receipt_code")),
    )
    with op.batch_alter_table("receipt_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_code_dossier_id"), ["dossier_id"])
        batch_op.create_index(batch_op.f("ix_receipt_code_expires_at"), ["expires_at"])
    op.create_table(
        "scan_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "subject", name=op.f("pk_scan_count")),
    )


def downgrade() -> None:
    """Undo; versions, open codes and counts are lost."""
    op.drop_table("scan_count")
    op.drop_table("receipt_code")
    op.drop_table("procedure_version")
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.drop_column("changed_by")
        batch_op.drop_column("version")
