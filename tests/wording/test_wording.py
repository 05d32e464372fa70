"""What the catalogue promises to everyone who speaks through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import Settings
from wording import LANGUAGES, MissingVariable, UnknownWords, WordingError, Words, typed
from wording.catalogue import catalogue, read_folder


def test_every_language_has_the_same_texts_with_the_same_placeholders() -> None:
    first = catalogue("vi")
    for language in LANGUAGES:
        other = catalogue(language)
        # Papers that offices hand out are in Vietnamese whatever the reader's language.
        assert set(other.phrases) == {
            k for k in first.phrases if language == "vi" or not k.startswith("paper.")
        }
        assert set(other.lists) == set(first.lists)
        for key in other.phrases:
            phrase = first.phrases[key]
            # Vietnamese may repeat the name where English says "you": the set is what counts.
            assert other.phrases[key].names == phrase.names, key


def test_the_welcome_is_the_guides_own_text(settings: Settings) -> None:
    assert Words("vi", settings)("welcome.named", name="Nguyễn Trang") == (
        "Chào mừng Nguyễn Trang đã đến với Chính quyền số tỉnh Tuyên Quang trên Zalo. Thông tin "
        "về việc thực hiện dịch vụ công trên địa bàn tỉnh Tuyên Quang sẽ được gửi tới tài khoản "
        "Zalo này thay thế cho tin nhắn SMS. Nguyễn Trang vui lòng duy trì kết nối để kịp thời "
        "nhận thông báo từ Cổng Dịch vụ công tỉnh Tuyên Quang. Trân trọng cảm ơn!"
    )


def test_a_missing_variable_is_named(settings: Settings) -> None:
    with pytest.raises(MissingVariable, match=r"welcome\.named: name"):
        Words("vi", settings)("welcome.named")


def test_an_unknown_key_is_an_error_not_an_empty_message(settings: Settings) -> None:
    with pytest.raises(UnknownWords):
        Words("vi", settings)("no.such.words")
    with pytest.raises(UnknownWords):
        typed("no.such.list")


def test_values_are_never_read_as_placeholders(settings: Settings) -> None:
    text = Words("vi", settings)("welcome.chat_named", name="{hotline} [[x]] {0.__class__}")
    assert "{hotline} [[x]] {0.__class__}" in text


def test_an_empty_setting_leaves_no_hole(settings: Settings) -> None:
    bare = settings.model_copy(update={"hotline": "", "counter_address": ""})
    for language in LANGUAGES:
        text = Words(language, bare)("help.text")
        assert "\n\n" not in text
        assert ": ." not in text
        assert "  " not in Words(language, bare)("feedback.complaint")


def test_office_hours_and_province_read_as_the_language_says_them(settings: Settings) -> None:
    assert "thứ Hai đến thứ Sáu, 07:30 đến 11:30 và 13:30 đến 17:00" in Words("vi", settings)(
        "help.text"
    )
    english = Words("en", settings)
    assert "Monday to Friday, 07:30 to 11:30 and 13:30 to 17:00" in english("help.text")
    assert "Tuyên Quang province" in english("welcome.nameless")


def test_hours_nobody_can_read_are_shown_as_written(settings: Settings) -> None:
    odd = settings.model_copy(update={"office_hours": "sáng và chiều"})
    assert "sáng và chiều" in Words("vi", odd)("help.text")


def test_an_unknown_language_falls_back_to_vietnamese(settings: Settings) -> None:
    assert Words("fr", settings).language == "vi"


def test_the_same_key_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[x]\ny = "1"\n')
    (tmp_path / "b.toml").write_text('[x]\ny = "2"\n')
    with pytest.raises(WordingError, match=r"b\.toml: x\.y: written twice"):
        read_folder(tmp_path)


@pytest.mark.parametrize("text", ["{Name}", "{a.b}", "{a[0]}", "{", "[[{a}", "{a!r}"])
def test_braces_that_are_no_placeholder_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(f"x = '{text}'\n")
    with pytest.raises(WordingError):
        read_folder(tmp_path)


def test_what_citizens_type_is_known_in_every_language_at_once() -> None:
    words = typed("typed.stop")
    assert "dừng" in words
    assert "unsubscribe" in words
    assert len(words) == len(set(words))
