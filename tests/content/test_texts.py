"""Rewording a text: what blocks saving, and that every chat says the new words."""

from __future__ import annotations

import pytest

from clock import FixedClock
from content import texts
from content.live import LiveSettings
from settings import Settings
from store import content as table
from store.engine import Database
from wording import LANGUAGES, Words
from wording.catalogue import catalogue


def test_every_text_has_a_section_and_every_variable_a_sample() -> None:
    for language in LANGUAGES:
        for key, phrase in catalogue(language).phrases.items():
            assert texts.section(key) in texts.SECTIONS, key
            missing = phrase.names - texts.SAMPLES.keys() - Words.filled_by_settings()
            assert not missing, f"{key}: {missing}"


def test_every_shipped_text_passes_the_checks_staff_texts_must_pass(settings: Settings) -> None:
    for key in texts.every_key():
        for language in texts.languages(key):
            shipped = catalogue(language).phrases[key].raw
            assert texts.problems(key, language, shipped, settings) == [], key


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("welcome.named", "Xin chào!", "Thiếu biến {name}"),
        ("welcome.named", "Chào {name} {ten}!", "Không có biến {ten}"),
        ("welcome.named", "Chào {name", "thừa hay thiếu"),
        ("welcome.named", "  ", "Chưa có chữ nào"),
        ("welcome.named", "Chào {name} " + "a" * 2000, "2000 ký tự"),
        ("button.menu", "m" * 101, "100 ký tự"),
        ("link.button.agree", "m" * 101, "100 ký tự"),
        ("link.form_subtitle", "m" * 501, "500 ký tự"),
    ],
)
def test_what_blocks_saving_is_said(settings: Settings, key: str, text: str, said: str) -> None:
    found = texts.problems(key, "vi", text, settings)
    assert any(said in one for one in found), found


def test_names_of_the_settings_may_come_and_go(settings: Settings) -> None:
    assert texts.problems("welcome.named", "vi", "Chào {name}, gọi {hotline}!", settings) == []


def test_new_words_are_said_in_their_language_only(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    live = LiveSettings.over(settings, db)
    with db.write() as session:
        body = {"text": "Xin chào {name} nhé!"}
        table.put(
            session,
            table.MESSAGE,
            "welcome.named",
            body,
            by="mau",
            now=clock.now(),
            expected=0,
            language="vi",
        )
    live.refresh()
    assert Words("vi", live)("welcome.named", name="Mẫu") == "Xin chào Mẫu nhé!"
    assert "Xin chào" not in Words("en", live)("welcome.named", name="Sample")
    kept = texts.kept("welcome.named", "vi", live)
    assert kept is not None
    assert kept.text == "Xin chào {name} nhé!"


def test_a_stored_text_that_cannot_be_said_falls_back_to_the_shipped_one(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    with db.write() as session:
        for key, text in (("help.more", "Hỏng {"), ("menu.back", "Chào {name}"), ("x.y", "Lạ")):
            table.put(
                session,
                table.MESSAGE,
                key,
                {"text": text},
                by="mau",
                now=clock.now(),
                expected=0,
                language="vi",
            )
    live = LiveSettings.over(settings, db)
    assert Words("vi", live)("help.more") == Words("vi", settings)("help.more")
    assert Words("vi", live)("menu.back") == Words("vi", settings)("menu.back")
