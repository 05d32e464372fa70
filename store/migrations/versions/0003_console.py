"""the staff console: accounts, audit, agencies, feedback, chats, content, privacy, searchable dossiers

Revision: 0003, after 0002
"""

import re

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_WORD = re.compile(r"[^\W_]+")
_CHUNK = 2000


def _refuse_changes(table: str) -> None:
    """The database itself keeps a table append-only."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def _name_units() -> None:
    """A dossier whose sender named no unit belongs to the one in front of its code."""
    place = "instr(code, '-')"
    if op.get_bind().dialect.name != "sqlite":
        place = "strpos(code, '-')"
    op.execute(
        f"UPDATE dossier SET unit_code = substr(code, 1, {place} - 1)"
        f" WHERE unit_code = '' AND {place} > 1"
    )


def _index_words() -> None:
    """The words every dossier is found by, as `store.dossier_words` writes them from now on."""
    bind = op.get_bind()
    last = 0
    while True:
        rows = bind.execute(
            sa.text(
                "SELECT id, owner_folded, code FROM dossier WHERE id > :last ORDER BY id LIMIT :most"
            ),
            {"last": last, "most": _CHUNK},
        ).all()
        if not rows:
            return
        found = [
            {"word": word, "dossier_id": row[0]} for row in rows for word in _words(row[1], row[2])
        ]
        if found:
            bind.execute(
                sa.text("INSERT INTO dossier_word (word, dossier_id) VALUES (:word, :dossier_id)"),
                found,
            )
        last = rows[-1][0]


def _words(owner: str, code: str) -> list[str]:
    words = [word[:40] for word in _WORD.findall(owner)][:16]
    tail = code.rpartition("-")[2]
    return list(dict.fromkeys([*words, tail] if tail else words))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agency",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_folded", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("parent_id", _BIG, nullable=True),
        sa.Column("successor_id", _BIG, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code_pattern", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agency_successor_id"), ["successor_id"], unique=False)

    op.create_table(
        "asked_sentence",
        sa.Column("folded", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("intent", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("procedure_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("facet", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("understood", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("resolved", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("resolved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("folded", name=op.f("pk_asked_sentence")),
    )
    with op.batch_alter_table("asked_sentence", schema=None) as batch_op:
        batch_op.create_index("ix_asked_sentence_last", ["last_at"], unique=False)
        batch_op.create_index("ix_asked_sentence_times", ["understood", "times"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("ip", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("previous_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_action", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_actor", ["actor", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_audit_entry_subject", ["subject_kind", "subject", "id"], unique=False
        )

    op.create_table(
        "audit_head",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last_id", _BIG, nullable=False),
        sa.Column("last_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "chat_request",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("agency_id", _BIG, nullable=True),
        sa.Column("claimed_by_id", _BIG, nullable=True),
        sa.Column("claimed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_staff_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_request")),
    )
    with op.batch_alter_table("chat_request", schema=None) as batch_op:
        batch_op.create_index("ix_chat_request_opened", ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_request_uid"), ["uid"], unique=False)
        batch_op.create_index(
            "uq_chat_request_open",
            ["uid"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "code_sequence",
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_code_sequence")),
    )
    op.create_table(
        "content",
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "language", name=op.f("pk_content")),
    )
    with op.batch_alter_table("content", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "content_version",
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "key", "language", "version", name=op.f("pk_content_version")
        ),
    )
    op.create_table(
        "daily_count",
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", name=op.f("pk_daily_count")),
    )
    with op.batch_alter_table("daily_count", schema=None) as batch_op:
        batch_op.create_index("ix_daily_count_day", ["day"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("folded", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("place", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("dossier_id", _BIG, nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agency_id", _BIG, nullable=True),
        sa.Column("assignee_id", _BIG, nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("merged_into_id", _BIG, nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("accept_due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answer_due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("public_text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("public_answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('service', 'procedure', 'public_place', 'suggestion', 'other')",
            name=op.f("ck_feedback_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('new', 'accepted', 'forwarded', 'answered', 'closed', 'merged')",
            name=op.f("ck_feedback_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("code", name=op.f("uq_feedback_code")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(
            "ix_feedback_agency_state", ["agency_id", "state", "id"], unique=False
        )
        batch_op.create_index("ix_feedback_answered", ["answered_at"], unique=False)
        batch_op.create_index("ix_feedback_created", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index("ix_feedback_due", ["state", "answer_due_at"], unique=False)
        batch_op.create_index(
            "ix_feedback_published",
            ["id"],
            unique=False,
            sqlite_where=sa.text("published_at IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NOT NULL"),
        )
        batch_op.create_index("ix_feedback_state", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_uid"), ["uid"], unique=False)

    op.create_table(
        "import_job",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("announce", sa.Boolean(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("problems", _JSON, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("lease_owner", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lease_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_import_job_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    with op.batch_alter_table("import_job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_import_job_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "incident",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("discovered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("notify_due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("affected", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("measures", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("authority_notified_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("subjects_notified_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_discovered_at"), ["discovered_at"], unique=False
        )

    op.create_table(
        "news_item",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("summary", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cover_media", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cover_url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('news', 'video')", name=op.f("ck_news_item_kind")),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'hidden')", name=op.f("ck_news_item_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_item")),
    )
    with op.batch_alter_table("news_item", schema=None) as batch_op:
        batch_op.create_index(
            "uq_news_item_external",
            ["external_id"],
            unique=True,
            sqlite_where=sa.text("external_id != ''"),
            postgresql_where=sa.text("external_id != ''"),
        )
        batch_op.create_index("ix_news_item_shown", ["state", "published_at"], unique=False)

    op.create_table(
        "privacy_request",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dossier_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("details", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("identity_check", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("acknowledge_due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("extended_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("extension_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('see', 'correct', 'delete', 'withdraw')", name=op.f("ck_privacy_request_kind")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'acknowledged', 'done', 'refused')",
            name=op.f("ck_privacy_request_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        sa.UniqueConstraint("code", name=op.f("uq_privacy_request_code")),
    )
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.create_index("ix_privacy_request_state", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_privacy_request_uid"), ["uid"], unique=False)

    op.create_table(
        "saved_text",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agency_id", _BIG, nullable=True),
        sa.Column("changed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('chat', 'feedback', 'supplement', 'refusal', 'stop', 'payment', 'apology')",
            name=op.f("ck_saved_text_purpose"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_text")),
    )
    with op.batch_alter_table("saved_text", schema=None) as batch_op:
        batch_op.create_index("ix_saved_text_purpose", ["purpose", "title"], unique=False)

    op.create_table(
        "staff_account",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("username", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("full_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("password_changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("totp_confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("disabled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_login_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("zalo_uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_account_username")),
    )
    op.create_table(
        "stored_file",
        sa.Column("media", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mimetype", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("media", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_created_at"), ["created_at"], unique=False)

    op.create_table(
        "dossier_note",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("dossier_id", _BIG, nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_dossier_note_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_note")),
    )
    with op.batch_alter_table("dossier_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dossier_note_dossier_id"), ["dossier_id"], unique=False
        )

    op.create_table(
        "dossier_word",
        sa.Column("word", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dossier_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_dossier_word_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "dossier_id", name=op.f("pk_dossier_word")),
    )
    with op.batch_alter_table("dossier_word", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dossier_word_dossier_id"), ["dossier_id"], unique=False
        )

    op.create_table(
        "feedback_entry",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("feedback_id", _BIG, nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_entry_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_entry")),
    )
    with op.batch_alter_table("feedback_entry", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_entry_feedback", ["feedback_id", "id"], unique=False)

    op.create_table(
        "feedback_file",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("feedback_id", _BIG, nullable=True),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("small_media", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_file_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_file")),
    )
    with op.batch_alter_table("feedback_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feedback_file_feedback_id"), ["feedback_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feedback_file_media"), ["media"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_feedback_file_small_media"), ["small_media"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feedback_file_uid"), ["uid"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_account.id"],
            name=op.f("fk_recovery_code_account_id_staff_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "saved_filter",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("page", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("query", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_account.id"],
            name=op.f("fk_saved_filter_account_id_staff_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("account_id", "page", "name", name="uq_saved_filter_name"),
    )
    op.create_table(
        "staff_role",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agency_id", _BIG, nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'reception', 'officer', 'feedback', 'broadcast', 'approver', 'auditor')",
            name=op.f("ck_staff_role_role"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_account.id"],
            name=op.f("fk_staff_role_account_id_staff_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint("account_id", "role", "agency_id", name="uq_staff_role_grant"),
    )
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_role_account_id"), ["account_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("second_factor_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ip", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_agent", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("end_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_account.id"],
            name=op.f("fk_staff_session_account_id_staff_account"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_session_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_staff_session_expires_at"), ["expires_at"], unique=False
        )

    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index("ix_dossier_field", ["field_name", "id"], unique=False)
        batch_op.create_index(
            "ix_dossier_handed",
            ["delivered_at"],
            unique=False,
            sqlite_where=sa.text("result_ready_at IS NULL AND delivered_at IS NOT NULL"),
            postgresql_where=sa.text("result_ready_at IS NULL AND delivered_at IS NOT NULL"),
        )
        batch_op.create_index("ix_dossier_last3", ["identity_last3", "id"], unique=False)
        batch_op.create_index(
            "ix_dossier_open",
            ["promised_at", "id"],
            unique=False,
            sqlite_where=sa.text(
                "state NOT IN ('refused', 'withdrawn', 'stopped', 'result_ready', 'result_delivered')"
            ),
            postgresql_where=sa.text(
                "state NOT IN ('refused', 'withdrawn', 'stopped', 'result_ready', 'result_delivered')"
            ),
        )
        batch_op.create_index("ix_dossier_procedure", ["procedure_code", "id"], unique=False)
        batch_op.create_index("ix_dossier_due", ["promised_at", "id"], unique=False)
        batch_op.create_index(
            "ix_dossier_ready",
            ["result_ready_at"],
            unique=False,
            sqlite_where=sa.text("result_ready_at IS NOT NULL"),
            postgresql_where=sa.text("result_ready_at IS NOT NULL"),
        )
        batch_op.create_index("ix_dossier_received", ["received_at", "id"], unique=False)
        batch_op.create_index("ix_dossier_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_dossier_unit", ["unit_code", "id"], unique=False)
        batch_op.create_index("ix_dossier_unit_state", ["unit_code", "state", "id"], unique=False)

    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sources", _JSON, nullable=False, server_default="[]"))

    with op.batch_alter_table("inbound_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_event_chat",
            ["subject", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'handled'"),
            postgresql_where=sa.text("state = 'handled'"),
        )
    _refuse_changes("audit_entry")
    _name_units()
    _index_words()


def downgrade() -> None:
    """Undo; everything the console kept is lost."""
    with op.batch_alter_table("inbound_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbound_event_chat",
            sqlite_where=sa.text("state = 'handled'"),
            postgresql_where=sa.text("state = 'handled'"),
        )

    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_column("sources")

    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_unit_state")
        batch_op.drop_index("ix_dossier_unit")
        batch_op.drop_index("ix_dossier_state")
        batch_op.drop_index("ix_dossier_received")
        batch_op.drop_index("ix_dossier_due")
        batch_op.drop_index(
            "ix_dossier_ready",
            sqlite_where=sa.text("result_ready_at IS NOT NULL"),
            postgresql_where=sa.text("result_ready_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_dossier_handed",
            sqlite_where=sa.text("result_ready_at IS NULL AND delivered_at IS NOT NULL"),
            postgresql_where=sa.text("result_ready_at IS NULL AND delivered_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_dossier_procedure")
        batch_op.drop_index(
            "ix_dossier_open",
            sqlite_where=sa.text(
                "state NOT IN ('refused', 'withdrawn', 'stopped', 'result_ready', 'result_delivered')"
            ),
            postgresql_where=sa.text(
                "state NOT IN ('refused', 'withdrawn', 'stopped', 'result_ready', 'result_delivered')"
            ),
        )
        batch_op.drop_index("ix_dossier_last3")
        batch_op.drop_index("ix_dossier_field")

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_expires_at"))
        batch_op.drop_index(batch_op.f("ix_staff_session_account_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_role_account_id"))

    op.drop_table("staff_role")
    op.drop_table("saved_filter")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_account_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("feedback_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_file_uid"))
        batch_op.drop_index(batch_op.f("ix_feedback_file_small_media"))
        batch_op.drop_index(batch_op.f("ix_feedback_file_media"))
        batch_op.drop_index(batch_op.f("ix_feedback_file_feedback_id"))

    op.drop_table("feedback_file")
    with op.batch_alter_table("feedback_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_entry_feedback")

    op.drop_table("feedback_entry")
    with op.batch_alter_table("dossier_word", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dossier_word_dossier_id"))

    op.drop_table("dossier_word")
    with op.batch_alter_table("dossier_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dossier_note_dossier_id"))

    op.drop_table("dossier_note")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_created_at"))

    op.drop_table("stored_file")
    op.drop_table("staff_account")
    with op.batch_alter_table("saved_text", schema=None) as batch_op:
        batch_op.drop_index("ix_saved_text_purpose")

    op.drop_table("saved_text")
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_request_uid"))
        batch_op.drop_index("ix_privacy_request_state")

    op.drop_table("privacy_request")
    with op.batch_alter_table("news_item", schema=None) as batch_op:
        batch_op.drop_index("ix_news_item_shown")
        batch_op.drop_index(
            "uq_news_item_external",
            sqlite_where=sa.text("external_id != ''"),
            postgresql_where=sa.text("external_id != ''"),
        )

    op.drop_table("news_item")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_discovered_at"))

    op.drop_table("incident")
    with op.batch_alter_table("import_job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_import_job_open",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.drop_table("import_job")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_uid"))
        batch_op.drop_index("ix_feedback_state")
        batch_op.drop_index(
            "ix_feedback_published",
            sqlite_where=sa.text("published_at IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_feedback_due")
        batch_op.drop_index(batch_op.f("ix_feedback_dossier_id"))
        batch_op.drop_index("ix_feedback_created")
        batch_op.drop_index("ix_feedback_answered")
        batch_op.drop_index("ix_feedback_agency_state")
        batch_op.drop_index(batch_op.f("ix_feedback_assignee_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_agency_id"))

    op.drop_table("feedback")
    with op.batch_alter_table("daily_count", schema=None) as batch_op:
        batch_op.drop_index("ix_daily_count_day")

    op.drop_table("daily_count")
    op.drop_table("content_version")
    with op.batch_alter_table("content", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_updated_at"))

    op.drop_table("content")
    op.drop_table("code_sequence")
    with op.batch_alter_table("chat_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_chat_request_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_chat_request_uid"))
        batch_op.drop_index("ix_chat_request_opened")

    op.drop_table("chat_request")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index("ix_audit_entry_at")
        batch_op.drop_index("ix_audit_entry_actor")
        batch_op.drop_index("ix_audit_entry_action")

    op.drop_table("audit_entry")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_entry_refuse()")
    with op.batch_alter_table("asked_sentence", schema=None) as batch_op:
        batch_op.drop_index("ix_asked_sentence_times")
        batch_op.drop_index("ix_asked_sentence_last")

    op.drop_table("asked_sentence")
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_successor_id"))
        batch_op.drop_index(batch_op.f("ix_agency_parent_id"))

    op.drop_table("agency")
