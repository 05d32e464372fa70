"""Lists of folded words that several readers of sentences share."""

from __future__ import annotations


def words(listed: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(listed.split())


#: Words of questions, not of procedures: alone they find nothing.
STOP = words(
    "toi minh em anh chi ban bac chau co chu ong ba cho xin hoi muon can lam gi nao the sao o "
    "dau khi bao lau nhieu tien phi le thu tuc giay to ho so nop thoi han va voi la cua khong "
    "duoc de ve viec nhu phai di den tai trong ngoai cac nhung mot a ah nhe oi ad vay roi thi "
    "ma nay kia do ay con nguoi ta nha moi da bi hay hoac tu ra vao len xuong bang qua nua "
    "them vi neu gio y biet chua giup dum nhi ha dang ky cap theo quy dinh cong dan viet nam"
)


#: What people write around a phone number and nothing else.
BESIDE_A_PHONE = words(
    "so dien thoai cua toi minh em e m chau con tui bac la day nay sdt dt zalo a nhe ad moi "
    "cu lien ket dang ky cho voi da vang gui ban anh chi di dong nha nhan tin giup gium dum "
    "theo qua bao neu can goi he"
)


#: Surnames of the north-east, the majority's and the minorities'.
SURNAMES = words(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly nong be ma trieu "
    "chu hua dam ban luc vi luong lo ha dinh mai truong cao trinh lam to ta phung quach chau "
    "doan giang giap hau luu nghiem quan than thao vang vuong sung phu tong tang thach lu "
    "khuat kieu mac mong ninh"
)


#: Words that follow "hồ sơ của" and are no part of a name.
NOT_A_NAME = words(
    "toi minh em chau con roi chua den dau gi the nao sao nop gui lam xong giup voi a nhe "
    "khong bao gio khi"
)

#: English words whose company makes a message English.
ENGLISH = words(
    "how what where when the is are my i do does to need want can much long for get which "
    "who a please hello help tell about change new lost renew apply office status check of "
    "in turn back on off notifications there complain someone your this it thanks receive "
    "phone number and"
)

#: Words of a further question that name nothing new: helpers, and who is meant.
BESIDE_A_QUESTION = words(
    "xong cai lay gium tiep tra ua uh bo gui doi ca thay me gai trai ngheo cu ngay mua nham hong cb"
    " vo chong bac nha oi luon het ngay mai hom"
)

#: What may follow the wish to hear no more without changing it.
AFTER_A_WISH = words(
    "nua di nhe nha a ad giup ho voi cho tu qua ve vao den toi em minh chau bac tui con ngay luon zalo day"
    " het ma vi phien hoai suot thoi cua khoi tren o cam da vang oi that nghe ban anh chi can thang may"
)
