"""``/api/v1/openapi.json`` and the page that shows it, without an asset from another host."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from dossiers.api.document import document
from settings import Settings

#: The viewer styles itself with inline styles; scripts are only ever files of ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>API hồ sơ một cửa</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/files/css/swagger-ui.css"></head>
<body><main id="api"><noscript><h1>API hồ sơ một cửa</h1>
<p>Trang này cần JavaScript. Bản mô tả đầy đủ: <a href="openapi.json">openapi.json</a>.</p>
</noscript></main>
<script src="docs/files/js/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script></body></html>
"""
_START = (
    'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", validatorUrl: null, '
    "presets: [SwaggerUIBundle.presets.apis]});\n"
)


def add_pages(blueprint: Blueprint, settings: Settings) -> None:
    """Add the description and its page to the API's blueprint."""
    text = json.dumps(document(settings), ensure_ascii=False)
    folder = _viewer()

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return Response(text, mimetype="application/json")

    @blueprint.get("/docs")
    def docs() -> Response:
        answer = Response(_PAGE, mimetype="text/html")
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    @blueprint.get("/docs/start.js")
    def start() -> Response:
        return Response(_START, mimetype="text/javascript")

    @blueprint.get("/docs/files/<path:name>")
    def files(name: str) -> Response:
        return send_from_directory(folder, name, max_age=86_400)


def _viewer() -> Path:
    """Where the package with the viewer keeps its files; its code is not loaded."""
    found = find_spec("flask_openapi3_swagger")
    if found is None or found.origin is None:
        raise RuntimeError("flask_openapi3_swagger is missing: install requirements.txt")
    return Path(found.origin).parent / "templates" / "swagger"
