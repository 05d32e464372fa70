"""Taking in a dossier at our own counter: what the clerk typed becomes a dossier and its event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from crypto import Vault
from dossiers.identity import read_identity
from dossiers.ingest import Result, take_in
from dossiers.issuing import issue
from dossiers.moving import BY_KEY, OUR_SYSTEM
from dossiers.phones import Phone, PhoneProblem, read_phone
from dossiers.typed import plain
from dossiers.workdays import Calendar
from procedures.records import ProcedureRecord, TimeLimit
from settings import Settings
from store import dossier_pages
from store import dossiers as store
from store.tables import Dossier

KINDS = {
    "citizen": "Cá nhân",
    "organisation": "Tổ chức, doanh nghiệp",
    "household": "Hộ kinh doanh",
}
RESULT_FORMS = {
    "truc_tiep": "Nhận tại nơi nộp hồ sơ",
    "buu_chinh": "Qua bưu chính công ích",
    "truc_tuyen": "Trực tuyến",
}
_SENT_KINDS = {"citizen": "công dân", "organisation": "tổ chức", "household": "hộ kinh doanh"}


class NotTaken(Exception):
    """The dossier was refused; ``problems`` name the fields of the exchange and say why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class NewDossier:
    """What the clerk filled in. Identity and phone hide themselves in a repr."""

    #: Names this act: sent twice, it makes one dossier.
    key: str
    unit_code: str
    agency_name: str
    owner: str
    kind: str
    procedure_code: str = ""
    procedure_name: str = ""
    field_name: str = ""
    identity: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    zalo: bool = False
    promised_at: datetime | None = None
    result_form: str = "truc_tiep"
    summary: str = ""
    receipt_number: str = ""


def receive(
    session: Session,
    new: NewDossier,
    *,
    by: str,
    officer: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
) -> tuple[Dossier, bool]:
    """The dossier and whether it is new; its reception is told to citizens like any other.

    In the caller's transaction, opened with ``wake=True``. `NoCode` when no code can be issued,
    `NotTaken` when the exchange refuses a field; then the caller rolls back.
    """
    before = dossier_pages.by_event(session, OUR_SYSTEM, f"quay:{new.key}")
    if before is not None and (known := session.get(Dossier, before)) is not None:
        return known, False
    code = issue(session, new.unit_code, now)
    step = BY_KEY["tiep-nhan"]
    event = {
        "MaSuKien": f"quay:{new.key}",
        "MaHoSo": code,
        "TrangThai": step.national,
        "BuocXuLy": step.step,
        "ThoiDiemXuLy": now,
        "NguoiXuLy": officer,
        "DonViXuLy": new.agency_name,
        "NgayHenTra": new.promised_at,
        "HeThongNguon": OUR_SYSTEM,
    }
    results = take_in(
        session,
        _item(new, code, now),
        [event],
        source=OUR_SYSTEM,
        by=by,
        now=now,
        settings=settings,
        vault=vault,
    )
    if problems := _problems(results):
        raise NotTaken(problems)
    made = store.by_code(session, code)
    if made is None:
        raise NotTaken(["hồ sơ không lưu được"])
    return made, True


def _item(new: NewDossier, code: str, now: datetime) -> dict[str, object]:
    return {
        "MaHoSo": code,
        "SoBienNhan": new.receipt_number,
        "MaTTHC": new.procedure_code,
        "TenTTHC": new.procedure_name,
        "TenLinhVuc": new.field_name,
        "ChuHoSo": new.owner,
        "LoaiDoiTuong": _SENT_KINDS.get(new.kind, ""),
        "MaDoiTuong": new.identity,
        "SoDienThoai": new.phone,
        "ThongBaoZalo": new.zalo,
        "DonViXuLy": new.agency_name,
        "CoQuan": new.agency_name,
        "HinhThucTra": new.result_form,
        "NgayNop": now,
        "NgayTiepNhan": now,
        "NgayHenTra": new.promised_at,
        "MaDinhDanhDV": new.unit_code,
        "TrichYeuHoSo": new.summary,
        "HeThongNguon": OUR_SYSTEM,
    }


def _problems(results: list[Result]) -> list[str]:
    return [f"{e.field}: {e.message}" for result in results for e in result.errors]


def identity_problem(text: str, kind: str) -> str:
    """Why a number cannot be the applicant's paper, in words; "" when it can or is empty."""
    typed = plain(text).strip()
    if not typed or read_identity(typed) is not None:
        return ""
    bare = "".join(c for c in typed if c.isalnum())
    if kind != "citizen" and bare.isdigit() and len(bare) in (10, 13):
        return ""
    if kind == "citizen":
        return "Số căn cước có 12 chữ số (CMND cũ 9 chữ số, hộ chiếu 1 chữ và 7-8 chữ số)."
    return "Mã số thuế có 10 hoặc 13 chữ số; hoặc ghi số căn cước của người đại diện."


@dataclass(frozen=True)
class PhoneWord:
    """What staff are told of a phone as they type; ``e164`` only when it can be used."""

    words: str
    e164: str = ""
    mended: str = ""


_PHONE_PROBLEMS = {
    "landline": "Số cố định không nhận được Zalo. Xin hỏi số di động, hoặc để trống.",
    "old_landline": "Số cố định đầu số cũ, không nhận được Zalo. Xin hỏi số di động.",
    "service": "Số tổng đài không nhận được Zalo. Xin hỏi số di động.",
    "several": "Ô này chỉ ghi một số điện thoại.",
    "invalid": "Không phải số di động Việt Nam: kiểm tra lại từng chữ số.",
}


def phone_words(text: str) -> PhoneWord:
    """How a typed phone is understood (domain 5.1): usable, mended from an old prefix, or why not."""
    read = read_phone(text[:60])
    if isinstance(read, PhoneProblem):
        return PhoneWord(_PHONE_PROBLEMS[read.reason])
    return PhoneWord(f"Số di động {read.national}.", read.e164, _mended(text, read))


def _mended(text: str, phone: Phone) -> str:
    """The new spelling when the digits typed were others: the old prefixes of 2018."""
    typed = "".join(c for c in text if c.isdigit())
    return "" if typed.endswith(phone.e164[3:]) else phone.national


def time_limit(record: ProcedureRecord) -> TimeLimit | None:
    """The limit that holds at the counter: that of direct filing, else the first one told."""
    limits = {one.channel: one.time_limit for one in record.channels}
    known = [limit for limit in limits.values() if limit.value is not None]
    direct = limits.get("truc_tiep")
    if direct is not None and direct.value is not None:
        return direct
    return known[0] if known else None


def promised(record: ProcedureRecord, calendar: Calendar, now: datetime) -> datetime | None:
    """The date the procedure promises for a dossier received now; None when its unit is unknown."""
    limit = time_limit(record)
    return calendar.due_date(now, limit.value, limit.unit) if limit else None
