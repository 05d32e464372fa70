"""Understanding does not get worse: labelled sentences, some of them never used for tuning."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from handlers.understanding import INTENTS, explicit_opt_out, understand
from procedures.catalogue import columns
from procedures.language import learned
from procedures.language.facets import FACETS
from procedures.language.typing_marks import unmarked
from procedures.language.words import read
from procedures.questions import ask
from procedures.records import ProcedureRecord
from procedures.search import Index
from settings import ROOT
from store.tables import Procedure
from tests.understanding.scores import EXAMPLES, UNSEEN, lines, score

_TYPES = {
    "dossier_code",
    "dossier_code_invalid",
    "id_number",
    "person_name",
    "procedure",
    "procedure_code",
    "qr_token",
    "phone",
    "phone_invalid",
    "",
}


def sample_index() -> Index:
    """The index over the sample catalogue, without a database."""
    tree = json.loads((ROOT / "data" / "procedures.json").read_text(encoding="utf-8"))
    rows = []
    for raw in tree["procedures"]:
        record = ProcedureRecord.model_validate(raw)
        rows.append(Procedure(key=record.key, updated_at=datetime.now(UTC), **columns(record)))
    return Index(rows)


@pytest.fixture(scope="module")
def index() -> Index:
    return sample_index()


def test_the_labels_are_those_of_the_reference_and_the_unseen_stay_unseen() -> None:
    known, unseen = lines(EXAMPLES), lines(UNSEEN)
    assert len(known) + len(unseen) >= 1500
    assert len(unseen) >= 130
    for line in (*known, *unseen):
        assert line["intent"] in INTENTS, line
        assert line["facet"] in ("", *FACETS), line
        assert line["entity_type"] in _TYPES, line
    assert not {one["text"] for one in known} & {one["text"] for one in unseen}


def test_sentences_never_seen_before_are_understood(index: Index) -> None:
    scores = score(lines(UNSEEN), index)
    assert scores.intent_share >= 0.95, scores.confused
    assert scores.share("dossier_code") == 1.0
    assert scores.share("procedure") >= 0.95
    assert scores.facet_share >= 0.93


def test_sentences_known_before_stay_understood(index: Index) -> None:
    scores = score(lines(EXAMPLES), index)
    assert scores.intent_share >= 0.99
    assert scores.share("dossier_code") >= 0.99
    assert scores.share("procedure") >= 0.97
    assert scores.facet_share >= 0.98


def test_the_same_sentence_is_always_understood_the_same(index: Index) -> None:
    text = "cho em hỏi làm giấy khai sinh cho bé cần chuẩn bị những gì ạ"
    first = learned.intent(text)
    learned._trained.cache_clear()
    assert learned.intent(text) == first
    assert understand(text, index).entity_value == "1.001193"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("hoof", "ho"),
        ("sow", "so"),
        ("ho62", "ho"),
        ("so7", "so"),
        ("ddang", "dang"),
        ("giayy", "giay"),
        ("cuar", "cua"),
        ("tooi", "toi"),
        ("nguoiwf", "nguoi"),
        ("khai", "khai"),
        ("cccd", "cccd"),
        ("ct01", "ct01"),
    ],
)
def test_raw_telex_and_vni_are_undone(raw: str, plain: str) -> None:
    assert unmarked(raw) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ko dc j", "khong duoc gi"),
        ("đk khai sinh", "dang ky khai sinh"),
        ("mất bn tiền z", "mat bao nhieu tien vay"),
        ("sổ hồng", "so hong"),
        ("hồng", "hong"),
        ("dùng", "xai"),
    ],
)
def test_short_forms_are_written_out_but_words_with_accents_stand(text: str, plain: str) -> None:
    assert read(text).plain == plain


@pytest.mark.parametrize(
    "text", ["", " ", "?" * 5000, "a" * 20000, "\x00\u202e", "🙂" * 300, "1" * 3000]
)
def test_noise_is_read_without_harm(index: Index, text: str) -> None:
    assert understand(text[:20000], index).intent in INTENTS


def test_a_long_letter_costs_no_more_than_its_limit(index: Index) -> None:
    question = ask("khai sinh " + "rất dài dòng " * 5000, index)
    assert len(question.sentence.plain) <= 1500


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://dichvucong.gov.vn/p/home/x.html?ma_thu_tuc=1.004222", "1.004222"),
        ("https://zalo.tinh.vn/t/1.012223.H38", "1.012223"),
        ("https://zalo.tinh.vn/t/cong-nhan-nguoi-co-uy-tin", "cong-nhan-nguoi-co-uy-tin"),
    ],
)
def test_addresses_on_boards_lead_to_the_procedure(index: Index, address: str, key: str) -> None:
    found = understand(address, index)
    assert (found.intent, found.entity_value) == ("procedure_detail", key)


#: Said to citizens' officers every day; none of them wants the notices to stop.
_ORDINARY = (
    "tôi không nhận được thông báo nữa là sao",
    "xóa đăng ký thường trú cho con tôi",
    "hủy đăng ký xe của tôi",
    "xóa số đăng ký của tôi",
    "không cần gửi bản giấy nữa phải không",
    "tôi thôi không nhận kết quả tại quầy nữa",
    "xóa thế chấp sổ đỏ của tôi",
    "xóa thông tin sai trong sổ đỏ của tôi thế nào",
    "hồ sơ dừng xử lý là sao",
    "bỏ tên khỏi hộ khẩu",
    "hôm trước lỡ tắt báo tin, giờ mở lại được không",
    "hướng dẫn sử dụng tin nhắn này",
    "mẹ tôi không dùng Zalo, nhắn tin SMS được không",
    "không muốn nhận trực tiếp nữa mà qua bưu điện",
    "hủy hồ sơ đã nộp thì có lấy lại lệ phí không",
    "sao tin nhắn không gửi nữa",
    "thôi để tôi ra xã hỏi",
    "đúng thông báo của xã không",
)


@pytest.mark.parametrize("text", _ORDINARY)
def test_ordinary_sentences_never_stop_the_notices(text: str) -> None:
    assert not explicit_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "Phản ánh: một cửa phường hôm qua hết giờ không nhận nữa dù còn người chờ",
        "tôi phản ánh cán bộ xã không nhận hồ sơ nữa",
    ],
)
def test_a_feedback_about_somebody_who_takes_no_more_is_a_feedback(index: Index, text: str) -> None:
    assert not explicit_opt_out(text)
    assert understand(text, index).intent == "feedback"


@pytest.mark.parametrize(
    "text",
    [
        "bố tôi mất việc muốn xin trợ cấp",
        "mẹ tôi mất ví trên xe buýt",
        "ông tôi mất trí nhớ",
        "lợn chết vứt đầy sông",
        "trợ cấp người cao tuổi",
        "bán đất cần giấy tờ gì",
        "sang tên xe máy cũ mất bao nhiêu tiền",
        "nhận con nuôi",
        "khai thác cát sỏi lòng suối",
    ],
)
def test_what_the_catalogue_does_not_have_is_taken_for_nothing_it_has(
    index: Index, text: str
) -> None:
    assert understand(text, index).entity_value == ""


def test_no_labelled_sentence_about_something_else_stops_the_notices() -> None:
    for line in (*lines(EXAMPLES), *lines(UNSEEN)):
        if line["intent"] != "opt_out":
            assert not explicit_opt_out(line["text"]), line["text"]


@pytest.mark.parametrize("text", ["\u037a", "\ufe70 x", "\u037a\u037a", "ﭐ ﷺ khai sinh"])
def test_letters_that_fold_to_nothing_are_read(index: Index, text: str) -> None:
    assert understand(text, index).intent in INTENTS


@pytest.mark.parametrize("text", ["09.12345678", "số em 09.12345678 nhé"])
def test_a_phone_with_a_dot_is_no_procedure_code(index: Index, text: str) -> None:
    assert understand(text, index).entity_type == "phone"
