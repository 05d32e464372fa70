"""Which side of a procedure a question asks for (contract 1, ``understand``).

Works on the words of `procedures.language.words`. Order of the table is the order of strength:
"đơn mua ở đâu" asks for the form, not for the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from procedures.language.concepts import ACTS, TERMS

DOCUMENTS, TIME, FEE, WHERE, FORMS, STEPS, CONDITIONS, LEGAL, RESULT, DEADLINE, CHANNEL = FACETS = (
    "documents",
    "time",
    "fee",
    "where",
    "forms",
    "steps",
    "conditions",
    "legal_basis",
    "result",
    "deadline",
    "channel",
)

#: "Làm thế nào" asks for the steps when nothing more telling is asked.
HOW = "how"

_STRONG: tuple[tuple[str, str], ...] = (
    (LEGAL, r"can cu phap ly|co so phap ly|(?:theo )?(?:luat|nghi dinh|thong tu|quyet dinh|van ban)"
            r"(?: \w+){0,2} (?:nao|may|gi|so may)|dieu (?:may|khoan nao|luat nao|bao nhieu)|quy dinh (?:nao|phap luat|tai)|van ban phap luat"
            r"|quy dinh o (?:dau|van ban|luat)|dieu luat|phap ly|can cu (?:vao )?(?:dau|luat|gi)"
            r"|luat quy dinh|theo luat|can cu(?! cong dan)"),
    (STEPS, r"quy trinh|trinh tu|(?:cac|may|nhung|tung|theo) (?:buoc|khau)|buoc (?:nao|mot|dau|1|gi)|gom may buoc"),
    (DEADLINE, r"(?:trong vong|trong|sau|truoc|cham nhat|muon nhat) (?:bao lau|may|bao nhieu)(?: \w+){0,3}"
               r" (?:thi )?phai|(?:phai|can)(?: \w+){1,4} (?:trong|trong vong|truoc|sau) "
               r"(?:bao lau|may ngay|bao nhieu ngay|may thang|khi nao)"
               r"|(?:bao lau|may ngay|bao nhieu ngay|may thang) (?:thi )?phai"
               r"|bi phat|phat (?:khong|bao nhieu|tien)|co sao khong|tre han|qua han (?:co|thi|bi)"
               r"|cham (?:nhat|tre)|muon nhat|(?:lam|khai|dang ky|di) (?:muon|tre|cham)|han (?:chot|cuoi)"
               r"|den (?:ngay|bao gio|khi nao) (?:la )?(?:het|phai)|(?:cu )?de (?:lau|muon)"
               r"|thoi han (?:phai )?(?:dang ky|khai bao|khai|di|nop lai)|co han khong|de qua"
               r"|chua (?:khai|lam|dang ky) co"),
    (FORMS, r"mau (?:don|to|so|giay|bieu|khai|dang ky|nao|ban|viet|chu|phieu|tk|ct)|(?<!nop )to khai|bieu mau|(?<!nop )(?:don|phieu)"
            r" (?:xin |de nghi |dang ky )?(?:o dau|mua|tai|lay|nao|mau|viet|dien|ghi|in)"
            r"|(?:mua|tai|xin|lay|viet|dien|in|download) (?:\w+ ){0,2}(?:don|mau|to don|don tu)(?! vi)"
            r"|file (?:mau|word|don)|mau cua|xin mau|ct01|viet don|form|mau (?:thi|o|lay|dau|tai|in|kia|nay)|mau$"),
    (CHANNEL, r"(?:nop |lam |dang ky |xin |khai )?(?:qua |tren |bang )?(?:online|truc tuyen|internet|buu dien|buu chinh"
              r"|dich vu cong|vneid|web|app|dien thoai|cong dvc|cong dich vu)(?: duoc| co)?"
              r"|(?:qua|tren|bang) mang|uy quyen|(?:nho) (?:nguoi|vo|chong|con|me|bo|ban|em|anh|chi|ai|ba con)|(?:lam|nop|di|xin|lay|nhan|ky|khai|dung ten) (?:ho|thay|dum)(?! so| kinh| khau| tich| chieu)|(?:thay|ho) (?:cho )?(?:nguoi|con|bo|me|vo|chong|ban|em|anh)"
              r"|nguoi khac (?:lam|nop|di|lay|nhan)|gui (?:ve|ho so|qua|ve nha|bang)|ship|tai nha|ve tan nha"
              r"|(?:phai )?(?:truc tiep|dich than|tan noi|den tan noi|dich danh)|o xa (?:khong ve|qua|nen|khong den|muon|lam sao|thi nop|gui|nop)|(?:lam an|o|song) xa$|khong ve (?:que )?duoc"
              r"|ngoi (?:o )?nha|o nha (?:lam|nop)|buu ta"),
    (FEE, r"(?:mat |het |ton |nop |dong |thu |bao nhieu |may |khoan |co |can )*(?:le phi|phi le phi|phi)"
          r"(?: bao nhieu| nhu the nao| la bao| the nao| het bao| khong| sao)?"
          r"|(?:mat |het |ton |phai nop |nop |dong |tra |chi |gia |la |thu )*(?:bao nhieu|may|nhieu|bao) (?:tien|dong|xu|nghin|ngan|tram|trieu|k)"
          r"|(?:het|ton|gia|phi|mat) bao nhieu(?! (?:lau|ngay|thang|gio))|(?:co )?(?:mat|ton|phai nop|nop|dong|tra|thu) (?:them )?tien"
          r"|(?:het|ton|mat) nhieu(?! (?:lau|ngay|thoi))|(?:ton|mat) (?:dong|xu|ngan) nao|ton (?:kem|nhieu)|tien nong|mien phi|gia ca|gia bao|gia the nao|bao tien|bang nhieu|gia tien|tien khong|tien le"
          r"|dat khong|co dat|re khong|tien (?:lam|cap|nop)"),
    (TIME, r"bao lau|bao (?:ngay|hom|tuan)|bao gio (?:co|xong|duoc|lay|ra|nhan|tra)|(?:mat |het |trong |khoang )?(?:may|bao nhieu) (?:ngay|hom|tuan|thang|buoi|tieng|gio|lau)(?! phai)"
           r"|(?:khi nao|bao gio|ngay nao|chung nao|luc nao|hom nao|may hom|bg)(?: \w+){0,3} (?:xong|co|duoc|lay|nhan|tra|ra|cap)"
           r"|thoi (?:han|gian)(?: giai quyet| xu ly| lam| cap| bao| the nao)*|(?:co )?(?:lau|nhanh) (?:khong|lam)(?! the)"
           r"|lay (?:luon|ngay)|(?:xong|co|lay|duoc) (?:ngay|luon|trong ngay)(?: khong)?|hen (?:may|bao|ngay)|cho (?:may|bao lau)"
           r"|bao gio xong|lau khong|nhanh khong|mat thoi gian|gap (?:duoc )?khong|lay gap|trong ngay"),
    (CONDITIONS, r"dieu kien|tieu chuan|tieu chi|(?:may|bao nhieu|du) tuoi(?: moi| thi| la| duoc)?|doi tuong nao|yeu cau (?:gi|nao|the)"
                 r"|(?:nhung )?ai (?:thi )?(?:duoc|moi|co the|phai|can|la nguoi)|co (?:phai|can|bat buoc) (?!mang|nop|giay|tien|phi|den)[a-z ]{0,40}(?:moi|khong)"
                 r"|truong hop nao|khi nao thi (?:duoc|phai|can)|the nao (?:thi|moi) duoc|phai (?:dat|dap ung|the nao moi)|dap ung"
                 r"|dien tich (?:toi thieu|bao nhieu|may)|toi thieu"),
    (RESULT, r"ket qua (?:la|gi|nhan|tra|duoc|ra|the nao|cua|bao gom|giay)|(?:nhan|lay|duoc) (?:duoc |ve |cap |nhan |tra )?(?:cai |giay |to |nhung |so |the )?(?:gi|giay gi|giay nao|to gi|so gi)(?: ve)?"
             r"|ra (?:giay|cai|to) gi|xong (?:thi |roi )?(?:duoc|co|nhan) (?:cai |giay )?gi|duoc cap (?:cai |giay )?gi|cap cho (?:cai |giay )?gi"
             r"|giay (?:do )?co gia tri|co gia tri|gia tri (?:bao|may|den|su dung)|hieu luc|thoi han su dung|dung duoc (?:bao|may)"),
    (DOCUMENTS, r"(?:can|phai|se|chuan bi|mang|cam|dem|nop|kem|co|gom|bao gom|ho so|yeu cau)(?: \w+){0,4} (?:nhung )?(?:giay to )?(?:gi|nao|nhung gi)(?: theo| di)?"
                r"|giay to (?:gi|nao|can|lien quan|phai|kem|the|nhu)|(?:nhung|cac|bo|them|loai) giay to|ho so (?:gom|can|bao gom|co|gi|nao|lam|xin|nop|dang|nhu)|thanh phan ho so|giay (?:gi|nao)|cho xin (?:danh sach|bo) "
                r"|chuan bi|mang theo|cam theo|may bo|ban (?:goc|chinh|sao|photo)(?: hay| khong| co)|anh the|may (?:tam )?anh|may loai giay"
                r"|gom (?:nhung )?gi|can gi|nhung gi|giay ma|can (?:co|mang|nop)|ho so$|can nhung|so luong (?:ho so|bo)"),
    (WHERE, r"o (?:cho |noi |co quan |phong |quay )?(?:dau|nao)|(?:cho|noi|co quan|phong|quay|don vi|ban|cap|cua) nao|(?:den|toi|ra|len|di|qua|gap|hoi|tim|ve) (?:dau|ai|phong|quay)"
            r"|dau (?:nop|lam|tiep nhan|xin|cap|giai quyet|nhan)|dia (?:chi|diem)|(?:ai|co quan nao) (?:giai quyet|tiep nhan|cap|lam|ky)|(?:xa|phuong|tinh|huyen)(?: \w+){0,1} hay (?:len |o |ra |la |xuong |phai |den |di )*(?:xa|dung xa|phong|phuong|tinh|huyen|cong an|uy ban|so)"
            r"|(?:ra|len|o|den|tai|ngoai) (?:xa|phuong|uy ban|huyen|tinh|cong an|mot cua|trung tam)(?: \w+){0,3} (?:duoc khong|co duoc|la duoc)|(?:ben|o|len|ra|xuong|tai) (?:\w+ ){1,5}hay (?:la )?(?:ben|o|len|ra|xuong|phai|tai|dung|sang|qua)|o (?:xa|tinh|phuong|cong an) nao|noi (?:nop|tiep nhan|cap|lam|nhan)|dau vay|dau nhi|dau a|dau the"
            r"|ai (?:cap|ky|giai quyet|lam|duyet)"),
    (HOW, r"(?:lam|caplai|doi|nhu|phai|di|bat dau|dang ky|nop|xin|khai|the)(?: \w+){0,2} (?:the nao|sao|kieu gi|ra sao|lam sao|cach nao|tu dau)"
            r"|lam sao|lam the nao|nhu the nao|huong dan|cach (?:lam|nop|dang ky|thuc|xin|khai|thuc hien)|chi (?:toi|em|minh|cho|giup|dan)|lam nhu nao|lam kieu|thu tuc (?:the nao|ra sao|nhu)"),
)  # fmt: skip
_WEAK: tuple[tuple[str, str], ...] = (
    (CONDITIONS, r"(?:co )?(?:duoc|dc) (?:\w+ ){0,8}khong|(?:duoc|lam duoc|dang ky duoc|cap duoc) (?:khong|chua)|co lam duoc|duoc (?:chua|a|ha|nhi)"),
    (DOCUMENTS, r"thu tuc (?:gi|gom|can|lam|nao)"),
)  # fmt: skip
_COMPILED = tuple((facet, re.compile(rf"\b(?:{ways})\b")) for facet, ways in _STRONG)
_WEAKLY = tuple((facet, re.compile(rf"\b(?:{ways})\b")) for facet, ways in _WEAK)


@dataclass(frozen=True)
class Asked:
    """The facet asked for ("" for none) and the words that are left without the question."""

    facet: str
    rest: str
    strong: bool = True


def asked(plain: str) -> Asked:
    """What side is asked for. Of several, the first asked; equal places go by the table's order."""
    found: list[tuple[int, int, str]] = []
    rest = plain
    for rank, (facet, pattern) in enumerate(_COMPILED):
        match = pattern.search(plain)
        if match:
            found.append((match.start(), rank, facet))
            rest = pattern.sub(_names_in, rest)
    if found:
        return Asked(_chosen(found), " ".join(rest.split()))
    for facet, pattern in _WEAKLY:
        if pattern.search(plain):
            return Asked(facet, " ".join(pattern.sub(_names_in, plain).split()), strong=False)
    return Asked("", plain)


def _names_in(found: re.Match[str]) -> str:
    """What of a question's words names a procedure: "xin khaisinh mau" loses "xin" and "mau"."""
    return " ".join(word for word in found[0].split() if word in TERMS or word in ACTS)


#: These decide wherever they stand: what surrounds them only sounds like another question.
_DECISIVE = (LEGAL, DEADLINE, STEPS, FORMS, CHANNEL, FEE, CONDITIONS, RESULT)


def _chosen(found: list[tuple[int, int, str]]) -> str:
    for facet in _DECISIVE:
        if any(one[2] == facet for one in found):
            return facet
    return min((one for one in found if one[2] != HOW), default=(0, 0, STEPS))[2]
