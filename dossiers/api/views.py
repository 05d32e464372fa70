"""A dossier as the API shows it: national names, its events, and the fate of each message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clock import VIETNAM
from notify.staff import sentence
from store.tables import Dossier, DossierEvent, Outbox


def dossier_view(
    dossier: Dossier, events: Sequence[DossierEvent], messages: Sequence[Outbox]
) -> dict[str, Any]:
    """Everything staff's software may see; the identity number only by its last three digits."""
    by_event: dict[int | None, list[dict[str, Any]]] = {}
    for message in messages:
        by_event.setdefault(message.dossier_event_id, []).append(_notification(message))
    shown = [{**_event(event), "notifications": by_event.pop(event.id, [])} for event in events]
    return {
        "MaHoSo": dossier.code,
        "SoBienNhan": dossier.receipt_number,
        "MaTTHC": dossier.procedure_code,
        "TenTTHC": dossier.procedure_name,
        "TenLinhVuc": dossier.field_name,
        "ChuHoSo": dossier.owner_name,
        "LoaiDoiTuong": dossier.applicant_type,
        "MaDoiTuong": f"…{dossier.identity_last3}" if dossier.identity_last3 else "",
        "SoDienThoai": dossier.phone,
        "phone_problem": dossier.phone_problem,
        "ThongBaoZalo": dossier.zalo_notify,
        "DonViXuLy": dossier.unit_name,
        "CoQuan": dossier.agency_name,
        "HinhThucTra": dossier.result_form,
        "NgayNop": _time(dossier.submitted_at),
        "NgayTiepNhan": _time(dossier.received_at),
        "NgayHenTra": _time(dossier.promised_at),
        "NgayCoKetQua": _time(dossier.result_ready_at),
        "NgayTra": _time(dossier.delivered_at),
        "TrangThaiHoSo": dossier.national_state,
        "state": dossier.state,
        "MaDinhDanhDV": dossier.unit_code,
        "TrichYeuHoSo": dossier.summary,
        "HeThongNguon": dossier.source_system,
        "events": shown,
        # Reminders, receipts sent late and the like belong to no event.
        "notifications": [told for rest in by_event.values() for told in rest],
    }


def _event(event: DossierEvent) -> dict[str, Any]:
    return {
        "MaSuKien": event.source_event_id,
        "TrangThai": event.national_state,
        "state": event.state,
        "BuocXuLy": event.step,
        "ThoiDiemXuLy": _time(event.occurred_at),
        "NoiDungXuLy": event.content,
        "NguoiXuLy": event.officer,
        "DonViXuLy": event.unit_name,
        "NgayHenTra": _time(event.promised_at),
        "HeThongNguon": event.source_system,
        "outcome": event.outcome,
    }


def _notification(row: Outbox) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "channel": row.channel,
        "recipient": "follower" if row.uid else (f"…{row.phone[-3:]}" if row.phone else ""),
        "state": row.state,
        "reason": row.reason,
        "sentence": sentence(row.state, row.reason, row.channel),
        "attempts": row.attempts,
        "cost_vnd": row.cost_vnd,
        "queued_at": _time(row.created_at),
        "sent_at": _time(row.sent_at),
        "delivered_at": _time(row.delivered_at),
        "seen_at": _time(row.seen_at),
    }


def _time(at: datetime | None) -> str | None:
    """ISO 8601 with the offset of Vietnam."""
    return at.astimezone(VIETNAM).isoformat(timespec="seconds") if at else None
