"""counters of all processes, backups, restorations, dossiers that ended

Revision: 0005, after 0004
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ENDED = "state IN ('refused', 'withdrawn', 'stopped', 'result_delivered')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "metric_sample",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("labels", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_metric_sample")),
    )
    op.create_table(
        "backup_taken",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_taken")),
    )
    with op.batch_alter_table("backup_taken", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backup_taken_at"), ["at"], unique=False)

    op.create_table(
        "restoration",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("restored_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("backup_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last_inbound_id", _BIG, nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("continued_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("continued_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dossier_ended",
            ["state_at", "id"],
            unique=False,
            sqlite_where=sa.text(_ENDED),
            postgresql_where=sa.text(_ENDED),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_dossier_ended",
            sqlite_where=sa.text(_ENDED),
            postgresql_where=sa.text(_ENDED),
        )

    op.drop_table("restoration")
    with op.batch_alter_table("backup_taken", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_backup_taken_at"))

    op.drop_table("backup_taken")
    op.drop_table("metric_sample")
