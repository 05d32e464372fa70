"""Phone numbers of citizens: which mobile number a text means (domain 5.1, libraries 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import PhoneNumberType

from dossiers.codes import without_codes

#: Prefixes in use (domain 5.1). The library lags behind some of them (089) and is asked second.
_MOBILE_PREFIXES = frozenset(
    str(n)
    for n in (
        *range(32, 40),
        52,
        55,
        56,
        58,
        59,
        70,
        *range(76, 80),
        *range(81, 95),
        *range(96, 100),
    )
)
#: Eleven-digit numbers moved on 2018-09-15; dossiers and people still carry them.
_OLD_PREFIXES = {
    **{"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"},
    **{"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"},
    **{f"16{n}": f"3{n}" for n in range(2, 10)},
    **{"186": "56", "188": "58", "199": "59"},
}
_LABEL = re.compile(
    r"(?<![^\W_])(?:sđt|sdt|đt|dt|tel|phone|zalo|số|so|mobile|dđ|dd)(?=[0-9+(])", re.IGNORECASE
)
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}([./\- ])[0-9]{1,2}\1(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}([./\-])"
    r"[0-9]{1,2}\2[0-9]{1,2})(?![0-9]|[.\-][0-9])"
)
#: Digits with what people put between them; bounded gaps keep the scan linear.
_RUN = re.compile(
    r"(?<![\w/])\(?\+?\(?[0-9]{1,20}(?:[ \t.\-()]{1,3}[0-9]{1,20})*(?![0-9_/]|[^\W\d_][0-9])"
)
_CHUNK = re.compile(r"\+?[0-9]+")
_MOST_CHUNKS = 6


@dataclass(frozen=True)
class Phone:
    """A Vietnamese mobile number, ``e164`` as "+84912345678"; it hides itself in a repr."""

    e164: str = field(repr=False)

    @property
    def national(self) -> str:
        """ "0912 345 678", for the owner's own eyes."""
        return f"0{self.e164[3:6]} {self.e164[6:9]} {self.e164[9:]}"

    @property
    def zalo(self) -> str:
        """ "84912345678", the form Zalo's APIs take."""
        return self.e164[1:]

    @property
    def masked(self) -> str:
        """ "091*****78": enough to recognise one's own number."""
        return f"0{self.e164[3:5]}*****{self.e164[-2:]}"


@dataclass(frozen=True)
class PhoneProblem:
    """Why a text is not one mobile number.

    ``reason``: "landline", "old_landline" (an area code from before 2017), "service" (1900, 1800,
    11x), "several" (more than one number) or "invalid".
    """

    reason: str


def read_phone(text: str) -> Phone | PhoneProblem:
    """The one mobile number a text names, else the reason it cannot be used.

    Takes all spellings of libraries.md 3: +84, 84, 0084, 0, without 0, old eleven digits, with
    separators, full-width, with a label. A number written twice is still one.
    """
    typed = _readable(text)
    found = list(dict.fromkeys(_phones(typed)))
    if found:
        return found[0] if len(found) == 1 else PhoneProblem("several")
    runs = [match[0] for match in _RUN.finditer(typed)]
    problems = [_read(re.sub(r"[^0-9+]", "", run)) for run in runs]
    if len(problems) == 1:
        return problems[0]
    telling = {problem.reason for problem in problems if isinstance(problem, PhoneProblem)}
    telling.discard("invalid")
    return PhoneProblem(telling.pop() if len(telling) == 1 else "invalid")


def find_phones(sentence: str) -> list[Phone]:
    """Every mobile number in a sentence, in order, each once.

    Never a part of a dossier code, a date, a 12-digit ID number or 9 digits without a 0 (those
    are a CMND as often as a phone, domain 5.2).
    """
    return list(dict.fromkeys(_phones(_readable(sentence))))


def _readable(text: str) -> str:
    return _LABEL.sub(" ", _DATE.sub(" ; ", without_codes(text)))


def _phones(typed: str) -> Iterator[Phone]:
    for run in _RUN.finditer(typed):
        chunks = _CHUNK.findall(run[0])
        at = 0
        while at < len(chunks):
            taken, phone = _phone_at(chunks, at)
            if phone:
                yield phone
            at += taken


def _phone_at(chunks: list[str], at: int) -> tuple[int, Phone | None]:
    """How many chunks to go on by, and the phone those make."""
    if not chunks[at].startswith(("0", "84", "+84")):
        return 1, None
    joined = ""
    for count, chunk in enumerate(chunks[at : at + _MOST_CHUNKS], 1):
        joined += chunk
        if len(joined) > 15:
            break
        if len(joined) < 10 or _goes_on(chunks, at + count):
            continue
        phone = _read(joined)
        if isinstance(phone, Phone):
            return count, phone
    return 1, None


def _goes_on(chunks: list[str], after: int) -> bool:
    """Whether a short group of digits follows, so that this is the middle of a longer number."""
    return after < len(chunks) and len(chunks[after]) < 4 and not chunks[after].startswith("+")


def _read(run: str) -> Phone | PhoneProblem:
    number = _national(run)
    if number is None:
        return PhoneProblem("invalid")
    if len(number) == 10 and number[:3] in _OLD_PREFIXES:
        number = _OLD_PREFIXES[number[:3]] + number[3:]
    if len(number) == 9 and number[:2] in _MOBILE_PREFIXES:
        return Phone(f"+84{number}")
    return _by_library(number)


def _national(run: str) -> str | None:
    """The digits behind the 0 or the country code; None for another country's number."""
    digits = run.lstrip("+")
    if run.startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        return digits[2:].lstrip("0") if digits.startswith("84") else None
    if digits.startswith("84") and len(digits) > 10:
        return digits[2:].removeprefix("0")
    return digits.removeprefix("0")


def _by_library(number: str) -> Phone | PhoneProblem:
    if re.fullmatch(r"1[89]00[0-9]{4,6}|11[0-9]", number):
        return PhoneProblem("service")
    if not 7 <= len(number) <= 11:
        return PhoneProblem("invalid")
    parsed = phonenumbers.PhoneNumber(country_code=84, national_number=int(number))
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.MOBILE:
        return Phone(f"+84{number}")
    if kind == PhoneNumberType.FIXED_LINE:
        return PhoneProblem("landline")
    if kind != PhoneNumberType.UNKNOWN:
        return PhoneProblem("service")
    # Area codes before 2017: 4 + 8 digits (Hà Nội), two digits + 7, three digits + 7.
    old = (len(number) == 9 and number[0] in "24567") or (
        len(number) == 10 and number[0] in "234567"
    )
    return PhoneProblem("old_landline" if old else "invalid")
