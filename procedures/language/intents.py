"""What a message is about when it is not about a procedure (domain 7.1), by its words.

Patterns are matched against the plain words of `procedures.language.words`; which of several
wins is decided in `handlers.understanding`.
"""

from __future__ import annotations

import re

_SELF = (
    r"(?:toi|minh|em|chau|con|tui|bac|chu|ba|ong|to|tao|nha|gia dinh|chi|anh|bo|me|vo|chong|co|ban)"
)
_MESSAGES = r"(?:bao tin|tin(?: nhan| zalo)?|thong bao|quang cao|nhan tin|cac tin)"

_PATTERNS: dict[str, str] = {
    # Who says this is not asked again: every way must name messages, or one's own data.
    "opt_out": (
        rf"(?<!lo )(?<!da )(?:(?<!su )dung|ngung|ngat|tat|huy|thoi|bo(?= nhan| dang ky)|chan|cham dut)(?: (?:viec|nhan|gui|dang ky|het|cai|moi|cac|ngay|ho|giup|cho|{_SELF}))* {_MESSAGES}"
        r"(?! (?:chua|la gi|the nao|nay|sao|khong|lam|loi|hay|moi|cua|o))"
        rf"|khong (?:muon|can|thich)(?: {_SELF})? (?:nhan|doc|xem)(?: (?:them|bat ky|bat cu|cac|nhung|may|cai))* {_MESSAGES}"
        rf"|(?:(?<!su )dung|khong|thoi|ngung|khoi)(?: (?:co|can|phai))? (?:gui|nhan|nhan tin|lam phien|spam)(?: (?:cho|gi|vao|day|may|cac|zalo|tin|tin nhan|thong bao|{_SELF}))* nua(?! (?:la sao|sao|a|ha|phai khong|dung khong))"
        rf"|khoi (?:gui|nhan) {_MESSAGES}|(?:xoa|go)(?: (?:het|toan bo|giup|ho|cho|cai|moi|{_SELF}))* (?:du lieu|thong tin ca nhan|tai khoan|lien ket|so dien thoai)(?: (?:ca nhan|da luu|nay|cu|do))*"
        rf"(?: (?:cua|cho) {_SELF}|$| di)|(?:xoa|go)(?: (?:het|toan bo))* thong tin (?:ca nhan )?cua {_SELF}|(?:huy|bo|go) lien ket|(?:rut|thu hoi) (?:lai )?(?:su )?(?:dong y|chap thuan)|bo quan tam"
        r"|khong (?:dong y|cho phep)(?: \w+){0,4} (?:su dung|luu|xai|giu|xu ly) (?:so|thong tin|du lieu)|unsubscribe|^stop$|^ngung gui$|^dung gui$"
    ),
    "opt_in": (
        r"(?:bat|mo)(?: (?:lai|len|nhan|cho \w+|giup \w+))* (?:thong bao|tin|nhan tin|nhan thong bao)|(?:nhan|gui) lai (?:\w+ )?(?:thong bao|tin)(?! cua ho so chua)"
        r"|(?:muon|cho|xin|can|dang ky|dong y)(?: (?:toi|minh|em|chau|con|tui|bac|duoc|lai|de))* nhan (?:lai )?(?:cac )?(?:thong bao|tin)(?! tuc)|nhan (?:thong bao|tin)(?: \w+){0,3} tro lai"
        r"|dang ky (?:nhan )?(?:thong bao|tin)(?: |$)|nhan tin tro lai|bat lai|theo doi lai|gui (?:thong bao|tin)(?: \w+){0,2} (?:lai|tiep) (?:cho|nhe|di)|subscribe|tiep tuc (?:gui|nhan)"
    ),
    "feedback": (
        r"phan anh|kien nghi|gop y|khieu nai|to cao|to giac|phan nan|dong gop y kien|y kien dong gop|buc xuc|khieu kien|lam don to|to can bo|khen(?: ngoi)?(?: can bo| chi| anh| co)"
        r"|hoi lo|phong bi|vot vinh|vong vinh|nhung nhieu|hach sach|cua quyen|vo trach nhiem|an tien(?! su)|an hoi lo|(?:doi|goi y|dua|vi|xin|lot)(?: \w+){0,4} (?:nghin|trieu|tram)(?: \w+){0,4} (?:nhanh|lam|moi)|khong hai long|y kien (?:voi|ve|len)|muon bao (?:viec|vu)|muon y kien|(?:doi|goi y|bat)(?: \w+){0,3} (?:tien boi duong|boi duong|phong bi|them tien|tien ngoai|lot tay)|lot tay|tieu cuc|tham nhung"
        r"|thai do(?: \w+){0,4}|hanh (?:dan|toi|ha)|lam kho|gay kho|chen (?:lan|ngang)|(?:quat|chui|nat no|quat mang)(?: \w+){0,3} (?:dan|toi|nguoi|ba con)|mang (?:dan|ba con|nguoi dan|toi)|lam viec rieng|can bo(?: \w+){0,6} (?:quat|mang|cau|kho chiu|lo|ngu|choi|tre|vang mat|hach|cuc|vo le)"
        r"|den duong|o ga|bai rac|xa rac|do rac|o nhiem|mui hoi|ngap (?:nuoc|ung|lut)|cong (?:bi tac|tac nghen|thoat nuoc)|duong(?: \w+){0,5} (?:hong|xau|lun|sat lo|nut|lay loi|kho di)|xay(?: dung)? trai phep|lan chiem|tieng on|on ao|loa keo|mat nuoc|mat dien|cau (?:sap|hong)|cay do|de nghi(?: \w+){0,3} (?:xu ly|sua|lam ro|chan chinh|kiem tra|sua chua|xem xet)|xu ly nghiem"
    ),
    "mine_status": (
        r"(?:ho so|giay to)(?: cua)?(?: \w+){0,2} (?:bi|duoc)(?: \w+){0,3} (?:bo sung|tra lai|tu choi|yeu cau|duyet)|(?:nop|gui|dua)(?: \w+){0,8} (?:hom|bua|tuan|thang|dot|ngay)(?: \w+)? (?:truoc|no|kia|roi)|(?:nop|gui)(?: \w+){0,10} (?:van|gio)(?: \w+)? (?:im|chua|khong)|im (?:lang|thin thit|re|bat)|biet tam|"
        r"(?:ho so|don|giay|giay to|phieu|so|the|bang)(?: \w+){0,8} (?:ve chua|toi buoc|den buoc|toi khau|den khau|lam den|lam toi|di den|con bao lau|khi nao xong|bao gio xong)|da nop(?: \w+){0,6} (?:hom|tuan|thang|truoc)|nop giay to(?: \w+){0,6} (?:hom|tuan|thang|truoc)|"
        r"(?:ho so|don|giay|giay to|phieu|viec|thu tuc|cua \w+)(?: \w+){0,8} (?:toi dau|den dau|den buoc nao|toi buoc nao|toi khau nao|den khau nao|sao roi|the nao roi|nhu the nao roi|ra sao roi|xong chua|duyet chua|xong roi chua|co chua|ra chua|ky chua|da xong|duoc chua|co ket qua chua|xu ly chua|giai quyet chua|bi sao|co van de|bi tra|bi loi|nam o dau|o dau roi|o khau nao|duoc duyet|da duyet|chua xong|chua thay|chua co|chua duoc|chua tra|bi treo)"
        r"|(?:da )?(?:nop|gui|lam|xin)(?: \w+){0,12} (?:ma |nhung )?(?:chua thay|chua co|chua duoc|chua ai|mai chua|van chua|khong thay|sao chua|sao mai|chua xong)|(?:nop|gui|lam)(?: \w+){0,10} (?:roi|hom|tuan|thang)(?: \w+){0,6} (?:chua|toi dau|den dau|the nao roi|sao roi)(?: |$)"
        r"|(?:toi|den) dau roi|den dau rui|toi dau rui|(?:co |da )?(?:co )?ket qua (?:chua|roi chua)|tien do(?: \w+){0,3}|tinh trang (?:ho so|don|xu ly|giai quyet|giay)|trang thai (?:ho so|don|xu ly)|xong chua|duyet chua|sao mai (?:chua|khong)|mai chua (?:xong|thay|co|duoc)|lau (?:qua|the|vay) (?:chua|roi)|(?:tra|lay|nhan) (?:duoc )?(?:ket qua )?chua(?: \w+)?$|cho mai"
        rf"|(?:khi nao|bao gio|ngay nao|hom nao)(?: \w+){{0,2}} (?:{_SELF} )(?:\w+ ){{0,3}}(?:nhan|lay|co|duoc)|(?:khi nao|bao gio|chung nao) (?:thi )?(?:co|lay|nhan|tra) (?:duoc )?ket qua$"
    ),
    "mine": (
        rf"(?:tra|tra cuu|kiem tra|xem|tim|check|hoi|coi|tcuu|theo doi|xem giup|xem ho|tra giup|tra ho)(?: (?:giup|ho|cho|dum|lai|xem|thong tin|tinh hinh|toi|minh|em|chau|con|tui|bac|voi|cac|tat ca|danh sach|may))* (?:ho so|don)(?! (?:gom|can|gi))"
        rf"|(?:ho so|don)(?: \w+){{0,6}} (?:cua |dung ten |mang ten |ten |do |chu ho so )(?:{_SELF}|[a-z]+ [a-z]+)|(?:ho so|don) (?:{_SELF})(?: |$)|ho so nao(?: \w+){{0,3}} (?:cua|dang)|(?:may|bao nhieu) ho so|danh sach ho so|cac ho so|ho so da nop|ho so dang (?:xu ly|giai quyet|cho)|^ho so$|tra cuu$"
    ),
    "human": (
        r"goi dien|gap (?:truc tiep )?(?:can bo|nhan vien|nguoi|tu van|ai do|admin|ad|tong dai|lanh dao|sep|giam doc|chu tich|anh nao|chi nao|mot cua|ban nao)|(?:noi chuyen|chat|trao doi|lien he|lien lac|nhan tin|noi)(?: truc tiep)? (?:voi |cho )?(?:nguoi|can bo|nhan vien|ai|tong dai|tu van|bo phan|co quan|trung tam|mot cua|admin)"
        r"|nguoi that|tong dai|hotline|duong day nong|(?:so|cho xin so|xin so|cho so)(?: dien thoai)? (?:\w+ ){0,2}(?:can bo|mot cua|trung tam|lien he|phu trach|tu van|ho tro|truc|uy ban|co quan)|so dien thoai(?: \w+){0,2} (?:de )?(?:goi|lien he|hoi)|goi (?:cho ai|dien cho|so nao|vao dau|dien so nao|dien thoai cho)|goi lai cho|(?:cho|xin)(?: \w+)? so (?:de )?goi"
        r"|co (?:ai|nguoi|can bo|nhan vien|ad)(?: nao)?(?: \w+){0,4} (?:khong|o do|day|truc)|ai truc|(?:rep|tra loi) (?:toi |em |tin |minh )?(?:di|voi|nhanh|coi)|tu van vien|can (?:nguoi )?(?:tu van truc tiep|ho tro truc tiep)|chuyen (?:may|sang|cho|toi|qua)(?: \w+){0,3} (?:can bo|nguoi|nhan vien|tu van)|khong (?:muon|thich) (?:noi|chat|noi chuyen) voi (?:may|bot|robot)|goi can bo|nhan vien(?: \w+)? dau|can bo dau|muon gap"
        r"|(?:nho|can|cho|xin) (?:can bo|nhan vien|nguoi)(?: \w+){0,2} (?:tu van|ho tro|giup|goi|giai dap|huong dan)"
    ),
    "news": (
        r"tin tuc|tin moi|ban tin|tin (?:hot|nong)|thong bao (?:moi|gi|nghi|lich|cua tinh|cua xa|cua phuong|cua uy ban|nao)|co (?:gi|tin gi|thong bao gi|tin nao) moi|su kien|lich (?:nghi|lam viec|tiep|truc|cup|cat)|nghi (?:le|tet|may ngay|bu|quoc khanh|den)|(?:le|tet)(?: \w+){0,5} (?:nghi|lam viec|mo cua)"
        r"|gio (?:lam viec|mo cua|hanh chinh|tiep dan|tiep nhan|nghi)|may (?:gio|h)(?: \w+){0,3} (?:mo|dong|lam|nghi|tiep|bat dau|het)|(?:mo|dong) cua|(?:lam viec|lam|mo|truc|tiep dan|tiep nhan)(?: \w+){0,3} (?:thu (?:bay|7|hai|2|sau|6)|t7|chu nhat|cn|cuoi tuan|buoi trua|buoi chieu|ngoai gio|sang thu)|(?:thu (?:bay|7)|t7|chu nhat|cn|cuoi tuan|hom nay|ngay mai|mai)(?: \w+){0,5} (?:lam viec|co lam|mo|tiep|nghi|lam khong)"
        r"|thong bao (?:ve|tu)|co thong bao|bao (?:lu|bao|dong)|hop dan"
    ),
    "help": (
        r"(?:o day|trang nay|kenh nay|zalo nay)(?: \w+){0,4} (?:viec gi|nhung gi|duoc gi|gi)|hoi duoc (?:nhung |cai )?gi|huong dan (?:su dung|dung|toi dung|cach dung|em dung|su|toi cach)|(?:cach|lam sao|lam the nao|the nao)(?: \w+){0,3} (?:su dung|dung|xai|tra cuu|nhan thong bao|tra ho so|quet ma|lien ket)|(?:khong biet|chua biet)(?: \w+){0,3} (?:dung|xai|su dung|bam|lam sao)|(?:bot|ban|app|cai|zalo nay|trang nay|kenh nay|he thong|cai nay|chat nay|may|trang zalo)(?: \w+){0,4} (?:lam duoc|lam gi|giup duoc|giup gi|de lam gi|la gi|la ai|dung the nao|dung nhu the nao|dung lam sao|co tac dung|ho tro|co the|co chuc nang)"
        r"|tro giup|ho tro$|^(?:can |cho )?(?:ho tro|giup)(?: (?:toi|em|minh|voi|do|a|nhe|di))*$|help|giup (?:toi|em|minh) voi$|cai nay(?: \w+){0,2} (?:xai|dung)|xai (?:the nao|sao|lam sao|nhu)|(?:dung|xai) (?:cai nay|zalo nay|kenh nay|trang nay|app nay)|su dung (?:nhu|the|sao|zalo|kenh|trang)|quet (?:ma|qr)(?: \w+){0,4} (?:o dau|the nao|sao|kieu gi|lam sao)|ma qr (?:nam|o|la gi|de lam)|ma ho so (?:la gi|nam o|o dau|ghi o|lay o|xem o)|xem ma ho so|(?:bam|nhan|go|viet|an)(?: \w+){0,3} (?:dau|nut nao|nhu the nao|the nao|lam sao|sao)|(?:khong|chua) biet(?: \w+){0,3} (?:nhan|bam|go|lam) (?:gi|sao|dau|the nao|nhu the nao)|nut (?:nao|gi)|chuc nang|cach (?:tra cuu|su dung|dung|tra|nhan|lien ket|xem|gui)|(?:lam|huong dan|chi)(?: \w+){0,3} (?:tra cuu|tra ho so|xem ho so)|ban la (?:ai|bot|nguoi|may)|quan tam (?:the nao|lam sao|o dau)"
    ),
    "list": r"(?:cac|nhung|may|danh sach|bao nhieu|toan bo|tat ca)(?: cac| nhung)? (?:thu tuc|dich vu|tthc|linh vuc)|thu tuc (?:ve|linh vuc|nao|lien quan|thuoc|cua)|linh vuc|co (?:nhung )?thu tuc (?:gi|nao)|dich vu cong (?:ve|linh vuc|nao)",
    "menu": r"^(?:ve )?menu(?: chinh)?$|^(?:cho (?:toi |em |minh )?)?(?:xem |mo |hien )(?:lai )?menu|quay (?:lai|ve)(?: \w+){0,2} (?:dau|menu|chinh|muc|danh muc)|^quay lai$|quay lai$|trang chu|^(?:(?:da|em|chau|toi|minh|con|xin|kinh|alo) )*(?:chao|hello|hi|alo|a lo)(?: (?:can bo|ban|anh|chi|em|ad|admin|a|ca nha|moi nguoi|shop|bot|oa|buoi sang|buoi chieu|buoi toi|co|chu|bac|ong|ba|chau|cac|nhe|oi|quy|tong dai|there|alo|may|nhe|buoi|sang|chieu|toi|trua))*$|bat dau(?: lai)?$|danh muc$|^back$|^home$|menu",
    "link_phone": (
        r"(?:doi|thay|cap nhat|dang ky|them|lien ket|ket noi|nhap|sua|chuyen|gan|luu|bo sung|khai)(?: (?:lai|giup|cho|toi|em|minh|sang|moi|zalo|thanh|chau|ho|voi|dum))* (?:so dien thoai|so moi|so may|dien thoai|so dt|so di dong|so nay|so zalo|so khac|so$)|(?:so dien thoai|so|so moi|so may|so zalo)(?: dien thoai)?(?: moi)? (?:cua )?(?:toi|minh|em|chau|con|tui|bac|nha|me|bo|ong|ba|vo|chong)(?: \w+){0,2} (?:la|day|doi|moi|thay|khac|nay)|(?:toi|em|minh|chau|bac) (?:vua |moi |da )?(?:doi|thay|mat) (?:so|sim)|lien ket (?:so|sdt|dien thoai|tai khoan|zalo|voi)|so nay la|lay so nay|dung so nay|mat sim"
    ),
    "foreign_data": (
        r"(?<!khoi )danh sach (?:\w+ ){0,3}(?:nguoi|cong dan|dan|ho dan|ten)|"
        r"(?:cho|xin|lay|xem|tim|tra|biet)(?: \w+){0,4} (?:so dien thoai|dia chi|thong tin|so can cuoc|cccd|cancuoc|so nha|so zalo|luong|mat khau)(?: nha)?(?: \w+){0,2} cua (?:ong|ba|anh|chi|co|chu|nguoi|hang xom|thang|con no|nha|con|vo|chong|chu tich|can bo|ban|giam doc|bac|nguyen|tran|le|pham|hoang)|(?:ho so|thong tin)(?: \w+){0,2} cua (?:nguoi khac|hang xom|ban toi|nguoi yeu|nhung nguoi|moi nguoi|tat ca|toan bo|ca xa|dan|nha ben|thang|nguoi ta|vo cu|chong cu|doi thu|nguoi la)"
        r"|(?:tat ca|toan bo|danh sach) (?:cac )?(?:nguoi dan|cong dan|ho so (?:cua )?(?:xa|tinh|huyen|moi nguoi|nguoi dan|he thong))|nguoi yeu cu"
    ),
    "thanks": r"^(?:(?:da|vang|ok|oke|u|uh|a|roi|the|vay|thoi|cam on|thank|thanks|thank you|tks|cam on nhieu|nhieu|ban|anh|chi|em|ad|can bo|nhe|nha|a|nhieu lam|lam|rat|qua|tot|tuyet voi|hay|hieu|biet|duoc|toi|minh|chau|co|bac|chao|tam biet|bye|khong ngo|nhanh|the|vui|hai long|uu|good|great|gioi|cac|may|chu) ?)+$",
    "abuse": r"(?:^| )(?:dm|dcm|dkm|vcl|vl|cl|deo|dit|dit me|ngu (?:qua|vay|the|nhu|hoc|dot|vl|vcl|si|nguoi)|(?:bot|may|do|lu|thang|bon|qua) ngu|oc cho|cho chet|lua dao|do cho|me may|mat day|khon nan|do ngu|bo lao|cut|cut di|chet tiet|vo dung|lam an (?:nhu|kieu|chan)|do dien)(?: |$)",
    "injection": r"ignore (?:all|previous|the)|system prompt|previous instruction|bo qua (?:moi |tat ca |cac )?(?:huong dan|chi dan|lenh|quy tac)|developer mode|jailbreak|select .* from|drop table|<script|prompt|dong vai|api key|mat khau (?:admin|he thong|quan tri)",
    "chitchat": r"thoi tiet|gia vang|xo so|bong da|da bong|da banh|an com|yeu em|yeu anh|ke chuyen|hat (?:di|cho)|lam tho|ten (?:gi|la gi)$|bao nhieu tuoi roi|nguoi yeu|ban may tuoi|co nguoi yeu|buon qua|chan qua|vay tien|cho vay (?:tien|von)|mua (?:xe|nha|dat) o dau|ban (?:xe|nha|dat)(?! (?:can|thi|phai|lam|nop|cho))|tuyen dung|viec lam|doan xem|hom nay (?:troi|an)|kq bong|ty so|messi|covid|nau (?:an|mon)",
}  # fmt: skip
_COMPILED = {name: re.compile(rf"\b(?:{ways})\b") for name, ways in _PATTERNS.items()}


def says(name: str, plain: str) -> bool:
    """Whether the words say this; ``name`` is a key of the table (an unknown one is an error)."""
    return _COMPILED[name].search(plain) is not None


def after(name: str, plain: str) -> str:
    """The words behind what says this; "" when it ends the sentence or is not said."""
    found = _COMPILED[name].search(plain)
    return plain[found.end() :].strip() if found else ""
