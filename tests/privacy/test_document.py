"""docs/privacy.md names every table there is: nothing personal is kept without a line about it."""

from __future__ import annotations

import re

from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables
from settings import ROOT, Settings

DOCUMENT = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
#: Columns that hold something about a person wherever they stand.
PERSONAL = {"uid", "phone", "display_name", "full_name", "owner_name", "ip", "identity_last3"}


def test_every_table_has_its_line() -> None:
    named = set(re.findall(r"`([a-z_]+)`", DOCUMENT))
    assert set(SQLModel.metadata.tables) <= named


def test_tables_said_to_hold_nobody_hold_nobody() -> None:
    said = DOCUMENT.partition("Không có dữ liệu cá nhân:")[2].partition("\n\n")[0]
    empty = set(re.findall(r"`([a-z_]+)`", said))
    assert empty
    for name in empty - {"agency"}:  # an office's own telephone is nobody's
        columns = {column.name for column in SQLModel.metadata.tables[name].columns}
        assert not columns & PERSONAL, name


def test_every_period_is_a_setting() -> None:
    named = set(re.findall(r"`((?:KEEP|PRIVACY|CONVERSATION)_[A-Z_]+)`", DOCUMENT))
    assert named <= {name.upper() for name in Settings.model_fields}
    kept = {
        name.upper() for name in Settings.model_fields if name.startswith(("keep_", "privacy_"))
    }
    assert kept <= named


def test_every_personal_table_names_its_basis_and_where_it_goes() -> None:
    said = DOCUMENT.partition("Không có dữ liệu cá nhân:")[2].partition("\n\n")[0]
    nobody = set(re.findall(r"`([a-z_]+)`", said))
    table = DOCUMENT.partition("## 1a.")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| `")]
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert set(SQLModel.metadata.tables) - nobody <= named
