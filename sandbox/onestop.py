"""Giả lập phần mềm một cửa: pushes dossiers and events into the product as another system would.

Speaks only the product's published HTTP contract (contract 3) with a Bearer key.
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import urllib3
from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from .clock import VIETNAM
from .onestop_flow import ASIDES, FINAL, STATES, WALK, following, place
from .receipt_pdf import receipt_pdf
from .world import World

SOURCE = "mot-cua-gia-lap"
RECEIVED = 2
PROMISED_DAYS = 7
NEW_FIELDS = ("MaHoSo", "ChuHoSo", "SoDienThoai", "MaDoiTuong", "TenTTHC", "MaTTHC", "CoQuan")
#: What the counter can print, as the product names it.
PAPERS = ("receipt", "qr.png")
FIELD_LIMIT = 300
LOOKERS = 6


@dataclass
class Answer:
    """What the product said to the latest push."""

    what: str
    status: int | None
    body: Any

    @property
    def fine(self) -> bool:
        """Whether everything was taken."""
        results = self.body.get("results", []) if isinstance(self.body, dict) else []
        refused = any(r.get("status") == "error" for r in results if isinstance(r, dict))
        return self.status is not None and self.status < 300 and not refused


@dataclass
class Office:
    """The dossiers this office knows and its line to the product."""

    url: str
    key: str
    dossiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False, maxsize=LOOKERS)
    )

    def call(self, method: str, path: str, body: Any = None) -> tuple[int | None, Any]:
        """One call of the product's API: status and JSON, or None and why not."""
        pdf = isinstance(body, bytes)
        kind = "application/pdf" if pdf else "application/json"
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        data = body if pdf or body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            answer = self.http.request(
                method, self.url + path, body=data, headers=headers, timeout=5.0
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return None, f"Không gọi được {self.url}: {type(error).__name__}"
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, answer.data.decode("utf-8", "replace")[:2000]

    def present(self, code: str) -> dict[str, Any]:
        """The product's view of a dossier, the last one when it does not answer; empty if none."""
        status, body = self.call("GET", f"/api/v1/dossiers/{quote(code, safe='')}")
        if status == 200 and isinstance(body, dict):
            self.seen[code] = body
        elif status == 404:
            self.seen.pop(code, None)
        return self.seen.get(code, {})

    def views(self) -> list[dict[str, Any]]:
        """Every dossier as the page shows it, asked for side by side."""
        with ThreadPoolExecutor(LOOKERS) as looking:
            return list(looking.map(lambda code: _view(self, code), list(self.dossiers)))


def routes(world: World) -> Blueprint:
    """``/onestop``: the list, and one address for each thing the office can do."""
    rooms = Blueprint("onestop", __name__)
    office = Office(world.config.onestop_url.rstrip("/"), world.config.onestop_key)
    office.dossiers = {str(known["MaHoSo"]): known for known in _given(world)}
    last: list[Answer] = []

    @rooms.get("/onestop")
    def page() -> str:
        return render_template(
            "onestop.html",
            dossiers=office.views(),
            asides=ASIDES,
            answer=last[-1] if last else None,
            answer_text=json.dumps(last[-1].body, ensure_ascii=False, indent=2) if last else "",
            suggestion=_suggestion(),
            url=office.url,
        )

    @rooms.post("/onestop/event")
    def event() -> Response:
        code, name = request.form.get("MaHoSo", ""), request.form.get("action", "")
        if code not in office.dossiers:
            abort(404)
        sent = _event(office, code, name, request.form.get("NoiDungXuLy", "")[:1000])
        status, body = office.call("POST", "/api/v1/events", sent)
        last[:] = [Answer(f"{code}: {sent['BuocXuLy']}", status, body)]
        own_paper = request.form.get("phieu") == "1"
        if sent["TrangThai"] == RECEIVED and last[0].fine and own_paper:
            last[:] = [_hand_out_receipt(office, sent, last[0])]
        return redirect(f"/onestop#{_anchor(code)}", 303)

    @rooms.post("/onestop/dossier")
    def dossier() -> Response:
        new = {n: request.form.get(n, "").strip()[:FIELD_LIMIT] for n in NEW_FIELDS}
        sent: dict[str, Any] = {name: value for name, value in new.items() if value}
        now = _now()
        sent |= {
            "ThongBaoZalo": request.form.get("ThongBaoZalo") == "1",
            "TrangThaiHoSo": 1,
            "NgayNop": now,
        }
        if source := _source(office):
            sent["HeThongNguon"] = source
        status, body = office.call("POST", "/api/v1/dossiers", sent)
        last[:] = [Answer(f"{sent.get('MaHoSo', '')}: tạo hồ sơ mới", status, body)]
        if last[0].fine and sent.get("MaHoSo"):
            office.dossiers = {sent["MaHoSo"]: sent, **office.dossiers}
        return redirect("/onestop", 303)

    @rooms.get("/onestop/paper/<code>/<paper>")
    def paper(code: str, paper: str) -> Response:
        # What the product prints for the counter, fetched with the office's key.
        if code not in office.dossiers or paper not in PAPERS:
            abort(404)
        path = f"/api/v1/dossiers/{quote(code, safe='')}/{paper}"
        headers = {"Authorization": f"Bearer {office.key}"}
        answer = office.http.request("GET", office.url + path, headers=headers, timeout=10.0)
        kind = answer.headers.get("Content-Type", "text/plain")
        return Response(answer.data, answer.status, mimetype=kind.split(";")[0])

    return rooms


def _given(world: World) -> list[dict[str, Any]]:
    source = world.config.onestop_data
    if source is None:
        return []
    listed = json.loads(source.read_text("utf-8"))
    return [d for d in listed if isinstance(d, dict) and d.get("MaHoSo")]


def _view(office: Office, code: str) -> dict[str, Any]:
    own, seen = office.dossiers[code], office.present(code)
    events, state = _history(own, seen)
    step = None if state in FINAL else following(events, state)
    return {
        "code": code,
        "anchor": _anchor(code),
        "title": own.get("TenTTHC", ""),
        "holder": own.get("ChuHoSo", ""),
        "phone": own.get("SoDienThoai", ""),
        "state": STATES.get(state or 0, "Chưa có trong hệ thống"),
        "step": events[-1].get("BuocXuLy", "") if events else "",
        "behind": place(events, state),
        "length": len(WALK),
        "next": step.words if step else "",
        "known": bool(seen),
        "printable": bool(seen) and (state or 0) >= RECEIVED,
        "receives": bool(step and step.code == RECEIVED),
        "final": state in FINAL,
    }


def _history(own: dict[str, Any], seen: dict[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
    """Events and national code as the product tells them, else as this office remembers."""
    inner = seen.get("dossier", seen)
    inner = inner if isinstance(inner, dict) else {}
    told = inner.get("events") or seen.get("events") or own.get("_events") or []
    events = [_named(e) for e in told if isinstance(e, dict)]
    code = inner.get("TrangThaiHoSo") or inner.get("TrangThai") or own.get("TrangThaiHoSo")
    if not code and events:
        code = events[-1].get("TrangThai")
    number = _number(code)
    return sorted(events, key=lambda e: str(e.get("ThoiDiemXuLy", ""))), number


def _named(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "TrangThai": _number(event.get("TrangThai"))}


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _event(office: Office, code: str, name: str, reason: str) -> dict[str, Any]:
    own = office.dossiers[code]
    sent: dict[str, Any] = {
        "MaSuKien": f"{SOURCE}-{uuid.uuid4().hex}",
        "MaHoSo": code,
        "ThoiDiemXuLy": _now(),
        "NguoiXuLy": "Cán bộ một cửa",
    }
    if own.get("HeThongNguon"):
        sent["HeThongNguon"] = own["HeThongNguon"]
    if own.get("DonViXuLy"):
        sent["DonViXuLy"] = own["DonViXuLy"]
    for aside, national, words, sample in ASIDES:
        if name == aside:
            text = reason.strip() or sample
            return {**sent, "TrangThai": national, "BuocXuLy": words, "NoiDungXuLy": text}
    if name != "tiep":
        abort(404)
    step = following(*_history(own, office.present(code)))
    if step is None:
        abort(409)
    sent |= {"TrangThai": step.code, "BuocXuLy": step.words}
    if step.code == RECEIVED and not own.get("NgayHenTra"):
        sent["NgayHenTra"] = _in_days(PROMISED_DAYS)
    return {**sent, "NoiDungXuLy": reason.strip()} if reason.strip() else sent


def _hand_out_receipt(office: Office, sent: dict[str, Any], said: Answer) -> Answer:
    """The counter prints the receipt when it takes the dossier, and gives it to the product."""
    code = sent["MaHoSo"]
    own = office.dossiers[code]
    own |= {"NgayTiepNhan": sent["ThoiDiemXuLy"]}
    if "NgayHenTra" in sent:
        own["NgayHenTra"] = sent["NgayHenTra"]
    shown: dict[str, Any] = dict(own)
    for name in ("NgayTiepNhan", "NgayHenTra"):
        if own.get(name):
            shown[name] = _readable(own[name])
    path = f"/api/v1/dossiers/{quote(code, safe='')}/receipt"
    status, body = office.call("PUT", path, receipt_pdf(shown))
    if status is not None and status < 300:
        return said
    return Answer(f"{code}: phiếu tiếp nhận", status, body)


def _source(office: Office) -> str:
    """The name under which the product knows this office, as its dossiers say."""
    return next(
        (str(d["HeThongNguon"]) for d in office.dossiers.values() if d.get("HeThongNguon")), ""
    )


def _suggestion() -> dict[str, str]:
    today = datetime.now(VIETNAM)
    serial = uuid.uuid4().int % 9000 + 1000
    return {
        "MaHoSo": f"000.00.04.H60-{today:%y%m%d}-{serial}",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "TenTTHC": "Đăng ký khai sinh",
        "CoQuan": "Trung tâm Phục vụ hành chính công",
        "SoDienThoai": "",
        "MaDoiTuong": "",
        "MaTTHC": "",
    }


def _now() -> str:
    return f"{datetime.now(VIETNAM):%Y%m%d%H%M%S}"


def _in_days(days: int) -> str:
    return f"{datetime.now(VIETNAM) + timedelta(days=days):%Y%m%d}170000"


def _readable(moment: Any) -> str:
    try:
        return datetime.strptime(str(moment), "%Y%m%d%H%M%S").strftime("%d/%m/%Y %H:%M")
    except ValueError:
        return str(moment)


def _anchor(code: str) -> str:
    return "hs-" + "".join(c if c.isalnum() else "-" for c in code)
