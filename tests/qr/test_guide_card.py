"""The guide card: one page, both codes scan from a cheap print, nothing personal on it."""

from __future__ import annotations

import io
from typing import Literal

import pypdf
import pytest

from qr import links
from qr.facts import read_facts
from qr.guide_card import guide_pdf
from qr.reading import read_codes
from store.tables import Dossier
from tests.qr.conftest import CODE, Town
from tests.qr.shots import jpeg, pages


@pytest.mark.parametrize("size", ["A6", "A5"])
def test_the_card_is_one_page_whose_codes_scan(town: Town, size: Literal["A6", "A5"]) -> None:
    number = town.dossier()
    with town.db.read() as session:
        row = session.get_one(Dossier, number)
        made = guide_pdf(read_facts(session, row, town.settings), town.settings, size)
    (page,) = pages(made, 200)
    found = set(read_codes(jpeg(page, 90), 8_000_000, 40_000_000))
    assert found == {
        links.oa_address(town.settings),
        links.receipt_address(town.settings, row.receipt_token),
    }
    text = pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert CODE in text
    assert all(f"{step}." in text for step in (1, 2, 3))
    assert "Nguyễn" not in text
    assert "0900" not in text
