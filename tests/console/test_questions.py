"""Questions: found, taught as another name, labelled as a test, or left aside; all written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handlers.plain_sentences import key_of
from procedures.catalogue import import_file
from settings import ROOT
from store import asked, procedures
from store.tables import AskedSentence, Follower
from tests.console.conftest import Clerk, Office

ODD = "xin tấm bìa hồng hồng cho thửa ruộng"


@pytest.fixture(autouse=True)
def catalogue(office: Office) -> None:
    """The shipped procedures."""
    import_file(office.database, Path(ROOT) / "data" / "procedures.json", office.clock.now())


def ask(office: Office, text: str, times: int = 1, understood: bool = False) -> str:
    """A sentence that citizens asked; answers its key."""
    said = asked.Sentence(key_of(text), text, "other", "", "", understood)
    with office.database.write() as session:
        for _ in range(times):
            asked.note(session, said, office.clock.now())
    return said.folded


def row(office: Office, key: str) -> AskedSentence:
    """The sentence as it stands."""
    with office.database.read() as session:
        return session.get_one(AskedSentence, key)


def editor(office: Office) -> Clerk:
    """Somebody who may change content."""
    return office.sign_in("truyen", "broadcast")


def some_procedure(office: Office) -> tuple[str, str]:
    """A procedure of the catalogue: key and name."""
    with office.database.read() as session:
        first = procedures.everything(session)[0]
    return first.key, first.name


def test_the_list_shows_most_asked_first_and_finds_by_words_without_marks(office: Office) -> None:
    ask(office, "câu hỏi một lần")
    ask(office, "câu hỏi ba lần", 3)
    ask(office, "câu đã hiểu", 2, understood=True)
    clerk = office.sign_in("xem", "auditor")
    page = clerk.text("/console/cau-hoi?loai=chua-hieu")
    assert page.index("câu hỏi ba lần") < page.index("câu hỏi một lần")
    assert "câu đã hiểu" not in page
    assert "câu hỏi ba lần" not in clerk.text("/console/cau-hoi?q=mot+lan")
    assert "Không có câu nào khớp" in clerk.text("/console/cau-hoi?q=%25")


def test_the_list_goes_on_page_by_page(office: Office) -> None:
    for n in range(60):
        ask(office, f"câu hỏi chữ {chr(97 + n // 26)}{chr(97 + n % 26)}")
    clerk = office.sign_in("xem", "auditor")
    first = clerk.text("/console/cau-hoi")
    following = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = clerk.text(following.replace("&amp;", "&"))
    assert first.count("câu hỏi chữ") == 50
    assert second.count("câu hỏi chữ") == 10
    assert "Về đầu danh sách" in second


def test_beside_a_sentence_stands_the_answer_the_bot_would_give_now_and_nothing_is_left_of_it(
    office: Office,
) -> None:
    key = ask(office, ODD)
    page = office.sign_in("xem", "auditor").text(f"/console/cau-hoi/cau?k={key}")
    assert "Trợ lý sẽ trả lời bây giờ" in page
    assert 'class="bubble' in page
    assert "Dạy thành tên gọi khác" not in page, "who may not edit content is offered nothing"
    with office.database.read() as session:
        assert session.get(Follower, "trial") is None


def test_one_click_makes_it_another_name_and_the_chat_understands_it_at_once(
    office: Office,
) -> None:
    key = ask(office, ODD)
    procedure, name = some_procedure(office)
    clerk = editor(office)
    before = clerk.text(f"/console/cau-hoi/cau?k={key}&tim={name}")
    assert f'value="{procedure}"' in before
    sent = clerk.post("/console/cau-hoi/ten-goi", {"k": key, "text": ODD, "procedure": procedure})
    assert sent.status_code == 303
    with office.database.read() as session:
        stored = procedures.by_key(session, procedure)
        assert stored is not None
        assert ODD in stored.record["aliases"]
        assert (stored.version, stored.changed_by) == (2, "truyen")
    after = clerk.text(f"/console/cau-hoi/cau?k={key}")
    assert ">Hiểu<" in after
    assert name in after
    assert row(office, key).resolved == "alias"
    assert [entry.details for entry in office.audited("question.alias")] == [
        {"procedure": procedure}
    ]


def test_the_same_name_again_makes_no_new_version(office: Office) -> None:
    key = ask(office, ODD)
    procedure, _ = some_procedure(office)
    clerk = editor(office)
    for _ in range(2):
        clerk.post("/console/cau-hoi/ten-goi", {"k": key, "text": ODD, "procedure": procedure})
    with office.database.read() as session:
        stored = procedures.by_key(session, procedure)
        assert stored is not None
        assert stored.version == 2


def test_tests_are_downloaded_in_the_form_of_the_examples(office: Office) -> None:
    key = ask(office, ODD)
    procedure, _ = some_procedure(office)
    clerk = editor(office)
    label = {"intent": "procedure_detail", "procedure": procedure, "facet": "fee"}
    assert clerk.post("/console/cau-hoi/kiem-thu", {"k": key, **label}).status_code == 303
    answer = clerk.get("/console/cau-hoi/kiem-thu.jsonl")
    (line,) = answer.get_data(as_text=True).splitlines()
    with (ROOT / "data" / "understanding" / "examples.jsonl").open() as examples:
        assert json.loads(line).keys() == json.loads(examples.readline()).keys()
    assert json.loads(line) == {
        "text": ODD,
        "intent": "procedure_detail",
        "entity_type": "procedure",
        "entity_value": procedure,
        "facet": "fee",
    }
    assert office.audited("question.test")
    assert office.audited("question.exported")[0].details == {"count": 1}


def test_a_question_is_left_aside_and_opened_again(office: Office) -> None:
    key = ask(office, ODD)
    clerk = editor(office)
    clerk.post("/console/cau-hoi/bo-qua", {"k": key})
    assert ODD not in clerk.text("/console/cau-hoi?loai=chua-hieu")
    assert ODD in clerk.text("/console/cau-hoi?loai=da-xu-ly")
    clerk.post("/console/cau-hoi/mo-lai", {"k": key})
    assert ODD in clerk.text("/console/cau-hoi?loai=chua-hieu")
    assert [e.action for e in office.audited() if e.action.startswith("question.")] == [
        "question.ignored",
        "question.reopened",
    ]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("ten-goi", {"text": "", "procedure": "x"}, 422),
        ("ten-goi", {"text": "a" * 200, "procedure": "x"}, 422),
        ("ten-goi", {"text": "tên mới", "procedure": "khong-co"}, 409),
        ("kiem-thu", {"intent": "la", "facet": ""}, 422),
        ("kiem-thu", {"intent": "other", "procedure": "9.999999"}, 422),
        ("bo-qua", {"k": "không có"}, 404),
        ("ten-goi", {"k": "không có", "text": "tên mới", "procedure": "x"}, 404),
    ],
)
def test_wrong_forms_are_answered_with_what_is_wrong(
    office: Office, path: str, form: dict[str, str], status: int
) -> None:
    key = ask(office, ODD)
    sent = editor(office).post(f"/console/cau-hoi/{path}", {"k": key, **form})
    assert sent.status_code == status
    assert row(office, key).resolved == ""


def test_a_sentence_that_is_gone_says_so(office: Office) -> None:
    answer = office.sign_in("xem", "auditor").get("/console/cau-hoi/cau?k=khong+co")
    assert answer.status_code == 404
    assert "đã quá thời gian lưu" in answer.get_data(as_text=True)
