"""Revisions of a release that does not exist, to be laid over the product's own and thrown away."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from store import migrate

#: A name no release will ever have.
REVISION = "9999"
_FILE = '''"""a release that does not exist"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
{body}
'''
#: What a well-behaved release may do to a table that is in use.
EXPANDS = """
op.add_column("outbox", sa.Column("note", sa.String(), nullable=True))
op.add_column("inbound_event", sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
op.add_column("dossier", sa.Column("mark", sa.String(), nullable=True))
op.create_index("ix_outbox_note", "outbox", ["note"])
op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.String()))
"""


def apply(url: str, folder: Path, body: str = EXPANDS) -> None:
    """Upgrade a database at head by one more revision that does ``body``."""
    folder.mkdir(parents=True, exist_ok=True)
    indented = textwrap.indent(body.strip("\n"), "    ")
    text = _FILE.format(revision=REVISION, before=migrate.head(), body=indented)
    (folder / f"{REVISION}_later.py").write_text(text, encoding="utf-8")
    config = migrate.config(url)
    own = Path(config.get_main_option("script_location") or "") / "versions"
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{own}\n{folder}")
    command.upgrade(config, REVISION)


def revisions_since(first: str) -> list[tuple[str, str]]:
    """Pairs (before, after) of all revisions of this version that came after ``first``."""
    scripts = ScriptDirectory.from_config(migrate.config("sqlite://"))
    chain = [one.revision for one in scripts.walk_revisions()][::-1]
    since = chain[chain.index(first) :]
    return list(pairwise(since))
