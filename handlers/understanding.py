"""What a message asks for, as one label with what it names (domain 7.1; contract, ``understand``).

One reading serves both the chat's routes and the command: rules in a fixed order, from the
catalogue and the words alone. Precedence (domain 7.1): an explicit opt-out beats all; a dossier
code beats everything but an explicit feedback verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session

from bot.phrasing import Phrases
from bot.routing import Context, Incoming
from dossiers.codes import without_codes
from dossiers.identity import find_identities, read_identity
from dossiers.phones import Phone, find_phones, read_phone
from handlers import named
from handlers.named import LONG_NUMBER, NOBODY
from procedures import questions
from procedures.language import learned
from procedures.language.concepts import TERMS
from procedures.language.intents import after, says
from procedures.language.word_lists import AFTER_A_WISH as _MAY_FOLLOW
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
_PHONE = re.compile(r"\b(?:so dien thoai|di dong|sim|zalo)\b")


_MESSAGES = re.compile(
    r"\b(?:tin|tin nhan|thong bao|nhan tin|bao tin|du lieu|thong tin|tai khoan|lien ket|so dien thoai"
    r"|dong y|chap thuan|quan tam|lam phien)\b"
)
_CURT = 7
#: Who speaks of others: "họ tắt thông báo loa phường".
_OTHERS = re.compile(
    r"(?:xa|ho|phuong|thon|can bo|co quan|nguoi ta|hang xom|(?:anh|chi|ong|ba|co|bac) (?:ay|ta|kia|do)) "
)
#: A question about messages is not the wish to have none.
_ASKS = re.compile(rf"{_ASKS_HOW.pattern}|\b(?:sao|phai khong|dung khong|duoc khong|co phai)\b")


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


def warm(session: Session) -> None:
    """Build the index and the model before the first citizen waits for them."""
    understand("khai sinh cần giấy tờ gì", index_of(session))


@lru_cache(maxsize=512)
def understand(text: str, index: Index) -> Understanding:
    """Read one message by itself, without the conversation before it."""
    plain = read_words(text).plain
    exact = next((intent for intent, phrases in _EXACT if phrases.match(text)), "")
    if exact == "help" and says("human", plain):
        exact = "human"
    if explicit_opt_out(text):
        return Understanding("opt_out", *(named.dossiers(text) or NOBODY))
    found = named.dossiers(text)
    if exact == "feedback" or says("feedback", plain):
        return Understanding("feedback", *(found or NOBODY))
    if found:
        return Understanding("lookup_code", *found)
    question = questions.ask(text, index)
    if question.codes or question.addressed:
        return _coded(question)
    by_number = _by_number(text, plain, question)
    if by_number:
        return by_number
    return _weighed(text, exact, _by_words(text, plain, exact, question), question)


#: What was learnt from examples overrules the rules from this chance on, and fills their gaps
#: (a sentence they call "other") from the lower one.
_OVERRULES = 0.6
_SURE_OF_FACET = 0.8
_FILLS = 0.3
#: Messages that may name a phone beside what they want.
_WITH_PHONE = ("link_phone", "human", "lookup_my_dossiers")
_PROCEDURE = ("procedure_search", "procedure_detail")
#: What no likeness may turn into something else: abuse, tricks, other people's data, thanks.
_SETTLED = Understanding("other")


def _weighed(text: str, exact: str, ruled: Understanding, question: Question) -> Understanding:
    """The rules' reading beside what examples say the sentence sounds like."""
    if exact or ruled is _SETTLED or len(question.sentence.plain.split()) < 2:
        return ruled
    guess = learned.intent(text)
    enough = _FILLS if ruled.intent == "other" else _OVERRULES
    intent = guess.label if guess.chance > enough else ruled.intent
    if intent not in _PROCEDURE:
        if intent == ruled.intent and ruled.entity_type:
            return ruled
        phones = find_phones(text) if intent in _WITH_PHONE else []
        said = ("phone", ";".join(one.e164 for one in phones)) if phones else NOBODY
        return Understanding(intent, *said, question=question)
    asked = _facet(text, intent, question)
    if not question.named:
        return Understanding(
            "procedure_detail" if asked else "procedure_search", facet=asked, question=question
        )
    return _about(question, asked)


def _facet(text: str, intent: str, question: Question) -> str:
    """The side asked for: by the words, or by what such sentences mostly ask."""
    if intent == "procedure_search" and not question.facet:
        return ""
    if intent == "procedure_search" and learned.intent(text).chance > _OVERRULES:
        return ""
    guess = learned.facet(text)
    if question.facet:
        return guess.label if guess.chance > _SURE_OF_FACET else question.facet
    return guess.label if guess.chance > _FILLS else ""


def _coded(question: Question) -> Understanding:
    value = ";".join(question.codes) or question.hits[0].entry.key
    facet = question.facet if question.strong else ""
    return Understanding("procedure_detail", "procedure_code", value, facet, question)


def _by_number(text: str, plain: str, question: Question) -> Understanding | None:
    """Phones and ID numbers standing in a text without a code."""
    identities = find_identities(text)
    phones = find_phones(text)
    if phones and (says("link_phone", plain) or named.only_a_number(text)):
        return Understanding("link_phone", "phone", ";".join(one.e164 for one in phones))
    if identities and not phones and _PHONE.search(plain):
        return Understanding("link_phone", "phone_invalid", identities[0])
    if identities and not phones:
        return Understanding("lookup_my_dossiers", "id_number", ";".join(identities))
    number = LONG_NUMBER.search(without_codes(text))
    if number and not phones and (identity := read_identity(number[0])):
        return Understanding("lookup_my_dossiers", "id_number", identity)
    if number and not phones and (says("link_phone", plain) or named.only_a_number(text)):
        read = read_phone(number[0])
        if isinstance(read, Phone):
            return Understanding("link_phone", "phone", read.e164)
        return Understanding("link_phone", "phone_invalid", re.sub(r"[^0-9+]", "", number[0]))
    return None


def _by_words(text: str, plain: str, exact: str, question: Question) -> Understanding:
    """Everything without a code or number, most telling first."""
    if says("abuse", plain) and not question.named:
        return _SETTLED
    if says("injection", plain) or says("foreign_data", plain):
        return _SETTLED
    if exact == "menu" or (says("menu", plain) and not question.named):
        return Understanding("menu")
    if exact == "other" or says("thanks", plain):
        return _SETTLED
    if exact == "opt_in" or (says("opt_in", plain) and not _ASKS_HOW.search(plain)):
        return Understanding("opt_in")
    if exact in ("link_phone", "human", "lookup_my_dossiers", "news"):
        person = named.person(text) if exact == "lookup_my_dossiers" else NOBODY
        return Understanding(exact, *person)
    if exact == "help" or (says("help", plain) and (len(plain.split()) <= 3 or question.guessed)):
        return Understanding("help")
    if says("chitchat", plain) and not question.named:
        return _SETTLED
    if exact == "procedure_search":
        return Understanding(exact, question=question)
    if says("link_phone", plain) and (not question.named or _PHONE.search(plain)):
        return Understanding("link_phone")
    waiting = says("mine_status", plain) and re.search(r"\b(?:ho so|nop)\b", plain)
    if says("human", plain) and not waiting:
        return Understanding("human")
    if says("news", plain) and not question.named and "ho so" not in plain:
        return Understanding("news")
    if (person := named.person(text)) != NOBODY and not question.named:
        return Understanding("lookup_my_dossiers", *person)
    if _own(plain, question):
        return Understanding("lookup_my_dossiers")
    if _is_field(plain, question):
        return Understanding("procedure_search", question=question)
    if says("list", plain) and not TERMS & set(question.plain.split()):
        return Understanding("procedure_search", question=question)
    if question.named:
        return _about(question, question.facet)
    for intent in ("news", "help", "menu"):
        if exact == intent or says(intent, plain):
            return Understanding(intent)
    return _unnamed(plain, question)


def explicit_opt_out(text: str) -> bool:
    """Whether the rules themselves, not a likeness, read an opt-out: it beats all (domain 7.1)."""
    plain = read_words(text).plain
    exact = any(intent == "opt_out" and phrases.match(text) for intent, phrases in _EXACT)
    if exact or not says("opt_out", plain) or _ASKS.search(plain):
        return exact
    if says("feedback", plain) or _OTHERS.match(plain) or not _ends_there(plain):
        return False
    # "Không nhận nữa" alone is meant for us; inside a story it may be about papers or a counter.
    return _MESSAGES.search(plain) is not None or len(plain.split()) <= _CURT


def _ends_there(plain: str) -> bool:
    """Whether nothing follows the wish that makes it one about something else."""
    rest = after("opt_out", plain).split()
    return not rest or rest[0] in _MAY_FOLLOW


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


_OF_A_FIELD = re.compile(
    r"^(?:(?:cho|xem|hoi|toi|em|minh|ve|cac|nhung|thu tuc|linh vuc|dich vu|cong) ?)+"
)


def _is_field(plain: str, question: Question) -> bool:
    """Whether a whole field is asked for: "thủ tục đất đai", "lĩnh vực chứng thực"."""
    asked = _OF_A_FIELD.match(plain)
    if not asked or not re.search(r"thu tuc|linh vuc|dich vu", asked[0]):
        return False
    rest = plain[asked.end() :].strip()
    return bool(rest) and any(read_words(hit.entry.field).plain == rest for hit in question.hits)


def _about(question: Question, facet: str) -> Understanding:
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
