"""Request bodies, bounded before they are read and refused with a sentence (contract 3)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from dossiers.api.problems import Problem
from dossiers.ingest import MOST_ITEMS


def read_bytes(request: Request, media_type: str, limit: int) -> bytes:
    """The body as it came: 415 for another media type, 413 beyond ``limit`` bytes."""
    if request.mimetype != media_type:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            f"Content-Type phải là {media_type}.",
            headers={"Accept-Post" if request.method == "POST" else "Accept": media_type},
        )
    request.max_content_length = limit
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"Thân yêu cầu lớn quá {limit} byte; hãy chia nhỏ.",
        ) from None
    except ClientDisconnected:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "cut_off", "Thân yêu cầu bị ngắt giữa chừng; hãy gửi lại."
        ) from None


def read_items(body: bytes) -> tuple[list[Any], bool]:
    """The objects in a JSON body, and whether they came as a list."""
    value = _parse(body)
    if isinstance(value, dict):
        return [value], False
    if not isinstance(value, list):
        raise _bad("phải là một đối tượng JSON hoặc một danh sách đối tượng")
    if len(value) > MOST_ITEMS:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_many_items",
            f"Danh sách có {len(value)} mục; mỗi lần gửi nhiều nhất {MOST_ITEMS} mục.",
        )
    return value, True


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise _bad("phải là chữ UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"dòng {error.lineno}, cột {error.colno}"
        raise _bad(f"không phải JSON hợp lệ ({where})") from None
    except RecursionError:
        raise _bad("lồng nhau quá sâu") from None
    except ValueError:
        # NaN, Infinity, or a number with thousands of digits.
        raise _bad("có số không biểu diễn được") from None


def _refuse(_name: str) -> NoReturn:
    raise ValueError


def _bad(what: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad_json", f"Thân yêu cầu {what}.")
