"""What ails a database is told from what was wrong with a statement, by either driver."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clock import FixedClock
from store import faults
from store.engine import Database
from store.faults import Trouble
from tests.promises import ailing


def caught(db: Database, statement: str) -> BaseException:
    with pytest.raises(DBAPIError) as found, db.write() as session:
        session.connection().execute(text(statement))
    return found.value


@pytest.mark.parametrize(
    "statement", ["SELECT nothing FROM nowhere", "INSERT INTO oa_token (oa_id) VALUES ('1')"]
)
def test_a_statement_that_is_wrong_is_no_trouble_of_the_database(
    db: Database, statement: str
) -> None:
    assert faults.trouble(caught(db, statement)) is None


def test_a_read_only_database_is_told_by_the_probe_and_by_any_write(
    db: Database, clock: FixedClock
) -> None:
    assert faults.probe(db, clock.now()) is None
    with ailing.read_only(db):
        assert faults.probe(db, clock.now()) is Trouble.read_only
        insert = "UPDATE job_run SET owner = 'x'"
        assert faults.trouble(caught(db, insert)) is Trouble.read_only
    assert faults.probe(db, clock.now()) is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_full_disk_is_told_by_the_probe(db: Database, clock: FixedClock) -> None:
    with ailing.full(db):
        assert faults.probe(db, clock.now()) is Trouble.full
    assert faults.probe(db, clock.now()) is None


def test_a_server_that_is_not_there_is_away(clock: FixedClock) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert faults.probe(away, clock.now()) is Trouble.away
    away.dispose()
