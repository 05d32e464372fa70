"""How a procedure is filed: where online, and its forms as files; for pages and chat alike."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from procedures.records import ProcedureRecord
from settings import Settings


def apply_address(record: ProcedureRecord, settings: Settings) -> str:
    """``APPLY_URL`` with the procedure's code in it, else the portal's own address."""
    address = settings.apply_url or settings.portal_url
    return address.replace("{code}", quote(record.code or "", safe=""))


#: What Zalo takes as a file (zalo-protocol 3.5).
_LARGEST = 5 * 1024 * 1024
_PREFIX = "form:"


def form_key(file: str) -> str:
    """The media key under which the sender asks for a form's file."""
    return f"{_PREFIX}{file}"


def form_content(media: str, settings: Settings) -> bytes | None:
    """The bytes behind a form's media key; None for other keys, missing and too large files."""
    name = media.removeprefix(_PREFIX)
    if not media.startswith(_PREFIX) or Path(name).name != name:
        return None
    path = Path(settings.forms_folder) / name
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return None
    return path.read_bytes()


def form_files(record: ProcedureRecord, settings: Settings) -> list[tuple[str, str]]:
    """The forms that are there as files: their names and file names."""
    folder = Path(settings.forms_folder)
    return [
        (one.name, one.file) for one in record.forms if one.file and (folder / one.file).is_file()
    ]
