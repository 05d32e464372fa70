"""Secrets: compared in constant time, and readable nowhere in the database, the log or a page."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from bot.consent_page import consent_link
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import FixedClock
from settings import ROOT
from store import api_keys
from tests.console.conftest import PASSWORD, Office
from tests.test_house_rules import PRODUCT, modules

_SECRET = re.compile(
    r"(secret|password|token|signature|(^|_)mac$|digest|hash|csrf|seal|otp$|verifier|(^|_)key$|code$)"
)
#: Comparisons that look like one of a secret and are none, with the reason.
NO_SECRETS = {
    "approved_hash": "whether a text changed since it was agreed to; staff see both",
    "request_hash": "whether a repeated request is the same; sent by its own key",
    "previous_hash": "the audit's chain, walked by `doctor` with nobody waiting",
    "hash": "the audit's chain, walked by `doctor` with nobody waiting",
    "last_hash": "the audit's chain, walked by `doctor` with nobody waiting",
    "canonical_code": "of a dossier",
    "dossier_code": "of a dossier",
    "_short_code": "the name of a kind of payload",
    "error_code": "a number of Zalo's table",
    "status_code": "HTTP",
    "procedure_code": "public",
    "unit_code": "public",
    "agency_code": "public",
    "code": "of a dossier, procedure, agency or error; one-time codes are `code_hash`",
    "key": "of a table, a setting or a procedure; API keys are found by `key_hash`",
    "procedure_key": "public",
    "dedupe_key": "made from the event",
    "order_key": "made from the recipient",
    "sort_key": "public",
}


#: Digests that only tell whether something changed.
_CHANGES = frozenset({"approved_hash", "request_hash", "previous_hash", "last_answer", "seen"})


def _names(node: ast.expr) -> set[str]:
    """What a side of a comparison is called."""
    if isinstance(node, ast.Call):
        return _names(node.func)
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return {str(node.slice.value)}
    return set()


def _is_secret(node: ast.Compare) -> bool:
    """Whether two values are compared with an equals sign, one called like a secret."""
    sides = [node.left, *node.comparators]
    if any(isinstance(one, ast.Constant) for one in sides):
        return False
    if not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
        return False
    names = {name.lower() for one in sides for name in _names(one)}
    return not names & _CHANGES and any(
        _SECRET.search(name) for name in names if name not in NO_SECRETS
    )


def _suspicious(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    where = path.relative_to(ROOT)
    return [f"{where}:{one.lineno} {ast.unparse(one)}" for one in compared if _is_secret(one)]


def test_no_secret_is_compared_with_an_equals_sign() -> None:
    wrong = []
    for room in sorted(set(PRODUCT) - {"store"}):
        for path in modules(room):
            wrong += _suspicious(path)
    assert wrong == []
    # The database compares keyed hashes and digests of random bits only, never a secret itself.
    kept = "\n".join(path.read_text() for path in modules("store"))
    for column in ("key_hash", "token_hash", "code_hash", "identity_hash"):
        assert f"{column} ==" in kept or f"{column}) ==" in kept


def test_the_rule_finds_what_it_looks_for() -> None:
    for wrong in ("given == settings.api_secret", "token != found['token']", "mac() == expected"):
        (node,) = (one for one in ast.walk(ast.parse(wrong)) if isinstance(one, ast.Compare))
        assert _is_secret(node), wrong
    for fine in ("state == 'ok'", "row.version == 3", "digest == ''", "dossier.code == code"):
        (node,) = (one for one in ast.walk(ast.parse(fine)) if isinstance(one, ast.Compare))
        assert not _is_secret(node), fine


def everything(office: Office) -> str:
    """The whole database as text."""
    parts = []
    with office.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.connection().execute(select(table)):
                parts += [
                    one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row
                ]
    return "\n".join(parts)


def test_whoever_reads_the_database_learns_no_secret(
    office: Office, clock: FixedClock, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets: dict[str, str] = {"password": PASSWORD}
    now = clock.now()
    with office.database.write() as session:
        secrets["API key"] = api_keys.create(session, "mau", "dossiers:read", now)
    settings = office.settings
    oauth = OAuthClient("http://127.0.0.1:9", settings.zalo_app_id, "x")
    tokens = Tokens(office.database, office.vault, oauth, settings, clock)
    tokens.store_pair("access-token-of-the-oa", "refresh-token-of-the-oa", 90_000)
    secrets |= {"access": "access-token-of-the-oa", "refresh": "refresh-token-of-the-oa"}
    link = consent_link(office.database, office.vault, settings, now)
    assert "code_challenge" in link
    clerk = office.by_hand("quan", "admin", factor=False)
    page = clerk.get("/console/")
    enrol = clerk.get(page.headers["Location"]).get_data(as_text=True)
    found = re.search(r'class="[^"]*secret[^"]*">([A-Z2-7 ]+)<', enrol)
    assert found, enrol
    secrets["TOTP"] = found[1].replace(" ", "")
    code = pyotp.TOTP(secrets["TOTP"]).at(int(clock.now().timestamp()))
    answer = clerk.post(page.headers["Location"], {"code": code})
    shown = answer.get_data(as_text=True)
    if answer.status_code == 303:
        shown = clerk.get(answer.headers["Location"]).get_data(as_text=True)
    recovery = re.findall(r">([a-z0-9]{5}-[a-z0-9]{5})<", shown)
    assert len(recovery) == 10
    secrets["recovery code"] = recovery[0]
    secrets["recovery code, plain"] = recovery[0].replace("-", "")
    cookie = clerk.client.get_cookie("motcua")
    assert cookie is not None
    secrets["cookie"] = cookie.value
    upload = b"MaHoSo,MaDoiTuong\nH60.04-261118-0001,008090123456\n"
    clerk2 = office.sign_in("lan", "reception")
    clerk2.get("/console/ho-so/nhap")
    sent = clerk2.post(
        "/console/ho-so/nhap",
        {"tep": (io.BytesIO(upload), "ho-so.csv")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    secrets["ID number in a file"] = "008090123456"
    secrets["secret key"] = settings.secret_key.get_secret_value()
    kept = everything(office)
    said = "".join(capfd.readouterr())
    for name, secret in secrets.items():
        assert secret not in kept, f"{name} can be read in the database"
        assert secret not in said, f"{name} stands in the log"
