"""The ingest API as another system meets it: answers, errors, repeats, limits (contract 3)."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import select
from werkzeug.test import TestResponse

from clock import FixedClock
from service.web import build
from settings import Settings
from store import api_keys
from store.engine import Database
from store.tables import ApiKey, Dossier, DossierEvent, IdempotencyRecord, Outbox, ReceiptFile
from tests.dossiers.office import CODE, Office, problem

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def test_one_object_is_created_updated_and_left_alone(office: Office) -> None:
    first = office.post("dossiers", {"MaHoSo": CODE, "ChuHoSo": "NGUYỄN THỊ MẪU"})
    assert first.status_code == 200
    assert first.get_json() == {"results": [{"index": 0, "MaHoSo": CODE, "status": "created"}]}
    again = office.post("dossiers", {"MaHoSo": CODE, "ChuHoSo": "NGUYỄN THỊ MẪU"})
    assert again.get_json()["results"][0]["status"] == "unchanged"
    other = office.post("dossiers", {"MaHoSo": CODE, "ChuHoSo": "TRẦN VĂN MẪU"})
    assert other.get_json()["results"][0]["status"] == "updated"


def test_a_list_keeps_the_good_and_names_index_and_field_of_the_bad(office: Office) -> None:
    answer = office.post("dossiers", [{"MaHoSo": CODE}, {"MaHoSo": CODE, "NgayNop": "32/13/2025"}])
    assert answer.status_code == 200
    good, bad = answer.get_json()["results"]
    assert (good["index"], good["status"]) == (0, "created")
    assert (bad["index"], bad["status"]) == (1, "error")
    (error,) = bad["errors"]
    assert (error["index"], error["field"], error["pointer"]) == (1, "NgayNop", "#/1/NgayNop")
    assert office.count(Dossier) == 1


def test_nothing_good_is_a_problem_with_one_entry_a_field(office: Office) -> None:
    office.post("dossiers", {"MaHoSo": CODE})
    document = problem(office.post("events", office.event(state=5)), 422)
    (error,) = document["errors"]
    assert (error["field"], error["pointer"]) == ("NoiDungXuLy", "#/NoiDungXuLy")
    listed = problem(office.post("events", [{"MaHoSo": "không"}, "chuỗi"]), 422)
    fields = {(entry["index"], entry["field"]) for entry in listed["errors"]}
    assert {
        (0, "MaSuKien"),
        (0, "MaHoSo"),
        (0, "TrangThai"),
        (0, "ThoiDiemXuLy"),
        (1, ""),
    } <= fields
    assert [result["status"] for result in listed["results"]] == ["error", "error"]
    assert office.count(DossierEvent) == 0


def test_an_empty_list_is_answered_with_nothing(office: Office) -> None:
    assert office.post("dossiers", []).get_json() == {"results": []}


def test_an_event_is_created_once_then_a_duplicate(office: Office) -> None:
    office.post("dossiers", {"MaHoSo": CODE})
    answer = office.post("events", [office.event(), office.event()])
    statuses = [result["status"] for result in answer.get_json()["results"]]
    assert statuses == ["created", "duplicate"]
    assert answer.get_json()["results"][0]["MaSuKien"] == "e1"


def test_the_dossier_shows_its_events_and_what_became_of_each_message(office: Office) -> None:
    office.post(
        "dossiers",
        {"MaHoSo": CODE, "SoDienThoai": "0900000001", "MaDoiTuong": "008090000123"},
    )
    office.post("events", office.event(content=""))
    answer = office.call("GET", "dossiers/0000004H602302150028")
    assert answer.status_code == 200
    shown = answer.get_json()
    assert (shown["MaHoSo"], shown["TrangThaiHoSo"], shown["MaDoiTuong"]) == (CODE, 2, "…123")
    assert "008090000123" not in answer.text
    (event,) = shown["events"]
    assert event["ThoiDiemXuLy"] == "2026-11-18T10:00:00+07:00"
    (fate,) = event["notifications"]
    assert (fate["state"], fate["reason"]) == ("dropped", "no_tick")
    assert "chưa quan tâm OA" in fate["sentence"]


@pytest.mark.parametrize(
    "code", ["000.00.04.H60-230215-9999", "abc", "x" * 300, "03706/2026/07906"]
)
def test_an_unknown_or_unreadable_code_is_not_found(office: Office, code: str) -> None:
    problem(office.call("GET", f"dossiers/{code}"), 404)


def test_a_key_is_needed_and_a_revoked_one_is_refused(office: Office) -> None:
    missing = office.client.post("/api/v1/dossiers", json={"MaHoSo": CODE})
    problem(missing, 401)
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")
    for wrong in ("Bearer nope", "Basic abc", "Bearer ", "Bearer " + "x" * 5000):
        answer = office.post("dossiers", {"MaHoSo": CODE}, Authorization=wrong)
        problem(answer, 401)
    with office.db.write() as session:
        api_keys.revoke(session, "igate", office.clock.now())
    problem(office.post("dossiers", {"MaHoSo": CODE}), 401)
    assert office.count(Dossier) == 0


def test_only_a_digest_of_the_key_is_stored(office: Office) -> None:
    with office.db.read() as session:
        row = session.exec(select(ApiKey)).one()
    assert office.key not in str(row.model_dump())


def test_a_key_does_only_what_its_scopes_say(office: Office) -> None:
    with office.db.write() as session:
        key = api_keys.create(session, "chi-doc", "dossiers:read", office.clock.now())
    answer = office.post("dossiers", {"MaHoSo": CODE}, Authorization=f"Bearer {key}")
    assert "dossiers:write" in problem(answer, 403)["detail"]


def test_the_rate_is_bounded_for_each_key_and_opens_again(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    with db.write() as session:
        keys = [api_keys.create(session, n, api_keys.SCOPES, clock.now()) for n in ("a", "b")]
    slow = settings.model_copy(update={"api_requests_per_minute": 3})
    first, second = (Office(build(slow, db, clock), db, key, clock) for key in keys)
    for _ in range(3):
        assert first.post("dossiers", {"MaHoSo": CODE}).status_code == 200
    refused = first.post("dossiers", {"MaHoSo": CODE})
    problem(refused, 429)
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 61
    assert second.post("dossiers", {"MaHoSo": CODE}).status_code == 200
    clock.advance(seconds=wait)
    assert first.post("dossiers", {"MaHoSo": CODE}).status_code == 200


def test_bodies_are_bounded_and_must_be_json(office: Office) -> None:
    problem(office.call("POST", "dossiers", data=b"a=1"), 415)
    kind = {"content_type": "application/json"}
    problem(office.call("POST", "dossiers", data=b" " * 300_001, **kind), 413)
    problem(office.post("dossiers", [{"MaHoSo": CODE}] * 501), 413)
    for bad in (b"", b"{", b"\xff\xfe", b'"x"', b"7", b"[NaN]", b"[" * 100_000, b"1" * 9000):
        document = problem(office.call("POST", "dossiers", data=bad, **kind), 400)
        assert document["code"] == "bad_json"
    assert office.count(Dossier) == 0


@pytest.mark.parametrize("path", ["dossiers", "events"])
def test_a_repeat_with_the_same_idempotency_key_gets_the_same_answer(
    office: Office, path: str
) -> None:
    office.post("dossiers", {"MaHoSo": CODE})
    body = {"MaHoSo": CODE, "ChuHoSo": "MẪU"} if path == "dossiers" else office.event()
    first = office.post(path, body, **{"Idempotency-Key": "k1"})
    again = office.post(path, body, **{"Idempotency-Key": "k1"})
    assert first.get_json() == again.get_json()
    assert first.get_json()["results"][0]["status"] in ("updated", "created")
    other = office.post(path, {**body, "DonViXuLy": "Khác"}, **{"Idempotency-Key": "k1"})
    problem(other, 422)
    problem(office.post(path, body, **{"Idempotency-Key": "x" * 201}), 400)


def test_a_refused_request_is_also_repeated_as_it_was(office: Office) -> None:
    key = {"Idempotency-Key": "k"}
    first = problem(office.post("dossiers", {"MaHoSo": "sai"}, **key), 422)
    assert problem(office.post("dossiers", {"MaHoSo": "sai"}, **key), 422) == first


def test_of_many_at_once_with_one_key_exactly_one_works(office: Office) -> None:
    answers: list[TestResponse] = []

    def send() -> None:
        answers.append(office.post("dossiers", {"MaHoSo": CODE}, **{"Idempotency-Key": "k"}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    good = [a.get_json()["results"][0]["status"] for a in answers if a.status_code == 200]
    assert good and set(good) == {"created"}


def test_a_failure_of_ours_leaves_the_key_free(office: Office) -> None:
    with office.db.write() as session:
        key = {"Idempotency-Key": "k"}
        connection = session.connection()
        connection.exec_driver_sql("ALTER TABLE dossier_event RENAME TO hidden_table")
    office.post("dossiers", {"MaHoSo": CODE, "TrangThaiHoSo": 2}, **key)
    assert office.count(IdempotencyRecord) == 0
    with office.db.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE hidden_table RENAME TO dossier_event")
    answer = office.post("dossiers", {"MaHoSo": CODE, "TrangThaiHoSo": 2}, **key)
    assert answer.get_json()["results"][0]["status"] == "created"


def test_an_error_of_ours_shows_no_trace_but_a_number_to_name(office: Office) -> None:
    with office.db.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE dossier RENAME TO hidden_table")
    answer = office.call("GET", f"dossiers/{CODE}")
    assert answer.status_code in (500, 503)
    document = problem(answer, answer.status_code)
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert "hidden_table" not in answer.text
    assert "Traceback" not in answer.text


def test_a_receipt_is_stored_once_and_replaced(office: Office) -> None:
    kind = {"content_type": "application/pdf"}
    path = f"dossiers/{CODE}/receipt"
    problem(office.call("PUT", path, data=PDF, **kind), 404)
    office.post("dossiers", {"MaHoSo": CODE})
    statuses = [
        office.call("PUT", path, data=body, **kind).get_json()["results"][0]["status"]
        for body in (PDF, PDF, PDF + b"\n")
    ]
    assert statuses == ["created", "unchanged", "updated"]
    with office.db.read() as session:
        (row,) = session.exec(select(ReceiptFile)).all()
    assert row.content == PDF + b"\n"


def test_a_receipt_must_be_a_small_pdf(office: Office) -> None:
    office.post("dossiers", {"MaHoSo": CODE})
    path = f"dossiers/{CODE}/receipt"
    problem(office.call("PUT", path, data=PDF, content_type="image/png"), 415)
    problem(office.call("PUT", path, data=b"MZ", content_type="application/pdf"), 422)
    problem(office.call("PUT", path, data=PDF + b" " * 2_000, content_type="application/pdf"), 413)
    assert office.count(ReceiptFile) == 0


def test_addresses_and_methods_that_do_not_exist_are_problems(office: Office) -> None:
    problem(office.call("GET", "nothing"), 404)
    refused = office.call("DELETE", "dossiers")
    problem(refused, 405)
    assert "POST" in refused.headers["Allow"]
    assert office.client.get("/elsewhere").mimetype == "text/html"


def test_each_request_logs_one_line_without_what_it_carried(office: Office) -> None:
    body = {"MaHoSo": CODE, "SoDienThoai": "0900000001", "ChuHoSo": "NGUYỄN THỊ MẪU"}
    with structlog.testing.capture_logs() as lines:
        office.post("dossiers", body)
        office.call("GET", f"dossiers/{CODE}")
    written = [line for line in lines if line["event"] == "api_request"]
    assert [line["status"] for line in written] == [200, 200]
    assert written[0]["correlation_id"]
    text = json.dumps(lines, ensure_ascii=False, default=str)
    for secret in (CODE, "0900000001", "MẪU", office.key):
        assert secret not in text


def test_messages_carry_the_correlation_id_of_the_request(office: Office) -> None:
    office.post("dossiers", {"MaHoSo": CODE})
    answer = office.post("events", office.event())
    with office.db.read() as session:
        (row,) = session.exec(select(Outbox)).all()
    assert row.correlation_id == answer.headers["X-Request-Id"]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([CODE, "\x00", "\ud800", "20230215093000", "0900000001", 10**30, -1]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(
                [
                    "MaHoSo",
                    "MaSuKien",
                    "TrangThai",
                    "ThoiDiemXuLy",
                    "NoiDungXuLy",
                    "SoDienThoai",
                    "NgayNop",
                    "MaDoiTuong",
                    "TrangThaiHoSo",
                    "ThongBaoZalo",
                    "HeThongNguon",
                    "NgayHenTra",
                    "ChuHoSo",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.sampled_from(["dossiers", "events"]), body=_JSON)
def test_no_json_whatever_is_answered_with_a_server_error(
    office: Office, path: str, body: Any
) -> None:
    answer = office.call("POST", path, data=json.dumps(body), content_type="application/json")
    assert answer.status_code < 500, answer.text


@hypothesis_settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.fixed_dictionaries(
        {"MaHoSo": st.just(CODE)},
        optional={
            name: st.text(max_size=30) | st.integers() | st.booleans() | st.none()
            for name in (
                [
                    "SoBienNhan",
                    "MaTTHC",
                    "ChuHoSo",
                    "LoaiDoiTuong",
                    "MaDoiTuong",
                    "SoDienThoai",
                    "HeThongNguon",
                    "TrichYeuHoSo",
                    "DonViXuLy",
                    "TrangThaiHoSo",
                    "ThongBaoZalo",
                    "NgayHenTra",
                    "Lạ",
                ]
            )
        },
    )
)
def test_any_words_in_the_fields_are_stored_or_named(office: Office, body: Any) -> None:
    answer = office.call("POST", "dossiers", data=json.dumps(body), content_type="application/json")
    assert answer.status_code in (200, 422)
