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
