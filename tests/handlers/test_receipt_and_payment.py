"""The receipt PDF and the payment page of a dossier."""

from __future__ import annotations

import pytest

from bot.messages import File, OpenUrl, Text
from store.tables import Proof, State
from tests.handlers.conftest import Talk
from tests.handlers.samples import (
    CODE,
    NAME,
    add_dossier,
    add_link,
    add_receipt,
    said,
    told,
)


def test_the_owner_gets_the_receipt_as_a_file(talk: Talk) -> None:
    add_receipt(talk, add_dossier(talk))
    add_link(talk)
    talk(CODE)
    assert f"#phieu {CODE}" in talk.payloads
    talk(f"#phieu {CODE}")
    assert talk.messages[0] == File("sha256:00", f"Phieu-tiep-nhan-{CODE}.pdf")


@pytest.mark.parametrize("claimed", [False, True])
def test_nobody_else_gets_it(talk: Talk, claimed: bool) -> None:
    add_receipt(talk, add_dossier(talk))
    if claimed:
        add_link(talk, Proof.claimed)
    talk(CODE)
    assert f"#phieu {CODE}" not in talk.payloads
    assert "chỉ gửi cho chủ hồ sơ" in said(talk, f"#phieu {CODE}")
    assert not any(isinstance(message, File) for message in talk.messages)
    assert "sha256:00" not in told(talk)


def test_a_dossier_without_a_receipt_says_what_to_do(talk: Talk) -> None:
    add_dossier(talk, received_at=None)
    add_link(talk)
    assert "chưa có phiếu tiếp nhận điện tử" in said(talk, f"#phieu {CODE}")


def test_a_received_dossier_without_a_file_gets_our_own_receipt(talk: Talk) -> None:
    known = add_dossier(talk)
    add_link(talk)
    talk(f"#phieu {CODE}")
    sent = talk.messages[0]
    assert isinstance(sent, File)
    assert sent.media == f"form01:{known}:1"


@pytest.mark.parametrize("command", ["#phieu", "#thanhtoan", "#phieu xyz", "#thanhtoan xyz"])
def test_without_a_code_the_code_is_asked_for(talk: Talk, command: str) -> None:
    assert "nhập mã hồ sơ" in said(talk, command)


def test_a_payment_that_is_due_leads_to_the_page(talk: Talk) -> None:
    add_dossier(talk, state=State.payment_required, open_reason="Lệ phí 50.000 đồng")
    add_link(talk)
    assert "Khoản phải nộp: Lệ phí 50.000 đồng." in said(talk, f"#thanhtoan {CODE}")
    (message,) = talk.messages
    assert isinstance(message, Text)
    assert isinstance(message.buttons[0], OpenUrl)


def test_a_stranger_is_led_to_the_page_without_the_details(talk: Talk) -> None:
    add_dossier(talk, state=State.payment_required, open_reason=f"Lệ phí của {NAME}")
    assert "đang chờ nộp phí" in said(talk, f"#thanhtoan {CODE}")
    assert NAME not in told(talk)


def test_nothing_due_is_said(talk: Talk) -> None:
    add_dossier(talk)
    assert "không có khoản nào phải nộp" in said(talk, f"#thanhtoan {CODE}")
