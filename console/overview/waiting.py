"""What waits for the person who is signed in, by what their roles allow, each with its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from console import figures
from console.access import Act
from console.charts import number
from console.overview import addresses
from console.person import Person
from store import alarms as open_alarms
from store import asked, broadcasts, chat_queue, waiting
from store.tables import Alarm, BroadcastState

#: Questions nobody asked for so long wait for nobody.
_RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Task:
    """One kind of work: how much, where it is listed, whether it is late already."""

    words: str
    count: int
    address: str
    late: bool = False
    #: Counts of the store stop here; numbers of the day do not.
    cap: int = waiting.CAP

    @property
    def shown(self) -> str:
        """The number as people read it."""
        if self.cap and self.count >= self.cap:
            return f"hơn {number(self.cap)}"
        return number(self.count)


def tasks(session: Session, known: Person, now: datetime) -> list[Task]:
    """Everything that waits for this person; what is late first, nothing that is nought."""
    found = [
        *_dossiers(session, known, now),
        *_chats(session, known),
        *_feedback(session, known, now),
        *_broadcasts(session, known),
        *_privacy(session, known, now),
        *_imports(session, known),
        *_questions(session, known, now),
    ]
    return sorted((task for task in found if task.count), key=lambda task: not task.late)


def alarms(session: Session, known: Person) -> Sequence[Alarm]:
    """Alarms of the machinery, each with the sentence what to do; for who runs the system."""
    return open_alarms.open_alarms(session, limit=20) if known.may(Act.settings) else ()


def _dossiers(session: Session, known: Person, now: datetime) -> list[Task]:
    if not known.may(Act.view_dossiers):
        return []
    day = figures.today(now)
    if figures.counted_at(session, day) is None:
        day -= timedelta(days=1)
    subjects = ("overdue", "near", "supplement")
    stands = figures.sums(session, subjects, day, day, known.units(Act.view_dossiers))
    return [
        Task("Hồ sơ đã quá hẹn trả", stands["overdue"], addresses.OVERDUE, late=True, cap=0),
        Task("Hồ sơ sắp đến hẹn (2 ngày làm việc)", stands["near"], addresses.NEAR, cap=0),
        Task("Hồ sơ chờ công dân bổ sung", stands["supplement"], addresses.SUPPLEMENT, cap=0),
    ]


def _chats(session: Session, known: Person) -> list[Task]:
    if not known.may(Act.chat):
        return []
    count = chat_queue.waiting_count(session, known.agencies(Act.chat))
    return [Task("Người dân đang chờ gặp cán bộ", count, addresses.CHATS, late=True)]


def _feedback(session: Session, known: Person, now: datetime) -> list[Task]:
    if not known.may(Act.view_feedback):
        return []
    waits = waiting.feedback(session, known.agencies(Act.view_feedback), now)
    return [
        Task("Phản ánh quá mục tiêu", waits.late, addresses.FEEDBACK_LATE, late=True),
        Task("Phản ánh mới, chưa tiếp nhận", waits.new, addresses.FEEDBACK_NEW),
        Task("Phản ánh chờ trả lời", waits.unanswered, addresses.FEEDBACK_OPEN),
    ]


def _broadcasts(session: Session, known: Person) -> list[Task]:
    found = []
    if known.may(Act.approve):
        # Nobody agrees to what they wrote themselves.
        waits = broadcasts.waiting_for(
            session, (BroadcastState.waiting,), known.agencies(Act.approve), known.username
        )
        found.append(Task("Thông báo chờ bạn duyệt", waits, addresses.BROADCASTS_WAITING))
    if known.may(Act.broadcast):
        mine = known.agencies(Act.broadcast)
        for state, words, address in (
            (
                BroadcastState.missed,
                "Thông báo lỡ giờ, chưa gửi",
                addresses.BROADCASTS_MISSED,
            ),
            (
                BroadcastState.stopped,
                "Thông báo tự dừng, chờ quyết định",
                addresses.BROADCASTS_STOPPED,
            ),
        ):
            count = broadcasts.waiting_for(session, (state,), mine)
            found.append(Task(words, count, address, late=True))
    return found


def _privacy(session: Session, known: Person, now: datetime) -> list[Task]:
    if not known.may(Act.privacy):
        return []
    waits = waiting.privacy(session, now)
    return [
        Task("Yêu cầu về dữ liệu cá nhân quá hạn luật định", waits.late, addresses.PRIVACY, True),
        Task("Yêu cầu về dữ liệu cá nhân đang mở", waits.open, addresses.PRIVACY),
    ]


def _imports(session: Session, known: Person) -> list[Task]:
    if not known.may(Act.import_dossiers):
        return []
    return [Task("Tệp đang nhập", waiting.imports(session), addresses.IMPORTS)]


def _questions(session: Session, known: Person, now: datetime) -> list[Task]:
    if not known.may(Act.edit_content):
        return []
    count = asked.count(session, understood=False, since=now - _RECENT)
    return [Task("Câu hỏi trợ lý chưa hiểu (30 ngày)", count, addresses.NOT_UNDERSTOOD)]
