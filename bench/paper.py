"""Papers and codes: how long a receipt, a board and reading a photo take, in one process."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from PIL import Image

from bench.rows import Options, Row
from qr import codes
from qr.facts import DossierFacts, Paper
from qr.posters import Notice, poster_pdf
from qr.reading import read_codes
from qr.receipt import receipt_pdf
from settings import Settings

_ROUNDS = 30


def run(_options: Options) -> Iterator[Row]:
    """Rows of (line, what, numbers); a few seconds."""
    settings = Settings(_env_file=None, environment="test")
    now = datetime.now(UTC)
    facts = DossierFacts(
        code="000.00.04.H60-230215-0028",
        token="mau-token-0123456789abcd",
        receipt_number="",
        agency="Sở Tài chính",
        unit="",
        owner="Nguyễn Thị Mẫu",
        phone="0900 000 001",
        identity_last3="321",
        procedure="Đăng ký thay đổi thành viên công ty",
        field="Doanh nghiệp",
        result_form="",
        received=now,
        promised=now,
        reason="",
        term="03 ngày làm việc",
        papers=tuple(Paper(f"Giấy {n}", 1, 0) for n in range(6)),
    )
    size = len(receipt_pdf(facts, settings, now))
    took = _median(lambda: receipt_pdf(facts, settings, now))
    yield Row("-", "receipt, form 01 on A5", "", {"ms": took, "kB": size / 1000})
    notices = [Notice(f"1.{n:06}", f"1.{n:06}", f"Thủ tục số {n}") for n in range(22)]
    took = _median(lambda: poster_pdf("Cơ quan", notices, settings, "A4"))
    yield Row("-", "board of 22 procedures, A4", "", {"ms": took})
    photo = _photo()
    took = _median(lambda: read_codes(photo, 8_000_000, 40_000_000))
    yield Row("-", "code read from a photo of 12 megapixels", "", {"ms": took})


def _photo() -> bytes:
    table = Image.new("RGB", (4000, 3000), (150, 148, 140))
    code = Image.open(io.BytesIO(codes.picture("https://a.example/h/mau-token", "png", 1200)))
    table.paste(code.convert("RGB"), (1400, 900))
    saved = io.BytesIO()
    table.rotate(9).save(saved, "JPEG", quality=60)
    return saved.getvalue()


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
