"""Documents citizens send with feedback: PDF, DOC and DOCX, told by their content alone."""

from __future__ import annotations

import io
import re
import zipfile

from bot.text import clean

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_PARTS = 2000
_NAME_LIMIT = 80
_UNSAFE = re.compile(r"[^\w\- ().]+")

#: Served with these and only as a download, never shown in the browser.
MIMETYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def kind_of(content: bytes) -> str:
    """ "pdf", "doc" or "docx" by magic bytes and structure; "" for anything else.

    A name proves nothing. A DOCX with macros inside is none.
    """
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(_OLE):
        return "doc" if "WordDocument".encode("utf-16-le") in content else ""
    return "docx" if content.startswith(b"PK\x03\x04") and _is_docx(content) else ""


def _is_docx(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
    # NotImplementedError: what zipfile says of an archive newer than it can read.
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError):
        return False
    if len(names) > _MOST_PARTS or any(name.lower().endswith("vbaproject.bin") for name in names):
        return False
    return "[Content_Types].xml" in names and "word/document.xml" in names


def safe_name(name: str, kind: str) -> str:
    """The sender's name for a file without anything a path or a header could trip over."""
    stem = clean(name).replace("/", " ").replace("\\", " ")
    stem = re.sub(rf"\.{kind}$", "", stem, flags=re.IGNORECASE)
    stem = " ".join(_UNSAFE.sub(" ", stem).split()).strip(". ")[:_NAME_LIMIT]
    return f"{stem or 'tep'}.{kind}"
