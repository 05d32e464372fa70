"""Bodies, queries, cookies, headers and multipart forms nobody would send: an answer, never a fault."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.console.conftest import Office
from tests.security.conftest import ROLES
from tests.security.test_parsers import bent_bytes, bent_text

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TEXT = bent_text(
    ("tra cứu 000.00.04.H60-230215-0028", "' OR 1=1 --", "{{7*7}}", "../../etc/passwd")
)
QUERIES = (
    "/dich-vu-cong?q={0}&theo={1}&trang={0}", "/phan-anh?truoc={0}", "/qr/bang-niem-yet.pdf?kho={0}&linh-vuc={1}",
    "/oa/callback?code={0}&state={1}&oa_id={0}", "/h/{0}?lang={1}", "/t/{0}", "/bieu-mau/{0}", "/tin/{0}.jpg",
    "/pictures/{0}", "/pictures/guides/{0}", "/qr/t/{0}.png", "/qr/the/{0}.pdf", "/phan-anh/{0}",
)  # fmt: skip
STAFF = (
    "/console/ho-so?q={0}&state={1}&tu={0}&den={1}", "/console/phan-anh?q={0}&state={1}", "/console/nhat-ky?actor={0}&tu={1}",
    "/console/bao-cao?tu={0}&den={1}", "/console/thu-tuc?q={0}", "/console/cau-hoi?q={0}", "/console/tro-chuyen/1/moi?tu={0}",
    "/console/dang-nhap?tiep={0}", "/console/thong-bao?q={0}&state={1}", "/console/ho-so?sau={0}&truoc={1}",
)  # fmt: skip
#: Forms with files: the field's name, and a file it understands.
UPLOADS = {
    "/console/ho-so/nhap": ("tep", b"MaHoSo,ChuHoSo\nH60.04-261118-0001,x\n", "a.csv"),
    "/console/co-quan/nhap": ("file", b"MaDinhDanh,Ten\nH60.04,x\n", "a.csv"),
    "/console/thu-tuc/nhap": ("file", b'{"procedures": []}', "a.json"),
    "/console/noi-dung/tin/moi": ("cover", b"\x89PNG\r\n\x1a\n", "a.png"),
}


def attempts(strategy: st.SearchStrategy[Any], seldom: int = 1) -> Any:
    """A property tried with the profile's number of examples (or a part), on one application."""

    def decorate(function: Any) -> Any:
        checks = list(HealthCheck)
        count = examples().max_examples // seldom
        told = examples(max_examples=count, suppress_health_check=checks, database=None)
        return told(given(strategy)(function))

    return decorate


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@ONE_DATABASE
def test_no_query_breaks_a_page(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)

    @attempts(st.tuples(st.sampled_from(QUERIES + STAFF), TEXT, TEXT))
    def attempt(told: tuple[str, str, str]) -> None:
        pattern, one, two = told
        answer = clerk.client.get(pattern.format(quoted(one), quoted(two)))
        assert answer.status_code < 500, pattern

    attempt()


@ONE_DATABASE
def test_no_body_breaks_the_webhook_and_only_signed_ones_are_kept(office: Office) -> None:
    settings, client = office.settings, office.app.test_client()
    secret = settings.zalo_oa_secret_key.get_secret_value()
    sample = json.dumps({"event_name": "user_send_text", "timestamp": "1795000000000"}).encode()

    @attempts(st.tuples(bent_bytes((sample,)), st.booleans(), TEXT))
    def attempt(told: tuple[bytes, bool, str]) -> None:
        body, signed, header = told
        stamp = "1795000000000"
        whole = settings.zalo_app_id.encode() + body + stamp.encode() + secret.encode()
        mac = "mac=" + hashlib.sha256(whole).hexdigest()
        given_mac = mac if signed else header.encode("ascii", "ignore").decode().strip() or "x"
        clean = "".join(c for c in given_mac if c.isprintable())
        headers = {"X-ZEvent-Signature": clean, "X-ZEvent-Timestamp": stamp}
        answer = client.post("/webhook/zalo", data=body, headers=headers)
        assert answer.status_code == 200
        assert answer.data == b""

    attempt()


@ONE_DATABASE
def test_no_file_or_multipart_form_breaks_an_upload(office: Office) -> None:
    clerk = office.sign_in("moi.nguoi", *ROLES)
    clerk.get("/console/toi")
    samples = tuple(content for _, content, _ in UPLOADS.values())

    @attempts(st.tuples(st.sampled_from(sorted(UPLOADS)), bent_bytes(samples), TEXT), seldom=3)
    def attempt(told: tuple[str, bytes, str]) -> None:
        path, content, typed = told
        field, _, name = UPLOADS[path]
        odd = "".join(c for c in typed if c.isprintable()).encode("utf-8", "ignore").decode()
        answer = clerk.post(
            path,
            {
                field: (io.BytesIO(content), odd[:40] + name),
                "title": odd,
                "summary": odd,
            },
            content_type="multipart/form-data",
        )
        assert answer.status_code < 500, path

    attempt()


@ONE_DATABASE
def test_no_raw_multipart_cookie_or_header_breaks_a_form(office: Office) -> None:
    client = office.app.test_client()
    edge = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nlan\r\n--x--\r\n'
    kinds = (
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
        "x",
    )

    @attempts(st.tuples(bent_bytes((edge,)), st.sampled_from(kinds), st.binary(max_size=60)))
    def attempt(told: tuple[bytes, str, bytes]) -> None:
        body, kind, noise = told
        cookie = noise.decode("latin-1").replace("\r", "").replace("\n", "").replace("\x00", "")
        for path in ("/console/dang-nhap", "/h/abcdefghij/phieu"):
            answer = client.post(
                path,
                data=body,
                content_type=kind,
                environ_overrides={"HTTP_COOKIE": f"motcua={cookie}; motcua-tin={cookie}"},
            )
            assert answer.status_code < 500, path

    attempt()
