"""Many machines: old and new version work side by side through a migration (docs/upgrades.md)."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    inspect,
    text,
)

from service.commands import cli
from settings import ROOT, Settings
from store import migrate
from store.engine import Database
from tests.e2e.conftest import town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event, follow
from tests.e2e.worker_process import environment
from tests.promises import throwaway
from tests.promises.expanding import broken, shapes

#: The release before the next one; from here on every migration keeps the rule.
BEFORE = "0004"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path, postgresql_empty: str) -> str:
    """A database without any table, of the kind whose turn it is."""
    sqlite = database_url.startswith("sqlite")
    return f"sqlite:///{tmp_path / 'empty.db'}" if sqlite else postgresql_empty


def at_shape(url: str) -> Any:
    database = Database(url)
    try:
        return shapes(database)
    finally:
        database.dispose()


def test_every_migration_since_leaves_the_release_before_it_at_work(empty_url: str) -> None:
    migrate.upgrade(empty_url, BEFORE)
    before = at_shape(empty_url)
    for _, revision in throwaway.revisions_since(BEFORE):
        migrate.upgrade(empty_url, revision)
        after = at_shape(empty_url)
        assert broken(before, after) == [], (
            f"{revision} breaks whoever still runs the version before"
        )
        before = after


#: What no single release may do, and what is said of it.
WRONG = {
    'op.drop_column("outbox", "channel")': "column channel is gone",
    'op.alter_column("outbox", "channel", new_column_name="way")': "column channel is gone",
    'op.drop_table("news_item")': "news_item: the table is gone",
    'op.add_column("outbox", sa.Column("note", sa.String(), nullable=False))': "must be filled",
    'op.alter_column("outbox", "expires_at", nullable=False)': "may no longer be empty",
    'op.alter_column("outbox", "reason", type_=sa.Integer())': "column reason is INTEGER",
    'op.create_index("uq_one", "outbox", ["uid"], unique=True)': "must now be unique",
    'op.create_check_constraint("short", "outbox", "length(kind) < 9")': "new check",
}


@pytest.mark.parametrize("body", WRONG, ids=lambda body: body.split("(")[0] + body[-24:-2])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_rule_is_noticed_when_it_is_broken(
    database_url: str, tmp_path: Path, body: str
) -> None:
    before = at_shape(database_url)
    if "type_" in body:
        body = body.replace("type_=", "postgresql_using='0', type_=")
    throwaway.apply(database_url, tmp_path / "later", body)
    problems = broken(before, at_shape(database_url))
    told = WRONG.get(body) or WRONG[body.replace("postgresql_using='0', ", "")]
    assert any(told in problem for problem in problems), problems


def test_what_a_release_may_do_is_not_called_wrong(database_url: str, tmp_path: Path) -> None:
    before = at_shape(database_url)
    throwaway.apply(database_url, tmp_path / "later")
    after = at_shape(database_url)
    assert "later" in after and "note" in after["outbox"].columns
    assert broken(before, after) == []


def value_of(column: Any, table: Table) -> Any:
    """Something that fits a column of the old schema."""
    if column.foreign_keys:
        return 1
    for check in table.constraints:
        words = str(getattr(check, "sqltext", ""))
        if "'" in words and re.findall(r"\w+", words)[:1] == [column.name]:
            return words.split("'")[1]
    kinds: tuple[tuple[type, Any], ...] = (
        (Boolean, False),
        (Integer, 1),
        (Float, 1.0),
        (Numeric, 1),
        (DateTime, datetime(2026, 11, 18, 3, tzinfo=UTC)),
        (Date, date(2026, 11, 18)),
        (LargeBinary, b"x"),
        (JSON, {}),
    )
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "x")


def test_inserts_that_know_only_the_old_columns_work_on_every_table(
    empty_url: str, tmp_path: Path
) -> None:
    migrate.upgrade(empty_url, BEFORE)
    database = Database(empty_url)
    try:
        old = MetaData()
        old.reflect(database.engine)
        migrate.upgrade(empty_url)
        throwaway.apply(empty_url, tmp_path / "later")
        tables = [table for table in old.sorted_tables if table.name != "alembic_version"]
        assert len(tables) > 50
        for table in tables:
            row = {
                column.name: value_of(column, table)
                for column in table.columns
                if column.primary_key or not (column.nullable or column.server_default)
            }
            with database.engine.begin() as connection:
                connection.execute(table.insert().values(row))
                assert len(connection.execute(table.select()).all()) == 1, table.name
    finally:
        database.dispose()


def command(settings: Settings, *words: str) -> Result:
    """What an operator types on the machine that still has the old version."""
    return CliRunner().invoke(cli, list(words), env=environment(settings))


def started(settings: Settings, *words: str) -> subprocess.Popen[str]:
    """The same as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "app.py", *words],
        cwd=ROOT,
        env={**os.environ, **environment(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_version_before_serves_on_over_the_newer_schema(
    database_url: str, tmp_path: Path
) -> None:
    throwaway.apply(database_url, tmp_path / "later")
    with town_of(database_url) as town:
        town.push("dossiers", dossier())
        citizen = follow(town)
        town.push("events", event(4, "Thẩm định hồ sơ"))
        citizen.say("tra cứu " + CODE)
        assert "Thẩm định hồ sơ" in citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
        answer = requests.get(f"{town.url}/readyz", timeout=60)
        assert answer.status_code == 200, answer.text
        told = answer.json()["parts"]["migrations"]
        assert told == f"ok, newer (9999) than this version of the program ({migrate.head()})"
        upgraded = command(town.settings, "db", "upgrade")
        assert (upgraded.exit_code, upgraded.stderr) == (0, "")
        assert "schema at 9999: newer than this version" in upgraded.stdout
        doctor = command(town.settings, "doctor")
        assert "ok   migrations: ok, newer (9999)" in doctor.stdout
        assert isinstance(doctor.exception, SystemExit | None)


def test_a_schema_that_is_older_is_not_ready(empty_url: str, settings: Settings) -> None:
    migrate.upgrade(empty_url, "0003")
    told = command(settings.model_copy(update={"database_url": empty_url}), "doctor")
    assert told.exit_code == 1
    assert f"FAIL migrations: at 0003, need {migrate.head()}" in told.stdout


def test_two_machines_that_upgrade_at_once_do_it_one_after_the_other(
    empty_url: str, settings: Settings
) -> None:
    ours = settings.model_copy(update={"database_url": empty_url})
    both = [started(ours, "db", "upgrade") for _ in range(2)]
    ends = [(*one.communicate(timeout=240), one.returncode) for one in both]
    assert ends == [(f"schema at {migrate.head()}\n", "", 0)] * 2


def test_an_upgrade_waits_for_the_one_that_is_at_work(empty_url: str) -> None:
    database = Database(empty_url)
    holder = None
    if not database.is_sqlite:
        holder = database.autocommit.connect()
        holder.execute(text(f"SELECT pg_advisory_lock({migrate._LOCK})"))
    else:
        file = os.open(f"{database.engine.url.database}.upgrade.lock", os.O_CREAT | os.O_RDWR)
        fcntl.flock(file, fcntl.LOCK_EX)
    waits = threading.Thread(target=migrate.upgrade, args=(empty_url,), daemon=True)
    waits.start()
    waits.join(timeout=2)
    assert waits.is_alive() and migrate.current(database) == ""
    if holder is not None:
        holder.invalidate()
        holder.close()
    else:
        os.close(file)
    waits.join(timeout=120)
    assert migrate.current(database) == migrate.head()
    database.dispose()


def test_an_upgrade_killed_in_the_middle_of_a_migration_leaves_none_of_it(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    killed = throwaway.EXPANDS + "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    code = "import sys; from pathlib import Path; from tests.promises import throwaway"
    code += "; throwaway.apply(sys.argv[1], Path(sys.argv[2]), sys.argv[3])"
    words = [sys.executable, "-c", code, database_url, str(tmp_path / "killed"), killed]
    assert subprocess.run(words, cwd=ROOT, check=False, timeout=120).returncode == -9
    assert migrate.current(db) == migrate.head()
    with db.engine.connect() as connection:
        assert not inspect(connection).has_table("later")
    throwaway.apply(database_url, tmp_path / "later")
    assert migrate.current(db) == throwaway.REVISION
