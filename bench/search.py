"""Line 9: understanding a sentence over 6,000 procedures, in one process, from memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.rows import Options, Row, percentiles
from handlers.understanding import understand
from procedures.catalogue import columns
from procedures.language import learned
from procedures.records import ProcedureRecord
from procedures.search import Index
from settings import ROOT
from store.tables import Procedure

WANTED = 6000
#: What real catalogues vary the same words by.
_ACTS = ("Cấp", "Cấp lại", "Cấp đổi", "Gia hạn", "Thu hồi", "Điều chỉnh", "Đăng ký", "Thẩm định")
_THINGS = (
    "giấy phép khai thác khoáng sản",
    "chứng chỉ hành nghề dược",
    "giấy phép xây dựng nhà ở riêng lẻ",
    "quyết định chủ trương đầu tư",
    "giấy chứng nhận đủ điều kiện an toàn thực phẩm",
    "giấy phép xả thải vào nguồn nước",
    "thẻ hướng dẫn viên du lịch",
    "giấy phép hoạt động khám bệnh, chữa bệnh",
    "chế độ mai táng phí cho cựu chiến binh",
    "giấy phép vận tải hàng hóa bằng đường bộ",
    "trợ cấp xã hội hằng tháng",
    "giấy phép nuôi trồng thủy sản trên biển",
)
_FOR = ("tổ chức", "cá nhân", "hộ gia đình", "doanh nghiệp", "người nước ngoài", "hợp tác xã")


def catalogue(wanted: int = WANTED) -> list[Procedure]:
    """The sample catalogue and variants of it, ``wanted`` in all."""
    tree = json.loads((ROOT / "data" / "procedures.json").read_text(encoding="utf-8"))
    records = [ProcedureRecord.model_validate(raw) for raw in tree["procedures"]]
    made = [_row(record) for record in records]
    number = 0
    while len(made) < wanted:
        act, thing = _ACTS[number % len(_ACTS)], _THINGS[number // 8 % len(_THINGS)]
        who = _FOR[number // 96 % len(_FOR)]
        name = f"{act} {thing} cho {who} tại huyện số {number // 576 + 1}, lần {number % 7 + 1}"
        raw = {
            "slug": f"bien-the-{number}",
            "code": f"9.{number:06}",
            "name": name,
            "field": thing,
            "aliases": [f"xin {thing} {who}"],
        }
        made.append(_row(ProcedureRecord.model_validate(raw)))
        number += 1
    return made


def _row(record: ProcedureRecord) -> Procedure:
    return Procedure(key=record.key, updated_at=datetime.now(UTC), **columns(record))


def run(_options: Options) -> Iterator[Row]:
    """Line 9: every labelled sentence once; about five seconds."""
    path = learned.EXAMPLES
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    rows = catalogue()
    index, built = _timed(lambda: Index(rows))
    _, trained = _timed(lambda: (learned.intent("khai sinh"), learned.facet("khai sinh")))
    # Past the cache: a sentence is rarely said twice.
    took = [_timed(lambda t=text: understand.__wrapped__(t, index))[1] for text in texts]
    numbers = percentiles(took, 0.5, 0.99, 1)
    yield Row("9", f"a sentence over {len(rows):,} procedures", "", numbers, bar="p99_ms < 20")
    started = {"index_built_s": built, "model_trained_s": trained}
    yield Row("-", "understanding, at start", "", started)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began
