"""The file by which Zalo sees that the domain is ours (zalo-protocol 1.1)."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response

from settings import Settings

#: Names Zalo's console gives the file; one of another kind would open a hole into the disk.
_NAME = re.compile(r"zalo_verifier[A-Za-z0-9_-]{0,100}\.html")
_MOST_BYTES = 64 * 1024


def problem(settings: Settings) -> str:
    """What is wrong with ``ZALO_VERIFIER_FILE``; "" when it can be served or none is set."""
    if not settings.zalo_verifier_file:
        return ""
    path = Path(settings.zalo_verifier_file)
    if not _NAME.fullmatch(path.name):
        return f"ZALO_VERIFIER_FILE: {path.name} is not named zalo_verifier....html as Zalo made it"
    if _content(path) is None:
        return f"ZALO_VERIFIER_FILE: {path} cannot be read, or is larger than {_MOST_BYTES} bytes"
    return ""


def create_blueprint(settings: Settings) -> Blueprint:
    """``GET /zalo_verifier<code>.html``: the file of the settings byte for byte, else 404."""
    blueprint = Blueprint("verifier", __name__)

    @blueprint.get("/zalo_verifier<code>")
    def verifier(code: str) -> Response:
        path = Path(settings.zalo_verifier_file)
        if not _NAME.fullmatch(path.name) or path.name != f"zalo_verifier{code}":
            return Response("Không có tệp này.\n", 404, mimetype="text/plain")
        content = _content(path)
        if content is None:
            return Response("Không có tệp này.\n", 404, mimetype="text/plain")
        return Response(content, mimetype="text/html")

    return blueprint


def _content(path: Path) -> bytes | None:
    """Read anew at each question: it is asked for once a domain, and may be put there late."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= _MOST_BYTES else None
