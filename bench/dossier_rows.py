"""Dossiers as a province has them after ten years, with the words they are found by.

The database makes the rows itself; `owner`, `code` and their like say what it made of a number.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.loading import Loader, epoch, loading
from dossiers.names import fold
from store.engine import Database
from store.tables import Dossier, DossierWord

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
_FAMILIES = [
    name
    for name, times in {
        "Nguyễn": 38, "Trần": 12, "Lê": 10, "Phạm": 7, "Hoàng": 5, "Vũ": 4, "Đặng": 4, "Bùi": 4,
        "Đỗ": 3, "Ma": 3, "Nông": 3, "Triệu": 3, "Lý": 2, "Dương": 2,
    }.items()
    for _ in range(times)
]  # fmt: skip
_MIDDLES = ["Văn", "Thị", "Đức", "Minh", "Thanh", "Ngọc", "Hồng", "Quang", "Xuân", "Hữu", "Kim"]
_GIVEN = [
    "An", "Bình", "Chi", "Dung", "Giang", "Hà", "Hải", "Hạnh", "Hiền", "Hoa", "Hòa", "Hương",
    "Khánh", "Lan", "Linh", "Long", "Mai", "Mẫu", "Nam", "Nga", "Ngân", "Nhung", "Oanh", "Phong",
    "Phúc", "Phương", "Quân", "Quý", "Sơn", "Tâm", "Thảo", "Thắng", "Thu", "Thủy", "Toàn",
    "Trang", "Trung", "Tú", "Tùng", "Tuyết", "Uyên", "Vân", "Việt", "Vinh", "Yến", "Đạt", "Điệp",
    "Đông", "Lộc", "Lợi",
]  # fmt: skip
#: 124 communes and 20 departments; the first few take a great part of all dossiers.
UNITS = [f"H60.{n:02}" for n in range(1, 145)]
_OPEN = ("received", "assigned", "appraising", "signing", "supplement_required", "submitted")
#: Of a hundred closed ones; all others were handed over.
_CLOSED = {94: "result_ready", 95: "refused", 96: "withdrawn", 97: "stopped"}
_TEN_YEARS = 3650 * 86_400
_TEXTS = [
    "receipt_number", "applicant_type", "phone_problem", "unit_name", "agency_name",
    "result_form", "summary", "source_system", "step", "open_reason",
]  # fmt: skip
#: Everybody has four dossiers, give or take.
_EACH = 4


def fill(database: Database, wanted: int) -> None:
    """Put ``wanted`` dossiers with their words into an empty database at head."""
    with loading(database, (Dossier, DossierWord)) as loader:
        put(loader, wanted)


def put(loader: Loader, wanted: int) -> None:
    """The rows alone, for whoever loads more beside them."""
    for table, names in (("family", _FAMILIES), ("middle", _MIDDLES), ("given", _GIVEN)):
        loader.names(f"bench_{table}", [(name, fold(name)) for name in names])
    n, at = "(i + 1)", mixed_sql("(i + 1)")
    received = received_sql(n, wanted)
    # One in fifty is still open, most of them young.
    still = f"(({n} > {int(wanted * 0.97)} AND {at} % 2 = 0) OR {at} % 200 = 7)"
    is_open = _case(f"{at} / 3 % {len(_OPEN)}", dict(enumerate(_OPEN)), _OPEN[0])
    closed = _case(f"{at} / 3 % 100", _CLOSED, "result_delivered")
    name, folded = (
        f"bench_family.{which} || ' ' || bench_middle.{which} || ' ' || bench_given.{which}"
        for which in ("name", "folded")
    )
    unit = f"'H60.' || {loader.padded(_unit_sql(loader, at), 2)}"
    tail = loader.padded(f"({n} % 10000000)", 7)
    moment = loader.moment(received)
    columns = {
        "id": n,
        "code": f"{unit} || '-' || {loader.day(received)} || '-' || {tail}",
        "procedure_code": f"'1.' || {loader.padded(f'({at} / 11 % 600)', 6)}",
        "procedure_name": "'Thủ tục mẫu'",
        "field_name": f"'Lĩnh vực mẫu ' || ({at} / 13 % 40)",
        "owner_name": name,
        "owner_folded": folded,
        "identity_hash": loader.padded(at, 64),
        "identity_last3": loader.padded(f"({at} / 17 % 1000)", 3),
        "phone": f"'+849' || {loader.padded(phone_sql(person_sql(n, wanted)), 8)}",
        "unit_code": unit,
        "received_at": moment,
        "promised_at": loader.moment(f"{received} + (5 + {at} % 20) * 86400"),
        "state": f"CASE WHEN {still} THEN {is_open} ELSE {closed} END",
        "state_at": moment,
        "receipt_token": f"'t' || {loader.padded(n, 10)}",
        "created_at": moment,
        "updated_at": moment,
        **dict.fromkeys(_TEXTS, "''"),
        "zalo_notify": "FALSE",
        "pauses": loader.json("'[]'"),
        "version": "1",
        "national_state": "4",
    }
    joins = _names_of(at)
    loader.insert("dossier", columns, wanted, joins)
    # In the order of the key, so that it grows at its end only: digits come before letters.
    words = {"word": tail, "dossier_id": n}
    loader.insert("dossier_word", words, min(wanted, 9_999_999))
    part = f"SELECT {{}} AS word, {n} AS id FROM n {joins}"
    each = " UNION ALL ".join(
        part.format(f"bench_{table}.folded") for table in ("family", "middle", "given")
    )
    series = (
        f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {wanted})"
        if loader.is_sqlite
        else f"WITH n(i) AS (SELECT generate_series(0, {wanted - 1}::bigint))"
    )
    loader.run(
        f"INSERT INTO dossier_word (word, dossier_id) {series}"
        f" SELECT DISTINCT word, id FROM ({each}) AS every_word ORDER BY word, id"
    )


def owner(n: int) -> str:
    """The name of the n-th dossier's owner, plainly made up."""
    at = mixed(n)
    return " ".join(
        (
            _FAMILIES[at % len(_FAMILIES)],
            _MIDDLES[at // 101 % len(_MIDDLES)],
            _GIVEN[at // 10_007 % len(_GIVEN)],
        )
    )


def folded(n: int) -> list[str]:
    """The words of that name as they are searched for."""
    return fold(owner(n)).split()


def code(n: int, wanted: int) -> str:
    """The n-th dossier's code."""
    at = mixed(n)
    unit = UNITS[min(at // 7 % 200, at // 1_009 % len(UNITS))]
    return f"{unit}-{received(n, wanted):%y%m%d}-{n % 10_000_000:07}"


def received(n: int, wanted: int) -> datetime:
    """When it was received: over ten years, the newest has the highest number."""
    return NOW - timedelta(seconds=(wanted - n) * _TEN_YEARS // wanted)


def person(n: int, wanted: int) -> int:
    """Whose dossier it is, a number from 0."""
    return mixed(n) % people(wanted)


def people(wanted: int) -> int:
    """How many persons have dossiers."""
    return max(1, wanted // _EACH)


def phone(person_: int) -> str:
    """The phone of a person."""
    return f"+849{person_ * 7919 % 100_000_000:08}"


def token(n: int) -> str:
    """What stands on the n-th dossier's receipt."""
    return f"t{n:010}"


def identity(n: int) -> str:
    """The hash of the n-th dossier's identity number."""
    return f"{mixed(n):064}"


def mixed(n: int) -> int:
    """A number that jumps about, the same on every run."""
    return n * 2_654_435_761 % 4_294_967_291


def mixed_sql(n: str) -> str:
    """`mixed` as the databases count."""
    return f"({n} * 2654435761 % 4294967291)"


def received_sql(n: str, wanted: int) -> str:
    """`received` in seconds since 1970."""
    return f"({epoch(NOW)} - ({wanted} - {n}) * {_TEN_YEARS} / {wanted})"


def person_sql(n: str, wanted: int) -> str:
    """`person` as the databases count."""
    return f"({mixed_sql(n)} % {people(wanted)})"


def phone_sql(person_: str) -> str:
    """The last eight digits of `phone`, a number."""
    return f"({person_} * 7919 % 100000000)"


def _unit_sql(loader: Loader, at: str) -> str:
    return f"({loader.least(f'{at} / 7 % 200', f'{at} / 1009 % {len(UNITS)}')} + 1)"


def _names_of(at: str) -> str:
    return (
        f"JOIN bench_family ON bench_family.place = {at} % {len(_FAMILIES)}"
        f" JOIN bench_middle ON bench_middle.place = {at} / 101 % {len(_MIDDLES)}"
        f" JOIN bench_given ON bench_given.place = {at} / 10007 % {len(_GIVEN)}"
    )


def _case(number: str, names: dict[int, str], other: str) -> str:
    cases = " ".join(f"WHEN {value} THEN '{name}'" for value, name in names.items())
    return f"CASE {number} {cases} ELSE '{other}' END"
