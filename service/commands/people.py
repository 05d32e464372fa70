"""Staff accounts from the command line: the first one, and whoever locked themselves out."""

from __future__ import annotations

import getpass
import re
import sys

import click

from clock import SystemClock
from console import passwords
from console.access import ROLE_WORDS
from console.people import USERNAME
from crypto import Vault
from dossiers.names import fold
from service.commands.group import opened
from settings import load
from store import audit
from store import staff as accounts
from store.tables import Role

#: The English names of the contract, and what people here call the roles.
_ROLES = {role.value: role for role in Role} | {
    fold(words).replace(" ", "-"): role for role, words in ROLE_WORDS.items()
}


@click.group()
def staff() -> None:
    """Accounts of the people who work with the console."""


@staff.command("create")
@click.argument("username")
@click.option("--role", "roles", required=True, multiple=True, help=", ".join(Role))
@click.option("--name", "full_name", default="", help="Full name; the username when left out.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(username: str, roles: tuple[str, ...], full_name: str, password_stdin: bool) -> None:
    """Create the account USERNAME; asks for the password unless --password-stdin is given."""
    settings = load()
    if not re.fullmatch(USERNAME, username):
        raise click.ClickException("username: 3 to 40 of a-z 0-9 . _ -, a letter first")
    unknown = [role for role in roles if role not in _ROLES]
    if unknown:
        raise click.ClickException(f"no role {unknown[0]!r}; choose from {', '.join(Role)}")
    password = _password(password_stdin)
    if weak := passwords.weakness(password, username, full_name, settings.province_name):
        raise click.ClickException(f"password: {weak}")
    vault, now = Vault(settings.secret_key.get_secret_value()), SystemClock().now()
    actor = f"cli:{getpass.getuser()}"
    granted = sorted({_ROLES[role].value for role in roles})
    made = passwords.hashed(password)
    with opened(settings) as database, database.write() as session:
        account = accounts.create(
            session,
            username=username,
            full_name=full_name.strip()[:100] or username,
            password_hash=made,
            grants=[(role, 0) for role in granted],
            now=now,
            by=actor,
        )
        if account is None:
            raise click.ClickException(f"an account named {username!r} exists")
        audit.add(
            session,
            vault.audit_seal,
            actor=actor,
            action="cli.staff_created",
            now=now,
            subject_kind="account",
            subject=username,
            details={"roles": " ".join(granted)},
        )
    click.echo(f"account {username} created")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
