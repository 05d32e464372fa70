"""One procedure as it is imported: the schema of ``data/procedures.json`` (domain 2.2, 2.4).

The catalogue comes from outside: everything is bounded, and what a source does not say stays None
instead of becoming a zero or a guess.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from dossiers.names import fold

Short = Annotated[str, Field(max_length=300)]
Long = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]


def file_name(most: int, *endings: str) -> AfterValidator:
    """A check for the name of a file without a folder, of letters of any language.

    Not a pattern: Pydantic's own would keep megabytes for the counted letters of all scripts.
    """
    allowed = re.compile(rf"[\w\-]{{1,{most}}}\.(?:{'|'.join(endings)})")

    def check(value: str) -> str:
        if not allowed.fullmatch(value):
            raise ValueError(f"a name of letters and digits that ends in {', '.join(endings)}")
        return value

    return AfterValidator(check)


_CODE = re.compile(r"(\d{1,2}\.\d{6})(?:\.|$)")


def national_code(text: str) -> str:
    """The first two segments of a procedure code, what all its local spellings share (domain 2.1).

    "1.004888.000.00.00.H60" -> "1.004888"; "" when the text is no such code.
    """
    found = _CODE.match(text.strip())
    return found[1] if found else ""


def slug_of(name: str) -> str:
    """A name as part of an address: "Đăng ký khai sinh" -> "dang-ky-khai-sinh"."""
    folded = fold(name) or "khong-ten"
    kept = "".join(char if char.isalnum() and char.isascii() else "-" for char in folded)
    return "-".join(part for part in kept.split("-") if part)[:200].strip("-") or "khong-ten"


class Row(BaseModel):
    """Unknown members are kept: a later version of the file may carry more."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)


class TimeLimit(Row):
    """How long it takes; a unit nobody wrote stays ``khong_ro`` and gives no date (domain 2.4)."""

    value: int | None = Field(default=None, ge=0, le=10_000)
    unit: Literal["ngay_lam_viec", "ngay", "khong_ro"] = "khong_ro"
    text: Long | None = None


class Fee(Row):
    """What it costs; the number is never shown without its text and note (domain 2.4)."""

    amount_vnd: int | None = Field(default=None, ge=0, le=10_000_000_000)
    text: Long | None = None
    note: Long | None = None


class Channel(Row):
    """One way of filing, with its own time limit and fee."""

    channel: Literal["truc_tiep", "truc_tuyen", "buu_chinh"]
    time_limit: TimeLimit = TimeLimit()
    fee: Fee = Fee()


class Document(Row):
    """One paper of the dossier."""

    name: Annotated[str, Field(min_length=1, max_length=4000)]
    originals: int | None = Field(default=None, ge=0, le=100)
    copies: int | None = Field(default=None, ge=0, le=100)
    case: Long | None = None
    form: Long | None = None
    note: Long | None = None


class Result(Row):
    """What the citizen gets."""

    code: Short | None = None
    name: Name


class Form(Row):
    """A form to fill in: ``url`` where it can be downloaded, ``file`` of ``FORMS_FOLDER``."""

    name: Name
    file: Annotated[str, file_name(100, "pdf", "docx", "doc")] | None = None
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")] | None = None


class Basis(Row):
    """A law it rests on."""

    number: Short
    title: Long | None = None


class Source(Row):
    """Where this was read and when."""

    title: Long
    url: Annotated[str, Field(max_length=2000)] | None = None
    as_of: Short | None = None
    decision: Short | None = None
    confidence: Short | None = None


class ProcedureRecord(Row):
    """One procedure, everything the catalogue knows about it."""

    slug: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    code: Annotated[str, Field(max_length=60)] | None = None
    code_variants: list[Short] = Field(default_factory=list, max_length=50)
    name: Name
    previous_names: list[Name] = Field(default_factory=list, max_length=50)
    aliases: list[Short] = Field(default_factory=list, max_length=200)
    field: Short = ""
    level: list[Short] = Field(default_factory=list, max_length=20)
    decision: Short | None = None
    implementing_agency: Long | None = None
    competent_authority: Long | None = None
    applicant_types: list[Short] = Field(default_factory=list, max_length=50)
    online_service_level: Literal["toan_trinh", "mot_phan"] | None = None
    summary: Long | None = None
    steps: list[Long] = Field(default_factory=list, max_length=100)
    channels: list[Channel] = Field(default_factory=list, max_length=20)
    documents: list[Document] = Field(default_factory=list, max_length=200)
    forms: list[Form] = Field(default_factory=list, max_length=100)
    conditions: list[Long] = Field(default_factory=list, max_length=100)
    results: list[Result] = Field(default_factory=list, max_length=50)
    legal_basis: list[Basis] = Field(default_factory=list, max_length=200)
    deadlines_for_citizen: list[Long] = Field(default_factory=list, max_length=50)
    notes: list[Long] = Field(default_factory=list, max_length=100)
    contradictions: list[Long] = Field(default_factory=list, max_length=100)
    record_status: Short = "needs_confirmation"
    as_of: Short | None = None
    sources: list[Source] = Field(default_factory=list, max_length=100)
    #: Codes that took its place, and codes whose place it took: both ways are found by code.
    replaced_by: list[Short] = Field(default_factory=list, max_length=20)
    replaces: list[Short] = Field(default_factory=list, max_length=50)

    @field_validator("forms", mode="before")
    @classmethod
    def _named_forms(cls, value: object) -> object:
        """A form may be given by its name alone."""
        if not isinstance(value, list):
            return value
        return [{"name": one} if isinstance(one, str) else one for one in value]

    @field_validator("code")
    @classmethod
    def _national(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not national_code(value):
            raise ValueError("must look like 1.004222, with or without a local suffix")
        return value

    @property
    def key(self) -> str:
        """What identifies it: the national code where there is one, else the slug."""
        return national_code(self.code or "") or self.slug
