"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, select

import store.tables  # noqa: F401 - registers the tables
from store import migrate, procedures
from store.dossier_words import words_of
from store.engine import Database
from store.tables import (
    BackupTaken,
    Broadcast,
    Dossier,
    DossierWord,
    Follower,
    MetricSample,
    Outbox,
    Restoration,
)


def test_the_migrated_schema_is_the_one_the_code_means(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_partial_indexes_are_partial_after_migrating(db: Database) -> None:
    wanted = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"].get("where") is not None
    }
    with db.engine.connect() as connection:
        name = "sqlite_where" if db.is_sqlite else "postgresql_where"
        found = {
            index["name"]: str(index.get("dialect_options", {}).get(name, ""))
            for table in SQLModel.metadata.tables
            for index in inspect(connection).get_indexes(table)
        }
    assert wanted
    for index_name, condition in wanted.items():
        column = condition.split()[0]
        assert column in found[str(index_name)], index_name


def test_upgrading_again_changes_nothing(database_url: str, db: Database) -> None:
    before = migrate.current(db)
    migrate.upgrade(database_url)
    assert migrate.current(db) == before == migrate.head()


def test_0002_keeps_the_catalogue_and_makes_it_version_1(
    database_url: str, tmp_path: Path, postgresql_empty: str
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'old.db'}"
        if database_url.startswith("sqlite")
        else postgresql_empty
    )
    migrate.upgrade(url, "0001")
    database = Database(url)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    columns = "key, code, slug, name, field_name, record, updated_at"
    with database.engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO procedure ({columns}) VALUES (:k, '', 's', 'Tên cũ', '', :r, :t)"),
            {"k": "s", "r": '{"name": "Tên cũ"}', "t": now if not database.is_sqlite else str(now)},
        )
    migrate.upgrade(url)
    try:
        with database.read() as session:
            row = procedures.by_key(session, "s")
            assert row is not None
            assert (row.name, row.version, row.changed_by) == ("Tên cũ", 1, "")
            (kept,) = procedures.versions(session, "s")
            assert (kept.version, kept.record) == (1, {"name": "Tên cũ"})
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        database.dispose()


def test_0003_makes_dossiers_searchable_names_their_units_and_keeps_the_audit_from_changing(
    database_url: str, tmp_path: Path, postgresql_empty: str
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'old.db'}"
        if database_url.startswith("sqlite")
        else postgresql_empty
    )
    migrate.upgrade(url, "0002")
    database = Database(url)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    blank = Dossier(
        code="", state_at=now, created_at=now, updated_at=now, receipt_token=""
    ).model_dump()
    for number, (code, unit) in enumerate(
        [("000.00.04.H60-230215-0028", ""), ("H56.14-240823-0001", "H56"), ("00673810079", "")]
    ):
        row = blank | {"code": code, "unit_code": unit, "receipt_token": f"t{number}"}
        row |= {"owner_folded": "nguyen thi mau"}
        del row["id"]
        with database.engine.begin() as connection:
            connection.execute(SQLModel.metadata.tables["dossier"].insert().values(row))
    migrate.upgrade(url)
    try:
        with database.read() as session:
            units = [row.unit_code for row in session.exec(select(Dossier).order_by(Dossier.id))]
            assert units == ["000.00.04.H60", "H56", ""]
            words = session.exec(select(DossierWord).where(DossierWord.dossier_id == 1)).all()
            assert {row.word for row in words} == {"nguyen", "thi", "mau", "0028"}
            assert {row.word for row in words} == set(
                words_of("nguyen thi mau", "000.00.04.H60-230215-0028")
            )
        entry = "INSERT INTO audit_entry VALUES (1, :at, 'a', 'x', '', '', '{}', '', '', 'h')"
        with database.engine.begin() as connection:
            connection.execute(text(entry), {"at": str(now)[:19]})
        for act in ("UPDATE audit_entry SET actor = 'b'", "DELETE FROM audit_entry"):
            with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as it:
                it.execute(text(act))
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        database.dispose()


def test_0004_keeps_messages_and_followers_and_makes_room_for_announcements(
    database_url: str, tmp_path: Path, postgresql_empty: str
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'old.db'}"
        if database_url.startswith("sqlite")
        else postgresql_empty
    )
    migrate.upgrade(url, "0003")
    database = Database(url)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    tables = SQLModel.metadata.tables
    message = Outbox(
        dedupe_key="alt",
        lane="status",
        rank=1,
        kind="status",
        uid="u",
        order_key="u|status",
        correlation_id="c",
        created_at=now,
        due_at=now,
    ).model_dump(exclude={"id", "broadcast_id"})
    person = Follower(uid="u", first_seen_at=now, unfollowed_at=now).model_dump()
    agreed = {"kind": "notify", "action": "withdrawn", "uid": "u", "phone": "", "at": now}
    with database.engine.begin() as connection:
        connection.execute(tables["outbox"].insert().values(message))
        connection.execute(tables["follower"].insert().values(person))
        connection.execute(
            tables["consent"].insert().values({**agreed, "wording_version": "x", "by": "citizen"})
        )
    migrate.upgrade(url)
    try:
        with database.write() as session:
            (kept,) = session.exec(select(Outbox)).all()
            assert (kept.dedupe_key, kept.broadcast_id) == ("alt", None)
            assert session.get_one(Follower, "u").unfollowed_at == now
            session.add(Broadcast(title="Mới", created_by="lan", created_at=now, updated_at=now))
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        database.dispose()


def test_0005_keeps_dossiers_and_can_be_taken_back(
    database_url: str, tmp_path: Path, postgresql_empty: str
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'old.db'}"
        if database_url.startswith("sqlite")
        else postgresql_empty
    )
    migrate.upgrade(url, "0004")
    database = Database(url)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    old = Dossier(code="c", receipt_token="t", state_at=now, created_at=now, updated_at=now)
    tables = SQLModel.metadata.tables
    with database.engine.begin() as connection:
        connection.execute(tables["dossier"].insert().values(old.model_dump(exclude={"id"})))
    try:
        migrate.upgrade(url)
        with database.write() as session:
            assert session.exec(select(Dossier)).one().code == "c"
            session.add(Restoration(restored_at=now, backup_at=now, file_name="x.db"))
            session.add(BackupTaken(at=now, file_name="x.db"))
            session.add(MetricSample(name="n", labels="", value=1.5))
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
        command.downgrade(migrate.config(url), "0004")
        assert migrate.current(database) == "0004"
        with database.engine.connect() as connection:
            assert not inspect(connection).has_table("restoration")
            (code,) = connection.execute(text("SELECT code FROM dossier")).scalars()
            assert code == "c"
        migrate.upgrade(url)
        assert migrate.current(database) == migrate.head()
    finally:
        database.dispose()
