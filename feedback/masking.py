"""Personal data taken out of a text before it is published; staff read and mend the result.

Phones, ID numbers, dossier codes, e-mail addresses, names that are known, and names behind a form of address are
replaced. It is a help, not a promise: what a text tells about a person only people can judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PLACE = "[…]"
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
#: Phones, ID numbers, account numbers: eight digits or more with what people put between them.
#: Never an amount of money.
_LONG_NUMBER = re.compile(
    r"(?<![\w/])\+?[0-9](?:[ .\-()]{0,2}[0-9]){7,18}(?![\w/])(?!\s*(?:đồng|đ\b|VND|triệu|tỷ))"
)
#: A dossier's code leads whoever types it to the dossier (domain 1.3).
_DOSSIER = re.compile(
    r"\b(?:[0-9]{3}\.){0,3}(?:[0-9]{2,3}\.)?[GHK][0-9]{2}(?:\.[0-9]{1,3}){0,3}-[0-9]{6}-[0-9]{4,6}\b"
)
#: House numbers and plates say where somebody lives and what they drive.
_HOUSE = re.compile(r"\b([Ss]ố nhà|[Nn]hà số)\s+[\w/\-]{1,12}")
_PLATE = re.compile(r"\b[1-9][0-9][A-Z][0-9A-Z]?[ \-.]?[0-9]{3}\.?[0-9]{2}\b")
_ADDRESS = r"(?:[Ôô]ng|[Bb]à|[Aa]nh|[Cc]hị|[Cc]ô|[Cc]hú|[Bb]ác|[Cc]háu|[Ee]m|[Cc]án bộ|đồng chí|[Tt]ên(?: là)?|[Tt]ôi là)"
_UPPER = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
_NAMED = re.compile(rf"\b({_ADDRESS})((?:\s+[{_UPPER}][^\W\d_]{{0,9}}){{1,5}})")
_SURNAME = "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Trịnh|Hà|Lương|Mai|Triệu|Nông|Hoà|Ma|Bàn|Lục|Vi|Giàng|Sùng|Vàng"
_WHOLE_NAME = re.compile(rf"\b(?:{_SURNAME})(?:\s+[{_UPPER}][^\W\d_]{{0,9}}){{1,4}}")


def masked(text: str, known: Iterable[str] = ()) -> str:
    """``text`` with personal data replaced by "[…]"; ``known`` are names and phones on file."""
    for name in sorted({one.strip() for one in known if len(one.strip()) > 1}, key=len)[::-1]:
        text = re.sub(re.escape(name), PLACE, text, flags=re.IGNORECASE)
    text = _EMAIL.sub(PLACE, text)
    text = _DOSSIER.sub(PLACE, text)
    text = _LONG_NUMBER.sub(PLACE, text)
    text = _PLATE.sub(PLACE, text)
    text = _HOUSE.sub(rf"\1 {PLACE}", text)
    text = _NAMED.sub(rf"\1 {PLACE}", text)
    return _WHOLE_NAME.sub(PLACE, text)


def leftovers(text: str) -> list[str]:
    """What still looks like personal data in a text about to be published, each once."""
    found = [
        match[0]
        for pattern in (_EMAIL, _DOSSIER, _LONG_NUMBER, _PLATE, _NAMED, _WHOLE_NAME)
        for match in pattern.finditer(text)
    ]
    return list(dict.fromkeys(found))
