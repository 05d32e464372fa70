"""Staff read a sentence that helps, never a bare code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.errors import Api, known_codes
from notify.staff import SENTENCES, sentence
from store.tables import OutboxState

ROOM = Path(__file__).resolve().parents[2] / "notify"


def test_nobody_following_is_said_in_the_words_staff_know() -> None:
    assert "Người nộp chưa quan tâm OA" in sentence("dropped", "no_follower")
    assert "Người nộp chưa quan tâm OA" in sentence("dropped", "no_tick")


@pytest.mark.parametrize("state", [state.value for state in OutboxState])
def test_every_state_has_words_of_its_own(state: str) -> None:
    assert sentence(state, "").endswith((".", "ID."))


@pytest.mark.parametrize("code", sorted(known_codes(Api.oa) - {0}))
def test_a_code_of_zalos_gets_the_sentence_of_the_error_table(code: int) -> None:
    assert len(sentence("dropped", str(code))) > 15


def test_the_same_number_means_what_the_channel_says() -> None:
    both = known_codes(Api.oa) & known_codes(Api.zbs)
    assert any(
        sentence("dropped", str(code)) != sentence("dropped", str(code), "zbs_phone")
        for code in both
    )


def test_what_arrived_needs_no_reason() -> None:
    assert sentence("seen", "night") == "Người nhận đã xem."


def test_every_reason_the_policy_gives_has_a_sentence() -> None:
    named: set[str] = set()
    for node in ast.walk(ast.parse((ROOM / "policy.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Drop", "Hold"):
            named |= {a.value for a in node.args if isinstance(a, ast.Constant)}
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
            named |= {node.value.value} if isinstance(node.value.value, str) else set()
    assert named - {""} <= SENTENCES.keys()
