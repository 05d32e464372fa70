"""The list: found by anything, only within the person's reach, exported without giving phones away."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import quote

import pytest

from console.dossiers import listing
from store.tables import DossierWatch, Follower, Proof, SavedFilter
from tests.console.conftest import Office
from tests.console.dossiers.conftest import Counter


def listed(page: str) -> list[str]:
    """The codes of a list, in order."""
    return re.findall(r'/console/ho-so/\d+">([^<]+)</a>', page)


@pytest.mark.parametrize(
    "typed",
    ["H60.04-261118-0001", "h60.04 261118 0001", "H60.04–261118–0001"],
)
def test_a_whole_code_in_any_spelling_opens_its_dossier(counter: Counter, typed: str) -> None:
    row = counter.take_in()
    answer = counter.clerk.get(f"/console/ho-so?q={quote(typed)}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/console/ho-so/{row.id}"


@pytest.mark.parametrize(
    "query",
    [
        "q=0900000001",
        "q=%2B84 900 000 001",
        "q=nguyen+mau",
        "q=M%E1%BA%ABu",
        "q=mau+0001",
        "q=008090000321",
        "last3=321",
        "states=received",
        "due=open",
        "due=near&promised_to=2030-01-01",
        "field=H%E1%BB%99+t%E1%BB%8Bch",
        "procedure=1.001193",
        "procedure=khai+sinh",
        "received_from=2026-11-18&received_to=2026-11-18",
        "no_zalo=1",
        "order=promised",
    ],
)
def test_every_way_of_asking_finds_it(counter: Counter, query: str) -> None:
    row = counter.take_in()
    counter.take_in(
        owner="Trần Văn Thử",
        identity="008090000999",
        phone="0900000002",
        procedure="2.002011",
        promised="2026-12-24T10:00",
    )
    assert row.code in listed(counter.clerk.text(f"/console/ho-so?{query}"))


@pytest.mark.parametrize(
    "query",
    ["q=tran", "q=0900000009", "last3=999", "states=signing", "due=overdue", "field=X",
     "received_to=2026-11-17", "q=mau+0002", "q=---"],
)  # fmt: skip
def test_what_does_not_fit_is_not_shown(counter: Counter, query: str) -> None:
    counter.take_in()
    page = counter.clerk.text(f"/console/ho-so?{query}")
    assert listed(page) == []
    assert "Không có hồ sơ nào khớp" in page


@pytest.mark.parametrize(
    "query",
    ["agency=999999999999999999999", "after=-1", "after=x", "at=x&after=5&order=promised",
     "states=khong", "due=x", "last3=12345", "received_from=x", "order=x", "q=" + "a" * 5000],
)  # fmt: skip
def test_nonsense_in_the_address_is_a_list_not_an_error(counter: Counter, query: str) -> None:
    counter.take_in()
    assert counter.clerk.get(f"/console/ho-so?{query}").status_code == 200


def test_overdue_ones_come_first_promised_first(counter: Counter) -> None:
    late = counter.take_in(promised="2026-11-18T11:00")
    later = counter.take_in(promised="2026-11-19T11:00")
    counter.take_in(promised="2026-12-24T11:00")
    counter.office.clock.advance(days=7)
    clerk = counter.office.sign_in("lan")
    page = clerk.text("/console/ho-so?due=overdue")
    assert listed(page) == [late.code, later.code]
    assert "quá hạn" in page


def test_who_has_a_zalo_channel_is_left_out_when_asked(counter: Counter) -> None:
    proven, watched, claimed = (
        counter.take_in(phone=f"090000000{n}", owner=f"Mẫu {n}") for n in (1, 2, 3)
    )
    counter.follower()
    counter.follower("uid-hai", Proof.claimed, "+84900000003")
    with counter.office.database.write() as session:
        now = counter.office.clock.now()
        session.add(Follower(uid="uid-ba", first_seen_at=now))
        session.add(DossierWatch(dossier_id=watched.id or 0, uid="uid-ba", created_at=now))
    assert listed(counter.clerk.text("/console/ho-so?no_zalo=1")) == [claimed.code]
    assert proven.code != claimed.code


def test_other_agencies_dossiers_are_not_there(counter: Counter) -> None:
    mine = counter.take_in()
    theirs = counter.foreign("H60.09-261118-0001", unit_code="H60.09")
    other = counter.office.agency("H60.09", "Sở Y tế mẫu")
    for query in ("", f"?agency={other}", f"?q={theirs.code}", "?q=le+van"):
        assert theirs.code not in listed(counter.clerk.text(f"/console/ho-so{query}"))
    for path in ("", "/dien-thoai", "/giay/01", "/the-huong-dan", "/ma/oa.png", "/da-tiep-nhan"):
        assert counter.clerk.get(f"/console/ho-so/{theirs.id}{path}").status_code == 404
    everywhere = counter.office.sign_in("an", "officer")
    assert set(listed(everywhere.text("/console/ho-so"))) == {mine.code, theirs.code}
    assert listed(everywhere.text(f"/console/ho-so?agency={other}")) == [theirs.code]


def test_phones_are_half_hidden_and_shown_whole_only_when_asked(counter: Counter) -> None:
    row = counter.take_in()
    page = counter.clerk.text("/console/ho-so")
    assert "090*****01" in page
    view = counter.clerk.text(f"/console/ho-so/{row.id}")
    assert "0900 000 001" not in page + view
    assert "0900 000 001" in counter.clerk.text(f"/console/ho-so/{row.id}/dien-thoai")
    assert len(counter.office.audited("dossier.phone_shown")) == 1


def test_looks_are_written_down_without_what_was_typed(counter: Counter) -> None:
    counter.take_in()
    counter.clerk.text("/console/ho-so?q=0900000001&due=open")
    (entry,) = counter.office.audited("dossier.listed")
    assert entry.details == {"filters": "due q"}


def test_pages_follow_each_other_without_gap(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    made = [counter.take_in(owner=f"Nguyễn Mẫu {n}").code for n in range(8)]
    address, seen = "/console/ho-so?q=nguyen", []
    while address:
        page = counter.clerk.text(address)
        seen += listed(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == made[::-1]
    assert "8 hồ sơ" in counter.clerk.text("/console/ho-so")


def test_the_export_holds_the_filtered_list_without_formulas_and_phones(
    counter: Counter,
) -> None:
    counter.take_in(owner='=HYPERLINK("http://x")')
    counter.take_in(owner="Trần Văn Mẫu", phone="0900000002")
    answer = counter.clerk.get("/console/ho-so.csv?last3=321")
    text = answer.get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["Chủ hồ sơ"] for row in rows] == ["Trần Văn Mẫu", '\'=HYPERLINK("http://x")']
    assert "+84900" not in text
    assert "0900000002" not in text
    (entry,) = counter.office.audited("dossier.exported")
    assert entry.details == {"filters": "last3", "count": 2}


def test_a_filter_is_kept_under_a_name_for_its_owner_alone(counter: Counter) -> None:
    counter.clerk.post("/console/bo-loc", {"page": "dossiers", "name": "Trễ", "query": "due=near"})
    answer = counter.clerk.post(
        "/console/bo-loc", {"page": "dossiers", "name": "Trễ", "query": "due=overdue"}
    )
    assert answer.headers["Location"] == "/console/ho-so?due=overdue"
    (kept,) = counter.all(SavedFilter)
    assert kept.query == "due=overdue", "the same name again replaces it"
    assert 'href="/console/ho-so?due=overdue">Trễ' in counter.clerk.text("/console/ho-so")
    other = counter.office.sign_in("mai", "officer")
    assert "Trễ" not in other.text("/console/ho-so")
    other.post(f"/console/bo-loc/{kept.id}/xoa")
    assert len(counter.all(SavedFilter)) == 1, "another person's filter stays"
    counter.clerk.post(f"/console/bo-loc/{kept.id}/xoa")
    assert counter.all(SavedFilter) == []


@pytest.mark.parametrize(
    "form",
    [
        {"page": "people", "name": "x", "query": ""},
        {"page": "dossiers", "name": "", "query": ""},
        {"page": "dossiers", "name": "x", "query": "a\r\nSet-Cookie: x=1"},
        {"page": "dossiers", "name": "x" * 61, "query": ""},
    ],
)
def test_a_filter_that_is_none_is_refused(counter: Counter, form: dict[str, str]) -> None:
    assert counter.clerk.post("/console/bo-loc", form).status_code == 422
    assert counter.all(SavedFilter) == []


def test_an_auditor_sees_and_exports_but_has_no_buttons(office: Office, counter: Counter) -> None:
    row = counter.take_in()
    auditor = office.sign_in("kiem", "auditor")
    page = auditor.text("/console/ho-so") + auditor.text(f"/console/ho-so/{row.id}")
    assert "Tiếp nhận hồ sơ mới" not in page
    assert "/chuyen" not in page
    assert auditor.get("/console/ho-so.csv").status_code == 200
