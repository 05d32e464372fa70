"""Where a dossier of our own counter may go next, in the words of the field (domain 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dossiers.national import FINAL
from store.tables import Dossier, State

#: The source system of dossiers taken in at our counter: only theirs is ours to move.
OUR_SYSTEM = "mot-cua-zalo"


@dataclass(frozen=True)
class Move:
    """One step: its name in addresses, the national code, the words of the step and the button."""

    key: str
    national: int
    state: State
    #: BuocXuLy, as citizens and other systems read it.
    step: str
    button: str
    #: What must be said with it; "" = nothing. Names the purpose of saved texts.
    purpose: str = ""
    reason_label: str = ""


MOVES: tuple[Move, ...] = (
    Move("tiep-nhan", 2, State.received, "Tiếp nhận hồ sơ", "Tiếp nhận"),
    Move("phan-cong", 4, State.assigned, "Phân công thụ lý", "Phân công thụ lý"),
    Move("tham-dinh", 4, State.appraising, "Thẩm định hồ sơ", "Chuyển thẩm định"),
    Move("ky-duyet", 4, State.signing, "Ký duyệt", "Trình ký duyệt"),
    Move("co-ket-qua", 9, State.result_ready, "Đã có kết quả", "Đã có kết quả"),
    Move("tra-ket-qua", 10, State.result_delivered, "Trả kết quả", "Trả kết quả"),
    Move(
        "bo-sung",
        5,
        State.supplement_required,
        "Yêu cầu bổ sung",
        "Yêu cầu bổ sung",
        "supplement",
        "Cần bổ sung những gì, vì sao",
    ),
    Move(
        "thanh-toan",
        6,
        State.payment_required,
        "Yêu cầu thanh toán",
        "Yêu cầu nộp phí, lệ phí",
        "payment",
        "Nộp khoản gì, nộp ở đâu",
    ),
    Move(
        "tu-choi",
        3,
        State.refused,
        "Từ chối tiếp nhận",
        "Từ chối, trả lại",
        "refusal",
        "Lý do từ chối, trả lại",
    ),
    Move(
        "dung",
        8,
        State.stopped,
        "Dừng giải quyết",
        "Dừng giải quyết",
        "stop",
        "Lý do dừng giải quyết",
    ),
    Move("rut", 7, State.withdrawn, "Rút hồ sơ", "Người nộp rút hồ sơ"),
)
BY_KEY: Mapping[str, Move] = {move.key: move for move in MOVES}

#: The step after each state; what asked something of the citizen goes on with the appraisal.
_NEXT = {
    State.submitted: "tiep-nhan",
    State.received: "phan-cong",
    State.assigned: "tham-dinh",
    State.appraising: "ky-duyet",
    State.signing: "co-ket-qua",
    State.supplement_required: "tham-dinh",
    State.payment_required: "tham-dinh",
    State.result_ready: "tra-ket-qua",
}
#: A result that lies ready is only handed out, or taken back to work.
_FROM_RESULT = frozenset({"tra-ket-qua", "tham-dinh", "ky-duyet"})


def next_move(state: str) -> Move | None:
    """The one step that usually follows; None when nothing more is expected."""
    key = _NEXT.get(State(state))
    return BY_KEY[key] if key else None


def other_moves(state: str) -> list[Move]:
    """Everything else that may be done in a state, in the order of the work."""
    here, usual = State(state), next_move(state)
    if here in FINAL:
        return []
    found = [move for move in MOVES if move is not usual and move.state is not here]
    if here is State.result_ready:
        return [move for move in found if move.key in _FROM_RESULT]
    if here is not State.submitted:
        return [move for move in found if move.key != "tiep-nhan"]
    return [move for move in found if move.key != "tra-ket-qua"]


def why_not(dossier: Dossier, move: Move | None = None) -> str:
    """Why a dossier cannot be moved (so); "" when it can."""
    if dossier.source_system != OUR_SYSTEM:
        owner = dossier.source_system or "phần mềm khác"
        return (
            f"Trạng thái do hệ thống {owner} quản lý: xử lý hồ sơ trên phần mềm đó, "
            "thông báo Zalo sẽ tự gửi khi phần mềm chuyển trạng thái."
        )
    if State(dossier.state) in FINAL:
        return "Hồ sơ đã kết thúc."
    if move is None or move == next_move(dossier.state) or move in other_moves(dossier.state):
        return ""
    return f"Không thể «{move.button}» khi hồ sơ đang ở trạng thái này."


def event_of(
    dossier: Dossier, move: Move, *, key: str, reason: str, officer: str, now: datetime
) -> dict[str, object]:
    """The event that makes a move; ``key`` names the act, so that sent twice it happens once."""
    return {
        "MaSuKien": f"ban:{key}:{dossier.id}",
        "MaHoSo": dossier.code,
        "TrangThai": move.national,
        "BuocXuLy": move.step,
        # A clock of another machine that runs ahead must not make this event a late one.
        "ThoiDiemXuLy": max(now, dossier.state_at),
        "NoiDungXuLy": reason,
        "NguoiXuLy": officer,
        "DonViXuLy": dossier.unit_name,
        "HeThongNguon": OUR_SYSTEM,
    }
