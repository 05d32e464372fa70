"""The form of a procedure as data: sections, fields and rows, each named as the record names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["line", "text", "number", "choice", "list"]

CHANNELS = (("truc_tiep", "Trực tiếp"), ("truc_tuyen", "Trực tuyến"), ("buu_chinh", "Bưu chính"))
UNITS = (("khong_ro", "Chưa rõ"), ("ngay_lam_viec", "ngày làm việc"), ("ngay", "ngày"))
ONLINE = (("", "Chưa rõ hoặc chưa có"), ("toan_trinh", "Toàn trình"), ("mot_phan", "Một phần"))
STATUS = (("current", "Đã đối chiếu, còn hiệu lực"), ("needs_confirmation", "Cần đối chiếu lại"))


@dataclass(frozen=True)
class Cell:
    """One field; "list" is one value a line."""

    name: str
    label: str
    kind: Kind = "line"
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    most: int = 4000
    #: The record wants text there, never nothing.
    text: bool = False


@dataclass(frozen=True)
class Rows:
    """A list of the record: rows of several cells, or of one text each (a cell without a name)."""

    name: str
    label: str
    one: str
    cells: tuple[Cell, ...]
    most: int = 100

    @property
    def plain(self) -> bool:
        """Whether a row is a text by itself."""
        return len(self.cells) == 1 and not self.cells[0].name


@dataclass(frozen=True)
class Section:
    """Fields and rows under one title."""

    key: str
    title: str
    cells: tuple[Cell, ...] = ()
    rows: tuple[Rows, ...] = ()


def _texts(name: str, label: str, one: str, most: int = 100) -> Rows:
    return Rows(name, label, one, (Cell("", one, "text"),), most)


SECTIONS: tuple[Section, ...] = (
    Section(
        "ten",
        "Tên và mã",
        (
            Cell("name", "Tên thủ tục", "text", most=1000, text=True),
            Cell("code", "Mã thủ tục", hint="Ví dụ 1.004888; để trống nếu chưa có.", most=60),
            Cell(
                "slug",
                "Tên trong địa chỉ",
                hint="Chữ thường không dấu và gạch nối; để trống thì lấy theo tên.",
                most=200,
                text=True,
            ),
            Cell("field", "Lĩnh vực", most=300, text=True),
            Cell("aliases", "Cách gọi khác", "list", hint="Mỗi dòng một cách người dân hay gọi."),
            Cell("previous_names", "Tên cũ", "list", hint="Mỗi dòng một tên."),
            Cell("code_variants", "Cách viết khác của mã", "list", hint="Mỗi dòng một mã."),
        ),
    ),
    Section(
        "chung",
        "Thông tin chung",
        (
            Cell("implementing_agency", "Cơ quan thực hiện", "text"),
            Cell("competent_authority", "Cơ quan có thẩm quyền", "text"),
            Cell(
                "level",
                "Cấp thực hiện",
                "list",
                hint="Mỗi dòng một cấp: cap_tinh, cap_xa, cap_bo, cap_huyen.",
            ),
            Cell("applicant_types", "Đối tượng thực hiện", "list", hint="Mỗi dòng một đối tượng."),
            Cell("online_service_level", "Dịch vụ công trực tuyến", "choice", ONLINE),
            Cell("decision", "Quyết định công bố", most=300),
            Cell("summary", "Tóm tắt", "text"),
        ),
    ),
    Section(
        "cach-thuc",
        "Cách thức, thời hạn, phí",
        rows=(
            Rows(
                "channels",
                "Cách nộp",
                "Cách nộp",
                (
                    Cell("channel", "Nộp", "choice", CHANNELS, text=True),
                    Cell("time_limit.value", "Thời hạn (số)", "number"),
                    Cell("time_limit.unit", "Đơn vị", "choice", UNITS, text=True),
                    Cell("time_limit.text", "Thời hạn ghi bằng chữ", "text"),
                    Cell("fee.amount_vnd", "Phí, lệ phí (đồng)", "number"),
                    Cell("fee.text", "Phí ghi bằng chữ", "text"),
                    Cell("fee.note", "Ghi chú về phí", "text"),
                ),
                20,
            ),
        ),
    ),
    Section(
        "giay-to",
        "Thành phần hồ sơ",
        rows=(
            Rows(
                "documents",
                "Giấy tờ",
                "Giấy tờ",
                (
                    Cell("name", "Tên giấy tờ", "text", text=True),
                    Cell("originals", "Bản chính", "number"),
                    Cell("copies", "Bản sao", "number"),
                    Cell("case", "Trường hợp"),
                    Cell("form", "Mẫu"),
                    Cell("note", "Ghi chú"),
                ),
                200,
            ),
        ),
    ),
    Section(
        "bieu-mau",
        "Biểu mẫu",
        rows=(
            Rows(
                "forms",
                "Biểu mẫu",
                "Biểu mẫu",
                (
                    Cell("name", "Tên", text=True, most=1000),
                    Cell("file", "Tệp trên máy chủ", hint="ví dụ to-khai.pdf", most=110),
                    Cell("url", "Địa chỉ tải", most=2000),
                ),
            ),
        ),
    ),
    Section("trinh-tu", "Trình tự", rows=(_texts("steps", "Các bước", "Bước"),)),
    Section(
        "dieu-kien",
        "Yêu cầu, điều kiện",
        rows=(
            _texts("conditions", "Yêu cầu, điều kiện", "Điều kiện"),
            _texts("deadlines_for_citizen", "Hạn người dân phải giữ", "Hạn", 50),
        ),
    ),
    Section(
        "ket-qua",
        "Kết quả",
        rows=(
            Rows(
                "results",
                "Kết quả",
                "Kết quả",
                (Cell("name", "Tên", text=True, most=1000), Cell("code", "Mã", most=300)),
                50,
            ),
        ),
    ),
    Section(
        "can-cu",
        "Căn cứ pháp lý",
        rows=(
            Rows(
                "legal_basis",
                "Văn bản",
                "Văn bản",
                (Cell("number", "Số hiệu", text=True, most=300), Cell("title", "Tên")),
                200,
            ),
        ),
    ),
    Section(
        "nguon",
        "Nguồn, ghi chú, hiệu lực",
        (
            Cell("record_status", "Tình trạng đối chiếu", "choice", STATUS, text=True),
            Cell("as_of", "Đúng tại ngày", most=300),
            Cell("replaced_by", "Được thay bằng mã", "list", hint="Mỗi dòng một mã."),
            Cell("replaces", "Thay cho mã", "list", hint="Mỗi dòng một mã."),
        ),
        (
            Rows(
                "sources",
                "Nguồn",
                "Nguồn",
                (
                    Cell("title", "Tên nguồn", text=True),
                    Cell("url", "Địa chỉ", most=2000),
                    Cell("as_of", "Xem ngày", most=300),
                    Cell("decision", "Quyết định", most=300),
                    Cell("confidence", "Độ tin cậy", most=300),
                ),
            ),
            _texts("notes", "Ghi chú", "Ghi chú"),
            _texts("contradictions", "Chỗ các nguồn nói khác nhau", "Chỗ khác nhau"),
        ),
    ),
)
ALL_ROWS = {rows.name: rows for section in SECTIONS for rows in section.rows}
_CELLS = {cell.name: cell for section in SECTIONS for cell in section.cells}


def words_of(place: tuple[str, ...]) -> str:
    """A place of the record in the form's words: ("documents", "0", "name") and such."""
    name = place[0]
    if name in _CELLS:
        more = f", dòng {int(place[1]) + 1}" if len(place) > 1 and place[1].isdigit() else ""
        return _CELLS[name].label + more
    rows = ALL_ROWS.get(name)
    if rows is None or len(place) < 2 or not place[1].isdigit():
        return " › ".join(place)
    said = f"{rows.one} {int(place[1]) + 1}"
    inner = ".".join(place[2:])
    cell = next((one for one in rows.cells if one.name == inner), None)
    return f"{said}: {cell.label}" if cell and inner else said
