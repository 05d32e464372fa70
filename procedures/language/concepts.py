"""What people call things, beside what the catalogue calls them (domain 7).

Both the catalogue's names and the question are written in the same terms before they are
compared: "sổ đỏ", "bìa đỏ" and "Giấy chứng nhận quyền sử dụng đất" become one word. This names
things; it never says which procedures exist, what they cost or need.
"""

from __future__ import annotations

import re

#: (ways of saying it, one term). The first that fits a place wins, so longer ways stand first.
_TERMS: tuple[tuple[str, str], ...] = (
    (
        r"(?:giay )?chung nhan (?:quyen )?su dung dat(?: quyen so huu (?:tai san|nha o)[a-z ]*?"
        r"gan lien voi dat)?|quyen su dung dat|so do|so hong|bia do|bia hong|giay do|so dat"
        r"|giay to dat|giay dat|bia dat|gcn dat|so nha dat",
        "sodo",
    ),
    (r"(?:giay phep|bang) (?:lai|li)(?: xe)?(?: o to| may| oto)?|gplx|bang (?:xe|a1|a2|b1|b2|c1|hang)"
     r"|bang o to|bang oto|bang may|(?<=mat )bang(?! (?:tot|cap|dai|khen|nghe|khoan))|(?<=doi )bang(?! (?:tot|cap|dai|khen))|bang lai|the lai xe", "gplx"),
    (r"(?:the )?can cuoc cong dan|(?:the )?can cuoc|cccd|chung minh (?:thu|nhan dan)|cmnd|cmt"
     r"|chung minh|the cong dan|the gan chip|can cuoc cong|can cuoc gan chip", "cancuoc"),
    (r"ho chieu|passport|pass po|pat po|hoi chieu|pas port|so thong hanh", "hochieu"),
    (r"(?:phieu )?ly lich tu phap|li lich tu phap|ly lich tu fap|tu phap so (?:1|2|01|02)"
     r"|(?:giay )?(?:xac nhan )?(?:khong (?:co )?)?tien an(?: tien su)?|xac nhan an tich|an tich"
     r"|giay nhan than|ly lich trong sach|khong pham toi|chua tung pham toi", "lylichtuphap"),
    (r"(?:giay )?(?:xac nhan )?tinh trang hon nhan|(?:giay )?(?:xac nhan )?(?:con )?doc than"
     r"|chua (?:ket hon|lay vo|lay chong|co vo|co chong|vo con|lap gia dinh|vo)|xac nhan chua vo"
     r"|con ru|e hay con doc than", "tinhtranghonnhan"),
    (r"dang ky lai khai sinh|(?:lam|xin|cap|khai) lai (?:ban chinh )?(?:giay )?khai sinh"
     r"|(?:mat|that lac|chay|rach|hong) (?:het )?(?:ban (?:goc|chinh) )?(?:giay )?khai sinh(?: ban (?:goc|chinh))?"
     r"|(?:giay )?khai sinh (?:ban (?:goc|chinh) )?(?:goc )?(?:cua toi )?(?:bi |da )?(?:mat(?! (?:phi|tien|bao|may|nhieu|le|thoi|khoang|cong))|that lac|chay)"
     r"|lam lai giay khai sinh", "dangkylai khaisinh"),
    (r"(?:cap )?(?:ban sao )?trich luc(?: ban sao)?(?: ho tich)? (?:giay )?khai sinh"
     r"|(?:xin |cap )?(?:lai )?(?:them )?(?:ban )?sao (?:giay )?khai sinh|khai sinh ban sao"
     r"|(?:sao|trich) (?:lai )?(?:giay )?khai sinh", "trichluc khaisinh"),
    (r"trich luc (?:giay )?(?:ket hon|hon thu)|ban sao (?:giay )?(?:ket hon|dang ky ket hon)",
     "trichluc kethon"),
    (r"trich luc(?: ban sao)?(?: ho tich)?|trich sao|ban sao ho tich", "trichluc"),
    (r"khai sinh|giay sinh|chung sinh|(?:(?:moi |vua )(?:de|sinh)|sinh) (?:con|chau|em be|be|duoc|trai|gai|doi)\b|de (?:con|em be) "
     r"|(?:con|chau|be|em be) moi (?:sinh|de)|khai xinh|em be so sinh|tre so sinh|be so sinh"
     r"|lam giay cho (?:be|con|chau)|khai sanh", "khaisinh"),
    (r"(?:dang ky |giay |lam |xin )*(?:trich luc )?khai tu|(?:giay )?chung tu|bao tu", "khaitu"),
    (r"(?:dang ky |giay |lam |cap )?(?:ket hon|gia thu|hon thu)|lay (?:vo|chong)|cuoi (?:vo|chong)"
     r"|dang ky cuoi", "kethon"),
    (r"nhap (?:ho )?khau|nhap ho|chuyen (?:ho )?khau|thuong tru|ho khau(?: thuong tru)?|so ho khau"
     r"|nhap vao ho|chuyen khau|cat khau|cat ho khau|nhap khau", "thuongtru"),
    (r"tam tru|kt3|tam chu|o tam", "tamtru"),
    (r"(?:photo )?(?:cong chung|chung thuc)(?: ban sao)?(?: tu ban chinh)?|sao y(?: ban chinh)?"
     r"|photo co dau|dong dau (?:ban )?(?:photo|sao)|sao chung thuc|photo cong chung|sao y",
     "chungthuc"),
    (r"(?:thanh lap |dang ky |mo |lap )?(?:ho kinh doanh(?: ca the)?|kinh doanh ho gia dinh"
     r"|kinh doanh (?:ca the|nho le|ho))|mo (?:quan|cua hang|tiem|tap hoa|sap|quay)[a-z]*"
     r"|(?:giay phep|dang ky|giay) kinh doanh|ban tap hoa|mo tap hoa|buon ban nho|ho ca the"
     r"|ban hang tap hoa|quan (?:an|cafe|ca phe|nuoc|pho|bun)", "hokinhdoanh"),
    (r"tach (?:thua|dat|so|lo|manh|vuon)(?: dat)?|hop (?:thua|dat)(?: dat)?|chia (?:dat|thua|manh|lo)"
     r"|cat dat|tach (?:cho|ra)|gop(?: \w+){0,4}? (?:thua|dat|manh|lo)|gop (?:lam |thanh )?(?:mot |1 )?so|nhap (?:hai |2 |may |cac )?(?:thua|manh)"
     r"|(?:hai|2|may|cac) (?:manh|thua|mieng)(?: \w+){0,5}? (?:lam|thanh) (?:mot|1)(?: so)?"
     r"|chia (?:manh )?dat|chia nho", "tachthua dat"),
    (r"nguoi (?:co )?uy tin|uy tin(?= (?:trong|cua thon|o thon|thon|ban|dan toc|vung))|cong nhan uy tin|gia lang|truong ban", "uytin"),
    (r"(?:dua )?(?:ra )?khoi danh sach|dua ra khoi"
     r"|thay the|thay nguoi|thay(?= uytin)|bo ten|xoa ten|thay bang nguoi|rut ten", "duara"),
    (r"cong ty|doanh nghiep", "congty"),
    (r"thanh vien|gop von|von gop|chu so huu|dai dien(?: theo)?(?: phap luat)?|giam doc|co dong",
     "thanhvien"),
    (r"chuyen nhuong|thay doi|doi (?=thanhvien|thanh vien|chu|nguoi dai dien|giam doc)", "thaydoi"),
)  # fmt: skip
_KIN = (
    r"(?<!cap )(?<!lop )(?<!thu )(?:bo|me|ong|ba|chong|vo|cha|cu|bac|chu|co|anh|chi|em|con|chau|nguoi nha|nguoi than|ong cu|ba cu)"
    r"(?: (?:toi|em|minh|noi|ngoai|chau|nha|vo|chong|de|tui|con))*"
)
#: Circumstances of life that lead to a procedure, when no procedure is named beside them.
_HINTS: tuple[tuple[str, str], ...] = (
    (
        rf"{_KIN} (?:moi |vua |da |bi |sap )*(?:chet|qua doi|tu tran|khuat nui"
        r"|mat(?= (?:roi|hom|tuan|thang|nam|ngay|thi|o|tai|do|tu|cach|moi|hoi|dem|sang|chieu|khai|lam"
        r"|duoc|nay|ma|chua|can|bay|gio|ben)\b|$))|nguoi (?:chet|mat)(?! (?:tich|tri|viec))|qua doi",
        "khaitu",
    ),
    (
        r"(?:dam|to chuc|lam|sap|dinh|chuan bi|le|lam le) cuoi(?! (?:tuan|thang|nam|cung|ngay))"
        r"|cuoi (?:nhau|xin|vo|chong|hoi)|lay nhau|ve chung mot nha",
        "kethon",
    ),
    (r"(?:o|thue) (?:nha )?tro|nha tro|phong tro|thue nha|o nho|o thue|nguoi thue", "tamtru"),
)
_COMPILED = tuple((re.compile(rf"\b(?:{ways})\b"), f" {term} ") for ways, term in _TERMS)

#: What happened to a paper says which procedure it needs: (the words, the catalogue's verb).
_HAPPENED: tuple[tuple[str, str], ...] = (
    (r"(?:bi |lam |danh |da |lo )?(?:mat(?! (?:phi|tien|bao|may|nhieu|le|thoi|khoang|cong))|that lac|mat cap|mat trom|roi mat|danh roi|bi roi|that thoat)", "caplai"),
    (r"cap lai|lam lai|xin lai", "caplai"),
    (r"(?:bi )?(?:het han|qua han|sap het han|rach|nat|hong|mo chu|phai mau|cu nat|sai (?:ten|thong tin)"
     r"|gay|nhau|muc|moi mot|uot|chay)|nang hang|doi ten|doi sang|doi moi|bi mo|cu qua|da cu", "doi"),
    (r"cap doi|doi lai|doi", "doi"),
    (r"lan dau|cap moi|lam moi|moi lam|14 tuoi|du tuoi|du 14|cap lan dau|tu du 14", "lanhdau"),
)  # fmt: skip
_HAPPENED_COMPILED = tuple(
    (re.compile(rf"\b(?:{ways})\b"), f" {term} ") for ways, term in _HAPPENED
)


_HINTS_COMPILED = tuple((re.compile(rf"\b(?:{ways})\b"), f" {term} ") for ways, term in _HINTS)


def in_terms(plain: str, *, hints: bool = True) -> str:
    """Folded words with what is known by many names written in one term each.

    ``hints``: also circumstances of life, when no procedure is named beside them.
    """
    for pattern, term in _COMPILED:
        plain = pattern.sub(term, plain)
    if hints and not TERMS & set(plain.split()):
        for pattern, term in _HINTS_COMPILED:
            plain = pattern.sub(term, plain)
    for pattern, term in _HAPPENED_COMPILED:
        plain = pattern.sub(term, plain)
    words = plain.split()
    if "chungthuc" in words:
        # "sao y căn cước" is about the copy, whatever paper is copied.
        words = [word for word in words if word == "chungthuc" or word not in TERMS]
    return " ".join(words)


#: Every word of the ways above, so that slips of the finger in them are found.
SPELLED = frozenset(
    word
    for ways, _ in (*_TERMS, *_HAPPENED, *_HINTS)
    for word in re.findall(r"[a-z]{2,}", re.sub(r"\\.|\(\?:", " ", ways))
)

#: The terms that name a thing (not an act): a question holding one is about a procedure.
TERMS = frozenset(
    word
    for _, term in _TERMS
    for word in term.split()
    if word not in {"congty", "thanhvien", "thaydoi", "duara", "dat"}
)

#: What happened to a thing: it tells procedures apart but names none.
ACTS = frozenset({"caplai", "doi", "lanhdau", "thaydoi", "duara"})
