"""A fresh machine follows the handbook by copy and paste, until the first message arrives."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox.server import Running
from sandbox.server import running as zalo_running
from settings import ROOT
from tests.deploy.following import Machine, blocks, commit_all, repository
from tests.deploy.places import DOMAIN, HANDBOOK, page
from tests.e2e.conftest import Citizen, free_port
from tests.promises.sizes import NIGHTLY

pytestmark = pytest.mark.timeout(900)
PASSWORD = "con trâu đi cày ruộng sớm"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def zalo(port: int) -> Iterator[Running]:
    with zalo_running(f"http://127.0.0.1:{port}/webhook/zalo") as started:
        yield started


def installed(machine: Machine, zalo: Running, port: int, tmp_path: Path) -> None:
    """Every runnable block of the first page, with the answers an officer would type."""
    told = zalo.config
    answers = {
        'read -r -p "Tên miền': (DOMAIN, str(repository(tmp_path / "source"))),
        "ZALO_OA_SECRET_KEY; do": (told.app_id, told.app_secret, told.oa_id, told.oa_secret),
        "Mật khẩu của quản trị": (PASSWORD,),
    }
    asked = set()
    for block in blocks("may-chu.md"):
        key = next((key for key in answers if key in block), "")
        asked.add(key)
        printed = machine.types(block, *answers.get(key, ()))
        if "doctor" in block:
            failed = [line for line in printed.splitlines() if line.startswith("FAIL")]
            names = {line.split()[1].rstrip(":") for line in failed}
            assert names <= {"worker", "token", "webhook", "refresh"}, printed
    assert asked >= set(answers)
    # The local Zalo stands in for Zalo; nothing else is changed.
    machine.sets(
        **dict.fromkeys(("ZALO_OPENAPI_URL", "ZALO_OAUTH_URL", "ZALO_BUSINESS_URL"), zalo.url)
    )


def consented(link: str, port: int) -> None:
    """An OA admin opens the link, agrees, and comes back to us."""
    asked = dict(parse_qsl(urlsplit(link).query))
    assert asked["redirect_uri"] == f"https://{DOMAIN}/oa/callback"
    address = link.partition("?")[0]
    answer = requests.post(address, data={**asked, "decision": "allow"}, allow_redirects=False)
    back = urlsplit(answer.headers["Location"])
    page_shown = requests.get(f"http://127.0.0.1:{port}{back.path}?{back.query}")
    assert "Đã kết nối thành công" in page_shown.text


def test_from_an_empty_server_to_the_first_message(
    tmp_path: Path, zalo: Running, port: int
) -> None:
    machine = Machine(tmp_path / "server", fresh=NIGHTLY)
    installed(machine, zalo, port, tmp_path)
    service = machine.unit("motcua.service", MOTCUA_PORT=str(port))
    try:
        _answers(f"http://127.0.0.1:{port}/healthz", service, machine)
        connect, doctor = blocks("zalo.md")
        consented(machine.types(connect).strip(), port)
        order = {"name": "Nguyễn Thị Mẫu", "phone": "0900000001"}
        person = requests.post(f"{zalo.url}/_control/people", json=order).json()
        citizen = Citizen(zalo.url, person["id"])
        citizen.do("follow")
        citizen.hears_until("6. Hỗ trợ")
        assert "FAIL" not in machine.types(doctor)
        pushed(machine, citizen, port)
        upgraded(machine)
    finally:
        service.terminate()
        assert service.wait(timeout=60) == 0
    assert "Traceback" not in (tmp_path / "server/unit.log").read_text()


def upgraded(machine: Machine) -> None:
    """The page of daily work: a newer release is made ready beside the running one."""
    current = machine.root / "opt/motcua/current"
    running = current.resolve()
    source = Path(machine.types("git -C /opt/motcua/source remote get-url origin").strip())
    (source / "NEWS").write_text("a newer release\n")
    commit_all(source, "newer")
    (prepare,) = blocks("van-hanh.md")
    machine.types(prepare)
    made = Path((machine.root / "etc/motcua/ban-moi").read_text().strip())
    assert (made / "NEWS").exists() and made != running == current.resolve()
    assert (machine.root / "etc/motcua/ban-truoc").read_text().strip() == str(running)
    checked = "MOTCUA_HOME=$(cat /etc/motcua/ban-moi) motcua db upgrade"
    assert "schema at" in machine.types(checked)


def pushed(machine: Machine, citizen: Citizen, port: int) -> None:
    """The page for programmers: each example works as it stands."""
    key = machine.types("motcua api-key create igate").strip()
    told = {"DIA_CHI": f"http://127.0.0.1:{port}", "KHOA": key}
    dossier, event, look, receipt, code = blocks("phan-mem-mot-cua.md")
    assert json.loads(machine.types(dossier, **told))["results"][0]["status"] == "created"
    citizen.say("000.00.04.H60-261118-0001")
    citizen.hears_until("Đăng ký khai sinh")
    assert json.loads(machine.types(event, **told))["results"][0]["status"] == "created"
    shown = json.loads(machine.types(look, **told))
    assert shown["MaHoSo"] == "000.00.04.H60-261118-0001"
    assert shown["events"][0]["notifications"]
    machine.types(receipt, **told)
    machine.types(code, **told)


def _answers(address: str, service: object, machine: Machine) -> None:
    ends = time.monotonic() + 300
    while True:
        try:
            if requests.get(address, timeout=5).text == "ok\n":
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < ends, (machine.root / "unit.log").read_text()
        time.sleep(0.2)


PAGES = sorted(path.name for path in HANDBOOK.glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere_and_every_page_is_listed(name: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page(name)):
        if target.startswith("http") or re.fullmatch(r"\.\./[a-z-]+\.md", target):
            continue  # the pages about the inside, which have their own readers
        assert (HANDBOOK / target).exists(), f"{name}: {target}"
    assert name == "README.md" or f"({name})" in page("README.md")


@pytest.mark.parametrize("name", PAGES)
def test_commands_settings_and_files_of_a_page_exist(name: str) -> None:
    """A renamed command, setting or file would leave the officer with an error."""
    from service.commands import COMMANDS
    from settings import Settings

    text = page(name)
    for words in re.findall(r"(?m)(?:^|`|&& |\| )motcua ([a-z][a-z-]+)\b", text):
        assert words in COMMANDS, f"{name}: motcua {words}"
    known = {field.upper() for field in Settings.model_fields}
    for setting in re.findall(r"`((?:ZALO|ZBS|KEEP|PRIVACY|BROADCAST|API)_[A-Z_]+)`", text):
        assert setting in known, f"{name}: {setting}"
    for path in re.findall(r"current/(deploy/[\w./@-]+)", text):
        assert (ROOT / path.rstrip(".")).exists() or path.endswith("motcua"), f"{name}: {path}"
