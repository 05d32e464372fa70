"""announcements, topics, tags of followers

Revision: 0004, after 0003
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "broadcast",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title_folded", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("way", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("audience", _JSON, nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("urgent_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approved_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agency_id", _BIG, nullable=True),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("submitted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("submitted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("approved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("remark", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("start_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("started_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("estimate", _JSON, nullable=False),
        sa.Column("preparing", _JSON, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("fed_uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fed_phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fed", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figures", _JSON, nullable=False),
        sa.Column("repeat_id", _BIG, nullable=True),
        sa.Column("again_of", _BIG, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'approved', 'scheduled', 'missed', 'preparing', 'sending', 'paused', 'stopped', 'cancelled', 'done')",
            name=op.f("ck_broadcast_state"),
        ),
        sa.CheckConstraint(
            "way IN ('mixed', 'consultation', 'zbs', 'article')", name=op.f("ck_broadcast_way")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_repeat_id"), ["repeat_id"], unique=False)
        batch_op.create_index("ix_broadcast_started", ["started_at"], unique=False)
        batch_op.create_index("ix_broadcast_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "ix_broadcast_work",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state IN ('scheduled', 'preparing', 'sending')"),
            postgresql_where=sa.text("state IN ('scheduled', 'preparing', 'sending')"),
        )

    op.create_table(
        "broadcast_article",
        sa.Column("broadcast_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("step", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("article_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("zalo_message_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "step IN ('create', 'verify', 'send', 'handed', 'unsure', 'refused')",
            name=op.f("ck_broadcast_article_step"),
        ),
        sa.PrimaryKeyConstraint("broadcast_id", name=op.f("pk_broadcast_article")),
    )
    op.create_table(
        "broadcast_listed",
        sa.Column("broadcast_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dossier_id", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "broadcast_id", "phone", "dossier_id", name=op.f("pk_broadcast_listed")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "broadcast_piece",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('segment', 'template')", name=op.f("ck_broadcast_piece_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_piece")),
    )
    with op.batch_alter_table("broadcast_piece", schema=None) as batch_op:
        batch_op.create_index("uq_broadcast_piece_name", ["kind", "name"], unique=True)

    op.create_table(
        "broadcast_recipient",
        sa.Column("broadcast_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dossier_id", _BIG, nullable=True),
        sa.PrimaryKeyConstraint(
            "broadcast_id", "uid", "phone", name=op.f("pk_broadcast_recipient")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "broadcast_repeat",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("broadcast_id", _BIG, nullable=False),
        sa.Column("rule", _JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_repeat")),
        sa.UniqueConstraint("broadcast_id", name=op.f("uq_broadcast_repeat_broadcast_id")),
    )
    with op.batch_alter_table("broadcast_repeat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_repeat_active"), ["active"], unique=False)

    op.create_table(
        "follower_tag",
        sa.Column("tag", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "uid", name=op.f("pk_follower_tag")),
    )
    with op.batch_alter_table("follower_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follower_tag_uid"), ["uid"], unique=False)

    op.create_table(
        "topic_choice",
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("uid", "topic", name=op.f("pk_topic_choice")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_at"), ["at"], unique=False)

    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follower_unfollowed",
            ["unfollowed_at"],
            unique=False,
            sqlite_where=sa.text("unfollowed_at IS NOT NULL"),
            postgresql_where=sa.text("unfollowed_at IS NOT NULL"),
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("broadcast_id", _BIG, nullable=True))
        batch_op.create_index(
            "ix_outbox_broadcast",
            ["broadcast_id", "state"],
            unique=False,
            sqlite_where=sa.text("broadcast_id IS NOT NULL"),
            postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_broadcast",
            sqlite_where=sa.text("broadcast_id IS NOT NULL"),
            postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        )
        batch_op.drop_column("broadcast_id")

    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_follower_unfollowed",
            sqlite_where=sa.text("unfollowed_at IS NOT NULL"),
            postgresql_where=sa.text("unfollowed_at IS NOT NULL"),
        )

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_at"))

    op.drop_table("topic_choice")
    with op.batch_alter_table("follower_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follower_tag_uid"))

    op.drop_table("follower_tag")
    with op.batch_alter_table("broadcast_repeat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcast_repeat_active"))

    op.drop_table("broadcast_repeat")
    op.drop_table("broadcast_recipient")
    with op.batch_alter_table("broadcast_piece", schema=None) as batch_op:
        batch_op.drop_index("uq_broadcast_piece_name")

    op.drop_table("broadcast_piece")
    op.drop_table("broadcast_listed")
    op.drop_table("broadcast_article")
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_broadcast_work",
            sqlite_where=sa.text("state IN ('scheduled', 'preparing', 'sending')"),
            postgresql_where=sa.text("state IN ('scheduled', 'preparing', 'sending')"),
        )
        batch_op.drop_index("ix_broadcast_state")
        batch_op.drop_index("ix_broadcast_started")
        batch_op.drop_index(batch_op.f("ix_broadcast_repeat_id"))

    op.drop_table("broadcast")
