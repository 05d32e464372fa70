"""Messages: the protocol's limits, the storage form, and splitting between words."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import (
    AskInfo,
    Element,
    File,
    Image,
    Listing,
    OpenPhone,
    OpenSms,
    OpenUrl,
    Query,
    Template,
    Text,
    clean,
    from_json,
    shorten,
    split,
    to_json,
    with_upload,
)
from bot.text import pieces, units

URL = "https://dichvucong.example/h/1"
BUTTON = Query("Tra cứu", "#tracuu")

TOO_MUCH = [
    (lambda: Text("a" * 2001), "2000"),
    (lambda: Text("😀" * 1001), "2000"),
    (lambda: Text(" \n "), "empty"),
    (lambda: Text("a", (BUTTON,) * 6), "5"),
    (lambda: Text("a", ("x",)), "buttons"),
    (lambda: Query("a" * 101, "#x"), "100"),
    (lambda: Query("a", "#" * 1001), "1000"),
    (lambda: OpenUrl("a", "javascript:alert(1)"), "http"),
    (lambda: OpenUrl("a", "https://"), "http"),
    (lambda: OpenUrl("a", "https://[bad"), "http"),
    (lambda: OpenPhone("a", "0900000001"), "84"),
    (lambda: OpenSms("a", "84900000001", "x" * 161), "160"),
    (lambda: Image("a"), "exactly one"),
    (lambda: Image("a", url=URL, attachment_id="1"), "exactly one"),
    (lambda: Image("a" * 2001, url=URL), "2000"),
    (lambda: File("sha256:00", "a.exe"), "pdf"),
    (lambda: AskInfo("a" * 101, "b", URL), "100"),
    (lambda: AskInfo("a", "b" * 501, URL), "500"),
    (lambda: Listing(()), "1 to 5"),
    (lambda: Listing((Element("a", URL),) * 6), "1 to 5"),
    (lambda: Listing((BUTTON,)), "elements"),
    (lambda: Element("a" * 101, URL), "100"),
    (lambda: Element("a", "javascript:alert(1)"), "http"),
    (lambda: Element("a", URL, "b" * 501), "500"),
    (lambda: Element("a", URL, "", "data:x"), "http"),
    (lambda: Template("1", {"ma": "x" * 201}, "t"), "200"),
    (lambda: Template("1", {"ma": 5}, "t"), "text"),
    (lambda: Template("1", {"mã hồ sơ": "x"}, "t"), "plain word"),
    (lambda: Template("1", {}, "t" * 49), "48"),
]


@pytest.mark.parametrize(("make", "named"), TOO_MUCH)
def test_a_message_beyond_a_limit_cannot_be_made(make, named):
    with pytest.raises(ValueError, match=named):
        make()


def test_the_largest_permitted_message_can_be_made():
    message = Text("a" * 2000, (Query("a" * 100, "#" * 1000),) * 5)
    assert len(message.text) == 2000
    assert units(Text("😀" * 1000).text) == 2000


def test_decomposed_vietnamese_counts_as_it_reads():
    assert Text(unicodedata.normalize("NFD", "ế" * 2000)).text == "ế" * 2000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\x00b\x07c", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("chào [@7300000000000000421] anh", "chào  anh"),
        ("[@[@1]2] x", "@2] x"),
        ("[\x00@1]x", "x"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\ud800b", "ab"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("mail@a.vn [1]", "mail@a.vn [1]"),
    ],
)
def test_text_is_cleaned_of_what_could_harm(raw, expected):
    assert clean(raw) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("[@]1\u0301\ud800\x00"), max_size=40))
def test_cleaning_twice_changes_nothing_and_leaves_no_mention(raw):
    once = clean(raw)
    assert clean(once) == once
    assert "[@" not in once
    once.encode()


MESSAGES = [
    Text("Chào", (OpenUrl("Mở", URL), BUTTON, OpenPhone("Gọi", "84900000001")), "q1"),
    Text("Chào", (Query("Hiện", "#x", visible=True), OpenSms("SMS", "84900000001", "TTHC"))),
    Image("ảnh", url=URL),
    Image(media="sha256:00"),
    File("sha256:00", "bien-nhan.pdf"),
    AskInfo("Liên kết", "Để nhận tin", URL),
    Listing((Element("Tin", URL, "18/11/2026", URL), Element("Tin khác", URL))),
    Template("204531", {"ma_ho_so": "000.00.04.H60-230215-0028"}, "hs-1"),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_storage_form_gives_the_same_message_back(message):
    assert from_json(to_json(message)) == message


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"kind": "voice"},
        {"kind": "text"},
        {"kind": "text", "text": "a", "colour": "red"},
        {"kind": "text", "text": "a", "buttons": [{"kind": "open_url", "title": "a"}]},
        {"kind": "text", "text": "a", "buttons": ["x"]},
        {"kind": "text", "text": None},
    ],
)
def test_a_broken_storage_form_is_a_value_error(stored):
    with pytest.raises(ValueError, match=r"stored|Text"):
        from_json(stored)


def test_an_upload_fills_in_what_zalo_called_the_file():
    assert with_upload(Image("a", media="m"), "att") == Image("a", attachment_id="att")
    assert with_upload(File("m", "a.pdf"), "tok").token == "tok"


def test_a_long_text_is_cut_after_a_sentence_and_buttons_come_last():
    parts = split("Hồ sơ đã được tiếp nhận. " * 150, [BUTTON])
    assert len(parts) == 2
    assert all(part.text.endswith("nhận.") for part in parts)
    assert [len(part.buttons) for part in parts] == [0, 1]


def test_a_paragraph_is_preferred_to_a_sentence():
    text = "A. " * 400 + "\n\n" + "B. " * 400
    assert [part.text[0] for part in split(text)] == ["A", "B"]


def test_more_than_five_buttons_go_on_in_a_further_message():
    parts = split("Chọn:", [BUTTON] * 12)
    assert [(part.text, len(part.buttons)) for part in parts] == [("Chọn:", 5), ("…", 5), ("…", 2)]


def test_nothing_to_say_is_no_message():
    assert split(" \n") == []
    assert split("", [BUTTON])[0].buttons == (BUTTON,)


WORD = st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="[@"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(WORD | st.sampled_from(["hết.", "😀😀", "à"]), max_size=60),
    gaps=st.sampled_from([" ", "\n", "\n\n", "  "]),
    limit=st.integers(60, 200),
)
def test_joined_parts_keep_all_words_and_each_fits(words, gaps, limit):
    text = gaps.join(words)
    parts = pieces(text, limit)
    assert " ".join(parts).split() == clean(text).split()
    assert all(0 < units(part) <= limit for part in parts)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.integers(1, 20))
def test_even_endless_words_fit_and_lose_nothing(text, limit):
    parts = pieces(text, limit)
    assert "".join("".join(parts).split()) == "".join(clean(text).split())
    assert all(units(part) <= max(limit, 2) for part in parts)


def test_a_text_made_for_one_line_ends_with_an_ellipsis_after_a_word():
    assert shorten("Cấp giấy chứng nhận", 12) == "Cấp giấy…"
    assert shorten("Cấp giấy", 12) == "Cấp giấy"
    assert units(shorten("😀" * 40, 30)) <= 30
