"""``make demo``: a local Zalo, web and worker on one machine, with sample data, from scratch.

Every start begins with a fresh database, because the local Zalo keeps its people in memory and
the two must agree.
"""

from __future__ import annotations

import json
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import requests

import journal
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import SystemClock
from crypto import Vault
from dossiers import agencies, samples
from dossiers.ingest import apply_events, upsert_dossiers
from dossiers.workdays import Calendar
from procedures.catalogue import import_file
from service import demo_staff
from service.processes import Child
from settings import ROOT, Settings, load
from store import api_keys, migrate
from store.engine import Database

_READY_SECONDS = 60
_LOG = "demo.log"
_DOSSIERS = "onestop.json"
#: Sample citizens of the local Zalo; two share a phone as families do, one has no Zalo phone.
PEOPLE = (
    {"name": "Nguyễn Thị Mẫu", "phones": ["0900000001"]},
    {"name": "Trần Văn Thử", "phones": ["0900000002"]},
    {"name": "Lê Thị Ví Dụ", "phones": ["0900000003"]},
    {"name": "Con trai bà Mẫu", "phones": ["0900000001"]},
)
#: Ids of the templates the local Zalo knows.
ZBS_TEMPLATES: dict[str, dict[str, object]] = {
    "otp": {"template_id": "300003", "params": {"otp": "{otp}"}},
    "status": {
        "template_id": "300001",
        "params": {
            "ma_ho_so": "{code}",
            "ten_thu_tuc": "{procedure}",
            "chu_ho_so": "{name}",
            "trang_thai": "{state}",
            "ngay": "{date}",
            "noi_dung": "{reason} {next}",
        },
    },
}


def environment(host: str, port: int, sandbox_port: int, folder: Path) -> dict[str, str]:
    """Settings of the demonstration for every process of it."""
    zalo = f"http://127.0.0.1:{sandbox_port}"
    return {
        "ENVIRONMENT": "demo",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "demo-secret-key-not-for-production",
        "ZALO_APP_ID": "1122334455667788990",
        "ZALO_APP_SECRET": "demo-app-secret",
        "ZALO_OA_ID": "4100000000000000017",
        "ZALO_OA_SECRET_KEY": "demo-oa-secret",
        "ZALO_OPENAPI_URL": zalo,
        "ZALO_OAUTH_URL": zalo,
        "ZALO_BUSINESS_URL": zalo,
        "ZALO_ACCESS_TOKEN": "",
        "ZALO_REFRESH_TOKEN": "",
        "HOTLINE": "1900 0000 (số mẫu)",
        "COUNTER_ADDRESS": "Trung tâm Phục vụ hành chính công tỉnh (địa chỉ mẫu)",
        "SMS_LOOKUP": "TTHC <số hồ sơ> gửi 8188",
        "ZBS_TEMPLATES": json.dumps(ZBS_TEMPLATES),
        # The local Zalo keeps the photos its people send.
        "PHOTO_HOSTS": json.dumps([f"127.0.0.1:{sandbox_port}", f"localhost:{sandbox_port}"]),
        "RECEIPT_WAIT_SECONDS": "1",
        # Whoever tries it in the evening sees the same as in the morning.
        "ZBS_NIGHT_RULE": "false",
        "FILING_GUIDES": json.dumps(["national", "provincial"]),
        "PROVINCIAL_PORTAL_URL": "https://dichvucong.tinh-mau.example",
        "LOG_LEVEL": "INFO",
    }


def run(host: str, port: int, sandbox_port: int, data: Path) -> int:
    """Start everything, print the addresses, stop everything on Ctrl-C; the exit status."""
    started = time.monotonic()
    for taken in (port, sandbox_port):
        if not _free(taken):
            raise click.ClickException(f"port {taken} is in use; choose another one")
    folder = data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("demo.db*"), folder / _LOG):
        old.unlink(missing_ok=True)
    journal.configure("ERROR")
    variables = environment(host, port, sandbox_port, folder)
    settings = load(_env_file=None, **{name.lower(): v for name, v in _parsed(variables).items()})
    pair = (secrets.token_hex(40), secrets.token_hex(40))
    key = _prepare(settings, folder, pair)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    children: list[Child] = []
    try:
        zalo = settings.zalo_openapi_url
        children += _start(variables, host, port, sandbox_port, key, pair, folder)
        _wait(lambda: requests.get(f"{zalo}/_control/people", timeout=2).ok, stop)
        for person in PEOPLE:
            requests.post(f"{zalo}/_control/people", json=person, timeout=5).raise_for_status()
        # Only now: the first messages must find their people.
        children.insert(1, Child(["app.py", "worker"], "worker", variables, folder / _LOG))
        _wait(lambda: requests.get(f"{settings.public_url}/readyz", timeout=2).ok, stop)
        if not stop.is_set():
            _tell(settings, time.monotonic() - started, folder / _LOG)
        stop.wait()
    finally:
        click.echo("Đang dừng / stopping ...")
        for child in children:
            child.stop()
    return 0


def _parsed(variables: dict[str, str]) -> dict[str, object]:
    parsed: dict[str, object] = dict(variables)
    for name in ("ZBS_TEMPLATES", "PHOTO_HOSTS", "FILING_GUIDES"):
        parsed[name] = json.loads(variables[name])
    return parsed


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _prepare(settings: Settings, folder: Path, pair: tuple[str, str]) -> str:
    """A database with procedures, dossiers, tokens, and a key, which is answered."""
    clock = SystemClock()
    migrate.upgrade(settings.database_url)
    vault = Vault(settings.secret_key.get_secret_value())
    database = Database(settings.database_url)
    try:
        import_file(database, ROOT / "data" / "procedures.json", clock.now(), by="demo")
        agencies.import_file(database, ROOT / "data" / "demo" / "agencies.csv", now=clock.now())
        dossiers = samples.load(clock.now(), Calendar.from_settings(settings))
        _load_dossiers(database, dossiers, settings, vault, clock.now())
        with database.write() as session:
            key = api_keys.create(session, samples.SOURCE, api_keys.SCOPES, clock.now())
            demo_staff.load(session, vault, clock.now())
        oauth = OAuthClient(settings.zalo_oauth_url, settings.zalo_app_id, "demo-app-secret")
        Tokens(database, vault, oauth, settings, clock).store_pair(*pair)
    finally:
        database.dispose()
    (folder / _DOSSIERS).write_text(json.dumps(dossiers, ensure_ascii=False))
    return key


def _load_dossiers(
    database: Database,
    listed: list[dict[str, Any]],
    settings: Settings,
    vault: Vault,
    now: datetime,
) -> None:
    events = [event for sample in listed for event in sample["_events"]]
    plain = [{k: v for k, v in sample.items() if not k.startswith("_")} for sample in listed]
    by = samples.SOURCE
    common: dict[str, Any] = {
        "source": by,
        "by": by,
        "now": now,
        "settings": settings,
        "vault": vault,
    }
    for result in upsert_dossiers(database, plain, **common):
        if result.errors:
            raise click.ClickException(f"sample {result.key}: {result.errors[0].message}")
    apply_events(database, events, **common)


def _start(
    variables: dict[str, str],
    host: str,
    port: int,
    sandbox_port: int,
    key: str,
    pair: tuple[str, str],
    folder: Path,
) -> list[Child]:
    """Web and sandbox, in the order in which they are stopped; the worker stops between them."""
    base = f"http://127.0.0.1:{port}"
    options = {
        "--host": host,
        "--port": str(sandbox_port),
        "--webhook": f"{base}/webhook/zalo",
        "--callback": f"{base}/oa/callback",
        "--app-id": variables["ZALO_APP_ID"],
        "--app-secret": variables["ZALO_APP_SECRET"],
        "--oa-id": variables["ZALO_OA_ID"],
        "--oa-secret": variables["ZALO_OA_SECRET_KEY"],
        "--access-token": pair[0],
        "--refresh-token": pair[1],
        "--onestop-url": base,
        "--onestop-key": key,
        "--onestop-data": str(folder / _DOSSIERS),
    }
    flat = [part for option in options.items() for part in option]
    log = folder / _LOG
    return [
        Child(["app.py", "web", "--host", host, "--port", str(port)], "web", variables, log),
        Child(["-m", "sandbox", *flat], "sandbox", variables, log),
    ]


def _wait(ready: Callable[[], bool], stop: threading.Event) -> None:
    ends = time.monotonic() + _READY_SECONDS
    while not stop.wait(0.1):
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        if time.monotonic() > ends:
            raise click.ClickException("a process did not come up; see demo.log in the data folder")


def _tell(settings: Settings, seconds: float, log: Path) -> None:
    zalo = settings.zalo_openapi_url
    click.echo(
        f"""
Sẵn sàng sau {seconds:.0f} giây / ready. Mở / open:

  Điện thoại của người dân   {zalo}/
  Phần mềm một cửa (giả lập) {zalo}/onestop
  Người vận hành             {zalo}/operator
  Mã QR để in, bảng niêm yết {settings.public_url}/qr/
  Dịch vụ công trực tuyến    {settings.public_url}/dich-vu-cong
  Bàn làm việc của cán bộ    {settings.public_url}/console/
  API                        {settings.public_url}/api/v1/docs

Cán bộ mẫu: lan (một cửa), quan (quản trị, mã xác thực: python app.py demo --code);
mật khẩu: {demo_staff.PASSWORD}

Thử: bấm "Quan tâm", gõ 000.00.04.H60-230215-0028, liên kết số 0900 000 001,
rồi chuyển bước hồ sơ ở phần mềm một cửa. Ctrl-C để dừng. Nhật ký / log: {log}
"""
    )
