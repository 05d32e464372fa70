"""What a message asks for, as one label with what it names (domain 7.1; contract, ``understand``).

One reading serves both the chat's routes and the command: rules in a fixed order, from the
catalogue and the words alone. Precedence (domain 7.1): an explicit opt-out beats all; a dossier
code beats everything but an explicit feedback verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.phrasing import Phrases
from bot.routing import Context, Incoming
from dossiers.codes import find_codes, without_codes
from dossiers.identity import find_identities, read_identity
from dossiers.names import fold
from dossiers.phones import Phone, find_phones, read_phone
from dossiers.receipts import read_payload
from procedures import questions
from procedures.language.concepts import TERMS
from procedures.language.intents import says
from procedures.language.words import read as read_words
from procedures.questions import Question
from procedures.search import Index, index_of
from wording import typed

#: Labels of domain 7.1.
INTENTS = (
    "lookup_code",
    "lookup_my_dossiers",
    "procedure_search",
    "procedure_detail",
    "feedback",
    "news",
    "help",
    "menu",
    "opt_out",
    "opt_in",
    "link_phone",
    "human",
    "other",
)
_EXACT = tuple(
    (intent, Phrases(typed(f"typed.{key}")))
    for intent, key in (
        ("opt_out", "stop"),
        ("opt_out", "erase"),
        ("opt_out", "unlink"),
        ("opt_in", "start"),
        ("human", "human"),
        ("menu", "menu"),
        ("menu", "zero"),
        ("menu", "greeting"),
        ("lookup_my_dossiers", "lookup"),
        ("lookup_my_dossiers", "mine"),
        ("feedback", "feedback"),
        ("feedback", "complaint"),
        ("news", "news"),
        ("link_phone", "link"),
        ("other", "thanks"),
        ("other", "abuse"),
        ("procedure_search", "procedures"),
        ("help", "help"),
    )
)
_ASKS_HOW = re.compile(r"\b(?:lam sao|lam the nao|the nao|cach nao|nhu nao|nhu the nao)\b")
_LONG_NUMBER = re.compile(r"(?<![\w/.\-])\+?\(?[0-9](?:[ .\-()]{0,2}[0-9]){6,14}(?![\w/\-])")
_FILLER = frozenset(
    [
        "so",
        "dien",
        "thoai",
        "cua",
        "toi",
        "minh",
        "em",
        "e",
        "m",
        "chau",
        "con",
        "tui",
        "bac",
        "la",
        "day",
        "nay",
        "sdt",
        "dt",
        "zalo",
        "a",
        "nhe",
        "ad",
        "moi",
        "cu",
        "lien",
        "ket",
        "dang",
        "ky",
        "cho",
        "voi",
        "da",
        "vang",
        "gui",
        "ban",
        "anh",
        "chi",
        "di",
        "dong",
        "nha",
        "nhan",
        "tin",
        "giup",
        "gium",
        "dum",
        "voi",
        "theo",
        "qua",
        "bao",
        "neu",
        "can",
        "goi",
        "lien",
        "he",
    ]
)
_OF_SOMEBODY = re.compile(
    r"\b(?:ho so|hs|don)(?: [a-z]+){0,5}? (?:cua|ten|mang ten|dung ten|chu ho so|do)"
    r"(?: (?:ong|ba|anh|chi|co|chu|bac|cu|nguoi ten|chu ho so|nguoi nop|ten|la|me|bo|chong|vo|con)"
    r"(?: (?:toi|em|minh|chau))?)? ((?:[a-z]{1,9} ){1,4}[a-z]{1,9})"
)
_CALLED = re.compile(r"\b(?:ten(?: la)?|toi la|em la|minh la|chau la|ho so|hs|don|phieu|giay)\b")
_NAME_WORD = re.compile(r"[^\W\d_]+")
_SURNAMES = frozenset(
    [
        "nguyen",
        "tran",
        "le",
        "pham",
        "hoang",
        "huynh",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "nong",
        "be",
        "ma",
        "trieu",
        "chu",
        "hua",
        "dam",
        "ban",
        "luc",
        "vi",
        "luong",
        "lo",
        "ha",
        "dinh",
        "mai",
        "truong",
        "cao",
        "trinh",
        "lam",
        "to",
        "ta",
        "phung",
        "quach",
        "chau",
        "doan",
        "giang",
        "giap",
        "hau",
        "luu",
        "nghiem",
        "quan",
        "than",
        "thao",
        "vang",
        "vuong",
        "sung",
        "hau",
        "ly",
        "gia",
        "phu",
        "tong",
        "tang",
        "thach",
        "lu",
        "khuat",
        "kieu",
        "mac",
        "mong",
        "ninh",
    ]
)
_NOT_A_NAME = frozenset(
    [
        "toi",
        "minh",
        "em",
        "chau",
        "con",
        "roi",
        "chua",
        "den",
        "toi",
        "dau",
        "gi",
        "the",
        "nao",
        "sao",
        "nop",
        "gui",
        "lam",
        "xong",
        "giup",
        "voi",
        "a",
        "nhe",
        "khong",
        "bao",
        "gio",
        "khi",
    ]
)


_PHONE = re.compile(r"\b(?:so dien thoai|di dong|sim|zalo)\b")


@dataclass(frozen=True)
class Understanding:
    """The label, what is named and how it was spelled in one form, and the side asked for."""

    intent: str
    entity_type: str = ""
    entity_value: str = ""
    facet: str = ""
    question: Question | None = None


def of(incoming: Incoming, context: Context) -> Understanding:
    """The reading of a message in this chat; read once however many routes ask."""
    return understand(incoming.text, index_of(context.session))


@lru_cache(maxsize=512)
def understand(text: str, index: Index) -> Understanding:
    """Read one message by itself, without the conversation before it."""
    plain = read_words(text).plain
    exact = next((intent for intent, phrases in _EXACT if phrases.match(text)), "")
    asks_how = bool(_ASKS_HOW.search(plain))
    if exact == "opt_out" or (says("opt_out", plain) and not asks_how):
        return Understanding("opt_out", *(_dossiers(text) or _NOBODY))
    named = _dossiers(text)
    if exact == "feedback" or says("feedback", plain):
        return Understanding("feedback", *(named or _NOBODY))
    if named:
        return Understanding("lookup_code", *named)
    question = questions.ask(text, index)
    if question.codes or question.addressed:
        return _coded(question)
    return _by_number(text, plain, question) or _by_words(text, plain, exact, question)


def _dossiers(text: str) -> tuple[str, str] | None:
    """What a text names to look up: the kind and its values, ``;`` between several."""
    found = find_codes(text)
    payload = read_payload(text)
    codes = [one.code for one in found if one.valid]
    codes = list(dict.fromkeys([*(payload.codes if payload else ()), *codes]))
    if codes:
        return "dossier_code", ";".join(codes)
    if payload and payload.token:
        return "qr_token", payload.token
    if found:
        return "dossier_code_invalid", ";".join(one.code for one in found)
    if payload and payload.opaque:
        return "qr_token", _reference(text)
    return None


_GUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def _reference(text: str) -> str:
    """The id inside a receipt QR that only its own system can resolve (domain 1.4)."""
    found = _GUID.search(text)
    return found[0].lower() if found else ""


def _coded(question: Question) -> Understanding:
    value = ";".join(question.codes) or question.hits[0].entry.key
    return Understanding("procedure_detail", "procedure_code", value, question.facet, question)


def _by_number(text: str, plain: str, question: Question) -> Understanding | None:
    """Phones and ID numbers standing in a text without a code."""
    identities = find_identities(text)
    phones = find_phones(text)
    if phones and (says("link_phone", plain) or _only_filler(text)):
        return Understanding("link_phone", "phone", ";".join(one.e164 for one in phones))
    if identities and not phones and _PHONE.search(plain):
        return Understanding("link_phone", "phone_invalid", identities[0])
    if identities and not phones:
        return Understanding("lookup_my_dossiers", "id_number", ";".join(identities))
    number = _LONG_NUMBER.search(without_codes(text))
    if number and not phones and (identity := read_identity(number[0])):
        return Understanding("lookup_my_dossiers", "id_number", identity)
    if number and not phones and (says("link_phone", plain) or _only_filler(text)):
        read = read_phone(number[0])
        if isinstance(read, Phone):
            return Understanding("link_phone", "phone", read.e164)
        return Understanding("link_phone", "phone_invalid", re.sub(r"[^0-9+]", "", number[0]))
    return None


def _only_filler(text: str) -> bool:
    rest = list(re.findall(r"[a-z]+", fold(_LONG_NUMBER.sub(" ", text))))
    return all(word in _FILLER for word in rest)


def _by_words(text: str, plain: str, exact: str, question: Question) -> Understanding:
    """Everything without a code or number, most telling first."""
    if says("abuse", plain) and not question.named:
        return Understanding("other")
    if says("injection", plain) or says("foreign_data", plain):
        return Understanding("other")
    if exact == "menu" or (says("menu", plain) and not question.named):
        return Understanding("menu")
    if exact == "other" or says("thanks", plain):
        return Understanding("other")
    if exact == "opt_in" or (says("opt_in", plain) and not _ASKS_HOW.search(plain)):
        return Understanding("opt_in")
    if exact in ("link_phone", "human", "lookup_my_dossiers", "news"):
        person = _person(text) if exact == "lookup_my_dossiers" else _NOBODY
        return Understanding(exact, *person)
    if exact == "help" or (says("help", plain) and (len(plain.split()) <= 3 or question.guessed)):
        return Understanding("help")
    if says("chitchat", plain) and not question.named:
        return Understanding("other")
    if exact == "procedure_search":
        return Understanding(exact, question=question)
    if says("link_phone", plain) and (not question.named or _PHONE.search(plain)):
        return Understanding("link_phone")
    waiting = says("mine_status", plain) and re.search(r"\b(?:ho so|nop)\b", plain)
    if says("human", plain) and not waiting:
        return Understanding("human")
    if says("news", plain) and not question.named and "ho so" not in plain:
        return Understanding("news")
    if (person := _person(text)) != _NOBODY and not question.named:
        return Understanding("lookup_my_dossiers", *person)
    if _own(plain, question):
        return Understanding("lookup_my_dossiers")
    if says("list", plain) and not TERMS & set(question.plain.split()):
        return Understanding("procedure_search", question=question)
    if question.named:
        return _about(question)
    for intent in ("news", "help", "menu"):
        if exact == intent or says(intent, plain):
            return Understanding(intent)
    return _unnamed(plain, question)


def asks_for_others(text: str) -> bool:
    """Whether a message asks for other people's data (domain 7.1, "other")."""
    return says("foreign_data", read_words(text).plain)


def _own(plain: str, question: Question) -> bool:
    """Whether the writer asks how their own dossier stands."""
    if says("mine_status", plain):
        return True
    if not says("mine", plain):
        return False
    # "hồ sơ của tôi cần giấy tờ gì" asks about papers, "how do I look up" how to use this.
    if _ASKS_HOW.search(plain) or says("help", plain):
        return False
    return not (question.named and question.strong and question.facet not in ("time", "where"))


def _about(question: Question) -> Understanding:
    facet = question.facet
    intent = "procedure_detail" if facet else "procedure_search"
    return Understanding(intent, "procedure", question.hits[0].entry.key, facet, question)


#: Words that say a paper or permit is wanted, whatever its name.
_WANTS = re.compile(
    r"\b(?:thu tuc|dang ky|giay phep|cap phep|xin cap|xin giay|lam giay|giay chung nhan|xin phep"
    r"|ho so gi|lam ho so|dich vu cong|linh vuc|che do|tro cap|bao hiem|chuyen nhuong|xac nhan)\b"
)
_FOLLOW_UP_WORDS = 9


def _unnamed(plain: str, question: Question) -> Understanding:
    """No procedure of the catalogue is named: a follow-up, a search for another, or noise."""
    short = len(plain.split()) <= _FOLLOW_UP_WORDS
    if question.facet and question.strong and (short or _WANTS.search(plain)):
        return Understanding("procedure_detail", facet=question.facet, question=question)
    if _WANTS.search(plain):
        return Understanding("procedure_search", facet="", question=question)
    return Understanding("other", question=question)


def _person(text: str) -> tuple[str, str]:
    """The person whose dossiers are asked for, as typed; ("", "") when nobody is named."""
    folded = fold(text)
    words = [word for word in _NAME_WORD.findall(text) if fold(word).isalpha()]
    if _CALLED.search(folded):
        for at, word in enumerate(words):
            run = []
            for follower in words[at : at + 5]:
                if not follower[0].isupper():
                    break
                run.append(follower)
            if len(run) >= 2 and fold(word) in _SURNAMES:
                return "person_name", " ".join(run)
    found = _OF_SOMEBODY.search(" ".join(fold(word) for word in words))
    name: list[str] = []
    for word in found[1].split() if found else ():
        if word in _NOT_A_NAME:
            break
        name.append(word)
    if not 2 <= len(name) <= 4 or name[0] not in _SURNAMES:
        return _NOBODY
    plain = [fold(word) for word in words]
    at = next(i for i in range(len(plain)) if plain[i : i + len(name)] == name)
    return "person_name", " ".join(words[at : at + len(name)])


_NOBODY = ("", "")
