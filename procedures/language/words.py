"""A sentence as plain folded words: marks undone, short forms written out, English understood.

The result is for comparing only. It never goes back to the citizen.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dossiers.names import fold
from procedures.language import concepts
from procedures.language.typing_marks import is_syllable, unmarked
from procedures.language.word_lists import ENGLISH

#: Nobody asks one thing in more; the rest of a letter is not read.
LIMIT = 1500
_TOKEN = re.compile(r"[^\W_]+(?:\.\d+)*|\?")

#: Short forms and spellings of one word (domain 7), folded. An empty one is dropped.
SHORT_FORMS = {
    "hs": "ho so", "hso": "ho so", "dvc": "dich vu cong", "tthc": "thu tuc",
    "tt": "thu tuc", "ttuc": "thu tuc", "cb": "can bo", "nv": "nhan vien",
    "ko": "khong", "k": "khong", "kg": "khong", "hok": "khong", "hong": "khong", "khg": "khong",
    "hem": "khong", "hk": "khong", "kh": "khong", "kp": "khong phai",
    "dc": "duoc", "dk": "duoc", "dx": "duoc", "dky": "dang ky", "dki": "dang ky",
    "dkkh": "dang ky ket hon", "dkks": "dang ky khai sinh",
    "j": "gi", "ji": "gi", "z": "vay", "zay": "vay", "r": "roi", "rui": "roi",
    "m": "minh", "mk": "minh", "mik": "minh", "mjk": "minh", "bn": "bao nhieu", "bnh": "bao nhieu",
    "bnhieu": "bao nhieu", "bnhiu": "bao nhieu", "nhiu": "nhieu", "ntn": "nhu the nao", "nt": "nhu the",
    "tr": "troi", "ah": "a", "ak": "a", "uhm": "u", "oki": "ok",
    "gt": "giay to", "gto": "giay to", "sdt": "so dien thoai", "dt": "dien thoai",
    "ks": "khai sinh", "gks": "giay khai sinh", "mcc": "mot cua", "hd": "huong dan", "hdan": "huong dan",
    "lm": "lam", "lmao": "lam", "mun": "muon", "mn": "moi nguoi", "vs": "voi", "ms": "moi",
    "nc": "nuoc", "ng": "nguoi", "ngta": "nguoi ta", "nka": "nha", "ni": "nay",
    "wa": "qua", "tg": "thoi gian", "tgian": "thoi gian", "trc": "truoc",
    "tk": "tai khoan", "pa": "phan anh", "pakn": "phan anh kien nghi", "tb": "thong bao", "tbao": "thong bao", "ktra": "kiem tra", "xg": "xong", "xn": "xac nhan", "bg": "bao gio", "hnay": "hom nay", "bjo": "bay gio", "h": "gio",
    "cty": "cong ty", "dn": "doanh nghiep", "hkd": "ho kinh doanh", "blx": "bang lai xe",
    "lltp": "ly lich tu phap", "gcn": "giay chung nhan", "qsdd": "quyen su dung dat",
    "gcnqsdd": "giay chung nhan quyen su dung dat", "cc": "can cuoc", "hc": "ho chieu",
    "tphap": "tu phap", "ubnd": "uy ban", "xp": "xa phuong",
    "kq": "ket qua", "kqua": "ket qua", "cx": "cung", "vk": "vo", "ck": "chong", "b": "ban",
    "e": "em", "c": "chi", "dag": "dang", "thag": "thang",
    "onl": "online", "ol": "online", "bhxh": "bao hiem xa hoi",
    "gd": "gia dinh", "iu": "yeu", "fai": "phai", "fi": "phi",
    "fieu": "phieu", "sih": "sinh", "ketqua": "ket qua", "hoso": "ho so", "giayto": "giay to",
    "thutuc": "thu tuc", "khaisinh": "khai sinh", "ketqa": "ket qua", "lephi": "le phi",
    "sodo": "so do", "canbo": "can bo", "banglai": "bang lai", "hochieu": "ho chieu",
}  # fmt: skip

#: "đk" is đăng ký and "dk" stands for both; what follows decides.
_PINK_BOOK = re.compile(r"(?<=\bso )khong(?! phai)|(?<=\bbia )khong")
_DK = re.compile(r"\bduoc (?=khai|ket|tam|thuong|kinh|ho kinh|thanh lap|lai|tach|xe|doi)")

#: Accents that tell apart what folding makes one: the accented word and what is read instead.
_TOLD_APART = {
    "dùng": "xai",
    "cưới": "lay vo",
    "cũ": "cu ky",
    "để": "nham", "đúng": "dung roi", "đợi": "cho", "đội": "doi ngu", "đôi": "hai", "cười": "vuicuoi",
    "mặt": "mat mui", "mắt": "mat mui", "rỗi": "ranh", "đời": "cuoc doi", "đói": "an",
    "chứa": "dung duoc", "khó": "kho khan", "tổ": "to dan pho", "cặp": "hai", "mơ": "mong",
    "buồn": "buon chan", "mác": "nhan", "cuội": "vuicuoi", "đồi": "nui",
    "bắt": "bat buoc", "tất": "tat ca", "nghĩ": "nghi rang",
}  # fmt: skip

#: Phrases first, so that "birth certificate" is no certificate of anything else.
_TRANSLATIONS = tuple(
    (re.compile(rf"\b(?:{english})\b"), vietnamese)
    for english, vietnamese in (
        (r"how (?:does this|do i use|to use|can i use)[a-z ]*|instructions?", "huong dan su dung"),
        (r"birth (?:certificate|registration)|register(?: a| the| my)? (?:birth|baby|newborn|child)|"
         r"newborn|birth", "khai sinh"),
        (r"marriage (?:certificate|registration|license)|register(?: a| the| our| my)? marriage|"
         r"get(?:ting)? married|marriage|wedding", "ket hon"),
        (r"(?:proof of )?single status|marital status|certificate of being single",
         "xac nhan tinh trang hon nhan"),
        (r"death (?:certificate|registration)|register(?: a)? death", "khai tu"),
        (r"criminal record|police (?:check|clearance)|judicial record|background check",
         "ly lich tu phap"),
        (r"(?:driving|driver'?s?|drivers?) (?:licen[sc]e|permit)|licen[sc]e to drive", "bang lai xe"),
        (r"passport", "ho chieu"),
        (r"(?:citizen )?(?:id|identity|identification) cards?|national id", "can cuoc"),
        (r"temporary residen(?:ce|cy)", "tam tru"),
        (r"permanent residen(?:ce|cy)", "thuong tru"),
        (r"(?:land|red|pink) (?:title|certificate|book)s?|land use right", "so do"),
        (r"(?:split|divide|merge)(?: my| the| a)? (?:land|plot|parcel)", "tach thua dat"),
        (r"household business|business household|(?:open|start|register) a (?:shop|business|store)",
         "ho kinh doanh"),
        (r"notari[sz]ed? cop(?:y|ies)|certified (?:true )?cop(?:y|ies)|certify (?:a )?cop(?:y|ies)",
         "chung thuc ban sao"),
        (r"how much|what (?:is|are) the (?:fee|cost|price)s?|fees?|costs?|price|pay", "bao nhieu tien"),
        (r"how long|how many days|processing time|when will it be (?:ready|done)", "bao lau"),
        (r"(?:what|which) (?:documents?|papers?)|documents?|papers?|paperwork|what do i need"
         r"|what to bring|requirements?", "giay to gi"),
        (r"where(?: to| do| can| should)?|which office|what address", "o dau"),
        (r"(?:application )?forms?|template", "mau to khai"),
        (r"how (?:to|do|can)|steps|procedure for|process", "lam the nao"),
        (r"legal basis|which law", "can cu phap ly"),
        (r"conditions?|eligible|eligibility", "dieu kien"),
        (r"online|internet", "online"),
        (r"by post|by mail", "qua buu dien"),
        (r"lost", "mat"),
        (r"renew|exchange|expired|change", "doi"),
        (r"replace(?:ment)?|reissue", "cap lai"),
        (r"(?:my|track|check)(?: my| the)? (?:dossier|application|file|case)s?(?: status)?"
         r"|status of my (?:dossier|application|file|case)", "ho so cua toi den dau roi"),
        (r"talk to|speak (?:to|with)|(?:a )?real person|human|operator|an? officer|someone",
         "gap can bo"),
        (r"complaint|complain|report", "phan anh"),
        (r"stop sending|stop notif\w*|unsubscribe|(?<!one )stop|turn (?:\w+ ){0,3}off", "dung nhan tin"),
        (r"turn (?:\w+ ){0,3}on|resume notif\w*|notif\w* on|subscribe", "bat thong bao"),
        (r"(?:change|changed|new|update|link)?(?: my)? phone number", "doi so dien thoai"),
        (r"news|announcements?|opening hours|office hours", "tin tuc"),

    )
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """``plain``: folded words with single spaces; ``accented``: the same words as typed, NFC."""

    plain: str
    accented: str
    english: bool = False


def read(text: str) -> Sentence:
    """The words of a message, marks and short forms undone (at most `LIMIT` characters)."""
    lowered = unicodedata.normalize("NFC", text[:LIMIT]).lower()
    typed = [word for word in _TOKEN.findall(lowered) if word != "?"]
    # Some letters of other scripts fold to nothing.
    typed = [word for word in typed if fold(word)]
    tokens = [fold(word) for word in typed]
    accented = " ".join(typed)
    if _is_english(tokens):
        plain = " ".join(tokens)
        for pattern, vietnamese in _TRANSLATIONS:
            plain = pattern.sub(f" {vietnamese} ", plain)
        return Sentence(" ".join(plain.split()), accented, True)
    plain = " ".join(map(_word, typed, tokens))
    plain = _DK.sub("dang ky ", " ".join(plain.split()))
    return Sentence(_PINK_BOOK.sub("hong", plain), accented)


def _is_english(tokens: list[str]) -> bool:
    telling = sum(word in ENGLISH for word in tokens)
    foreign = sum(not is_syllable(word) and not word[0].isdigit() for word in tokens)
    return telling >= 2 and foreign >= 2 and (telling + foreign) * 2 >= len(tokens)


def _word(typed: str, token: str) -> str:
    if typed in _TOLD_APART:
        return _TOLD_APART[typed]
    if token[0].isdigit() or token in concepts.SPELLED:
        return token
    # A word with accents is written out already: "hồng" is no short form of "không".
    short = typed.replace("đ", "d").isascii()
    if short and token in SHORT_FORMS:
        return SHORT_FORMS[token]
    made = unmarked(token)
    return SHORT_FORMS.get(made, made) if short else made
