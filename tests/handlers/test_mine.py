""" "Hồ sơ của tôi": whose, in which order, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.tables import Proof
from tests.handlers.conftest import Talk
from tests.handlers.samples import (
    CODE,
    NAME,
    OTHER,
    TOKEN,
    add_dossier,
    add_link,
    said,
    told,
)


def many(talk: Talk, count: int) -> list[str]:
    """Codes of ``count`` dossiers, newest first, stored in another order."""
    codes = [f"000.00.04.H60-230215-01{n:02d}" for n in range(count)]
    days = [(n * 5) % count for n in range(count)]
    for code, age in zip(codes, days, strict=True):
        add_dossier(talk, code=code, received_at=talk.clock.now() - timedelta(days=age))
    return [code for _, code in sorted(zip(days, codes, strict=True))]


@pytest.mark.parametrize("typed", ["#hosocuatoi", "hồ sơ của tôi", "ho so cua toi", "2"])
def test_a_verified_follower_sees_their_dossiers(talk: Talk, typed: str) -> None:
    add_dossier(talk)
    add_dossier(talk, code=OTHER, phone="+84900000002")
    add_link(talk)
    answer = said(talk, typed)
    assert "Hồ sơ của ông/bà: 1 hồ sơ" in answer
    assert f"1. {CODE} - Đăng ký thay đổi thành viên. Đang xử lý" in answer
    assert OTHER not in answer


def test_a_watched_dossier_is_listed_too_and_never_twice(talk: Talk) -> None:
    add_dossier(talk, phone="+84900000002")
    talk(f"#hs {TOKEN}")
    assert "1 hồ sơ" in said(talk, "#hosocuatoi")
    add_link(talk, phone="+84900000002")
    assert "Hồ sơ của ông/bà: 1 hồ sơ" in said(talk, "#hosocuatoi")


def test_the_list_is_newest_first_five_a_page(talk: Talk) -> None:
    codes = many(talk, 12)
    add_link(talk)
    pages = [said(talk, f"#hosocuatoi {page}") for page in (1, 2, 3)]
    for at, code in enumerate(codes):
        assert code in pages[at // 5]
    order = [pages[0].index(code) for code in codes[:5]]
    assert order == sorted(order)
    assert "Trang 3/3" in pages[2]
    assert "#hosocuatoi 2" in talk.payloads
    assert "#hosocuatoi 4" not in talk.payloads


@pytest.mark.parametrize("page", ["0", "99", "-1", "9" * 30, "x"])
def test_a_page_that_does_not_exist_is_the_nearest_one(talk: Talk, page: str) -> None:
    many(talk, 7)
    add_link(talk)
    assert "Hồ sơ của ông/bà: 7 hồ sơ" in said(talk, f"#hosocuatoi {page}")


def test_a_number_opens_that_dossier_and_the_list_stays_open(talk: Talk) -> None:
    codes = many(talk, 3)
    add_link(talk)
    talk("#hosocuatoi")
    assert codes[1] in said(talk, "2")
    assert f"Người đại diện: {NAME}" in said(talk, "số 3")
    assert "từ 1 đến 3" in said(talk, "4")


def test_the_list_can_be_turned_by_words(talk: Talk) -> None:
    codes = many(talk, 7)
    add_link(talk)
    talk("#hosocuatoi")
    assert codes[6] in said(talk, "xem tiếp")


def test_a_claim_alone_lists_nothing_and_offers_the_proof(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk, Proof.claimed)
    assert "chưa xác thực" in said(talk, "#hosocuatoi")
    assert "#xacthuc" in talk.payloads
    assert CODE not in told(talk)


def test_nobody_linked_is_told_how(talk: Talk) -> None:
    add_dossier(talk)
    assert "chưa liên kết" in said(talk, "#hosocuatoi")
    assert "#lienket" in talk.payloads


def test_a_proven_phone_without_dossiers_is_told_so(talk: Talk) -> None:
    add_link(talk)
    assert "Chưa có hồ sơ nào" in said(talk, "#hosocuatoi")


def test_a_revoked_link_shows_nothing_any_more(talk: Talk) -> None:
    add_dossier(talk)
    add_link(talk)
    talk("#huylienket")
    talk("1")
    assert "chưa liên kết" in said(talk, "#hosocuatoi")
