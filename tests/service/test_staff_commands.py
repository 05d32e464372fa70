"""The first account from the command line, and what doctor says of a touched audit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlmodel import select

from console import passwords
from service.commands import cli
from store import staff
from store.engine import Database
from store.tables import AuditEntry
from tests.service.test_commands import failed, run

__all__ = ["run"]
GOOD = "con trâu đi cày ruộng sớm\n"
Run = Callable[..., Result]


def typed(password: str, *words: str) -> Result:
    return CliRunner().invoke(cli, ["staff", "create", *words, "--password-stdin"], input=password)


def test_the_first_admin_is_made_with_a_password_from_standard_input(
    run: Run, db: Database
) -> None:
    result = typed(GOOD, "quan", "--role", "admin", "--name", "Trần Văn Quân Mẫu")
    assert result.exit_code == 0, result.stderr
    with db.read() as session:
        account = staff.by_username(session, "quan")
        assert account is not None
        assert staff.grants_of(session, account.id or 0) == [("admin", 0)]
        assert passwords.fits(GOOD.strip(), account.password_hash)
        (entry,) = session.exec(select(AuditEntry)).all()
        assert (entry.action, entry.subject) == ("cli.staff_created", "quan")
        assert entry.actor.startswith("cli:")
    failed(typed(GOOD, "quan", "--role", "admin"), "exists")


def test_roles_go_by_their_vietnamese_names_too(run: Run, db: Database) -> None:
    assert typed(GOOD, "lan", "--role", "tiep-nhan", "--role", "officer").exit_code == 0
    with db.read() as session:
        account = staff.by_username(session, "lan")
        assert account is not None
        assert staff.grants_of(session, account.id or 0) == [("officer", 0), ("reception", 0)]


@pytest.mark.parametrize(
    ("password", "words", "said"),
    [
        (GOOD, ("Quan", "--role", "admin"), "username"),
        (GOOD, ("quan", "--role", "king"), "role"),
        ("ngắn\n", ("quan", "--role", "admin"), "password"),
        ("\n", ("quan", "--role", "admin"), "password"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(
    run: Run, db: Database, password: str, words: tuple[str, ...], said: str
) -> None:
    failed(typed(password, *words), said)


def test_doctor_notices_an_audit_somebody_touched(run: Run, db: Database) -> None:
    typed(GOOD, "quan", "--role", "admin")
    assert "ok   audit: ok" in run("doctor").stdout
    with db.engine.begin() as connection:
        if db.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        else:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_entry SET subject = 'ai khac'"))
    found = run("doctor")
    assert found.exit_code != 0
    assert "FAIL audit: the chain is broken at entry 1" in found.stdout
