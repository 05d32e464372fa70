"""Writing what another system says of a dossier into its row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crypto import Vault
from dossiers.codes import unit_of
from dossiers.folding import DATE_ONLY, unstarted_state
from dossiers.identity import last3, read_identity
from dossiers.names import fold
from dossiers.national import national
from dossiers.phones import Phone, read_phone
from dossiers.schemas import DossierIn, EventIn
from settings import Settings
from store import consents
from store.tables import Dossier

#: Words for LoaiDoiTuong; bare numbers mean different things in different systems (domain 3.3).
_KINDS = {
    "cong dan": "citizen",
    "ca nhan": "citizen",
    "citizen": "citizen",
    "to chuc": "organisation",
    "doanh nghiep": "organisation",
    "organisation": "organisation",
    "ho kinh doanh": "household",
    "household": "household",
}
#: Whose owner had their data erased: the system that pushes the dossier knows nothing of it and
#: would bring the phone back with its next push.
_ERASED = "erased"
_RESULT_FORMS = {
    "truc_tuyen": "Trả kết quả trực tuyến",
    "truc_tiep": "Nhận trực tiếp tại nơi nộp hồ sơ",
    "buu_chinh": "Nhận qua bưu chính công ích",
}


@dataclass(frozen=True)
class Context:
    """What filling needs besides the item."""

    session: Session
    source: str
    by: str
    now: datetime
    settings: Settings
    vault: Vault


@dataclass
class Filled:
    """Whether the row changed, what to warn of, and the events its fields amount to."""

    changed: bool = False
    warnings: list[str] = field(default_factory=list)
    events: list[EventIn] = field(default_factory=list)


def fill(dossier: Dossier, item: DossierIn, context: Context, *, new: bool) -> Filled:
    """Update the row from the item; empty fields of the item leave what is known.

    Only the system that owns the dossier may change it; anybody else gets a warning.
    """
    filled = Filled()
    source = item.HeThongNguon or dossier.source_system or context.source
    if not new and dossier.source_system and source != dossier.source_system:
        filled.warnings.append("hồ sơ thuộc hệ thống nguồn khác: không thay đổi")
        return filled
    before = dossier.model_dump()
    dossier.source_system = source
    for name, value in _plain(item).items():
        if value:
            setattr(dossier, name, value)
    dossier.unit_code = dossier.unit_code or unit_of(dossier.code)
    _owner(dossier, item, context, filled)
    _phone(dossier, item, filled)
    if item.NgayNop:
        dossier.submitted_at = dossier.submitted_at or item.NgayNop
    if item.NgayTiepNhan:
        dossier.received_at = dossier.received_at or item.NgayTiepNhan
    _tick(dossier, item, context)
    _state(dossier, item, context, filled, new=new)
    filled.changed = dossier.model_dump() != before
    if filled.changed:
        dossier.updated_at = context.now
        dossier.version += 1
    return filled


def _plain(item: DossierIn) -> dict[str, Any]:
    return {
        "receipt_number": item.SoBienNhan,
        "procedure_code": item.MaTTHC,
        "procedure_name": item.TenTTHC,
        "field_name": item.TenLinhVuc,
        "unit_name": item.DonViXuLy,
        "agency_name": item.CoQuan,
        "unit_code": item.MaDinhDanhDV,
        "result_form": _RESULT_FORMS.get(item.HinhThucTra, item.HinhThucTra),
        "summary": item.TrichYeuHoSo,
    }


def _owner(dossier: Dossier, item: DossierIn, context: Context, filled: Filled) -> None:
    if item.ChuHoSo:
        dossier.owner_name, dossier.owner_folded = item.ChuHoSo, fold(item.ChuHoSo)
    if item.LoaiDoiTuong:
        told = context.settings.applicant_types.get(dossier.source_system, {})
        kind = told.get(item.LoaiDoiTuong) or _KINDS.get(fold(item.LoaiDoiTuong), "")
        if kind:
            dossier.applicant_type = kind
        else:
            filled.warnings.append("LoaiDoiTuong: không rõ nghĩa, đặt APPLICANT_TYPES cho hệ thống")
    if item.MaDoiTuong:
        # Only the keyed hash and three digits stay; a tax code is kept the same way.
        number = read_identity(item.MaDoiTuong) or "".join(filter(str.isalnum, item.MaDoiTuong))
        dossier.identity_hash = context.vault.identity_hash(number.upper())
        dossier.identity_last3 = last3(number)


def _phone(dossier: Dossier, item: DossierIn, filled: Filled) -> None:
    if not item.SoDienThoai:
        return
    if dossier.phone_problem == _ERASED:
        filled.warnings.append("SoDienThoai: người nộp đã yêu cầu xóa dữ liệu, không lưu lại")
        return
    phone = read_phone(item.SoDienThoai)
    if isinstance(phone, Phone):
        dossier.phone, dossier.phone_problem = phone.e164, ""
        return
    dossier.phone, dossier.phone_problem = "", phone.reason
    filled.warnings.append(f"SoDienThoai: không nhận được Zalo ({phone.reason})")


def _tick(dossier: Dossier, item: DossierIn, context: Context) -> None:
    """The counter's tick is consent: kept with who, when, which wording (domain 4.5)."""
    if item.ThongBaoZalo is None or item.ThongBaoZalo == dossier.zalo_notify:
        return
    if dossier.phone_problem == _ERASED:
        return
    dossier.zalo_notify = item.ThongBaoZalo
    consents.record(
        context.session,
        kind="counter_tick",
        action="given" if item.ThongBaoZalo else "withdrawn",
        version=context.settings.consent_version,
        now=context.now,
        phone=dossier.phone,
        dossier_id=dossier.id,
        by=context.by,
    )


def _state(
    dossier: Dossier, item: DossierIn, context: Context, filled: Filled, *, new: bool
) -> None:
    """A told state or date that differs becomes an event, so that everything derives from events."""
    code = item.TrangThaiHoSo
    if code is not None and (new or code != dossier.national_state):
        at = {1: item.NgayNop, 2: item.NgayTiepNhan}.get(code) or context.now
        at = at if new else max(at, dossier.state_at)
        filled.events.append(
            _event(dossier, f"ho-so:{code}:{at:%Y%m%d%H%M%S}", code, at, item.NgayHenTra)
        )
    elif new:
        dossier.state = unstarted_state(dossier)
        dossier.national_state = national(dossier.state)
        dossier.promised_at = item.NgayHenTra
        dossier.state_at = dossier.received_at or dossier.submitted_at or context.now
    elif item.NgayHenTra and item.NgayHenTra != dossier.promised_at:
        at = max(context.now, dossier.state_at)
        name = f"{DATE_ONLY}{item.NgayHenTra:%Y%m%d%H%M%S}:{at:%Y%m%d%H%M%S}"
        filled.events.append(_event(dossier, name, dossier.national_state, at, item.NgayHenTra))


def _event(
    dossier: Dossier, name: str, code: int, at: datetime, promised: datetime | None
) -> EventIn:
    return EventIn(
        MaSuKien=f"{name}:{dossier.code}",
        MaHoSo=dossier.code,
        TrangThai=code,
        BuocXuLy=dossier.step if code == dossier.national_state else "",
        ThoiDiemXuLy=at,
        NoiDungXuLy=dossier.open_reason if code == dossier.national_state else "",
        NgayHenTra=promised,
        HeThongNguon=dossier.source_system,
    )
