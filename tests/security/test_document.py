"""docs/security.md names places and tests: each must be there, and each setting too."""

from __future__ import annotations

import re

from settings import ROOT, Settings

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_ELSEWHERE = {"SECRET_KEY"}


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|txt))`", DOCUMENT))
    assert len(named) > 30
    assert not [one for one in sorted(named) if not (ROOT / one).is_file()]


def test_every_threat_names_its_place_and_its_test() -> None:
    table = DOCUMENT.partition("## 3.")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    threats = [row for row in rows if row and row[0] in tuple("STRIDE")]
    assert len(threats) >= 20
    assert {row[0] for row in threats} == set("STRIDE")
    for row in threats:
        assert all(row), row
        assert "tests/" in row[4] or "mục 5" in row[4], row


def test_every_setting_it_names_exists() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", DOCUMENT))
    assert named - _ELSEWHERE <= {name.upper() for name in Settings.model_fields}
